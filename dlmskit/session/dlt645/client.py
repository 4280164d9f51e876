"""The client's side of DL/T 645-2007: read, follow-up reads, write, commands, and finding a meter's address.

::

    IDLE -- open, address known --> READY <--> ASKING
      +---- open, no address -----> FINDING --> READY            WAITING_FOR_PASSWORD before a write

There is no log-in: a write carries the password itself. Reads are repeated when no answer comes; a write is not,
because it may have been done.

Source: DL/T 645-2007, application layer.
"""

from __future__ import annotations

from collections import deque
from enum import Enum, auto
from typing import Any

import msgspec

from dlmskit.exceptions import (
    ActionError,
    DataAccessError,
    DecodeError,
    DlmskitError,
    EncodeError,
    KeyUnavailable,
    LimitError,
    LocalProtocolError,
    RemoteProtocolError,
    TransportTimeout,
)
from dlmskit.limits import DEFAULT_LIMITS, Limits
from dlmskit.security.needs import KeysProvided
from dlmskit.session.base import Closed, Completed, Failed, Ignored, KeysNeeded, Opened, Progressed, SessionEvent
from dlmskit.session.dlt645 import bcd
from dlmskit.session.dlt645.message import (
    BROADCAST,
    EVERY,
    IDENTIFIER_OCTETS,
    Dlt645Message,
    Function,
    identifier_octets,
    is_address,
    name_of,
)
from dlmskit.session.operations import Operation, ReadIdentifier, SendCommand, WriteIdentifier

_REPEATABLE = (Function.READ, Function.READ_FOLLOWING, Function.READ_ADDRESS)
PASSWORD_OCTETS = 4
_LAST_SEQUENCE = 0xFF


class Dlt645Settings(msgspec.Struct, frozen=True):
    """`address` is the meter's twelve digits, empty for the only meter on the line: it is asked for its address.

    `operator` are the eight digits of the operator code that a write carries. `timeout` seconds are waited for each
    answer, and a read is repeated `retries` times.
    """

    address: str = ""
    operator: str = "00000000"
    timeout: float = 2.0
    retries: int = 2
    limits: Limits = DEFAULT_LIMITS


class State(Enum):
    """Where the dialogue is; see the module."""

    IDLE = auto()
    FINDING = auto()
    READY = auto()
    WAITING_FOR_PASSWORD = auto()
    ASKING = auto()


class Dlt645ClientSession:
    """A `Session` with the operations `ReadIdentifier`, `WriteIdentifier` and `SendCommand`.

    Raises `EncodeError` for an address or an operator code that is none.
    """

    def __init__(self, settings: Dlt645Settings | None = None) -> None:
        self._settings = settings or Dlt645Settings()
        if self._settings.address and not is_address(self._settings.address):
            raise EncodeError("a DL/T 645 address has twelve decimal digits")
        self._operator = bcd.from_digits(self._settings.operator)
        self._address = self._settings.address
        self._state = State.IDLE
        self._operation: Operation | None = None
        self._asked: Dlt645Message | None = None
        self._octets = bytearray()
        self._frames = 0
        self._tries = 0
        self._deadline: float | None = None
        self._messages: list[bytes] = []
        self._events: deque[SessionEvent] = deque()

    @property
    def address(self) -> str:
        """The meter's address, as given or as found."""
        return self._address

    # The verbs of a session.

    def open(self, now: float) -> None:
        """Be open at once, or find out the meter's address first; `Opened` or `Failed` follows."""
        if self._state is not State.IDLE:
            raise LocalProtocolError("the dialogue is open already")
        if self._address:
            self._opened()
        else:
            self._state = State.FINDING
            self._ask(Dlt645Message(EVERY, Function.READ_ADDRESS), now)

    def start(self, operation: Operation, now: float) -> None:
        """Begin one operation; see `Session.start`."""
        if self._state is not State.READY:
            raise LocalProtocolError("the dialogue is not open, or another operation runs")
        self._octets.clear()
        self._frames = 0
        match operation:
            case ReadIdentifier(identifier=identifier, parameters=parameters):
                data = identifier_octets(identifier) + parameters
                self._begin(operation, Dlt645Message(self._address, Function.READ, data), now)
            case WriteIdentifier():
                self._operation = operation
                self._state = State.WAITING_FOR_PASSWORD
                self._events.append(KeysNeeded(None, "password"))
            case SendCommand(function=function, data=data, broadcast=True):
                self._messages.append(Dlt645Message(BROADCAST, function, data).to_bytes())
                self._events.append(Completed(operation, None))
            case SendCommand(function=function, data=data):
                self._begin(operation, Dlt645Message(self._address, function, data), now)
            case _:
                raise LocalProtocolError(f"DL/T 645 has no operation {type(operation).__name__}")

    def close(self, now: float) -> None:
        """End; `Closed` follows at once."""
        self._state = State.IDLE
        self._operation = self._asked = self._deadline = None
        self._events.append(Closed())

    def receive(self, message: bytes, now: float) -> None:
        """Take one whole message. Never raises for what a meter sent."""
        try:
            answer = Dlt645Message.from_bytes(message)
            self._check(answer)
        except DlmskitError as error:
            self._events.append(Ignored(error))
            return
        try:
            self._on_answer(answer, now)
        except DlmskitError as error:
            self._fail(error)

    def messages_to_send(self) -> list[bytes]:
        """Whole messages for the link, oldest first."""
        messages, self._messages = self._messages, []
        return messages

    def next_event(self) -> SessionEvent | None:
        """The oldest event not yet taken."""
        return self._events.popleft() if self._events else None

    def provide(self, answer: Any, now: float) -> None:
        """Answer the `KeysNeeded` event for the password of a write."""
        operation = self._operation
        if self._state is not State.WAITING_FOR_PASSWORD or not isinstance(answer, KeysProvided):
            raise LocalProtocolError("nothing was asked for")
        assert isinstance(operation, WriteIdentifier)
        try:
            password = password_octets(answer.keys.password if answer.keys is not None else None)
            data = identifier_octets(operation.identifier) + password + self._operator + operation.value
            self._begin(operation, Dlt645Message(self._address, Function.WRITE, data), now)
        except DlmskitError as error:
            self._fail(error)

    def next_deadline(self) -> float | None:
        """When `handle_timeout` wants to be called."""
        return self._deadline

    def handle_timeout(self, now: float) -> None:
        """Ask again where that changes nothing in the meter, or fail with `TransportTimeout`."""
        asked = self._asked
        if asked is None or self._deadline is None or now < self._deadline:
            return
        if asked.function in _REPEATABLE and self._tries < self._settings.retries:
            self._tries += 1
            self._write(asked, now)
            return
        self._fail(TransportTimeout(f"the meter did not answer {name_of(asked.function)} in time"))

    # Out.

    def _begin(self, operation: Operation, message: Dlt645Message, now: float) -> None:
        octets = message.to_bytes()
        self._operation = operation
        self._state = State.ASKING
        self._asked, self._tries = message, 0
        self._messages.append(octets)
        self._deadline = now + self._settings.timeout

    def _ask(self, message: Dlt645Message, now: float) -> None:
        self._asked, self._tries = message, 0
        self._write(message, now)

    def _write(self, message: Dlt645Message, now: float) -> None:
        self._messages.append(message.to_bytes())
        self._deadline = now + self._settings.timeout

    # In.

    def _check(self, answer: Dlt645Message) -> None:
        """Raises `RemoteProtocolError` for what answers nothing that was asked."""
        asked = self._asked
        if asked is None or not answer.from_meter:
            raise RemoteProtocolError("a message that nobody asked for")
        if answer.function != asked.function:
            wanted, found = name_of(asked.function), name_of(answer.function)
            raise RemoteProtocolError(f"an answer to {wanted} expected, found one to {found}")
        if asked.function not in (Function.READ_ADDRESS, Function.WRITE_ADDRESS) and answer.address != asked.address:
            raise RemoteProtocolError(f"an answer from {asked.address} expected, found one from {answer.address}")
        reading = asked.function in (Function.READ, Function.READ_FOLLOWING)
        if reading and not answer.abnormal and answer.identifier != asked.identifier:
            raise RemoteProtocolError("an answer about another data identifier than the one that was asked for")

    def _on_answer(self, answer: Dlt645Message, now: float) -> None:
        if answer.abnormal:
            writing = not isinstance(self._operation, SendCommand)
            error = DataAccessError if writing else ActionError
            raise error(answer.error.label, self._what())
        match self._state:
            case State.FINDING:
                self._on_found(answer)
            case State.ASKING if isinstance(self._operation, ReadIdentifier):
                self._on_data(answer, now)
            case _:
                self._complete(None if isinstance(self._operation, WriteIdentifier) else answer.data)

    def _on_found(self, answer: Dlt645Message) -> None:
        found = bcd.digits(answer.data)
        if not is_address(found):
            raise DecodeError(f"an address has six octets, found {len(answer.data)}", 0)
        self._address = found
        self._asked = self._deadline = None
        self._opened()

    def _opened(self) -> None:
        self._state = State.READY
        self._events.append(Opened({"address": self._address}))

    def _on_data(self, answer: Dlt645Message, now: float) -> None:
        asked = self._asked
        assert asked is not None
        data = answer.data[IDENTIFIER_OCTETS:]
        if asked.function == Function.READ_FOLLOWING:
            if data[-1:] != bytes([self._frames]):
                raise RemoteProtocolError(f"follow-up frame {self._frames} expected, found {data[-1:].hex() or 'none'}")
            data = data[:-1]
        self._octets += data
        limits = self._settings.limits
        if len(self._octets) > limits.transfer_octets:
            raise LimitError(f"transfer_octets: a read is over {limits.transfer_octets} octets")
        if not answer.more:
            self._complete(bytes(self._octets))
            return
        self._frames += 1
        if self._frames > min(_LAST_SEQUENCE, limits.blocks):
            raise LimitError(f"blocks: a read takes more than {self._frames - 1} follow-up frames")
        if self._operation is not None:
            self._events.append(Progressed(self._operation, self._frames, len(self._octets)))
        following = answer.data[:IDENTIFIER_OCTETS] + bytes([self._frames])
        self._ask(Dlt645Message(self._address, Function.READ_FOLLOWING, following), now)

    def _what(self) -> str:
        match self._operation:
            case ReadIdentifier(identifier=identifier) | WriteIdentifier(identifier=identifier):
                return f"data identifier {identifier:08X}"
            case SendCommand(function=function):
                return name_of(function)
        return "its address"

    def _complete(self, result: Any) -> None:
        operation, self._operation = self._operation, None
        self._state = State.READY
        self._asked = self._deadline = None
        if operation is not None:
            self._events.append(Completed(operation, result))

    def _fail(self, error: DlmskitError) -> None:
        operation, self._operation = self._operation, None
        self._state = State.IDLE if self._state is State.FINDING else State.READY
        self._asked = self._deadline = None
        self._events.append(Failed(error, operation))


def password_octets(password: bytes | None) -> bytes:
    """Level and password as a write carries them: four octets, given so or as eight digits.

    Raises `KeyUnavailable`.
    """
    if password is not None and len(password) == PASSWORD_OCTETS:
        return password
    if password is not None and len(password) == 2 * PASSWORD_OCTETS and password.isdigit():
        return bytes.fromhex(password.decode("ascii"))
    raise KeyUnavailable("a DL/T 645 write needs a password of four octets, or of eight digits, the level first")
