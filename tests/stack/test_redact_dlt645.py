"""No password of a DL/T 645 write gets into a recording."""

from __future__ import annotations

import pytest

from dlmskit.link.dlt645 import Dlt645Frame
from dlmskit.stack.redact import Redactor

METER = bytes.fromhex("121078563412")
PASSWORD = bytes.fromhex("02654321")
IDENTIFIER = bytes.fromhex("01010004")


@pytest.mark.parametrize(
    ("control", "before", "behind"),
    [
        (0x14, IDENTIFIER, bytes(4) + b"\x05\x02\x11\x25"),
        (0x18, IDENTIFIER, PASSWORD),
        (0x98, b"", b""),
        (0x19, b"", bytes(4)),
    ],
)
def test_a_password_is_blanked_and_the_checksum_renewed(control: int, before: bytes, behind: bytes) -> None:
    frame = Dlt645Frame(METER, control, before + PASSWORD + behind).to_bytes()
    line = b"\xfe\xfe" + frame + b"\xfe" + frame
    shown = Redactor().redact(line)
    assert len(shown) == len(line)
    assert shown != line
    again = Dlt645Frame.from_bytes(shown[2 : 2 + len(frame)])
    assert PASSWORD not in again.data
    assert again.data[: len(before)] == before
    assert bytes((octet + 0x33) & 0xFF for octet in PASSWORD) not in shown


def test_a_read_is_left_as_it_is() -> None:
    frame = Dlt645Frame(METER, 0x11, IDENTIFIER).to_bytes()
    assert Redactor().redact(frame) == frame
