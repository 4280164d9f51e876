"""Invariant: any stream is cut into wrapper PDUs until a header is wrong, and only `DecodeError` says so.

- The PDUs, and the error with its offset, are the same whether the stream comes whole or octet by octet.
- The PDUs encode to the beginning of the stream, octet for octet.
"""

from __future__ import annotations

from dlmskit.exceptions import DecodeError
from dlmskit.link.wrapper import WrapperPdu, WrapperReader

Outcome = tuple[list[WrapperPdu], str | None]


def check(octets: bytes) -> bool:
    """Hold the invariant against `octets`; whether a PDU was in them."""
    pdus, error = outcome([octets])
    assert octets.startswith(b"".join(pdu.to_bytes() for pdu in pdus))
    assert outcome([bytes([octet]) for octet in octets]) == (pdus, error)
    return bool(pdus)


def outcome(pieces: list[bytes]) -> Outcome:
    """The PDUs of a stream that comes in `pieces`, and what ended it."""
    reader = WrapperReader()
    pdus: list[WrapperPdu] = []
    for piece in pieces:
        try:
            pdus += reader.feed(piece)
        except DecodeError as error:
            check_offset(error.offset, sum(map(len, pieces)))
            return pdus + reader.salvage, str(error)
    return pdus, None


def check_offset(offset: int, size: int) -> None:
    """An error points into the stream."""
    assert 0 <= offset <= size, f"offset {offset} of {size} octets"
