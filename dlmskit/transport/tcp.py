"""TCP, blocking: one connection, and a listener for hosts of meters."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from contextlib import suppress
from math import ceil

from dlmskit.exceptions import TransportClosed, TransportError, TransportTimeout

_READ_OCTETS = 65536
_LONGEST_WAIT = 1_000_000.0
"""seconds; `poll` counts milliseconds in 32 bits"""


class TcpTransport:
    """One connected socket. It never blocks by itself; waiting is a call of its own, made where there is need to."""

    def __init__(self, connection: socket.socket, write_timeout: float = 30.0) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setblocking(False)
        self._socket = connection
        self._write_timeout = write_timeout
        self._readable = _waits(connection)

    def write(self, data: bytes) -> None:
        """Send all of `data`. Raises `TransportClosed`, `TransportTimeout`."""
        try:
            sent = self._sent_at_once(data)
            if sent < len(data):
                self._send_slowly(data[sent:])
        except TimeoutError:
            raise TransportTimeout("the peer does not take what we send") from None
        except OSError as error:
            raise closed_by(error) from error

    def _sent_at_once(self, data: bytes) -> int:
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0

    def _send_slowly(self, data: bytes) -> None:
        self._socket.settimeout(self._write_timeout)
        try:
            self._socket.sendall(data)
        finally:
            self._socket.setblocking(False)

    def read(self, timeout: float | None) -> bytes:
        """At least one octet. Raises `TransportTimeout` or `TransportClosed`."""
        try:
            # a closed socket's number may be another's already
            if self._socket.fileno() >= 0 and not self._readable(timeout):
                raise TransportTimeout(f"nothing came within {timeout:g} s")
            data = self._socket.recv(_READ_OCTETS)
        except BlockingIOError:
            raise TransportTimeout("what woke us was nothing to read") from None
        except TransportTimeout:
            raise
        except OSError as error:
            raise closed_by(error) from error
        if not data:
            raise TransportClosed("the peer closed the connection")
        return data

    def set_line(self, baud: int, format: str) -> None:
        """A TCP connection has no line settings."""

    def drain(self) -> None:
        """Nothing to wait for."""

    def close(self) -> None:
        """Close the socket, waking a reader in another thread."""
        with suppress(OSError):  # never connected, or gone already
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def _waits(connection: socket.socket) -> Callable[[float | None], bool]:
    """What waits for octets, or the end, at most so many seconds, and says whether they are there."""
    if not hasattr(select, "poll"):  # Windows
        return lambda seconds: bool(
            select.select([connection], [], [], None if seconds is None else max(seconds, 0.0))[0]
        )
    poll = select.poll()
    poll.register(connection, select.POLLIN)

    def wait(seconds: float | None) -> bool:
        most = None if seconds is None else ceil(min(max(seconds, 0.0), _LONGEST_WAIT) * 1000)
        return bool(poll.poll(most))

    return wait


def closed_by(error: Exception) -> TransportClosed:
    """The error of a connection that is gone."""
    return TransportClosed(f"the connection is lost: {getattr(error, 'strerror', None) or error}")


def connect(host: str, port: int, timeout: float = 10.0) -> TcpTransport:
    """Open a connection. Raises `TransportTimeout` or `TransportError` naming host, port and cause."""
    try:
        return TcpTransport(socket.create_connection((host, port), timeout))
    except TimeoutError:
        raise TransportTimeout(f"{host}:{port} did not answer within {timeout:g} s") from None
    except (OSError, UnicodeError, OverflowError) as error:
        cause = getattr(error, "strerror", None) or error
        raise TransportError(f"cannot connect to {host}:{port}: {cause}") from error


class TcpListener:
    """A listening socket; `port` is the one really taken."""

    def __init__(self, listening: socket.socket) -> None:
        self._socket = listening
        self._closed = False
        self.host: str = listening.getsockname()[0]
        self.port: int = listening.getsockname()[1]

    def accept(self, timeout: float | None = None) -> TcpTransport:
        """The next connection. Raises `TransportTimeout`, or `TransportClosed` once the listener is closed."""
        try:
            self._socket.settimeout(timeout)
            connection, _ = self._socket.accept()
        except TimeoutError:
            raise TransportTimeout(f"nobody connected within {timeout:g} s") from None
        except OSError as error:
            if self._closed:
                raise TransportClosed("the listener is closed") from None
            raise TransportError(f"cannot accept: {error.strerror or error}") from error
        return TcpTransport(connection)

    def close(self) -> None:
        """Stop listening, waking `accept` in another thread."""
        self._closed = True
        with suppress(OSError):  # not every system lets a listening socket be shut down
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def listen(port: int = 0, host: str = "127.0.0.1") -> TcpListener:
    """Listen; port 0 lets the system choose a free one. Raises `TransportError`."""
    try:
        return TcpListener(socket.create_server((host, port)))
    except (OSError, OverflowError) as error:
        cause = getattr(error, "strerror", None) or error
        raise TransportError(f"cannot listen on {host}:{port}: {cause}") from error
