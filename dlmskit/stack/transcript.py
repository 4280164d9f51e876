"""The recording format of a session, one JSON object a line. Lines are made and read here; no file is opened here.

::

    {"dlmskit":"recording/1","target":"tcp://127.0.0.1:4059","started":"2026-11-21T10:00:00+00:00","side":"client"}
    {"t":0.000120,"dir":"out","hex":"0001..."}
    {"t":0.004310,"dir":"in","hex":"0001..."}
    {"t":0.004420,"event":"associated","detail":{"mechanism":"none"}}

`t` is seconds since `started`. ``out`` is what the recording side sent. Octets that came in are joined up to the next
octets out, or the next event that they caused, so that a line never ends inside a secret that a line's echo carries.
A line whose octets had a secret blanked says ``"redacted":true``: its length is true, its check sequences are computed
anew, because the old ones would tell about the secret.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal

import msgspec

from dlmskit.exceptions import DecodeError
from dlmskit.stack.redact import Redactor

FORMAT = "recording/1"

Direction = Literal["out", "in"]


class Header(msgspec.Struct, frozen=True):
    """First line: what was recorded. `target` is an address without credentials, `started` an aware ISO 8601 time."""

    dlmskit: str
    target: str
    started: str
    side: Literal["client", "meter", "receiver"] = "client"


class Octets(msgspec.Struct, frozen=True, omit_defaults=True):
    """Octets of the line in one direction."""

    t: float
    dir: Direction
    hex: str
    redacted: bool = False

    def to_bytes(self) -> bytes:
        """The octets. Raises `DecodeError` where `hex` is none."""
        try:
            return bytes.fromhex(self.hex)
        except ValueError:
            raise DecodeError("hex digits in pairs wanted") from None


class Happening(msgspec.Struct, frozen=True, omit_defaults=True):
    """What happened: ``associated``, ``request``, ``completed``, ``failed``, ``notified``, ``dropped``, ``closed``."""

    t: float
    event: str
    detail: dict[str, Any] = {}


Entry = Octets | Happening


class Transcript:
    """Writes a session as lines. `write` takes one line with its line end; secrets never reach it.

    `now` in every call is the monotonic clock that `began` was read from.
    """

    def __init__(
        self, write: Callable[[str], Any], header: Header, began: float, secrets: Iterable[bytes] = ()
    ) -> None:
        self._write = write
        self._began = began
        self._redactor = Redactor(secrets)
        self._pending = bytearray()
        self._pending_since = began
        self._line(header)

    def learn(self, secrets: Iterable[bytes]) -> None:
        """From now on these octets are blanked wherever they appear."""
        self._redactor.learn(secrets)

    def message(self, message: bytes) -> None:
        """A whole message is about to be framed and sent: find its secrets before its frames come by."""
        self._redactor.expect(message)

    def sent(self, octets: bytes, now: float) -> None:
        """Octets went out."""
        self.flush()
        self._octets("out", octets, now)

    def received(self, octets: bytes, now: float) -> None:
        """Octets came in; they are kept until `flush`, the next `sent` or the next `happened`."""
        if not self._pending:
            self._pending_since = now
        self._pending += octets

    def happened(self, event: str, now: float, **detail: Any) -> None:
        """Something happened on the session; `detail` holds plain JSON values and no secret."""
        self.flush()
        self._line(Happening(self._time(now), event, detail))

    def flush(self, *, final: bool = False) -> None:
        """Write what came in so far; what may be the beginning of a secret waits for more, unless this is the end."""
        held = 0 if final else self._redactor.open_end(bytes(self._pending))
        octets = bytes(self._pending[: len(self._pending) - held])
        if octets:
            del self._pending[: len(octets)]
            self._octets("in", octets, self._pending_since)

    def _octets(self, direction: Direction, octets: bytes, now: float) -> None:
        shown = self._redactor.redact(octets)
        self._line(Octets(self._time(now), direction, shown.hex(), shown != octets))

    def _time(self, now: float) -> float:
        return round(now - self._began, 6)

    def _line(self, line: msgspec.Struct) -> None:
        self._write(msgspec.json.encode(line).decode() + "\n")


def parse(lines: Iterable[str]) -> Iterator[Header | Entry]:
    """The header, then every entry. Raises `DecodeError` that names the line, counted from 1."""
    number = 0
    for number, line in enumerate(lines, 1):
        try:
            yield _header(line) if number == 1 else _entry(line)
        except msgspec.DecodeError as error:
            raise DecodeError(f"line {number}: {error}") from None
        except DecodeError as error:
            raise DecodeError(f"line {number}: {error.reason}") from None
    if not number:
        raise DecodeError("line 1: a recording's header wanted, found nothing")


def _header(line: str) -> Header:
    header = msgspec.json.decode(line, type=Header)
    if header.dlmskit != FORMAT:
        raise DecodeError(f"format {FORMAT} wanted, found {header.dlmskit!r}")
    return header


def _entry(line: str) -> Entry:
    fields = msgspec.json.decode(line, type=dict[str, Any])
    if "event" in fields:
        return msgspec.convert(fields, Happening)
    octets = msgspec.convert(fields, Octets)
    octets.to_bytes()
    return octets
