"""The client side of an HDLC link: it connects, it polls, it repeats."""

from __future__ import annotations

from collections import deque
from enum import Enum, auto

from dlmskit.exceptions import FrameError, LocalProtocolError
from dlmskit.limits import DEFAULT_LIMITS, Limits
from dlmskit.link.base import Connected
from dlmskit.link.hdlc import llc
from dlmskit.link.hdlc.address import HdlcAddress
from dlmskit.link.hdlc.control import Control, FrameKind
from dlmskit.link.hdlc.frame import HdlcFrame
from dlmskit.link.hdlc.parameters import HdlcParameters, read_information
from dlmskit.link.hdlc.reject import FrameReject
from dlmskit.link.hdlc.station import Station
from dlmskit.link.hdlc.stream import FrameReader

ECHO = "only our own octets came back: the line or the head echoes what we send and no meter answered"


class _State(Enum):
    CLOSED = auto()
    CONNECTING = auto()
    UP = auto()
    DISCONNECTING = auto()


class HdlcClientLink(Station):
    """Connects `client_sap` with `server` by SNRM and UA, and polls for every answer.

    When an answer does not come within `parameters.response_timeout`, the meter is asked again with RR, so that its
    N(R) and its repetition show what was lost; after `parameters.retries` repetitions without progress the link ends.
    """

    LLC_OUT = llc.COMMAND
    LLC_IN = llc.RESPONSE

    def __init__(
        self,
        client_sap: int,
        server: HdlcAddress,
        parameters: HdlcParameters | None = None,
        *,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        super().__init__(parameters, limits)
        self._client = HdlcAddress(client_sap)
        self._server = server
        self._state = _State.CLOSED
        self._tries = 0
        self._answer_due = False
        self._stuck = self._paused = False
        self._recent: deque[HdlcFrame] = deque(maxlen=8)
        self._echoed = self._heard = False
        self._on_timer |= {"answer": self._on_no_answer, "poll": self._on_poll_time, "busy": self._on_busy}
        self._on_frame |= {FrameKind.UA: self._on_ua, FrameKind.DM: self._on_dm, FrameKind.FRMR: self._on_frmr}

    def open(self, now: float) -> None:
        """Send SNRM; `Connected` follows the meter's UA."""
        self._reset()
        self._reader = FrameReader()
        self._agreed = self._parameters
        self._active = True
        self._echoed = self._heard = self._answer_due = self._paused = False
        self._begin(_State.CONNECTING, now)

    def close(self, now: float) -> None:
        """Send DISC; `Disconnected` follows the meter's UA or DM, or its silence."""
        if self._state is _State.UP:
            self._up = False
            self._timers.stop()
            self._begin(_State.DISCONNECTING, now)
        elif self._state is _State.CONNECTING:
            self._end("closed before the meter answered", clean=True)

    def broadcast(self, message: bytes, now: float, octets: int = 1) -> None:
        """Send one message to all stations in UI frames, with an address of this many octets; nobody answers.

        Raises `LocalProtocolError` while an answer is awaited or the link was never opened.
        """
        if not self._active or (self._up and not self._turn):
            raise LocalProtocolError("the client may not speak now: broadcast between two answers")
        information, size = self.LLC_OUT + message, self._agreed.max_info_tx
        for start in range(0, len(information), size):
            more = start + size < len(information)
            part = information[start : start + size]
            address = HdlcAddress.all_station(octets)
            self._sent(HdlcFrame(address, self._client, Control(FrameKind.UI, False), part, more))

    def _begin(self, state: _State, now: float) -> None:
        self._state = state
        self._tries = 0
        self._write_command(now)

    def _write_command(self, now: float) -> None:
        if self._state is _State.CONNECTING:
            information = b"" if self._parameters.are_default else self._parameters.to_information()
            self._write(Control(FrameKind.SNRM), information)
        else:
            self._write(Control(FrameKind.DISC))
        self._await(now)

    def _await(self, now: float) -> None:
        self._turn = False
        self._stuck = True
        self._timers.stop("poll")
        self._timers.start("answer", now + self._parameters.response_timeout)

    # Whose frames these are.

    def _route(self) -> tuple[HdlcAddress, HdlcAddress]:
        return self._server, self._client

    def _is_ours(self, frame: HdlcFrame) -> str | None:
        # where both have the same address, neither an echo nor a reversal can be told from the meter's own frames
        distinct = self._server != self._client
        if distinct and frame in self._recent:
            self._echoed = True
            return "echo of our own frame"
        if distinct and (frame.destination, frame.source) == (self._server, self._client):
            return "addresses reversed: destination is the meter, source is the client"
        peer = (frame.source.upper, frame.source.lower)
        to_us = frame.destination == self._client
        to_us |= frame.destination.is_all_station and frame.control.kind is FrameKind.UI
        if not to_us or peer != (self._server.upper, self._server.lower):
            return f"frame from {frame.source} to {frame.destination} is not for us"
        self._heard = True
        return None

    def _sent(self, frame: HdlcFrame) -> None:
        self._recent.append(frame)
        super()._sent(frame)

    # Link set-up and end.

    def _on_ua(self, frame: HdlcFrame, now: float) -> None:
        if self._state is _State.DISCONNECTING:
            self._end("closed", clean=True)
        elif self._state is not _State.CONNECTING:
            self._drop(frame, "UA without a question")
        else:
            self._on_connected(frame)

    def _on_connected(self, frame: HdlcFrame) -> None:
        try:
            self._agreed = self._parameters.agreed_with(read_information(frame.information))
        except FrameError as error:
            self._end(f"the meter's UA cannot be used: {error}")
            return
        self._state = _State.UP
        self._up = self._turn = True
        self._timers.stop("answer")
        self._out.emit(Connected())

    def _on_dm(self, frame: HdlcFrame, now: float) -> None:
        if self._state is _State.DISCONNECTING:
            self._end("closed", clean=True)
        else:
            self._end("the meter is in disconnected mode (DM)")

    def _on_frmr(self, frame: HdlcFrame, now: float) -> None:
        try:
            reason = str(FrameReject.from_bytes(frame.information))
        except FrameError:
            reason = frame.information.hex() or "without a word"
        # the meter answers FRMR for ever unless the link is ended or begun anew
        self._abort(f"the meter rejected a frame (FRMR): {reason}")

    def _abort(self, reason: str) -> None:
        self._write(Control(FrameKind.DISC))
        self._end(reason)

    def _end(self, reason: str, *, clean: bool = False) -> None:
        self._state = _State.CLOSED
        self._active = False
        self._down(reason, clean=clean)

    # The dialogue.

    def expect(self, now: float) -> None:
        """Another message of the meter is due: poll for it where the turn came with the last one."""
        self._answer_due = True
        if self._up and self._turn and not self._paused and self._outbound.idle:
            self._write_ready()
            self._await(now)

    def _on_queued(self) -> None:
        self._answer_due = True

    def _on_delivered(self, now: float) -> None:
        self._answer_due = False

    def _on_information(self, frame: HdlcFrame, now: float) -> None:
        if self._has_asked(frame):
            super()._on_information(frame, now)

    def _on_supervisory(self, frame: HdlcFrame, now: float) -> None:
        if not self._has_asked(frame):
            return
        if frame.control.kind is FrameKind.RR:
            self._timers.stop("busy")
        elif self._peer_ready:
            self._timers.start("busy", now + self._parameters.busy_timeout)
        super()._on_supervisory(frame, now)

    def _on_busy(self, now: float) -> None:
        self._end(f"the meter was not ready to receive (RNR) for {self._parameters.busy_timeout:g} s")

    def _has_asked(self, frame: HdlcFrame) -> bool:
        if self._state is _State.UP and not self._turn:
            return True
        self._drop(frame, f"{frame.control.kind} frame without a poll")
        return False

    def _on_progress(self) -> None:
        self._tries = 0
        self._stuck = False

    def _on_turn(self) -> None:
        self._timers.stop("answer")
        if self._outbound.in_flight and self._stuck and self._peer_ready:
            self._pause()
        super()._on_turn()

    def _pause(self) -> None:
        # A doubled answer must not double what is sent for it, so repeating waits a little and happens once.
        self._tries += 1
        self._paused = True

    def _advance(self, now: float) -> None:
        if not self._turn:
            return
        if self._tries > self._parameters.retries:
            self._end("the meter does not take our frames, or does not repeat its own")
        elif self._paused:
            self._timers.start("poll", now + self._parameters.poll_interval)
        elif self._write_segments():
            self._await(now)
        elif self._inbound.joining:
            self._write_ready()
            self._await(now)
        elif self._answer_due or not self._outbound.idle:
            self._tries = 0
            self._timers.start("poll", now + self._parameters.poll_interval)

    def _on_poll_time(self, now: float) -> None:
        self._paused = False
        if not self._write_segments():
            self._write_ready()
        self._await(now)

    def _on_gap(self, frame: HdlcFrame, now: float) -> None:
        # A repeat is stale: this side asked again, and what it asked for is still on its way.
        sequence = frame.control.send_sequence or 0
        if frame.control.poll_final and not self._inbound.is_repeat(sequence, self._agreed.window_rx):
            self._pause()
            self._give_turn(frame, now)

    def _on_impossible(self, frame: HdlcFrame, now: float) -> None:
        """Dropped: the answer's time-out asks again."""

    def _on_no_answer(self, now: float) -> None:
        self._tries += 1
        if self._tries > self._parameters.retries:
            echo = self._echoed and not self._heard
            self._end(ECHO if echo else f"no answer from the meter within {self._parameters.response_timeout:g} s")
        elif self._reader.pending:
            self._await(now)  # a frame is on its way: do not talk into it
        elif self._state is _State.UP:
            self._write_ready()
            self._await(now)
        else:
            self._write_command(now)
