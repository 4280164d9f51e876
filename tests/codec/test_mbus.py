"""Records of M-Bus meters. See dlmskit/codec/mbus.py."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.codec.mbus import MeterTelegram, Record
from dlmskit.exceptions import DecodeError, KeyUnavailable, TruncatedError

HEAD = bytes.fromhex("7278563412242301075500 0000")


# OMS specification, volume 2, annex of telegram examples: payload and key of a gas meter that reads 28504.27 m3
OMS_GAS = bytes.fromhex("5923c95aaa26d1b2e7493b013ec4a6f6d3529b520edff0ea6defc99d6d69ebf3")
OMS_KEY, OMS_IV = bytes.fromhex("0102030405060708090a0b0c0d0e0f11"), bytes.fromhex("93157856341233032a2a2a2a2a2a2a2a")


def test_the_records_of_a_published_telegram() -> None:
    plain = Cipher(AES(OMS_KEY), CBC(OMS_IV)).decryptor().update(OMS_GAS)
    volume, moment, errors = MeterTelegram.from_bytes(b"\x78" + plain).plain_records()
    assert (volume.vif, volume.value, volume.function, volume.storage) == (b"\x14", 2_850_427, 0, 0)
    assert (moment.vif, moment.raw.hex()) == (b"\x6d", "32371f15")
    assert (errors.vif, errors.value) == (b"\xfd\x17", 0)


def records(text: str) -> tuple[Record, ...]:
    return MeterTelegram.from_bytes(HEAD + bytes.fromhex(text)).plain_records()


def test_header_and_volume() -> None:
    telegram = MeterTelegram.from_bytes(HEAD + bytes.fromhex("041331300000"))
    assert (telegram.identification, telegram.manufacturer) == ("12345678", "HYD")
    assert (telegram.version, telegram.medium, telegram.access_number, telegram.status) == (1, 7, 0x55, 0)
    assert telegram.plain_records() == (Record(0, 0, 0, 0, b"\x13", "", 0x3031, bytes.fromhex("31300000")),)


@pytest.mark.parametrize(
    ("octets", "value"),
    [
        ("0013", None),
        ("0113ff", -1),
        ("0213e803", 1000),
        ("03130000 80", -(1 << 23)),
        ("05130000c03f", 1.5),
        ("0613ffffffffff7f", (1 << 47) - 1),
        ("071300000000000000 80", -(1 << 63)),
        ("091342", 42),
        ("0a133412", 1234),
        ("0c13000000f1", -1_000_000),
        ("0c13000000a1", None),
        ("0e13563412000000", 123456),
        ("0d1303434241", "ABC"),
        ("0d13c22143", 4321),
        ("0d13d22143", -4321),
        ("0d13e2ffff", -1),
        ("0d1300", ""),
    ],
)
def test_values(octets: str, value: object) -> None:
    (record,) = records(octets)
    assert record.value == value


def test_extensions_add_up() -> None:
    (record,) = records("d1a3551300")
    assert (record.function, record.storage, record.tariff, record.subunit) == (1, 1 + 2 * (3 + 16 * 5), 2 + 4, 2)


def test_plain_text_unit_and_makers_own() -> None:
    telegram = MeterTelegram.from_bytes(HEAD + bytes.fromhex("2f2f017c036c6157ff0f0102"))
    assert [(record.unit, record.value) for record in telegram.records] == [("Wal", -1)]
    assert (telegram.makers_own, telegram.more_follows) == (b"\x01\x02", False)
    assert MeterTelegram.from_bytes(HEAD + b"\x1f").more_follows


def test_other_headers() -> None:
    assert MeterTelegram.from_bytes(bytes.fromhex("78011305")).records[0].value == 5
    assert MeterTelegram.from_bytes(bytes.fromhex("7a55000000011305")).access_number == 0x55


@pytest.mark.parametrize(
    ("octets", "kind", "offset"),
    [
        ("84", TruncatedError, 14),
        ("84" + "80" * 20, DecodeError, 24),
        ("04ff" + "ff" * 20, DecodeError, 25),
        ("04fd", TruncatedError, 15),
        ("0413ffff", TruncatedError, 15),
        ("0d13bf12", TruncatedError, 16),
        ("0d13ff", DecodeError, 15),
        ("0808", DecodeError, 13),
        ("7f13", DecodeError, 13),
        ("017c0941", TruncatedError, 16),
    ],
)
def test_errors_say_where(octets: str, kind: type[DecodeError], offset: int) -> None:
    with pytest.raises(kind) as caught:
        records(octets)
    assert caught.value.offset == offset


def test_encrypted_records_wait_for_a_key() -> None:
    telegram = MeterTelegram.from_bytes(HEAD[:-2] + bytes.fromhex("2005") + bytes(32))
    assert (telegram.mode, telegram.encrypted, telegram.records) == (5, bytes(32), ())
    with pytest.raises(KeyUnavailable):
        telegram.plain_records()
    with pytest.raises(TruncatedError):
        MeterTelegram.from_bytes(HEAD[:-2] + bytes.fromhex("f005") + bytes(32))


@given(st.binary(max_size=60), st.sampled_from([b"", b"\x72", b"\x78", HEAD]))
def test_any_octets(octets: bytes, head: bytes) -> None:
    try:
        telegram = MeterTelegram.from_bytes(head + octets)
    except DecodeError as error:
        inside = 0 <= error.offset <= len(head + octets)
    else:
        inside = bool(repr(telegram))
    assert inside
