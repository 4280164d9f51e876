"""UDP for asyncio: datagrams to and from one peer."""

from __future__ import annotations

import asyncio

from dlmskit.exceptions import TransportClosed, TransportError, TransportTimeout
from dlmskit.transport.udp import MAX_DATAGRAM

_MOST_WAITING = 256


class _Peer(asyncio.DatagramProtocol):
    """Keeps what came until it is read; what comes while 256 datagrams wait is lost, as datagrams may be."""

    def __init__(self) -> None:
        self.waiting: asyncio.Queue[bytes | None] = asyncio.Queue(_MOST_WAITING)
        self.lost: str = ""

    def datagram_received(self, data: bytes, addr: object) -> None:
        if data and not self.waiting.full():
            self.waiting.put_nowait(data)

    def error_received(self, exc: Exception) -> None:
        self._end(f"the socket is lost: {getattr(exc, 'strerror', None) or exc}")

    def connection_lost(self, exc: Exception | None) -> None:
        self._end("the transport is closed")

    def _end(self, reason: str) -> None:
        self.lost = self.lost or reason
        if not self.waiting.full():
            self.waiting.put_nowait(None)


class AsyncUdpTransport:
    """One connected socket; see `UdpTransport`."""

    def __init__(self, transport: asyncio.DatagramTransport, peer: _Peer) -> None:
        self._transport = transport
        self._peer = peer

    async def write(self, data: bytes) -> None:
        """Send `data` in one datagram. Raises `TransportError` above 65507 octets, `TransportClosed`."""
        if self._peer.lost or self._transport.is_closing():
            raise TransportClosed(self._peer.lost or "the transport is closed")
        if len(data) > MAX_DATAGRAM:
            raise TransportError(f"a datagram carries {MAX_DATAGRAM} octets, not {len(data)}")
        if data:
            self._transport.sendto(data)

    async def read(self, timeout: float | None) -> bytes:
        """The octets of the next datagram. Raises `TransportTimeout` or `TransportClosed`."""
        if self._peer.lost and self._peer.waiting.empty():
            raise TransportClosed(self._peer.lost)
        try:
            async with asyncio.timeout(timeout):
                data = await self._peer.waiting.get()
        except TimeoutError:
            raise TransportTimeout(f"nothing came within {timeout:g} s") from None
        if data is None:
            raise TransportClosed(self._peer.lost)
        return data

    async def set_line(self, baud: int, format: str) -> None:
        """Datagrams have no line settings."""

    async def drain(self) -> None:
        """Nothing to wait for."""

    async def close(self) -> None:
        """Close the socket."""
        self._transport.close()


async def connect(host: str, port: int) -> AsyncUdpTransport:
    """A socket for one peer; nothing is sent yet. Raises `TransportError` naming host, port and cause."""
    loop = asyncio.get_running_loop()
    try:
        transport, peer = await loop.create_datagram_endpoint(_Peer, remote_addr=(host, port))
    except (OSError, UnicodeError, OverflowError) as error:
        cause = getattr(error, "strerror", None) or error
        raise TransportError(f"cannot reach {host}:{port}: {cause}") from error
    return AsyncUdpTransport(transport, peer)
