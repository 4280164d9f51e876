"""The meter's side of short name referencing: the same objects as everywhere else, found by their base names.

A method is invoked by reading its name, with its parameter in a parameterized access, or by writing the parameter to
its name. The Association SN object itself, with its list of objects, is answered here.

What one variable has goes in blocks as its Data alone, what several have as the encoded list of results.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator

import msgspec

from dlmskit.apdu import (
    Apdu,
    AttributeDescriptor,
    BlockNumber,
    BlockNumberAccess,
    ConfirmedService,
    ConfirmedServiceError,
    ErrorClass,
    ExceptionResponse,
    MethodDescriptor,
    ParameterizedAccess,
    ReadDataBlock,
    ReadDataBlockAccess,
    ReadRequest,
    ReadResponse,
    SelectiveAccess,
    UnconfirmedWriteRequest,
    VariableName,
    WriteDataBlockAccess,
    WriteRequest,
    WriteResponse,
    WriteSuccess,
)
from dlmskit.codec.data import Data, null_data, octet_string
from dlmskit.cosem.short_names import CURRENT, ShortNamed, member, object_list
from dlmskit.enums import Conformance, DataAccessResult, DataType, ServiceErrorCode, StateError
from dlmskit.exceptions import ActionError, DataAccessError, DecodeError, RemoteProtocolError
from dlmskit.limits import Limits
from dlmskit.session.cosem.settings import ObjectServer
from dlmskit.session.cosem.transfer import Assembly, cut, room

Request = ReadRequest | WriteRequest
_MOST_ATTRIBUTES = 127
_SERVICE_UNSUPPORTED = 2


class _Target(msgspec.Struct, frozen=True):
    """What a short name stands for."""

    item: ShortNamed
    number: int
    is_method: bool


class _Sending(msgspec.Struct):
    """An answer that goes out in blocks; `sent` is the last number sent."""

    parts: Iterator[tuple[int, bool, bytes]]
    sent: int = 0


class _Receiving(msgspec.Struct):
    """A request that comes in blocks."""

    kind: type[Request]
    assembly: Assembly


class ShortNameServices:
    """Answers the requests of one short name association; `capacity` as in `Services`."""

    def __init__(
        self,
        objects: ObjectServer,
        client_sap: int,
        names: tuple[ShortNamed, ...],
        conformance: Conformance,
        capacity: int | None,
        limits: Limits,
    ) -> None:
        self._objects = objects
        self._client_sap = client_sap
        self._names = sorted((*names, CURRENT), key=_base)
        self._conformance = conformance
        self._capacity = capacity
        self._limits = limits
        self._sending: _Sending | None = None
        self._receiving: _Receiving | None = None

    def resize(self, capacity: int | None) -> None:
        """From now on the client takes this much."""
        self._capacity = capacity

    def goes_on(self, request: Apdu) -> bool:
        """Whether `request` belongs to a transfer that an earlier one began."""
        items = request.variables if isinstance(request, ReadRequest | WriteRequest) else ()
        return any(
            isinstance(item, BlockNumberAccess)
            or (isinstance(item, ReadDataBlockAccess | WriteDataBlockAccess) and item.block_number > 1)
            for item in items
        )

    def permits(self, request: Apdu) -> bool:
        """Whether `request` is a service that was negotiated, with no more references than were."""
        if not isinstance(request, ReadRequest | WriteRequest | UnconfirmedWriteRequest):
            return False
        wanted = _SERVICES[type(request)]
        if len(request.variables) > 1:
            wanted |= Conformance.MULTIPLE_REFERENCES
        for variable in request.variables:
            needed = _FORMS[type(request)].get(type(variable))
            if needed is None or (type(variable) in _BLOCKS and len(request.variables) > 1):
                return False
            wanted |= needed
        return wanted in self._conformance

    def refusal(self, request: Apdu) -> Apdu | None:
        """What a request that is not permitted gets; one that is not confirmed gets nothing."""
        match request:
            case UnconfirmedWriteRequest():
                return None
            case ReadRequest():
                return ConfirmedServiceError(ConfirmedService.READ, ErrorClass.SERVICE, _SERVICE_UNSUPPORTED)
            case WriteRequest():
                return ConfirmedServiceError(ConfirmedService.WRITE, ErrorClass.SERVICE, _SERVICE_UNSUPPORTED)
        return ExceptionResponse(StateError.SERVICE_UNKNOWN, ServiceErrorCode.SERVICE_NOT_SUPPORTED)

    def answer(self, request: Apdu) -> Apdu | None:
        """The answer to a permitted request, None for an unconfirmed one. Never raises for what a client sent."""
        assert isinstance(request, ReadRequest | WriteRequest | UnconfirmedWriteRequest)
        if len(request.variables) == 1:
            match request.variables[0]:
                case BlockNumberAccess() as wanted:
                    return self._next_block(wanted.block_number)
                case ReadDataBlockAccess() as block:
                    return self._take_block(ReadRequest, block.block_number, block.last_block, block.raw_data)
                case WriteDataBlockAccess() as block:
                    assert isinstance(request, WriteRequest)
                    return self._take_block(WriteRequest, block.block_number, block.last_block, _octets(request.data))
        # a new request gives up a transfer that was not finished
        self._sending = self._receiving = None
        if isinstance(request, ReadRequest):
            return self._read_request(request)
        results = self._write_request(request.variables, request.data)
        return WriteResponse(results) if isinstance(request, WriteRequest) else None

    # -- reads and invocations ----------------------------------------------------------------------------------------

    def _read_request(self, request: ReadRequest) -> ReadResponse:
        response = ReadResponse(tuple(self._read(variable) for variable in request.variables))
        if self._capacity is None or len(response.to_bytes()) <= self._capacity:
            return response
        if Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ in self._conformance:
            return self._first_block(response)
        if Conformance.GENERAL_BLOCK_TRANSFER in self._conformance:
            return response
        return ReadResponse(tuple(self._withheld(variable) for variable in request.variables))

    def _read(self, variable: object) -> Data | DataAccessResult:
        assert isinstance(variable, VariableName | ParameterizedAccess)
        target = self._target(variable.variable_name)
        if target is None:
            return DataAccessResult.OBJECT_UNDEFINED
        parameter = variable.parameter if isinstance(variable, ParameterizedAccess) else None
        if target.is_method:
            return self._invoke(target, parameter)
        if target.item is CURRENT:
            return self._association(target.number)
        access = None
        if isinstance(variable, ParameterizedAccess):
            access = SelectiveAccess(variable.selector, variable.parameter)
        try:
            return self._objects.get(self._client_sap, _attribute(target), access)
        except DataAccessError as error:
            return _result(error.result)

    def _invoke(self, target: _Target, parameter: Data | None) -> Data | DataAccessResult:
        if target.item is CURRENT:
            return DataAccessResult.READ_WRITE_DENIED
        given = None if parameter is None or parameter.tag is DataType.NULL_DATA else parameter
        method = MethodDescriptor(target.item.class_id, target.item.obis, target.number)
        try:
            returned = self._objects.action(self._client_sap, method, given)
        except ActionError as error:
            return _result(error.result)
        return null_data() if returned is None else returned

    def _association(self, attribute: int) -> Data | DataAccessResult:
        match attribute:
            case 1:
                return octet_string(CURRENT.obis.to_bytes())
            case 2:
                return object_list(self._names)
        return DataAccessResult.OBJECT_UNDEFINED

    def _withheld(self, variable: object) -> Data | DataAccessResult:
        """What stands for a result that cannot be sent; an invocation was done and must not look refused."""
        assert isinstance(variable, VariableName | ParameterizedAccess)
        target = self._target(variable.variable_name)
        done = target is not None and target.is_method
        return null_data() if done else DataAccessResult.DATA_BLOCK_UNAVAILABLE

    # -- writes -------------------------------------------------------------------------------------------------------

    def _write_request(
        self, variables: tuple[object, ...], values: tuple[Data, ...]
    ) -> tuple[WriteSuccess | DataAccessResult, ...]:
        if len(variables) != len(values):
            return tuple(DataAccessResult.OTHER_REASON for _ in variables)
        return tuple(self._write(variable, value) for variable, value in zip(variables, values, strict=True))

    def _write(self, variable: object, value: Data) -> WriteSuccess | DataAccessResult:
        if not isinstance(variable, VariableName):
            return DataAccessResult.SCOPE_OF_ACCESS_VIOLATED
        target = self._target(variable.variable_name)
        if target is None:
            return DataAccessResult.OBJECT_UNDEFINED
        if target.is_method:
            result = self._invoke(target, value)
            return WriteSuccess() if isinstance(result, Data) else result
        if target.item is CURRENT:
            return DataAccessResult.READ_WRITE_DENIED
        try:
            self._objects.set(self._client_sap, _attribute(target), value)
        except DataAccessError as error:
            return _result(error.result)
        return WriteSuccess()

    # -- blocks -------------------------------------------------------------------------------------------------------

    def _first_block(self, response: ReadResponse) -> ReadResponse:
        octets = response.to_bytes()[len(response.HEAD) :]
        if len(response.results) == 1 and isinstance(response.results[0], Data):
            octets = response.results[0].to_bytes()
        size = room(self._capacity, ReadResponse((ReadDataBlock(False, 1, b""),)).to_bytes()) or len(octets)
        self._sending = _Sending(cut(octets, size, size))
        return self._next_block(0)

    def _next_block(self, received: int) -> ReadResponse:
        sending = self._sending
        if sending is None:
            return ReadResponse((DataAccessResult.NO_LONG_GET_IN_PROGRESS,))
        if received != sending.sent:
            self._sending = None
            return ReadResponse((DataAccessResult.DATA_BLOCK_NUMBER_INVALID,))
        sending.sent, last, part = next(sending.parts)
        if last:
            self._sending = None
        return ReadResponse((ReadDataBlock(last, sending.sent, part),))

    def _take_block(self, kind: type[Request], number: int, last: bool, part: bytes | None) -> Apdu | None:
        confirm = _ANSWERS[kind]
        self._sending = None
        if number == 1:
            self._receiving = _Receiving(kind, Assembly(self._limits))
        receiving, self._receiving = self._receiving, None
        if receiving is None or receiving.kind is not kind or part is None:
            return confirm(DataAccessResult.NO_LONG_SET_IN_PROGRESS)
        try:
            receiving.assembly.add(number, part)
        except RemoteProtocolError:
            return confirm(DataAccessResult.DATA_BLOCK_NUMBER_INVALID)
        except DecodeError:
            return confirm(DataAccessResult.LONG_SET_ABORTED)
        if not last:
            self._receiving = receiving
            return confirm(BlockNumber(number))
        try:
            whole = kind.from_bytes(kind.HEAD + receiving.assembly.join(), limits=self._limits)
        except DecodeError:
            return confirm(DataAccessResult.TYPE_UNMATCHED)
        in_blocks = any(type(variable) in _BLOCKS for variable in whole.variables)
        if in_blocks or not self.permits(whole):
            return confirm(DataAccessResult.DATA_BLOCK_UNAVAILABLE)
        return self.answer(whole)

    def _target(self, name: int) -> _Target | None:
        """The attribute or method with this name: of the object with the next base name below."""
        place = bisect_right(self._names, name, key=_base) - 1
        if place < 0:
            return None
        item = self._names[place]
        found = member(item.class_id, item.version, name - item.base)
        if found is None or found[1] > _MOST_ATTRIBUTES:
            return None
        return _Target(item, found[1], found[0] == "method")


_SERVICES: dict[type[Apdu], Conformance] = {
    ReadRequest: Conformance.READ,
    WriteRequest: Conformance.WRITE,
    UnconfirmedWriteRequest: Conformance.UNCONFIRMED_WRITE,
}
_PLAIN: dict[type, Conformance] = {
    VariableName: Conformance(0),
    ParameterizedAccess: Conformance.PARAMETERIZED_ACCESS,
}
_FORMS: dict[type[Apdu], dict[type, Conformance]] = {
    ReadRequest: {
        **_PLAIN,
        BlockNumberAccess: Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ,
        ReadDataBlockAccess: Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ,
    },
    WriteRequest: {**_PLAIN, WriteDataBlockAccess: Conformance.BLOCK_TRANSFER_WITH_SET_OR_WRITE},
    UnconfirmedWriteRequest: _PLAIN,
}
"""what may stand in a request, and what must have been negotiated for it"""
_BLOCKS = frozenset({BlockNumberAccess, ReadDataBlockAccess, WriteDataBlockAccess})


def _read_answer(result: BlockNumber | DataAccessResult) -> Apdu:
    return ReadResponse((result,))


def _write_answer(result: BlockNumber | DataAccessResult) -> Apdu:
    return WriteResponse((result,))


_ANSWERS: dict[type[Request], Callable[[BlockNumber | DataAccessResult], Apdu]] = {
    ReadRequest: _read_answer,
    WriteRequest: _write_answer,
}


def _base(item: ShortNamed) -> int:
    return item.base


def _attribute(target: _Target) -> AttributeDescriptor:
    return AttributeDescriptor(target.item.class_id, target.item.obis, target.number)


def _octets(values: tuple[Data, ...]) -> bytes | None:
    """The part of a write request that a block holds, None where the block has another form."""
    return bytes(values[0].value) if len(values) == 1 and values[0].tag is DataType.OCTET_STRING else None


def _result(label: str) -> DataAccessResult:
    """The data-access-result of that name; those of methods in blocks have none."""
    known = {item.label: item for item in DataAccessResult}
    return known.get(label, DataAccessResult.OTHER_REASON)
