"""Pushes that come in general block transfer are put together, or it is said what is missing."""

from __future__ import annotations

import pytest

from dlmskit.apdu import DataNotification, GeneralBlockTransfer
from dlmskit.codec import data
from dlmskit.exceptions import LimitError, RemoteProtocolError
from dlmskit.limits import Limits
from dlmskit.link.hdlc import Control, FrameKind, HdlcAddress, HdlcFrame, HdlcPushLink
from dlmskit.link.wrapper import WrapperPdu
from dlmskit.session.base import Failed, Notified
from dlmskit.session.cosem.receiver import ReceiverSession
from dlmskit.stack.blocks import BlockJoiner, Joined
from dlmskit.stack.observe import Observer
from dlmskit.stack.receiver import ReceiverStack

BODY = data.structure(*(data.double_long_unsigned(1000 + number) for number in range(30)))
PUSH = DataNotification(0x40, None, BODY)
STREAMING, LAST = 0x40, 0xC0


def blocks(message: bytes, size: int = 40) -> list[bytes]:
    """As witnessed on Landis+Gyr meters: 40 on every block, C0 on the last, nothing acknowledged."""
    starts = range(0, len(message), size)
    return [
        GeneralBlockTransfer(
            LAST if start == starts[-1] else STREAMING, number, 0, message[start : start + size]
        ).to_bytes()
        for number, start in enumerate(starts, 1)
    ]


def in_hdlc(apdus: list[bytes], meter: int = 103) -> list[bytes]:
    """Only the first frame has the LLC, as witnessed."""
    frames = []
    for index, apdu in enumerate(apdus):
        information = apdu if index else b"\xe6\xe7\x00" + apdu
        frame = HdlcFrame(HdlcAddress(1), HdlcAddress(meter, 127), Control(FrameKind.UI), information)
        frames.append(frame.to_bytes())
    return frames


def notifications(observer: Observer) -> list[object]:
    return [message.apdu for message in observer.messages if isinstance(message.apdu, DataNotification)]


def received(*frames: bytes, limits: Limits | None = None) -> list[object]:
    stack = ReceiverStack(HdlcPushLink(), ReceiverSession(allow_unauthenticated=True), limits=limits or Limits())
    stack.open(0)
    for frame in frames:
        stack.receive_data(frame, 0)
    events = []
    while (event := stack.next_event()) is not None:
        events.append(event)
    return [event for event in events if isinstance(event, Notified | Failed)]


@pytest.mark.parametrize("size", [1, 40, 1000])
def test_a_push_in_blocks_is_shown_whole(size: int) -> None:
    observer = Observer()
    tree = observer.explain(b"".join(in_hdlc(blocks(PUSH.to_bytes(), size))))
    assert tree.problems() == []
    assert notifications(observer) == [PUSH]
    (whole,) = (layer for layer in tree.walk() if layer.name == "reassembled")
    assert whole.octets == PUSH.to_bytes()


def test_a_push_in_blocks_is_received_octet_by_octet_and_twice() -> None:
    stream = b"".join(in_hdlc(blocks(PUSH.to_bytes())) * 2)
    events = received(*(stream[at : at + 1] for at in range(len(stream))))
    assert [event.apdu for event in events if isinstance(event, Notified)] == [PUSH, PUSH]
    assert len(events) == 2


def test_two_meters_in_turn_do_not_mix() -> None:
    one, other = (in_hdlc(blocks(PUSH.to_bytes()), meter) for meter in (103, 104))
    mixed = [frame for pair in zip(one, other, strict=True) for frame in pair]
    assert [type(event) for event in received(*mixed)] == [Notified, Notified]
    observer = Observer()
    observer.feed(b"".join(mixed))
    assert notifications(observer) == [PUSH, PUSH]


def test_blocks_over_the_wrapper_and_bare() -> None:
    observer = Observer()
    observer.feed(b"".join(WrapperPdu(1, 102, block).to_bytes() for block in blocks(PUSH.to_bytes())))
    assert notifications(observer) == [PUSH]
    bare = Observer()
    (whole,) = blocks(PUSH.to_bytes(), 1000)
    assert bare.explain(whole).problems() == []
    assert notifications(bare) == [PUSH]


def test_a_lost_block_is_named_and_the_next_transfer_is_whole() -> None:
    frames = in_hdlc(blocks(PUSH.to_bytes()))
    stream = [frames[0], *frames[2:], *frames]
    observer = Observer()
    tree = observer.explain(b"".join(stream))
    assert any("block 3" in problem.reason and "2 was expected" in problem.reason for problem in tree.problems())
    assert notifications(observer) == [PUSH]
    events = received(*stream)
    assert isinstance(events[-1], Notified)
    assert {type(event) for event in events[:-1]} == {Failed}


def test_a_transfer_that_the_next_one_breaks_off_is_an_event() -> None:
    frames = in_hdlc(blocks(PUSH.to_bytes()))
    failed, notified = received(frames[0], frames[1], *frames)
    assert isinstance(failed, Failed)
    assert "broken off by the next one after 2 blocks" in str(failed.error)
    assert isinstance(notified, Notified)
    tree = Observer().explain(b"".join([frames[0], frames[1], *frames]))
    assert any("breaks off the transfer before it after 2 blocks" in layer.note for layer in tree.walk())


def test_an_open_transfer_at_the_end_wants_more() -> None:
    (problem,) = Observer().explain(b"".join(in_hdlc(blocks(PUSH.to_bytes()))[:2])).problems()
    assert (problem.kind, problem.reason) == ("more", "2 blocks whose last one never came")


def block(number: int, octets: bytes, control: int = STREAMING) -> GeneralBlockTransfer:
    return GeneralBlockTransfer(control, number, 0, octets)


def test_repeated_blocks_and_acknowledgements_change_nothing() -> None:
    joiner = BlockJoiner()
    assert joiner.take("a", block(7, b"", LAST)) == Joined()
    for number, octets in ((1, b"x"), (1, b"x"), (2, b"x"), (2, b"x")):
        assert joiner.take("a", block(number, octets)) == Joined()
    assert joiner.take("a", block(3, b"y", LAST)) == Joined(b"xxy", 3)
    assert joiner.open_blocks == 0
    with pytest.raises(RemoteProtocolError):
        joiner.take("a", block(4, b"y", LAST))


@pytest.mark.parametrize(
    ("name", "octets"),
    [("transfer_octets", [b"12345"] * 2), ("blocks", [b"1"] * 4), ("empty_blocks", [b"1", b""])],
)
def test_caps_are_named_and_end_the_transfer(name: str, octets: list[bytes]) -> None:
    joiner = BlockJoiner(Limits(transfer_octets=10, blocks=4, empty_blocks=1))
    for number, part in enumerate(octets, 1):
        joiner.take("a", block(number, part))
    with pytest.raises(LimitError, match=name):
        joiner.take("a", block(len(octets) + 1, octets[-1]))
    assert joiner.open_blocks == 0


def test_many_senders_that_never_end_take_bounded_memory() -> None:
    joiner = BlockJoiner()
    for sender in range(1000):
        joiner.take(sender, block(1, b"x"))
    assert joiner.open_blocks == 16
    assert joiner.take(999, block(2, b"y", LAST)).message == b"xy"


def test_one_sender_may_have_two_transfers() -> None:
    """One takes no acknowledgements and the other does; they come block by block in turn."""
    joiner, found = BlockJoiner(), []
    answer = b"\xc4" + bytes(range(100))
    acknowledged = [
        GeneralBlockTransfer(
            0x80 * (number == 5) | 0x01, number, 0, answer[number * 20 - 20 : number * 20 + (number == 5)]
        )
        for number in range(1, 6)
    ]
    pushes = [GeneralBlockTransfer.from_bytes(octets) for octets in blocks(PUSH.to_bytes())]
    for index in range(max(len(pushes), 5)):
        for queue in (acknowledged, pushes):
            if index < len(queue):
                found.append(joiner.take("meter", queue[index]))
    assert sorted(joined.message for joined in found if joined.message) == sorted([answer, PUSH.to_bytes()])
    assert not any(joined.broken_off for joined in found)
