"""TCP for asyncio."""

from __future__ import annotations

import asyncio

from dlmskit.exceptions import TransportClosed, TransportError, TransportTimeout
from dlmskit.transport.tcp import closed_by

_READ_OCTETS = 65536
_CLOSE_SECONDS = 1.0


class AsyncTcpTransport:
    """One connected stream."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, write_timeout: float = 30.0) -> None:
        self._reader = reader
        self._writer = writer
        self._write_timeout = write_timeout

    async def write(self, data: bytes) -> None:
        """Send all of `data`. Raises `TransportClosed`, `TransportTimeout`."""
        try:
            self._writer.write(data)
            async with asyncio.timeout(self._write_timeout):
                await self._writer.drain()
        except TimeoutError:
            raise TransportTimeout("the peer does not take what we send") from None
        except (OSError, RuntimeError) as error:  # the latter where another loop's transport was closed before
            raise closed_by(error) from error

    async def read(self, timeout: float | None) -> bytes:
        """At least one octet. Raises `TransportTimeout` or `TransportClosed`."""
        try:
            async with asyncio.timeout(timeout):
                data = await self._reader.read(_READ_OCTETS)
        except TimeoutError:
            raise TransportTimeout(f"nothing came within {timeout:g} s") from None
        except OSError as error:
            raise closed_by(error) from error
        if not data:
            raise TransportClosed("the peer closed the connection")
        return data

    async def set_line(self, baud: int, format: str) -> None:
        """A TCP connection has no line settings."""

    async def drain(self) -> None:
        """Nothing to wait for."""

    async def close(self) -> None:
        """Close the connection; what the peer does not take in a moment is thrown away."""
        self._writer.close()
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._writer.wait_closed()
        except OSError:  # a time-out too
            self._writer.transport.abort()


async def connect(host: str, port: int, timeout: float = 10.0, *, write_timeout: float = 30.0) -> AsyncTcpTransport:
    """Open a connection. Raises `TransportTimeout` or `TransportError` naming host, port and cause."""
    try:
        async with asyncio.timeout(timeout):
            return AsyncTcpTransport(*await asyncio.open_connection(host, port), write_timeout)
    except TimeoutError:
        raise TransportTimeout(f"{host}:{port} did not answer within {timeout:g} s") from None
    except (OSError, UnicodeError, OverflowError) as error:
        cause = getattr(error, "strerror", None) or error
        raise TransportError(f"cannot connect to {host}:{port}: {cause}") from error
