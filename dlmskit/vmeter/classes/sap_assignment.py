"""SAP assignment (class 17): the logical devices of the meter and where they are reached."""

from __future__ import annotations

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.enums import DataType
from dlmskit.exceptions import ActionError
from dlmskit.vmeter.behaviour import Asked, Behaviour

MANAGEMENT_SAP = 1


def _list(asked: Asked) -> Data:
    devices = sorted(asked.firmware.devices.items())
    return data.array(
        *(data.structure(data.long_unsigned(sap), data.octet_string(name.encode("ascii"))) for sap, name in devices)
    )


def _connect(asked: Asked, parameters: Data | None) -> None:
    """Move a logical device to another SAP, or with SAP 0 disconnect it; lines that are open keep the old one."""
    tree = parameters.tree() if parameters is not None else None
    wanted = [DataType.LONG_UNSIGNED, DataType.OCTET_STRING]
    if tree is None or tree.tag != DataType.STRUCTURE or [part.tag for part in tree.value] != wanted:
        raise ActionError("type-unmatched", "wanted a structure of SAP and logical device name")
    sap, name = tree.value[0].value, bytes(tree.value[1].value)
    devices = asked.firmware.devices
    present = [at for at, known in devices.items() if known.encode("ascii") == name]
    if len(present) != 1 or devices.get(sap, devices[present[0]]) != devices[present[0]]:
        raise ActionError("other-reason", f"no such logical device, or SAP {sap} is another one's")
    if present[0] == MANAGEMENT_SAP != sap:
        raise ActionError("read-write-denied", f"the management logical device stays at SAP {MANAGEMENT_SAP}")
    device = devices.pop(present[0])
    if sap:
        devices[sap] = device


SAP_ASSIGNMENT = Behaviour(read={"sap_assignment_list": _list}, invoke={"connect_logical_device": _connect})
