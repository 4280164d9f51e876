"""Every attribute that a foreign meter lets us read is what its interface class declares."""

from __future__ import annotations

from test_peer_meter import meter  # noqa: F401

from dlmskit.client import connect
from dlmskit.cosem import interface_class
from dlmskit.cosem.typed import view
from dlmskit.enums import Mechanism
from dlmskit.exceptions import DataAccessError
from dlmskit.session.cosem.settings import AssociationSettings

PUBLIC = AssociationSettings(client_sap=16, server_sap=1, mechanism=Mechanism.NONE)


def test_objects_of_the_pydlms_meter_hold_what_is_declared(meter: int) -> None:  # noqa: F811
    read, misfits = 0, []
    with connect(f"tcp://127.0.0.1:{meter + 1}", association=PUBLIC) as client:
        for row in client.objects():
            for attribute in interface_class(row.class_id, row.version).attributes:
                rights = row.attributes.get(attribute.index)
                if rights is not None and not rights.readable:
                    continue
                try:
                    value = client.get(row.class_id, row.obis, attribute.index)
                except DataAccessError:  # the meter lists attributes that it does not have
                    continue
                read += 1
                misfits += view(attribute.form, value, name=f"{row.class_id} {attribute.name}").misfits
    assert read > 40
    assert misfits == []
