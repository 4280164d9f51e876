"""What happens on the way: altered, repeated, late, foreign and unasked messages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec import structs

from dlmskit.apdu import (
    ActionResponseNextPblock,
    ActionResponseNormal,
    ActionResponseWithPblock,
    Apdu,
    DataNotification,
    ExceptionResponse,
    GeneralBlockTransfer,
    GetResponseNormal,
    GetResponseWithDatablock,
    GetResponseWithList,
    Rlre,
    SetResponseDatablock,
    SetResponseLastDatablock,
    SetResponseNormal,
    decode,
)
from dlmskit.codec.data import double_long_unsigned, null_data, octet_string
from dlmskit.enums import ActionResult, DataAccessResult, ServiceErrorCode, StateError
from dlmskit.exceptions import (
    ActionError,
    AuthenticationError,
    DataAccessError,
    DecodeError,
    DlmskitError,
    ExceptionResponseError,
    LimitError,
    LocalProtocolError,
    PolicyError,
    RemoteProtocolError,
    ReplayError,
    TransportClosed,
    TransportTimeout,
)
from dlmskit.limits import Limits
from dlmskit.session.base import Closed, Completed, Failed, Ignored, Notified
from dlmskit.session.cosem.client import CosemClientSession, State
from dlmskit.session.operations import Action, Get, Operation, ReadOut, Set

from .pair import BUFFER, KINDS, METER_TITLE, REGISTER, SCRIPT, Pair, counting_random

ENERGY = Get(3, REGISTER, 2)
PROFILE = Get(7, BUFFER, 2)
CIPHERED = [kind for kind in sorted(KINDS) if kind.startswith("gmac") and kind != "gmac-plain-context"]
PUSH = DataNotification(1, None, double_long_unsigned(9)).to_bytes()


def replying(*answers: Callable[[int], Apdu], size: int = 1024) -> Pair:
    """A plain association whose meter gives these answers, made from the invoke-id of the request, in turn."""
    pair = Pair("none", server={"max_receive_pdu_size": size})
    pair.open()
    queue = list(answers)

    def reply(message: bytes) -> list[bytes]:
        invoke = message[2]
        if queue:
            pair.client.receive(queue.pop(0)(invoke).to_bytes(), pair.now)
        return []

    pair.to_meter = reply
    return pair


@pytest.mark.parametrize("kind", CIPHERED)
def test_every_flipped_bit_of_an_answer_is_refused(kind: str) -> None:
    pair = Pair(kind)
    pair.open()
    pair.ask(ENERGY)
    size = len(pair.received[-1])
    for position in range(size * 8):

        def flip(message: bytes, position: int = position) -> list[bytes]:
            altered = bytearray(message)
            altered[position // 8] ^= 1 << position % 8
            return [bytes(altered)]

        pair = Pair(kind)
        pair.open()
        pair.to_client = flip
        with pytest.raises((DlmskitError, LookupError)):
            pair.ask(ENERGY)
        assert not any(isinstance(event, Completed) for event in pair.events)


@pytest.mark.parametrize("kind", CIPHERED)
def test_every_flipped_bit_of_a_request_is_refused_by_the_meter(kind: str) -> None:
    pair = Pair(kind)
    pair.open()
    pair.ask(ENERGY)
    request = pair.sent[-1]
    for position in range(len(request) * 8):
        altered = bytearray(request)
        altered[position // 8] ^= 1 << position % 8
        before = len(pair.received)
        pair.server.receive(bytes(altered), 0.0)
        pair.settle()
        for answer in pair.received[before:]:
            assert isinstance(decode(answer), ExceptionResponse)


@pytest.mark.parametrize("kind", CIPHERED)
def test_an_answer_in_clear_is_refused(kind: str) -> None:
    pair = Pair(kind)
    pair.open()
    pair.to_client = lambda message: [GetResponseNormal(0xC2, double_long_unsigned(1)).to_bytes()]
    assert isinstance(refused_at_the_timeout(pair), PolicyError)


FORGERIES = [
    GetResponseNormal(0xC2, double_long_unsigned(1)).to_bytes(),
    SetResponseNormal(0xC2, DataAccessResult.SUCCESS).to_bytes(),
    b"",
    b"\xff\xff",
    bytes.fromhex("c401"),
    bytes.fromhex("cc05300000"),
    bytes.fromhex("db08") + METER_TITLE + bytes.fromhex("00"),
    bytes.fromhex("6303800100"),
    Rlre(reason=0).to_bytes(),
    GeneralBlockTransfer(0x80, 1, 0, b"\xc4\x01").to_bytes(),
]
"""what anybody can put on the line without a key"""


@pytest.mark.parametrize("kind", CIPHERED)
@pytest.mark.parametrize("forged", FORGERIES, ids=bytes.hex)
def test_what_nobody_vouches_for_ends_no_exchange(kind: str, forged: bytes) -> None:
    pair = Pair(kind)
    pair.to_client = lambda message: [forged, message] if message[0] != 0x61 else [message]
    pair.open()
    for _ in range(3):
        assert pair.ask(ENERGY) == double_long_unsigned(123_456)
    assert len(pair.ask(PROFILE).value) == 40
    assert not any(isinstance(event, Failed) for event in pair.events)
    pair.to_client = lambda message: [forged]
    assert not isinstance(refused_at_the_timeout(pair), TransportTimeout)


def test_a_forgery_of_an_earlier_operation_is_not_the_reason_of_a_later_one() -> None:
    pair = Pair("gmac")
    pair.open()
    pair.client.receive(b"\xff\xff", 0.0)
    pair.to_client = lambda message: []
    assert isinstance(refused_at_the_timeout(pair), TransportTimeout)


@pytest.mark.parametrize("kind", ["none", "low", "gmac-plain-context"])
def test_without_ciphering_an_answer_that_cannot_be_decoded_is_an_error_at_once(kind: str) -> None:
    pair = Pair(kind)
    pair.open()
    pair.to_client = lambda message: [bytes.fromhex("c401")]
    with pytest.raises(DecodeError):
        pair.ask(ENERGY)
    assert pair.client.state is State.READY


@pytest.mark.parametrize("kind", CIPHERED)
def test_a_refusal_in_clear_is_told_as_not_authenticated(kind: str) -> None:
    refusal = ExceptionResponse(StateError.SERVICE_NOT_ALLOWED, ServiceErrorCode.INVOCATION_COUNTER_ERROR, 77)
    pair = Pair(kind)
    pair.open()
    pair.to_client = lambda message: [refusal.to_bytes()]
    with pytest.raises(ExceptionResponseError, match=r"the meter expects 77 \(not authenticated\)"):
        pair.ask(ENERGY)
    assert pair.client.state is State.READY


@pytest.mark.parametrize("kind", CIPHERED)
def test_a_repeated_answer_is_a_replay(kind: str) -> None:
    pair = Pair(kind)
    pair.open()
    pair.to_client = lambda message: [message, message]
    assert pair.ask(ENERGY) == double_long_unsigned(123_456)
    assert [type(event.error) for event in pair.ignored] == [ReplayError]
    old = pair.received[-1]
    pair.to_client = lambda message: [old]
    assert isinstance(refused_at_the_timeout(pair), ReplayError)


def refused_at_the_timeout(pair: Pair) -> DlmskitError:
    """What fails a read whose genuine answer does not come after a forged one: not before its time is over."""
    with pytest.raises(LookupError):
        pair.ask(ENERGY)
    pair.client.handle_timeout(pair.now + 60)
    pair.settle()
    error = pair.last(Failed).error
    assert isinstance(error, DlmskitError)
    return error


@pytest.mark.parametrize("kind", CIPHERED)
@pytest.mark.parametrize("place", [1, 13])
def test_a_forged_answer_does_not_spoil_the_genuine_one(kind: str, place: int) -> None:
    pair = Pair(kind)
    pair.open()

    def both(message: bytes) -> list[bytes]:
        forged = bytearray(message)
        forged[-place] ^= 1
        return [bytes(forged), message]

    pair.to_client = both
    assert pair.ask(ENERGY) == double_long_unsigned(123_456)


@pytest.mark.parametrize("kind", CIPHERED)
def test_a_repeated_request_is_done_once(kind: str) -> None:
    pair = Pair(kind)
    pair.open()
    pair.ask(ENERGY)
    pair.server.receive(pair.sent[-1], 0.0)
    pair.settle()
    answer = decode(pair.received[-1])
    assert isinstance(answer, ExceptionResponse)
    assert answer.service_error == ServiceErrorCode.INVOCATION_COUNTER_ERROR
    assert answer.invocation_counter is not None


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_late_answer_is_never_taken_for_the_new_one(kind: str) -> None:
    pair = Pair(kind)
    pair.open()
    kept: list[bytes] = []
    pair.to_client = lambda message: kept.append(message) or []  # type: ignore[func-returns-value]
    pair.client.start(ENERGY, 0.0)
    pair.settle()
    pair.client.handle_timeout(10.0)
    pair.settle()
    with pytest.raises(TransportTimeout):
        pair.last(Completed)
    pair.events.clear()
    pair.to_client = lambda message: [*kept, message]
    assert len(pair.ask(PROFILE).value) == 40
    assert len(pair.ignored) == 1


def test_an_id_that_timed_out_is_left_out_when_the_ids_wrap() -> None:
    pair = Pair("none")
    pair.open()
    pair.to_client = lambda message: []
    pair.client.start(ENERGY, 0.0)
    lost = pair.client.messages_to_send()[0][2] & 0x0F
    pair.client.handle_timeout(10.0)
    pair.to_client = lambda message: [message]
    pair.settle()
    pair.events.clear()
    for _ in range(40):
        pair.ask(ENERGY)
        assert pair.sent[-1][2] & 0x0F != lost
    pair.client.receive(GetResponseNormal(lost, null_data()).to_bytes(), 0.0)
    used = set()
    for _ in range(16):
        pair.ask(ENERGY)
        used.add(pair.sent[-1][2] & 0x0F)
    assert lost in used


def test_when_no_id_is_left_it_says_so() -> None:
    pair = Pair("none")
    pair.open()
    pair.to_client = lambda message: []
    for turn in range(16):
        pair.client.start(ENERGY, turn * 20.0)
        pair.client.handle_timeout(turn * 20.0 + 10)
    with pytest.raises(LocalProtocolError, match="associate anew"):
        pair.client.start(ENERGY, 1000.0)


def block(last: bool, number: int, result: bytes | DataAccessResult) -> Callable[[int], Apdu]:
    return lambda invoke: GetResponseWithDatablock(invoke, last, number, result)


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([lambda invoke: SetResponseNormal(invoke, DataAccessResult.SUCCESS)], RemoteProtocolError),
        ([lambda invoke: ActionResponseNormal(invoke, ActionResult.SUCCESS)], RemoteProtocolError),
        ([lambda invoke: GetResponseWithList(invoke, (null_data(),))], RemoteProtocolError),
        (
            [lambda invoke: ExceptionResponse(StateError.SERVICE_UNKNOWN, ServiceErrorCode.OTHER_REASON)],
            ExceptionResponseError,
        ),
        ([block(True, 2, b"\x00")], RemoteProtocolError),
        ([block(True, 0, b"\x00")], RemoteProtocolError),
        ([block(True, 0xFFFFFFFF, b"\x00")], RemoteProtocolError),
        ([block(False, 1, b"\x09\x02"), block(True, 3, b"ab")], RemoteProtocolError),
        ([block(False, 1, b"\x09\x02"), block(True, 1, b"ab")], RemoteProtocolError),
        ([block(False, 1, b"\x09\x02"), lambda invoke: GetResponseNormal(invoke, null_data())], RemoteProtocolError),
        ([block(True, 1, b"\x09\x02a")], DecodeError),
        ([block(True, 1, b"\x09\x02abc")], DecodeError),
        ([block(True, 1, b"")], DecodeError),
    ],
)
def test_an_answer_that_is_none_fails_the_operation(
    answers: list[Callable[[int], Apdu]], error: type[Exception]
) -> None:
    pair = replying(*answers)
    with pytest.raises(error):
        pair.ask(ENERGY)
    assert pair.client.state is State.READY


WRITE = Set(7, BUFFER, 3, octet_string(bytes(100)))
INVOKE = Action(9, SCRIPT, 3, octet_string(bytes(100)))
SUCCESS, DENIED = DataAccessResult.SUCCESS, DataAccessResult.READ_WRITE_DENIED


@pytest.mark.parametrize(
    ("operation", "answers", "error"),
    [
        (PROFILE, [block(False, 1, b"\x09"), lambda invoke: GetResponseNormal(invoke, DENIED)], DataAccessError),
        (WRITE, [lambda invoke: SetResponseLastDatablock(invoke, SUCCESS, 1)], RemoteProtocolError),
        (WRITE, [lambda invoke: SetResponseNormal(invoke, SUCCESS)], RemoteProtocolError),
        (WRITE, [lambda invoke: SetResponseLastDatablock(invoke, DENIED, 1)], DataAccessError),
        (WRITE, [lambda invoke: SetResponseDatablock(invoke, 2)], RemoteProtocolError),
        (INVOKE, [lambda invoke: ActionResponseNormal(invoke, ActionResult.SUCCESS)], RemoteProtocolError),
        (INVOKE, [lambda invoke: ActionResponseWithPblock(invoke, True, 1, b"\x00")], RemoteProtocolError),
        (INVOKE, [lambda invoke: ActionResponseNormal(invoke, ActionResult.LONG_ACTION_ABORTED)], ActionError),
        (INVOKE, [lambda invoke: ActionResponseNextPblock(invoke, 2)], RemoteProtocolError),
        (
            Action(9, SCRIPT, 1),
            [
                lambda invoke: ActionResponseWithPblock(invoke, False, 1, b"\x09"),
                lambda invoke: ActionResponseNormal(invoke, ActionResult.LONG_ACTION_ABORTED),
            ],
            ActionError,
        ),
    ],
)
def test_a_transfer_cut_short_is_no_success(
    operation: Operation, answers: list[Callable[[int], Apdu]], error: type[Exception]
) -> None:
    pair = replying(*answers, size=64)
    with pytest.raises(error):
        pair.ask(operation)
    assert pair.client.state is State.READY


def test_success_names_the_last_block_that_was_written() -> None:
    for claimed in (-1, 0, 1):
        pair = Pair("none", server={"max_receive_pdu_size": 64})
        pair.open()

        def renumber(message: bytes, claimed: int = claimed) -> list[bytes]:
            answer = decode(message)
            if isinstance(answer, SetResponseLastDatablock):
                answer = structs.replace(answer, block_number=answer.block_number + claimed)
            return [answer.to_bytes()]

        pair.to_client = renumber
        if claimed == 0:
            assert pair.ask(WRITE) is None
        else:
            with pytest.raises(RemoteProtocolError, match="the meter confirmed"):
                pair.ask(WRITE)


@pytest.mark.parametrize(
    ("limits", "size", "bound"),
    [
        (Limits(blocks=50), 5, "blocks"),
        (Limits(transfer_octets=1000), 100, "transfer_octets"),
        (Limits(empty_blocks=4), 0, "empty_blocks"),
    ],
)
def test_a_transfer_without_end_hits_a_bound(limits: Limits, size: int, bound: str) -> None:
    pair = Pair("none")
    pair.client = CosemClientSession(pair.settings, counting_random(), limits=limits)
    pair.open()
    sent = 0

    def endless(message: bytes) -> list[bytes]:
        nonlocal sent
        sent += 1
        pair.client.receive(GetResponseWithDatablock(message[2], False, sent, bytes(size)).to_bytes(), 0.0)
        return []

    pair.to_meter = endless
    with pytest.raises(LimitError, match=bound):
        pair.ask(PROFILE)
    assert sent <= 51


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_push_in_between_is_queued_and_ends_no_wait(kind: str) -> None:
    pair = Pair(kind)
    pair.open()
    pair.to_client = lambda message: [PUSH, message, PUSH]
    assert pair.ask(ENERGY) == double_long_unsigned(123_456)
    notified = [event for event in pair.events if isinstance(event, Notified)]
    if kind in CIPHERED:
        assert [type(event.error) for event in pair.ignored] == [PolicyError, PolicyError]
        assert notified == []
    else:
        assert [event.authenticated for event in notified] == [False, False]


@pytest.mark.parametrize("kind", CIPHERED)
def test_a_ciphered_push_of_our_meter_is_opened(kind: str) -> None:
    pair = Pair(kind)
    pair.open()
    channel = pair.server._channel
    assert channel is not None
    pair.client.receive(channel.seal(PUSH, general=True), 0.0)
    pair.settle()
    notified = pair.last(Notified)
    assert (notified.system_title, notified.authenticated) == (METER_TITLE, pair.settings.security_control & 0x10 != 0)


@pytest.mark.parametrize("kind", CIPHERED)
def test_our_own_message_reflected_is_refused(kind: str) -> None:
    pair = Pair(kind)
    pair.open()
    pair.to_meter = lambda message: pair.client.receive(message, 0.0) or []  # type: ignore[func-returns-value]
    assert isinstance(refused_at_the_timeout(pair), AuthenticationError)


@pytest.mark.parametrize("octets", [b"", b"\x00", b"\xff" * 20, bytes.fromhex("c001c100080000010000ff0200"), PUSH[:-1]])
def test_noise_outside_an_operation_is_ignored(octets: bytes) -> None:
    pair = Pair("none")
    pair.open()
    pair.client.receive(octets, 0.0)
    pair.settle()
    assert len(pair.ignored) == 1
    assert pair.ask(ENERGY) == double_long_unsigned(123_456)


def test_a_lost_link_fails_what_runs_and_the_session_opens_again() -> None:
    pair = Pair("gmac")
    pair.open()
    pair.client.start(ENERGY, 0.0)
    pair.client.disconnected("cable pulled", 0.0)
    pair.server.disconnected(0.0)
    pair.settle()
    failed = pair.last(Failed)
    assert (type(failed.error), failed.operation) == (TransportClosed, ENERGY)
    pair.events.clear()
    pair.open()
    assert pair.ask(ENERGY) == double_long_unsigned(123_456)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_release_never_fails(kind: str) -> None:
    for behaviour in (lambda message: [], lambda message: [b"\xff\xff"], lambda message: [b"\xd8\x01\x01"]):
        pair = Pair(kind)
        pair.open()
        pair.to_client = behaviour
        pair.client.close(0.0)
        pair.settle()
        if pair.client.state is State.RELEASING:
            pair.client.handle_timeout(10.0)
        pair.settle()
        assert isinstance(pair.last(Closed), Closed)
        assert pair.client.state is State.IDLE


def test_a_release_may_be_left_out() -> None:
    pair = Pair("none", client={"release": False})
    pair.open()
    sent = len(pair.sent)
    pair.close()
    assert len(pair.sent) == sent


def test_one_operation_at_a_time() -> None:
    pair = Pair("none")
    with pytest.raises(LocalProtocolError):
        pair.client.start(ENERGY, 0.0)
    pair.open()
    pair.client.start(ENERGY, 0.0)
    with pytest.raises(LocalProtocolError):
        pair.client.start(ENERGY, 0.0)
    pair.settle()
    with pytest.raises(LocalProtocolError, match="ReadOut"):
        pair.client.start(ReadOut(), 0.0)
    assert pair.ask(ENERGY) == double_long_unsigned(123_456)
    assert not [event for event in pair.events if isinstance(event, Ignored)]
