"""The IEC 62056-21 link, for client, meter and listener: see the package for how it shares work with the session."""

from __future__ import annotations

from typing import Literal

from dlmskit.codec.iec21.block import BlockReader, Lost, is_block, with_bcc
from dlmskit.codec.iec21.message import Identification, OptionSelect, Request, decode
from dlmskit.codec.iec21.rates import MODE_B_RATES, MODE_C_RATES
from dlmskit.exceptions import DecodeError, LocalProtocolError
from dlmskit.limits import DEFAULT_LIMITS, Limits
from dlmskit.link.base import Connected, Disconnected, Drain, FrameDropped, LinkEvent, Received, SetLine
from dlmskit.link.iec21.echo import EchoFilter
from dlmskit.link.iec21.parity import Parity, ParityOption
from dlmskit.link.outbox import Outbox
from dlmskit.link.timers import Timers

_NAK = b"\x15"
_BREAK = b"\x01B0"
_ETX = b"\x03"
_READ_OUT = "0"
_BITS = 10
"""of one octet on the line"""
ECHO = "only our own octets came back: the line or the head echoes what we send and no meter answered"


class Iec21Link:
    """Octets of the line on one side, messages without block check on the other.

    A damaged block is answered with NAK and a NAK with a repetition, at most `retries` times a message;
    `answer_timeout` is waited for something other than our own echo; a message that stops for `inter_octet_timeout` is
    given up; a meter that hears nothing for `inactivity_timeout` goes back to the initial rate, and after a read-out
    `read_out_pause` is enough (a repetition may be asked for meanwhile). `echoes` says that our own octets come back; a
    client expects them always. `wake_up` NUL octets (some 70 at 300 Bd) wake a meter with a battery before a sign-on,
    which follows `wake_up_pause` after the last of them. A listener hears meters that read themselves out, and says
    nothing. Times in seconds.
    """

    def __init__(
        self,
        role: Literal["client", "meter", "listener"] = "client",
        *,
        initial_baud: int = 300,
        line_format: str = "7E1",
        parity: ParityOption = "auto",
        retries: int = 2,
        answer_timeout: float = 4.0,
        inter_octet_timeout: float = 1.5,
        inactivity_timeout: float = 120.0,
        read_out_pause: float = 2.0,
        echoes: bool = False,
        wake_up: int = 0,
        wake_up_pause: float = 1.6,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._client = role != "meter"
        self._listening = role == "listener"
        self._echoes = role == "client" or echoes
        self._reading_out = False
        self._wake_up = bytes(wake_up)
        self._wake_up_time = wake_up * _BITS / initial_baud + wake_up_pause
        self._initial_baud = initial_baud
        self._format = line_format
        self._parity = Parity(parity)
        self._retries = retries
        self._times = {
            "answer": answer_timeout,
            "octet": inter_octet_timeout,
            "idle": inactivity_timeout,
            "pause": read_out_pause,
        }
        self._reader = BlockReader(selects=not self._client, limits=limits)
        self._echo = EchoFilter()
        self._out = Outbox()
        self._timers = Timers()
        self._up = False
        self._heard = False
        self._baud: int | None = None
        self._last = b""
        self._tries = 0

    # The verbs of a link.

    def open(self, now: float) -> None:
        """`Connected` at once; the line goes to the initial rate."""
        self._up = True
        self._heard = False
        self._set_line(self._initial_baud)
        self._out.emit(Connected())

    def close(self, now: float) -> None:
        """`Disconnected` at once."""
        self._down("closed", clean=True)

    def send(self, message: bytes, now: float) -> None:
        """Queue one message without its block check. Raises `LocalProtocolError` when the link is not open."""
        if not self._up:
            raise LocalProtocolError("the IEC 62056-21 link is not open")
        if self._listening:
            raise LocalProtocolError("this IEC 62056-21 link only listens")
        self._last, self._tries = message, 0
        if message.startswith(b"/?"):
            self._set_line(self._initial_baud)
            if self._wake_up:
                self._write(self._wake_up)
                self._timers.start("wake", now + self._wake_up_time)
                return
        self._write(message)
        self._follow(message)
        if self._reading_out and message.endswith(_ETX):
            self._start("pause", now)

    def expect(self, now: float) -> None:
        """Nothing to do: no end is polled."""

    def receive_data(self, data: bytes, now: float) -> None:
        """Take octets from the line."""
        if not self._up or not data:
            return
        plain, echoed = self._echo.take(self._parity.strip(data)) if self._echoes else (self._parity.strip(data), 0)
        if echoed:
            self._out.emit(FrameDropped("echo of our own octets", echoed))
            if self._client and not self._heard:
                self._start("answer", now)
        self._take(plain, now)

    def data_to_send(self) -> bytes:
        """Octets for the line, up to the next line request."""
        return self._out.data_to_send()

    def next_event(self) -> LinkEvent | None:
        """The oldest event not yet taken."""
        return self._out.next_event()

    def next_deadline(self) -> float | None:
        """When `handle_timeout` wants to be called."""
        return self._timers.next()

    def handle_timeout(self, now: float) -> None:
        """Give up a broken message, report a mere echo, or go back to the initial rate."""
        for name in self._timers.due(now):
            if not self._up:
                return
            if name == "answer":
                self._down(ECHO)
            elif name == "wake":
                self._write(self._last)
            elif name in ("idle", "pause"):
                self._reading_out = False
                self._set_line(self._initial_baud)
            else:
                self._take(self._echo.release(), now)
                if (lost := self._reader.abandon()) is not None:
                    self._on_lost(lost)

    # Octets in.

    def _take(self, plain: bytes, now: float) -> None:
        for item in self._reader.feed(plain):
            if not self._up:
                return
            if isinstance(item, Lost):
                self._on_lost(item)
            else:
                self._on_message(item)
        self._timers.stop("octet")
        if self._reader.pending or self._echo.holding:
            self._start("octet", now)
        if plain and not self._client:
            self._start("idle", now)

    def _start(self, name: str, now: float) -> None:
        self._timers.start(name, now + self._times[name])

    def _on_message(self, message: bytes) -> None:
        self._heard = True
        self._timers.stop("answer")
        if message == _NAK and self._tries < self._retries and is_block(self._last):
            self._repeat(self._last)
            return
        self._follow(message)
        self._out.emit(Received(message, unsolicited=self._listening))
        if self._listening and message.endswith(_ETX):
            self._set_line(self._initial_baud)

    def _on_lost(self, lost: Lost) -> None:
        self._out.emit(FrameDropped(lost.reason, lost.octets))
        if not lost.damaged or self._listening:
            return
        if self._tries < self._retries:
            self._repeat(_NAK)
        elif self._client:
            self._down(f"{lost.reason}, {self._tries + 1} times")

    def _repeat(self, octets: bytes) -> None:
        self._tries += 1
        self._write(octets)

    # Octets out, and the line.

    def _write(self, message: bytes) -> None:
        octets = with_bcc(message)
        if self._echoes:
            self._echo.sent(octets)
        self._out.write(self._parity.add(octets))

    def _follow(self, octets: bytes) -> None:
        """Change the line where a message, in either direction, says so."""
        if octets.startswith(_BREAK):
            self._set_line(self._initial_baud)
            return
        if octets[:1] not in (b"/", b"\x06"):
            return
        try:
            message = decode(octets)
        except DecodeError:
            return  # the session says what is wrong with it
        rate: int | None = None
        match message:
            case OptionSelect(rate=character):
                rate = MODE_C_RATES.get(character)
                self._reading_out = not self._client and message.mode == _READ_OUT
            case Identification(rate=character):
                rate = MODE_B_RATES.get(character)
                self._reading_out = not self._client and not character.isdigit()
            case Request() if not self._client:
                rate = self._initial_baud
        if rate is not None:
            self._set_line(rate)

    def _set_line(self, baud: int) -> None:
        if baud != self._baud:
            if self._baud is not None:
                self._out.emit(Drain())
            self._baud = baud
            self._out.emit(SetLine(baud, self._format))

    def _down(self, reason: str, *, clean: bool = False) -> None:
        if self._up:
            self._up = False
            self._timers.stop()
            self._out.emit(Disconnected(reason, clean))
