"""The passive observer: recognises framing from octets and explains them layer in layer, with keys where it has them.

It sees what others say to each other and says nothing itself. Framing is recognised anew wherever one frame has ended,
because a line may begin in IEC 62056-21 and go on in HDLC. Nothing here raises for what was observed: where
understanding ends, the tree says why.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial

from dlmskit.apdu import decode, name_of
from dlmskit.codec.axdr import measure
from dlmskit.codec.data import Data
from dlmskit.codec.iec21 import Message as TextMessage
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError, TruncatedError
from dlmskit.link.wrapper import HEADER_OCTETS
from dlmskit.stack.blocks import BlockJoiner
from dlmskit.stack.observe.apdus import KeyLookup, Knowledge, Message, explain_apdu
from dlmskit.stack.observe.ascii import AsciiExplainer
from dlmskit.stack.observe.dlt645 import begins_dlt645, may_begin_dlt645, take_dlt645
from dlmskit.stack.observe.hdlc import HdlcExplainer
from dlmskit.stack.observe.layer import Draft, Layer, Stopped
from dlmskit.stack.observe.mbus import MBusExplainer, begins_mbus
from dlmskit.stack.observe.values import explain_data

_LLC = (bytes.fromhex("e6e600"), bytes.fromhex("e6e700"))
_DATA_TAGS = frozenset(int(tag) for tag in DataType)


class Observer:
    """Watches one line. Directions are told apart by the caller; the same knowledge serves all of them.

    `keys` gives the keys of a system title (None where it is not known). `system_title` stands for a sender that did
    not say its title itself. `allow_unauthenticated` opens what has no tag that can be checked, and says so. Understood
    APDUs are collected in `messages`.
    """

    def __init__(
        self,
        keys: KeyLookup | None = None,
        *,
        system_title: bytes | None = None,
        allow_unauthenticated: bool = False,
        strict: bool = False,
    ) -> None:
        self._knowledge = Knowledge(
            keys, system_title=system_title, allow_unauthenticated=allow_unauthenticated, strict=strict
        )
        self._streams: dict[str, _Stream] = {}

    @property
    def messages(self) -> list[Message]:
        """APDUs understood so far, in clear, in the order in which they became whole."""
        return [message for message in self.conversation if isinstance(message, Message)]

    @property
    def conversation(self) -> list[Message | TextMessage]:
        """The same with the messages of IEC 62056-21 among them."""
        return self._knowledge.conversation

    def feed(self, octets: bytes, direction: str = "") -> tuple[Layer, ...]:
        """Take octets of a stream; gives the frames that became whole. Offsets count from the stream's first octet."""
        return self._stream(direction).feed(octets)

    def finish(self) -> tuple[Layer, ...]:
        """Explain what is left in every direction: a frame that was cut off, or noise."""
        return tuple(layer for stream in self._streams.values() for layer in stream.finish())

    def explain(self, octets: bytes) -> Layer:
        """Explain octets that are whole by themselves: frames, an APDU, or a Data."""
        octets = bytes(octets)
        root = Draft("input")
        root.reach(len(octets))
        stream = _Stream(self._knowledge)
        if not octets:
            root.stop("no octets", 0, "octets")
        elif stream.recognises(octets, 0):
            root.children.extend(stream.feed(octets))
            root.children.extend(stream.finish())
        else:
            self._explain_bare(root, octets, stream)
        return root.finish()

    def _explain_bare(self, root: Draft, octets: bytes, stream: _Stream) -> None:
        try:
            if octets[:3] in _LLC:
                root.field("llc", octets[:3], 0, 3)
                stream.explain(root, octets[3:], shift=3)
            elif _is_apdu(octets):
                stream.explain(root, octets)
            elif _is_data(octets):
                explain_data(root, octets, 0)
            elif (start := stream.first_frame(octets)) is not None:
                root.add(_noise(0, start, "no framing is recognised here"))
                root.children.extend(stream.feed(octets, skip=start))
                root.children.extend(stream.finish())
            else:
                self._explain_broken(root, octets)
        except Stopped:
            pass

    def _explain_broken(self, root: Draft, octets: bytes) -> None:
        """Nothing fits: explain it as what its first octet says, so that the place where it breaks shows."""
        if name_of(octets) is not None and not _breaks_as_data(octets):
            explain_apdu(root, octets, self._knowledge)
        elif octets[0] in _DATA_TAGS:
            with root.layer("data") as draft:
                end = explain_data(draft, octets, 0)
                raise DecodeError(f"{len(octets) - end} octets after the Data", end)
        else:
            root.stop(f"{octets[0]:02X} begins no frame, APDU or Data", 0, "octets")

    def _stream(self, direction: str) -> _Stream:
        return self._streams.setdefault(direction, _Stream(self._knowledge))


class _Stream:
    """One direction of a line: octets that wait for the rest of their frame."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._buffer = b""
        self._start = 0
        self._blocks = BlockJoiner()
        self._hdlc = HdlcExplainer(self.explain)
        self._mbus = MBusExplainer(self.explain)
        self._ascii = AsciiExplainer(self.explain, knowledge.conversation.append)

    def explain(self, draft: Draft, octets: bytes, *, shift: int = 0, route: Hashable = None) -> None:
        """Add one whole message below `draft`; blocks of one `route` are put together."""
        explain_apdu(draft, octets, self._knowledge, shift=shift, join=partial(self._blocks.take, route))

    def recognises(self, octets: bytes, at: int) -> bool:
        """Whether a frame of some kind seems to begin at `at`."""
        marked = octets[at] == 0x7E or begins_wrapper(octets, at) or begins_mbus(octets, at)
        return marked or begins_dlt645(octets, at) or self._ascii.begins(octets, at)

    def first_frame(self, octets: bytes) -> int | None:
        """Where the first frame with a mark of its own begins behind noise."""
        at = octets.find(0x7E)
        while at >= 0:
            if at + 2 < len(octets) and octets[at + 1] >> 4 == 0xA:
                return at
            at = octets.find(0x7E, at + 1)
        return None

    def feed(self, octets: bytes, *, skip: int = 0) -> tuple[Layer, ...]:
        """Frames that became whole."""
        self._buffer += octets[skip:]
        self._start += skip
        return self._scan(final=False)

    def finish(self) -> tuple[Layer, ...]:
        """The rest, whole or not."""
        layers = self._scan(final=True)
        blocks = self._blocks.open_blocks
        words = f"{blocks} blocks whose last one never came" if blocks else ""
        if words := self._hdlc.abandoned() or self._mbus.abandoned() or words:
            end = self._start + len(self._buffer)
            draft = Draft("segments", end)
            draft.stop(words, end, "more")
            layers = (*layers, draft.finish())
        return layers

    def _scan(self, *, final: bool) -> tuple[Layer, ...]:
        root = Draft("stream", 0, "", self._start)
        at = 0
        while at < len(self._buffer):
            end = self._next(root, at, final)
            if end is None:
                break
            at = end
        self._buffer = self._buffer[at:]
        self._start += at
        return root.finish().children

    def _next(self, root: Draft, at: int, final: bool) -> int | None:
        octets = self._buffer
        if octets[at] == 0x7E and at + 1 == len(octets):
            return at + 1 if final else None
        if octets[at] == 0x7E:
            return self._hdlc.take(root, octets, at, final=final)
        if begins_wrapper(octets, at):
            return self._take_wrapper(root, octets, at, final=final)
        if begins_mbus(octets, at):
            return self._mbus.take(root, octets, at, final=final)
        if self._ascii.begins(octets, at):
            return self._ascii.take(root, octets, at, final=final)
        if begins_dlt645(octets, at):
            return take_dlt645(root, octets, at, final=final)
        if not final and (at + 4 > len(octets) or may_begin_dlt645(octets, at)):
            return None
        end = at + 1
        while end < len(octets) and not self.recognises(octets, end):
            end += 1
        root.add(_noise(root.base + at, root.base + end, "no framing is recognised here"))
        return end

    def _take_wrapper(self, root: Draft, octets: bytes, at: int, *, final: bool) -> int | None:
        length = int.from_bytes(octets[at + 6 : at + 8], "big")
        end = at + HEADER_OCTETS + length
        whole = len(octets) >= at + HEADER_OCTETS and len(octets) >= end
        if not whole and not final:
            return None
        try:
            with root.layer("wrapper", shift=at) as draft:
                present = min(HEADER_OCTETS, len(octets) - at)
                for name, start in (("version", 0), ("source-wport", 2), ("destination-wport", 4), ("length", 6)):
                    if start + 2 <= present:
                        draft.field(name, int.from_bytes(octets[at + start : at + start + 2], "big"), start, start + 2)
                if not whole:
                    missing = f"{HEADER_OCTETS + length} octets announced, {len(octets) - at} are there"
                    raise TruncatedError(missing, len(octets) - at)
                draft.reach(HEADER_OCTETS + length)
                message, route = octets[at + HEADER_OCTETS : end], octets[at + 2 : at + 6]
                self.explain(draft, message, shift=HEADER_OCTETS, route=route)
        except Stopped:
            pass
        return min(end, len(octets)) if whole else len(octets)


def begins_wrapper(octets: bytes, at: int) -> bool:
    """Whether a wrapper header seems to begin at `at`."""
    return octets[at : at + 2] == b"\x00\x01" and (
        at + HEADER_OCTETS > len(octets) or octets[at + 6 : at + 8] != b"\x00\x00"
    )


def _noise(start: int, end: int, why: str) -> Layer:
    draft = Draft("noise", start)
    draft.reach(end)
    draft.stop(why, start, "octets")
    return draft.finish()


def _is_apdu(octets: bytes) -> bool:
    try:
        decode(octets)
    except DecodeError:
        return False
    return True


def _breaks_as_data(octets: bytes) -> bool:
    """Whether octets with a tag of both kinds look like a Data that breaks off, not like a Data and something more."""
    if octets[0] not in _DATA_TAGS:
        return False
    try:
        measure(octets)
    except DecodeError:
        return True
    return False


def _is_data(octets: bytes) -> bool:
    try:
        Data.from_bytes(octets)
    except DecodeError:
        return False
    return True
