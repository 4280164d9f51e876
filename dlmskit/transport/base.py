"""What every transport is, blocking and asyncio."""

from __future__ import annotations

from typing import Protocol


class Transport(Protocol):
    """An open line. Every method raises `TransportError` or one of its kinds and nothing else of the port's."""

    def write(self, data: bytes) -> None:
        """Send all of `data`. Raises `TransportClosed`, `TransportTimeout`."""

    def read(self, timeout: float | None) -> bytes:
        """Wait for octets at most `timeout` seconds (None: for ever) and give what is there, at least one.

        Raises `TransportTimeout` when nothing came and `TransportClosed` when the other end is gone.
        """

    def set_line(self, baud: int, format: str) -> None:
        """Switch rate and format (``"7E1"``) where there is a port to switch; nothing elsewhere."""

    def drain(self) -> None:
        """Wait until everything written has left the port."""

    def close(self) -> None:
        """Close; harmless when closed already."""


class AsyncTransport(Protocol):
    """The same line for asyncio. `read` takes its time-out the same way."""

    async def write(self, data: bytes) -> None:
        """See `Transport.write`."""

    async def read(self, timeout: float | None) -> bytes:
        """See `Transport.read`."""

    async def set_line(self, baud: int, format: str) -> None:
        """See `Transport.set_line`."""

    async def drain(self) -> None:
        """See `Transport.drain`."""

    async def close(self) -> None:
        """See `Transport.close`."""
