"""Several writes, several invocations, or any mixture of services in one request: SET and ACTION with list, ACCESS."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TypeVar

from dlmskit.apdu import (
    AccessRequest,
    AccessRequestAction,
    AccessRequestGet,
    AccessRequestGetWithSelection,
    AccessRequestSet,
    AccessResponse,
    AccessResponseAction,
    AccessResponseGet,
    AccessResponseSet,
    ActionRequestWithList,
    ActionResponseNormal,
    ActionResponseWithList,
    Apdu,
    AttributeWithSelection,
    MethodDescriptor,
    SetRequestWithDatablock,
    SetRequestWithList,
    SetRequestWithListAndFirstDatablock,
    SetResponseDatablock,
    SetResponseLastDatablock,
    SetResponseLastDatablockWithList,
    SetResponseNormal,
    SetResponseWithList,
)
from dlmskit.apdu.access import AccessRequestSpecification, AccessResponseSpecification
from dlmskit.codec.axdr import encode_length
from dlmskit.codec.data import Data, null_data
from dlmskit.enums import ActionResult, Conformance, DataAccessResult, DataType
from dlmskit.exceptions import ActionError, DataAccessError, LocalProtocolError, RemoteProtocolError
from dlmskit.session.cosem.exchange import Exchange, Scope, attribute_of, check_number, describe, parts, unexpected
from dlmskit.session.cosem.invoke import long_invoke
from dlmskit.session.operations import AccessList, Action, ActionList, Get, Set, SetList

Item = TypeVar("Item")


def set_list(operation: SetList, scope: Scope) -> Exchange:
    """Write several attributes, in blocks where they do not fit; a refused one is a result like the others."""
    _check_items(operation.items)
    items = tuple(AttributeWithSelection(attribute_of(item), None) for item in operation.items)
    request = SetRequestWithList(scope.invoke, items, tuple(item.value for item in operation.items))
    if not scope.fits(request) and Conformance.BLOCK_TRANSFER_WITH_SET_OR_WRITE in scope.conformance:
        results = yield from _set_list_blocks(operation, items, scope)
    else:
        scope.check(request)
        answer = yield request
        if isinstance(answer, SetResponseNormal) and answer.result != DataAccessResult.SUCCESS:
            raise DataAccessError(answer.result.label, describe(operation))  # a meter may refuse the list as one
        if not isinstance(answer, SetResponseWithList):
            unexpected(answer, request)
        results = answer.results
    _check_count(results, operation.items)
    return tuple(
        None if result == DataAccessResult.SUCCESS else DataAccessError(result.label, describe(item))
        for item, result in zip(operation.items, results, strict=True)
    )


def _set_list_blocks(
    operation: SetList, items: tuple[AttributeWithSelection, ...], scope: Scope
) -> Generator[Apdu, Apdu, tuple[DataAccessResult, ...]]:
    def block(number: int, last: bool, part: bytes) -> Apdu:
        if number == 1:
            return SetRequestWithListAndFirstDatablock(scope.invoke, items, last, number, part)
        return SetRequestWithDatablock(scope.invoke, last, number, part)

    values = encode_length(len(items)) + b"".join(item.value.to_bytes() for item in operation.items)
    if not scope.fits(block(1, False, b"")):
        raise LocalProtocolError(f"a list of {len(items)} attributes does not fit: the meter takes {scope.capacity}")
    for number, last, part in parts(values, block, scope):
        request = block(number, last, part)
        answer = yield request
        if isinstance(answer, SetResponseDatablock) and not last:
            check_number(answer.block_number, number)
            continue
        if isinstance(answer, SetResponseLastDatablockWithList) and last:
            check_number(answer.block_number, number)
            return answer.results
        if (
            isinstance(answer, SetResponseLastDatablock | SetResponseNormal)
            and answer.result != DataAccessResult.SUCCESS
        ):
            raise DataAccessError(answer.result.label, describe(operation))
        break
    unexpected(answer, request)


def action_list(operation: ActionList, scope: Scope) -> Exchange:
    """Invoke several methods; a refused one is a result like the others."""
    _check_items(operation.items)
    methods = tuple(MethodDescriptor(item.class_id, item.obis, item.method) for item in operation.items)
    parameters = tuple(null_data() if item.parameters is None else item.parameters for item in operation.items)
    request = ActionRequestWithList(scope.invoke, methods, parameters)
    scope.check(request)
    answer = yield request
    if isinstance(answer, ActionResponseNormal) and answer.result != ActionResult.SUCCESS:
        raise ActionError(answer.result.label, describe(operation))
    if not isinstance(answer, ActionResponseWithList):
        unexpected(answer, request)
    _check_count(answer.responses, operation.items)
    return tuple(
        _invoked(response.result, response.return_parameters, item)
        for item, response in zip(operation.items, answer.responses, strict=True)
    )


def _invoked(
    result: ActionResult, returned: Data | DataAccessResult | None, operation: Action
) -> Data | ActionError | None:
    if result != ActionResult.SUCCESS:
        return ActionError(result.label, describe(operation))
    if isinstance(returned, DataAccessResult):
        return None if returned == DataAccessResult.SUCCESS else ActionError(returned.label, describe(operation))
    return returned


def access_list(operation: AccessList, scope: Scope) -> Exchange:
    """Reads, writes and invocations in the order given; what was refused is a result like the others."""
    _check_items(operation.items)
    wanted = tuple(_specification(item) for item in operation.items)
    request = AccessRequest(
        long_invoke(scope.invoke), None, wanted, tuple(_access_data(item) for item in operation.items)
    )
    scope.check(request)
    answer = yield request
    if not isinstance(answer, AccessResponse):
        unexpected(answer, request)
    if answer.specifications is not None and answer.specifications != wanted:
        raise RemoteProtocolError("access-response: it repeats another request than was sent")
    _check_count(answer.results, operation.items)
    _check_count(answer.data, operation.items)
    return tuple(
        _accessed(item, data, result)
        for item, data, result in zip(operation.items, answer.data, answer.results, strict=True)
    )


def _specification(item: Get | Set | Action) -> AccessRequestSpecification:
    if isinstance(item, Action):
        return AccessRequestAction(MethodDescriptor(item.class_id, item.obis, item.method))
    if isinstance(item, Set):
        return AccessRequestSet(attribute_of(item))
    if item.access is None:
        return AccessRequestGet(attribute_of(item))
    return AccessRequestGetWithSelection(attribute_of(item), item.access)


def _access_data(item: Get | Set | Action) -> Data:
    if isinstance(item, Set):
        return item.value
    given = item.parameters if isinstance(item, Action) else None
    return null_data() if given is None else given


_ANSWERS: dict[type, type] = {Get: AccessResponseGet, Set: AccessResponseSet, Action: AccessResponseAction}


def _accessed(
    item: Get | Set | Action, data: Data, result: AccessResponseSpecification
) -> Data | DataAccessError | ActionError | None:
    if type(result) is not _ANSWERS[type(item)]:
        raise RemoteProtocolError(f"access-response: {type(result).__name__} where {type(item).__name__} was asked")
    if isinstance(result, AccessResponseAction):
        if result.result is not ActionResult.SUCCESS:
            return ActionError(result.result.label, describe(item))
    elif result.result is not DataAccessResult.SUCCESS:
        return DataAccessError(result.result.label, describe(item))
    if isinstance(item, Get):
        return data
    return None if isinstance(item, Set) or data.tag == DataType.NULL_DATA else data


def _check_items(items: Sequence[Item]) -> None:
    if not items:
        raise LocalProtocolError("a list of operations must not be empty")


def _check_count(found: Sequence[object], items: Sequence[Item]) -> None:
    if len(found) != len(items):
        raise RemoteProtocolError(f"wanted {len(items)} results, found {len(found)}")
