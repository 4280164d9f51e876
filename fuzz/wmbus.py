"""Invariant: any octets are one wireless M-Bus telegram or raise `DecodeError`, and nothing else.

- The offset of the error lies within the octets, and it can be shown.
- The payload is the end of the telegram.

Run ``python -m fuzz wmbus``; tests/link/test_wmbus.py holds examples.
"""

from __future__ import annotations

from dlmskit.exceptions import DecodeError
from dlmskit.link.wmbus import WirelessTelegram


def check(octets: bytes) -> bool:
    """Hold the invariant against `octets`; whether they are a telegram."""
    try:
        telegram = WirelessTelegram.from_bytes(octets)
    except DecodeError as error:
        check_error(error, octets)
        return False
    assert repr(telegram)
    assert repr(telegram.meter)
    assert octets.endswith(telegram.payload)
    return True


def check_error(error: DecodeError, octets: bytes) -> None:
    """An error points into the octets and can be shown."""
    assert 0 <= error.offset <= len(octets), f"offset {error.offset} of {len(octets)} octets"
    assert str(error)
