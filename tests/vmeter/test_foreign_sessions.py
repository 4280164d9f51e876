"""Whole sessions of clients that we did not write, replayed to the model `interop`: every mechanism and suite.

`foreign_sessions.jsonl` was recorded as `foreign_clients.jsonl` was (see `test_foreign_clients`), each with a fresh
meter whose challenge and clock stand still. It holds the requests of clients that read the object list, clock, register
and profile in several ways, wrote the clock, invoked methods and sent an image, and that verified what we answered: the
HLS answers, tags, signatures and blocks. `foreign_key_changes.jsonl` holds those of pydlms-client that changed keys.
`client_key` is the public key of throw-away key pairs.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dlmskit.apdu.descriptors import AttributeDescriptor, MethodDescriptor, SelectiveAccess
from dlmskit.codec.data import Data
from dlmskit.model import registry
from dlmskit.obis import Obis
from dlmskit.security.credentials import Credentials
from dlmskit.security.key_pair import PrivateKey, PublicKey
from dlmskit.vmeter.build import in_suite, port_of
from dlmskit.vmeter.meter import VirtualMeter

FILE = Path(__file__).parent / "foreign_sessions.jsonl"
SESSIONS = [json.loads(line) for line in FILE.read_text().splitlines()]
KEY_CHANGES = [json.loads(line) for line in FILE.with_name("foreign_key_changes.jsonl").read_text().splitlines()]
MODEL = registry.load("interop")
SETUP, CLOCK = Obis.parse("0-0:43.0.0"), Obis.parse("0-0:1.0.0")
REGISTER, PROFILE = Obis.parse("1-0:1.8.0"), Obis.parse("1-0:99.1.0")


class Watched(VirtualMeter):
    """Notes what was read, written and invoked."""

    def __init__(self, session: dict[str, Any]) -> None:
        suite, pairs = session["suite"], None
        if "client_key" in session:
            own = PrivateKey(bytes((0, 2)) * (8 * suite + 8), suite)
            pairs = Credentials(suite, signing=own, peer_signing=PublicKey(bytes.fromhex(session["client_key"]), suite))
        start = MODEL.simulation.start
        assert start is not None
        super().__init__(in_suite(MODEL, suite), start=start, pairs=pairs)
        self.done: list[tuple[str, Obis, int]] = []
        self.rows: list[int] = []

    def get(self, client_sap: int, attribute: AttributeDescriptor, access: SelectiveAccess | None) -> Data:
        found = super().get(client_sap, attribute, access)
        self.done.append(("get", attribute.instance_id, attribute.attribute_id))
        if (attribute.instance_id, attribute.attribute_id) == (PROFILE, 2):
            self.rows.append(len(found.value))
        return found

    def set(self, client_sap: int, attribute: AttributeDescriptor, value: Data) -> None:
        super().set(client_sap, attribute, value)
        self.done.append(("set", attribute.instance_id, attribute.attribute_id))

    def action(self, client_sap: int, method: MethodDescriptor, parameters: Data | None) -> Data | None:
        answer = super().action(client_sap, method, parameters)
        self.done.append(("action", method.instance_id, method.method_id))
        return answer


def replay(found: Watched, session: dict[str, Any], requests: list[str]) -> list[bytes]:
    port = port_of(found, lambda octets: bytes(range(octets)), link=session["link"], speed=0)
    port.open(0.0)
    answers = []
    for request in requests:
        port.receive(bytes.fromhex(request), 0.0)
        answers.append(port.data_to_send())
    return answers


@pytest.mark.parametrize("session", SESSIONS, ids=lambda item: f"{item['client']} {item['session']}")
def test_a_foreign_session_is_served(session: dict[str, Any]) -> None:
    found = Watched(session)
    assert all(replay(found, session, session["requests"]))
    assert {("get", CLOCK, 2), ("get", REGISTER, 2), ("get", REGISTER, 3)} <= set(found.done)
    assert 96 in found.rows
    assert 9 in found.rows
    if "image" in session["session"]:
        assert found.firmware.active_image == b"RIGIMG01"


@pytest.mark.parametrize(
    "session",
    [item for item in SESSIONS if item["link"] == "wrapper" and not item["session"].startswith("low")],
    ids=lambda item: f"{item['client']} {item['session']}",
)
@pytest.mark.parametrize("place", [-1, -8])
def test_one_altered_bit_of_the_proof_opens_nothing(session: dict[str, Any], place: int) -> None:
    """The second request carries the answer to our challenge, sealed or not."""
    found = Watched(session)
    first, proof, *others = session["requests"]
    altered = bytearray.fromhex(proof)
    altered[place] ^= 1
    replay(found, session, [first, altered.hex(), *others])
    assert found.done == []


@pytest.mark.parametrize("session", KEY_CHANGES, ids=lambda item: item["session"])
def test_a_foreign_client_changes_keys(session: dict[str, Any]) -> None:
    """Policy, key transfer; an association under the new keys; in suites 1 and 2 keys agreed on, and one under those.

    The keys that were agreed on follow from the meter's own ephemeral keys, so the last association opens only where
    both sides derived the same: what it is sealed with was made by the other stack.
    """
    found = Watched(session)
    assert all(replay(found, session, session["requests"]))
    methods = [method for what, obis, method in found.done if (what, obis) == ("action", SETUP)]
    assert methods == ([1, 2] if session["suite"] == 0 else [1, 2, 3, 4, 5])
    assert found.done.count(("get", CLOCK, 2)) == (1 if session["suite"] == 0 else 2)
