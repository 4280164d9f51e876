"""The APDUs of pushes: a data-notification of all objects of a setup, or an event-notification of its first one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dlmskit.apdu import DataNotification, EventNotificationRequest, GeneralGloCiphering
from dlmskit.apdu.descriptors import AttributeDescriptor
from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.enums import DataType
from dlmskit.exceptions import DataAccessError
from dlmskit.model.device import Association, ModelObject
from dlmskit.security.keys import KeyPurpose, KeySet
from dlmskit.security.protection import protect
from dlmskit.store.counters import Counters
from dlmskit.vmeter.firmware import Firmware
from dlmskit.vmeter.stated import declaration

_INVOKE_IDS = 1 << 24
_CLIENT = "push_client_sap"


def notification(firmware: Firmware, row: ModelObject, number: int) -> bytes | None:
    """What the meter's `number`-th push of a setup says now, in clear; None where its list is empty.

    An object that cannot be read is null-data.
    """
    listed = firmware.meaning(row, "push_object_list") or []
    if not listed:
        return None
    stamp = firmware.clock.cosem(firmware.clock.reading).to_bytes()
    if row.push.form == "event-notification":
        first = listed[0]
        attribute = AttributeDescriptor(first["class_id"], first["logical_name"], first["attribute_index"])
        return EventNotificationRequest(stamp, attribute, _value(firmware, first)).to_bytes()
    body = data.structure(*_values(firmware, listed))
    return DataNotification(number % _INVOKE_IDS, stamp, body).to_bytes()


def receiver(firmware: Firmware, row: ModelObject) -> Association | None:
    """Whose client a setup pushes to: the one that the object names, else the model's word; None for nobody's.

    A model that has no association of the name that it inherited pushes to nobody, never to another in clear.
    """
    model, named = firmware.model, declaration(row).attribute(_CLIENT)
    found = model.association_of(firmware.meaning(row, _CLIENT) or 0) if named is not None else None
    if found is not None:
        return found
    if not row.push.association:
        return model.associations[0]
    return next((each for each in model.associations if each.name == row.push.association), None)


def sealed(
    plain: bytes, control: int, association: Association, keys: KeySet | None, counters: Counters, title: bytes
) -> bytes | None:
    """The same as it goes to the client of an association; None where no invocation counter is left.

    Raises `SecurityError` where the counters cannot be kept.
    """
    if not association.context.ciphered or keys is None or not control:
        return plain
    reserved = counters.reserve(keys.key_id(KeyPurpose.GUEK), title, 1)
    if reserved is None:
        return None
    content = protect(
        plain,
        keys=keys,
        system_title=title,
        invocation_counter=reserved[0],
        security_control=control | association.suite,
    )
    return GeneralGloCiphering(title, content).to_bytes()


def _values(firmware: Firmware, listed: Iterable[dict[str, Any]]) -> list[Data]:
    return [_value(firmware, each) for each in listed]


def _value(firmware: Firmware, wanted: dict[str, Any]) -> Data:
    row = firmware.model.object_at(wanted["class_id"], wanted["logical_name"])
    if row is None:
        return data.null_data()
    try:
        found = firmware.look(row, wanted["attribute_index"])
    except DataAccessError:
        return data.null_data()
    return _element(found, wanted["data_index"]) if wanted["data_index"] else found


def _element(value: Data, index: int) -> Data:
    """One element of a structure or an array, counted from 1."""
    whole = value.tree()
    if whole.tag not in (DataType.ARRAY, DataType.STRUCTURE) or index > len(whole.value):
        return data.null_data()
    node = whole.value[index - 1]
    return Data(value.to_bytes()[node.offset : node.end])
