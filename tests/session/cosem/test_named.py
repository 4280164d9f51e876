"""Get, Set and Action in short name referencing, with every way to authenticate and to divide what is long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlmskit.apdu import (
    Apdu,
    AttributeDescriptor,
    BlockNumber,
    BlockNumberAccess,
    ConfirmedServiceError,
    EventNotificationRequest,
    ExceptionResponse,
    InformationReportRequest,
    ParameterizedAccess,
    ReadDataBlock,
    ReadDataBlockAccess,
    ReadRequest,
    ReadResponse,
    SelectiveAccess,
    ServiceCiphered,
    VariableName,
    WriteDataBlockAccess,
    WriteRequest,
    WriteResponse,
    WriteSuccess,
    decode,
)
from dlmskit.apdu.error import ConfirmedService, ErrorClass
from dlmskit.codec.data import Data, array, double_long_unsigned, integer, null_data, octet_string
from dlmskit.cosem.short_names import CURRENT
from dlmskit.enums import ApplicationContext, Conformance, DataAccessResult, ServiceErrorCode, StateError
from dlmskit.exceptions import (
    ActionError,
    AssociationError,
    DataAccessError,
    DlmskitError,
    ExceptionResponseError,
    LocalProtocolError,
    RemoteProtocolError,
)
from dlmskit.obis import Obis
from dlmskit.session.base import Failed, Notified, Opened
from dlmskit.session.cosem.client import State
from dlmskit.session.cosem.settings import IN_SHORT_NAMES, SN_CONFORMANCE
from dlmskit.session.operations import Action, ActionList, Get, GetList, ReadNames, Set, SetList, ShortName, WriteNames

from .pair import BUFFER, HLS_KINDS, KINDS, REGISTER, SCRIPT, Pair
from .test_short_names import ENERGY, NAMES, NOTE, answering, asked, short

READ = Get(3, REGISTER, 2)
NOWHERE = Get(1, Obis(9, 9, 9, 9, 9, 9), 2)
SHORT_OF = {
    ApplicationContext.LN: ApplicationContext.SN,
    ApplicationContext.LN_CIPHERED: ApplicationContext.SN_CIPHERED,
}


def named(kind: str, *, size: int = 1024, client: dict[str, Any] | None = None, **server: Any) -> Pair:
    """A pair in short names, whatever the kind says about names."""
    context = IN_SHORT_NAMES[(KINDS | HLS_KINDS)[kind].get("context", ApplicationContext.LN)]
    sizes = {"max_receive_pdu_size": size}
    return Pair(
        kind,
        client={"context": context, **sizes, **(client or {})},
        server={"short_names": NAMES, **sizes, **server},
    )


@pytest.mark.parametrize("size", [128, 1024, 0])
@pytest.mark.parametrize("kind", [*KINDS, *HLS_KINDS])
def test_the_same_operations_as_in_logical_names(kind: str, size: int) -> None:
    if size == 128 and any(word in kind for word in ("ecdsa", "one-pass", "signed")):
        pytest.skip("proofs and signatures do not fit")
    pair = named(kind, size=size)
    assert isinstance(pair.open(), Opened)
    assert pair.ask(READ) == double_long_unsigned(123_456)
    assert len(pair.ask(Get(7, BUFFER, 2)).value) == 40
    assert pair.ask(Set(7, BUFFER, 3, octet_string(bytes(300)))) is None
    assert pair.meter.values[BUFFER, 3] == octet_string(bytes(300))
    assert pair.ask(Action(9, SCRIPT, 1, integer(5))) is None
    assert pair.ask(Action(9, SCRIPT, 1)) is None
    assert pair.ask(Action(9, SCRIPT, 2)) == octet_string(bytes(range(200)))
    assert pair.ask(Action(9, SCRIPT, 3, octet_string(bytes(500)))) == octet_string(bytes(500))
    assert pair.meter.done == [integer(5), None, None, octet_string(bytes(500))]
    with pytest.raises(DataAccessError, match=r"attribute 2 of .*: read-write-denied"):
        pair.ask(Set(3, REGISTER, 2, null_data()))
    with pytest.raises(ActionError, match=r"method 1 of .*: object-undefined"):
        pair.ask(Action(3, REGISTER, 1))
    pair.close()
    if size:
        assert max(map(len, pair.sent[1:-1] + pair.received[1:-1])) <= size


def test_the_object_list_is_read_once_and_not_before_it_is_wanted() -> None:
    pair = named("none")
    pair.open()
    pair.ask(ReadNames((ENERGY,)))
    assert len(pair.sent) == 2
    pair.ask(READ)
    pair.ask(READ)
    assert [decode(message) for message in pair.sent[2:]] == [
        ReadRequest((VariableName(0xFA08),)),
        ReadRequest((VariableName(0x3008),)),
        ReadRequest((VariableName(0x3008),)),
    ]
    pair.close()
    pair.open()
    pair.ask(READ)
    assert decode(pair.sent[-2]) == ReadRequest((VariableName(0xFA08),))


def test_lists_keep_their_places() -> None:
    pair = named("none")
    pair.open()
    energy, nowhere, nothing, rows = pair.ask(GetList((READ, NOWHERE, Get(3, REGISTER, 3), Get(7, BUFFER, 2))))
    assert (energy, len(rows.value)) == (double_long_unsigned(123_456), 40)
    assert str(nowhere) == "the meter refused attribute 2 of 9-9:9.9.9*9 (class 1): object-undefined"
    assert str(nothing) == f"the meter refused attribute 3 of {REGISTER} (class 3): object-undefined"
    assert decode(pair.sent[-1]) == ReadRequest((VariableName(0x3008), VariableName(0x3010), VariableName(0xF008)))
    note = Set(7, BUFFER, 3, integer(1))
    denied, done = pair.ask(SetList((Set(3, REGISTER, 2, integer(1)), note)))
    assert (denied.result, done) == ("read-write-denied", None)
    first, second = pair.ask(ActionList((Action(9, SCRIPT, 3, integer(7)), Action(3, REGISTER, 1))))
    assert (first, second.result) == (integer(7), "object-undefined")


def test_an_object_that_is_not_listed_costs_no_request() -> None:
    pair = named("none")
    pair.open()
    for operation, kind in (
        (NOWHERE, DataAccessError),
        (GetList((NOWHERE,)), None),
        (Set(1, NOWHERE.obis, 2, null_data()), DataAccessError),
        (Action(1, NOWHERE.obis, 1), ActionError),
    ):
        if kind is None:
            assert pair.ask(operation)[0].result == "object-undefined"
            continue
        with pytest.raises(kind, match="object-undefined"):
            pair.ask(operation)
    assert len(pair.sent) == 2


@pytest.mark.parametrize(
    "operation",
    [
        Get(3, REGISTER, 6),  # 0x28 above the base: method reset
        Get(3, REGISTER, 0),
        Get(3, REGISTER, -1),
        Set(9, SCRIPT, 5, null_data()),
        Action(9, SCRIPT, 0),
    ],
)
def test_what_has_no_short_name_is_not_asked_and_leaves_the_association_alone(operation: Any) -> None:
    pair = named("none")
    pair.open()
    with pytest.raises(LocalProtocolError):
        pair.ask(operation)
    assert len(pair.sent) == 2
    assert pair.meter.done == []
    assert pair.ask(READ) == double_long_unsigned(123_456)


@pytest.mark.parametrize("operation", [GetList(()), SetList(()), ActionList(())])
def test_an_empty_list_is_not_asked(operation: Any) -> None:
    pair = named("none")
    pair.open()
    with pytest.raises(LocalProtocolError, match="empty"):
        pair.ask(operation)
    assert len(pair.sent) == 1


def test_the_current_association_needs_no_list() -> None:
    pair = named("none")
    pair.open()
    assert len(pair.ask(Get(12, CURRENT.obis, 2)).value) == 4
    assert len(pair.sent) == 2


def test_selective_access_is_parameterized_access() -> None:
    pair = named("none")
    pair.open()
    pair.ask(Get(7, BUFFER, 2, SelectiveAccess(2, integer(1))))
    assert decode(pair.sent[-1]) == ReadRequest((ParameterizedAccess(0xF008, 2, integer(1)),))


def test_without_parameterized_access_methods_are_written_to() -> None:
    pair = named("none", conformance=Conformance.READ | Conformance.WRITE)
    pair.open()
    assert pair.ask(Action(9, SCRIPT, 3, integer(7))) is None
    assert decode(pair.sent[-1]) == WriteRequest((VariableName(0x4030),), (integer(7),))
    assert pair.meter.done == [integer(7)]
    pair = named("none", conformance=Conformance.READ)
    pair.open()
    with pytest.raises(LocalProtocolError, match="write"):
        pair.ask(Action(9, SCRIPT, 3, integer(7)))


def test_methods_by_name() -> None:
    pair = named("none")
    pair.open()
    assert pair.ask(ReadNames((ShortName(0x4030, 0, integer(3)), ENERGY))) == (
        integer(3),
        double_long_unsigned(123_456),
    )
    assert pair.ask(WriteNames((ShortName(0x4020), NOTE), (integer(4), integer(5)))) == (None, None)
    assert pair.ask(WriteNames((ShortName(0x4020),), (integer(6),), confirmed=False)) is None
    assert pair.meter.done == [integer(3), integer(4), integer(6)]


PROVING = ["high", "md5", "sha1", "sha256", "gmac-plain-context", "ecdsa-suite1", "ecdsa-suite2"]


def spoiled(name: str) -> Callable[[bytes], list[bytes]]:
    """One bit of the last octet of APDUs of that name is turned."""

    def spoil(message: bytes) -> list[bytes]:
        return [message[:-1] + bytes((message[-1] ^ 1,))] if name == decode(message).NAME else [message]

    return spoil


@pytest.mark.parametrize("kind", PROVING)
def test_a_client_that_does_not_prove_its_key_is_refused(kind: str) -> None:
    pair = named(kind)
    pair.to_meter = spoiled("read-request")
    with pytest.raises(AssociationError, match="read-write-denied"):
        pair.open()
    assert decode(pair.received[-1]) == ReadResponse((DataAccessResult.READ_WRITE_DENIED,))
    assert any(isinstance(event, Failed) for event in pair.server_events)
    assert not any(isinstance(event, Opened) for event in pair.events + pair.server_events)


@pytest.mark.parametrize("kind", PROVING)
def test_a_meter_that_does_not_prove_its_key_is_refused(kind: str) -> None:
    pair = named(kind)
    pair.to_client = spoiled("read-response")
    with pytest.raises(DlmskitError):
        pair.open()
    assert not any(isinstance(event, Opened) for event in pair.events)


@pytest.mark.parametrize(
    "answer",
    [
        ReadResponse(()),
        ReadResponse((null_data(),)),
        ReadResponse((octet_string(b""),)),
        ReadResponse((octet_string(bytes(17)), octet_string(bytes(17)))),
        ReadResponse((ReadDataBlock(True, 1, bytes(16)),)),
        WriteResponse((WriteSuccess(),)),
    ],
)
def test_another_answer_than_pass_4_opens_nothing(answer: Apdu) -> None:
    pair = named("md5")
    pair.to_client = lambda message: [answer.to_bytes() if decode(message).NAME == "read-response" else message]
    with pytest.raises(DlmskitError):
        pair.open()
    assert pair.client.state is State.IDLE


@pytest.mark.parametrize(
    "request_",
    [
        ReadRequest((VariableName(0x3008),)),
        ReadRequest((VariableName(0xFA58),)),
        ReadRequest((ParameterizedAccess(0xFA58, 0, octet_string(bytes(16))), VariableName(0x3008))),
        ReadRequest((ParameterizedAccess(0xFA50, 0, octet_string(bytes(16))),)),
        WriteRequest((VariableName(0xFA58),), (octet_string(bytes(16)),)),
    ],
)
def test_nothing_is_served_before_pass_3(request_: Apdu) -> None:
    pair = named("md5")
    pair.to_meter = lambda message: [request_.to_bytes() if decode(message).NAME == "read-request" else message]
    with pytest.raises(AssociationError):
        pair.open()
    assert decode(pair.received[-1]).NAME == "exception-response"


def test_authentication_is_over_once_it_is_done() -> None:
    pair = named("md5")
    pair.open()
    again = ReadRequest((ParameterizedAccess(0xFA58, 0, octet_string(bytes(16))),))
    assert asked(pair, again) == ReadResponse((DataAccessResult.READ_WRITE_DENIED,))
    assert asked(pair, WriteRequest((VariableName(0xFA08),), (null_data(),))) == WriteResponse(
        (DataAccessResult.READ_WRITE_DENIED,)
    )


# -- blocks -----------------------------------------------------------------------------------------------------------


def test_a_long_request_goes_in_confirmed_blocks() -> None:
    pair = named("none", size=64)
    pair.open()
    pair.ask(Set(7, BUFFER, 3, octet_string(bytes(100))))
    sent = [decode(message) for message in pair.sent[-3:]]
    assert [apdu.variables for apdu in sent] == [  # type: ignore[attr-defined]
        (WriteDataBlockAccess(False, 1),),
        (WriteDataBlockAccess(False, 2),),
        (WriteDataBlockAccess(True, 3),),
    ]
    octets = b"".join(apdu.data[0].value for apdu in sent)  # type: ignore[attr-defined]
    assert b"\x06" + octets == WriteRequest((VariableName(0xF010),), (octet_string(bytes(100)),)).to_bytes()
    assert decode(pair.received[-2]) == WriteResponse((BlockNumber(2),))
    assert pair.ask(Action(9, SCRIPT, 3, octet_string(bytes(100)))) == octet_string(bytes(100))
    assert ReadResponse((BlockNumber(1),)).to_bytes() in pair.received


def test_what_does_not_fit_and_may_not_go_in_blocks_is_not_sent() -> None:
    plain = SN_CONFORMANCE & ~(
        Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ
        | Conformance.BLOCK_TRANSFER_WITH_SET_OR_WRITE
        | Conformance.GENERAL_BLOCK_TRANSFER
    )
    pair = named("none", size=64, conformance=plain)
    pair.open()
    with pytest.raises(DataAccessError, match="data-block-unavailable"):
        pair.ask(READ)  # the object list
    assert pair.ask(ReadNames((ENERGY,))) == (double_long_unsigned(123_456),)
    with pytest.raises(LocalProtocolError, match="does not fit"):
        pair.ask(WriteNames((NOTE,), (octet_string(bytes(100)),)))
    # what was done must not look refused
    assert pair.ask(ReadNames((ShortName(0x4028, 0, null_data()),))) == (null_data(),)
    assert pair.meter.done == [None]


def test_general_blocks_where_they_are_all_that_was_granted() -> None:
    general = SN_CONFORMANCE & ~(
        Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ | Conformance.BLOCK_TRANSFER_WITH_SET_OR_WRITE
    )
    for kind in ("none", "gmac", "md5-ciphered"):
        pair = named(kind, size=128, client={"conformance": general}, conformance=general)
        pair.open()
        assert len(pair.ask(Get(7, BUFFER, 2)).value) == 40
        assert pair.ask(Set(7, BUFFER, 3, octet_string(bytes(300)))) is None
        assert pair.ask(Action(9, SCRIPT, 3, octet_string(bytes(300)))) == octet_string(bytes(300))
        assert max(map(len, pair.sent[1:] + pair.received[1:])) <= 128


@pytest.mark.parametrize(
    "value", [double_long_unsigned(0x8000_0001), array(), array(null_data()), array(*[double_long_unsigned(6)] * 2)]
)
@pytest.mark.parametrize("whole", [True, False])
def test_one_variable_in_blocks_is_a_list_of_one_or_its_data_alone(value: Data, whole: bool) -> None:
    octets = ReadResponse((value,)).to_bytes()[1:] if whole else value.to_bytes()
    blocks = [
        ReadDataBlock(place + 1 == len(octets), place + 1, octets[place : place + 1]) for place in range(len(octets))
    ]
    pair = answering(*(ReadResponse((block,)) for block in blocks))
    assert pair.ask(ReadNames((ENERGY,))) == (value,)


def test_data_whose_octets_look_like_a_list_stays_data() -> None:
    # as a list of results: one, a block, of which the length fits
    octets = bytes.fromhex("010206000000060600000001")
    pair = answering(ReadResponse((ReadDataBlock(True, 1, octets),)))
    (found,) = pair.ask(ReadNames((ENERGY,)))
    assert found.value == [6, 1]


def test_several_variables_in_blocks_are_a_list_of_results() -> None:
    pair = named("none", size=64)
    pair.open()
    rows, nothing, energy = pair.ask(ReadNames((ShortName(0xF008), ShortName(0x3018), ENERGY)))
    assert (len(rows.value), nothing.result, energy) == (40, "object-undefined", double_long_unsigned(123_456))
    blocks = [decode(message).results[0] for message in pair.received[1:]]  # type: ignore[attr-defined]
    assert [block.block_number for block in blocks] == list(range(1, len(blocks) + 1))
    octets = b"".join(block.raw_data for block in blocks)
    assert octets.startswith(b"\x03\x00\x01\x28")
    pair = answering(ReadResponse((ReadDataBlock(True, 1, double_long_unsigned(1).to_bytes()),)))
    with pytest.raises(DlmskitError):
        pair.ask(ReadNames((ENERGY, ENERGY)))


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (WriteResponse((DataAccessResult.LONG_SET_ABORTED,)), DataAccessError),
        (WriteResponse((BlockNumber(2),)), RemoteProtocolError),
        (WriteResponse((WriteSuccess(),)), RemoteProtocolError),
        (WriteResponse(()), RemoteProtocolError),
        (ReadResponse((null_data(),)), RemoteProtocolError),
    ],
)
def test_a_meter_that_does_not_confirm_a_block(answer: Apdu, kind: type[DlmskitError]) -> None:
    pair = named("none", size=64)
    pair.open()
    pair.ask(READ)
    pair.to_client = lambda message: [answer.to_bytes()]
    with pytest.raises(kind):
        pair.ask(Set(7, BUFFER, 3, octet_string(bytes(100))))


def test_blocks_of_requests_that_the_meter_refuses() -> None:
    pair = named("none", size=64)
    pair.open()

    def write(number: int, last: bool, part: Data) -> Apdu:
        return asked(pair, WriteRequest((WriteDataBlockAccess(last, number),), (part,)))

    def read(number: int, last: bool, part: bytes) -> Apdu:
        return asked(pair, ReadRequest((ReadDataBlockAccess(last, number, part),)))

    whole = ReadRequest((VariableName(0x3008),)).to_bytes()[1:]
    refused = ReadResponse((DataAccessResult.NO_LONG_SET_IN_PROGRESS,))
    assert read(2, True, whole) == refused
    assert read(1, False, whole[:2]) == ReadResponse((BlockNumber(1),))
    assert read(3, True, whole[2:]) == ReadResponse((DataAccessResult.DATA_BLOCK_NUMBER_INVALID,))
    assert read(2, True, whole[2:]) == refused
    assert read(1, False, whole[:2]) == ReadResponse((BlockNumber(1),))
    assert write(2, True, octet_string(whole[2:])) == WriteResponse((DataAccessResult.NO_LONG_SET_IN_PROGRESS,))
    assert read(1, True, whole + b"\x00") == ReadResponse((DataAccessResult.TYPE_UNMATCHED,))
    assert read(1, True, whole) == ReadResponse((double_long_unsigned(123_456),))
    assert write(1, True, null_data()) == WriteResponse((DataAccessResult.NO_LONG_SET_IN_PROGRESS,))
    nested = ReadRequest((BlockNumberAccess(1),)).to_bytes()[1:]
    assert read(1, True, nested) == ReadResponse((DataAccessResult.DATA_BLOCK_UNAVAILABLE,))
    assert asked(pair, ReadRequest((BlockNumberAccess(0),))) == ReadResponse(
        (DataAccessResult.NO_LONG_GET_IN_PROGRESS,)
    )
    # a plain request between the blocks gives them up
    assert read(1, False, whole[:2]) == ReadResponse((BlockNumber(1),))
    asked(pair, ReadRequest((VariableName(0x3008),)))
    assert read(2, True, whole[2:]) == refused


# -- what nobody asked for, and answers that belong to nothing --------------------------------------------------------

REPORT = InformationReportRequest(None, (VariableName(0x3008),), (double_long_unsigned(0x8000_0000),))


@pytest.mark.parametrize("kind", ["none", "gmac", "gmac-dedicated", "low-ciphered"])
def test_an_information_report_is_a_notification(kind: str) -> None:
    pair = named(kind)
    pair.open()
    pair.server.notify(REPORT)
    pair.settle()
    heard = pair.last(Notified)
    assert heard.apdu == REPORT
    ciphered = "gmac" in kind or "ciphered" in kind
    assert heard.authenticated is ciphered
    assert isinstance(decode(pair.received[-1]), ServiceCiphered) is ciphered
    assert pair.ask(READ) == double_long_unsigned(123_456)
    with pytest.raises(LocalProtocolError, match="event-notification-request"):
        pair.server.notify(EventNotificationRequest(None, AttributeDescriptor(3, REGISTER, 2), null_data()))


def test_a_report_in_clear_is_dropped_in_a_ciphered_association() -> None:
    pair = named("gmac")
    pair.open()
    pair.client.receive(REPORT.to_bytes(), 0.0)
    pair.settle()
    assert not any(isinstance(event, Notified) for event in pair.events)
    assert pair.ignored


def test_a_report_between_request_and_answer_answers_nothing() -> None:
    pair = named("none")
    pair.open()
    pair.to_client = lambda message: [REPORT.to_bytes(), message]
    assert pair.ask(READ) == double_long_unsigned(123_456)


def test_reports_only_where_they_were_granted() -> None:
    pair = named("none", conformance=Conformance.READ)
    with pytest.raises(LocalProtocolError):
        pair.server.notify(REPORT)
    pair.open()
    with pytest.raises(LocalProtocolError):
        pair.server.notify(REPORT)


def test_a_meter_does_not_answer_a_write_that_asks_for_no_answer() -> None:
    pair = named("none", conformance=Conformance.READ)
    pair.open()
    request = bytes.fromhex("160102F0100100")
    pair.server.receive(request, 0.0)
    assert pair.server.messages_to_send() == []
    assert (BUFFER, 3) not in pair.meter.values
    waiting = named("md5")
    waiting.to_meter = lambda message: [request] if decode(message).NAME == "read-request" else [message]
    with pytest.raises(LookupError):
        waiting.open()
    assert len(waiting.received) == 1


def test_a_refusal_after_an_unconfirmed_write_may_be_that_of_the_write() -> None:
    pair = named("none")
    pair.open()
    pair.ask(WriteNames((NOTE,), (null_data(),), confirmed=False))
    refusal = ExceptionResponse(StateError.SERVICE_NOT_ALLOWED, ServiceErrorCode.OPERATION_NOT_POSSIBLE, None)
    pair.to_client = lambda message: [refusal.to_bytes()]
    with pytest.raises(ExceptionResponseError):
        pair.ask(ReadNames((ENERGY,)))
    with pytest.raises(LocalProtocolError, match="associate anew"):
        pair.ask(ReadNames((NOTE,)))


def test_a_proven_service_error_leaves_the_association_usable() -> None:
    pair = named("gmac")
    pair.open()
    pair.ask(READ)
    genuine = pair.server._services
    assert genuine is not None
    error = ConfirmedServiceError(ConfirmedService.READ, ErrorClass.HARDWARE_RESOURCE, 1)
    answer, genuine.answer = genuine.answer, lambda request: error  # type: ignore[method-assign]
    with pytest.raises(ExceptionResponseError):
        pair.ask(READ)
    genuine.answer = answer  # type: ignore[method-assign]
    assert pair.ask(READ) == double_long_unsigned(123_456)


@pytest.mark.parametrize("listed", [null_data(), array(null_data()), DataAccessResult.OBJECT_UNAVAILABLE])
def test_without_an_object_list_nothing_is_found(listed: Data | DataAccessResult) -> None:
    pair = answering(ReadResponse((listed,)))
    with pytest.raises(DlmskitError):
        pair.ask(READ)


def test_known_names_need_no_list() -> None:
    pair = short()
    assert pair.ask(ReadNames((ENERGY,))) == (double_long_unsigned(123_456),)
