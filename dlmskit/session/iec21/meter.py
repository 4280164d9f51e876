"""The meter's side of modes A, B and C: identification, data read-out, password, register commands.

The rate character of the identification makes the mode: with one of mode C the meter waits for an option select
message, in modes A and B the data follow the identification without a question. Mode E is the link's, and mode D, which
nobody asks for, is `telegram`.

Source: IEC 62056-21, protocol mode C and programming mode.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from enum import Enum, auto
from typing import Any, Protocol

from dlmskit.codec.iec21 import (
    Ack,
    Command,
    DataMessage,
    DataSet,
    Identification,
    Message,
    Nak,
    OptionSelect,
    Request,
    decode,
    format_data_sets,
    parse_data_sets,
)
from dlmskit.codec.iec21.p1 import P1Telegram
from dlmskit.enums import DataAccessResult
from dlmskit.exceptions import ActionError, DataAccessError, DecodeError, EncodeError, LocalProtocolError
from dlmskit.session.base import Closed, Opened, SessionEvent

_PROGRAMMING = "1"
_PASSWORD_ATTEMPTS = 3
_WRONG_PASSWORD = "(ER98)"
_NOT_LOGGED_IN = "(ER97)"
_OTHER_ERROR = 99


class RegisterServer(Protocol):
    """A meter's registers. Refusals are `DataAccessError` and `ActionError` with the standard's label as `result`."""

    def read_out(self) -> Iterable[DataSet]:
        """The data sets of a data read-out."""

    def read(self, address: str, value: str, command: str) -> Iterable[DataSet]:
        """Answer `R1` or `R5`; `value` is the text in the command's parentheses."""

    def write(self, address: str, value: str, command: str) -> None:
        """Do `W1` or `W5`."""

    def execute(self, address: str, value: str, command: str) -> Iterable[DataSet]:
        """Do `E2`; what it answers, often nothing."""

    def password_ok(self, level: str, value: str) -> bool:
        """Whether `value` is the password of ``P1`` or ``P2``."""


class _State(Enum):
    IDLE = auto()
    IDENTIFIED = auto()
    CHALLENGED = auto()
    LOGGED_IN = auto()


class Iec21MeterSession:
    """Answers one client at a time.

    `address` is the meter's device address: a sign-on with another one is ignored, one without any is answered.
    `identification` is sent as it is. `operand` is the text of P0. With `needs_password` every command waits for P1 or
    P2; after three wrong ones the meter breaks off. A refusal is answered ``(ERnn)``, nn the data-access-result.
    Silence of `inactivity_timeout` seconds ends the dialogue.
    """

    def __init__(
        self,
        server: RegisterServer,
        identification: Identification,
        *,
        address: str = "",
        operand: str = "",
        needs_password: bool = True,
        inactivity_timeout: float = 120.0,
    ) -> None:
        self._server = server
        self._identification = identification
        self._address = address
        self._operand = operand
        self._needs_password = needs_password
        self._inactivity_timeout = inactivity_timeout
        self._state = _State.IDLE
        self._wrong_passwords = 0
        self._deadline: float | None = None
        self._messages: list[bytes] = []
        self._events: deque[SessionEvent] = deque()
        self._commands: dict[str, Callable[[str, str, str], Message]] = {
            "R": self._read,
            "W": self._write,
            "E": self._execute,
        }

    def receive(self, message: bytes, now: float, client_sap: int | None = None) -> None:
        """Take one whole message. Never raises for what a client sent."""
        try:
            decoded = decode(message)
        except DecodeError:
            self._refuse()
            return
        self._deadline = now + self._inactivity_timeout
        match decoded:
            case Request():
                self._on_request(decoded)
            case OptionSelect() if self._state is _State.IDENTIFIED:
                self._on_select(decoded)
            case Command(code="B0"):
                self._end()
            case Command() if self._state in (_State.CHALLENGED, _State.LOGGED_IN):
                self._send(self._answer(decoded))
            case _:
                self._refuse()

    def messages_to_send(self) -> list[bytes]:
        """Whole messages for the link, oldest first."""
        messages, self._messages = self._messages, []
        return messages

    def next_event(self) -> SessionEvent | None:
        """The oldest event not yet taken."""
        return self._events.popleft() if self._events else None

    def provide(self, answer: Any, now: float) -> None:
        """Raises `LocalProtocolError`: this side asks for nothing."""
        raise LocalProtocolError("nothing was asked for")

    def disconnected(self, now: float) -> None:
        """The line is gone, and with it the dialogue."""
        self._end()

    def next_deadline(self) -> float | None:
        """When `handle_timeout` wants to be called."""
        return self._deadline

    def handle_timeout(self, now: float) -> None:
        """End a dialogue whose client has fallen silent."""
        if self._deadline is not None and now >= self._deadline:
            self._end()

    def telegram(self) -> bytes:
        """The read-out as a mode D meter sends it when its button is pressed. It belongs to no dialogue."""
        identification = self._identification.to_bytes()[1:-2].decode("ascii")
        return P1Telegram(identification, tuple(self._server.read_out()), b"\r\n").to_bytes()

    # Sign-on.

    def _send(self, message: Message) -> None:
        self._messages.append(message.to_bytes())

    def _refuse(self) -> None:
        if self._state in (_State.CHALLENGED, _State.LOGGED_IN):
            self._send(Nak())

    def _end(self) -> None:
        if self._state is _State.LOGGED_IN:
            self._events.append(Closed())
        self._state = _State.IDLE
        self._deadline = None

    def _on_request(self, request: Request) -> None:
        self._end()
        if not request.address or request.address.lstrip("0") == self._address.lstrip("0"):
            self._state = _State.IDENTIFIED
            self._send(self._identification)
            if not self._identification.rate.isdigit():
                self._read_out()

    def _on_select(self, select: OptionSelect) -> None:
        if select.mode == _PROGRAMMING:
            self._wrong_passwords = 0
            self._send(Command("P0", f"({self._operand})"))
            self._state = _State.CHALLENGED
            if not self._needs_password:
                self._log_in()
            return
        self._read_out()

    def _read_out(self) -> None:
        self._send(DataMessage(format_data_sets(self._server.read_out(), "\r\n") + "!\r\n"))
        self._end()

    def _log_in(self) -> None:
        self._state = _State.LOGGED_IN
        self._events.append(Opened())

    # Programming mode.

    def _answer(self, command: Command) -> Message:
        if command.code in ("P1", "P2"):
            return self._on_password(command)
        perform = self._commands.get(command.code[0])
        if perform is None or command.data is None:
            return Nak()
        if self._state is not _State.LOGGED_IN:
            return DataMessage(_NOT_LOGGED_IN)
        try:
            address, value = _argument(command.data)
            return perform(address, value, command.code)
        except (DecodeError, EncodeError):
            return Nak()
        except (DataAccessError, ActionError) as error:
            return DataMessage(f"(ER{_number(error.result):02})")

    def _on_password(self, command: Command) -> Message:
        password = (command.data or "").removeprefix("(").removesuffix(")")
        if self._server.password_ok(command.code, password):
            if self._state is not _State.LOGGED_IN:
                self._log_in()
            return Ack()
        self._wrong_passwords += 1
        if self._wrong_passwords < _PASSWORD_ATTEMPTS:
            return DataMessage(_WRONG_PASSWORD)
        self._end()
        return Command("B0")

    def _read(self, address: str, value: str, command: str) -> Message:
        return _data(self._server.read(address, value, command))

    def _write(self, address: str, value: str, command: str) -> Message:
        self._server.write(address, value, command)
        return Ack()

    def _execute(self, address: str, value: str, command: str) -> Message:
        found = tuple(self._server.execute(address, value, command))
        return _data(found) if found else Ack()


def _data(data_sets: Iterable[DataSet]) -> DataMessage:
    return DataMessage("\r\n".join(format_data_sets([data_set]) for data_set in data_sets))


def _argument(data: str) -> tuple[str, str]:
    found = parse_data_sets(data)
    if len(found) != 1 or len(found[0].values) != 1:
        raise DecodeError("a command has one address and one value")
    return found[0].address, str(found[0].values[0])


def _number(label: str) -> int:
    try:
        return DataAccessResult.from_label(label)
    except KeyError:
        return _OTHER_ERROR
