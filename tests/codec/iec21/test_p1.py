"""P1 telegrams: a real one, every octet of it spoilt, every truncation of it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.codec.iec21.p1 import MAX_TELEGRAM, P1Telegram, crc16
from dlmskit.exceptions import DecodeError, FrameCheckError, LimitError, TruncatedError

HEAT = (
    b"/NWA-WARMTELINK\r\n\r\n1-3:0.2.8(50)\r\n0-0:1.0.0(260215200523W)\r\n0-0:96.1.1(ADC3100000158491)\r\n"
    b"0-0:96.13.1()\r\n0-0:96.13.0()\r\n0-1:24.1.0(004)\r\n0-1:96.1.0(621848012D2C0B0C)\r\n"
    b"0-1:24.2.1(260215200523W)(240.860*GJ)\r\n!B9F\r\n"
)
"""published in the tests of dsmr_parser (MIT); its meter leaves the leading zero of the CRC out"""


def test_a_published_telegram() -> None:
    telegram = P1Telegram.from_bytes(HEAT)
    assert telegram.identification == "NWA-WARMTELINK"
    assert telegram.crc == 0x0B9F
    reading = telegram.data_sets[-1]
    assert reading.address == "0-1:24.2.1"
    assert (reading.values[1].number, reading.values[1].unit) == (Decimal("240.860"), "GJ")
    assert telegram.to_bytes() == HEAT
    assert telegram.with_crc().to_bytes() == HEAT.replace(b"!B9F", b"!0B9F")


def test_the_check_value_of_the_crc_catalogue() -> None:
    assert crc16(b"123456789") == 0xBB3D


@pytest.mark.parametrize("at", range(len(HEAT) - 6))
def test_no_spoilt_octet_passes(at: int) -> None:
    spoilt = bytearray(HEAT)
    spoilt[at] ^= 0x01
    with pytest.raises(DecodeError):
        P1Telegram.from_bytes(bytes(spoilt))


def test_the_offset_of_a_wrong_crc_is_the_crc() -> None:
    with pytest.raises(FrameCheckError) as caught:
        P1Telegram.from_bytes(HEAT.replace(b"240.860", b"240.861"))
    assert caught.value.offset == HEAT.index(b"!") + 1


@pytest.mark.parametrize("length", range(HEAT.index(b"!") + 1))
def test_every_truncation_says_where_it_ends(length: int) -> None:
    with pytest.raises(DecodeError) as caught:
        P1Telegram.from_bytes(HEAT[:length])
    assert caught.value.offset <= length
    if length > HEAT.index(b"1-3:") and HEAT[length - 2 : length] == b"\r\n":
        assert isinstance(caught.value, TruncatedError)
        assert caught.value.offset == length


def test_octets_that_are_no_text_are_refused_where_they_stand() -> None:
    with pytest.raises(DecodeError) as caught:
        P1Telegram.from_bytes(HEAT.replace(b"(50)", b"(\xb50)"))
    assert caught.value.offset == HEAT.index(b"(50)") + 1


def test_too_long() -> None:
    with pytest.raises(LimitError):
        P1Telegram.from_bytes(HEAT + bytes(MAX_TELEGRAM))


@given(st.binary(max_size=200), st.integers(0, len(HEAT)))
def test_any_octets_give_a_telegram_or_our_error(noise: bytes, at: int) -> None:
    for octets in (noise, b"/" + noise, HEAT[:at] + noise + HEAT[at:]):
        try:
            telegram = P1Telegram.from_bytes(octets)
        except DecodeError as error:
            offset = error.offset
        else:
            offset = 0
            assert P1Telegram.from_bytes(telegram.to_bytes()) == telegram
        assert 0 <= offset <= len(octets)
