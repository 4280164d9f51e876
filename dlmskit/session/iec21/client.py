"""The client's side of modes A to C: sign-on, data read-out, and programming mode.

::

    IDLE -- sign-on --> IDENTIFYING --+-- option 0 --> READING_OUT --> IDLE
                                      +-- option 1 --> CHALLENGED -- password --> LOGGING_IN --> READY <--> ASKING

A read-out leaves the meter idle, so the next register operation signs on again, and the other way round.

Source: IEC 62056-21, protocol modes and programming mode.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from dlmskit.codec.iec21 import (
    Ack,
    Command,
    DataMessage,
    DataSet,
    Identification,
    Message,
    OptionSelect,
    Request,
    decode,
    parse_data_sets,
)
from dlmskit.exceptions import (
    ActionError,
    AssociationError,
    DataAccessError,
    DlmskitError,
    KeyUnavailable,
    LimitError,
    LocalProtocolError,
    RemoteProtocolError,
    TransportTimeout,
)
from dlmskit.security.needs import KeysProvided
from dlmskit.session.base import Closed, Completed, Failed, Ignored, KeysNeeded, Opened, Progressed, SessionEvent
from dlmskit.session.iec21.settings import Iec21DialogueSettings
from dlmskit.session.operations import ExecuteCommand, Operation, ReadOut, ReadRegister, WriteRegister

_READ_OUT, _PROGRAMMING = "0", "1"
_SIGN_ON_SECONDS = 5.0
_RegisterOperation = ReadRegister | WriteRegister | ExecuteCommand


class State(Enum):
    """Where the dialogue is; see the module."""

    IDLE = auto()
    IDENTIFYING = auto()
    READING_OUT = auto()
    CHALLENGED = auto()
    WAITING_FOR_PASSWORD = auto()
    LOGGING_IN = auto()
    READY = auto()
    ASKING = auto()


_SIGNED_ON = {State.CHALLENGED, State.WAITING_FOR_PASSWORD, State.LOGGING_IN, State.READY, State.ASKING}


class Iec21ClientSession:
    """A `Session` with the operations `ReadOut`, `ReadRegister`, `WriteRegister` and `ExecuteCommand`.

    Reads give a tuple of `DataSet`; one that the meter sent without address carries the address that was asked for.
    """

    def __init__(self, settings: Iec21DialogueSettings | None = None) -> None:
        self._settings = settings or Iec21DialogueSettings()
        self._state = State.IDLE
        self._is_open = False
        self._opening = False
        self._operation: Operation | None = None
        self._purpose = _PROGRAMMING
        self._identification: Identification | None = None
        self._blocks: list[str] = []
        self._octets = 0
        self._tries = 0
        self._deadline: float | None = None
        self._messages: list[bytes] = []
        self._events: deque[SessionEvent] = deque()
        self._handlers: dict[State, Callable[[Message, float], None]] = {
            State.IDENTIFYING: self._on_identification,
            State.READING_OUT: self._on_data,
            State.CHALLENGED: self._on_challenge,
            State.LOGGING_IN: self._on_login,
            State.ASKING: self._on_answer,
        }

    # The verbs of a session.

    def open(self, now: float) -> None:
        """Sign on and log in, or in mode ``read-out`` wait for the first operation; `Opened` or `Failed` follows."""
        if self._is_open or self._opening:
            raise LocalProtocolError("the dialogue is open already")
        if self._settings.mode == "read-out":
            self._is_open = True
            self._events.append(Opened())
        else:
            self._opening = True
            self._sign_on(_PROGRAMMING, now)

    def start(self, operation: Operation, now: float) -> None:
        """Begin one operation; see `Session.start`."""
        if not self._is_open or self._operation is not None:
            raise LocalProtocolError("the dialogue is not open" if not self._is_open else "another operation runs")
        if not isinstance(operation, ReadOut | _RegisterOperation):
            name = type(operation).__name__
            raise LocalProtocolError(f"IEC 62056-21 has no operation {name}: its meters have registers and no objects")
        self._operation = operation
        if isinstance(operation, ReadOut):
            self._break_off()
            self._sign_on(_READ_OUT, now)
        elif self._state is State.READY:
            self._ask(operation, now)
        else:
            self._sign_on(_PROGRAMMING, now)

    def close(self, now: float) -> None:
        """Break off programming mode; `Closed` follows at once."""
        self._break_off()
        self._is_open = self._opening = False
        self._operation = None
        self._events.append(Closed())

    def receive(self, message: bytes, now: float) -> None:
        """Take one whole message. Never raises for what a meter sent."""
        try:
            decoded = decode(message)
            if isinstance(decoded, Command) and decoded.code == "B0":
                raise RemoteProtocolError("the meter broke the dialogue off (B0)")
            if (handler := self._handlers.get(self._state)) is None:
                raise RemoteProtocolError(f"{decoded.NAME} message that nobody asked for")
            handler(decoded, now)
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
        """Answer the `KeysNeeded` event for the password."""
        if self._state is not State.WAITING_FOR_PASSWORD or not isinstance(answer, KeysProvided):
            raise LocalProtocolError("nothing was asked for")
        password = answer.keys.password if answer.keys is not None else None
        if password is None:
            self._fail(KeyUnavailable(f"no password for {self._settings.password_command} of this meter"))
            return
        try:
            text = password.decode("ascii")
        except UnicodeDecodeError:
            self._fail(KeyUnavailable("a password of IEC 62056-21 is ASCII"))
            return
        self._send(Command(self._settings.password_command or "P1", f"({text})"), State.LOGGING_IN, now)

    def next_deadline(self) -> float | None:
        """When `handle_timeout` wants to be called."""
        return self._deadline

    def handle_timeout(self, now: float) -> None:
        """Sign on again, or fail with `TransportTimeout`."""
        if self._deadline is None or now < self._deadline:
            return
        if self._state is State.IDENTIFYING and self._tries < self._settings.retries:
            self._tries += 1
            self._request(now)
            return
        what = "sign-on" if self._state is State.IDENTIFYING else self._what()
        self._fail(TransportTimeout(f"the meter did not answer the {what} in time"))

    # Out.

    def _send(self, message: Message, state: State, now: float, timeout: float | None = None) -> None:
        self._messages.append(message.to_bytes())
        self._state = state
        self._deadline = now + (self._settings.timeout if timeout is None else timeout)

    def _break_off(self) -> None:
        if self._state in _SIGNED_ON:
            self._messages.append(Command("B0").to_bytes())
        self._state = State.IDLE
        self._deadline = None

    def _sign_on(self, purpose: str, now: float) -> None:
        self._purpose = purpose
        self._tries = 0
        self._blocks, self._octets = [], 0
        self._request(now)

    def _request(self, now: float) -> None:
        patience = min(_SIGN_ON_SECONDS, self._settings.timeout)
        self._send(Request(self._settings.address), State.IDENTIFYING, now, patience)

    def _ask(self, operation: _RegisterOperation, now: float) -> None:
        self._blocks, self._octets = [], 0
        data = str(DataSet(operation.address)) + f"({operation.value})"
        self._send(Command(operation.command, data), State.ASKING, now)

    # In.

    def _on_identification(self, message: Message, now: float) -> None:
        if not isinstance(message, Identification):
            raise RemoteProtocolError(f"identification expected, found a {message.NAME} message")
        self._identification = message
        baud = message.baud
        if message.rate.isdigit():
            select = OptionSelect("0", self._settings.rate or message.rate, self._purpose)
            self._messages.append(select.to_bytes())
        elif self._purpose == _PROGRAMMING:
            mode = "A" if baud is None else "B"
            raise RemoteProtocolError(f"a mode {mode} meter has no option select: it can be read out only")
        if self._purpose == _READ_OUT:
            self._state = State.READING_OUT
            self._deadline = now + self._settings.read_out_timeout
        else:
            self._state = State.CHALLENGED
            self._deadline = now + self._settings.timeout

    def _on_challenge(self, message: Message, now: float) -> None:
        if not isinstance(message, Command) or message.code != "P0":
            raise RemoteProtocolError(f"P0 expected after the option select message, found a {message.NAME} message")
        if self._settings.password_command is None:
            self._on_logged_in(now)
            return
        self._state = State.WAITING_FOR_PASSWORD
        self._deadline = None
        self._events.append(KeysNeeded(None, "password"))

    def _on_login(self, message: Message, now: float) -> None:
        if not isinstance(message, Ack):
            raise AssociationError("the meter refused the password", result=_error_word(message))
        self._on_logged_in(now)

    def _on_logged_in(self, now: float) -> None:
        self._state = State.READY
        self._deadline = None
        if self._opening:
            self._opening, self._is_open = False, True
            self._events.append(Opened(self._detail()))
        elif isinstance(self._operation, _RegisterOperation):
            self._ask(self._operation, now)

    def _detail(self) -> dict[str, Any]:
        found = self._identification
        if found is None:
            return {}
        return {"manufacturer": found.manufacturer, "identification": found.identification, "baud": found.baud}

    def _on_data(self, message: Message, now: float) -> None:
        """The answer to a read-out."""
        if not isinstance(message, DataMessage):
            raise RemoteProtocolError(f"data expected, found a {message.NAME} message")
        if not self._joined(message, now):
            return
        data_sets = parse_data_sets("".join(self._blocks))
        self._state = State.IDLE
        self._complete(data_sets)

    def _on_answer(self, message: Message, now: float) -> None:
        """The answer to a command."""
        if isinstance(message, DataMessage):
            if self._joined(message, now):
                self._on_answer_text("".join(self._blocks))
        elif isinstance(message, Ack) and not isinstance(self._operation, ReadRegister):
            self._settle(None if isinstance(self._operation, WriteRegister) else ())
        else:
            raise self._refused(_error_word(message))

    def _on_answer_text(self, text: str) -> None:
        if text.startswith("(ER"):
            raise self._refused(text.strip("()"))
        if isinstance(self._operation, WriteRegister):
            raise RemoteProtocolError("a write was answered with data")
        address = self._operation.address if isinstance(self._operation, _RegisterOperation) else ""
        found = parse_data_sets(text)
        self._settle(tuple(item if item.address else DataSet(address, item.values) for item in found))

    def _joined(self, message: DataMessage, now: float) -> bool:
        """Keep a partial block and ask for the next; True when all are there."""
        self._blocks.append(message.data)
        self._octets += len(message.data)
        limits = self._settings.limits
        if self._octets > limits.transfer_octets or len(self._blocks) > limits.blocks:
            raise LimitError(f"transfer_octets or blocks: {self._octets} octets in {len(self._blocks)} partial blocks")
        if message.more and self._operation is not None:
            self._events.append(Progressed(self._operation, len(self._blocks), self._octets))
            self._send(Ack(), self._state, now)
        return not message.more

    def _refused(self, word: str) -> DlmskitError:
        error = ActionError if isinstance(self._operation, ExecuteCommand) else DataAccessError
        return error(word, self._what())

    def _what(self) -> str:
        operation = self._operation
        if isinstance(operation, _RegisterOperation):
            return f"{operation.command} {operation.address}"
        return "read-out" if operation is not None else "log-in"

    # Ends.

    def _settle(self, result: Any) -> None:
        self._state = State.READY
        self._complete(result)

    def _complete(self, result: Any) -> None:
        operation, self._operation = self._operation, None
        self._deadline = None
        if operation is not None:
            self._events.append(Completed(operation, result))

    def _fail(self, error: DlmskitError) -> None:
        """A refusal leaves the dialogue as it is; after anything else the next operation signs on again."""
        operation, self._operation = self._operation, None
        self._deadline = None
        if operation is None and not self._opening:
            self._state = State.IDLE
            self._events.append(Ignored(error))
            return
        if isinstance(error, DataAccessError | ActionError):
            self._state = State.READY
        else:
            self._break_off()
        self._opening = False
        self._events.append(Failed(error, operation))


def _error_word(message: Message) -> str:
    if isinstance(message, DataMessage):
        return message.data[:64].strip("()")
    return "ack-without-data" if isinstance(message, Ack) else message.NAME
