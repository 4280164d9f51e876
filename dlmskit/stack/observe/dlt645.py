"""DL/T 645 frames as layers."""

from __future__ import annotations

import re

from dlmskit.exceptions import DecodeError, TruncatedError
from dlmskit.link.dlt645.frame import START, WAKE_UP, read_frame
from dlmskit.stack.observe.layer import Draft, Stopped

_HEAD = re.compile(rb"\xfe{0,16}\x68.{6}\x68", re.DOTALL)
_CUT_HEAD = re.compile(rb"\xfe{0,16}(?:\x68.{0,6})?", re.DOTALL)


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
            from dlmskit.stack.observe.dlt645_message import add_fields  # brings the dialogue of DL/T 645 with it

            add_fields(draft, frame.message, woken, octets[end - 2])
    except Stopped:
        pass
    return end
