"""Messages that another stack made open here.

``foreign_messages.jsonl`` was recorded by us from pydlms-client 0.1.0 (run as a program, nothing is copied from it):
a GET request from CLI00001 to MTR00001 under keys that this file makes again, invocation counter 7; general-ciphering
with each key information and both forms of AAD, general-signing with both forms, offers of method key_agreement with
the key that came of them, and both answers of HLS mechanism 7. The other way round was checked once: pydlms opened the
same kinds of message made here.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dlmskit.apdu.general import AgreedKey, GeneralCiphering, GeneralSigning
from dlmskit.exceptions import SecurityError
from dlmskit.security import general_signing
from dlmskit.security.agreement import Offer, Scheme, agreed_key, scheme_of
from dlmskit.security.general_ciphering import message_key, open_message, shared_key
from dlmskit.security.hls import Challenges
from dlmskit.security.key_pair import PrivateKey
from dlmskit.security.keys import KeySet
from dlmskit.security.profile import AadForm, GeneralProfile

CLIENT, METER = b"CLI00001", b"MTR00001"
GET = bytes.fromhex("c0010000080000010000ff0200")
ROWS: list[dict[str, Any]] = [
    msgspec.json.decode(line) for line in Path(__file__).with_name("foreign_messages.jsonl").read_bytes().splitlines()
]


def rows(kind: str) -> pytest.MarkDecorator:
    chosen = [row for row in ROWS if row["kind"] == kind]
    names = [
        "-".join(
            str(value) for field, value in row.items() if field not in ("kind", "hex", "key") or len(str(value)) < 16
        )
        for row in chosen
    ]
    return pytest.mark.parametrize("row", chosen, ids=names)


def key_set(suite: int) -> KeySet:
    size = 32 if suite == 2 else 16
    guek, gak, gbek, master = (bytes([0x10 * n]) * size for n in range(1, 5))
    return KeySet(guek, gak, gbek=gbek, suite=suite, master_key=master)


def private(name: str, suite: int) -> PrivateKey:
    return PrivateKey.generate(suite, lambda size: hashlib.shake_256(name.encode()).digest(size))


def key_of(apdu: GeneralCiphering, suite: int) -> bytes:
    """As the meter finds the key."""
    if not isinstance(apdu.key_info, AgreedKey):
        return shared_key(apdu, key_set(suite))
    scheme, own = scheme_of(apdu.key_info), private("meter agrees", suite)
    peer = private("client agrees", suite).public
    if scheme is Scheme.ONE_PASS:
        offer = Offer.from_bytes(apdu.key_info.key_ciphered_data, suite)
        offer.verify(private("client signs", suite).public)
        peer = offer.public
    return message_key(apdu, own.agree(peer), suite=suite, scheme=scheme)


@rows("general-ciphering")
def test_general_ciphering(row: dict[str, Any]) -> None:
    octets, suite = bytes.fromhex(row["hex"]), row["suite"]
    apdu = GeneralCiphering.from_bytes(octets)
    assert apdu.to_bytes() == octets
    options = {"key": key_of(apdu, suite), "gak": key_set(suite).gak, "originator": CLIENT}
    opened = open_message(apdu, **options, profile=GeneralProfile(aad=AadForm(row["aad"])))
    assert (opened.plain, opened.invocation_counter) == (GET, 7)
    for other in set(AadForm) - {row["aad"]}:
        with pytest.raises(SecurityError):
            open_message(apdu, **options, profile=GeneralProfile(aad=other))


@rows("general-signing")
def test_general_signing(row: dict[str, Any]) -> None:
    apdu = GeneralSigning.from_bytes(bytes.fromhex(row["hex"]))
    assert apdu.content == GET
    signer = private("client signs", row["suite"]).public
    general_signing.verify(apdu, signer, GeneralProfile(signed_length=row["signed_length"]))
    with pytest.raises(SecurityError):
        general_signing.verify(apdu, signer, GeneralProfile(signed_length=not row["signed_length"]))


@rows("key-agreement")
def test_offers_of_key_agreement(row: dict[str, Any]) -> None:
    suite, key_id = row["suite"], row["key_id"]
    offer = Offer.from_bytes(bytes.fromhex(row["hex"]), suite)
    offer.verify(private("client signs", suite).public, key_id)
    with pytest.raises(SecurityError):
        offer.verify(private("client signs", suite).public)
    agreed = agreed_key(
        private("meter ephemeral", suite).agree(offer.public),
        suite=suite,
        scheme=Scheme.EPHEMERAL_UNIFIED,
        originator=CLIENT,
        recipient=METER,
    )
    assert agreed.hex() == row["key"]


@rows("hls-ecdsa")
def test_answers_of_mechanism_7(row: dict[str, Any]) -> None:
    suite = row["suite"]
    challenges = Challenges(CLIENT, METER, received=bytes(range(64, 96)), sent=bytes(range(32)))
    private("client signs", suite).public.verify(challenges.signed_octets(), bytes.fromhex(row["pass3"]))
    meter = private("meter signs", suite).public
    meter.verify(challenges.seen_by_peer().signed_octets(), bytes.fromhex(row["pass4"]))
    with pytest.raises(SecurityError):
        meter.verify(challenges.signed_octets(), bytes.fromhex(row["pass4"]))


def test_every_kind_is_there() -> None:
    kinds = {(row["kind"], row["suite"], row.get("key", "") if "aad" in row else "") for row in ROWS}
    assert {("general-ciphering", 2, key) for key in ("none", "identified", "wrapped", "agreed1", "agreed2")} <= kinds
    assert len(ROWS) == 44
