"""What a user writes to say where a meter is.

::

    tcp://host[:4059]              wrapper over TCP
    tcp+hdlc://host:port           HDLC over TCP
    udp://host[:4059]              wrapper over UDP
    udp+hdlc://host:port           HDLC over UDP
    serial:///dev/ttyUSB0          HDLC on a serial port
    optical:///dev/ttyUSB0         IEC 62056-21 sign-on, mode E, then HDLC
    sim:  sim:model                a virtual meter in this process

Options follow as a query: ``?baud=9600&format=8N1&client=16&server=1``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from dlmskit.exceptions import DecodeError
from dlmskit.transport.base import AsyncTransport, Transport

WRAPPER_PORT = 4059
SCHEMES = ("tcp", "tcp+hdlc", "udp", "udp+hdlc", "serial", "optical", "sim")
_LARGEST = {"client": 0x7F, "server": 0x3FFF, "lower": 0x3FFF}
_FORMATS = tuple(f"{bits}{parity}{stop}" for bits in "78" for parity in "NEO" for stop in "12")
_SWITCH = {"1": True, "on": True, "true": True, "0": False, "off": False, "false": False}


class TargetError(DecodeError):
    """A target cannot be understood; the reason says what would be, `offset` counts characters."""

    def __str__(self) -> str:
        return self.reason


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed target. `host` and `port` belong to TCP, `path` is a serial port or the model of a virtual meter.

    What the query left out is None: `baud` and `format` of the line; `client` and `server` SAP; `lower` HDLC address
    and the `octets` of the server address; `device`, the IEC 62056-21 device address; `rts` and `dtr`, which power some
    optical heads.
    """

    scheme: str
    host: str = ""
    port: int = 0
    path: str = ""
    baud: int | None = None
    format: str | None = None
    client: int | None = None
    server: int | None = None
    lower: int | None = None
    octets: int | None = None
    device: str | None = None
    rts: bool | None = None
    dtr: bool | None = None

    @classmethod
    def parse(cls, text: str) -> Target:
        """Read a target. Raises `TargetError`, a `DecodeError` whose offset counts characters of `text`."""
        scheme, colon, rest = text.partition(":")
        if not colon or scheme.lower() not in SCHEMES:
            raise TargetError(f"unknown target scheme {scheme!r}: one of {', '.join(SCHEMES)} is needed")
        place, _, query = rest.partition("?")
        fields = _PLACES[scheme.lower()](place, len(scheme) + 1)
        return cls(scheme=scheme.lower(), **fields, **_options(query, len(text) - len(query)))

    @property
    def is_serial(self) -> bool:
        """Whether the target is a port with line settings."""
        return self.scheme in ("serial", "optical")

    def open(self, timeout: float = 10.0) -> Transport:
        """Open the blocking transport. Raises `TransportError` kinds; a virtual meter is opened by its own package."""
        if self.is_serial:
            from dlmskit.transport import serial

            return serial.open_port(self.path, *self._line(), rts=self.rts, dtr=self.dtr)
        if self.scheme in ("udp", "udp+hdlc"):
            from dlmskit.transport import udp

            return udp.connect(self._require_host(), self.port)
        from dlmskit.transport import tcp

        return tcp.connect(self._require_host(), self.port, timeout)

    async def open_async(self, timeout: float = 10.0) -> AsyncTransport:
        """The same for asyncio."""
        if self.is_serial:
            from dlmskit.transport import threaded

            return await threaded.opened(self.open)
        if self.scheme in ("udp", "udp+hdlc"):
            from dlmskit.transport import aio_udp

            return await aio_udp.connect(self._require_host(), self.port)
        from dlmskit.transport import aio_tcp

        return await aio_tcp.connect(self._require_host(), self.port, timeout)

    def _require_host(self) -> str:
        if self.scheme == "sim":
            raise TargetError("a virtual meter has no port to open")
        return self.host

    def _line(self) -> tuple[int, str]:
        return self.baud or 9600, self.format or "8N1"

    def __str__(self) -> str:
        if self.scheme == "sim":
            return f"sim:{self.path}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{self.path}" if self.is_serial else f"{self.scheme}://{host}:{self.port}"


def _tcp(place: str, offset: int, default_port: int | None = WRAPPER_PORT) -> dict[str, Any]:
    try:
        parts = urlsplit("tcp:" + place)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise TargetError(f"host and port cannot be read: {error}", offset) from None
    if not place.startswith("//") or not host or parts.path.strip("/") or parts.username is not None:
        raise TargetError("a network target is written tcp://host:port or udp://host:port", offset)
    if port is None:
        port = default_port
    if port is None:
        raise TargetError("HDLC over TCP or UDP has no usual port: write tcp+hdlc://host:port", offset)
    if not 1 <= port <= 0xFFFF:
        raise TargetError(f"a port is 1 to 65535, not {port}", offset)
    return {"host": host, "port": port}


def _tcp_hdlc(place: str, offset: int) -> dict[str, Any]:
    return _tcp(place, offset, None)


def _path(place: str, offset: int) -> dict[str, Any]:
    path = unquote(place.removeprefix("//"))
    if not path or path == "/":
        raise TargetError("a serial target is written serial:///dev/ttyUSB0", offset)
    return {"path": path.removeprefix("/") if path.upper().startswith("/COM") else path}


def _model(place: str, offset: int) -> dict[str, Any]:
    return {"path": unquote(place.strip("/"))}


_PLACES: dict[str, Callable[[str, int], dict[str, Any]]] = {
    "tcp": _tcp,
    "udp": _tcp,
    "tcp+hdlc": _tcp_hdlc,
    "udp+hdlc": _tcp_hdlc,
    "serial": _path,
    "optical": _path,
    "sim": _model,
}


def _number(name: str, text: str) -> int:
    largest = _LARGEST.get(name, 4_000_000)
    if not (text.isascii() and text.isdigit() and len(text) <= 8 and int(text) <= largest):
        raise TargetError(f"{name} is a number from 0 to {largest}, not {text!r}")
    return int(text)


def _baud(name: str, text: str) -> int:
    baud = _number(name, text)
    if baud < 50:
        raise TargetError(f"baud is at least 50, not {baud}")
    return baud


def _octets(name: str, text: str) -> int:
    if text not in ("1", "2", "4"):
        raise TargetError(f"an HDLC address has 1, 2 or 4 octets, not {text!r}")
    return int(text)


def _format(name: str, text: str) -> str:
    if text.upper() not in _FORMATS:
        raise TargetError(f"a line format is written like 8N1 or 7E1, not {text!r}")
    return text.upper()


def _switch(name: str, text: str) -> bool:
    if text.lower() not in _SWITCH:
        raise TargetError(f"{name} is on or off, not {text!r}")
    return _SWITCH[text.lower()]


def _text(name: str, text: str) -> str:
    return text


_OPTIONS: dict[str, Callable[[str, str], Any]] = {
    "baud": _baud,
    "format": _format,
    "client": _number,
    "server": _number,
    "lower": _number,
    "octets": _octets,
    "device": _text,
    "rts": _switch,
    "dtr": _switch,
}


def _options(query: str, offset: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), max_num_fields=32)
    except ValueError:
        raise TargetError("options are written ?name=value&name=value", offset) from None
    for name, text in pairs:
        if name not in _OPTIONS:
            raise TargetError(f"unknown option {name!r}: one of {', '.join(_OPTIONS)} is possible", offset)
        found[name] = _OPTIONS[name](name, text)
    return found
