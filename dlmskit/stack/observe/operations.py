"""Native operations read back from an observed conversation: each request with the answer that it got.

What belongs to opening and ending a dialogue (association, HLS, sign-on, password) is no operation and is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from dlmskit.apdu import (
    ActionRequestNormal,
    ActionRequestWithFirstPblock,
    ActionRequestWithList,
    ActionRequestWithPblock,
    ActionResponseNormal,
    ActionResponseWithList,
    ActionResponseWithPblock,
    Apdu,
    ConfirmedServiceError,
    ExceptionResponse,
    GetRequestNormal,
    GetRequestWithList,
    GetResponseNormal,
    GetResponseWithDatablock,
    GetResponseWithList,
    SetRequestNormal,
    SetRequestWithDatablock,
    SetRequestWithFirstDatablock,
    SetRequestWithList,
    SetResponseLastDatablock,
    SetResponseLastDatablockWithList,
    SetResponseNormal,
    SetResponseWithList,
)
from dlmskit.codec.data import Data
from dlmskit.codec.iec21 import Ack, Command, DataMessage, DataSet, OptionSelect, parse_data_sets
from dlmskit.codec.iec21 import Message as TextMessage
from dlmskit.enums import ActionResult, DataAccessResult
from dlmskit.exceptions import ActionError, DataAccessError, DecodeError, ExceptionResponseError
from dlmskit.session.operations import (
    Action,
    ExecuteCommand,
    Get,
    GetList,
    Operation,
    ReadOut,
    ReadRegister,
    Set,
    WriteRegister,
)
from dlmskit.stack.observe.apdus import KeyLookup, Message
from dlmskit.stack.observe.observer import Observer
from dlmskit.stack.transcript import Octets

_ASSOCIATION_LN = 15
_REPLY_TO_HLS = 1
_INVOKE_ID = 0x0F


class ObservedOperation(msgspec.Struct, frozen=True):
    """An operation and what became of it.

    `result` is what a client would have got, or the error that it would have raised; it means something only where
    `answered`. `problem` says why an answer could not be understood.
    """

    operation: Operation
    result: Any = None
    answered: bool = False
    problem: str = ""


class _Open:
    """A request that waits: where it stands, and the blocks of the request and of the answer so far."""

    def __init__(self, places: list[int], request: Apdu | None = None) -> None:
        self.places = places
        self.request = request
        self.blocks = bytearray()


class Conversation:
    """Puts requests and answers together. Feed it messages in their order; `operations` grows."""

    def __init__(self) -> None:
        self.operations: list[ObservedOperation] = []
        self._open: dict[int, _Open] = {}
        self._asked: int | None = None
        self._text = ""

    def take(self, message: Message | TextMessage) -> None:
        """Take one understood message."""
        if isinstance(message, TextMessage):
            self._take_text(message)
        elif message.side == "client":
            self._request(message.apdu)
        else:
            self._answer(message.apdu)

    # Requests.

    def _request(self, apdu: Apdu) -> None:
        match apdu:
            case GetRequestNormal():
                attribute = apdu.attribute
                target = (attribute.class_id, attribute.instance_id, attribute.attribute_id)
                self._begin(apdu, Get(*target, apdu.access_selection))
            case GetRequestWithList():
                self._begin(apdu, GetList(tuple(_get(item) for item in apdu.attributes)))
            case SetRequestNormal():
                self._begin(apdu, _set(apdu.attribute, apdu.value))
            case SetRequestWithList():
                pairs = zip(apdu.attributes, apdu.values, strict=False)
                self._begin(apdu, *(_set(item.attribute, value) for item, value in pairs))
            case SetRequestWithFirstDatablock() | ActionRequestWithFirstPblock():
                self._open[apdu.invoke_id_and_priority & _INVOKE_ID] = _Open([], apdu)
                self._request_block(apdu)
            case SetRequestWithDatablock() | ActionRequestWithPblock():
                self._request_block(apdu)
            case ActionRequestNormal():
                method = apdu.method
                if (method.class_id, method.method_id) != (_ASSOCIATION_LN, _REPLY_TO_HLS):
                    self._begin(apdu, _action(method, apdu.parameters))
            case ActionRequestWithList():
                pairs_of_action = zip(apdu.methods, apdu.parameters, strict=False)
                self._begin(apdu, *(_action(method, parameters) for method, parameters in pairs_of_action))

    def _begin(self, apdu: Any, *operations: Operation) -> None:
        start = len(self.operations)
        self.operations += (ObservedOperation(operation) for operation in operations)
        self._open[apdu.invoke_id_and_priority & _INVOKE_ID] = _Open(list(range(start, len(self.operations))))

    def _request_block(self, apdu: Any) -> None:
        waiting = self._open.get(apdu.invoke_id_and_priority & _INVOKE_ID)
        if waiting is None or waiting.request is None:
            return
        waiting.blocks += apdu.raw_data
        if not apdu.last_block:
            return
        first: Any = waiting.request
        try:
            value = Data.from_bytes(bytes(waiting.blocks))
        except DecodeError:
            return
        is_set = isinstance(first, SetRequestWithFirstDatablock)
        self._begin(apdu, _set(first.attribute, value) if is_set else _action(first.method, value))

    # Answers.

    def _answer(self, apdu: Apdu) -> None:
        if isinstance(apdu, ExceptionResponse | ConfirmedServiceError):
            self._refused(apdu)
            return
        number = getattr(apdu, "invoke_id_and_priority", None)
        waiting = self._open.get(number & _INVOKE_ID) if number is not None else None
        if waiting is None or not waiting.places:
            return
        try:
            results = self._results(apdu, waiting)
        except DecodeError as error:
            self._settle(waiting, [None] * len(waiting.places), str(error))
            return
        if results is not None:
            self._settle(waiting, results)

    def _results(self, apdu: Any, waiting: _Open) -> list[Any] | None:
        """One result an operation, None while more blocks are to come."""
        match apdu:
            case GetResponseNormal():
                return [_read(apdu.result)]
            case GetResponseWithList():
                return [tuple(_read(result) for result in apdu.results)]
            case GetResponseWithDatablock():
                return self._get_block(apdu, waiting)
            case SetResponseNormal() | SetResponseLastDatablock():
                return [_written(apdu.result)]
            case SetResponseWithList() | SetResponseLastDatablockWithList():
                return [_written(result) for result in apdu.results]
            case ActionResponseNormal():
                return [_invoked(apdu.result, apdu.return_parameters)]
            case ActionResponseWithList():
                return [_invoked(item.result, item.return_parameters) for item in apdu.responses]
            case ActionResponseWithPblock():
                waiting.blocks += apdu.raw_data
                return [Data.from_bytes(bytes(waiting.blocks))] if apdu.last_block else None
        return None

    def _get_block(self, apdu: GetResponseWithDatablock, waiting: _Open) -> list[Any] | None:
        if isinstance(apdu.result, DataAccessResult):
            return [_read(apdu.result)]
        waiting.blocks += apdu.result
        if not apdu.last_block:
            return None
        raw = bytes(waiting.blocks)
        if isinstance(self.operations[waiting.places[0]].operation, GetList):
            whole = GetResponseWithList.HEAD + bytes((apdu.invoke_id_and_priority,)) + raw
            return [tuple(_read(result) for result in GetResponseWithList.from_bytes(whole).results)]
        return [Data.from_bytes(raw)]

    def _refused(self, apdu: ExceptionResponse | ConfirmedServiceError) -> None:
        """Refusals carry no invoke-id: they answer the request before them."""
        waiting = [item for item in self._open.values() if item.places]
        if waiting:
            words = apdu.label if isinstance(apdu, ConfirmedServiceError) else apdu.service_error.label
            last = max(waiting, key=lambda item: item.places[-1])
            self._settle(last, [ExceptionResponseError(words)] * len(last.places))

    def _settle(self, waiting: _Open, results: list[Any], problem: str = "") -> None:
        for place, result in zip(waiting.places, results, strict=False):
            found = self.operations[place]
            self.operations[place] = ObservedOperation(found.operation, result, True, problem)
        self._open = {number: item for number, item in self._open.items() if item is not waiting}

    # IEC 62056-21.

    def _take_text(self, message: TextMessage) -> None:
        match message:
            case OptionSelect(mode="0"):
                self._ask(ReadOut())
            case Command(code=code, data=data) if code[:1] in _COMMANDS:
                self._ask(_command(code, data or ""))
            case DataMessage():
                self._text_data(message)
            case Ack() if self._asked is not None and not self._text:
                operation = self.operations[self._asked].operation
                if not isinstance(operation, ReadOut | ReadRegister):
                    self._text_settled(None if isinstance(operation, WriteRegister) else ())

    def _ask(self, operation: Operation) -> None:
        self._asked, self._text = len(self.operations), ""
        self.operations.append(ObservedOperation(operation))

    def _text_data(self, message: DataMessage) -> None:
        if self._asked is None:
            return
        self._text += message.data
        if message.more:
            return
        operation = self.operations[self._asked].operation
        if self._text.startswith("(ER"):
            kind = ActionError if isinstance(operation, ExecuteCommand) else DataAccessError
            self._text_settled(kind(self._text[:64].strip("()")))
            return
        address = getattr(operation, "address", "")
        try:
            found = parse_data_sets(self._text)
        except DecodeError as error:
            self._text_settled(None, str(error))
            return
        self._text_settled(tuple(item if item.address else DataSet(address, item.values) for item in found))

    def _text_settled(self, result: Any, problem: str = "") -> None:
        if self._asked is not None:
            found = self.operations[self._asked]
            self.operations[self._asked] = ObservedOperation(found.operation, result, True, problem)
        self._asked, self._text = None, ""


def operations(
    entries: Iterable[Octets], keys: KeyLookup | None = None, *, system_title: bytes | None = None
) -> tuple[ObservedOperation, ...]:
    """The operations in the octets of a recording, in the order in which they were asked for.

    Of a ciphered session that is what `keys` open; see `Observer`. Never raises for what was recorded.
    """
    observer = Observer(keys, system_title=system_title, allow_unauthenticated=True)
    for entry in entries:
        observer.feed(entry.to_bytes(), entry.dir)
    observer.finish()
    return converse(observer.conversation)


def converse(messages: Iterable[Message | TextMessage]) -> tuple[ObservedOperation, ...]:
    """The operations that understood messages carry, in the order in which they were asked for."""
    conversation = Conversation()
    for message in messages:
        conversation.take(message)
    return tuple(conversation.operations)


_COMMANDS: dict[str, type[ReadRegister | WriteRegister | ExecuteCommand]] = {
    "R": ReadRegister,
    "W": WriteRegister,
    "E": ExecuteCommand,
}


def _command(code: str, data: str) -> Operation:
    address, _, rest = data.partition("(")
    return _COMMANDS[code[0]](address, rest.removesuffix(")"), code)


def _get(item: Any) -> Get:
    attribute = item.attribute
    return Get(attribute.class_id, attribute.instance_id, attribute.attribute_id, item.access_selection)


def _set(attribute: Any, value: Data) -> Set:
    return Set(attribute.class_id, attribute.instance_id, attribute.attribute_id, value)


def _action(method: Any, parameters: Data | None) -> Action:
    return Action(method.class_id, method.instance_id, method.method_id, parameters)


def _read(result: Data | DataAccessResult) -> Data | DataAccessError:
    return result if isinstance(result, Data) else DataAccessError(result.label)


def _written(result: DataAccessResult) -> DataAccessError | None:
    return None if result == DataAccessResult.SUCCESS else DataAccessError(result.label)


def _invoked(result: ActionResult, returned: Data | DataAccessResult | None) -> Any:
    if result != ActionResult.SUCCESS:
        return ActionError(result.label)
    if isinstance(returned, DataAccessResult):
        return None if returned == DataAccessResult.SUCCESS else ActionError(returned.label)
    return returned
