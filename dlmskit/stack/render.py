"""Operations as octets without a meter: what a client would send from a stated state of its association.

Nothing live is touched. Where the association is ciphered, the invocation counter is stated too: it was reserved from a
store for this rendering, or belongs to a key of its own, because a nonce must not be used twice. Answers that decide
what goes out next are supplied; where none is supplied, the shortest good answer is assumed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec

from dlmskit.apdu import (
    ActionRequestNormal,
    ActionRequestWithFirstPblock,
    ActionRequestWithPblock,
    ActionResponseNextPblock,
    ActionResponseNormal,
    Apdu,
    GetRequestNormal,
    GetRequestWithList,
    GetResponseNormal,
    GetResponseWithList,
    SetRequestNormal,
    SetRequestWithDatablock,
    SetRequestWithFirstDatablock,
    SetResponseDatablock,
    SetResponseLastDatablock,
    SetResponseNormal,
)
from dlmskit.codec.data import Data, null_data
from dlmskit.codec.iec21 import Command, DataSet, OptionSelect, Request, with_bcc
from dlmskit.enums import ActionResult, Conformance, DataAccessResult
from dlmskit.exceptions import LocalProtocolError, ServiceError
from dlmskit.limits import DEFAULT_LIMITS
from dlmskit.link.hdlc import llc
from dlmskit.link.hdlc.address import HdlcAddress
from dlmskit.link.hdlc.control import Control, FrameKind
from dlmskit.link.hdlc.frame import HdlcFrame
from dlmskit.link.wrapper import WrapperPdu
from dlmskit.security.counters import ReplayGuard
from dlmskit.security.keys import KeySet
from dlmskit.security.protection import AUTHENTICATED, ENCRYPTED
from dlmskit.session.cosem.channel import Channel
from dlmskit.session.cosem.exchange import Scope
from dlmskit.session.cosem.invoke import CONFIRMED, HIGH_PRIORITY, MASK
from dlmskit.session.cosem.requests import begin
from dlmskit.session.cosem.settings import CLIENT_CONFORMANCE
from dlmskit.session.operations import ExecuteCommand, GetList, Operation, ReadOut, ReadRegister, WriteRegister
from dlmskit.stack.observe import Layer, Observer

_MODULUS = 8


class Sealing(msgspec.Struct, frozen=True):
    """How requests are ciphered: `counters` of ours begin at `invocation_counter` and are nobody else's."""

    keys: KeySet
    system_title: bytes
    invocation_counter: int
    counters: int = 16
    security_control: int = AUTHENTICATED | ENCRYPTED
    general: bool = False
    dedicated: bool = False


class AssociationState(msgspec.Struct, frozen=True, kw_only=True):
    """An association in which the client may send its next request.

    `send_sequence` and `receive_sequence` are N(S) and N(R) of the next I frame, `max_info` the octets of an
    information field in either direction, `capacity` the longest APDU that the meter takes (None for no bound),
    `invoke_id` that of the next request. `server_lower` and `address_octets` make the HDLC address of the meter.
    """

    framing: Literal["wrapper", "hdlc", "none"] = "wrapper"
    client_sap: int = 16
    server_sap: int = 1
    server_lower: int | None = None
    address_octets: int = 0
    send_sequence: int = 0
    receive_sequence: int = 0
    max_info: int = 128
    invoke_id: int = 1
    priority: bool = True
    conformance: Conformance = CLIENT_CONFORMANCE
    capacity: int | None = 1024
    sealing: Sealing | None = None


class SignedOnState(msgspec.Struct, frozen=True, kw_only=True):
    """A meter that speaks IEC 62056-21. `programming` False means that the client has to sign on for a read-out."""

    programming: bool = True
    address: str = ""
    rate: str = "5"


State = AssociationState | SignedOnState


class RenderedFrame(msgspec.Struct, frozen=True):
    """One piece of octets that goes out, and what it is. `operation` is the index of the operation that it serves."""

    octets: bytes
    explanation: Layer
    operation: int


def render(operations: Sequence[Operation], state: State, results: Sequence[Any] = ()) -> tuple[RenderedFrame, ...]:
    """What a client sends for `operations`, one after the other, in pieces as they go out.

    `results` are what the meter answers, in the order of the operations, as a client would get them; None or a missing
    one stands for the shortest good answer. Raises `LocalProtocolError` for what the association does not allow and
    `SecurityError` for protection that cannot be made.
    """
    rendering = _Register(state) if isinstance(state, SignedOnState) else _Association(state)
    observer = Observer(rendering.keys, system_title=rendering.system_title)
    frames = []
    for index, operation in enumerate(operations):
        supplied = results[index] if index < len(results) else None
        for octets in rendering.pieces(operation, supplied):
            frames.append(RenderedFrame(octets, _explained(observer, octets), index))
    return tuple(frames)


def _explained(observer: Observer, octets: bytes) -> Layer:
    layers = observer.feed(octets)
    return layers[0] if len(layers) == 1 else observer.explain(octets)


class _Association:
    """Requests of one association from its stated state on."""

    def __init__(self, state: AssociationState) -> None:
        self._state = state
        self._invoke_id = state.invoke_id & MASK
        self._sent = state.send_sequence
        self._received = state.receive_sequence
        self._channel: Channel | None = None
        self.system_title: bytes | None = None
        sealing = state.sealing
        if sealing is not None:
            self.system_title = sealing.system_title
            self._channel = Channel(
                keys=sealing.keys,
                own_title=sealing.system_title,
                security_control=sealing.security_control,
                guard=ReplayGuard(),
                general=sealing.general,
            )
            self._channel.refill(sealing.invocation_counter, sealing.counters)

    def keys(self, system_title: bytes | None) -> KeySet | None:
        """The keys that the explanation of our own frames needs."""
        return self._state.sealing.keys if self._state.sealing is not None else None

    def pieces(self, operation: Operation, supplied: Any) -> Iterator[bytes]:
        """Frames of every request that the operation takes."""
        exchange = begin(operation, self._scope())
        try:
            request = next(exchange)
            while True:
                answer = _answer(request, operation, supplied)
                yield from self._frames(self._sealed(request.to_bytes()), self._length(answer.to_bytes()))
                request = exchange.send(answer)
        except StopIteration:
            pass
        except ServiceError:
            # the supplied answer is a refusal: nothing more goes out for this operation
            pass
        self._invoke_id = (self._invoke_id + 1) & MASK

    def _scope(self) -> Scope:
        state = self._state
        invoke = self._invoke_id | CONFIRMED | (HIGH_PRIORITY if state.priority else 0)
        capacity = state.capacity
        if capacity is not None and self._channel is not None:
            capacity = max(capacity - self._channel.overhead(), 1)
        return Scope(invoke, state.conformance, capacity, DEFAULT_LIMITS, lambda assembly: None)

    def _sealed(self, plain: bytes) -> bytes:
        sealing = self._state.sealing
        if self._channel is None or sealing is None:
            return plain
        if self._channel.short:
            raise LocalProtocolError(f"the {sealing.counters} counters stated for this rendering are used up")
        return self._channel.seal(plain, dedicated=sealing.dedicated)

    def _length(self, answer: bytes) -> int:
        """Octets of an answer on the line."""
        return len(answer) + (self._channel.overhead() if self._channel is not None else 0)

    def _frames(self, apdu: bytes, answer_octets: int) -> Iterator[bytes]:
        state = self._state
        if state.framing == "none":
            yield apdu
        elif state.framing == "wrapper":
            yield WrapperPdu(state.client_sap, state.server_sap, apdu).to_bytes()
        else:
            yield from self._hdlc(llc.COMMAND + apdu, answer_octets + len(llc.RESPONSE))

    def _hdlc(self, information: bytes, answer_octets: int) -> Iterator[bytes]:
        """I frames of a request, one at a time, and the RR frames that fetch the segments of its answer."""
        pieces = [
            information[at : at + self._state.max_info] for at in range(0, len(information), self._state.max_info)
        ]
        for number, piece in enumerate(pieces):
            control = Control(FrameKind.I, True, self._sent, self._received)
            yield self._frame(control, piece, segmented=number < len(pieces) - 1)
            self._sent = (self._sent + 1) % _MODULUS
        segments = -(-answer_octets // self._state.max_info)
        for _ in range(segments - 1):
            self._received = (self._received + 1) % _MODULUS
            yield self._frame(Control(FrameKind.RR, True, None, self._received))
        self._received = (self._received + 1) % _MODULUS

    def _frame(self, control: Control, information: bytes = b"", *, segmented: bool = False) -> bytes:
        state = self._state
        octets = state.address_octets if state.server_lower is not None else 1
        server = HdlcAddress(state.server_sap, state.server_lower, octets)
        return HdlcFrame(server, HdlcAddress(state.client_sap), control, information, segmented).to_bytes()


def _answer(request: Apdu, operation: Operation, supplied: Any) -> Apdu:
    """The answer that the supplied result, or success, makes to one request."""
    match request:
        case GetRequestNormal(invoke_id_and_priority=invoke):
            return GetResponseNormal(invoke, _result(supplied))
        case GetRequestWithList(invoke_id_and_priority=invoke):
            count = len(operation.items) if isinstance(operation, GetList) else 0
            items = supplied if isinstance(supplied, tuple | list) else (None,) * count
            return GetResponseWithList(invoke, tuple(_result(item) for item in items))
        case SetRequestNormal(invoke_id_and_priority=invoke):
            return SetResponseNormal(invoke, _refusal(supplied) or DataAccessResult.SUCCESS)
        case SetRequestWithFirstDatablock() | SetRequestWithDatablock():
            invoke, number = request.invoke_id_and_priority, request.block_number
            if request.last_block:
                return SetResponseLastDatablock(invoke, _refusal(supplied) or DataAccessResult.SUCCESS, number)
            return SetResponseDatablock(invoke, number)
        case ActionRequestWithFirstPblock() | ActionRequestWithPblock() if not request.last_block:
            return ActionResponseNextPblock(request.invoke_id_and_priority, request.block_number)
        case ActionRequestNormal() | ActionRequestWithFirstPblock() | ActionRequestWithPblock():
            returned = supplied if isinstance(supplied, Data) else None
            result = ActionResult.SUCCESS
            if isinstance(supplied, ServiceError):
                result = ActionResult.from_label(supplied.result)
            return ActionResponseNormal(request.invoke_id_and_priority, result, returned)
    raise LocalProtocolError(f"no answer can be supplied to {request.NAME}")


def _result(supplied: Any) -> Data | DataAccessResult:
    if isinstance(supplied, Data):
        return supplied
    return _refusal(supplied) or null_data()


def _refusal(supplied: Any) -> DataAccessResult | None:
    return DataAccessResult.from_label(supplied.result) if isinstance(supplied, ServiceError) else None


class _Register:
    """Messages to a meter that speaks IEC 62056-21."""

    system_title: bytes | None = None

    def __init__(self, state: SignedOnState) -> None:
        self._state = state

    def keys(self, system_title: bytes | None) -> KeySet | None:
        """None: nothing is ciphered."""
        return None

    def pieces(self, operation: Operation, supplied: Any) -> Iterator[bytes]:
        """The messages of an operation with their block checks."""
        match operation:
            case ReadOut():
                yield Request(self._state.address).to_bytes()
                yield OptionSelect("0", self._state.rate, "0").to_bytes()
            case ReadRegister() | WriteRegister() | ExecuteCommand():
                if not self._state.programming:
                    raise LocalProtocolError("register commands need programming mode")
                data = f"{DataSet(operation.address)}({operation.value})"
                yield with_bcc(Command(operation.command, data).to_bytes())
            case _:
                raise LocalProtocolError(f"IEC 62056-21 has no operation {type(operation).__name__}")
