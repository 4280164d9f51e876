"""UDP, blocking: one peer at a time, and a listener for pushes and hosts of meters.

A datagram that comes in is one read. What `write` is given goes out as one datagram, so it must be whole messages: the
wrapper and HDLC write nothing else.
"""

from __future__ import annotations

import socket
import time

from dlmskit.exceptions import TransportClosed, TransportError, TransportTimeout

MAX_DATAGRAM = 65_507
"""octets of one datagram over IPv4"""
Address = tuple[str, int]


class UdpTransport:
    """Datagrams to and from one peer; those of others are not seen."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._closed = False

    def write(self, data: bytes) -> None:
        """Send `data` in one datagram. Raises `TransportError` above 65507 octets, `TransportClosed`."""
        if not data:
            return
        if len(data) > MAX_DATAGRAM:
            raise TransportError(f"a datagram carries {MAX_DATAGRAM} octets, not {len(data)}")
        try:
            self._socket.send(data)
        except OSError as error:
            raise _closed(error) from error

    def read(self, timeout: float | None) -> bytes:
        """The octets of the next datagram. Raises `TransportTimeout` or `TransportClosed`."""
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            try:
                self._socket.settimeout(None if end is None else max(end - time.monotonic(), 0.0))
                data = self._socket.recv(MAX_DATAGRAM)
            except (TimeoutError, BlockingIOError):
                raise TransportTimeout(f"nothing came within {timeout:g} s") from None
            except OSError as error:
                raise _closed(error) from error
            if self._closed:
                raise TransportClosed("the transport is closed")
            if data:  # an empty datagram says nothing
                return data

    def set_line(self, baud: int, format: str) -> None:
        """Datagrams have no line settings."""

    def drain(self) -> None:
        """Nothing to wait for."""

    def close(self) -> None:
        """Close the socket, waking a reader in another thread."""
        self._closed = True
        _wake(self._socket)
        self._socket.close()


class UdpListener:
    """A bound socket; `port` is the one really taken."""

    def __init__(self, bound: socket.socket) -> None:
        self._socket = bound
        self._closed = False
        self.host: str = bound.getsockname()[0]
        self.port: int = bound.getsockname()[1]

    def receive(self, timeout: float | None = None) -> tuple[bytes, Address]:
        """The next datagram and who sent it. Raises `TransportTimeout`, or `TransportClosed` once closed."""
        try:
            self._socket.settimeout(timeout)
            data, sender = self._socket.recvfrom(MAX_DATAGRAM)
        except (TimeoutError, BlockingIOError):
            raise TransportTimeout(f"nothing came within {timeout:g} s") from None
        except OSError as error:
            raise _closed(error) from error
        if self._closed:
            raise TransportClosed("the listener is closed")
        return data, (sender[0], sender[1])

    def send(self, data: bytes, to: Address) -> None:
        """Send `data` in one datagram. Raises `TransportError`."""
        if len(data) > MAX_DATAGRAM:
            raise TransportError(f"a datagram carries {MAX_DATAGRAM} octets, not {len(data)}")
        try:
            self._socket.sendto(data, to)
        except (OSError, OverflowError) as error:
            raise _cannot(f"send to {to[0]}:{to[1]}", error) from error

    def close(self) -> None:
        """Stop listening, waking `receive` in another thread."""
        self._closed = True
        _wake(self._socket)
        self._socket.close()


def _wake(waiting: socket.socket) -> None:
    try:
        waiting.shutdown(socket.SHUT_RDWR)
    except OSError:
        # a socket that was never connected refuses the order, and wakes its reader all the same
        return


def _closed(error: OSError) -> TransportError:
    if isinstance(error, ConnectionRefusedError):
        return TransportClosed("nobody listens at the other end (port unreachable)")
    return TransportClosed(f"the socket is lost: {error.strerror or error}")


def connect(host: str, port: int) -> UdpTransport:
    """A socket for one peer; nothing is sent yet. Raises `TransportError` naming host, port and cause."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        opened = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError, OverflowError) as error:
        raise _cannot(f"reach {host}:{port}", error) from error
    try:
        opened.connect(address)
    except OSError as error:
        opened.close()
        raise _cannot(f"reach {host}:{port}", error) from error
    return UdpTransport(opened)


def listen(port: int = 0, host: str = "127.0.0.1") -> UdpListener:
    """Listen; port 0 lets the system choose a free one. Raises `TransportError`."""
    opened = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        opened.bind((host, port))
    except (OSError, OverflowError) as error:
        opened.close()
        raise _cannot(f"listen on {host}:{port}", error) from error
    return UdpListener(opened)


def _cannot(what: str, error: Exception) -> TransportError:
    return TransportError(f"cannot {what}: {getattr(error, 'strerror', None) or error}")
