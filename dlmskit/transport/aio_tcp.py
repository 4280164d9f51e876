"""TCP for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from dlmskit.exceptions import TransportClosed, TransportError, TransportTimeout
from dlmskit.transport.tcp import closed_by

_CLOSE_SECONDS = 1.0
_MOST_UNREAD = 131_072
"""octets kept for a reader before the peer is made to wait"""


class AsyncTcpTransport(asyncio.Protocol):
    """One connected stream, made by the event loop; `opened` is called with it. One task reads at a time.

    A wait for octets costs a future and no timer of its own: one timer serves wait after wait and goes off again only
    where the end of the wait has moved.
    """

    def __init__(
        self, write_timeout: float = 30.0, opened: Callable[[AsyncTcpTransport], object] | None = None
    ) -> None:
        self._write_timeout = write_timeout
        self._opened = opened
        self._loop = asyncio.get_running_loop()
        self._unread: list[bytes] = []
        self._octets = 0
        self._end: str | None = None
        self._lost: str | None = None
        self._reader: asyncio.Future[None] | None = None
        self._until = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._held = False
        self._writable = asyncio.Event()
        self._gone = asyncio.Event()

    @property
    def host(self) -> str:
        """The peer's address, empty where it is not known."""
        return str(self._peer[0])

    @property
    def port(self) -> int:
        """The peer's port, 0 where it is not known."""
        return int(self._peer[1])

    @property
    def _peer(self) -> tuple[Any, ...]:
        return self._transport.get_extra_info("peername") or ("", 0)

    async def write(self, data: bytes) -> None:
        """Send all of `data`. Raises `TransportClosed`, `TransportTimeout`."""
        if self._lost is not None:
            raise TransportClosed(self._lost)
        try:
            self._transport.write(data)
        except (OSError, RuntimeError) as error:  # the latter where another loop's transport was closed before
            raise closed_by(error) from error
        if not self._writable.is_set():
            await self._taken()

    async def _taken(self) -> None:
        try:
            async with asyncio.timeout(self._write_timeout):
                await self._writable.wait()
        except TimeoutError:
            raise TransportTimeout("the peer does not take what we send") from None
        if self._lost is not None:
            raise TransportClosed(self._lost)

    async def read(self, timeout: float | None) -> bytes:
        """At least one octet. Raises `TransportTimeout` or `TransportClosed`."""
        if not self._unread and self._end is None:
            if self._reader is not None:
                raise RuntimeError("two tasks read one line")
            self._reader = self._loop.create_future()
            self._wake_at(timeout)
            try:
                await self._reader  # what comes after a cancellation waits for the next
            finally:
                self._reader = None
        if self._unread:
            return self._take()
        if self._end is None:
            raise TransportTimeout(f"nothing came within {timeout:g} s")
        raise TransportClosed(self._end)

    def _take(self) -> bytes:
        data = self._unread[0] if len(self._unread) == 1 else b"".join(self._unread)
        self._unread.clear()
        self._octets = 0
        if self._held:
            self._held = False
            self._transport.resume_reading()
        return data

    def _wake_at(self, timeout: float | None) -> None:
        """Let the reader wait no longer than `timeout`."""
        if timeout is None:
            self._stop_timer()
            return
        self._until = self._loop.time() + max(timeout, 0.0)
        if self._timer is None or self._timer.when() > self._until:
            self._stop_timer()
            self._timer = self._loop.call_at(self._until, self._time_over)

    def _time_over(self) -> None:
        self._timer = None
        if self._reader is None:
            return
        if self._loop.time() < self._until:
            self._timer = self._loop.call_at(self._until, self._time_over)
        else:
            self._wake()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    async def set_line(self, baud: int, format: str) -> None:
        """A TCP connection has no line settings."""

    async def drain(self) -> None:
        """Nothing to wait for."""

    async def close(self) -> None:
        """Close the connection; what the peer does not take in a moment is thrown away."""
        self._stop_timer()
        self._transport.close()
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._gone.wait()
        except TimeoutError:
            self._transport.abort()

    def hang_up(self) -> None:
        """Close the connection and do not wait for the peer."""
        self._transport.close()

    # -- what the event loop calls ------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._writable.set()
        if self._opened is not None:
            self._opened(self)

    def data_received(self, data: bytes) -> None:
        self._unread.append(data)
        self._octets += len(data)
        if self._octets > _MOST_UNREAD and not self._held:
            self._held = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        self._end = self._end or "the peer closed the connection"
        self._wake()
        return True  # what we still have to say may go out

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = "the connection is closed" if exc is None else str(closed_by(exc))
        self._end = self._end or self._lost
        self._stop_timer()
        self._wake()
        self._writable.set()
        self._gone.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()


async def connect(host: str, port: int, timeout: float = 10.0, *, write_timeout: float = 30.0) -> AsyncTcpTransport:
    """Open a connection. Raises `TransportTimeout` or `TransportError` naming host, port and cause."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout):
            _, line = await loop.create_connection(lambda: AsyncTcpTransport(write_timeout), host, port)
    except TimeoutError:
        raise TransportTimeout(f"{host}:{port} did not answer within {timeout:g} s") from None
    except (OSError, UnicodeError, OverflowError) as error:
        cause = getattr(error, "strerror", None) or error
        raise TransportError(f"cannot connect to {host}:{port}: {cause}") from error
    return line
