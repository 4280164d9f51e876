"""The meter's side of short name referencing: reads and writes by name over the same objects as everywhere else.

Objects are found by their base names in the rules of the association; the Association SN object itself, with its list
of objects, is answered here.
"""

from __future__ import annotations

from collections.abc import Iterator

from dlmskit.apdu import (
    Apdu,
    AttributeDescriptor,
    BlockNumberAccess,
    ParameterizedAccess,
    ReadDataBlock,
    ReadRequest,
    ReadResponse,
    SelectiveAccess,
    UnconfirmedWriteRequest,
    VariableName,
    WriteRequest,
    WriteResponse,
    WriteSuccess,
)
from dlmskit.codec.data import Data, array, long, long_unsigned, octet_string, structure, unsigned
from dlmskit.enums import Conformance, DataAccessResult
from dlmskit.exceptions import DataAccessError
from dlmskit.limits import Limits
from dlmskit.session.cosem.settings import ObjectServer, ShortNamed
from dlmskit.session.cosem.transfer import cut, room

ASSOCIATION_SN = 0xFA00
ATTRIBUTE_STEP = 8
_OBJECT_LIST = 2

Specification = VariableName | ParameterizedAccess


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
        self._names = {
            item.base + ATTRIBUTE_STEP * (attribute - 1): (item, attribute)
            for item in names
            for attribute in range(1, item.attributes + 1)
        }
        self._list = names
        self._conformance = conformance
        self._capacity = capacity
        self._limits = limits
        self._parts: Iterator[tuple[int, bool, bytes]] | None = None
        self._sent = 0

    def permits(self, request: Apdu) -> bool:
        """Whether `request` is a service that was negotiated, with no more references than were."""
        if not isinstance(request, ReadRequest | WriteRequest | UnconfirmedWriteRequest):
            return False
        wanted = _SERVICES[type(request)]
        if len(request.variables) > 1:
            wanted |= Conformance.MULTIPLE_REFERENCES
        for variable in request.variables:
            if isinstance(variable, ParameterizedAccess):
                wanted |= Conformance.PARAMETERIZED_ACCESS
            elif isinstance(variable, BlockNumberAccess):
                wanted |= Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ
            elif not isinstance(variable, VariableName):
                return False  # requests in blocks
        return wanted in self._conformance

    def answer(self, request: Apdu) -> Apdu | None:
        """The answer to a permitted request, None for an unconfirmed one. Never raises for what a client sent."""
        if isinstance(request, ReadRequest):
            return self._read_request(request)
        self._parts = None
        assert isinstance(request, WriteRequest | UnconfirmedWriteRequest)
        if len(request.variables) != len(request.data):
            results: tuple[WriteSuccess | DataAccessResult, ...] = tuple(
                DataAccessResult.OTHER_REASON for _ in request.variables
            )
        else:
            results = tuple(
                self._write(variable, value) for variable, value in zip(request.variables, request.data, strict=True)
            )
        return WriteResponse(results) if isinstance(request, WriteRequest) else None

    def _read_request(self, request: ReadRequest) -> ReadResponse:
        (first, *others) = request.variables or (None,)
        if isinstance(first, BlockNumberAccess) and not others:
            return self._next_block(first.block_number)
        self._parts = None
        response = ReadResponse(tuple(self._read(variable) for variable in request.variables))
        octets = response.to_bytes()
        if self._capacity is None or len(octets) <= self._capacity:
            return response
        if Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ not in self._conformance:
            if Conformance.GENERAL_BLOCK_TRANSFER in self._conformance:
                return response
            return ReadResponse(tuple(DataAccessResult.DATA_BLOCK_UNAVAILABLE for _ in request.variables))
        size = room(self._capacity, ReadResponse((ReadDataBlock(False, 1, b""),)).to_bytes()) or len(octets)
        self._parts, self._sent = cut(octets[len(response.HEAD) :], size, size), 0
        return self._next_block(0)

    def _next_block(self, received: int) -> ReadResponse:
        if self._parts is None:
            return ReadResponse((DataAccessResult.NO_LONG_GET_IN_PROGRESS,))
        if received != self._sent:
            self._parts = None
            return ReadResponse((DataAccessResult.DATA_BLOCK_NUMBER_INVALID,))
        self._sent, last, part = next(self._parts)
        if last:
            self._parts = None
        return ReadResponse((ReadDataBlock(last, self._sent, part),))

    def _read(self, variable: object) -> Data | DataAccessResult:
        if not isinstance(variable, VariableName | ParameterizedAccess):
            return DataAccessResult.OTHER_REASON
        if variable.variable_name == ASSOCIATION_SN + ATTRIBUTE_STEP * (_OBJECT_LIST - 1):
            return self._object_list()
        found = self._names.get(variable.variable_name)
        if found is None:
            return DataAccessResult.OBJECT_UNDEFINED
        access = None
        if isinstance(variable, ParameterizedAccess):
            access = SelectiveAccess(variable.selector, variable.parameter)
        try:
            return self._objects.get(self._client_sap, _attribute(*found), access)
        except DataAccessError as error:
            return DataAccessResult.from_label(error.result)

    def _write(self, variable: object, value: Data) -> WriteSuccess | DataAccessResult:
        if not isinstance(variable, VariableName):
            return DataAccessResult.SCOPE_OF_ACCESS_VIOLATED
        found = self._names.get(variable.variable_name)
        if found is None:
            return DataAccessResult.OBJECT_UNDEFINED
        try:
            self._objects.set(self._client_sap, _attribute(*found), value)
        except DataAccessError as error:
            return DataAccessResult.from_label(error.result)
        return WriteSuccess()

    def _object_list(self) -> Data:
        return array(
            *(
                structure(
                    long(_signed(item.base)),
                    long_unsigned(item.class_id),
                    unsigned(item.version),
                    octet_string(item.obis.to_bytes()),
                )
                for item in self._list
            )
        )


_SERVICES: dict[type[Apdu], Conformance] = {
    ReadRequest: Conformance.READ,
    WriteRequest: Conformance.WRITE,
    UnconfirmedWriteRequest: Conformance.UNCONFIRMED_WRITE,
}


def _attribute(item: ShortNamed, attribute: int) -> AttributeDescriptor:
    return AttributeDescriptor(item.class_id, item.obis, attribute)


def _signed(base: int) -> int:
    """Base names travel as a signed long."""
    return base - 0x1_0000 if base >= 0x8000 else base
