"""A published dialogue between a client and a Circutor meter: our client says the same octets, and refuses the replay.

gvtret/gosem (MIT), pkg/dlmsclient/client_test.go, TestClient_CompleteSecureCommunication: see tests/vectors. LLS in a
ciphered context, with a dedicated key; the second answer is a copy of the first.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from vector_forms.vector import load

from dlmskit.enums import ApplicationContext, Conformance, Mechanism
from dlmskit.exceptions import ReplayError
from dlmskit.obis import Obis
from dlmskit.security.keys import KeyPurpose, KeySet
from dlmskit.session.base import AnswerDue, Closed, Completed, Ignored, SessionEvent
from dlmskit.session.cosem.client import CosemClientSession
from dlmskit.session.cosem.settings import AssociationSettings
from dlmskit.session.operations import Get
from dlmskit.store.answer import answer
from dlmskit.store.counters import MemoryCounters
from dlmskit.store.keys import MemoryKeyStore

VECTORS = Path(__file__).parents[2] / "vectors" / "session.jsonl"
DIALOGUE = next(vector for vector in load(VECTORS) if vector.id == "session-7d22ccee8043")
FRAMES = [bytes.fromhex(frame["hex"]) for frame in DIALOGUE.frames]
AARQ, AARE, GET, ANSWER, GET_AGAIN, REPLAY, RLRQ, RLRE = FRAMES
TITLE = bytes.fromhex(DIALOGUE.context["client_system_title"])
FIRST_COUNTER = 89
KEYS = KeySet(
    bytes.fromhex(DIALOGUE.context["guek"]),
    bytes.fromhex(DIALOGUE.context["gak"]),
    password=DIALOGUE.context["password_ascii"].encode("ascii"),
)
SETTINGS = AssociationSettings(
    mechanism=Mechanism.LOW,
    context=ApplicationContext.LN_CIPHERED,
    conformance=Conformance(0x00181F),
    max_receive_pdu_size=512,
    system_title=TITLE,
    dedicated=True,
)
CLOCK_TIME = Get(8, Obis(0, 0, 1, 0, 0, 255), 2)


class Client:
    """Our client, answered by what the meter said then."""

    def __init__(self) -> None:
        self.session = CosemClientSession(
            SETTINGS, lambda size: bytes.fromhex(DIALOGUE.context["dedicated_key"])[:size]
        )
        self.counters = MemoryCounters()
        self.counters.raise_to(KEYS.key_id(KeyPurpose.GUEK), TITLE, FIRST_COUNTER)
        self.events: list[SessionEvent] = []

    def sent(self) -> list[bytes]:
        while (event := self.session.next_event()) is not None:
            self.events.append(event)
            if (reply := answer(event, MemoryKeyStore(KEYS), self.counters)) is not None:
                self.session.provide(reply, 0.0)
        return list(self.session.messages_to_send())

    def take(self, octets: bytes) -> list[bytes]:
        self.session.receive(octets, 0.0)
        return self.sent()


@pytest.fixture
def client() -> Client:
    """Associated, and the clock read once."""
    client = Client()
    client.session.open(0.0)
    assert client.sent() == [AARQ]
    assert client.take(AARE) == []
    client.session.start(CLOCK_TIME, 0.0)
    assert client.sent() == [GET]
    assert client.take(ANSWER) == []
    return client


def test_the_association_and_the_first_read_are_octet_by_octet_the_same(client: Client) -> None:
    done = client.events[-1]
    assert isinstance(done, Completed)
    assert done.result.value == bytes.fromhex("07e7020f0311371500800000")


def test_the_release_is_the_same(client: Client) -> None:
    client.session.close(0.0)
    assert client.sent() == [RLRQ]
    client.take(RLRE)
    assert isinstance(client.events[-1], Closed)


def test_the_copy_of_an_answer_is_refused_as_a_replay(client: Client) -> None:
    client.session.start(CLOCK_TIME, 0.0)
    (request,) = client.sent()
    assert request[:9] == GET_AGAIN[:9]
    assert request[9] ^ GET_AGAIN[9] == 0xC1 ^ 0xC2, "we count the invoke id, the published client did not"
    assert client.take(REPLAY) == []
    refused, due = client.events[-2:]
    assert isinstance(due, AnswerDue)
    assert isinstance(refused, Ignored)
    assert isinstance(refused.error, ReplayError)
    assert "invocation counter 1 of 4c475a2022604828 is not above 1" in str(refused.error)
