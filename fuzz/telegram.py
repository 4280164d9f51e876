"""Invariant: the octets behind an M-Bus header are a meter's telegram or raise `DecodeError`, and nothing else.

- The offset of the error lies within the octets.
- Each record's octets stand in the telegram, in order.

Run ``python -m fuzz telegram``; tests/codec/test_mbus.py holds examples.
"""

from __future__ import annotations

from dlmskit.codec.mbus import MeterTelegram
from dlmskit.exceptions import DecodeError


def check(octets: bytes) -> bool:
    """Hold the invariant against `octets`; whether they are a telegram."""
    try:
        telegram = MeterTelegram.from_bytes(octets)
    except DecodeError as error:
        check_error(error, octets)
        return False
    assert repr(telegram)
    position = 0
    for record in telegram.records:
        position = octets.index(record.raw, position) + len(record.raw)
    assert octets.endswith(telegram.makers_own)
    return True


def check_error(error: DecodeError, octets: bytes) -> None:
    """An error points into the octets and can be shown."""
    assert 0 <= error.offset <= len(octets), f"offset {error.offset} of {len(octets)} octets"
    assert str(error)
