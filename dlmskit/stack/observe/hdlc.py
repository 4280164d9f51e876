"""HDLC frames as layers, segments put together again."""

from __future__ import annotations

from collections.abc import Callable

from dlmskit.exceptions import DecodeError, FrameError, TruncatedError
from dlmskit.link.hdlc import llc
from dlmskit.link.hdlc.address import HdlcAddress
from dlmskit.link.hdlc.control import Control, FrameKind
from dlmskit.link.hdlc.frame import FLAG, FrameHeader, HdlcFrame, read_header
from dlmskit.link.hdlc.parameters import read_information
from dlmskit.stack.observe.flow import Flow
from dlmskit.stack.observe.layer import Draft, Stopped

MAX_HEADER_OCTETS = 14
LLC_OCTETS = 3
_MOST_FLOWS = 256

Route = tuple[HdlcAddress, HdlcAddress]
"""Destination and source."""
Explain = Callable[..., None]
"""Adds the message in given octets below a draft, at `shift`; `route` says who sent it."""


class HdlcExplainer:
    """Explains frames of one line and remembers open segments by route. `explain` is given each whole message."""

    def __init__(self, explain: Explain) -> None:
        self._explain = explain
        self._flows: dict[tuple[Route, FrameKind], Flow] = {}

    def take(self, parent: Draft, octets: bytes, at: int, *, final: bool) -> int | None:
        """Explain what begins with the flag at `at`; gives where it ends, None to wait for the rest of it."""
        if octets[at + 1] == FLAG:
            return _last_flag(octets, at)
        header: FrameHeader | None = None
        try:
            header = read_header(octets[at : at + MAX_HEADER_OCTETS])
            end = at + header.length + 2
            if end > len(octets):
                raise TruncatedError(
                    f"the length field says {end - at} octets, {len(octets) - at} are there", len(octets) - at
                )
        except TruncatedError as error:
            if not final:
                return None
            self._broken(parent, octets, at, header, error)
            return len(octets)
        except FrameError as error:
            self._broken(parent, octets, at, header, error)
            return _next_flag(octets, at + 1)
        try:
            with parent.layer("hdlc-frame", shift=at) as draft:
                self._frame(draft, octets[at:end], header)
        except Stopped:
            if octets[end - 1] != FLAG:
                return _next_flag(octets, at + 1)
        shared = end < len(octets) and octets[end] >> 4 == 0xA
        return end - 1 if shared else end

    def _broken(self, parent: Draft, octets: bytes, at: int, header: FrameHeader | None, error: DecodeError) -> None:
        draft = Draft("hdlc-frame", 0, "", parent.base + at)
        if header is not None:
            _explain_header(draft, header, octets[at + header.end - 1])
        draft.fail(error)
        draft.reach(min(error.offset + 1, len(octets) - at))
        parent.add(draft.finish())

    def _frame(self, draft: Draft, octets: bytes, header: FrameHeader) -> None:
        draft.reach(len(octets))
        _explain_header(draft, header, octets[header.end - 1])
        frame = HdlcFrame.from_bytes(octets)
        draft.name = f"hdlc-frame {frame.control.kind}"
        check = len(octets) - 3
        if header.has_information:
            draft.field("header-check", octets[header.end : header.end + 2], header.end, header.end + 2, "right")
        draft.field("frame-check", octets[check : check + 2], check, check + 2, "right")
        if frame.control.kind in (FrameKind.SNRM, FrameKind.UA):
            for route in ((frame.destination, frame.source), (frame.source, frame.destination)):
                self._flows.pop((route, FrameKind.I), None)  # the numbers begin anew
            if frame.information:
                _explain_parameters(draft, frame.information, header.end + 2)
        elif frame.control.kind in (FrameKind.I, FrameKind.UI) and frame.information:
            self._information(draft, frame, header.end + 2)

    def _information(self, draft: Draft, frame: HdlcFrame, start: int) -> None:
        route = (frame.destination, frame.source)
        flow = self._flow(route, frame.control.kind)
        end = start + len(frame.information)
        if flow.is_repetition(frame):
            draft.field("information", None, start, end, "repetition of a frame before")
            return
        whole = flow.join(frame)
        if whole is None or whole[1] > 1:
            number = flow.segments if whole is None else whole[1]
            draft.field("information", None, start, end, f"segment {number}, {len(frame.information)} octets")
        if whole is None:
            return
        message, segments = whole
        if segments == 1:
            self._message(draft, message, start, route)
            return
        with draft.layer("reassembled", 0, shift=start) as joined:
            joined.reach(len(frame.information))
            joined.note = f"{len(message)} octets of {segments} segments"
            joined.space(message)
            self._message(joined, message, 0, route)

    def _flow(self, route: Route, kind: FrameKind) -> Flow:
        flow = self._flows.pop((route, kind), None) or Flow()
        self._flows[route, kind] = flow
        if len(self._flows) > _MOST_FLOWS:
            del self._flows[next(iter(self._flows))]
        return flow

    def _message(self, draft: Draft, information: bytes, start: int, route: Route) -> None:
        if information[:LLC_OCTETS] in (llc.COMMAND, llc.RESPONSE):
            words = "command" if information[:LLC_OCTETS] == llc.COMMAND else "response"
            draft.field("llc", information[:LLC_OCTETS], start, start + LLC_OCTETS, words)
            start, information = start + LLC_OCTETS, information[LLC_OCTETS:]
        if information:
            self._explain(draft, information, shift=start, route=route)

    def abandoned(self) -> str:
        """What is still open at the end, in words; empty when nothing is."""
        count = sum(flow.segments for flow in self._flows.values())
        return f"{count} segments whose last one never came" if count else ""


def _explain_header(draft: Draft, header: FrameHeader, control_octet: int) -> None:
    draft.field("length", header.length, 1, 3, "more segments follow" if header.segmented else "")
    at = 3
    for name, address in (("destination", header.destination), ("source", header.source)):
        draft.field(name, str(address), at, at + address.octets)
        at += address.octets
    draft.field("control", control_octet, at, at + 1, _control_words(control_octet))


def _control_words(octet: int) -> str:
    try:
        control = Control.from_octet(octet)
    except FrameError as error:
        return error.reason
    words = [str(control.kind)]
    if control.send_sequence is not None:
        words.append(f"N(S)={control.send_sequence}")
    if control.receive_sequence is not None:
        words.append(f"N(R)={control.receive_sequence}")
    if control.poll_final:
        words.append("P/F")
    return " ".join(words)


def _explain_parameters(draft: Draft, information: bytes, start: int) -> None:
    with draft.layer("parameters", shift=start) as layer:
        layer.reach(len(information))
        agreed = read_information(information)
        for name in ("max_info_tx", "max_info_rx", "window_tx", "window_rx"):
            layer.field(name.replace("_", "-"), getattr(agreed, name), 0, len(information))


def _last_flag(octets: bytes, at: int) -> int:
    """The last one of the flags that begin at `at`."""
    while at + 1 < len(octets) and octets[at + 1] == FLAG:
        at += 1
    return at


def _next_flag(octets: bytes, at: int) -> int:
    """Where to go on after a false beginning."""
    flag = octets.find(FLAG, at)
    return len(octets) if flag < 0 else flag
