"""The meter's side: what it refuses, and with which words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dlmskit.apdu import (
    AUTHENTICATION_REQUIREMENT,
    Aare,
    Aarq,
    ActionRequestNextPblock,
    ActionRequestNormal,
    ActionRequestWithFirstPblock,
    ActionRequestWithPblock,
    ActionResponseNormal,
    Apdu,
    AttributeDescriptor,
    AttributeWithSelection,
    EventNotificationRequest,
    ExceptionResponse,
    GetRequestNext,
    GetRequestNormal,
    GetRequestWithList,
    GetResponseNormal,
    GetResponseWithDatablock,
    GetResponseWithList,
    InitiateRequest,
    MethodDescriptor,
    Rlre,
    Rlrq,
    SelectiveAccess,
    SetRequestNormal,
    SetRequestWithDatablock,
    SetRequestWithFirstDatablock,
    SetRequestWithList,
    SetResponseDatablock,
    SetResponseLastDatablock,
    SetResponseNormal,
    SetResponseWithList,
    decode,
)
from dlmskit.codec.data import Data, double_long_unsigned, null_data, octet_string
from dlmskit.enums import (
    ActionResult,
    ApplicationContext,
    AssociationResult,
    Conformance,
    DataAccessResult,
    Mechanism,
    ServiceErrorCode,
    StateError,
)
from dlmskit.exceptions import DlmskitError
from dlmskit.security.counters import ReplayGuard
from dlmskit.security.needs import VerificationProvided
from dlmskit.security.policy import SecurityPolicy
from dlmskit.session.base import Closed, Failed
from dlmskit.session.cosem.server import CosemServerSession, State
from dlmskit.session.cosem.settings import CLIENT_CONFORMANCE, CURRENT_ASSOCIATION
from dlmskit.session.operations import Get

from .pair import BUFFER, CLIENT_TITLE, REGISTER, SCRIPT, Pair, counting_random

ENERGY = AttributeDescriptor(3, REGISTER, 2)
ROWS = AttributeDescriptor(7, BUFFER, 2)
STORED = AttributeDescriptor(7, BUFFER, 3)


def associated(kind: str = "none", size: int = 64, **server: object) -> Pair:
    pair = Pair(kind, client={"max_receive_pdu_size": size}, server=server)
    pair.open()
    return pair


def answer(pair: Pair, request: Apdu | bytes) -> Apdu | None:
    pair.server.receive(request if isinstance(request, bytes) else request.to_bytes(), 0.0)
    answers = pair.server.messages_to_send()
    assert len(answers) <= 1
    return decode(answers[0]) if answers else None


def refused(found: Apdu | None) -> ServiceErrorCode:
    assert isinstance(found, ExceptionResponse)
    return found.service_error


def test_nothing_is_served_without_an_association() -> None:
    pair = Pair("none")
    for request in (GetRequestNormal(0xC1, ENERGY).to_bytes(), b"\x62\x00", b"", b"\xff", b"\xdb\x00\x00"):
        found = answer(pair, request)
        assert isinstance(found, ExceptionResponse)
        assert found.state_error in (StateError.SERVICE_NOT_ALLOWED, StateError.SERVICE_UNKNOWN)


@pytest.mark.parametrize("kind", ["gmac", "gmac-plain-context"])
def test_nothing_is_served_before_the_challenge_is_answered(kind: str) -> None:
    pair = Pair(kind)
    pair.to_client = lambda message: []
    pair.client.open(0.0)
    pair.settle()
    assert pair.server.state is State.AUTHENTICATING
    for request in (
        GetRequestNormal(0xC1, ENERGY),
        ActionRequestNormal(0xC1, MethodDescriptor(15, CURRENT_ASSOCIATION, 2), octet_string(bytes(17))),
    ):
        assert refused(answer(pair, request)) == ServiceErrorCode.OPERATION_NOT_POSSIBLE
    assert pair.server.state is State.AUTHENTICATING


@pytest.mark.parametrize("parameters", [octet_string(bytes(17)), octet_string(b"\x10"), null_data(), None])
def test_a_wrong_answer_to_the_challenge_ends_the_attempt(parameters: Data | None) -> None:
    pair = Pair("gmac-plain-context")
    pair.to_client = lambda message: []
    pair.client.open(0.0)
    pair.settle()
    method = MethodDescriptor(15, CURRENT_ASSOCIATION, 1)
    found = answer(pair, ActionRequestNormal(0xC1, method, parameters))
    assert found == ActionResponseNormal(0xC1, ActionResult.READ_WRITE_DENIED)
    assert pair.server.state.value == "free"
    assert isinstance(answer(pair, GetRequestNormal(0xC1, ENERGY)), ExceptionResponse)


def test_only_the_client_of_the_stated_title_is_associated() -> None:
    for title, accepted in ((CLIENT_TITLE, True), (b"CLI99999", False)):
        pair = Pair("gmac", server={"client_system_title": title})
        pair.client.open(0.0)
        pair.settle()
        aare = decode(pair.received[0])
        assert isinstance(aare, Aare)
        assert (aare.result_source_diagnostic.label == "calling-ap-title-not-recognized") is not accepted


def test_a_proposal_in_clear_is_refused_in_a_ciphered_context() -> None:
    pair = Pair("gmac")
    aarq = Aarq(
        application_context_name=ApplicationContext.LN_CIPHERED,
        calling_ap_title=CLIENT_TITLE,
        sender_acse_requirements=AUTHENTICATION_REQUIREMENT,
        mechanism_name=Mechanism.HIGH_GMAC,
        calling_authentication_value=bytes(range(16)),
        user_information=InitiateRequest(proposed_conformance=CLIENT_CONFORMANCE).to_bytes(),
    )
    found = answer(pair, aarq)
    assert isinstance(found, Aare)
    assert found.result == AssociationResult.REJECTED_PERMANENT
    assert pair.server.state is State.FREE


def test_a_release_whose_protection_does_not_verify_releases_nothing() -> None:
    pair = associated("gmac", 1024)
    sealed = bytearray(pair.client._handshake.rlrq())
    sealed[-1] ^= 1
    assert refused(answer(pair, bytes(sealed))) == ServiceErrorCode.DECIPHERING_ERROR
    assert pair.server.state is State.ASSOCIATED
    sealed[-1] ^= 1
    assert isinstance(answer(pair, bytes(sealed)), Rlre)


def test_services_that_were_not_granted_are_unknown() -> None:
    pair = associated(conformance=Conformance.GET)
    for request in (
        SetRequestNormal(0xC1, STORED, None, null_data()),
        ActionRequestNormal(0xC1, MethodDescriptor(9, SCRIPT, 1)),
        GetRequestWithList(0xC1, (AttributeWithSelection(ENERGY),)),
        GetRequestNext(0xC1, 1),
    ):
        assert refused(answer(pair, request)) == ServiceErrorCode.SERVICE_NOT_SUPPORTED
    found = answer(pair, GetRequestNormal(0xC1, ENERGY))
    assert found == GetResponseNormal(0xC1, double_long_unsigned(123_456))
    assert answer(pair, GetRequestNormal(0xC1, ROWS)) == GetResponseNormal(
        0xC1, DataAccessResult.DATA_BLOCK_UNAVAILABLE
    )
    partly = GetRequestNormal(0xC1, ENERGY, SelectiveAccess(1, null_data()))
    assert answer(pair, partly) == GetResponseNormal(0xC1, DataAccessResult.SCOPE_OF_ACCESS_VIOLATED)


def test_block_numbers_of_a_read_are_checked() -> None:
    pair = associated()
    first = answer(pair, GetRequestNormal(0xC1, ROWS))
    assert isinstance(first, GetResponseWithDatablock)
    assert (first.block_number, first.last_block) == (1, False)
    other = answer(pair, GetRequestNext(0xC2, 1))
    assert other == GetResponseWithDatablock(0xC2, True, 1, DataAccessResult.NO_LONG_GET_IN_PROGRESS)
    second = answer(pair, GetRequestNext(0xC1, 1))
    assert isinstance(second, GetResponseWithDatablock)
    assert second.block_number == 2
    again = answer(pair, GetRequestNext(0xC1, 1))
    assert again == GetResponseWithDatablock(0xC1, True, 1, DataAccessResult.DATA_BLOCK_NUMBER_INVALID)
    over = answer(pair, GetRequestNext(0xC1, 2))
    assert over == GetResponseWithDatablock(0xC1, True, 2, DataAccessResult.NO_LONG_GET_IN_PROGRESS)


def test_a_transfer_goes_on_in_its_own_service_and_invoke_id_only() -> None:
    read = GetRequestNormal(0xC1, ROWS)
    write = SetRequestWithFirstDatablock(0xC1, STORED, None, False, 1, b"\x11")
    invocation = ActionRequestWithFirstPblock(0xC1, MethodDescriptor(9, SCRIPT, 3), False, 1, b"\x11")
    no_action = ActionResponseNormal(0xC1, ActionResult.NO_LONG_ACTION_IN_PROGRESS)
    no_set = DataAccessResult.NO_LONG_SET_IN_PROGRESS
    for first, second, found in (
        (read, ActionRequestNextPblock(0xC1, 1), no_action),
        (write, SetRequestWithDatablock(0xC2, True, 2, b"\x07"), SetResponseLastDatablock(0xC2, no_set, 2)),
        (write, ActionRequestWithPblock(0xC1, True, 2, b"\x07"), no_action),
        (invocation, SetRequestWithDatablock(0xC1, True, 2, b"\x07"), SetResponseLastDatablock(0xC1, no_set, 2)),
    ):
        pair = associated()
        answer(pair, first)
        assert answer(pair, second) == found
        assert pair.meter.done == []
        assert (BUFFER, 3) not in pair.meter.values


def test_a_new_request_gives_up_a_transfer() -> None:
    pair = associated()
    answer(pair, GetRequestNormal(0xC1, ROWS))
    answer(pair, GetRequestNormal(0xC2, ENERGY))
    found = answer(pair, GetRequestNext(0xC1, 1))
    assert found == GetResponseWithDatablock(0xC1, True, 1, DataAccessResult.NO_LONG_GET_IN_PROGRESS)


def test_blocks_of_a_write_are_checked() -> None:
    pair = associated()
    value = octet_string(b"abc").to_bytes()
    assert answer(pair, SetRequestWithDatablock(0xC1, True, 1, value)) == SetResponseLastDatablock(
        0xC1, DataAccessResult.NO_LONG_SET_IN_PROGRESS, 1
    )
    assert answer(pair, SetRequestWithFirstDatablock(0xC1, STORED, None, False, 1, value[:2])) == SetResponseDatablock(
        0xC1, 1
    )
    assert answer(pair, SetRequestWithDatablock(0xC1, True, 3, value[2:])) == SetResponseLastDatablock(
        0xC1, DataAccessResult.DATA_BLOCK_NUMBER_INVALID, 3
    )
    assert (BUFFER, 3) not in pair.meter.values
    answer(pair, SetRequestWithFirstDatablock(0xC1, STORED, None, False, 1, value[:2]))
    assert answer(pair, SetRequestWithDatablock(0xC1, True, 2, b"a")) == SetResponseLastDatablock(
        0xC1, DataAccessResult.TYPE_UNMATCHED, 2
    )
    assert (BUFFER, 3) not in pair.meter.values
    answer(pair, SetRequestWithFirstDatablock(0xC1, STORED, None, False, 1, value[:2]))
    assert answer(pair, SetRequestWithDatablock(0xC1, True, 2, value[2:])) == SetResponseLastDatablock(
        0xC1, DataAccessResult.SUCCESS, 2
    )
    assert pair.meter.values[BUFFER, 3] == octet_string(b"abc")


def test_a_list_of_writes_has_a_result_each() -> None:
    pair = associated()
    items = (AttributeWithSelection(STORED), AttributeWithSelection(ENERGY))
    found = answer(pair, SetRequestWithList(0xC1, items, (null_data(), null_data())))
    assert found == SetResponseWithList(0xC1, (DataAccessResult.SUCCESS, DataAccessResult.READ_WRITE_DENIED))
    found = answer(pair, SetRequestWithList(0xC1, items, (null_data(),)))
    assert found == SetResponseWithList(0xC1, (DataAccessResult.OTHER_REASON,) * 2)


def test_unconfirmed_services_are_done_and_not_answered() -> None:
    pair = associated()
    assert answer(pair, SetRequestNormal(0x81, STORED, None, null_data())) is None
    assert pair.meter.values[BUFFER, 3] == null_data()
    assert answer(pair, SetRequestNormal(0xC1, ENERGY, None, null_data())) == SetResponseNormal(
        0xC1, DataAccessResult.READ_WRITE_DENIED
    )


def test_another_client_on_the_same_connection_is_refused() -> None:
    pair = associated()
    pair.server.receive(GetRequestNormal(0xC1, ENERGY).to_bytes(), 0.0, client_sap=17)
    assert refused(decode(pair.server.messages_to_send()[0])) == ServiceErrorCode.OPERATION_NOT_POSSIBLE


def test_an_association_may_begin_anew_without_release() -> None:
    pair = associated("low")
    assert isinstance(answer(pair, pair.sent[0]), Aare)
    assert pair.server.state is State.ASSOCIATED


def test_a_recorded_ciphered_association_cannot_be_replayed() -> None:
    pair = associated("gmac")
    pair.ask(Get(3, REGISTER, 2))
    replayed = CosemServerSession(pair.meter, counting_random(), client_sap=16, guard=pair.server._guard)
    for message in pair.sent:
        replayed.receive(message, 0.0)
    assert replayed.state is State.FREE
    answers = [decode(message) for message in replayed.messages_to_send()]
    assert isinstance(answers[0], Aare)
    assert answers[0].result_source_diagnostic.label == "authentication-failure"
    assert all(isinstance(found, ExceptionResponse) for found in answers[1:])


def test_release_ends_the_association() -> None:
    pair = associated()
    assert isinstance(answer(pair, b"\x62\x00"), Rlre)
    assert pair.server.state is State.FREE
    assert isinstance(answer(pair, GetRequestNormal(0xC1, ENERGY)), ExceptionResponse)


def test_an_idle_association_ends() -> None:
    pair = associated(inactivity_timeout=30.0)
    assert pair.server.next_deadline() == 30.0
    pair.server.receive(GetRequestNormal(0xC1, ENERGY).to_bytes(), 20.0)
    pair.server.handle_timeout(49.0)
    assert pair.server.state is State.ASSOCIATED
    pair.server.handle_timeout(50.0)
    assert pair.server.state is State.FREE
    pair.settle()
    assert isinstance(pair.server_events[-1], Closed)


def test_a_lost_link_ends_the_association() -> None:
    pair = associated("gmac")
    pair.server.disconnected(0.0)
    assert pair.server.state is State.FREE
    assert isinstance(answer(pair, GetRequestNormal(0xC1, ENERGY)), ExceptionResponse)


def test_refusals_are_told_to_the_host() -> None:
    pair = associated("gmac")
    answer(pair, GetRequestNormal(0xC1, ENERGY))
    pair.settle()
    failed = pair.server_events[-1]
    assert isinstance(failed, Failed)
    assert "in clear" in str(failed.error)


def test_the_guard_may_be_shared_by_all_sessions_of_a_meter() -> None:
    guard = ReplayGuard()
    pair = Pair("gmac")
    pair.server = CosemServerSession(pair.meter, lambda size: b"s" * size, client_sap=16, guard=guard)
    pair.open()
    assert pair.server._channel is not None
    assert pair.server._channel.last_accepted() is not None
    assert pair.server._granted == CLIENT_CONFORMANCE


def ended_by_release(server: CosemServerSession) -> None:
    server.receive(Rlrq(reason=0).to_bytes(), 1.0)


def ended_by_timeout(server: CosemServerSession) -> None:
    server.handle_timeout(100.0)


def ended_by_another(server: CosemServerSession) -> None:
    server.receive(Aarq(application_context_name=ApplicationContext.LN).to_bytes(), 1.0)


def ended_by_the_link(server: CosemServerSession) -> None:
    server.disconnected(1.0)


@pytest.mark.parametrize("unasked", [False, True])
@pytest.mark.parametrize("end", [ended_by_release, ended_by_timeout, ended_by_another, ended_by_the_link])
def test_an_answer_that_waits_for_a_counter_never_leaves_in_clear(
    end: Callable[[CosemServerSession], None], unasked: bool
) -> None:
    """Whoever can put octets on the line can end an association while the counter store is still at work."""
    pair = Pair("gmac", client={"counter_block": 2}, server={"counter_block": 2, "inactivity_timeout": 30.0})
    pair.open()
    provide, later = pair.server.provide, list[object]()
    pair.server.provide = lambda answer, now: later.append(answer)  # type: ignore[method-assign]
    pair.to_client = lambda message: []
    while not later:
        if unasked:
            pair.server.notify(EventNotificationRequest(None, ENERGY, double_long_unsigned(123_456)))
            pair.settle()
        else:
            pair.client.start(Get(3, REGISTER, 2), 0.0)
            pair.settle()
            pair.client.handle_timeout(20.0)
    before = len(pair.received)
    end(pair.server)
    pair.settle()
    while later:
        provide(later.pop(0), 1.0)
        pair.settle()
    assert not any(b"\x06\x00\x01\xe2\x40" in message for message in pair.received[before:])


def test_an_answer_to_a_challenge_that_is_verified_too_late_opens_nothing() -> None:
    pair = Pair("ecdsa-ciphered-suite1", server={"asks_for_pairs": True, "inactivity_timeout": 30.0})
    provide, later = pair.server.provide, list[object]()

    def slowly(reply: object, now: float) -> None:
        later.append(reply) if isinstance(reply, VerificationProvided) else provide(reply, now)

    pair.server.provide = slowly  # type: ignore[method-assign]
    pair.client.open(0.0)
    pair.settle()
    assert pair.server.state is State.AUTHENTICATING
    pair.server.handle_timeout(100.0)
    provide(later.pop(), 100.0)
    pair.settle()
    assert pair.server.state is State.FREE
    pair.server.provide = provide  # type: ignore[method-assign]
    pair.client.disconnected("gone", 100.0)
    pair.open()
    assert pair.server.state is State.ASSOCIATED


@pytest.mark.parametrize("pre_established", [False, True])
def test_a_policy_that_a_plain_context_cannot_keep_lets_nobody_in(pre_established: bool) -> None:
    rules = {"policy": SecurityPolicy.REQUEST_AUTHENTICATED, "pre_established": pre_established}
    pair = Pair("none", client={"pre_established": pre_established}, server=rules)
    with pytest.raises(DlmskitError):
        pair.ask(Get(3, REGISTER, 2)) if pre_established and pair.open() else pair.open()
    assert pair.server.state is State.FREE


def test_one_request_reads_no_more_than_anybody_could_take() -> None:
    """A list names what is long as often as it likes."""
    pair = associated(size=0)
    pair.server._guarded._most = 1000
    asked = tuple(AttributeWithSelection(ROWS, None) for _ in range(100))
    for _ in range(2):
        found = answer(pair, GetRequestWithList(0xC1, asked))
        assert isinstance(found, GetResponseWithList)
        refusals = [item for item in found.results if item is DataAccessResult.DATA_BLOCK_UNAVAILABLE]
        assert len(found.results) == 100
        assert 90 < len(refusals) < 97
