"""Captured ciphered pushes whose keys were published come out of link and receiver (vectors: see tests/vectors)."""

from __future__ import annotations

from pathlib import Path

import pytest
from vector_forms.vector import Vector, load

from dlmskit.exceptions import PolicyError
from dlmskit.link.base import Link, Received
from dlmskit.link.hdlc.push import HdlcPushLink
from dlmskit.link.mbus import MBusLink
from dlmskit.security.keys import KeySet
from dlmskit.session.base import Failed, Notified, SessionEvent
from dlmskit.session.cosem.receiver import ReceiverSession
from dlmskit.store.answer import answer
from dlmskit.store.counters import MemoryCounters
from dlmskit.store.keys import MemoryKeyStore

VECTORS = Path(__file__).parents[2] / "vectors"


def vector(family: str, name: str) -> Vector:
    return next(found for found in load(VECTORS / f"{family}.jsonl") if found.id == name)


KAMSTRUP = vector("hdlc-frame", "hdlc-frame-e6a5caac63af")
KAIFA = vector("mbus-frame", "mbus-frame-cfd652eb1b18")


def key(of: Vector, name: str) -> bytes | None:
    text = of.context.get(name)
    return None if text is None else bytes.fromhex(text)


def received(of: Vector, link: Link, keys: KeySet, *, allow_unauthenticated: bool = False) -> list[SessionEvent]:
    link.open(0.0)
    link.receive_data(of.octets, 0.0)
    receiver = ReceiverSession(allow_unauthenticated=allow_unauthenticated)
    while (below := link.next_event()) is not None:
        if isinstance(below, Received):
            receiver.receive(below.octets, 0.0)
    store, counters = MemoryKeyStore(by_title={bytes.fromhex(of.context["system_title"]): keys}), MemoryCounters()
    found = []
    while (event := receiver.next_event()) is not None:
        found.append(event)
        if (reply := answer(event, store, counters)) is not None:
            receiver.provide(reply, 0.0)
    return found


def test_kamstrup_on_hdlc_with_both_keys() -> None:
    keys = KeySet(key(KAMSTRUP, "guek"), key(KAMSTRUP, "gak"))
    push = received(KAMSTRUP, HdlcPushLink(), keys)[-1]
    assert isinstance(push, Notified)
    assert push.authenticated
    assert push.system_title == bytes.fromhex("4b414d4501349083")
    assert "Kamstrup" in str(push.apdu.notification_body.value[0])


@pytest.mark.parametrize("allowed", [False, True])
def test_kaifa_on_mbus_is_encrypted_only_and_opens_on_request_only(allowed: bool) -> None:
    push = received(KAIFA, MBusLink(), KeySet(key(KAIFA, "guek")), allow_unauthenticated=allowed)[-1]
    if allowed:
        assert isinstance(push, Notified)
        assert not push.authenticated
        assert push.apdu.notification_body.value
    else:
        assert isinstance(push, Failed)
        assert isinstance(push.error, PolicyError)
