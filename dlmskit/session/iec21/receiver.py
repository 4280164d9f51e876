"""Read-outs that nobody asked for: mode D telegrams, and identification and data block of meters that only speak.

Source: IEC 62056-21, protocol modes A and D.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from dlmskit.codec.iec21 import DataMessage, Identification, Telegram, decode, parse_data_sets
from dlmskit.codec.iec21.p1 import P1Telegram
from dlmskit.exceptions import DecodeError, LimitError, LocalProtocolError, RemoteProtocolError
from dlmskit.limits import DEFAULT_LIMITS, Limits
from dlmskit.session.base import Ignored, SessionEvent

_END_MARK = b"!"


class ReadOutReceived(SessionEvent, frozen=True):
    """A meter read itself out. `telegram.checked` is True where a check fits and None where the meter sends none."""

    telegram: Telegram


class Iec21ReceiverSession:
    """Takes whole telegrams (`dlmskit.link.p1`) and single messages (`Iec21Link` as listener) alike."""

    def __init__(self, *, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._identification = ""
        self._blocks: list[str] = []
        self._octets = 0
        self._events: deque[SessionEvent] = deque()

    def receive(self, message: bytes, now: float) -> None:
        """Take one message. Never raises for what a meter sent: `ReadOutReceived` or `Ignored` follows."""
        try:
            telegram = self._take(message)
        except (DecodeError, RemoteProtocolError) as error:
            self._forget()
            self._events.append(Ignored(error))
            return
        if telegram is not None:
            self._events.append(ReadOutReceived(telegram))

    def messages_to_send(self) -> list[bytes]:
        """Always empty."""
        return []

    def next_event(self) -> SessionEvent | None:
        """The oldest event not yet taken."""
        return self._events.popleft() if self._events else None

    def provide(self, answer: Any, now: float) -> None:
        """Raises `LocalProtocolError`: nothing is asked for."""
        raise LocalProtocolError("nothing was asked for")

    def _take(self, message: bytes) -> Telegram | None:
        if message.startswith(b"/") and _END_MARK in message:
            found = P1Telegram.from_bytes(message)
            return Telegram(f"/{found.identification}", found.data_sets, None if found.crc is None else True)
        decoded = decode(message)
        match decoded:
            case Identification():
                self._identification = message.decode("ascii").rstrip("\r\n")
                self._forget()
                return None
            case DataMessage(data=data, more=more):
                return self._join(data, more=more)
        raise RemoteProtocolError(f"a {decoded.NAME} message where a meter reads itself out")

    def _join(self, data: str, *, more: bool) -> Telegram | None:
        self._blocks.append(data)
        self._octets += len(data)
        if self._octets > self._limits.apdu_octets or len(self._blocks) > self._limits.blocks:
            raise LimitError(f"apdu_octets or blocks: {self._octets} octets in {len(self._blocks)} partial blocks")
        if more:
            return None
        text = "".join(self._blocks)
        self._forget()
        identification, self._identification = self._identification, ""
        return Telegram(identification, parse_data_sets(text), True)

    def _forget(self) -> None:
        self._blocks.clear()
        self._octets = 0
