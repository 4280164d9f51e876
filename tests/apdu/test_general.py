"""general-ciphering and general-signing: every key-info, empty fields, paths of errors."""

from __future__ import annotations

import pytest

from dlmskit import apdu
from dlmskit.exceptions import DecodeError, EncodeError

SENDER, RECEIVER = b"MMM\0\0\xbcaN", b"MMM\0\0\0\0\x01"
HEADER = "080102030405060708" + "084d4d4d0000bc614e" + "084d4d4d0000000001" + "00" + "00"


def ciphered(key_info: apdu.IdentifiedKey | apdu.WrappedKey | apdu.AgreedKey | None) -> apdu.GeneralCiphering:
    return apdu.GeneralCiphering(bytes(range(1, 9)), SENDER, RECEIVER, None, b"", key_info, b"\x31\0\0\0\0\xaa")


@pytest.mark.parametrize(
    ("key_info", "octets"),
    [
        (None, "00"),
        (apdu.IdentifiedKey(apdu.KeyId.GLOBAL_UNICAST_ENCRYPTION_KEY), "010000"),
        (apdu.IdentifiedKey(apdu.KeyId.GLOBAL_BROADCAST_ENCRYPTION_KEY), "010001"),
        (apdu.WrappedKey(apdu.KekId.MASTER_KEY, b"\xaa" * 3), "01010003aaaaaa"),
        (apdu.AgreedKey(b"\x01", b"\xbb" * 128), "010201018180" + "bb" * 128),
    ],
)
def test_every_key_info(key_info: apdu.IdentifiedKey | None, octets: str) -> None:
    value = ciphered(key_info)
    assert value.to_bytes().hex() == "dd" + HEADER + octets + "0631" + "00000000aa"
    assert apdu.decode(value.to_bytes()) == value


def test_a_message_that_is_authenticated_but_says_nothing_of_itself() -> None:
    # the form of GBCS: five empty fields, no key-info, then the clear content with its tag
    content = apdu.CipheredContent(0x11, 0, b"\xdf", bytes(12)).to_bytes()
    value = apdu.GeneralCiphering(b"", b"", b"", None, b"", None, content)
    assert value.to_bytes().hex() == "dd" + "00" * 6 + "12" + content.hex()
    assert apdu.decode(value.to_bytes()) == value


def test_a_signature_may_be_empty_but_not_missing() -> None:
    value = apdu.GeneralSigning(b"\x01", SENDER, RECEIVER, bytes(12), b"\x00\xcc", b"\xc0\x02", b"")
    octets = value.to_bytes()
    assert octets.hex() == "df" + "0101" + HEADER[18:54] + "0c" + "00" * 12 + "0200cc" + "02c002" + "00"
    assert apdu.decode(octets) == value
    with pytest.raises(DecodeError) as caught:
        apdu.decode(octets[:-1])
    assert (caught.value.offset, caught.value.path) == (len(octets) - 1, ("general-signing", "signature"))


@pytest.mark.parametrize(
    ("octets", "offset", "path"),
    [
        ("dd09010203", 2, ("general-ciphering", "transaction-id")),
        ("dd00" + "07" + "00" * 7, 2, ("general-ciphering", "originator-system-title")),
        ("dd0000" + "0900", 3, ("general-ciphering", "recipient-system-title")),
        ("dd000000" + "05" + "00" * 5, 4, ("general-ciphering", "date-time")),
        ("dd0000000000" + "02", 6, ("general-ciphering", "key-info")),
        ("dd0000000000" + "0103", 7, ("general-ciphering", "key-info")),
        ("dd0000000000" + "010002", 8, ("general-ciphering", "key-info", "key-id")),
        ("dd0000000000" + "010101", 8, ("general-ciphering", "key-info", "kek-id")),
        ("dd0000000000" + "010200" + "84ffffffff", 14, ("general-ciphering", "key-info", "key-ciphered-data")),
        ("dd0000000000" + "00" + "82ffff", 10, ("general-ciphering", "content")),
        ("df0000000000" + "01c0" + "40", 9, ("general-signing", "signature")),
        ("df0000000000" + "01c0" + "00" + "00", 9, ("general-signing",)),
    ],
)
def test_errors_tell_the_place(octets: str, offset: int, path: tuple[str, ...]) -> None:
    with pytest.raises(DecodeError) as caught:
        apdu.decode(bytes.fromhex(octets))
    assert (caught.value.offset, caught.value.path[: len(path)]) == (offset, path)


def test_a_title_has_8_octets_or_none() -> None:
    with pytest.raises(EncodeError, match="originator-system-title: a system title has 8 octets, found 7"):
        apdu.GeneralSigning(b"", b"1234567", b"", None, b"", b"", b"").to_bytes()
