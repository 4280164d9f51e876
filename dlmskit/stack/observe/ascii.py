"""IEC 62056-21 messages and text telegrams as layers."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress

from dlmskit.codec.iec21 import Message, decode
from dlmskit.codec.iec21.p1 import crc16
from dlmskit.exceptions import DecodeError, FrameCheckError, TruncatedError
from dlmskit.limits import DEFAULT_LIMITS
from dlmskit.stack.observe.layer import Draft, Stopped

SOH, STX, ETX, EOT, ACK, NAK = 0x01, 0x02, 0x03, 0x04, 0x06, 0x15

Explain = Callable[..., None]

_BEGINNING = re.compile(
    rb"/\?|/[A-Za-z]{2,3}|\x01[PWREB][0-9]|\x02[ -~](?=[ -~\r\n]{64}|[ -~\r\n]{0,63}(?:[\x03\x04]|$))"
    rb"|\x06[0-9][0-9A-I][0-9]\r\n"
)
_LINE = re.compile(rb"[^\n]*\n")
_BLOCK_END = re.compile(rb"[\x03\x04]")
_LONGEST_LINE = 256
_TELEGRAM_END = re.compile(rb"\r\n!([0-9A-Fa-f]{0,4})(?:\r\n)?")
_DATA_SET = re.compile(rb"([^()\r\n/!\x02]{0,64})((?:\([^()]{0,4096}\))+)")
_LONGEST_TELEGRAM = 16_384
_COMMANDS = {
    b"P0": "password challenge",
    b"P1": "password",
    b"P2": "encrypted password",
    b"R1": "read",
    b"R5": "formatted read",
    b"W1": "write",
    b"W5": "formatted write",
    b"E2": "execute",
    b"B0": "break",
}
_GENERAL_GLO = 0xDB


class AsciiExplainer:
    """Explains messages one by one. `explain` gets an APDU that follows a P1 header line, `heard` each good message."""

    def __init__(self, explain: Explain, heard: Callable[[Message], None]) -> None:
        self._explain = explain
        self._heard = heard
        self._talking = False
        self._searched = 0
        """octets of the block that has begun, in which its end was looked for already"""

    def begins(self, octets: bytes, at: int) -> bool:
        """Whether a message seems to begin at `at`. A lone ACK or NAK is one only in a dialogue known already."""
        alone = self._talking and at + 1 == len(octets) and octets[at] in (ACK, NAK)
        return alone or _BEGINNING.match(octets, at) is not None

    def take(self, parent: Draft, octets: bytes, at: int, *, final: bool) -> int | None:
        """Explain the message at `at`; gives where it ends, None while it is not whole and not `final`."""
        self._talking = True
        first = octets[at]
        if first in (SOH, STX):
            return self._block(parent, octets, at, final=final)
        if first in (ACK, NAK):
            end = _acknowledgement(parent, octets, at)
            self._hear(octets[at:end])
            return end
        line = _LINE.match(octets, at)
        if line is None:
            return _cut(parent, octets, at) if final or len(octets) - at > _LONGEST_LINE else None
        end = line.end()
        is_request = octets[at + 1] == 0x3F
        text = _text(line.group().rstrip(b"\r\n"))
        with parent.layer("iec21-request" if is_request else "iec21-identification", shift=at) as draft:
            draft.value = text
            draft.reach(end - at)
            if not is_request:
                _identification(draft, text)
        return end if is_request else self._telegram(parent, octets, at, end, final=final)

    def _telegram(self, parent: Draft, octets: bytes, start: int, at: int, *, final: bool) -> int:
        """What follows an identification without STX: a telegram in lines up to ``!``, or an APDU."""
        body = at + 2 if octets[at : at + 2] == b"\r\n" else at
        if body < len(octets) and octets[body] == _GENERAL_GLO and final:
            with suppress(Stopped):
                self._explain(parent, octets[body:], shift=body)
            return len(octets)
        if body == at and not _DATA_SET.match(octets, body):
            return at
        end = _TELEGRAM_END.search(octets, at, at + _LONGEST_TELEGRAM)
        if end is None:
            return at
        with suppress(Stopped), parent.layer("iec21-telegram", shift=at) as draft:
            _data_sets(draft, octets[at : end.end()])
            draft.reach(end.end() - at)
            if end[1]:
                _p1_crc(draft, octets[start : end.start(1)], end.start(1) - at, end[1])
        return end.end()

    def _block(self, parent: Draft, octets: bytes, at: int, *, final: bool) -> int | None:
        found = _BLOCK_END.search(octets, at + max(self._searched, 1))
        end = found.end() + 1 if found is not None and found.end() < len(octets) else None
        if end is None and not final and len(octets) - at <= DEFAULT_LIMITS.apdu_octets:
            self._searched = (len(octets) if found is None else found.start()) - at
            return None
        self._searched = 0
        whole = octets[at:end]
        command = whole[1:3] if whole[0] == SOH else b""
        try:
            with parent.layer(f"iec21-{'command' if command else 'data'}", shift=at) as draft:
                draft.reach(len(whole))
                if command:
                    draft.field("command", _text(command), 1, 3, _COMMANDS.get(command, ""))
                _data_sets(draft, whole, 3 if command else 0, hidden=command[:1] == b"P" and command != b"P0")
                if end is None:
                    raise TruncatedError("octets ran out before ETX and block check", len(whole))
                check = 0
                for octet in whole[1:-1]:
                    check ^= octet
                if check != whole[-1]:
                    raise FrameCheckError(f"block check {check:02X} wanted, found {whole[-1]:02X}", len(whole) - 1)
                draft.field("block-check", whole[-1], len(whole) - 1, len(whole), "right")
                self._hear(whole[:-1])
        except Stopped:
            pass
        return at + len(whole)

    def _hear(self, octets: bytes) -> None:
        with suppress(DecodeError):
            self._heard(decode(octets))


def _data_sets(draft: Draft, octets: bytes, start: int = 0, *, hidden: bool = False) -> None:
    for found in _DATA_SET.finditer(octets, start):
        address = _text(found.group(1).strip())
        value = "(hidden)" if hidden else _text(found.group(2))
        draft.field(address or "data", value, found.start(), found.end())


def _p1_crc(draft: Draft, covered: bytes, at: int, digits: bytes) -> None:
    wanted = crc16(covered)
    if int(digits, 16) != wanted:
        raise FrameCheckError(f"CRC {wanted:04X} wanted, found {digits.decode('ascii')}", at)
    draft.field("crc", digits.decode("ascii"), at, at + len(digits), "right")


def _identification(draft: Draft, text: str) -> None:
    draft.field("maker", text[1:4], 1, 4)
    if len(text) > 4:
        draft.field("baud", text[4], 4, 5)


def _acknowledgement(parent: Draft, octets: bytes, at: int) -> int:
    end = at + (6 if octets[at + 4 : at + 6] == b"\r\n" and octets[at] == ACK else 1)
    with parent.layer("iec21-option-select" if end - at > 1 else "iec21-acknowledgement", shift=at) as draft:
        draft.value = "ACK" if octets[at] == ACK else "NAK"
        for name, place in (("protocol", 1), ("baud", 2), ("mode", 3)):
            if end - at > 1:
                draft.field(name, chr(octets[at + place]), place, place + 1)
        draft.reach(end - at)
    return end


def _cut(parent: Draft, octets: bytes, at: int) -> int:
    try:
        with parent.layer("iec21-message", shift=at) as draft:
            draft.value = _text(octets[at : at + 80])
            raise TruncatedError("no line end where the message should have one", len(octets) - at)
    except Stopped:
        return len(octets)


def _text(octets: bytes) -> str:
    return octets.decode("ascii", "backslashreplace")
