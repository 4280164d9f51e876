"""Octets of clients that we did not write, replayed to the virtual meter: it must understand every one of them.

`foreign_clients.jsonl` was recorded on 127.0.0.1 from published packages (gurux-dlms, pydlms-client, dlms-cosem) that
talked to this meter with a challenge and a clock that stand still, so the ciphered sessions can be replayed too. Each
associated, read the clock, a register with its scaler and a profile by range of two hours, and took our answers for
good. The recordings hold requests only, made by us by running those programs; keys and password are the public ones.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dlmskit.apdu.descriptors import AttributeDescriptor, SelectiveAccess
from dlmskit.codec.data import Data
from dlmskit.model import registry
from dlmskit.obis import Obis
from dlmskit.security.keys import KeySet
from dlmskit.vmeter.build import port_of
from dlmskit.vmeter.meter import VirtualMeter

START = datetime(2026, 11, 21, 10, 7, 30, tzinfo=UTC)
SESSIONS = [json.loads(line) for line in (Path(__file__).parent / "foreign_clients.jsonl").read_text().splitlines()]
CLOCK, REGISTER, PROFILE = Obis.parse("0-0:1.0.0"), Obis.parse("1-0:1.8.0"), Obis.parse("1-0:99.1.0")


class Watched(VirtualMeter):
    """Notes what was asked of it and answered."""

    def get(self, client_sap: int, attribute: AttributeDescriptor, access: SelectiveAccess | None) -> Data:
        found = super().get(client_sap, attribute, access)
        key = (attribute.instance_id, attribute.attribute_id, access.access_selector if access is not None else 0)
        self.answered[key] = found.value
        return found

    @property
    def answered(self) -> dict[tuple[Obis, int, int], Any]:
        answers: dict[tuple[Obis, int, int], Any] = self.__dict__.setdefault("_answered", {})
        return answers


def still(octets: int) -> bytes:
    """The challenge of the recording."""
    return bytes(range(octets))


def meter() -> Watched:
    return Watched(registry.load("generic"), start=START, keys={"reader": KeySet(password=b"Gurux")})


def replay(found: Watched, session: dict[str, Any]) -> list[bytes]:
    port = port_of(found, still, link=session["link"], speed=0)
    port.open(0.0)
    answers = []
    for request in session["requests"]:
        port.receive(bytes.fromhex(request), 0.0)
        answers.append(port.data_to_send())
    return answers


@pytest.mark.parametrize("session", SESSIONS, ids=lambda item: f"{item['client']} {item['link']} {item['association']}")
def test_a_foreign_client_is_understood(session: dict[str, Any]) -> None:
    found = meter()
    assert all(replay(found, session))
    assert found.answered[CLOCK, 2, 0] == bytes.fromhex("07EA0B15060B071E00FFC400")
    assert found.answered[REGISTER, 3, 0] == [0, 30]
    assert found.answered[REGISTER, 2, 0] == found.get(1, AttributeDescriptor(3, REGISTER, 2), None).value
    rows = found.answered[PROFILE, 2, 1]
    assert [row[0][5:7] for row in (rows[0], rows[-1])] == [b"\x02\x00", b"\x04\x00"]
    assert len(rows) == 9


@pytest.mark.parametrize("session", [item for item in SESSIONS if item["association"] == "management"])
def test_a_ciphered_session_replayed_to_the_same_meter_gets_nothing(session: dict[str, Any]) -> None:
    found = meter()
    replay(found, session)
    assert found.answered
    found.answered.clear()
    replay(found, session)
    assert not found.answered
