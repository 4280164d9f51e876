"""The dialogues of the hostile corpus, on attacks of our own: what must be refused is, and the genuine is not."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from dlmskit.security.counters import ReplayGuard
from dlmskit.session.cosem.channel import Channel
from fuzz.hostile_adapter import Adapter
from fuzz.hostile_dialogue import SCENARIOS, identities, run_cipher, run_hls, run_session

CONTEXT: dict[str, Any] = {
    "ek": bytes(range(16)).hex(),
    "ak": bytes(range(0xD0, 0xE0)).hex(),
    "meter_title": "4d4d4d0000bc614e",
    "client_title": "434c490000000001",
    "min_ic": 100,
}
ANSWER, PUSH = bytes.fromhex("c401c100121234"), bytes.fromhex("0f0000000100020206000000010600000002")


def sealed(plain: bytes, counter: int, *, control: int = 0x30) -> bytes:
    """A message of the meter."""
    keys, own, title = identities(CONTEXT)
    channel = Channel(keys=keys, own_title=title, security_control=control, guard=ReplayGuard())
    channel.peer_title = own
    channel.refill(counter, 2)
    return channel.seal(plain, general=True)


@pytest.mark.parametrize("name", SCENARIOS)
def test_an_association_opens_with_a_genuine_meter_only(name: str) -> None:
    wanted = "ok" if name == "hls_ok" else "refused"
    assert run_hls(CONTEXT | {"scenario": name})["status"] == wanted


@pytest.mark.parametrize("place", range(1, 35))
def test_any_changed_octet_is_refused_and_spoils_nothing(place: int) -> None:
    genuine = sealed(ANSWER, 101)
    forged = bytearray(genuine)
    forged[place] ^= 0x40
    result = run_cipher(CONTEXT, [bytes(forged)])
    assert (result["status"], result["delivered"]) == ("refused", [])
    if place > 14:
        assert run_cipher(CONTEXT, [bytes(forged), genuine])["steps"] == ["refused", "ok"]


def test_genuine_messages_pass_once() -> None:
    result = run_cipher(CONTEXT, [sealed(ANSWER, 101), sealed(ANSWER, 0x1000), sealed(PUSH, 0x2000)])
    assert result["steps"] == ["ok", "ok", "ok"]
    assert run_cipher(CONTEXT, [sealed(ANSWER, 101)] * 2)["steps"] == ["ok", "refused"]


@pytest.mark.parametrize(
    "message", [ANSWER, PUSH, sealed(ANSWER, 101, control=0x20), sealed(ANSWER, 101, control=0x10), sealed(ANSWER, 100)]
)
def test_weak_or_old_messages_are_refused(message: bytes) -> None:
    assert run_cipher(CONTEXT, [message])["status"] == "refused"


def test_an_answer_is_delivered_once() -> None:
    result = run_session({}, [PUSH, ANSWER, ANSWER])
    assert (result["steps"], result["delivered"]) == (["need_more", "ok", "refused"], ["121234"])


def test_links_deliver_what_is_for_them() -> None:
    frame = bytes.fromhex("7ea0130303305037e6e700c401c10012123485607e")
    adapter = Adapter()
    for entry, good, foreign in (
        ("hdlc", frame, bytes.fromhex("7ea013210330d381e6e700c401c10012123485607e")),
        ("wrapper", b"\x00\x01\x00\x01\x00\x10\x00\x07" + ANSWER, b"\x00\x01\x00\x01\x00\x63\x00\x07" + ANSWER),
    ):
        assert adapter.run(entry, {}, b"", [good])["delivered"] == [ANSWER.hex()]
        assert adapter.run(entry, {}, b"", [bytes([octet]) for octet in good])["delivered"] == [ANSWER.hex()]
        assert adapter.run(entry, {}, b"", [foreign])["delivered"] == []
