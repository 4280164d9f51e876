"""Ciphered P1: the real ones are in tests/vectors/p1.jsonl; here is what goes wrong, and the other shapes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.apdu import GeneralGloCiphering
from dlmskit.codec.iec21.p1 import P1Telegram
from dlmskit.exceptions import AuthenticationError, DecodeError, DlmskitError, KeyUnavailable, SecurityError
from dlmskit.security.keys import KeySet
from dlmskit.security.protection import protect
from dlmskit.stack.p1 import open_p1

KEYS = KeySet(guek=bytes(range(16)), gak=bytes(range(16, 32)))
TITLE = b"SAG\x00\x00\x00\x00\x01"
TEXT = b"/EST5\\253710000_A\r\n\r\n1-0:1.8.0(006545766*Wh)\r\n!79C5\r\n"


def sealed(plain: bytes, *, title: bytes = TITLE) -> bytes:
    content = protect(plain, keys=KEYS, system_title=TITLE, invocation_counter=7, security_control=0x30)
    return GeneralGloCiphering(title, content).to_bytes()


def plain_text() -> bytes:
    return P1Telegram("EST5\\253710000_A", P1Telegram.from_bytes(TEXT[:-6] + b"\r\n").data_sets).with_crc().to_bytes()


def test_text_inside_protection() -> None:
    text = plain_text()
    message = open_p1(sealed(text), KEYS)
    assert message.telegram is not None
    assert message.telegram.to_bytes() == text
    assert (message.system_title, message.invocation_counter, message.authenticated) == (TITLE, 7, True)


def test_an_apdu_behind_a_line_of_text_and_a_sender_without_title() -> None:
    apdu = bytes.fromhex("0f00000001000201")
    message = open_p1(b"/EGM5GAMA350\r\n\r\n" + sealed(apdu, title=b""), KEYS, system_title=TITLE)
    assert (message.header, message.apdu, message.telegram) == ("EGM5GAMA350", apdu, None)


def test_without_key() -> None:
    with pytest.raises(KeyUnavailable):
        open_p1(sealed(plain_text()))
    with pytest.raises(KeyUnavailable):
        open_p1(sealed(plain_text(), title=b""), KEYS)


def test_every_spoilt_octet_is_refused() -> None:
    whole = sealed(plain_text())
    for at in range(len(whole)):
        spoilt = bytearray(whole)
        spoilt[at] ^= 0x40
        with pytest.raises(DlmskitError):
            open_p1(bytes(spoilt), KEYS)
    with pytest.raises(AuthenticationError):
        open_p1(whole[:-1] + bytes([whole[-1] ^ 1]), KEYS)


@given(st.binary(max_size=100))
def test_any_octets_give_a_message_or_our_error(octets: bytes) -> None:
    for whole in (octets, b"\xdb" + octets, b"/EGM5A\r\n\r\n\xdb\x00" + octets):
        with pytest.raises((DecodeError, SecurityError)):
            open_p1(whole, KEYS)
