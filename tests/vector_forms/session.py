"""Recorded dialogues in the JSON form of the vectors: one form a frame, titles learnt on the way."""

from __future__ import annotations

from typing import Any

from dlmskit import apdu
from dlmskit.limits import Tolerance
from vector_forms.apdus import Opener, apdu_form, encoded_again
from vector_forms.frames import hdlc_again, hdlc_form, hdlc_frames
from vector_forms.vector import Vector

_FLAG = 0x7E


def session(vector: Vector, tolerance: Tolerance) -> tuple[Any, bytes]:
    """The form of one dialogue, and its octets again."""
    opener = Opener(vector.context, tolerance)
    titles: dict[str, bytes | None] = {}
    forms, again = [], b""
    for frame in vector.frames:
        form, octets = _frame(bytes.fromhex(frame["hex"]), frame["dir"], opener, titles)
        forms.append(form)
        again += octets
    return {"frames": forms}, again


def _frame(
    octets: bytes, direction: str, opener: Opener, titles: dict[str, bytes | None]
) -> tuple[dict[str, Any], bytes]:
    if octets[0] == _FLAG:
        frames = hdlc_frames(octets)
        form = hdlc_form(frames, opener, opaque=False)
        return {"layer": "hdlc", "decoded": form}, hdlc_again(frames, opener, opaque=False)
    value = opener.decode(octets)
    match value:
        case apdu.Aarq():
            titles[direction] = value.calling_ap_title
        case apdu.Aare():
            titles[direction] = value.responding_ap_title
    opener.system_title = titles.get(direction)
    return {"layer": "apdu", "decoded": apdu_form(value, opener)}, encoded_again(value)
