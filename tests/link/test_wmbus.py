"""Wireless M-Bus headers: the example telegram of the OMS specification, opened with the key published with it."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.exceptions import DecodeError, FrameCheckError, FrameError, TruncatedError
from dlmskit.link.wmbus import ExtendedLink, MeterAddress, Transport, WirelessTelegram, crc16, without_checks

# OMS specification, volume 2, annex of telegram examples: a gas meter in security mode 5. That its payload opens below
# shows that maker, address, access number and number of blocks were read from the right places: they make the IV.
GAS = bytes.fromhex("2e4493157856341233037a2a0020255923c95aaa26d1b2e7493b013ec4a6f6d3529b520edff0ea6defc99d6d69ebf3")
KEY = bytes.fromhex("0102030405060708090a0b0c0d0e0f11")
METER = MeterAddress("ELS", "12345678", 0x33, 0x03)


def framed(body: str) -> bytes:
    """Link header of the same meter before what begins with CI."""
    content = GAS[1:10] + bytes.fromhex(body)
    return bytes([len(content)]) + content


def blocks(telegram: bytes) -> bytes:
    cuts = [telegram[:10], *(telegram[at : at + 16] for at in range(10, len(telegram), 16))]
    return b"".join(block + crc16(block).to_bytes(2, "big") for block in cuts)


def test_the_published_telegram_opens_with_the_published_key() -> None:
    telegram = WirelessTelegram.from_bytes(GAS)
    assert (telegram.control, telegram.meter, telegram.extended) == (0x44, METER, None)
    transport = telegram.transport
    assert transport == Transport(0x7A, None, 0x2A, 0x00, 0x2520)
    assert transport is not None
    assert (transport.security_mode, transport.encrypted_blocks * 16) == (5, len(telegram.payload))
    iv = GAS[2:10] + bytes([transport.access_number or 0]) * 8
    plain = Cipher(AES(KEY), CBC(iv)).decryptor().update(telegram.payload)
    assert plain[:8] == bytes.fromhex("2f2f0c1427048502")


def test_the_check_value_of_the_crc_catalogue() -> None:
    assert crc16(b"123456789") == 0xC2B7


def test_checks_of_the_radio_blocks() -> None:
    radio = blocks(GAS)
    assert without_checks(radio) == GAS
    for at in range(1, len(radio)):
        spoilt = bytearray(radio)
        spoilt[at] ^= 0x04
        with pytest.raises(FrameCheckError) as caught:
            without_checks(bytes(spoilt))
        assert caught.value.offset <= len(radio) - 2
    for length in range(len(radio)):
        with pytest.raises(TruncatedError):
            without_checks(radio[:length])
    with pytest.raises(FrameError):
        without_checks(radio + b"\x00")


def test_a_long_header_names_another_meter() -> None:
    telegram = WirelessTelegram.from_bytes(framed("7209315403b405b004c91000000c78"))
    assert telegram.meter == MeterAddress("AMT", "03543109", 0xB0, 0x04)
    assert telegram.sender == METER
    assert (telegram.payload, telegram.transport and telegram.transport.status) == (b"\x0c\x78", 0x10)


@pytest.mark.parametrize(
    ("body", "extended"),
    [
        ("8c2081", ExtendedLink(0x20, 0x81)),
        ("8e2081b40509315403b004", ExtendedLink(0x20, 0x81, MeterAddress("AMT", "03543109", 0xB0, 0x04))),
        ("8d2081010000003412", ExtendedLink(0x20, 0x81, None, 1, 0x1234)),
    ],
)
def test_extended_link_layers(body: str, extended: ExtendedLink) -> None:
    telegram = WirelessTelegram.from_bytes(framed(body + "780c78"))
    assert telegram.extended == extended
    assert (telegram.transport, telegram.payload) == (Transport(0x78), b"\x0c\x78")
    assert telegram.meter == (extended.address or METER)


def test_an_encrypted_session_hides_the_rest() -> None:
    telegram = WirelessTelegram.from_bytes(framed("8d2081010000203412deadbeef"))
    assert (telegram.transport, telegram.payload.hex()) == (None, "deadbeef")


def test_the_fragmentation_layer_is_stepped_over() -> None:
    telegram = WirelessTelegram.from_bytes(framed("9003aabbcc7a2a0000000c78"))
    assert (telegram.fragmentation, telegram.payload) == (b"\xaa\xbb\xcc", b"\x0c\x78")


@pytest.mark.parametrize("length", range(len(GAS)))
def test_every_truncation_says_where_octets_ran_out(length: int) -> None:
    with pytest.raises(TruncatedError) as caught:
        WirelessTelegram.from_bytes(GAS[:length])
    assert caught.value.offset == length


@pytest.mark.parametrize(("body", "offset"), [("51", 10), ("8c20", 12), ("7a2a00", 13), ("7209", 12), ("9005aa", 13)])
def test_headers_that_are_cut_or_unknown(body: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        WirelessTelegram.from_bytes(framed(body))
    assert caught.value.offset == offset


@given(st.binary(max_size=60))
def test_any_octets_give_a_telegram_or_our_error(octets: bytes) -> None:
    for whole in (octets, framed(octets.hex()), bytes([len(octets) + 9]) + GAS[1:10] + octets):
        try:
            payload = WirelessTelegram.from_bytes(whole).payload
        except DecodeError as error:
            offset = error.offset
        else:
            offset = 0
            assert whole.endswith(payload)
        assert 0 <= offset <= len(whole)
