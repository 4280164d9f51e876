"""The meter side of an HDLC link: it waits for SNRM, and speaks when polled."""

from __future__ import annotations

from dlmskit.exceptions import FrameError, LocalProtocolError
from dlmskit.limits import DEFAULT_LIMITS, Limits
from dlmskit.link.base import Connected
from dlmskit.link.hdlc import llc
from dlmskit.link.hdlc.address import HdlcAddress
from dlmskit.link.hdlc.control import Control, FrameKind
from dlmskit.link.hdlc.frame import FrameHeader, HdlcFrame
from dlmskit.link.hdlc.parameters import HdlcParameters, read_information
from dlmskit.link.hdlc.reject import INVALID_RECEIVE_SEQUENCE, UNKNOWN_CONTROL, FrameReject
from dlmskit.link.hdlc.station import Station
from dlmskit.link.hdlc.stream import FrameReader

_POLL = 0x10


class HdlcServerLink(Station):
    """A meter at `address`, serving one client at a time.

    A client may use any address length: the upper address must be ours, the lower one only when both have one. Answers
    carry the address that the client used. After `Disconnected` the link waits for the next SNRM. A frame that breaks
    the procedure is rejected: every further poll is answered with the same FRMR until SNRM or DISC. What is sent to all
    stations is taken from UI frames only and never answered.
    """

    LLC_OUT = llc.RESPONSE
    LLC_IN = llc.COMMAND

    def __init__(
        self, address: HdlcAddress, parameters: HdlcParameters | None = None, *, limits: Limits = DEFAULT_LIMITS
    ) -> None:
        super().__init__(parameters, limits)
        self._address = address
        self._own = address
        self._client = HdlcAddress(0)
        self._reply_owed = False
        self._fresh = False
        self._rejection = b""
        self._on_timer |= {"reply": self._on_reply_time, "idle": self._on_idle}
        self._on_frame |= {FrameKind.SNRM: self._on_snrm, FrameKind.DISC: self._on_disc}

    @property
    def idle(self) -> bool:
        """Whether no client is connected and none has to be told of a rejected frame."""
        return not self._up and not self._rejection

    def open(self, now: float) -> None:
        """Listen; `Connected` follows a client's SNRM."""
        self._reader = FrameReader()
        self._active = True

    def close(self, now: float) -> None:
        """Stop listening; `Disconnected` at once when a client was connected."""
        self._active = False
        if self._up:
            self._down("closed", clean=True)

    def push(self, message: bytes, now: float, client_sap: int | None = None) -> None:
        """Send one message in UI frames, to `client_sap` or to the client that is connected, whoever has the turn.

        Raises `LocalProtocolError` when nobody listens or no client is named.
        """
        if not self._active or (client_sap is None and not self._up):
            raise LocalProtocolError("no client is connected, and none was named")
        destination = self._client if client_sap is None else HdlcAddress(client_sap)
        information = self.LLC_OUT + message
        size = self._agreed.max_info_tx
        for start in range(0, len(information), size):
            part = information[start : start + size]
            more = start + size < len(information)
            self._sent(HdlcFrame(destination, self._own, Control(FrameKind.UI, not more), part, more))

    def refuse(self, frame: HdlcFrame) -> None:
        """Answer a frame as a meter that is disconnected."""
        reason = self._is_ours(frame)
        if reason is not None:
            self._drop(frame, reason)
        else:
            self._refuse(frame)

    def _route(self) -> tuple[HdlcAddress, HdlcAddress]:
        return self._client, self._own

    def _is_ours(self, frame: HdlcFrame) -> str | None:
        if frame.destination.is_all_station:
            return None if frame.control.kind is FrameKind.UI else "only UI frames may go to all stations"
        if self._is_addressed(frame.destination):
            return None
        return f"frame from {frame.source} to {frame.destination} is not for us"

    def _is_addressed(self, destination: HdlcAddress) -> bool:
        lower = (self._address.lower, destination.lower)
        same = destination.upper == self._address.upper and not destination.is_no_station
        return same and (None in lower or lower[0] == lower[1])

    def _heard_client(self, now: float) -> None:
        if self._parameters.inactivity_timeout:
            self._timers.start("idle", now + self._parameters.inactivity_timeout)

    # Link set-up and end.

    def _on_snrm(self, frame: HdlcFrame, now: float) -> None:
        try:
            peer = read_information(frame.information)
        except FrameError as error:
            self._drop(frame, f"SNRM cannot be used: {error}")
            return
        repeated = self._fresh and frame.source == self._client
        self._own, self._client = frame.destination, frame.source
        self._agreed = self._parameters.agreed_with(peer)
        if self._up and not repeated:
            self._down("a client connects anew")
        self._reset()
        self._turn = self._reply_owed = False
        self._rejection = b""
        self._write(Control(FrameKind.UA), self._agreed.to_information())
        self._heard_client(now)
        if not self._up:
            self._up = self._fresh = True
            self._out.emit(Connected())

    def _on_disc(self, frame: HdlcFrame, now: float) -> None:
        rejecting, self._rejection = self._rejection and frame.source == self._client, b""
        if rejecting:
            self._write(Control(FrameKind.UA))
            return
        if not self._up or frame.source != self._client:
            self._refuse(frame)
            return
        self._write(Control(FrameKind.UA))
        self._down("the client disconnected", clean=True)

    def _refuse(self, frame: HdlcFrame) -> None:
        if frame.control.poll_final and self._rejection and frame.source == self._client:
            self._write(Control(FrameKind.FRMR), self._rejection)
        elif frame.control.poll_final:
            self._sent(HdlcFrame(frame.source, frame.destination, Control(FrameKind.DM)))

    # The dialogue.

    def _on_information(self, frame: HdlcFrame, now: float) -> None:
        if self._is_client(frame, now):
            super()._on_information(frame, now)

    def _on_supervisory(self, frame: HdlcFrame, now: float) -> None:
        if self._is_client(frame, now):
            super()._on_supervisory(frame, now)

    def _is_client(self, frame: HdlcFrame, now: float) -> bool:
        if self._up and frame.source == self._client:
            self._fresh = False
            self._heard_client(now)
            return True
        self._refuse(frame)
        return False

    def _on_delivered(self, now: float) -> None:
        self._reply_owed = True

    def _on_queued(self) -> None:
        self._reply_owed = False

    def _advance(self, now: float) -> None:
        if not self._turn:
            return
        self._timers.stop("reply")
        if self._write_segments():
            return
        if self._reply_owed and self._receiving:
            self._timers.start("reply", now + self._parameters.reply_time)
        else:
            self._write_ready()

    def _on_reply_time(self, now: float) -> None:
        self._write_ready()

    def _on_gap(self, frame: HdlcFrame, now: float) -> None:
        self._give_turn(frame, now)

    def _on_impossible(self, frame: HdlcFrame, now: float) -> None:
        reason = "the client acknowledged frames that were not sent"
        self._reject(frame.control.to_octet(), INVALID_RECEIVE_SEQUENCE, reason)

    def _on_refused(self, header: FrameHeader, now: float) -> None:
        if self._up and header.source == self._client and self._is_addressed(header.destination):
            reason = f"the client sent control octet {header.control_octet:02X}, which this profile does not have"
            self._reject(header.control_octet, UNKNOWN_CONTROL, reason)

    def _reject(self, control_octet: int, reasons: int, reason: str) -> None:
        states = (self._outbound.sequence, self._inbound.sequence)
        self._rejection = FrameReject(control_octet, *states, reasons).to_bytes()
        if control_octet & _POLL:
            self._write(Control(FrameKind.FRMR), self._rejection)
        self._down(reason)

    def _on_idle(self, now: float) -> None:
        self._down("the client has been silent too long")
