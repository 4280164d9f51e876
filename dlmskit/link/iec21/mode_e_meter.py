"""The meter's side of mode E: identification at the initial rate, then an HDLC meter on the same line.

::

    client  /?!                meter  /XXXZ\\2...
    client  ACK 2 Z 2          meter  ACK 2 Z 2     both then go to the rate of Z, 8N1

When HDLC has ended, or never began, the meter goes back to the initial rate and listens for the next sign-on.

Source: IEC 62056-21, protocol mode E; IEC 62056-42.
"""

from __future__ import annotations

from dlmskit.codec.iec21.block import BlockReader, Lost
from dlmskit.codec.iec21.message import Identification, OptionSelect, Request, decode
from dlmskit.codec.iec21.rates import MODE_C_RATES
from dlmskit.exceptions import DecodeError, EncodeError
from dlmskit.link.base import Connected, Disconnected, Drain, FrameDropped, Link, LinkEvent, SetLine
from dlmskit.link.iec21.parity import Parity, ParityOption
from dlmskit.link.outbox import Outbox
from dlmskit.link.timers import Timers


class ModeEMeterLink:
    """Signs on, then is `inner`, an HDLC meter link.

    `address` is the meter's device address: a sign-on with another one is ignored, one without any is answered.
    `confirms` is False for meters that switch without a word. `idle_time` seconds after the switch without SNRM, and
    after every end of HDLC, the line goes back. Raises `EncodeError` for an identification without a mode C rate.
    """

    def __init__(
        self,
        inner: Link,
        identification: Identification,
        *,
        address: str = "",
        initial_baud: int = 300,
        line_format: str = "7E1",
        parity: ParityOption = "auto",
        confirms: bool = True,
        idle_time: float = 120.0,
    ) -> None:
        if identification.rate not in MODE_C_RATES:
            raise EncodeError("mode E needs an identification with a rate character of mode C")
        self._inner = inner
        self._identification = identification.to_bytes()
        self._highest = identification.rate
        self._address = address.lstrip("0")
        self._initial = SetLine(initial_baud, line_format)
        self._parity = Parity(parity)
        self._confirms = confirms
        self._idle_time = idle_time
        self._out = Outbox()
        self._timers = Timers()
        self._listening = self._binary = False
        self._reader = BlockReader(selects=True)

    def open(self, now: float) -> None:
        """Listen for a sign-on; `Connected` follows when a client has connected by HDLC."""
        self._listening = True
        self._begin()

    def close(self, now: float) -> None:
        """Stop listening; `Disconnected` follows when a client was connected."""
        self._listening = False
        self._timers.stop()
        if self._binary:
            self._inner.close(now)

    def send(self, message: bytes, now: float) -> None:
        """See `Link.send`."""
        self._inner.send(message, now)

    def expect(self, now: float) -> None:
        """See `Link.expect`."""
        self._inner.expect(now)

    def receive_data(self, data: bytes, now: float) -> None:
        """Take octets from the line."""
        if self._binary:
            self._inner.receive_data(data, now)
        elif self._listening:
            self._sign_on(data, now)

    def data_to_send(self) -> bytes:
        """Octets for the line, up to the next line request."""
        return self._out.data_to_send() or (self._inner.data_to_send() if self._out.empty else b"")

    def next_event(self) -> LinkEvent | None:
        """The oldest event not yet taken."""
        event = self._out.next_event()
        if event is not None or not self._binary:
            return event
        event = self._inner.next_event()
        if isinstance(event, Disconnected):
            self._end_binary()
        elif isinstance(event, Connected):
            self._timers.stop("idle")
        return event

    def next_deadline(self) -> float | None:
        """When `handle_timeout` wants to be called."""
        deadlines = (self._timers.next(), self._inner.next_deadline() if self._binary else None)
        return min((at for at in deadlines if at is not None), default=None)

    def handle_timeout(self, now: float) -> None:
        """Go back to the initial rate, or pass on to the HDLC link."""
        if self._timers.due(now):
            self._inner.close(now)
            self._end_binary()
            return
        deadline = self._inner.next_deadline() if self._binary else None
        if deadline is not None and deadline <= now:
            self._inner.handle_timeout(now)

    def _begin(self) -> None:
        self._binary = False
        self._reader = BlockReader(selects=True)
        self._out.emit(self._initial)

    def _end_binary(self) -> None:
        # what HDLC still says (its UA to DISC) goes out at its own rate
        if rest := self._inner.data_to_send():
            self._out.write(rest)
        self._timers.stop()
        self._binary = False
        if self._listening:
            self._out.emit(Drain())
            self._begin()

    def _sign_on(self, data: bytes, now: float) -> None:
        for item in self._reader.feed(self._parity.strip(data)):
            if isinstance(item, Lost):
                self._out.emit(FrameDropped(item.reason, item.octets))
            else:
                self._on_message(item, now)

    def _on_message(self, octets: bytes, now: float) -> None:
        try:
            message = decode(octets)
        except DecodeError as error:
            self._out.emit(FrameDropped(str(error), len(octets)))
            return
        match message:
            case Request(address=address):
                if not address or address.lstrip("0") == self._address:
                    self._out.write(self._parity.add(self._identification))
            case OptionSelect(protocol="2", rate=rate, mode="2") if rate <= self._highest and rate in MODE_C_RATES:
                self._go_binary(octets, MODE_C_RATES[rate], now)
            case _:
                self._out.emit(FrameDropped(f"{message.NAME} while waiting for a sign-on", len(octets)))

    def _go_binary(self, select: bytes, baud: int, now: float) -> None:
        if self._confirms:
            self._out.write(self._parity.add(select))
        self._out.emit(Drain())
        self._out.emit(SetLine(baud, "8N1"))
        self._binary = True
        self._timers.start("idle", now + self._idle_time)
        self._inner.open(now)
