"""Accepting lines under asyncio: TCP connections and UDP datagrams, bounded in all and for each host."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial

from dlmskit.exceptions import TransportError
from dlmskit.transport.aio_tcp import AsyncTcpTransport

_LOG = logging.getLogger("dlmskit.link")


class TcpServer:
    """Gives each connection to `serve(line, host)` in a task of its own; closes the line when that ends.

    What is above `connections` in all or `per_host` is closed at once.
    """

    def __init__(
        self, serve: Callable[[AsyncTcpTransport, str], Awaitable[None]], *, connections: int, per_host: int
    ) -> None:
        self._serve = serve
        self._connections = connections
        self._per_host = per_host
        self._hosts: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; the port, which is a free one for 0. Raises `TransportError`."""
        try:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(lambda: AsyncTcpTransport(opened=self._accept), host, port)
        except (OSError, OverflowError) as error:
            raise TransportError(
                f"cannot listen on {host}:{port}: {getattr(error, 'strerror', None) or error}"
            ) from None
        found: int = self._server.sockets[0].getsockname()[1]
        return found

    async def close(self) -> None:
        """Stop listening and end every line."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, line: AsyncTcpTransport) -> None:
        host = line.host
        if self._hosts.total() >= self._connections or self._hosts[host] >= self._per_host:
            _LOG.warning(
                "%s: refused, %d connections are open, %d of them its own", host, self._hosts.total(), self._hosts[host]
            )
            line.hang_up()
            return
        self._hosts[host] += 1
        task = asyncio.get_running_loop().create_task(self._served(line, host))
        self._tasks.add(task)
        task.add_done_callback(partial(self._ended, line, host))

    def _ended(self, line: AsyncTcpTransport, host: str, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._hosts -= Counter({host: 1})
        line.hang_up()  # a task that is cancelled at once has never run

    async def _served(self, line: AsyncTcpTransport, host: str) -> None:
        try:
            await self._serve(line, host)
        except asyncio.CancelledError:
            pass  # the server is being closed; nobody waits for this task's own end
        finally:
            with contextlib.suppress(TransportError):
                await line.close()


class UdpServer(asyncio.DatagramProtocol):
    """Keeps datagrams until `receive` asks for them; what comes while `waiting` of them are kept is lost."""

    def __init__(self, waiting: int) -> None:
        self.lost = 0
        self._kept: asyncio.Queue[tuple[bytes, tuple[str, int]]] = asyncio.Queue(waiting)
        self._transport: asyncio.DatagramTransport | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; the port, which is a free one for 0. Raises `TransportError`."""
        loop = asyncio.get_running_loop()
        try:
            self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, port))
        except (OSError, OverflowError) as error:
            raise TransportError(
                f"cannot listen on {host}:{port}: {getattr(error, 'strerror', None) or error}"
            ) from None
        found: int = self._transport.get_extra_info("sockname")[1]
        return found

    async def receive(self) -> tuple[bytes, tuple[str, int]]:
        """The next datagram and where it came from."""
        return await self._kept.get()

    def send(self, data: bytes, address: tuple[str, int]) -> None:
        """Send one datagram."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data, address)

    def close(self) -> None:
        """Stop listening."""
        if self._transport is not None:
            self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._kept.full():
            self.lost += 1
        elif data:
            self._kept.put_nowait((data, addr[:2]))

    def error_received(self, exc: Exception) -> None:
        _LOG.debug("a datagram was not delivered: %s", exc)


def _cannot_listen(host: str, port: int, error: Exception) -> TransportError:
    cause = getattr(error, "strerror", None) or error
    return TransportError(f"cannot listen on {host}:{port}: {cause}")
