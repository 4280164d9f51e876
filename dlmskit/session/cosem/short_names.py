"""Short name referencing, client side: variables read and written by their 16-bit names.

Requests carry no invoke-id, so an answer is known by its service only. What does not fit goes in blocks, either way:
the encoded request is cut into parts, each confirmed by its number; an answer is fetched part by part.
"""

from __future__ import annotations

from collections.abc import Callable, Generator

from dlmskit.apdu import (
    Apdu,
    BlockNumber,
    BlockNumberAccess,
    ParameterizedAccess,
    ReadDataBlock,
    ReadDataBlockAccess,
    ReadRequest,
    ReadResponse,
    UnconfirmedWriteRequest,
    VariableName,
    WriteDataBlockAccess,
    WriteRequest,
    WriteResponse,
    WriteSuccess,
)
from dlmskit.codec.data import Data, octet_string
from dlmskit.enums import Conformance, DataAccessResult
from dlmskit.exceptions import DataAccessError, DecodeError, LocalProtocolError, RemoteProtocolError
from dlmskit.limits import Limits
from dlmskit.session.cosem.exchange import Exchange, Scope, check_number, parts, unexpected
from dlmskit.session.cosem.transfer import Assembly
from dlmskit.session.operations import ReadNames, ShortName, WriteNames

Request = ReadRequest | WriteRequest


def read_names(operation: ReadNames, scope: Scope) -> Exchange:
    """Read variables, in blocks where the meter answers so; a refused one is a result like the others."""
    names = operation.names
    request = ReadRequest(tuple(_variable(name) for name in names))
    _check(names, scope)
    answer = yield from _asked(request, scope)
    if not isinstance(answer, ReadResponse):
        unexpected(answer, request)
    results: tuple[object, ...] = answer.results
    if len(results) == 1 and isinstance(results[0], ReadDataBlock):
        octets = yield from _blocks(answer, request, scope)
        results = _results(octets, len(names), scope.limits)
    if len(results) != len(names):
        raise RemoteProtocolError(f"read-response: wanted {len(names)} results, found {len(results)}")
    return tuple(_value(name, result) for name, result in zip(names, results, strict=True))


def write_names(operation: WriteNames, scope: Scope) -> Exchange:
    """Write variables; a refused one is a result like the others."""
    names, values = operation.names, operation.values
    if len(names) != len(values):
        raise LocalProtocolError(f"{len(names)} names and {len(values)} values do not go together")
    variables = tuple(_variable(name) for name in names)
    _check(names, scope)
    if not operation.confirmed:
        unconfirmed = UnconfirmedWriteRequest(variables, values)
        scope.check(unconfirmed)
        yield unconfirmed
        return None
    request = WriteRequest(variables, values)
    answer = yield from _asked(request, scope)
    if not isinstance(answer, WriteResponse):
        unexpected(answer, request)
    if len(answer.results) != len(names):
        raise RemoteProtocolError(f"write-response: wanted {len(names)} results, found {len(answer.results)}")
    return tuple(_written(name, result) for name, result in zip(names, answer.results, strict=True))


def describe_name(name: ShortName) -> str:
    """The variable in words of an error message."""
    selected = "" if name.selector is None else f", selector {name.selector}"
    return f"short name 0x{name.name:04X}{selected}"


def _asked(request: Request, scope: Scope) -> Generator[Apdu, Apdu, Apdu]:
    """The answer to a request, which goes in blocks where it does not fit."""
    granted, block = _IN_BLOCKS[type(request)]
    if scope.fits(request) or granted not in scope.conformance:
        scope.check(request)
        answer = yield request
        return answer
    for number, last, part in parts(request.to_bytes()[len(request.HEAD) :], block, scope):
        answer = yield block(number, last, part)
        if last:
            break
        confirmed = answer.results[0] if isinstance(answer, ReadResponse | WriteResponse) and answer.results else None
        if isinstance(confirmed, DataAccessResult):
            raise DataAccessError(confirmed.label, f"{request.NAME} in blocks")
        if not isinstance(confirmed, BlockNumber):
            unexpected(answer, request)
        check_number(confirmed.block_number, number)
    return answer


def _read_block(number: int, last: bool, part: bytes) -> ReadRequest:
    return ReadRequest((ReadDataBlockAccess(last, number, part),))


def _write_block(number: int, last: bool, part: bytes) -> WriteRequest:
    return WriteRequest((WriteDataBlockAccess(last, number),), (octet_string(part),))


_IN_BLOCKS: dict[type[Request], tuple[Conformance, Callable[[int, bool, bytes], Request]]] = {
    ReadRequest: (Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ, _read_block),
    WriteRequest: (Conformance.BLOCK_TRANSFER_WITH_SET_OR_WRITE, _write_block),
}
"""what has to be granted for a request in blocks, and one block of it"""


def _blocks(answer: ReadResponse, request: ReadRequest, scope: Scope) -> Generator[Apdu, Apdu, bytes]:
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
            return assembly.join()
        following = yield ReadRequest((BlockNumberAccess(block.block_number),))
        if not isinstance(following, ReadResponse):
            unexpected(following, request)
        answer = following


def _results(octets: bytes, wanted: int, limits: Limits) -> tuple[object, ...]:
    """What came in blocks: the encoded list of results, or for one variable its Data alone.

    No octets have both forms: as Data a list of one result is an empty array with something behind it.
    """
    try:
        results: tuple[object, ...] = ReadResponse.from_bytes(ReadResponse.HEAD + octets, limits=limits).results
    except DecodeError:
        if wanted != 1:
            raise
    else:
        if wanted != 1 or (len(results) == 1 and isinstance(results[0], Data)):
            return results
    return (Data.from_bytes(octets, limits=limits),)


def _variable(name: ShortName) -> VariableName | ParameterizedAccess:
    if name.selector is None:
        return VariableName(name.name)
    if name.parameter is None:
        raise LocalProtocolError(f"{describe_name(name)}: a selector needs a parameter")
    return ParameterizedAccess(name.name, name.selector, name.parameter)


def _check(names: tuple[ShortName, ...], scope: Scope) -> None:
    if not names:
        raise LocalProtocolError("a list of names must not be empty")
    if len(names) > 1:
        scope.require(Conformance.MULTIPLE_REFERENCES)
    if any(name.selector is not None for name in names):
        scope.require(Conformance.PARAMETERIZED_ACCESS)


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
