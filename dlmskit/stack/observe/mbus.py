"""Wired M-Bus long frames as layers, and the parts of one message put together.

::

    68 L L 68 | C A CI | STSAP DTSAP | part of the APDU | checksum | 16        L counts from C to before the checksum

CI 00 to 1F: bits 0-3 count the parts, bit 4 marks the last one.
Source: IEC 62056-7-3 (wired M-Bus for DLMS), EN 13757-2.
"""

from __future__ import annotations

from collections.abc import Callable

from dlmskit.exceptions import FrameCheckError, FrameError, TruncatedError
from dlmskit.stack.observe.layer import Draft, Stopped

START, STOP = 0x68, 0x16
HEAD_OCTETS, OVERHEAD = 4, 6
SAPS_END = 9
_LAST = 0x10
_FOLD, _FOLDS = 256, 8
QUIRK = "mbus-length-modulo-256"

Explain = Callable[..., None]


def begins_mbus(octets: bytes, at: int) -> bool:
    """Whether a long frame seems to begin at `at`."""
    head = octets[at : at + HEAD_OCTETS]
    return len(head) == HEAD_OCTETS and head[0] == head[3] == START and head[1] == head[2]


class MBusExplainer:
    """Explains frames and keeps the parts of a message until its last one. `explain` is given the whole message."""

    def __init__(self, explain: Explain) -> None:
        self._explain = explain
        self._parts: list[bytes] = []

    def take(self, parent: Draft, octets: bytes, at: int, *, final: bool) -> int | None:
        """Explain the frame at `at`; gives where it ends, None while it is not whole and not `final`."""
        length, good = _frame_length(octets, at)
        if not final and (at + length > len(octets) or (not good and at + length + _FOLD > len(octets))):
            return None
        try:
            with parent.layer("mbus-frame", shift=at) as draft:
                self._frame(draft, octets[at : at + length], length, octets[at + 1], good)
        except Stopped:
            if not good:
                return at + 1 if at + length > len(octets) else at + length
        return min(at + length, len(octets))

    def _frame(self, draft: Draft, octets: bytes, length: int, stated: int, good: bool) -> None:
        draft.field("length", stated, 1, 3)
        for name, place in (("control", 4), ("address", 5), ("control-information", 6), ("stsap", 7), ("dtsap", 8)):
            if place < len(octets):
                draft.field(name, octets[place], place, place + 1, _part(octets[place]) if place == 6 else "")
        if len(octets) < length:
            raise TruncatedError(
                f"the length field says {length} octets with head and tail, {len(octets)} are there", len(octets)
            )
        draft.reach(length)
        if not good:
            if octets[-1] != STOP:
                raise FrameError(f"no 16 where the length field puts it, found {octets[-1]:02X}", length - 1)
            raise FrameCheckError("the M-Bus checksum does not fit the frame", length - 2)
        draft.field("checksum", octets[-2], length - 2, length - 1, "right")
        if length - OVERHEAD != stated:
            draft.quirks.append(QUIRK)
        if length < SAPS_END + 2:
            return
        self._part(draft, octets[SAPS_END:-2], octets[6])

    def _part(self, draft: Draft, part: bytes, control: int) -> None:
        if control & 0x0F != len(self._parts):
            self._parts = []
            if control & 0x0F:
                raise FrameError(f"part {control & 0x0F} of a message whose parts before it did not come", 6)
        self._parts.append(part)
        if not control & _LAST:
            return
        parts, self._parts = self._parts, []
        if len(parts) == 1:
            self._explain(draft, part, shift=SAPS_END)
            return
        whole = b"".join(parts)
        with draft.layer("reassembled", 0, shift=SAPS_END) as joined:
            joined.reach(len(part))
            joined.note = f"{len(whole)} octets of {len(parts)} parts"
            joined.space(whole)
            self._explain(joined, whole, shift=0)

    def abandoned(self) -> str:
        """What is still open at the end, in words; empty when nothing is."""
        return f"{len(self._parts)} M-Bus parts whose last one never came" if self._parts else ""


def _frame_length(octets: bytes, at: int) -> tuple[int, bool]:
    """Octets of the frame at `at`, and whether stop octet and checksum are right there.

    Some meters send the length modulo 256: the true end is then where both are right.
    """
    stated = octets[at + 1] + OVERHEAD
    for fold in range(_FOLDS):
        length = stated + _FOLD * fold
        end = at + length
        if end > len(octets):
            break
        if octets[end - 1] == STOP and sum(octets[at + HEAD_OCTETS : end - 2]) & 0xFF == octets[end - 2]:
            return length, True
    return stated, False


def _part(control: int) -> str:
    return f"part {control & 0x0F}{', the last' if control & _LAST else ''}"
