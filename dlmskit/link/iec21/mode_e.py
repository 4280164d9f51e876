"""Mode E: sign on at 300 Bd 7E1, switch to binary mode, then HDLC on the same line.

::

    client  /?!                meter  /XXXZ\\2...
    client  ACK 2 Z 2          meter  ACK 2 Z 2     both then go to the rate of Z, 8N1

Some meters leave the ``\\2`` mark or their own ACK out, so neither is insisted on.

Source: IEC 62056-21, protocol mode E; IEC 62056-42.
"""

from __future__ import annotations

from enum import Enum, auto

from dlmskit.codec.iec21.block import BlockReader, Lost
from dlmskit.codec.iec21.message import Identification, OptionSelect, Request, decode
from dlmskit.codec.iec21.rates import MODE_C_RATES
from dlmskit.exceptions import DecodeError
from dlmskit.link.base import Disconnected, Drain, FrameDropped, Link, LinkEvent, SetLine
from dlmskit.link.iec21.echo import EchoFilter
from dlmskit.link.iec21.link import ECHO
from dlmskit.link.iec21.parity import Parity, ParityOption
from dlmskit.link.outbox import Outbox
from dlmskit.link.timers import Timers

_BINARY = "2"


class _State(Enum):
    CLOSED = auto()
    IDENTIFYING = auto()
    SELECTING = auto()
    BINARY = auto()


class ModeELink:
    """Signs on with option 2, then is `inner`, an HDLC client link.

    `address` is the device address of the sign-on. `rate` None takes what the meter offers. The line's own format while
    signing on is `line_format`; over a channel that stays 8N1 use ``"8N1"`` with `parity` ``"even"``. Times in seconds.
    """

    def __init__(
        self,
        inner: Link,
        *,
        address: str = "",
        initial_baud: int = 300,
        line_format: str = "7E1",
        parity: ParityOption = "auto",
        rate: str | None = None,
        retries: int = 2,
        answer_timeout: float = 3.0,
        settle_time: float = 0.3,
    ) -> None:
        self._inner = inner
        self._request = Request(address).to_bytes()
        self._initial = SetLine(initial_baud, line_format)
        self._parity = Parity(parity)
        self._rate = rate
        self._retries = retries
        self._answer_timeout = answer_timeout
        self._settle_time = settle_time
        self._out = Outbox()
        self._timers = Timers()
        self._state = _State.CLOSED
        self._start_over()

    def _start_over(self) -> None:
        self._reader = BlockReader(selects=True)
        self._echo = EchoFilter()
        self._tries = 0
        self.identification: Identification | None = None
        """what the meter said of itself, once it did"""

    def open(self, now: float) -> None:
        """Sign on; `Connected` follows when the HDLC link is up."""
        self._start_over()
        self._state = _State.IDENTIFYING
        self._out.emit(self._initial)
        self._ask(now)

    def close(self, now: float) -> None:
        """End the HDLC link, or break off the sign-on."""
        if self._state is _State.BINARY:
            self._inner.close(now)
        else:
            self._down("closed while signing on", clean=True)

    def send(self, message: bytes, now: float) -> None:
        """See `Link.send`."""
        self._inner.send(message, now)

    def expect(self, now: float) -> None:
        """See `Link.expect`."""
        self._inner.expect(now)

    def receive_data(self, data: bytes, now: float) -> None:
        """Take octets from the line."""
        if self._state is _State.BINARY:
            self._inner.receive_data(data, now)
        elif self._state is not _State.CLOSED:
            self._sign_on(data, now)

    def data_to_send(self) -> bytes:
        """Octets for the line, up to the next line request."""
        return self._out.data_to_send() or (self._inner.data_to_send() if self._out.empty else b"")

    def next_event(self) -> LinkEvent | None:
        """The oldest event not yet taken."""
        return self._out.next_event() or self._inner.next_event()

    def next_deadline(self) -> float | None:
        """When `handle_timeout` wants to be called."""
        deadlines = (self._timers.next(), self._inner.next_deadline())
        return min((at for at in deadlines if at is not None), default=None)

    def handle_timeout(self, now: float) -> None:
        """Ask again, go on to HDLC, or pass on to the HDLC link."""
        for name in self._timers.due(now):
            if name == "settle":
                self._go_binary(now)
            else:
                self._on_no_answer(now)
        deadline = self._inner.next_deadline()
        if deadline is not None and deadline <= now:
            self._inner.handle_timeout(now)

    # Signing on.

    def _ask(self, now: float) -> None:
        self._write(self._request)
        self._timers.start("answer", now + self._answer_timeout)

    def _write(self, octets: bytes) -> None:
        self._echo.sent(octets)
        self._out.write(self._parity.add(octets))

    def _sign_on(self, data: bytes, now: float) -> None:
        plain, echoed = self._echo.take(self._parity.strip(data)) if self._state is _State.IDENTIFYING else (data, 0)
        if echoed:
            self._out.emit(FrameDropped("echo of our own octets", echoed))
        for item in self._reader.feed(plain):
            if isinstance(item, Lost):
                self._out.emit(FrameDropped(item.reason, item.octets))
            else:
                self._on_message(item, now)

    def _on_message(self, octets: bytes, now: float) -> None:
        try:
            message = decode(octets)
        except DecodeError as error:
            self._out.emit(FrameDropped(f"no identification: {error}", len(octets)))
            return
        if isinstance(message, Identification) and self._state is _State.IDENTIFYING:
            self._select(message, now)
        else:
            self._out.emit(FrameDropped(f"{message.NAME} while switching to binary mode", len(octets)))

    def _select(self, identification: Identification, now: float) -> None:
        self.identification = identification
        rate = self._rate or identification.rate
        baud = MODE_C_RATES.get(rate)
        if baud is None:
            self._down(f"the meter offers rate character {identification.rate}: mode E is not possible")
            return
        self._state = _State.SELECTING
        self._timers.stop("answer")
        self._write(OptionSelect(_BINARY, rate, _BINARY).to_bytes())
        self._out.emit(Drain())
        self._out.emit(SetLine(baud, "8N1"))
        # The meter's own ACK may come at either rate, or not at all: give it time and begin HDLC whatever came.
        self._timers.start("settle", now + self._settle_time)

    def _go_binary(self, now: float) -> None:
        self._state = _State.BINARY
        self._inner.open(now)

    def _on_no_answer(self, now: float) -> None:
        self._tries += 1
        if self._tries <= self._retries:
            self._ask(now)
        else:
            self._down(ECHO if self._echo.seen else "no identification from the meter")

    def _down(self, reason: str, *, clean: bool = False) -> None:
        if self._state is not _State.CLOSED:
            self._state = _State.CLOSED
            self._timers.stop()
            self._out.emit(Disconnected(reason, clean))
