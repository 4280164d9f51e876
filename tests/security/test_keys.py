"""Keys never show, and never have a wrong length."""

from __future__ import annotations

import copy
import pickle

import msgspec
import pytest

from dlmskit.exceptions import AuthenticationError, KeyUnavailable, SecurityError
from dlmskit.security.key_wrap import unwrap, wrap
from dlmskit.security.keys import KeyPurpose, KeySet

GUEK = bytes.fromhex("8e1f3a5c7b9d2e4f6081a3c5e7091b2d")


def test_repr_and_errors_hide_every_key() -> None:
    keys = KeySet(GUEK, GUEK[::-1], dedicated_key=GUEK, gbek=GUEK, password=b"Hunter2!", master_key=GUEK)
    for shown in (repr(keys), str(keys), f"{keys!r:>200}"):
        assert "8e1f" not in shown.lower()
        assert "Hunter2" not in shown
        assert str(GUEK) not in shown
    assert "guek=***" in repr(keys)


@pytest.mark.parametrize("length", [0, 15, 17, 32])
def test_a_wrong_length_is_named_and_the_key_is_not(length: int) -> None:
    key = (GUEK * 2)[:length]
    with pytest.raises(SecurityError) as error:
        KeySet(GUEK, key)
    assert f"gak of suite 0 must be 16 octets, found {length}" in str(error.value)
    assert "8e1f" not in str(error.value)


def test_suite_2_has_keys_of_32_octets() -> None:
    assert KeySet(GUEK * 2, GUEK * 2, suite=2).suite == 2
    with pytest.raises(SecurityError):
        KeySet(GUEK, GUEK, suite=2)
    with pytest.raises(SecurityError, match="suite 3"):
        KeySet(GUEK, GUEK, suite=3)


def test_keys_are_immutable_and_never_serialised() -> None:
    keys = KeySet(GUEK)
    with pytest.raises(AttributeError):
        keys.guek = None
    for serialise in (pickle.dumps, copy.deepcopy, msgspec.json.encode):
        with pytest.raises(TypeError):
            serialise(keys)


def test_a_missing_key_is_named() -> None:
    with pytest.raises(KeyUnavailable, match="global broadcast encryption key"):
        KeySet(GUEK).encryption(KeyPurpose.GBEK)
    with pytest.raises(KeyUnavailable, match="password"):
        KeySet(GUEK).secret()
    with pytest.raises(KeyUnavailable, match="master_key"):
        KeySet(GUEK).wrapping()
    assert KeySet(master_key=GUEK).with_dedicated(None).wrapping() == GUEK


def test_the_name_of_a_key_tells_keys_apart_and_nothing_else() -> None:
    one, other = KeySet(GUEK), KeySet(GUEK[::-1])
    assert one.key_id(KeyPurpose.GUEK) == KeySet(GUEK, GUEK).key_id(KeyPurpose.GUEK)
    assert one.key_id(KeyPurpose.GUEK) != other.key_id(KeyPurpose.GUEK)


def test_key_wrap_of_suite_2_is_rfc_3394() -> None:
    # 4.6: 256 bits of key data under a key of 256 bits
    master = bytes(range(32))
    key = bytes.fromhex("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f")
    wrapped = bytes.fromhex("28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21")
    assert wrap(key, master_key=master) == wrapped
    assert unwrap(wrapped, master_key=master) == key
    for position in range(len(wrapped) * 8):
        altered = bytearray(wrapped)
        altered[position // 8] ^= 1 << position % 8
        with pytest.raises(AuthenticationError):
            unwrap(bytes(altered), master_key=master)


def test_key_wrap_is_rfc_3394() -> None:
    master, key = bytes(range(16)), bytes.fromhex("00112233445566778899aabbccddeeff")
    wrapped = bytes.fromhex("1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5")
    assert wrap(key, master_key=master) == wrapped
    assert unwrap(wrapped, master_key=master) == key
    for wrong in (wrapped[:16], b"", wrapped[:-1] + b"\x00", wrapped + bytes(8)):
        with pytest.raises(SecurityError):
            unwrap(wrong, master_key=master)
