"""The meter's side of DL/T 645-2007.

Source: DL/T 645-2007, application layer.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import Any, Protocol

from dlmskit.exceptions import DataAccessError, DecodeError, EncodeError, LocalProtocolError
from dlmskit.session.base import SessionEvent
from dlmskit.session.dlt645 import bcd
from dlmskit.session.dlt645.message import (
    BROADCAST,
    IDENTIFIER_OCTETS,
    Dlt645Message,
    ErrorWord,
    Function,
    is_address,
    matches,
)

_PASSWORD_END = IDENTIFIER_OCTETS + 4
_WRITE_HEAD = _PASSWORD_END + 4
_ROOM = 200 - IDENTIFIER_OCTETS - 1


class IdentifierServer(Protocol):
    """What a meter has. A refusal is `DataAccessError` with a label of `ErrorWord` as `result`."""

    def read(self, identifier: int, parameters: bytes) -> bytes:
        """The octets of a data identifier, of any length."""

    def write(self, identifier: int, value: bytes, operator: bytes) -> None:
        """Take new octets; the password was right."""

    def command(self, function: int, data: bytes) -> bytes:
        """Do another command (freeze, clear, change a password ..); gives the octets of the answer."""

    def set_clock(self, local: datetime) -> None:
        """A broadcast time came; a meter obeys where the step is small."""

    def password_ok(self, password: bytes) -> bool:
        """Whether these four octets, the level first, are a password."""


class Dlt645MeterSession:
    """Answers as the meter at `address` (twelve digits). Raises `EncodeError` when that is none."""

    def __init__(self, server: IdentifierServer, address: str) -> None:
        if not is_address(address) or "A" in address:
            raise EncodeError("a meter's address has twelve decimal digits")
        self._server = server
        self._address = address
        self._following: dict[int, bytes] = {}
        self._messages: list[bytes] = []
        self._events: deque[SessionEvent] = deque()

    def receive(self, message: bytes, now: float, client_sap: int | None = None) -> None:
        """Take one whole message. Never raises for what a client sent."""
        try:
            asked = Dlt645Message.from_bytes(message)
        except DecodeError:
            return
        if asked.from_meter or not matches(asked.address, self._address):
            return
        try:
            data, more = self._answer(asked)
        except DataAccessError as error:
            self._send(asked, bytes([ErrorWord.from_label(error.result)]), abnormal=True)
            return
        except (DecodeError, EncodeError):
            self._send(asked, bytes([ErrorWord.OTHER_ERROR]), abnormal=True)
            return
        self._send(asked, data, more=more)

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
        """Forget what a client has not fetched."""
        self._following.clear()

    def next_deadline(self) -> float | None:
        """Never: there is no dialogue to end."""
        return None

    def handle_timeout(self, now: float) -> None:
        """Nothing to do."""

    def _send(self, asked: Dlt645Message, data: bytes, *, abnormal: bool = False, more: bool = False) -> None:
        if asked.address == BROADCAST or asked.function == Function.BROADCAST_TIME:
            return
        answer = Dlt645Message(self._address, asked.function, data, True, abnormal, more)
        self._messages.append(answer.to_bytes())

    def _answer(self, asked: Dlt645Message) -> tuple[bytes, bool]:
        match asked.function:
            case Function.READ:
                return self._read(asked)
            case Function.READ_FOLLOWING:
                return self._read_following(asked)
            case Function.READ_ADDRESS:
                return bcd.from_digits(self._address), False
            case Function.WRITE:
                return self._write(asked), False
            case Function.BROADCAST_TIME:
                self._server.set_clock(bcd.time_of(asked.data))
                return b"", False
        return self._server.command(asked.function, asked.data), False

    def _read(self, asked: Dlt645Message) -> tuple[bytes, bool]:
        identifier = _identifier(asked)
        whole = self._server.read(identifier, asked.data[IDENTIFIER_OCTETS:])
        self._following = {identifier: whole} if len(whole) > _ROOM else {}
        return asked.data[:IDENTIFIER_OCTETS] + whole[:_ROOM], bool(self._following)

    def _read_following(self, asked: Dlt645Message) -> tuple[bytes, bool]:
        identifier = _identifier(asked)
        whole = self._following.get(identifier, b"")
        sequence = asked.data[IDENTIFIER_OCTETS] if len(asked.data) == IDENTIFIER_OCTETS + 1 else 0
        start = sequence * _ROOM
        if not 0 < start < len(whole):
            raise DataAccessError(ErrorWord.NO_REQUESTED_DATA.label)
        part = whole[start : start + _ROOM]
        return asked.data[:IDENTIFIER_OCTETS] + part + bytes([sequence]), start + _ROOM < len(whole)

    def _write(self, asked: Dlt645Message) -> bytes:
        identifier = _identifier(asked)
        if len(asked.data) < _WRITE_HEAD:
            raise DecodeError("a write has a password and an operator code", len(asked.data))
        if not self._server.password_ok(asked.data[IDENTIFIER_OCTETS:_PASSWORD_END]):
            raise DataAccessError(ErrorWord.WRONG_PASSWORD.label)
        self._server.write(identifier, asked.data[_WRITE_HEAD:], asked.data[_PASSWORD_END:_WRITE_HEAD])
        return b""


def _identifier(asked: Dlt645Message) -> int:
    identifier = asked.identifier
    if identifier is None:
        raise DecodeError("a data identifier has four octets", len(asked.data))
    return identifier
