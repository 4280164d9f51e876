"""One operation as a dialogue of APDUs.

Each exchange is a generator: it yields a request, is sent the answer, and returns the operation's result. What does not
answer the request (another invoke-id) never reaches it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any, NoReturn

import msgspec

from dlmskit.apdu import (
    ActionRequestNextPblock,
    ActionRequestNormal,
    ActionRequestWithFirstPblock,
    ActionRequestWithPblock,
    ActionResponseNextPblock,
    ActionResponseNormal,
    ActionResponseWithPblock,
    Apdu,
    AttributeDescriptor,
    AttributeWithSelection,
    GetRequestNext,
    GetRequestNormal,
    GetRequestWithList,
    GetResponseNormal,
    GetResponseWithDatablock,
    GetResponseWithList,
    MethodDescriptor,
    SetRequestNormal,
    SetRequestWithDatablock,
    SetRequestWithFirstDatablock,
    SetResponseDatablock,
    SetResponseLastDatablock,
    SetResponseNormal,
)
from dlmskit.codec.data import Data
from dlmskit.cosem.short_names import ShortNamed
from dlmskit.enums import ActionResult, Conformance, DataAccessResult
from dlmskit.exceptions import ActionError, DataAccessError, LocalProtocolError, RemoteProtocolError
from dlmskit.limits import Limits
from dlmskit.obis import Obis
from dlmskit.session.cosem.transfer import Assembly, cut, room
from dlmskit.session.operations import Action, Get, GetList, Operation, Set

Exchange = Generator[Apdu, Apdu, Any]
_NO_BOUND = 0xFFFF_FFFF
_GET_BLOCKS = (GetResponseWithDatablock, GetResponseNormal)


class Scope(msgspec.Struct):
    """What an exchange may do: its invoke-id-and-priority, what was negotiated, and the bounds.

    `capacity` is the longest plain APDU that the meter takes, None for no bound; `progressed` is told of each block.
    `names` are the objects of a short name association as far as they are known, None in logical name referencing.
    """

    invoke: int
    conformance: Conformance
    capacity: int | None
    limits: Limits
    progressed: Callable[[Assembly], None]
    names: dict[tuple[int, Obis], ShortNamed] | None = None
    encoded: tuple[Apdu, bytes] | None = None
    """the request looked at last, in octets"""

    def require(self, bits: Conformance) -> None:
        """Raises `LocalProtocolError` naming the bits that were not granted."""
        # as numbers: arithmetic of flags costs more than the rest of a request
        lacking = int(bits) & ~int(self.conformance)
        if lacking:
            raise LocalProtocolError(f"the meter did not grant: {', '.join(Conformance(lacking).labels)}")

    def check(self, request: Apdu) -> None:
        """Raises `LocalProtocolError` for a request that is too long for the meter and cannot go in general blocks."""
        if not self.fits(request) and Conformance.GENERAL_BLOCK_TRANSFER not in self.conformance:
            raise LocalProtocolError(
                f"{request.NAME} of {len(self.octets_of(request))} octets does not fit: the meter takes {self.capacity}"
            )

    def fits(self, request: Apdu) -> bool:
        return self.capacity is None or len(self.octets_of(request)) <= self.capacity

    def octets_of(self, request: Apdu) -> bytes:
        """The request in octets, made once. Raises `EncodeError`."""
        if self.encoded is None or self.encoded[0] is not request:
            self.encoded = request, request.to_bytes()
        return self.encoded[1]


def get(operation: Get, scope: Scope) -> Exchange:
    """Read one attribute, in blocks where the meter answers so."""
    request = GetRequestNormal(scope.invoke, attribute_of(operation), operation.access)
    scope.check(request)
    answer = yield request
    if isinstance(answer, GetResponseNormal):
        return _value(answer.result, operation)
    raw = yield from _get_blocks(answer, request, operation, scope)
    return Data.from_bytes(raw, limits=scope.limits)


def get_list(operation: GetList, scope: Scope) -> Exchange:
    """Read several attributes; a refused one is a result like the others."""
    if not operation.items:
        raise LocalProtocolError("a list of attributes must not be empty")
    items = tuple(AttributeWithSelection(attribute_of(item), item.access) for item in operation.items)
    request = GetRequestWithList(scope.invoke, items)
    scope.check(request)
    answer = yield request
    if isinstance(answer, GetResponseWithDatablock):
        raw = yield from _get_blocks(answer, request, operation, scope)
        whole = GetResponseWithList.HEAD + bytes((scope.invoke,)) + raw
        answer = GetResponseWithList.from_bytes(whole, limits=scope.limits)
    if not isinstance(answer, GetResponseWithList):
        unexpected(answer, request)
    if len(answer.results) != len(items):
        raise RemoteProtocolError(f"get-response-with-list: wanted {len(items)} results, found {len(answer.results)}")
    return tuple(
        result if isinstance(result, Data) else DataAccessError(result.label, describe(item))
        for item, result in zip(operation.items, answer.results, strict=True)
    )


def _get_blocks(answer: Apdu, request: Apdu, operation: Operation, scope: Scope) -> Generator[Apdu, Apdu, bytes]:
    assembly = Assembly(scope.limits)
    while True:
        # a meter that gives up answers in either form
        if not isinstance(answer, _GET_BLOCKS):
            unexpected(answer, request)
        if isinstance(answer.result, DataAccessResult):
            raise DataAccessError(answer.result.label, describe(operation))
        if not isinstance(answer, GetResponseWithDatablock):
            unexpected(answer, request)
        assembly.add(answer.block_number, answer.result)
        scope.progressed(assembly)
        if answer.last_block:
            return assembly.join()
        answer = yield GetRequestNext(scope.invoke, answer.block_number)


def write(operation: Set, scope: Scope) -> Exchange:
    """Write one attribute, in blocks where it does not fit."""
    attribute = attribute_of(operation)
    request = SetRequestNormal(scope.invoke, attribute, None, operation.value)
    if not scope.fits(request) and Conformance.BLOCK_TRANSFER_WITH_SET_OR_WRITE in scope.conformance:
        result = yield from _set_blocks(operation, attribute, scope)
    else:
        scope.check(request)
        answer = yield request
        if not isinstance(answer, SetResponseNormal):
            unexpected(answer, request)
        result = answer.result
    if result != DataAccessResult.SUCCESS:
        raise DataAccessError(result.label, describe(operation))


def _set_blocks(
    operation: Set, attribute: AttributeDescriptor, scope: Scope
) -> Generator[Apdu, Apdu, DataAccessResult]:
    def block(number: int, last: bool, part: bytes) -> Apdu:
        if number == 1:
            return SetRequestWithFirstDatablock(scope.invoke, attribute, None, last, number, part)
        return SetRequestWithDatablock(scope.invoke, last, number, part)

    for number, last, part in parts(operation.value.to_bytes(), block, scope):
        request = block(number, last, part)
        answer = yield request
        if isinstance(answer, SetResponseDatablock) and not last:
            check_number(answer.block_number, number)
            continue
        if not isinstance(answer, SetResponseLastDatablock | SetResponseNormal):
            break
        if answer.result == DataAccessResult.SUCCESS:
            if not last:
                break  # a meter may give up before the last block, but not succeed
            if isinstance(answer, SetResponseLastDatablock):
                check_number(answer.block_number, number)
        return answer.result
    unexpected(answer, request)


def action(operation: Action, scope: Scope) -> Exchange:
    """Invoke one method, in blocks where its parameters do not fit."""
    method = MethodDescriptor(operation.class_id, operation.obis, operation.method)
    request: Apdu = ActionRequestNormal(scope.invoke, method, operation.parameters)
    if (
        not scope.fits(request)
        and operation.parameters is not None
        and Conformance.BLOCK_TRANSFER_WITH_ACTION in scope.conformance
    ):
        answer = yield from _action_blocks(operation.parameters, method, scope)
    else:
        scope.check(request)
        answer = yield request
    if isinstance(answer, ActionResponseWithPblock):
        raw = yield from _pblocks(answer, request, operation, scope)
        return Data.from_bytes(raw, limits=scope.limits)
    if not isinstance(answer, ActionResponseNormal):
        unexpected(answer, request)
    if answer.result != ActionResult.SUCCESS:
        raise ActionError(answer.result.label, describe(operation))
    if isinstance(answer.return_parameters, DataAccessResult):
        if answer.return_parameters == DataAccessResult.SUCCESS:
            return None  # seen where a method returns nothing
        raise ActionError(answer.return_parameters.label, describe(operation))
    return answer.return_parameters


def _action_blocks(parameters: Data, method: MethodDescriptor, scope: Scope) -> Generator[Apdu, Apdu, Apdu]:
    def block(number: int, last: bool, part: bytes) -> Apdu:
        if number == 1:
            return ActionRequestWithFirstPblock(scope.invoke, method, last, number, part)
        return ActionRequestWithPblock(scope.invoke, last, number, part)

    for number, last, part in parts(parameters.to_bytes(), block, scope):
        request = block(number, last, part)
        answer = yield request
        if last or (isinstance(answer, ActionResponseNormal) and answer.result != ActionResult.SUCCESS):
            return answer
        if not isinstance(answer, ActionResponseNextPblock):
            break
        check_number(answer.block_number, number)
    unexpected(answer, request)


def _pblocks(answer: Apdu, request: Apdu, operation: Action, scope: Scope) -> Generator[Apdu, Apdu, bytes]:
    assembly = Assembly(scope.limits)
    while True:
        if isinstance(answer, ActionResponseNormal) and answer.result != ActionResult.SUCCESS:
            raise ActionError(answer.result.label, describe(operation))
        if not isinstance(answer, ActionResponseWithPblock):
            unexpected(answer, request)
        assembly.add(answer.block_number, answer.raw_data)
        scope.progressed(assembly)
        if answer.last_block:
            return assembly.join()
        answer = yield ActionRequestNextPblock(scope.invoke, answer.block_number)


def parts(octets: bytes, block: Callable[[int, bool, bytes], Apdu], scope: Scope) -> Iterator[tuple[int, bool, bytes]]:
    """(number, last, part) of `octets`, as much in each as fits into what `block` makes of it."""
    first = room(scope.capacity, block(1, False, b"").to_bytes()) or _NO_BOUND
    others = room(scope.capacity, block(2, False, b"").to_bytes()) or _NO_BOUND
    return cut(octets, first, others)


def check_number(found: int, wanted: int) -> None:
    """Raises `RemoteProtocolError` where the meter confirms another block than was sent."""
    if found != wanted:
        raise RemoteProtocolError(f"block transfer: block {wanted} was sent, the meter confirmed {found}")


def _value(result: Data | DataAccessResult, operation: Get) -> Data:
    if isinstance(result, Data):
        return result
    raise DataAccessError(result.label, describe(operation))


def attribute_of(operation: Get | Set) -> AttributeDescriptor:
    """What the operation points at."""
    return AttributeDescriptor(operation.class_id, operation.obis, operation.attribute)


def unexpected(answer: Apdu, request: Apdu) -> NoReturn:
    """Raises `RemoteProtocolError`."""
    raise RemoteProtocolError(f"{answer.NAME} is no answer to {request.NAME}")


def describe(operation: Operation) -> str:
    """The operation's target in words of an error message."""
    match operation:
        case Get() | Set():
            return f"attribute {operation.attribute} of {operation.obis} (class {operation.class_id})"
        case Action():
            return f"method {operation.method} of {operation.obis} (class {operation.class_id})"
        case _:
            return type(operation).__name__
