"""General block transfer: windows, streaming, lost and repeated blocks, bounds; alone and around whole associations."""

from __future__ import annotations

import random
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlmskit.apdu import DataNotification, GeneralBlockTransfer, decode
from dlmskit.codec.data import double_long_unsigned, octet_string
from dlmskit.enums import Conformance
from dlmskit.exceptions import LimitError, RemoteProtocolError, TransportTimeout
from dlmskit.limits import DEFAULT_LIMITS, Limits
from dlmskit.session.base import Completed, Failed, Notified, Progressed
from dlmskit.session.cosem.client import State
from dlmskit.session.cosem.general_block import GeneralBlocks
from dlmskit.session.cosem.settings import SERVER_CONFORMANCE
from dlmskit.session.operations import Action, Get, Set

from .pair import BUFFER, SCRIPT, Pair

SERVICE_BLOCKS = (
    Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ
    | Conformance.BLOCK_TRANSFER_WITH_SET_OR_WRITE
    | Conformance.BLOCK_TRANSFER_WITH_ACTION
)
ONLY_GENERAL = {"conformance": SERVER_CONFORMANCE & ~SERVICE_BLOCKS, "max_receive_pdu_size": 64}
LONG = octet_string(bytes(range(256)) * 2)


def general(kind: str = "none", *, client_window: int = 4, meter_window: int = 4) -> Pair:
    pair = Pair(
        kind,
        client={**ONLY_GENERAL, "block_window": client_window},
        server={"max_receive_pdu_size": 64, "block_window": meter_window},
    )
    pair.meter.values[BUFFER, 3] = LONG
    pair.open()
    return pair


def blocks(messages: list[bytes]) -> list[GeneralBlockTransfer]:
    found = [decode(message) for message in messages]
    return [block for block in found if isinstance(block, GeneralBlockTransfer)]


@pytest.mark.parametrize("kind", ["none", "low", "gmac", "gmac-dedicated", "gmac-general", "gmac-suite2"])
@pytest.mark.parametrize("windows", [(1, 1), (1, 63), (4, 2), (63, 1)])
def test_every_service_in_general_blocks(kind: str, windows: tuple[int, int]) -> None:
    pair = general(kind, client_window=windows[0], meter_window=windows[1])
    assert pair.ask(Get(7, BUFFER, 3)) == LONG
    assert pair.ask(Set(7, BUFFER, 4, LONG)) is None
    assert pair.meter.values[BUFFER, 4] == LONG
    assert pair.ask(Action(9, SCRIPT, 3, LONG)) == LONG
    assert pair.meter.done == [LONG]
    assert not pair.ignored
    assert max(len(octets) for octets in pair.sent + pair.received if octets[0] not in (0x60, 0x61)) <= 64


def test_windows_are_what_the_other_side_stated() -> None:
    pair = general(client_window=5, meter_window=3)
    pair.sent.clear()
    pair.received.clear()
    pair.ask(Set(7, BUFFER, 4, LONG))
    bursts, run = [], 0
    for block in blocks(pair.sent):
        assert block.window == 5
        run += 1
        if not block.streaming:
            bursts.append(run)
            run = 0
    assert bursts[0] == 1  # before anything is known of the meter
    assert set(bursts[1:-1]) == {3}
    assert [block.block_number for block in blocks(pair.sent)] == list(range(1, len(blocks(pair.sent)) + 1))
    assert blocks(pair.sent)[-1].last_block
    assert not any(block.last_block for block in blocks(pair.sent)[:-1] + blocks(pair.received))


def test_the_services_own_blocks_go_before() -> None:
    pair = Pair("none", client={"conformance": SERVER_CONFORMANCE, "max_receive_pdu_size": 64})
    pair.meter.values[BUFFER, 3] = LONG
    pair.open()
    assert pair.ask(Get(7, BUFFER, 3)) == LONG
    assert blocks(pair.received) == []


def test_progress_is_told() -> None:
    pair = general()
    pair.ask(Get(7, BUFFER, 3))
    progress = [event.blocks for event in pair.events if isinstance(event, Progressed)]
    assert progress == list(range(1, len(progress) + 1))
    assert len(progress) > 5


@pytest.mark.parametrize("kind", ["none", "gmac"])
@pytest.mark.parametrize(
    ("way", "lost"),
    # where the first block of an answer to a plain request is lost nobody knows that blocks were to come
    [*(("to_client", lost) for lost in range(2, 28)), *(("to_meter", lost) for lost in range(1, 28))],
)
def test_any_lost_block_comes_again(kind: str, way: str, lost: int) -> None:
    pair = general(kind)
    passed = count(1)

    def lose(message: bytes) -> list[bytes]:
        return [] if message[0] == 0xE0 and next(passed) == lost else [message]

    setattr(pair, way, lose)
    for operation, wanted in ((Get(7, BUFFER, 3), LONG), (Action(9, SCRIPT, 3, LONG), LONG)):
        try:
            found = pair.ask(operation)
        except LookupError:
            pair.now += 10
            pair.client.handle_timeout(pair.now)
            pair.settle()
            found = pair.last(Completed).result
        assert found == wanted
    assert pair.meter.done == [LONG]


def test_a_transfer_that_stays_dead_times_out() -> None:
    pair = general()
    pair.to_client = lambda message: [] if message[0] == 0xE0 else [message]
    with pytest.raises(LookupError):
        pair.ask(Get(7, BUFFER, 3))
    pair.client.handle_timeout(10.0)
    pair.settle()
    with pytest.raises(TransportTimeout):
        pair.last(Completed)


def test_forged_transfers_without_end_do_not_keep_an_exchange_waiting() -> None:
    pair = general("gmac")
    pair.to_meter = lambda message: []
    pair.client.start(Get(7, BUFFER, 3), pair.now)
    pair.settle()
    for _ in range(40):
        for number, part in ((1, b"\xcf\x05abcde"), (2, b"zz")):
            pair.now += 8.0
            pair.client.receive(GeneralBlockTransfer(number - 1 << 7 | 1, number, 1, part).to_bytes(), pair.now)
            pair.settle()
            pair.client.handle_timeout(pair.now)
            pair.settle()
        if pair.client.state is not State.BUSY:
            break
    assert pair.now < 8.0 * 2 * (DEFAULT_LIMITS.block_repeats + 3)
    assert any(isinstance(event, Failed) for event in pair.events)


def test_repetitions_without_progress_are_bounded() -> None:
    pair = general()
    seen = count()
    pair.to_client = lambda message: [message] if message[0] != 0xE0 or next(seen) < 2 else []
    with pytest.raises(LookupError):
        pair.ask(Get(7, BUFFER, 3))
    for _ in range(DEFAULT_LIMITS.block_repeats + 1):
        pair.now += 10
        pair.client.handle_timeout(pair.now)
        pair.settle()
    assert pair.client.state is State.READY
    assert isinstance(pair.last(Failed).error, TransportTimeout)


def test_a_meter_that_repeats_itself_is_bounded() -> None:
    pair = general()
    block = GeneralBlockTransfer(0x04, 1, 0, b"\xc4\x01").to_bytes()
    pair.to_client = lambda message: [block] * 20
    with pytest.raises(LimitError, match="block_repeats"):
        pair.ask(Get(7, BUFFER, 3))


def test_who_takes_no_blocks_gets_no_acknowledgement() -> None:
    assert engine().receive(GeneralBlockTransfer(0, 1, 0, b"push")).replies == ()


def test_a_late_transfer_is_not_taken_for_the_new_one() -> None:
    pair = general(client_window=2)
    late: list[bytes] = []

    def hold(message: bytes) -> list[bytes]:
        late.append(message)
        return []

    pair.to_client = hold
    with pytest.raises(LookupError):
        pair.ask(Get(7, BUFFER, 3))
    pair.client.handle_timeout(10.0)
    pair.settle()
    other = octet_string(bytes(512))
    pair.meter.values[BUFFER, 5] = other
    held = list(late)
    pair.to_client = lambda message: [*(held.pop(0) for _ in range(len(held))), message]
    assert pair.ask(Get(7, BUFFER, 5)) == other


def test_a_notification_may_come_between_the_blocks() -> None:
    pair = general()
    push = DataNotification(1, None, double_long_unsigned(9)).to_bytes()
    pair.to_client = lambda message: [push, message] if message[0] == 0xE0 else [message]
    assert pair.ask(Get(7, BUFFER, 3)) == LONG
    assert any(isinstance(event, Notified) for event in pair.events)


def test_blocks_that_nobody_asked_for_are_not_acknowledged() -> None:
    pair = general()
    block = GeneralBlockTransfer(0x04, 1, 0, b"\xc4\x01").to_bytes()
    pair.client.receive(block, 0.0)
    assert pair.client.messages_to_send() == []
    plain = Pair("none")
    plain.open()
    plain.server.receive(block, 0.0)
    (refusal,) = plain.server.messages_to_send()
    assert refusal[0] == 0xD8


def test_a_transfer_within_a_transfer_is_refused() -> None:
    pair = general()
    inner = GeneralBlockTransfer(0x81, 1, 0, b"\xc4\x01\xc1\x00\x00").to_bytes()
    pair.to_client = lambda message: [GeneralBlockTransfer(0x81, 1, 0, inner).to_bytes()]
    with pytest.raises(RemoteProtocolError, match="within another"):
        pair.ask(Get(7, BUFFER, 3))


# -- the engine alone -------------------------------------------------------------------------------------------------


def engine(limits: Limits = DEFAULT_LIMITS, window: int = 4, size: int = 20) -> GeneralBlocks:
    return GeneralBlocks("client", size, window, limits)


def block(number: int, data: bytes = b"data", *, last: bool = False, streaming: bool = True) -> GeneralBlockTransfer:
    return GeneralBlockTransfer(0x80 * last | 0x40 * streaming | 1, number, 0, data)


def test_a_new_block_1_begins_a_new_transfer() -> None:
    blocks = engine()
    blocks.receive(block(1, b"old"))
    blocks.receive(block(2, b"old"))
    heard = blocks.receive(block(1, b"new"))
    assert heard.broken_off == 2
    assert blocks.receive(block(2, b"er", last=True, streaming=False)).message == b"newer"


def test_repeated_blocks_change_nothing_and_altered_ones_end_it() -> None:
    blocks = engine()
    for number in (1, 1, 2, 1, 2):
        assert blocks.receive(block(number)).message is None
    with pytest.raises(RemoteProtocolError, match="other content"):
        blocks.receive(block(2, b"else"))
    assert blocks.receive(block(1, b"x", last=True)).message == b"x"


def test_beginning_anew_is_bounded() -> None:
    blocks = engine()

    def anew() -> None:
        for turn in range(100):
            blocks.receive(block(1, bytes((turn,))))

    with pytest.raises(LimitError, match="began anew 5 times"):
        anew()


def test_a_block_that_waits_behind_a_gap_is_not_exchanged() -> None:
    blocks = engine()
    blocks.receive(block(1))
    blocks.receive(block(3, b"c"))
    with pytest.raises(RemoteProtocolError, match="other content"):
        blocks.receive(block(3, b"x"))


def test_blocks_behind_a_gap_are_kept_within_the_window() -> None:
    blocks = engine()
    assert blocks.receive(block(1)).replies == ()
    blocks.receive(block(3, b"c"))
    (again,) = blocks.receive(block(4, b"d", last=True, streaming=False)).replies
    asked = decode(again)
    assert isinstance(asked, GeneralBlockTransfer)
    assert (asked.block_number_ack, asked.block_data, asked.last_block) == (1, b"", True)
    assert blocks.receive(block(2, b"b", streaming=False)).message == b"databcd"


def test_blocks_outside_the_window_are_not_kept() -> None:
    blocks = engine(window=2)
    blocks.receive(block(1))
    (again,) = blocks.receive(block(4, last=True, streaming=False)).replies
    asked = decode(again)
    assert isinstance(asked, GeneralBlockTransfer)
    assert asked.block_number_ack == 1
    assert blocks.receive(block(2)).message is None
    assert blocks.receive(block(3)).message is None


@pytest.mark.parametrize(
    ("limits", "word"),
    [(Limits(blocks=3), "blocks 4"), (Limits(empty_blocks=2), "empty_blocks"), (Limits(transfer_octets=10), "octets")],
)
def test_bounds_are_named(limits: Limits, word: str) -> None:
    blocks = engine(limits)

    def flood() -> None:
        for number in range(1, 20):
            blocks.receive(block(number, b"" if number > 1 and "empty" in word else b"abcd"))

    with pytest.raises(LimitError, match=word):
        flood()


def test_more_blocks_than_numbers_are_refused() -> None:
    with pytest.raises(LimitError, match="numbered"):
        engine().send(bytes(20 * 65_536))


@settings(max_examples=150, deadline=None)
@given(
    st.binary(min_size=21, max_size=400),
    st.integers(1, 63),
    st.integers(1, 63),
    st.integers(0, 2**32),
    st.sampled_from([0.0, 0.1, 0.3]),
)
def test_both_ways_over_a_wire_that_loses_and_repeats(
    message: bytes, ours: int, theirs: int, seed: int, loss: float
) -> None:
    limits = Limits(block_repeats=10_000)
    client, meter = GeneralBlocks("client", 20, ours, limits), GeneralBlocks("meter", 20, theirs, limits)
    dice = random.Random(seed)
    to_meter, to_client = client.send(message), list[bytes]()
    answer = None
    for _ in range(5000):
        if to_meter:
            heard = meter.receive(GeneralBlockTransfer.from_bytes(to_meter.pop(0)))
            replies = list(heard.replies)
            if heard.message is not None:
                assert heard.message == message
                replies = meter.send(heard.message[::-1])
            to_client += [octets for octets in replies for _ in range(_copies(dice, loss))]
        elif to_client:
            heard = client.receive(GeneralBlockTransfer.from_bytes(to_client.pop(0)))
            to_meter += [octets for octets in heard.replies for _ in range(_copies(dice, loss))]
            if heard.message is not None:
                answer = heard.message
                break
        else:
            to_meter += client.again()
    assert answer == message[::-1]


def _copies(dice: random.Random, loss: float) -> int:
    drawn = dice.random()
    return 0 if drawn < loss else 2 if drawn < loss * 1.3 else 1


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.builds(
            GeneralBlockTransfer, st.integers(0, 255), st.integers(0, 6), st.integers(0, 6), st.binary(max_size=3)
        ),
        max_size=30,
    ),
    st.binary(max_size=60),
)
def test_an_engine_takes_any_blocks(received: list[GeneralBlockTransfer], message: bytes) -> None:
    blocks = engine(Limits(blocks=5))
    blocks.outgoing([message])
    for each in received:
        try:
            heard = blocks.receive(each)
        except (RemoteProtocolError, LimitError):
            continue
        assert len(heard.replies) <= 63
        assert all(len(octets) <= 20 for octets in heard.replies)
