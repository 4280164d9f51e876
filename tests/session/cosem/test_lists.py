"""Several operations in one request: SET and ACTION with list, ACCESS, whole and in blocks."""

from __future__ import annotations

import pytest

from dlmskit.apdu import (
    AccessRequest,
    AccessRequestAction,
    AccessRequestGet,
    AccessResponse,
    AccessResponseAction,
    AccessResponseGet,
    AccessResponseSet,
    ActionRequestWithList,
    ActionResponseNormal,
    ActionResponseWithList,
    ActionResponseWithOptionalData,
    Apdu,
    AttributeDescriptor,
    MethodDescriptor,
    SetRequestWithListAndFirstDatablock,
    SetResponseDatablock,
    SetResponseLastDatablock,
    SetResponseLastDatablockWithList,
    SetResponseNormal,
    SetResponseWithList,
    decode,
)
from dlmskit.codec.data import double_long_unsigned, null_data, octet_string
from dlmskit.enums import ActionResult, Conformance, DataAccessResult
from dlmskit.exceptions import (
    ActionError,
    DataAccessError,
    ExceptionResponseError,
    LocalProtocolError,
    RemoteProtocolError,
)
from dlmskit.session.cosem.settings import SERVER_CONFORMANCE
from dlmskit.session.operations import AccessList, Action, ActionList, Get, Operation, Set, SetList

from .pair import BUFFER, REGISTER, SCRIPT, Pair

ALL = {"conformance": SERVER_CONFORMANCE}
NO_GENERAL_BLOCKS = {"conformance": SERVER_CONFORMANCE & ~Conformance.GENERAL_BLOCK_TRANSFER}
LONG = octet_string(bytes(range(256)))
WRITES = SetList(
    (Set(7, BUFFER, 3, LONG), Set(3, REGISTER, 2, null_data()), Set(7, BUFFER, 4, double_long_unsigned(4)))
)
ACTS = ActionList((Action(9, SCRIPT, 3, double_long_unsigned(9)), Action(9, REGISTER, 1), Action(9, SCRIPT, 1)))
MIXTURE = AccessList((Get(3, REGISTER, 2), *WRITES.items, *ACTS.items, Get(7, BUFFER, 3), Get(3, SCRIPT, 2)))


@pytest.mark.parametrize("size", [64, 128, 1024, 0])
@pytest.mark.parametrize("kind", ["none", "gmac", "gmac-dedicated"])
def test_several_writes(kind: str, size: int) -> None:
    pair = Pair(kind, client={"max_receive_pdu_size": size}, server={"max_receive_pdu_size": size})
    pair.open()
    if size == 64:
        with pytest.raises(LocalProtocolError, match="does not fit"):
            pair.ask(SetList(WRITES.items * 3))
        return
    done, denied, also = pair.ask(WRITES)
    assert (done, also) == (None, None)
    assert isinstance(denied, DataAccessError)
    assert denied.result == "read-write-denied"
    assert pair.meter.values[BUFFER, 3] == LONG
    assert pair.meter.values[BUFFER, 4] == double_long_unsigned(4)
    if size and kind == "none":
        assert max(map(len, pair.sent[1:])) <= size
        in_blocks = any(isinstance(decode(octets), SetRequestWithListAndFirstDatablock) for octets in pair.sent)
        assert in_blocks == (size == 128)


@pytest.mark.parametrize("kind", ["none", "gmac"])
def test_several_invocations(kind: str) -> None:
    pair = Pair(kind)
    pair.open()
    returned, denied, nothing = pair.ask(ACTS)
    assert returned == double_long_unsigned(9)
    assert isinstance(denied, ActionError)
    assert denied.result == "object-undefined"
    assert nothing is None
    assert pair.meter.done == [double_long_unsigned(9), null_data()]


def test_what_was_done_but_does_not_fit_is_no_refusal_of_the_invocation() -> None:
    pair = Pair("none", client={**NO_GENERAL_BLOCKS, "max_receive_pdu_size": 100})
    pair.open()
    (error,) = pair.ask(ActionList((Action(9, SCRIPT, 2),)))
    assert isinstance(error, ActionError)
    assert error.result == "data-block-unavailable"
    assert len(pair.meter.done) == 1


@pytest.mark.parametrize("size", [128, 1024, 0])
@pytest.mark.parametrize("kind", ["none", "low", "gmac", "gmac-dedicated", "gmac-general", "md5-ciphered"])
def test_a_mixture_in_one_access(kind: str, size: int) -> None:
    sizes = {"max_receive_pdu_size": size}
    pair = Pair(kind, client={**ALL, **sizes}, server=sizes)
    pair.open()
    energy, wrote, denied, _, returned, no_method, nothing, read_back, undefined = pair.ask(MIXTURE)
    assert energy == double_long_unsigned(123_456)
    assert wrote is nothing is None
    assert isinstance(denied, DataAccessError)
    assert returned == double_long_unsigned(9)
    assert isinstance(no_method, ActionError)
    assert read_back == LONG
    assert isinstance(undefined, DataAccessError)
    assert undefined.result == "object-undefined"
    if size:
        assert max(map(len, pair.sent[1:-1] + pair.received[1:])) <= size


def test_access_must_be_granted_and_fit() -> None:
    pair = Pair("none")
    pair.open()
    with pytest.raises(LocalProtocolError, match="did not grant: access"):
        pair.ask(MIXTURE)
    pair = Pair("none", client=NO_GENERAL_BLOCKS, server={"max_receive_pdu_size": 64})
    pair.open()
    with pytest.raises(LocalProtocolError, match="does not fit"):
        pair.ask(MIXTURE)
    pair = Pair("none", client={**NO_GENERAL_BLOCKS, "max_receive_pdu_size": 64})
    pair.open()
    with pytest.raises(ExceptionResponseError, match="pdu-too-long"):
        pair.ask(MIXTURE)


@pytest.mark.parametrize("operation", [SetList(()), ActionList(()), AccessList(())])
def test_an_empty_list_is_refused(operation: Operation) -> None:
    pair = Pair("none", client=ALL)
    pair.open()
    with pytest.raises(LocalProtocolError, match="must not be empty"):
        pair.ask(operation)
    assert len(pair.sent) == 1


GOOD, DENIED = DataAccessResult.SUCCESS, DataAccessResult.READ_WRITE_DENIED
ONE_READ = AccessList((Get(3, REGISTER, 2),))
OTHER_READ = (AccessRequestGet(AttributeDescriptor(3, REGISTER, 3)),)
INVOKE, LONG_INVOKE = 0xC1, 0xC000_0001


@pytest.mark.parametrize(
    ("operation", "answer"),
    [
        (WRITES, SetResponseWithList(INVOKE, (GOOD, GOOD))),
        (WRITES, SetResponseNormal(INVOKE, GOOD)),
        (ACTS, ActionResponseNormal(INVOKE, ActionResult.SUCCESS)),
        (ACTS, ActionResponseWithList(INVOKE, (ActionResponseWithOptionalData(ActionResult.SUCCESS),))),
        (ONE_READ, AccessResponse(LONG_INVOKE, None, None, (), (AccessResponseGet(GOOD),))),
        (ONE_READ, AccessResponse(LONG_INVOKE, None, None, (null_data(),), ())),
        (ONE_READ, AccessResponse(LONG_INVOKE, None, OTHER_READ, (null_data(),), (AccessResponseGet(GOOD),))),
        (ONE_READ, AccessResponse(LONG_INVOKE, None, None, (null_data(),), (AccessResponseSet(GOOD),))),
        (
            ONE_READ,
            AccessResponse(LONG_INVOKE, None, None, (null_data(),), (AccessResponseAction(ActionResult.SUCCESS),)),
        ),
        (ONE_READ, SetResponseWithList(INVOKE, (GOOD,))),
    ],
)
def test_an_answer_that_does_not_fit_the_request_fails_it(operation: Operation, answer: Apdu) -> None:
    pair = Pair("none", client=ALL)
    pair.open()
    pair.to_client = lambda message: [answer.to_bytes()]
    with pytest.raises(RemoteProtocolError):
        pair.ask(operation)


@pytest.mark.parametrize("operation", [WRITES, ACTS])
def test_a_list_may_be_refused_as_one(operation: Operation) -> None:
    pair = Pair("none")
    pair.open()
    refusal: Apdu = SetResponseNormal(INVOKE, DENIED)
    if operation is ACTS:
        refusal = ActionResponseNormal(INVOKE, ActionResult.READ_WRITE_DENIED)
    pair.to_client = lambda message: [refusal.to_bytes()]
    with pytest.raises(DataAccessError if operation is WRITES else ActionError):
        pair.ask(operation)


def blockwise(first: Apdu) -> Pair:
    pair = Pair("none", server={"max_receive_pdu_size": 128})
    pair.open()
    pair.to_client = lambda message: [first.to_bytes()]
    return pair


def test_blocks_of_a_list_end_with_the_last() -> None:
    for answer in (
        SetResponseLastDatablockWithList(INVOKE, (GOOD, GOOD, GOOD), 1),
        SetResponseDatablock(INVOKE, 2),
        SetResponseLastDatablock(INVOKE, GOOD, 1),
    ):
        with pytest.raises(RemoteProtocolError):
            blockwise(answer).ask(WRITES)
    with pytest.raises(DataAccessError):
        blockwise(SetResponseLastDatablock(INVOKE, DENIED, 1)).ask(WRITES)


def test_lists_of_different_lengths_are_refused_by_the_meter() -> None:
    pair = Pair("none", client=ALL)
    pair.open()
    wanted = (AccessRequestGet(AttributeDescriptor(3, REGISTER, 2)),)
    method = MethodDescriptor(9, SCRIPT, 3)
    for request, results in (
        (AccessRequest(LONG_INVOKE, None, wanted, ()), (AccessResponseGet(DataAccessResult.OTHER_REASON),)),
        (
            AccessRequest(LONG_INVOKE, None, (AccessRequestAction(method),), ()),
            (AccessResponseAction(ActionResult.OTHER_REASON),),
        ),
    ):
        pair.server.receive(request.to_bytes(), 0.0)
        (octets,) = pair.server.messages_to_send()
        answer = decode(octets)
        assert isinstance(answer, AccessResponse)
        assert answer.results == results
        assert len(answer.data) == 1
    pair.server.receive(ActionRequestWithList(INVOKE, (method,), ()).to_bytes(), 0.0)
    (octets,) = pair.server.messages_to_send()
    refused = (ActionResponseWithOptionalData(ActionResult.OTHER_REASON),)
    assert decode(octets) == ActionResponseWithList(INVOKE, refused)
    assert pair.meter.done == []


def test_an_unconfirmed_access_gets_no_answer() -> None:
    pair = Pair("none", client=ALL)
    pair.open()
    wanted = (AccessRequestAction(MethodDescriptor(9, SCRIPT, 1)),)
    pair.server.receive(AccessRequest(1, None, wanted, (null_data(),)).to_bytes(), 0.0)
    assert pair.server.messages_to_send() == []
    assert len(pair.meter.done) == 1
