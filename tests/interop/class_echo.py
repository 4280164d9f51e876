"""Objects of another maker behind a pipe: attribute values in, what the object writes after taking them out.

Runs in the peer's Python, not in ours. A line in is ``class_id version attribute hex``; out comes the hex that the
object's reading gives, or ``!`` and a reason. ``names`` answers with the peer's own attribute and method names.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from gurux_dlms import GXByteBuffer, GXDLMSClient
from gurux_dlms._GXObjectFactory import _GXObjectFactory
from gurux_dlms.enums import DataType, ObjectType
from gurux_dlms.internal._GXCommon import _GXCommon
from gurux_dlms.internal._GXDataInfo import _GXDataInfo
from gurux_dlms.ValueEventArgs import ValueEventArgs
from pydlms.cosem.interface_classes import REGISTRY

SETTINGS = GXDLMSClient(True).settings


def echo(class_id: int, version: int, index: int, octets: bytes) -> str:
    target = _GXObjectFactory.createObject(ObjectType(class_id))
    if type(target).__name__ == "GXDLMSObject":
        return "!no such class"
    if target.version != version and class_id not in (12, 15, 23, 28, 40, 47, 64, 70, 72, 91, 92, 151):
        return "!no such version"
    target.version = version
    if not 1 <= index <= target.getAttributeCount():
        return "!no such attribute"
    taken = ValueEventArgs(SETTINGS, target, index)
    taken.value = _GXCommon.getData(SETTINGS, GXByteBuffer(octets), _GXDataInfo())
    target.setValue(SETTINGS, taken)
    asked = ValueEventArgs(SETTINGS, target, index)
    value = target.getValue(SETTINGS, asked)
    if isinstance(value, bytes | bytearray) and value[:1] in (b"\x01", b"\x02") and octets[:1] == value[:1]:
        return bytes(value).hex()
    kind = DataType(target.getDataType(index))
    out = GXByteBuffer()
    _GXCommon.setData(SETTINGS, out, kind if kind != DataType.NONE else DataType(octets[0]), value)
    return bytes(out.array()).hex()


def answer(line: str) -> Any:
    if line == "names":
        return json.dumps(
            [[cls.class_id, cls.version, list(cls.attributes), list(cls.methods)] for cls in REGISTRY.values()]
        )
    class_id, version, index, octets = line.split()
    try:
        return echo(int(class_id), int(version), int(index), bytes.fromhex(octets))
    except Exception as error:  # noqa: BLE001 - whatever the peer does must not end the pipe
        return f"!{type(error).__name__}: {error}"


for line in sys.stdin:
    print(answer(line.strip()), flush=True)
