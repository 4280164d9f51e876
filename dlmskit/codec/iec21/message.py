"""The messages of IEC 62056-21, without block check characters.

::

    request         / ? address ! CR LF
    identification  / XXX Z [\\ W] text CR LF         XXX maker, Z rate character, W enhanced mode (2 = mode E)
    option select   ACK V Z Y CR LF                   V protocol, Z rate, Y 0 read-out, 1 programming, 2 binary
    command         SOH C D [STX data] ETX            P0 P1 P2, R1.., W1.., E2, B0; data is a data set or ``(value)``
    data            STX data ETX                      EOT instead of ETX when another partial block follows
    ACK, NAK

Source: IEC 62056-21, message definitions.
"""

from __future__ import annotations

import re
from typing import ClassVar

import msgspec

from dlmskit.codec.iec21.block import ACK, EOT, ETX, NAK, SOH, STX
from dlmskit.codec.iec21.rates import rate_of
from dlmskit.exceptions import DecodeError, EncodeError, FrameError, TruncatedError

_CRLF = b"\r\n"
_PRINTABLE = re.compile(r"[\x20-\x7e]*")
_IDENTIFICATION_TEXT = re.compile(r"[\x20\x22-\x2e\x30-\x5b\x5d-\x7e]*")
_ADDRESS = re.compile(r"[0-9A-Za-z ]{0,32}")
_MAX_TEXT = 32


class Message(msgspec.Struct, frozen=True):
    """Base of all messages."""

    NAME: ClassVar[str]

    def to_bytes(self) -> bytes:
        """The message octets. Raises `EncodeError` when a text cannot be sent."""
        raise NotImplementedError


class Request(Message, frozen=True):
    """Sign-on, to one device address or to whichever meter is there."""

    NAME: ClassVar[str] = "request"
    address: str = ""

    def to_bytes(self) -> bytes:
        """See `Message.to_bytes`."""
        if not _ADDRESS.fullmatch(self.address):
            raise EncodeError("a device address has at most 32 letters, digits and spaces")
        return b"/?" + _ascii(self.address) + b"!" + _CRLF


class Identification(Message, frozen=True):
    """What a meter says of itself.

    `manufacturer` is the three-letter FLAG id as sent (some meters lower the last letter), `rate` the rate character,
    `enhanced` the character behind the backslash (``2`` announces mode E) or an empty text.
    """

    NAME: ClassVar[str] = "identification"
    manufacturer: str
    rate: str
    identification: str = ""
    enhanced: str = ""

    @property
    def baud(self) -> int | None:
        """The rate that the meter offers, None in mode A."""
        return rate_of(self.rate)

    def to_bytes(self) -> bytes:
        """See `Message.to_bytes`."""
        enhanced = "\\" + self.enhanced if self.enhanced else ""
        octets = _ascii(f"/{self.manufacturer}{self.rate}{enhanced}{self.identification}") + _CRLF
        try:
            same = _identification(octets) == self
        except DecodeError:
            same = False
        if not same:
            raise EncodeError("these fields make no identification message")
        return octets


class OptionSelect(Message, frozen=True):
    """The answer to an identification: protocol (``0`` normal, ``2`` HDLC), rate character, mode."""

    NAME: ClassVar[str] = "option-select"
    protocol: str
    rate: str
    mode: str

    def to_bytes(self) -> bytes:
        """See `Message.to_bytes`."""
        return bytes([ACK]) + _ascii(self.protocol + self.rate + self.mode) + _CRLF


class Command(Message, frozen=True):
    """A programming mode command; `data` is None where there is no STX. Passwords stay out of the repr."""

    NAME: ClassVar[str] = "command"
    code: str
    data: str | None = None
    more: bool = False

    def to_bytes(self) -> bytes:
        """See `Message.to_bytes`."""
        body = b"" if self.data is None else bytes([STX]) + _ascii(self.data)
        return bytes([SOH]) + _ascii(self.code) + body + bytes([EOT if self.more else ETX])

    def __repr__(self) -> str:
        shown = "..." if self.code.startswith("P") and self.code != "P0" and self.data else repr(self.data)
        return f"Command({self.code!r}, {shown})"


class DataMessage(Message, frozen=True):
    """A block of data; `more` when another partial block follows."""

    NAME: ClassVar[str] = "data"
    data: str
    more: bool = False

    def to_bytes(self) -> bytes:
        """See `Message.to_bytes`."""
        return bytes([STX]) + _ascii(self.data) + bytes([EOT if self.more else ETX])


class Ack(Message, frozen=True):
    """Understood."""

    NAME: ClassVar[str] = "ack"

    def to_bytes(self) -> bytes:
        """See `Message.to_bytes`."""
        return bytes([ACK])


class Nak(Message, frozen=True):
    """Repeat, or refused."""

    NAME: ClassVar[str] = "nak"

    def to_bytes(self) -> bytes:
        """See `Message.to_bytes`."""
        return bytes([NAK])


def _ascii(text: str) -> bytes:
    try:
        return text.encode("ascii")
    except UnicodeEncodeError:
        raise EncodeError("IEC 62056-21 carries ASCII only") from None


def decode(octets: bytes) -> Message:
    """Decode one whole message without its block check. Raises `DecodeError` with the offset in `octets`."""
    if not octets:
        raise TruncatedError("an empty message", 0)
    high = next((index for index, octet in enumerate(octets) if octet > 0x7F), None)
    if high is not None:
        raise FrameError("an octet over 7F: parity was not taken off", high)
    match octets[0]:
        case 0x01:
            return _command(octets)
        case 0x02:
            data, more = _body(octets, 1)
            return DataMessage(data, more)
        case 0x06 if len(octets) > 1:
            return _option_select(octets)
        case 0x06:
            return Ack()
        case 0x15 if len(octets) == 1:
            return Nak()
        case 0x2F if octets[1:2] == b"?":
            return _request(octets)
        case 0x2F:
            return _identification(octets)
    raise FrameError(f"no message begins with {octets[0]:02X}", 0)


def _line(octets: bytes) -> str:
    if not octets.endswith(_CRLF):
        raise TruncatedError("the line does not end with CR LF", len(octets))
    text = octets[:-2].decode("latin-1")
    match = _PRINTABLE.match(text, 1)
    end = match.end() if match else 1
    if end != len(text):
        raise FrameError("an octet that cannot be printed", end)
    return text


def _request(octets: bytes) -> Request:
    text = _line(octets)
    if not text.endswith("!") or not _ADDRESS.fullmatch(text[2:-1]):
        raise FrameError("a request message is /?, at most 32 letters, digits and spaces, !", 2)
    return Request(text[2:-1])


def _identification(octets: bytes) -> Identification:
    text = _line(octets)
    if len(text) < 5 or not text[1:4].isalpha():
        raise FrameError("an identification begins with / and three letters", 1)
    rate_of(text[4], 4)
    enhanced = text[6:7] if text[5:6] == "\\" else ""
    start = 7 if enhanced else 5
    match = _IDENTIFICATION_TEXT.match(text, start)
    end = match.end() if match else start
    if end != len(text):
        raise FrameError(f"{text[end]!r} inside an identification", end)
    if end - start > _MAX_TEXT:
        raise FrameError(f"an identification of {end - start} characters, at most {_MAX_TEXT} are taken", start)
    return Identification(text[1:4], text[4], text[start:], enhanced)


def _option_select(octets: bytes) -> OptionSelect:
    if len(octets) != 6 or octets[4:] != _CRLF:
        raise FrameError("an option select message is ACK, three characters, CR LF", min(len(octets), 6) - 1)
    protocol, rate, mode = (chr(octet) for octet in octets[1:4])
    return OptionSelect(protocol, rate, mode)


def _body(octets: bytes, start: int) -> tuple[str, bool]:
    end = octets[-1]
    if end not in (ETX, EOT):
        raise TruncatedError("a block does not end with ETX or EOT", len(octets))
    control = next((i for i in range(start, len(octets) - 1) if octets[i] < 0x20 and octets[i] not in _CRLF), None)
    if control is not None:
        raise FrameError(f"control character {octets[control]:02X} inside a block", control)
    return octets[start:-1].decode("latin-1"), end == EOT


def _command(octets: bytes) -> Command:
    if len(octets) < 4:
        raise TruncatedError("a command has a letter and a digit", len(octets))
    code = octets[1:3].decode("latin-1")
    if not re.fullmatch(r"[A-Z][0-9]", code):
        raise FrameError("a command is a letter and a digit", 1)
    if octets[3] == STX:
        data, more = _body(octets, 4)
        return Command(code, data, more)
    if len(octets) != 4 or octets[3] not in (ETX, EOT):
        raise FrameError("STX or ETX expected behind a command", 3)
    return Command(code, None, octets[3] == EOT)
