"""A push in general block transfer in the middle of an answer in general block transfer, each with its own losses."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlmskit.apdu import DataNotification, GeneralBlockTransfer
from dlmskit.codec.data import octet_string
from dlmskit.exceptions import LimitError, RemoteProtocolError
from dlmskit.limits import DEFAULT_LIMITS, Limits
from dlmskit.session.base import Completed, Notified
from dlmskit.session.cosem.block_streams import BlockStreams
from dlmskit.session.cosem.channel import Form
from dlmskit.session.cosem.client import State
from dlmskit.session.cosem.general_block import GeneralBlocks
from dlmskit.session.cosem.questions import unasked
from dlmskit.session.operations import Get

from .pair import BUFFER, Pair
from .test_general_block import LONG, general

PUSH = DataNotification(1, None, octet_string(bytes(range(100, 200))))


def blocks_of(message: bytes, *, window: int = 0, size: int = 20) -> list[bytes]:
    """As meters are seen to push: every block streams, nothing is waited for."""
    starts = range(0, len(message), size)
    return [
        GeneralBlockTransfer(
            0x80 * (start == starts[-1]) | 0x40 | window, number, 0, message[start : start + size]
        ).to_bytes()
        for number, start in enumerate(starts, 1)
    ]


def pushed(pair: Pair) -> list[Notified]:
    return [event for event in pair.events if isinstance(event, Notified)]


def sealed_push(pair: Pair) -> bytes:
    channel = pair.server._channel
    if channel is None or not pair.server._sealed:
        return PUSH.to_bytes()
    return unasked(channel.sealing(PUSH.to_bytes(), Form()))


@pytest.mark.parametrize("kind", ["none", "gmac", "gmac-general", "gmac-suite2"])
@pytest.mark.parametrize("windows", [(1, 1), (4, 4), (63, 2)])
@pytest.mark.parametrize("pace", [1, 2, 100])
def test_a_push_without_acknowledgements_amid_an_answer(kind: str, windows: tuple[int, int], pace: int) -> None:
    pair = general(kind, client_window=windows[0], meter_window=windows[1])
    waiting: list[bytes] = []

    def amid(message: bytes) -> list[bytes]:
        if message[0] != 0xE0:
            return [message]
        turn = [waiting.pop(0) for _ in range(min(pace, len(waiting)))]
        return [*turn, message] if pace == 2 else [message, *turn]

    pair.to_client = amid
    for _ in range(3):
        waiting += blocks_of(sealed_push(pair))
        assert pair.ask(Get(7, BUFFER, 3)) == LONG
        for late in waiting:
            pair.client.receive(late, pair.now)
        waiting.clear()
        pair.settle()
    assert [event.apdu for event in pushed(pair)] == [PUSH] * 3
    assert not pair.ignored


class Pusher:
    """A meter that pushes in blocks and waits for their acknowledgement."""

    def __init__(self, pair: Pair, message: bytes, window: int = 3) -> None:
        self.pair = pair
        self.blocks = GeneralBlocks("meter", 30, window, DEFAULT_LIMITS)
        self.waiting = self.blocks.send(message)

    def step(self, *, lost: bool = False) -> None:
        """One block to the client, and its acknowledgement back."""
        if not self.waiting:
            return
        octets = self.waiting.pop(0)
        if lost:
            return
        self.pair.client.receive(octets, self.pair.now)
        for reply in self.pair.client.messages_to_send():
            self.waiting += self.blocks.receive(GeneralBlockTransfer.from_bytes(reply)).replies


@pytest.mark.parametrize("window", [1, 3, 16])
@pytest.mark.parametrize("start", range(3, 9))
def test_a_push_with_acknowledgements_amid_an_answer(start: int, window: int) -> None:
    """It stays behind the answer in its numbers, as it began later."""
    pair = general(client_window=window)
    pusher = Pusher(pair, PUSH.to_bytes(), window)
    seen = 0

    def amid(message: bytes) -> list[bytes]:
        nonlocal seen
        seen += message[0] == 0xE0
        if seen >= start and message[0] == 0xE0 and GeneralBlockTransfer.from_bytes(message).streaming is False:
            pusher.step()
        return [message]

    pair.to_client = amid
    assert pair.ask(Get(7, BUFFER, 3)) == LONG
    while pusher.waiting:
        pusher.step()
    pair.settle()
    assert [event.apdu for event in pushed(pair)] == [PUSH]


@pytest.mark.parametrize("lost", range(6))
def test_a_lost_block_of_a_push_comes_again(lost: int) -> None:
    pair = general()
    pusher = Pusher(pair, PUSH.to_bytes())
    for sent in range(60):
        if not pusher.waiting:
            pusher.waiting = pusher.blocks.again()
        if not pusher.waiting or pushed(pair):
            break
        pusher.step(lost=sent == lost)
        pair.settle()
    assert [event.apdu for event in pushed(pair)] == [PUSH]
    assert pair.ask(Get(7, BUFFER, 3)) == LONG


@pytest.mark.parametrize("lost", [2, 3, 5, 9])
def test_a_lost_block_of_the_answer_comes_again_while_a_push_runs(lost: int) -> None:
    pair = general()
    waiting, passed = blocks_of(PUSH.to_bytes()), 0

    def lose(message: bytes) -> list[bytes]:
        nonlocal passed
        if message[0] != 0xE0:
            return [message]
        passed += 1
        return [*([waiting.pop(0)] if waiting else []), *([] if passed == lost else [message])]

    pair.to_client = lose
    try:
        found = pair.ask(Get(7, BUFFER, 3))
    except LookupError:
        pair.now += 10
        pair.client.handle_timeout(pair.now)
        pair.settle()
        found = pair.last(Completed).result
    assert found == LONG
    for late in waiting:
        pair.client.receive(late, pair.now)
    pair.settle()
    assert [event.apdu for event in pushed(pair)] == [PUSH]


def test_between_operations_a_push_is_taken_and_an_answer_is_not() -> None:
    pair = general()
    for octets in blocks_of(PUSH.to_bytes()):
        pair.client.receive(octets, 0.0)
    assert pair.client.messages_to_send() == []
    pair.settle()
    assert [event.apdu for event in pushed(pair)] == [PUSH]
    pair.client.receive(GeneralBlockTransfer(0x04, 1, 0, b"\xc4\x01").to_bytes(), 0.0)
    assert pair.client.messages_to_send() == []
    pair.settle()
    assert "unasked" in str(pair.ignored[-1].error)


def test_a_push_does_not_put_off_the_deadline_of_the_answer() -> None:
    pair = general()
    pair.to_client = lambda message: []
    with pytest.raises(LookupError):
        pair.ask(Get(7, BUFFER, 3))
    deadline = pair.client.next_deadline()
    for octets in blocks_of(PUSH.to_bytes()):
        pair.client.receive(octets, 5.0)
    assert pair.client.next_deadline() == deadline
    assert pair.client.state is State.BUSY


def streams(limits: Limits = DEFAULT_LIMITS) -> BlockStreams:
    return BlockStreams(30, 4, limits)


def block(number: int, data: bytes, *, window: int = 1, last: bool = False) -> GeneralBlockTransfer:
    return GeneralBlockTransfer(0x80 * last | 0x40 | window, number, 0, data)


def test_two_that_wait_for_the_same_number_are_given_up_and_never_mixed() -> None:
    found = streams()
    found.receive(block(1, b"\xc4answer"), exchanging=True)
    found.receive(block(1, b"\x0fpush"), exchanging=True)
    with pytest.raises(RemoteProtocolError, match="nothing tells them apart"):
        found.receive(block(2, b"whose?", last=True), exchanging=True)
    heard, _ = found.receive(block(1, b"\xc4again", last=True), exchanging=True)
    assert heard.message == b"\xc4again"


def test_each_has_bounds_of_its_own() -> None:
    found = streams(Limits(transfer_octets=20))
    found.receive(block(1, b"\xc4" + bytes(15)), exchanging=True)
    found.receive(block(1, b"\x0f" + bytes(15), window=0), exchanging=True)
    with pytest.raises(LimitError):
        found.receive(block(2, bytes(15), window=0), exchanging=True)
    heard, asked = found.receive(block(2, b"end", last=True), exchanging=True)
    assert (heard.message, asked) == (b"\xc4" + bytes(15) + b"end", True)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 300), st.integers(1, 300), st.integers(1, 40))
def test_any_interleaving_with_a_push_without_acknowledgements(seed: int, ours: int, theirs: int, size: int) -> None:
    dice = random.Random(seed)
    answer, push = b"\xc4" + dice.randbytes(ours), b"\x0f" + dice.randbytes(theirs)
    queues = [blocks_of(answer, window=63, size=size), blocks_of(push, size=size)]
    found, completed = BlockStreams(64, 63, DEFAULT_LIMITS), list[bytes]()
    while any(queues):
        queue = dice.choice([queue for queue in queues if queue])
        heard, _ = found.receive(GeneralBlockTransfer.from_bytes(queue.pop(0)), exchanging=True)
        if heard.message is not None:
            completed.append(heard.message)
    assert sorted(completed) == sorted([answer, push])


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.builds(
                GeneralBlockTransfer,
                st.integers(0, 255),
                st.integers(0, 6),
                st.integers(0, 6),
                st.sampled_from([b"", b"\x0f", b"\xc4", b"\xdb", b"\x0fa", b"b"]),
            ),
            st.booleans(),
        ),
        max_size=40,
    )
)
def test_streams_take_any_blocks(received: list[tuple[GeneralBlockTransfer, bool]]) -> None:
    found = streams(Limits(blocks=5))
    for each, exchanging in received:
        try:
            heard, _ = found.receive(each, exchanging=exchanging)
        except (RemoteProtocolError, LimitError):
            continue
        assert len(heard.replies) <= 63
