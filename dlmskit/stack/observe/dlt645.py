"""DL/T 645 frames as layers."""

from __future__ import annotations

import re

from dlmskit.exceptions import DecodeError, TruncatedError
from dlmskit.link.dlt645.frame import START, WAKE_UP, read_frame
from dlmskit.session.dlt645.identifiers import describe
from dlmskit.session.dlt645.message import IDENTIFIER_OCTETS, Dlt645Message, Function, name_of
from dlmskit.stack.observe.layer import Draft, Stopped

_HEAD = re.compile(rb"\xfe{0,16}\x68.{6}\x68", re.DOTALL)
_CUT_HEAD = re.compile(rb"\xfe{0,16}(?:\x68.{0,6})?", re.DOTALL)
_HEADER = 10
_READS = (Function.READ, Function.READ_FOLLOWING)


def begins_dlt645(octets: bytes, at: int) -> bool:
    """Whether a frame, or the wake-up octets before one, seem to begin at `at`."""
    return _HEAD.match(octets, at) is not None


def may_begin_dlt645(octets: bytes, at: int) -> bool:
    """Whether what is there from `at` on may become the head of a frame."""
    return octets[at] in (START, WAKE_UP) and _CUT_HEAD.fullmatch(octets, at) is not None


def take_dlt645(parent: Draft, octets: bytes, at: int, *, final: bool) -> int | None:
    """Explain the frame at `at`; gives where it ends, None while it is not whole and not `final`."""
    start = octets.index(START, at)
    end = start + 1
    try:
        with parent.layer("dlt645-frame", shift=at) as draft:
            woken = start - at
            if woken:
                draft.field("wake-up", octets[at:start], 0, woken)
            try:
                frame, end = read_frame(octets, start)
            except TruncatedError as error:
                if not final:
                    parent.children.pop()
                    return None
                end = len(octets)
                raise error.within(shift=woken) from None
            except DecodeError as error:
                raise error.within(shift=woken) from None
            draft.reach(end - at)
            _fields(draft, frame.message, woken, octets[end - 2])
    except Stopped:
        pass
    return end


def _fields(draft: Draft, message: bytes, start: int, check: int) -> None:
    seen = Dlt645Message.from_bytes(message)
    data, end = start + _HEADER, start + _HEADER + len(seen.data)
    side = "meter" if seen.from_meter else "client"
    draft.field("address", seen.address, start + 1, start + 7)
    words = [name_of(seen.function), f"from the {side}"]
    words += [word for word, on in (("refused", seen.abnormal), ("more follow", seen.more)) if on]
    draft.field("control", message[6], start + 8, start + 9, ", ".join(words))
    draft.field("length", len(seen.data), start + 9, data)
    if seen.abnormal:
        draft.field("error", int(seen.error), data, end, seen.error.label)
    elif seen.function in _READS and seen.identifier is not None:
        _value(draft, seen, data, end)
    elif seen.data:
        draft.field("data", None, data, end, f"{len(seen.data)} octets")
    draft.field("checksum", check, end, end + 1, "right")


def _value(draft: Draft, seen: Dlt645Message, data: int, end: int) -> None:
    identifier = seen.identifier or 0
    known = describe(identifier)
    begin = data + IDENTIFIER_OCTETS
    draft.field("data-identifier", f"{identifier:08X}", data, begin, known.name if known else "")
    value = seen.data[IDENTIFIER_OCTETS:]
    if not value:
        return
    note = ""
    if known is not None and seen.from_meter and len(value) == known.octets:
        note = str(known.quantity(value))
    draft.field("data", value, begin, end, note)
