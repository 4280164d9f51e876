"""Data of global_key_transfer and key_agreement: the wrapped keys of RFC 3394, both ways, and broken shapes."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.codec.data import Data, array, enum, null_data, octet_string, structure, unsigned
from dlmskit.exceptions import AuthenticationError, DecodeError, SecurityError
from dlmskit.security.agreement import Offer, signed_octets
from dlmskit.security.key_transfer import GlobalKeyId, agreement, read_agreement, read_transfer, transfer
from dlmskit.security.keys import KeySet
from security.test_key_pair import key

MASTER, NEW = bytes(range(16)), bytes.fromhex("00112233445566778899aabbccddeeff")
# RFC 3394, 4.1
WRAPPED = bytes.fromhex("1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5")


def row(key_id: int, octets: bytes) -> Data:
    return structure(enum(key_id), octet_string(octets))


def test_a_transfer_is_the_wrapped_key_behind_its_id() -> None:
    made = transfer({GlobalKeyId.GUEK: NEW, GlobalKeyId.GAK: NEW}, master_key=MASTER)
    assert made.to_bytes() == bytes.fromhex("0102 02021600 0918") + WRAPPED + bytes.fromhex("02021602 0918") + WRAPPED
    assert read_transfer(made, master_key=MASTER, suite=0) == {GlobalKeyId.GUEK: NEW, GlobalKeyId.GAK: NEW}


def test_every_key_id_is_a_key_of_a_key_set() -> None:
    fresh = {key_id: bytes([key_id]) * 16 for key_id in GlobalKeyId}
    came = read_transfer(transfer(fresh, master_key=MASTER), master_key=MASTER, suite=0)
    old = KeySet(NEW, NEW, password=b"secret", master_key=MASTER)
    changed = old.replaced(**{key_id.field: key for key_id, key in came.items()})
    for key_id in GlobalKeyId:
        assert getattr(changed, key_id.field) == fresh[key_id]
    assert (changed.password, old.guek) == (b"secret", NEW)
    with pytest.raises(SecurityError, match="guek"):
        old.replaced(guek=bytes(32))


def test_all_keys_are_good_or_none_is_taken() -> None:
    for position in range(len(WRAPPED) * 8):
        altered = bytearray(WRAPPED)
        altered[position // 8] ^= 1 << position % 8
        with pytest.raises(AuthenticationError):
            read_transfer(array(row(0, WRAPPED), row(2, bytes(altered))), master_key=MASTER, suite=0)
    with pytest.raises(AuthenticationError):
        read_transfer(array(row(0, WRAPPED)), master_key=bytes(16), suite=0)
    with pytest.raises(DecodeError, match="guek must be 32 octets, found 16"):
        read_transfer(array(row(0, WRAPPED)), master_key=MASTER, suite=2)


@pytest.mark.parametrize(
    ("parameters", "offset"),
    [
        (null_data(), 0),
        (row(0, WRAPPED), 0),
        (array(null_data()), 2),
        (array(structure(unsigned(0), octet_string(WRAPPED))), 2),
        (array(structure(enum(0))), 2),
        (array(row(4, WRAPPED)), 4),
        (array(row(0, WRAPPED), row(0, WRAPPED)), 34),
    ],
)
def test_another_shape_is_refused_where_it_is_wrong(parameters: Data, offset: int) -> None:
    for read in (
        lambda: read_transfer(parameters, master_key=MASTER, suite=0),
        lambda: read_agreement(parameters, suite=1),
    ):
        with pytest.raises(DecodeError) as error:
            read()
        assert error.value.offset == offset


@pytest.mark.parametrize("suite", [1, 2])
def test_offers_of_an_agreement(suite: int) -> None:
    ephemeral, signing = key(suite, b"e"), key(suite, b"s")
    offers = {
        key_id: Offer(ephemeral.public, signing.sign(signed_octets(ephemeral.public, key_id)))
        for key_id in (GlobalKeyId.GUEK, GlobalKeyId.MASTER_KEY)
    }
    came = read_agreement(agreement(offers), suite=suite)
    assert came == offers
    for key_id, offer in came.items():
        offer.verify(signing.public, key_id)
    with pytest.raises(SecurityError, match="suite"):
        read_agreement(agreement(offers), suite=3 - suite)


@given(st.binary(max_size=80))
def test_no_octets_raise_anything_but_our_errors(octets: bytes) -> None:
    try:
        parameters = Data.from_bytes(octets)
    except DecodeError:
        return
    with contextlib.suppress(DecodeError, SecurityError):
        assert read_transfer(parameters, master_key=MASTER, suite=0) == {}
