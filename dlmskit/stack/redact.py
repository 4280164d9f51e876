"""Blanks secrets in recorded octets: where they stand in a message is read off the message, not guessed.

A message that carries a secret (an AARQ with a password or a dedicated key in clear, a write of an association secret,
an IEC 62056-21 password command) is announced whole before its frames appear. Its octets are then found again in the
frames, also where HDLC cuts the secret in two, and overwritten with ``2A``. Frame check sequences and block check
characters over blanked octets are computed anew. Secrets that are known beforehand are blanked wherever they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from dlmskit.apdu import SERVICE_NAMES, GeneralDedCiphering, GeneralGloCiphering
from dlmskit.codec.axdr import read_length
from dlmskit.codec.ber import read_tlv, tlvs
from dlmskit.codec.fcs import fcs16
from dlmskit.exceptions import DecodeError
from dlmskit.security.protection import ENCRYPTED, HEADER_OCTETS
from dlmskit.stack.redact_dlt645 import passwords

BLANK = 0x2A
LLC_REQUEST = b"\xe6\xe6\x00"
SHORTEST_SECRET = 4
"""known secrets below this length are blanked only where the message says that they stand"""

Span = tuple[int, int]

_STRIP_PARITY = bytes(octet & 0x7F for octet in range(0x100))
_PASSWORD_COMMAND = re.compile(rb"\x01P.\x02[^(\x03]{0,32}\(([^)]{0,128})\)[^\x03]{0,8}\x03(.?)", re.DOTALL)
_AUTHENTICATION_VALUE = 0xAC
_USER_INFORMATION = 0xBE
_GENERAL = (GeneralGloCiphering.HEAD[0], GeneralDedCiphering.HEAD[0])
_ASSOCIATION_LN = b"\x00\x0f"
_SET_SECRET = (b"\xc1\x01", b"\x07")
_CHANGE_HLS_SECRET = (b"\xc3\x01", b"\x02")


class Redactor:
    """Blanks secrets in pieces of a conversation; see the module."""

    def __init__(self, secrets: Iterable[bytes] = ()) -> None:
        self._secrets: set[bytes] = set()
        self._expected = b""
        self._spans: list[Span] = []
        self.learn(secrets)

    def learn(self, secrets: Iterable[bytes]) -> None:
        """Blank these too, raw and as hex digits."""
        for secret in secrets:
            if len(secret) >= SHORTEST_SECRET:
                self._secrets |= {secret, secret.hex().encode(), secret.hex().upper().encode()}

    def expect(self, message: bytes) -> None:
        """`message` is going to appear, whole or in pieces."""
        self._spans = secret_spans(message)
        self._expected = message if self._spans else b""
        self.learn(message[start:end] for start, end in self._spans)

    def open_end(self, octets: bytes) -> int:
        """How many octets at the end may be the beginning of a known secret."""
        longest = max(map(len, self._secrets), default=1) - 1
        for size in range(min(longest, len(octets)), 0, -1):
            tail = octets[-size:]
            tails = (tail, tail.translate(_STRIP_PARITY))
            if any(secret.startswith(tails) and len(secret) > size for secret in self._secrets):
                return size
        return 0

    def redact(self, octets: bytes) -> bytes:
        """The same octets without secrets, of the same length."""
        plain = octets if octets.isascii() else octets.translate(_STRIP_PARITY)
        frames = list(hdlc_frames(octets))
        commands = list(_PASSWORD_COMMAND.finditer(plain))
        hidden = [*self._announced(octets, frames), *self._known(octets), *(command.span(1) for command in commands)]
        if plain is not octets:
            hidden += self._known(plain)
        meters = list(passwords(octets))
        hidden += [secret for secret, _ in meters]
        hidden = [(start, end) for start, end in hidden if start < end]
        if not hidden:
            return octets
        shown = bytearray(octets)
        for start, end in hidden:
            shown[start:end] = bytes([BLANK]) * (end - start)
        for start, end in frames:
            if any(start < stop and begin < end for begin, stop in hidden):
                shown[end - 3 : end - 1] = fcs16(bytes(shown[start + 1 : end - 3])).to_bytes(2, "little")
        for command in commands:
            _renew_block_check(shown, command)
        for _, (start, check) in meters:
            shown[check] = sum(shown[start:check]) & 0xFF
        return bytes(shown)

    def _announced(self, octets: bytes, frames: list[Span]) -> Iterator[Span]:
        if not self._expected:
            return
        for at in _occurrences(octets, self._expected):
            yield from ((at + start, at + end) for start, end in self._spans)
        framed = LLC_REQUEST + self._expected
        for frame in frames:
            begin, stop = information(octets, *frame)
            for at in _occurrences(framed, octets[begin:stop]):
                # octet i of the framed message stands at i + begin - at on the line
                shift = begin - at
                for start, end in self._spans:
                    low, high = start + len(LLC_REQUEST) + shift, end + len(LLC_REQUEST) + shift
                    yield max(low, begin), min(high, stop)

    def _known(self, octets: bytes) -> Iterator[Span]:
        for secret in self._secrets:
            for at in _occurrences(octets, secret):
                yield at, at + len(secret)


def secret_spans(message: bytes) -> list[Span]:
    """Where secrets stand in one whole APDU, in clear: (start, end) pairs, empty for nearly every message."""
    try:
        if message[:1] == b"\x60":
            return list(_aarq(message))
        start = _clear_start(message)
    except DecodeError:
        return []
    clear = message[start:]
    if clear[3:5] == _ASSOCIATION_LN and (clear[:2], clear[11:12]) in (_SET_SECRET, _CHANGE_HLS_SECRET):
        return _string(message, start + 13)
    return []


def _clear_start(message: bytes, at: int = 0) -> int:
    """Where the APDU at `at` begins behind protection that authenticates only and leaves it in clear."""
    tag = message[at] if at < len(message) else None
    if tag in _GENERAL:
        length, at = read_length(message, at + 1)
        at += length - 1
    elif tag not in SERVICE_NAMES:
        return at
    _, content = read_length(message, at + 1)
    encrypted = content < len(message) and message[content] & ENCRYPTED
    return len(message) if encrypted else content + HEADER_OCTETS


def _aarq(message: bytes) -> Iterator[Span]:
    """calling-authentication-value (AC), and a dedicated key in a plain InitiateRequest (BE)."""
    whole = read_tlv(message)
    for field in tlvs(message, whole.start, whole.end):
        if field.tag not in (_AUTHENTICATION_VALUE, _USER_INFORMATION):
            continue
        inner = read_tlv(message, field.start, field.end)
        if field.tag == _AUTHENTICATION_VALUE:
            yield inner.start, inner.end
            continue
        start = _clear_start(message, inner.start)
        if message[start : start + 2] == b"\x01\x01" and start + 3 < inner.end:
            key = start + 3
            yield key, min(key + message[key - 1], inner.end)


def _string(message: bytes, at: int) -> list[Span]:
    """The contents of the octet-string or visible-string Data at `at`."""
    if message[at : at + 1] not in (b"\x09", b"\x0a", b"\x0c") or len(message) <= at + 1:
        return [(at + 1, len(message))]
    return [(at + 2, len(message))]


def hdlc_frames(octets: bytes) -> Iterator[Span]:
    """(start, end) of everything that looks like a whole HDLC frame, flags included."""
    at = octets.find(0x7E)
    while 0 <= at < len(octets) - 2:
        end = at + ((octets[at + 1] & 0x07) << 8 | octets[at + 2]) + 2
        if octets[at + 1] & 0xF0 == 0xA0 and end - at >= 9 and end <= len(octets) and octets[end - 1] == 0x7E:
            yield at, end
            at = end - 1
            continue
        at = octets.find(0x7E, at + 1)


def information(octets: bytes, start: int, end: int) -> Span:
    """The information field of the HDLC frame at `start`, empty where it has none."""
    at = start + 3
    for _ in range(2):
        while at < end - 3 and not octets[at] & 1:
            at += 1
        at += 1
    return min(at + 3, end - 3), end - 3


def _occurrences(octets: bytes, piece: bytes) -> Iterator[int]:
    at = octets.find(piece) if piece else -1
    while at >= 0:
        yield at
        at = octets.find(piece, at + 1)


def _renew_block_check(shown: bytearray, command: re.Match[bytes]) -> None:
    start, end = command.span()
    if command.group(2):
        check = 0
        for octet in shown[start + 1 : end - 1]:
            check ^= octet & 0x7F
        shown[end - 1] = check
