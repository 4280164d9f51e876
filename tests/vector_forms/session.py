"""Recorded dialogues in the JSON form of the vectors: one form a frame, titles learnt on the way."""

from __future__ import annotations

from typing import Any

from dlmskit import apdu
from dlmskit.codec.data import Data
from dlmskit.limits import Tolerance
from vector_forms.apdus import Opener, apdu_form, encoded_again
from vector_forms.frames import hdlc_again, hdlc_form, hdlc_frames
from vector_forms.values import data_form
from vector_forms.vector import Vector

_FLAG = 0x7E


def session(vector: Vector, tolerance: Tolerance) -> tuple[Any, bytes]:
    """The form of one dialogue, and its octets again."""
    opener = Opener(vector.context, tolerance)
    titles: dict[str, bytes | None] = {}
    forms, again, said = [], b"", list[apdu.Apdu]()
    for frame in vector.frames:
        form, octets = _frame(bytes.fromhex(frame["hex"]), frame["dir"], opener, titles, said)
        forms.append(form)
        again += octets
    form: dict[str, Any] = {"frames": forms}
    if "reassembled" in vector.expected:
        form["reassembled"] = _reassembled(joined_blocks(said), vector.expected["reassembled"])
    return form, again


def _frame(
    octets: bytes, direction: str, opener: Opener, titles: dict[str, bytes | None], said: list[apdu.Apdu]
) -> tuple[dict[str, Any], bytes]:
    if octets[0] == _FLAG:
        frames = hdlc_frames(octets)
        form = hdlc_form(frames, opener, opaque=False)
        said += [opener.decode(bytes.fromhex(message)) for message in form["apdu_hex"]]
        return {"layer": "hdlc", "decoded": form}, hdlc_again(frames, opener, opaque=False)
    value = opener.decode(octets)
    said.append(value)
    match value:
        case apdu.Aarq():
            titles[direction] = value.calling_ap_title
        case apdu.Aare():
            titles[direction] = value.responding_ap_title
    opener.system_title = titles.get(direction)
    return {"layer": "apdu", "decoded": apdu_form(value, opener)}, encoded_again(value)


def _reassembled(joined: list[bytes], wanted: Any) -> Any:
    """What transfers carried: octets, or the value that they are where a value is wanted."""
    match wanted:
        case list():
            return [_reassembled([part], one) for part, one in zip(joined, wanted, strict=True)]
        case {"t": _}:
            return data_form(Data.from_bytes(b"".join(joined)))
    return b"".join(joined).hex()


def joined_blocks(said: list[apdu.Apdu]) -> list[bytes]:
    """What block transfers of a dialogue carried, each put together, in the order in which they ended."""
    joined, parts = [], b""
    for value in said:
        block = _block(value)
        if block is None:
            continue
        last, part = block
        parts += part
        if last:
            joined.append(parts)
            parts = b""
    return joined


def _block(value: apdu.Apdu) -> tuple[bool, bytes] | None:
    """Whether `value` is the last block, and what it carries; None when it is no block."""
    match value:
        case apdu.GetResponseWithDatablock(last_block=last, result=bytes() as part):
            return last, part
        case apdu.GeneralBlockTransfer(block_data=part):
            return value.last_block, part
    part = getattr(value, "raw_data", None)
    return None if part is None else (getattr(value, "last_block", True), part)
