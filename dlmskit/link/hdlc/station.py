"""What the client and the meter side of an HDLC link have in common: frames in and out, windows, pushes, timers."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from dlmskit.exceptions import DecodeError, LimitError, LocalProtocolError
from dlmskit.limits import Limits
from dlmskit.link.base import Disconnected, FrameDropped, LinkEvent, Received
from dlmskit.link.hdlc import llc
from dlmskit.link.hdlc.address import HdlcAddress
from dlmskit.link.hdlc.control import Control, FrameKind
from dlmskit.link.hdlc.frame import FrameHeader, HdlcFrame
from dlmskit.link.hdlc.parameters import HdlcParameters
from dlmskit.link.hdlc.push import UiJoiner
from dlmskit.link.hdlc.sequence import Inbound, Outbound
from dlmskit.link.hdlc.stream import Dropped, FrameReader
from dlmskit.link.outbox import Outbox
from dlmskit.link.timers import Timers


class Station:
    """Base of `HdlcClientLink` and `HdlcServerLink`; a subclass says who may speak when.

    Only the end that has the turn sends. It gives the turn away with the poll/final bit of the last frame it sends.
    """

    LLC_OUT: ClassVar[bytes]
    LLC_IN: ClassVar[bytes]

    def __init__(self, parameters: HdlcParameters | None, limits: Limits) -> None:
        self._parameters = parameters or HdlcParameters()
        self._agreed = self._parameters
        self._limits = limits
        self._reader = FrameReader()
        self._joiner = UiJoiner(limits)
        self._out = Outbox()
        self._timers = Timers()
        self._active = False
        self._up = False
        self._turn = False
        self._peer_ready = True
        self._receiving = True
        self._reset()
        self._on_timer: dict[str, Callable[[float], None]] = {"octet": self._on_silence, "tail": self._on_lost_tail}
        self._on_frame: dict[FrameKind, Callable[[HdlcFrame, float], None]] = {
            FrameKind.I: self._on_information,
            FrameKind.RR: self._on_supervisory,
            FrameKind.RNR: self._on_supervisory,
            FrameKind.UI: self._on_push,
        }

    # What a subclass adds.

    def _is_ours(self, frame: HdlcFrame) -> str | None:
        """None, or why the frame is not for this station."""
        raise NotImplementedError

    def _route(self) -> tuple[HdlcAddress, HdlcAddress]:
        """Destination and source of what we send."""
        raise NotImplementedError

    def _advance(self, now: float) -> None:
        """Use the turn, if it is ours."""
        raise NotImplementedError

    def _on_delivered(self, now: float) -> None:
        """A whole message was given to the layer above."""
        raise NotImplementedError

    def _on_gap(self, frame: HdlcFrame, now: float) -> None:
        """An I frame with another N(S) than the expected one came."""
        raise NotImplementedError

    def _on_impossible(self, frame: HdlcFrame, now: float) -> None:
        """An N(R) came for frames that were not sent."""
        raise NotImplementedError

    def _on_refused(self, header: FrameHeader, now: float) -> None:
        """A frame with a control octet that this profile does not have came, REJ say."""

    # The verbs of a link that are the same at both ends.

    def hold(self) -> None:
        """Take no more messages for a while: the peer hears RNR and keeps what it has."""
        self._receiving = False

    def resume(self, now: float) -> None:
        """Take messages again: the peer hears RR when it is this end's turn."""
        self._receiving = True
        self._advance(now)

    @property
    def negotiated(self) -> HdlcParameters:
        """Our parameters as agreed with the peer."""
        return self._agreed

    def send(self, message: bytes, now: float) -> None:
        """Queue one whole message. Raises `LocalProtocolError` when the link is not up."""
        if not self._up:
            raise LocalProtocolError("the HDLC link is not up")
        self._outbound.queue(self.LLC_OUT + message, self._agreed.max_info_tx)
        self._on_queued()
        self._advance(now)

    def expect(self, now: float) -> None:
        """See `Link.expect`."""

    def _on_queued(self) -> None:
        """A message was queued."""

    def receive_data(self, data: bytes, now: float) -> None:
        """Take octets from the line."""
        if self._active:
            self.take(self._reader.feed(data), now)

    def data_to_send(self) -> bytes:
        """Octets for the line."""
        return self._out.data_to_send()

    def next_event(self) -> LinkEvent | None:
        """The oldest event not yet taken."""
        return self._out.next_event()

    def next_deadline(self) -> float | None:
        """When `handle_timeout` wants to be called."""
        return self._timers.next()

    def handle_timeout(self, now: float) -> None:
        """Act on every deadline that has passed."""
        self._timers.fire(now, self._on_timer)

    # Frames in.

    def take(self, items: list[HdlcFrame | Dropped], now: float) -> None:
        """Take frames that were cut from the line already."""
        for item in items:
            if not self._active:
                break
            if isinstance(item, Dropped):
                self._out.emit(FrameDropped(item.reason, item.octets))
                if item.refused is not None:
                    self._on_refused(item.refused, now)
            elif (reason := self._is_ours(item)) is not None:
                self._drop(item, reason)
            elif (handler := self._on_frame.get(item.control.kind)) is not None:
                handler(item, now)
            else:
                self._drop(item, f"{item.control.kind} frame does not come from that side")
        if self._reader.pending and self._active:
            self._timers.start("octet", now + self._parameters.inter_octet_timeout)
        else:
            self._timers.stop("octet")

    def _drop(self, frame: HdlcFrame, reason: str) -> None:
        self._out.emit(FrameDropped(reason, len(frame.to_bytes())))

    def _acknowledged(self, frame: HdlcFrame, now: float) -> bool:
        sequence = frame.control.receive_sequence or 0
        if not self._outbound.acknowledges(sequence):
            self._drop(frame, f"N(R)={sequence} acknowledges frames that were not sent")
            self._on_impossible(frame, now)
            return False
        if self._outbound.acknowledge(sequence):
            self._on_progress()
        return True

    def _on_progress(self) -> None:
        """The peer took, or gave, something new."""

    def _on_information(self, frame: HdlcFrame, now: float) -> None:
        if not self._acknowledged(frame, now):
            return
        sequence = frame.control.send_sequence or 0
        if not self._receiving:
            self._drop(frame, "this end is not ready to receive (RNR)")
            self._give_turn(frame, now)
            return
        if sequence != self._inbound.sequence:
            self._drop(frame, f"I frame N(S)={sequence} where {self._inbound.sequence} was expected")
            self._on_gap(frame, now)
            return
        self._on_progress()
        self._deliver(frame, now)
        if self._up:
            self._give_turn(frame, now)

    def _deliver(self, frame: HdlcFrame, now: float) -> None:
        try:
            information = self._inbound.take(frame.information, frame.segmented)
            if information is None:
                return
            message = llc.strip(information, self.LLC_IN)
        except LimitError as error:
            self._abort(error.reason)
            return
        except DecodeError as error:
            self._drop(frame, str(error))
            return
        self._on_delivered(now)
        self._out.emit(Received(message, frame.source.upper, frame.destination.upper))

    def _on_supervisory(self, frame: HdlcFrame, now: float) -> None:
        self._peer_ready = frame.control.kind is FrameKind.RR
        if self._acknowledged(frame, now):
            self._give_turn(frame, now)

    def _give_turn(self, frame: HdlcFrame, now: float) -> None:
        if frame.control.poll_final:
            self._turn = True
            self._on_turn()
            self._advance(now)

    def _on_turn(self) -> None:
        """The turn came to us: what is still in flight did not arrive."""
        self._outbound.rewind()

    def _on_push(self, frame: HdlcFrame, now: float) -> None:
        for event in self._joiner.take(frame):
            self._out.emit(event)
        if self._joiner.joining:
            self._timers.start("tail", now + self._parameters.tail_timeout)
        else:
            self._timers.stop("tail")

    # Frames out.

    def _write(self, control: Control, information: bytes = b"", segmented: bool = False) -> None:
        destination, source = self._route()
        self._sent(HdlcFrame(destination, source, control, information, segmented))

    def _sent(self, frame: HdlcFrame) -> None:
        self._out.write(frame.to_bytes())

    def _write_segments(self) -> bool:
        """Send what the window has room for, the turn going with the last frame; False when there is nothing."""
        frames = list(self._outbound.take(self._agreed.window_tx)) if self._peer_ready else []
        for index, (sequence, (information, more)) in enumerate(frames):
            last = index == len(frames) - 1
            self._write(Control(FrameKind.I, last, sequence, self._inbound.sequence), information, more)
        if frames:
            self._turn = False
        return bool(frames)

    def _write_ready(self) -> None:
        kind = FrameKind.RR if self._receiving else FrameKind.RNR
        self._write(Control(kind, True, None, self._inbound.sequence))
        self._turn = False

    # Time and state.

    def _on_silence(self, now: float) -> None:
        self.take(self._reader.abandon(), now)

    def _on_lost_tail(self, now: float) -> None:
        for event in self._joiner.abandon("the rest of a segmented push did not come"):
            self._out.emit(event)

    def _reset(self) -> None:
        self._outbound = Outbound()
        self._inbound = Inbound(self._limits.apdu_octets)
        self._peer_ready = True

    def _abort(self, reason: str) -> None:
        """End the link because the peer goes too far."""
        self._down(reason)

    def _down(self, reason: str, *, clean: bool = False) -> None:
        self._up = self._turn = False
        self._timers.stop()
        self._out.emit(Disconnected(reason, clean))
