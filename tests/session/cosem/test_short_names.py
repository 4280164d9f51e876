"""Short name referencing: client and meter in memory."""

from __future__ import annotations

from typing import Any

import pytest

from dlmskit.apdu import (
    Apdu,
    AttributeDescriptor,
    ConfirmedServiceError,
    ExceptionResponse,
    GetRequestNormal,
    ReadDataBlock,
    ReadRequest,
    ReadResponse,
    SelectiveAccess,
    VariableName,
    WriteRequest,
    WriteResponse,
    WriteSuccess,
    decode,
)
from dlmskit.apdu.error import ConfirmedService, ErrorClass
from dlmskit.apdu.short_name import BlockNumber, ReadDataBlockAccess, WriteDataBlockAccess
from dlmskit.codec.data import double_long_unsigned, null_data, octet_string
from dlmskit.cosem.short_names import CURRENT, ShortNamed
from dlmskit.enums import (
    ApplicationContext,
    Conformance,
    DataAccessResult,
    ServiceErrorCode,
    StateError,
)
from dlmskit.exceptions import (
    AssociationError,
    DataAccessError,
    DlmskitError,
    ExceptionResponseError,
    LimitError,
    LocalProtocolError,
    RemoteProtocolError,
    TransportTimeout,
)
from dlmskit.limits import Limits
from dlmskit.session.base import Completed, Opened
from dlmskit.session.cosem.client import State
from dlmskit.session.cosem.settings import SN_CONFORMANCE
from dlmskit.session.operations import AccessList, Get, GetList, ReadNames, Set, ShortName, WriteNames

from .pair import BUFFER, CIPHERED_LN, REGISTER, SCRIPT, Pair

NAMES = (ShortNamed(0x3000, 3, 0, REGISTER), ShortNamed(0xF000, 7, 1, BUFFER), ShortNamed(0x4000, 9, 0, SCRIPT))
ENERGY, ROWS, NOTE, NOTHING = ShortName(0x3008), ShortName(0xF008), ShortName(0xF010), ShortName(0x0008)
OBJECT_LIST = ShortName(0xFA08)
SN = {"context": ApplicationContext.SN}
SN_CIPHERED = {**CIPHERED_LN, "context": ApplicationContext.SN_CIPHERED}


def short(kind: str = "none", client: dict[str, Any] | None = None, server: dict[str, Any] | None = None) -> Pair:
    context = SN_CIPHERED if "ciphered" in kind else SN
    rules = {"context": context["context"], "short_names": NAMES, **(server or {})}
    pair = Pair(kind, client={**context, **(client or {})}, server=rules)
    pair.open()
    return pair


@pytest.mark.parametrize("size", [64, 1024, 0])
@pytest.mark.parametrize("kind", ["none", "low", "none-ciphered", "low-ciphered"])
def test_reads_and_writes(kind: str, size: int) -> None:
    sizes = {"max_receive_pdu_size": size}
    pair = short(kind, client=sizes, server=sizes)
    energy, rows, nothing = pair.ask(ReadNames((ENERGY, ROWS, NOTHING)))
    assert energy == double_long_unsigned(123_456)
    assert len(rows.value) == 40
    assert isinstance(nothing, DataAccessError)
    assert nothing.result == "object-undefined"
    assert "0x0008" in str(nothing)
    done, denied = pair.ask(WriteNames((NOTE, ENERGY), (octet_string(b"hello"), null_data())))
    assert done is None
    assert isinstance(denied, DataAccessError)
    assert pair.meter.values[BUFFER, 3] == octet_string(b"hello")
    assert pair.ask(WriteNames((NOTE,), (octet_string(b"again"),), confirmed=False)) is None
    assert pair.meter.values[BUFFER, 3] == octet_string(b"again")
    pair.close()
    if size:
        assert max(map(len, pair.sent[1:-1] + pair.received[1:-1])) <= size


def test_the_object_list_names_every_object() -> None:
    pair = short()
    (found,) = pair.ask(ReadNames((OBJECT_LIST,)))
    assert found.value == [
        [0x3000, 3, 0, REGISTER.to_bytes()],
        [0x4000, 9, 0, SCRIPT.to_bytes()],
        [0xF000 - 0x10000, 7, 1, BUFFER.to_bytes()],
        [0xFA00 - 0x10000, 12, 0, CURRENT.obis.to_bytes()],
    ]
    (name,) = pair.ask(ReadNames((ShortName(0xFA00),)))
    assert name.value == CURRENT.obis.to_bytes()


def test_the_proposal_fits_the_referencing() -> None:
    opened = short().events[-1]
    assert isinstance(opened, Opened)
    assert "read" in opened.detail["conformance"]
    assert "get" not in opened.detail["conformance"]


def test_what_was_not_granted_is_not_asked() -> None:
    pair = short(server={"conformance": Conformance.READ})
    for operation, word in (
        (ReadNames((ENERGY, ROWS)), "multiple-references"),
        (ReadNames((ShortName(0x3008, 1, null_data()),)), "parameterized-access"),
        (WriteNames((NOTE,), (null_data(),)), "write"),
        (WriteNames((NOTE,), (null_data(),), confirmed=False), "unconfirmed-write"),
        (Set(7, BUFFER, 3, null_data()), "write"),
        (GetList((Get(3, REGISTER, 2),)), "multiple-references"),
        (Get(7, BUFFER, 2, SelectiveAccess(1, null_data())), "parameterized-access"),
        (AccessList((Get(3, REGISTER, 2),)), "short name association"),
        (ReadNames(()), "empty"),
        (ReadNames((ShortName(0x3008, 1),)), "parameter"),
    ):
        with pytest.raises(LocalProtocolError, match=word):
            pair.ask(operation)
    assert len(pair.sent) == 1
    with pytest.raises(LocalProtocolError, match="go together"):
        short().ask(WriteNames((NOTE,), ()))


def test_logical_and_short_names_are_told_apart() -> None:
    pair = Pair("none", client=SN)
    with pytest.raises(AssociationError):
        pair.open()
    pair = Pair("none", server={"short_names": NAMES})
    pair.open()
    assert pair.ask(Get(3, REGISTER, 2)) == double_long_unsigned(123_456)
    pair = Pair("none", client=SN, server={"short_names": NAMES})
    pair.open()
    assert pair.ask(ReadNames((ENERGY,))) == (double_long_unsigned(123_456),)
    pair = Pair("none")
    pair.open()
    with pytest.raises(LocalProtocolError, match="no operation of a COSEM association"):
        pair.ask(ReadNames((ENERGY,)))


def answering(*answers: Apdu, size: int = 1024, limits: Limits | None = None) -> Pair:
    pair = short(client={"max_receive_pdu_size": size})
    if limits is not None:
        pair.client._limits = limits
    queue = list(answers)
    pair.to_client = lambda message: [queue.pop(0).to_bytes()] if queue else []
    return pair


FIRST = ReadDataBlock(False, 1, b"\x01\x00\x06")
MADE_UP: list[tuple[Apdu, ...]] = [
    (ReadResponse(()),),
    (ReadResponse((null_data(), null_data())),),
    (WriteResponse((WriteSuccess(),)),),
    (ReadResponse((BlockNumber(1),)),),
    (ReadResponse((FIRST,)), ReadResponse((ReadDataBlock(True, 3, b""),))),
    (ReadResponse((FIRST,)), ReadResponse((null_data(),))),
    (ReadResponse((FIRST,)), WriteResponse((WriteSuccess(),))),
    (ReadResponse((FIRST,)), ReadResponse((ReadDataBlock(True, 2, b"\x00\x00"),))),
]


@pytest.mark.parametrize("answers", MADE_UP)
def test_an_answer_that_does_not_fit_fails_the_read(answers: tuple[Apdu, ...]) -> None:
    pair = answering(*answers)
    with pytest.raises(DlmskitError) as error:
        pair.ask(ReadNames((ENERGY,)))
    assert not isinstance(error.value, DataAccessError)
    assert pair.client.state is State.READY


def test_a_read_in_blocks_may_be_given_up_by_the_meter() -> None:
    pair = answering(ReadResponse((FIRST,)), ReadResponse((DataAccessResult.LONG_GET_ABORTED,)))
    with pytest.raises(DataAccessError, match="long-get-aborted"):
        pair.ask(ReadNames((ENERGY,)))


def test_endless_blocks_are_bounded() -> None:
    answers = (ReadResponse((ReadDataBlock(False, number, b"x"),)) for number in range(1, 9))
    with pytest.raises(LimitError, match="blocks"):
        answering(*answers, limits=Limits(blocks=5)).ask(ReadNames((ENERGY,)))


@pytest.mark.parametrize("answer", [WriteResponse(()), WriteResponse((BlockNumber(1),)), ReadResponse((null_data(),))])
def test_an_answer_that_does_not_fit_fails_the_write(answer: Apdu) -> None:
    with pytest.raises(RemoteProtocolError):
        answering(answer).ask(WriteNames((NOTE,), (null_data(),)))


def test_a_service_error_is_a_refusal() -> None:
    error = ConfirmedServiceError(ConfirmedService.READ, ErrorClass.ACCESS, 1)
    with pytest.raises(ExceptionResponseError, match="scope-of-access-violated"):
        answering(error).ask(ReadNames((ENERGY,)))


def test_after_a_time_out_a_late_answer_is_taken_for_nothing() -> None:
    pair = short()
    late: list[bytes] = []

    def hold(message: bytes) -> list[bytes]:
        late.append(message)
        return []

    pair.to_client = hold
    with pytest.raises(LookupError):
        pair.ask(ReadNames((ENERGY,)))
    pair.client.handle_timeout(10.0)
    pair.settle()
    with pytest.raises(TransportTimeout):
        pair.last(Completed)
    with pytest.raises(LocalProtocolError, match="associate anew"):
        pair.ask(ReadNames((ROWS,)))
    pair.client.receive(late[0], 11.0)
    pair.settle()
    assert pair.ignored
    pair.to_client = lambda message: [message]
    pair.close()
    pair.open()
    assert pair.ask(ReadNames((ENERGY,)))[0] == double_long_unsigned(123_456)


def asked(pair: Pair, request: Apdu) -> Apdu:
    pair.server.receive(request.to_bytes(), 0.0)
    (octets,) = pair.server.messages_to_send()
    return decode(octets)


def test_the_meter_refuses_what_it_does_not_do() -> None:
    pair = short(client={"max_receive_pdu_size": 64, "conformance": SN_CONFORMANCE})
    unsupported = ConfirmedServiceError(ConfirmedService.READ, ErrorClass.SERVICE, 2)
    mixed = ReadRequest((VariableName(0x3008), ReadDataBlockAccess(True, 1, b"")))
    assert asked(pair, mixed) == unsupported
    assert asked(pair, ReadRequest((WriteDataBlockAccess(True, 1),))) == unsupported
    assert asked(pair, GetRequestNormal(0xC1, AttributeDescriptor(3, REGISTER, 2), None)).NAME == "exception-response"
    assert asked(pair, WriteRequest((VariableName(0xF010),), ())) == WriteResponse((DataAccessResult.OTHER_REASON,))
    assert asked(pair, ReadRequest(())) == ReadResponse(())
    first = asked(pair, ReadRequest((VariableName(0xF008),)))
    assert isinstance(first, ReadResponse)
    assert isinstance(first.results[0], ReadDataBlock)


def test_after_a_refusal_that_nobody_vouches_for_no_later_answer_is_taken() -> None:
    pair = short("none-ciphered")
    refusal = ExceptionResponse(StateError.SERVICE_NOT_ALLOWED, ServiceErrorCode.OPERATION_NOT_POSSIBLE, None)
    pair.to_client = lambda message: [refusal.to_bytes()]
    with pytest.raises(ExceptionResponseError, match="not authenticated"):
        pair.ask(ReadNames((ENERGY,)))
    with pytest.raises(LocalProtocolError, match="associate anew"):
        pair.ask(ReadNames((NOTE,)))
