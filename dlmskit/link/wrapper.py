"""The TCP-UDP wrapper: an eight-octet header before each APDU.

::

    octets  0-1      2-3           4-5                6-7      8..
            version  source wport  destination wport  length   APDU
            0x0001

Source: IEC 62056-47, the wrapper protocol data unit.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import Literal, Self

import msgspec

from dlmskit.exceptions import DecodeError, EncodeError, FrameError, LimitError, LocalProtocolError, TruncatedError
from dlmskit.limits import DEFAULT_LIMITS, Limits
from dlmskit.link.base import FrameDropped, Received
from dlmskit.link.unconnected import UnconnectedLink

VERSION = 1
HEADER_OCTETS = 8
_MOST_OCTETS = 0xFFFF
_MOST_IN_DATAGRAM = 0xFFFF - 20 - 8 - HEADER_OCTETS
"""beside the headers of IPv4, UDP and the wrapper"""
_HEADER = struct.Struct(">HHHH")
_BEGIN = VERSION.to_bytes(2, "big")


class WrapperPdu(msgspec.Struct, frozen=True):
    """One wrapper PDU: wports (0-65535) and the APDU octets (at most 65535)."""

    source_wport: int
    destination_wport: int
    apdu: bytes

    @classmethod
    def from_bytes(cls, octets: bytes) -> Self:
        """Decode one whole PDU. Raises `FrameError` or `TruncatedError`; trailing octets are refused."""
        length = read_header(octets)
        end = HEADER_OCTETS + length
        if len(octets) < end:
            raise TruncatedError(f"the header announces {length} octets, {len(octets) - 8} are there", len(octets))
        if len(octets) > end:
            raise FrameError(f"{len(octets) - end} octets after the wrapper PDU", end)
        return cls(_uint16(octets, 2), _uint16(octets, 4), bytes(octets[HEADER_OCTETS:end]))

    def to_bytes(self) -> bytes:
        """Encode. Raises `EncodeError` for a wport or a length beyond 16 bits."""
        return _framed(self.source_wport, self.destination_wport, self.apdu)


def _framed(source_wport: int, destination_wport: int, apdu: bytes) -> bytes:
    try:
        return _HEADER.pack(VERSION, source_wport, destination_wport, len(apdu)) + apdu
    except struct.error:
        raise EncodeError("a wport or the length does not fit 16 bits") from None


def _uint16(octets: bytes | bytearray, offset: int) -> int:
    return octets[offset] << 8 | octets[offset + 1]


def read_header(octets: bytes | bytearray) -> int:
    """The APDU length that a header announces. Raises `FrameError` for another version, `TruncatedError` if cut."""
    if octets[:2] == _BEGIN and len(octets) >= HEADER_OCTETS:
        return _uint16(octets, 6)
    for offset, wanted in enumerate(VERSION.to_bytes(2, "big")[: len(octets)]):
        if octets[offset] != wanted:
            raise FrameError(f"a wrapper begins with 00 01, found {octets[offset]:02X}", offset)
    if len(octets) < HEADER_OCTETS:
        raise TruncatedError(f"a wrapper header has {HEADER_OCTETS} octets, {len(octets)} are there", len(octets))
    return _uint16(octets, 6)


class WrapperReader:
    """Cuts a stream into `WrapperPdu`s. There is no mark to find again after an error, so an error is final."""

    def __init__(self, *, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._buffer = bytearray()
        self._consumed = 0

    @property
    def pending(self) -> int:
        """Octets held of a PDU that is not whole yet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[WrapperPdu]:
        """PDUs completed by `data`, in order.

        Raises `FrameError` or `LimitError` with the offset in the whole stream; PDUs before it are given by `salvage`.
        """
        octets: bytes | bytearray = data
        if self._buffer:
            self._buffer += data
            octets = self._buffer
        self.salvage: list[WrapperPdu] = []
        position = 0
        try:
            while position < len(octets) and (pdu := self._next(octets, position)) is not None:
                position += HEADER_OCTETS + len(pdu.apdu)
                self.salvage.append(pdu)
        except DecodeError as error:
            raise error.within(shift=self._consumed + position) from None
        finally:
            if octets is self._buffer:
                del self._buffer[:position]
            elif position < len(octets):  # mostly one whole PDU comes at a time, and nothing has to be kept
                self._buffer += octets[position:]
            self._consumed += position
        return self.salvage

    def _next(self, octets: bytes | bytearray, position: int) -> WrapperPdu | None:
        room = len(octets) - position
        if room < HEADER_OCTETS:
            with suppress(TruncatedError):
                read_header(octets[position:])
            return None
        version, source, destination, length = _HEADER.unpack_from(octets, position)
        if version != VERSION:
            read_header(octets[position : position + HEADER_OCTETS])
        if length > self._limits.apdu_octets:
            raise LimitError(f"apdu_octets: the header announces {length}, {self._limits.apdu_octets} are allowed", 6)
        if room < HEADER_OCTETS + length:
            return None
        start = position + HEADER_OCTETS
        return WrapperPdu(source, destination, bytes(octets[start : start + length]))


class WrapperLink(UnconnectedLink):
    """The wrapper as a `Link`, for both roles.

    A client sends from `own_wport` to `peer_wport` and drops what is not for it. A meter accepts any peer wport and
    answers the one that spoke last; with `own_wport` None it serves every logical device and answers from the one
    that was addressed.

    With `datagrams` (UDP) every `receive_data` is one datagram of whole PDUs: a broken one is dropped and the link goes
    on, where a stream could not find its place again.
    """

    def __init__(
        self,
        own_wport: int | None,
        peer_wport: int | None,
        role: Literal["client", "meter"] = "client",
        *,
        datagrams: bool = False,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        super().__init__()
        self._own = own_wport
        self._peer = peer_wport
        self._role = role
        self._answer_from = own_wport
        self._datagrams = datagrams
        self._limits = limits
        self._reader = WrapperReader(limits=limits)

    @property
    def most_octets(self) -> int:
        """Octets of the longest APDU that can be sent."""
        return _MOST_IN_DATAGRAM if self._datagrams else _MOST_OCTETS

    def open(self, now: float) -> None:
        """`Connected` at once: the wrapper has no set-up."""
        self._reader = WrapperReader(limits=self._limits)
        super().open(now)

    def send(self, message: bytes, now: float) -> None:
        """Queue one APDU. Raises `LocalProtocolError` when the link is down or no peer is known yet."""
        if not self._up:
            raise LocalProtocolError("the wrapper link is not open")
        if self._answer_from is None or self._peer is None:
            raise LocalProtocolError("no peer has spoken yet: its wport is not known")
        self._out.write(_framed(self._answer_from, self._peer, message))

    def answer(self, message: bytes, now: float, client: int) -> None:
        """Queue one APDU for this client. Raises `LocalProtocolError` when the link is down."""
        self._peer = client
        self.send(message, now)

    def receive_data(self, data: bytes, now: float) -> None:
        """Take octets; a broken header ends the link, or loses the datagram."""
        if not self._up:
            return
        if self._datagrams:
            self._take_datagram(data)
            return
        failure: DecodeError | None = None
        try:
            self._reader.feed(data)
        except DecodeError as error:
            failure = error
        for pdu in self._reader.salvage:
            self._take(pdu)
        if failure is not None:
            self._down(str(failure))

    def _take_datagram(self, data: bytes) -> None:
        reader = WrapperReader(limits=self._limits)
        reason = ""
        try:
            reader.feed(data)
        except DecodeError as error:
            reason = str(error)
        if reader.pending and not reason:
            reason = "a datagram ends inside a wrapper PDU"
        if reason:
            self._out.emit(FrameDropped(reason, len(data)))
            return
        for pdu in reader.salvage:
            self._take(pdu)

    def _take(self, pdu: WrapperPdu) -> None:
        if self._role == "client":
            foreign = pdu.destination_wport != self._own or pdu.source_wport != self._peer
        else:
            foreign = self._own is not None and pdu.destination_wport != self._own
        if foreign:
            ports = f"{pdu.source_wport} to {pdu.destination_wport}"
            self._out.emit(FrameDropped(f"wrapper PDU from wport {ports} is not for us", HEADER_OCTETS + len(pdu.apdu)))
            return
        if self._role == "meter":
            self._peer, self._answer_from = pdu.source_wport, pdu.destination_wport
        self._out.emit(Received(pdu.apdu, pdu.source_wport, pdu.destination_wport))

    def handle_timeout(self, now: float) -> None:
        """Nothing to do: the session and the transport watch the time."""
