"""Short name referencing, client side: attributes read and written by their 16-bit names.

The attributes of an object lie 8 apart: attribute n of the object with base name b is b + 8 (n - 1). Requests carry no
invoke-id, so an answer is known by its service only.
"""

from __future__ import annotations

from dlmskit.apdu import (
    BlockNumberAccess,
    ParameterizedAccess,
    ReadDataBlock,
    ReadRequest,
    ReadResponse,
    UnconfirmedWriteRequest,
    VariableName,
    WriteRequest,
    WriteResponse,
    WriteSuccess,
)
from dlmskit.codec.data import Data
from dlmskit.enums import Conformance, DataAccessResult
from dlmskit.exceptions import DataAccessError, LocalProtocolError, RemoteProtocolError
from dlmskit.session.cosem.exchange import Exchange, Scope, unexpected
from dlmskit.session.cosem.transfer import Assembly
from dlmskit.session.operations import ReadNames, ShortName, WriteNames


def read_names(operation: ReadNames, scope: Scope) -> Exchange:
    """Read variables, in blocks where the meter answers so; a refused one is a result like the others."""
    names = operation.names
    request = ReadRequest(tuple(_variable(name) for name in names))
    _check(names, request, scope)
    answer = yield request
    if not isinstance(answer, ReadResponse):
        unexpected(answer, request)
    if len(answer.results) == 1 and isinstance(answer.results[0], ReadDataBlock):
        answer = yield from _blocks(answer, request, scope)
    if len(answer.results) != len(names):
        raise RemoteProtocolError(f"read-response: wanted {len(names)} results, found {len(answer.results)}")
    return tuple(_value(name, result) for name, result in zip(names, answer.results, strict=True))


def _blocks(answer: ReadResponse, request: ReadRequest, scope: Scope) -> Exchange:
    assembly = Assembly(scope.limits)
    while True:
        block = answer.results[0] if len(answer.results) == 1 else None
        if isinstance(block, DataAccessResult):
            raise DataAccessError(block.label, "a read in blocks")
        if not isinstance(block, ReadDataBlock):
            raise RemoteProtocolError("read-response: a block was wanted")
        assembly.add(block.block_number, block.raw_data)
        scope.progressed(assembly)
        if block.last_block:
            return ReadResponse.from_bytes(ReadResponse.HEAD + assembly.join(), limits=scope.limits)
        following = yield ReadRequest((BlockNumberAccess(block.block_number),))
        if not isinstance(following, ReadResponse):
            unexpected(following, request)
        answer = following


def write_names(operation: WriteNames, scope: Scope) -> Exchange:
    """Write variables; a refused one is a result like the others."""
    names, values = operation.names, operation.values
    if len(names) != len(values):
        raise LocalProtocolError(f"{len(names)} names and {len(values)} values do not go together")
    variables = tuple(_variable(name) for name in names)
    if not operation.confirmed:
        unconfirmed = UnconfirmedWriteRequest(variables, values)
        _check(names, unconfirmed, scope)
        yield unconfirmed
        return None
    request = WriteRequest(variables, values)
    _check(names, request, scope)
    answer = yield request
    if not isinstance(answer, WriteResponse):
        unexpected(answer, request)
    if len(answer.results) != len(names):
        raise RemoteProtocolError(f"write-response: wanted {len(names)} results, found {len(answer.results)}")
    return tuple(_written(name, result) for name, result in zip(names, answer.results, strict=True))


def describe_name(name: ShortName) -> str:
    """The variable in words of an error message."""
    selected = "" if name.selector is None else f", selector {name.selector}"
    return f"short name 0x{name.name:04X}{selected}"


def _variable(name: ShortName) -> VariableName | ParameterizedAccess:
    if name.selector is None:
        return VariableName(name.name)
    if name.parameter is None:
        raise LocalProtocolError(f"{describe_name(name)}: a selector needs a parameter")
    return ParameterizedAccess(name.name, name.selector, name.parameter)


def _check(
    names: tuple[ShortName, ...], request: ReadRequest | WriteRequest | UnconfirmedWriteRequest, scope: Scope
) -> None:
    if not names:
        raise LocalProtocolError("a list of names must not be empty")
    if len(names) > 1 and Conformance.MULTIPLE_REFERENCES not in scope.conformance:
        raise LocalProtocolError("the meter did not grant: multiple-references")
    if any(name.selector is not None for name in names) and Conformance.PARAMETERIZED_ACCESS not in scope.conformance:
        raise LocalProtocolError("the meter did not grant: parameterized-access")
    scope.check(request)


def _value(name: ShortName, result: object) -> Data | DataAccessError:
    if isinstance(result, Data):
        return result
    if isinstance(result, DataAccessResult):
        return DataAccessError(result.label, describe_name(name))
    raise RemoteProtocolError("read-response: a block among other results")


def _written(name: ShortName, result: object) -> DataAccessError | None:
    if isinstance(result, WriteSuccess):
        return None
    if isinstance(result, DataAccessResult):
        return DataAccessError(result.label, describe_name(name))
    raise RemoteProtocolError("write-response: a block number among other results")
