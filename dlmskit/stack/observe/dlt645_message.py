"""What a DL/T 645 message says, as fields of its frame's layer."""

from __future__ import annotations

from dlmskit.session.dlt645.identifiers import describe
from dlmskit.session.dlt645.message import IDENTIFIER_OCTETS, Dlt645Message, Function, name_of
from dlmskit.stack.observe.layer import Draft

_HEADER = 10
_READS = (Function.READ, Function.READ_FOLLOWING)


def add_fields(draft: Draft, message: bytes, start: int, check: int) -> None:
    """Add the fields of `message`, whose frame begins at `start` and ends with the checksum `check`."""
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
