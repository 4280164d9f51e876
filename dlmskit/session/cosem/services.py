"""The meter's side of GET, SET and ACTION inside one association, block transfer included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from dlmskit.apdu import (
    AccessRequest,
    AccessRequestAction,
    AccessRequestGet,
    AccessRequestGetWithSelection,
    AccessRequestSet,
    AccessRequestSetWithSelection,
    AccessResponse,
    AccessResponseAction,
    AccessResponseGet,
    AccessResponseSet,
    ActionRequestNextPblock,
    ActionRequestNormal,
    ActionRequestWithFirstPblock,
    ActionRequestWithList,
    ActionRequestWithPblock,
    ActionResponseNextPblock,
    ActionResponseNormal,
    ActionResponseWithList,
    ActionResponseWithOptionalData,
    ActionResponseWithPblock,
    Apdu,
    AttributeDescriptor,
    AttributeWithSelection,
    ExceptionResponse,
    GetRequestNext,
    GetRequestNormal,
    GetRequestWithList,
    GetResponseNormal,
    GetResponseWithDatablock,
    GetResponseWithList,
    MethodDescriptor,
    SelectiveAccess,
    SetRequestNormal,
    SetRequestWithDatablock,
    SetRequestWithFirstDatablock,
    SetRequestWithList,
    SetRequestWithListAndFirstDatablock,
    SetResponseDatablock,
    SetResponseLastDatablock,
    SetResponseLastDatablockWithList,
    SetResponseNormal,
    SetResponseWithList,
)
from dlmskit.apdu.access import AccessRequestSpecification, AccessResponseSpecification
from dlmskit.codec.data import Data, null_data
from dlmskit.enums import ActionResult, Conformance, DataAccessResult, ServiceErrorCode, StateError
from dlmskit.exceptions import ActionError, DataAccessError, DecodeError, RemoteProtocolError
from dlmskit.limits import Limits
from dlmskit.session.cosem.invoke import CONFIRMED, MASK, long_invoke
from dlmskit.session.cosem.settings import ObjectServer
from dlmskit.session.cosem.transfer import Assembly, cut, room

_SET_BLOCKS = Conformance.SET | Conformance.BLOCK_TRANSFER_WITH_SET_OR_WRITE
_ACTION_BLOCKS = Conformance.ACTION | Conformance.BLOCK_TRANSFER_WITH_ACTION


_Block = GetResponseWithDatablock | ActionResponseWithPblock


class _Transfer(msgspec.Struct):
    """What goes on in blocks of one `form`."""

    invoke: int
    form: type[Apdu]

    def goes_on(self, invoke: int, form: type[Apdu]) -> bool:
        """Whether a request with this `invoke` continues it."""
        return self.form is form and not (self.invoke ^ invoke) & MASK


class _Sending(_Transfer):
    """An answer that goes out in blocks: `parts` gives the rest, `sent` is the last number sent."""

    form: type[_Block]
    parts: Iterator[tuple[int, bool, bytes]]
    sent: int = 0


class _Receiving(_Transfer):
    """A request that comes in blocks; `finish` makes the answer from the whole."""

    assembly: Assembly
    finish: Callable[[bytes], Apdu]


class Services:
    """Answers the requests of one association from `objects`.

    `capacity` is the longest plain APDU that the client takes, None for no bound.
    """

    def __init__(
        self,
        objects: ObjectServer,
        client_sap: int,
        conformance: Conformance,
        capacity: int | None,
        limits: Limits,
    ) -> None:
        self._objects = objects
        self._client_sap = client_sap
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
        return isinstance(request, _CONTINUING)

    def permits(self, request: Apdu) -> bool:
        """Whether `request` is a service that was negotiated."""
        row = _SERVICES.get(type(request))
        return row is not None and row[1] in self._conformance

    def answer(self, request: Apdu) -> Apdu | None:
        """The answer to a permitted request, None for an unconfirmed one. Never raises for what a client sent."""
        handle = _SERVICES[type(request)][0]
        if not isinstance(request, _CONTINUING):
            # a new request gives up a transfer that was not finished
            self._sending = self._receiving = None
        response = handle(self, request)
        return response if _is_confirmed(request) else None

    # -- GET ----------------------------------------------------------------------------------------------------------

    def _get(self, request: GetRequestNormal) -> Apdu:
        invoke = request.invoke_id_and_priority
        result = self._read(request.attribute, request.access_selection)
        response = GetResponseNormal(invoke, result)
        if isinstance(result, Data) and not self._goes_whole(response):
            return self._in_blocks(invoke, result.to_bytes())
        return response

    def _get_with_list(self, request: GetRequestWithList) -> Apdu:
        invoke = request.invoke_id_and_priority
        results = tuple(self._read(item.attribute, item.access_selection) for item in request.attributes)
        response = GetResponseWithList(invoke, results)
        if self._goes_whole(response):
            return response
        return self._in_blocks(invoke, response.to_bytes()[len(response.HEAD) + 1 :])

    def _in_blocks(self, invoke: int, octets: bytes) -> Apdu:
        if Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ not in self._conformance:
            return GetResponseNormal(invoke, DataAccessResult.DATA_BLOCK_UNAVAILABLE)
        return self._first_block(invoke, GetResponseWithDatablock, octets)

    def _get_next(self, request: GetRequestNext) -> Apdu:
        sending, invoke, number = self._sending, request.invoke_id_and_priority, request.block_number
        if sending is None or not sending.goes_on(invoke, GetResponseWithDatablock):
            return GetResponseWithDatablock(invoke, True, number, DataAccessResult.NO_LONG_GET_IN_PROGRESS)
        if number != sending.sent:
            self._sending = None
            return GetResponseWithDatablock(invoke, True, number, DataAccessResult.DATA_BLOCK_NUMBER_INVALID)
        return self._next_block(sending)

    def _read(self, attribute: AttributeDescriptor, access: SelectiveAccess | None) -> Data | DataAccessResult:
        if access is not None and Conformance.SELECTIVE_ACCESS not in self._conformance:
            return DataAccessResult.SCOPE_OF_ACCESS_VIOLATED
        try:
            return self._objects.get(self._client_sap, attribute, access)
        except DataAccessError as error:
            return DataAccessResult.from_label(error.result)

    # -- SET ----------------------------------------------------------------------------------------------------------

    def _set(self, request: SetRequestNormal) -> Apdu:
        result = self._write(request.attribute, request.access_selection, request.value)
        return SetResponseNormal(request.invoke_id_and_priority, result)

    def _set_with_list(self, request: SetRequestWithList) -> Apdu:
        return SetResponseWithList(request.invoke_id_and_priority, self._write_list(request.attributes, request.values))

    def _set_list_first_block(self, request: SetRequestWithListAndFirstDatablock) -> Apdu:
        invoke, attributes = request.invoke_id_and_priority, request.attributes

        def finish(octets: bytes) -> Apdu:
            whole = SetRequestWithList(invoke, attributes, ()).to_bytes()[:-1] + octets
            try:
                values = SetRequestWithList.from_bytes(whole, limits=self._limits).values
            except DecodeError:
                results = tuple(DataAccessResult.TYPE_UNMATCHED for _ in attributes)
            else:
                results = self._write_list(attributes, values)
            return SetResponseLastDatablockWithList(invoke, results, assembly.blocks)

        assembly = Assembly(self._limits)
        self._receiving = _Receiving(invoke, SetRequestWithDatablock, assembly, finish)
        return self._set_block(
            SetRequestWithDatablock(invoke, request.last_block, request.block_number, request.raw_data)
        )

    def _write_list(
        self, attributes: tuple[AttributeWithSelection, ...], values: tuple[Data, ...]
    ) -> tuple[DataAccessResult, ...]:
        if len(attributes) != len(values):
            return tuple(DataAccessResult.OTHER_REASON for _ in attributes)
        return tuple(self._write_item(item, value) for item, value in zip(attributes, values, strict=True))

    def _write_item(self, item: AttributeWithSelection, value: Data) -> DataAccessResult:
        return self._write(item.attribute, item.access_selection, value)

    def _write(self, attribute: AttributeDescriptor, access: SelectiveAccess | None, value: Data) -> DataAccessResult:
        if access is not None:
            return DataAccessResult.SCOPE_OF_ACCESS_VIOLATED
        try:
            self._objects.set(self._client_sap, attribute, value)
        except DataAccessError as error:
            return DataAccessResult.from_label(error.result)
        return DataAccessResult.SUCCESS

    def _set_first_block(self, request: SetRequestWithFirstDatablock) -> Apdu:
        invoke = request.invoke_id_and_priority

        def finish(octets: bytes) -> Apdu:
            try:
                value = Data.from_bytes(octets, limits=self._limits)
            except DecodeError:
                result = DataAccessResult.TYPE_UNMATCHED
            else:
                result = self._write(request.attribute, request.access_selection, value)
            return SetResponseLastDatablock(invoke, result, assembly.blocks)

        assembly = Assembly(self._limits)
        self._receiving = _Receiving(invoke, SetRequestWithDatablock, assembly, finish)
        return self._set_block(
            SetRequestWithDatablock(invoke, request.last_block, request.block_number, request.raw_data)
        )

    def _set_block(self, request: SetRequestWithDatablock) -> Apdu:
        receiving, invoke, number = self._receiving, request.invoke_id_and_priority, request.block_number
        if receiving is None or not receiving.goes_on(invoke, SetRequestWithDatablock):
            return SetResponseLastDatablock(invoke, DataAccessResult.NO_LONG_SET_IN_PROGRESS, number)
        try:
            receiving.assembly.add(number, request.raw_data)
        except RemoteProtocolError:
            self._receiving = None
            return SetResponseLastDatablock(invoke, DataAccessResult.DATA_BLOCK_NUMBER_INVALID, number)
        except DecodeError:
            self._receiving = None
            return SetResponseLastDatablock(invoke, DataAccessResult.LONG_SET_ABORTED, number)
        if not request.last_block:
            return SetResponseDatablock(invoke, number)
        self._receiving = None
        return receiving.finish(receiving.assembly.join())

    # -- ACTION -------------------------------------------------------------------------------------------------------

    def _action(self, request: ActionRequestNormal) -> Apdu:
        return self._invoke(request.invoke_id_and_priority, request.method, request.parameters)

    def _action_with_list(self, request: ActionRequestWithList) -> Apdu:
        invoke = request.invoke_id_and_priority
        if len(request.methods) != len(request.parameters):
            refused = ActionResponseWithOptionalData(ActionResult.OTHER_REASON)
            return ActionResponseWithList(invoke, tuple(refused for _ in request.methods))
        responses = tuple(
            ActionResponseWithOptionalData(*self._perform(method, given))
            for method, given in zip(request.methods, request.parameters, strict=True)
        )
        response = ActionResponseWithList(invoke, responses)
        if self._fits(response) or Conformance.GENERAL_BLOCK_TRANSFER in self._conformance:
            return response
        # what was done must not look like a refusal; how such an answer divides into blocks is not public
        return ActionResponseWithList(invoke, tuple(map(_without_data, responses)))

    def _perform(self, method: MethodDescriptor, parameters: Data | None) -> tuple[ActionResult, Data | None]:
        try:
            return ActionResult.SUCCESS, self._objects.action(self._client_sap, method, parameters)
        except ActionError as error:
            return ActionResult.from_label(error.result), None

    # -- ACCESS -------------------------------------------------------------------------------------------------------

    def _access(self, request: AccessRequest) -> Apdu:
        specifications, given = request.specifications, request.data
        if len(specifications) != len(given):
            results = tuple(_refused(item) for item in specifications)
            data = tuple(null_data() for _ in specifications)
        else:
            done = [self._accessed(item, value) for item, value in zip(specifications, given, strict=True)]
            data, results = tuple(value for value, _ in done), tuple(result for _, result in done)
        response = AccessResponse(request.long_invoke_id_and_priority, None, None, data, results)
        if self._fits(response) or Conformance.GENERAL_BLOCK_TRANSFER in self._conformance:
            return response
        return ExceptionResponse(StateError.SERVICE_NOT_ALLOWED, ServiceErrorCode.PDU_TOO_LONG)

    def _accessed(self, item: AccessRequestSpecification, given: Data) -> tuple[Data, AccessResponseSpecification]:
        match item:
            case AccessRequestGet() | AccessRequestGetWithSelection():
                access = item.access_selection if isinstance(item, AccessRequestGetWithSelection) else None
                read = self._read(item.attribute, access)
                if isinstance(read, Data):
                    return read, AccessResponseGet(DataAccessResult.SUCCESS)
                return null_data(), AccessResponseGet(read)
            case AccessRequestSet() | AccessRequestSetWithSelection():
                selection = item.access_selection if isinstance(item, AccessRequestSetWithSelection) else None
                return null_data(), AccessResponseSet(self._write(item.attribute, selection, given))
            case AccessRequestAction():
                result, returned = self._perform(item.method, given)
                return null_data() if returned is None else returned, AccessResponseAction(result)

    def _invoke(self, invoke: int, method: MethodDescriptor, parameters: Data | None) -> Apdu:
        result, returned = self._perform(method, parameters)
        if result is not ActionResult.SUCCESS:
            return ActionResponseNormal(invoke, result)
        response = ActionResponseNormal(invoke, ActionResult.SUCCESS, returned)
        if returned is None or self._goes_whole(response, Conformance.BLOCK_TRANSFER_WITH_ACTION):
            return response
        if Conformance.BLOCK_TRANSFER_WITH_ACTION not in self._conformance:
            # it was done, so this must not look like a refusal
            return ActionResponseNormal(invoke, ActionResult.SUCCESS, DataAccessResult.DATA_BLOCK_UNAVAILABLE)
        return self._first_block(invoke, ActionResponseWithPblock, returned.to_bytes())

    def _action_next(self, request: ActionRequestNextPblock) -> Apdu:
        sending, invoke = self._sending, request.invoke_id_and_priority
        if sending is None or not sending.goes_on(invoke, ActionResponseWithPblock):
            return ActionResponseNormal(invoke, ActionResult.NO_LONG_ACTION_IN_PROGRESS)
        if request.block_number != sending.sent:
            self._sending = None
            return ActionResponseNormal(invoke, ActionResult.LONG_ACTION_ABORTED)
        return self._next_block(sending)

    def _action_first_block(self, request: ActionRequestWithFirstPblock) -> Apdu:
        invoke = request.invoke_id_and_priority

        def finish(octets: bytes) -> Apdu:
            try:
                parameters = Data.from_bytes(octets, limits=self._limits)
            except DecodeError:
                return ActionResponseNormal(invoke, ActionResult.TYPE_UNMATCHED)
            return self._invoke(invoke, request.method, parameters)

        self._receiving = _Receiving(invoke, ActionRequestWithPblock, Assembly(self._limits), finish)
        return self._action_block(
            ActionRequestWithPblock(invoke, request.last_block, request.block_number, request.raw_data)
        )

    def _action_block(self, request: ActionRequestWithPblock) -> Apdu:
        receiving, invoke = self._receiving, request.invoke_id_and_priority
        if receiving is None or not receiving.goes_on(invoke, ActionRequestWithPblock):
            return ActionResponseNormal(invoke, ActionResult.NO_LONG_ACTION_IN_PROGRESS)
        try:
            receiving.assembly.add(request.block_number, request.raw_data)
        except (RemoteProtocolError, DecodeError):
            self._receiving = None
            return ActionResponseNormal(invoke, ActionResult.LONG_ACTION_ABORTED)
        if not request.last_block:
            return ActionResponseNextPblock(invoke, request.block_number)
        self._receiving = None
        return receiving.finish(receiving.assembly.join())

    # -- blocks and sizes ---------------------------------------------------------------------------------------------

    def _fits(self, response: Apdu) -> bool:
        return self._capacity is None or len(response.to_bytes()) <= self._capacity

    def _goes_whole(self, response: Apdu, blocks: Conformance = Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ) -> bool:
        """Whether no blocks of the service are needed: it fits, or only general block transfer was negotiated."""
        general = Conformance.GENERAL_BLOCK_TRANSFER in self._conformance and blocks not in self._conformance
        return general or self._fits(response)

    def _first_block(self, invoke: int, form: type[_Block], octets: bytes) -> Apdu:
        size = room(self._capacity, form(invoke, False, 1, b"").to_bytes()) or self._limits.transfer_octets
        self._sending = _Sending(invoke, form, cut(octets, size, size))
        return self._next_block(self._sending)

    def _next_block(self, sending: _Sending) -> Apdu:
        number, last, part = next(sending.parts)
        sending.sent = number
        if last:
            self._sending = None
        return sending.form(sending.invoke, last, number, part)


def _is_confirmed(request: Apdu) -> bool:
    if isinstance(request, AccessRequest):
        return bool(request.long_invoke_id_and_priority & long_invoke(CONFIRMED))
    return bool(getattr(request, "invoke_id_and_priority", CONFIRMED) & CONFIRMED)


def _without_data(response: ActionResponseWithOptionalData) -> ActionResponseWithOptionalData:
    if response.return_parameters is None:
        return response
    return ActionResponseWithOptionalData(response.result, DataAccessResult.DATA_BLOCK_UNAVAILABLE)


def _refused(item: AccessRequestSpecification) -> AccessResponseSpecification:
    match item:
        case AccessRequestAction():
            return AccessResponseAction(ActionResult.OTHER_REASON)
        case AccessRequestGet() | AccessRequestGetWithSelection():
            return AccessResponseGet(DataAccessResult.OTHER_REASON)
        case _:
            return AccessResponseSet(DataAccessResult.OTHER_REASON)


_CONTINUING = (GetRequestNext, SetRequestWithDatablock, ActionRequestNextPblock, ActionRequestWithPblock)

_SERVICES: dict[type[Apdu], tuple[Callable[[Services, Any], Apdu], Conformance]] = {
    GetRequestNormal: (Services._get, Conformance.GET),
    GetRequestNext: (Services._get_next, Conformance.GET | Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ),
    GetRequestWithList: (Services._get_with_list, Conformance.GET | Conformance.MULTIPLE_REFERENCES),
    SetRequestNormal: (Services._set, Conformance.SET),
    SetRequestWithList: (Services._set_with_list, Conformance.SET | Conformance.MULTIPLE_REFERENCES),
    SetRequestWithFirstDatablock: (Services._set_first_block, _SET_BLOCKS),
    SetRequestWithListAndFirstDatablock: (
        Services._set_list_first_block,
        _SET_BLOCKS | Conformance.MULTIPLE_REFERENCES,
    ),
    SetRequestWithDatablock: (Services._set_block, _SET_BLOCKS),
    ActionRequestNormal: (Services._action, Conformance.ACTION),
    ActionRequestWithList: (Services._action_with_list, Conformance.ACTION | Conformance.MULTIPLE_REFERENCES),
    AccessRequest: (Services._access, Conformance.ACCESS),
    ActionRequestNextPblock: (Services._action_next, _ACTION_BLOCKS),
    ActionRequestWithFirstPblock: (Services._action_first_block, _ACTION_BLOCKS),
    ActionRequestWithPblock: (Services._action_block, _ACTION_BLOCKS),
}
