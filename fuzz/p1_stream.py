"""Invariant: whatever comes out of a P1 port, the reader raises nothing, and a telegram is one or raises `DecodeError`.

- The messages are the same whether the stream comes whole or octet by octet, and stand in it in order.
- The offset of an error lies within the telegram; one that decodes can be shown; written again it is equal.

Run ``python -m fuzz p1_stream``.
"""

from __future__ import annotations

from contextlib import suppress

from dlmskit.codec.iec21.p1 import P1Telegram
from dlmskit.exceptions import DecodeError, EncodeError
from dlmskit.link.p1 import P1Reader


def check(octets: bytes) -> bool:
    """Hold the invariant against `octets`; whether a telegram was in them."""
    messages = read([octets])
    assert read([bytes([octet]) for octet in octets]) == messages
    position = 0
    for message in messages:
        position = octets.index(message, position) + len(message)
    return sum(map(check_telegram, [octets, *messages])) > 0


def read(pieces: list[bytes]) -> list[bytes]:
    """The messages of a stream that comes in `pieces`."""
    reader = P1Reader()
    return [message for piece in pieces for message in reader.feed(piece)]


def check_telegram(octets: bytes) -> bool:
    """One telegram; whether it was understood."""
    try:
        telegram = P1Telegram.from_bytes(octets)
    except DecodeError as error:
        check_error(error, octets)
        return False
    assert repr(telegram)
    with suppress(EncodeError):  # reading is more lenient than writing
        written = telegram.with_crc().to_bytes()
        assert P1Telegram.from_bytes(written).data_sets == telegram.data_sets
    return True


def check_error(error: DecodeError, octets: bytes) -> None:
    """An error points into the telegram and can be shown."""
    assert 0 <= error.offset <= len(octets), f"offset {error.offset} of {len(octets)} octets"
    assert str(error)
