"""Whole associations with another maker's stack under every kind of key and with signatures, in both roles.

Each side runs its own dialogue; APDUs pass through a pipe. No octet of the peer's code runs in our process.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from session.cosem.pair import CLIENT_TITLE, GAK, GUEK, MASTER, METER_TITLE, REGISTER, SIGNED, Pair

from dlmskit.apdu import decode
from dlmskit.codec.data import double_long_unsigned
from dlmskit.security.general_ciphering import MessageKey
from dlmskit.security.key_pair import PrivateKey
from dlmskit.security.policy import NO_POLICY, SecurityPolicy
from dlmskit.security.profile import AadForm, GeneralProfile
from dlmskit.session.base import Failed
from dlmskit.session.operations import Get

DIALOGUE = Path(__file__).with_name("protected_dialogue.py")
READINGS = {
    ("sc-ak", "content"): GeneralProfile(aad=AadForm.PLAIN, signed_length=False),
    ("with-header", "length-prefixed-content"): GeneralProfile(),
}
KEYS: dict[str, tuple[Any, ...]] = {
    "absent": ("none",),
    "identified": ("identified", 0),
    "wrapped": ("wrapped",),
    "one-pass": ("agreed", 0, 1),
    "static-unified": ("agreed", 0, 2),
}
ENERGY = "c401c100" + double_long_unsigned(123_456).to_bytes().hex()


def wanted(role: str, suite: int, **more: Any) -> dict[str, Any]:
    size = 2 if suite == 2 else 1
    found: dict[str, Any] = {
        "role": role,
        "suite": suite,
        "guek": (GUEK * size).hex(),
        "gak": (GAK * size).hex(),
        "master_key": (MASTER * size).hex(),
        "client_title": CLIENT_TITLE.hex(),
        "meter_title": METER_TITLE.hex(),
        "counter": 1,
        "control": 0x30,
    }
    if suite:
        # the seeds of `pair.key_pairs`: client and meter sign with 1 and 2, agree with 3 and 4
        scalars = {seed: bytes((0, seed)) * (8 * suite + 8) for seed in (1, 2, 3, 4)}
        own, peer = ((1, 3), (2, 4)) if role == "client" else ((2, 4), (1, 3))
        names = ("signing_key", "key_agreement_key")
        found["private"] = {name: scalars[seed].hex() for name, seed in zip(names, own, strict=True)}
        publics = [PrivateKey(scalars[seed], suite).public.to_bytes().hex() for seed in peer]
        found["public"] = dict(zip(("peer_signing_key", "peer_key_agreement_key"), publics, strict=True))
    return found | more


@contextmanager
def peer(wishes: dict[str, Any]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [os.environ["DLMSKIT_PEER_PYTHON"], str(DIALOGUE), json.dumps(wishes)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def serve(wishes: dict[str, Any], **rules: Any) -> tuple[list[str], Pair, list[bytes]]:
    """What a client of the peer's found out about our meter, and the APDUs that it sent."""
    suite = wishes["suite"]
    pair = Pair(f"gmac-suite{suite}" if suite else "gmac", server=rules)
    found, sent = [], []
    with peer(wishes) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line in process.stdout:
            if line[0] in "=!":
                found.append(line.strip())
                continue
            sent.append(bytes.fromhex(line))
            pair.server.receive(sent[-1], 0.0)
            before = len(pair.received)
            pair.to_client = lambda message: []
            pair.settle()
            (answer,) = pair.received[before:]
            process.stdin.write(answer.hex() + "\n")
            process.stdin.flush()
    return found, pair, sent


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize(
    ("suite", "key"),
    [(0, "absent"), (0, "identified"), (0, "wrapped")]
    + [(suite, key) for suite in (1, 2) for key in ("identified", "wrapped", "one-pass", "static-unified")],
)
def test_a_foreign_client_reads_our_meter_under_every_key(suite: int, key: str, reading: tuple[str, str]) -> None:
    aad, form = reading
    wishes = wanted("client", suite, aad=aad, form=form, protection="general-ciphering", key=KEYS[key])
    found, pair, sent = serve(wishes, general_profile=READINGS[reading])
    action = "c701c2000100093c" + "00" * 60
    assert found == [f"= {ENERGY}", f"= {ENERGY}", f"= {action}", "= verified"], found
    assert not [event for event in pair.server_events if isinstance(event, Failed)]
    requests = [decode(octets) for octets in sent[1:-1]]
    kinds = {MessageKey.of(request.key_info) for request in requests}  # type: ignore[attr-defined]
    assert kinds == {MessageKey("identified" if key == "absent" else key)}


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("protection", ["glo+signing", "general-ciphering+signing"])
@pytest.mark.parametrize("suite", [1, 2])
def test_a_foreign_client_signs(suite: int, protection: str, reading: tuple[str, str]) -> None:
    aad, form = reading
    wishes = wanted("client", suite, aad=aad, form=form, protection=protection, key=KEYS["one-pass"])
    found, pair, sent = serve(wishes, general_profile=READINGS[reading], policy=SIGNED)
    assert found[:2] == [f"= {ENERGY}", f"= {ENERGY}"], found
    assert {octets[0] for octets in sent[1:-1]} == {octets[0] for octets in pair.received[1:-1]} == {0xDF}
    assert not [event for event in pair.server_events if isinstance(event, Failed)]


def test_a_foreign_client_that_does_not_sign_is_refused() -> None:
    wishes = wanted("client", 1, aad="sc-ak", form="content", protection="general-ciphering", key=KEYS["one-pass"])
    profile = READINGS["sc-ak", "content"]
    found, _, _ = serve(wishes, general_profile=profile, policy=SIGNED)
    assert found[0].startswith("!"), found


def test_a_signature_alone_that_has_no_number_is_refused() -> None:
    """The peer leaves the transaction-id of general-signing empty: nothing in it would tell a replay."""
    wishes = wanted("client", 1, aad="sc-ak", form="content", protection="general-signing", key=KEYS["one-pass"])
    policy = SIGNED | SecurityPolicy.RESPONSE_AUTHENTICATED | SecurityPolicy.RESPONSE_ENCRYPTED
    rules = {"general_profile": READINGS["sc-ak", "content"], "policy": policy, "security_control": 0}
    found, pair, _ = serve(wishes, **rules)
    assert found[0].startswith("!"), found
    assert any("nothing tells a replay" in str(e.error) for e in pair.server_events if isinstance(e, Failed))


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize(
    ("suite", "key", "signed"), [(0, True, False), (1, True, True), (2, True, True), (2, False, True)]
)
def test_our_client_reads_a_foreign_meter(suite: int, key: bool, signed: bool, reading: tuple[str, str]) -> None:
    aad, form = reading
    changes = {
        "general_ciphering": MessageKey.IDENTIFIED if key else None,
        "general_profile": READINGS[reading],
        "policy": SIGNED if signed else NO_POLICY,
    }
    pair = Pair(f"ecdsa-ciphered-suite{suite}" if suite else "gmac", client=changes)
    with peer(wanted("meter", suite, aad=aad, form=form)) as process:

        def through(message: bytes) -> list[bytes]:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(message.hex() + "\n")
            process.stdin.flush()
            answer = process.stdout.readline().strip()
            pair.received.append(bytes.fromhex(answer))
            pair.client.receive(pair.received[-1], 0.0)
            return []

        pair.to_meter = through
        pair.open()
        for _ in range(2):
            assert pair.ask(Get(3, REGISTER, 2)) == double_long_unsigned(123_456)
    assert {octets[0] for octets in pair.received[1:]} == {0xDF if signed else 0xDD}
