"""The lines of a host: a TCP connection, in or out; a pseudo-terminal; the datagrams that come to one port."""

from __future__ import annotations

import contextlib
import math
import os
import socket
import termios
import tty
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from dlmskit.exceptions import TransportClosed, TransportError
from dlmskit.vmeter.port import Port
from dlmskit.vmeter.uart import heard

_CHUNK = 65536
REACTION_TIME = 0.2
"""seconds that a meter waits before it speaks to a line that runs at another rate, which may just be changing"""
_RATES = {getattr(termios, name): int(name[1:]) for name in dir(termios) if name[0] == "B" and name[1:].isdigit()}
Connect = Callable[[], Port]


class Line(Protocol):
    """What the loop of a host asks a line for."""

    descriptor: int

    @property
    def wants_write(self) -> bool:
        """Whether it waits to be written to before more is read."""

    @property
    def finished(self) -> bool:
        """Whether the meter gave it up and everything was written."""

    @property
    def deadline(self) -> float:
        """When `time_out` wants to be called."""

    def open(self) -> None:
        """Begin."""

    def ready(self, now: float) -> bool:
        """It can be read, or written to; False when the other end is gone."""

    def time_out(self, now: float) -> bool:
        """Act on the deadline; False where the other end was silent for too long."""

    def write(self, now: float) -> None:
        """Write what the line takes now and keep the rest."""

    def close(self, now: float) -> None:
        """Give everything back."""


class StreamLine:
    """One open file descriptor with its port; silent for `patience` seconds it is given up."""

    def __init__(self, descriptor: int, port: Port, release: Callable[[], None], now: float, patience: float) -> None:
        self.descriptor = descriptor
        self._heard = now
        self._patience = patience
        self._port = port
        self._release = release
        self._outgoing = b""

    @property
    def wants_write(self) -> bool:
        """See `Line`."""
        return bool(self._outgoing)

    @property
    def finished(self) -> bool:
        """See `Line`."""
        return self._port.finished and not self._outgoing

    @property
    def deadline(self) -> float:
        """See `Line`."""
        deadline = self._port.next_deadline()
        end = self._heard + self._patience
        return end if deadline is None else min(deadline, end)

    def open(self) -> None:
        """See `Line`."""
        self._port.open(self._heard)

    def ready(self, now: float) -> bool:
        """See `Line`. What is not yet taken by a slow peer is written before more is read from it."""
        if self._outgoing:
            return True
        data = os.read(self.descriptor, _CHUNK)
        if data:
            self._heard = now
            self._take(data, now)
        return bool(data)

    def time_out(self, now: float) -> bool:
        """See `Line`."""
        if now >= self._heard + self._patience:
            return False
        self._port.handle_timeout(now)
        return True

    def write(self, now: float) -> None:
        """See `Line`."""
        self._gather(now)
        if self._outgoing:
            with contextlib.suppress(BlockingIOError):
                self._outgoing = self._outgoing[os.write(self.descriptor, self._outgoing) :]

    def close(self, now: float) -> None:
        """See `Line`."""
        self._port.close(now)
        self._release()

    def _take(self, data: bytes, now: float) -> None:
        self._port.receive(data, now)

    def _gather(self, now: float) -> None:
        while octets := self._port.data_to_send():
            self._outgoing += octets


class DialledLine(StreamLine):
    """A connection to a head end that the meter opens."""

    def __init__(self, connection: socket.socket, port: Port, now: float, patience: float) -> None:
        super().__init__(connection.fileno(), port, connection.close, now, patience)
        self._socket = connection
        self._connected = False

    @property
    def wants_write(self) -> bool:
        """See `Line`."""
        return not self._connected or super().wants_write

    def ready(self, now: float) -> bool:
        """See `Line`."""
        if not self._connected:
            if error := self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                raise OSError(error, os.strerror(error))
            self._connected = True
            self._heard = now
            return True
        return super().ready(now)

    def write(self, now: float) -> None:
        """See `Line`."""
        if self._connected:
            super().write(now)


class SerialLine(StreamLine):
    """A pseudo-terminal, whose other end has a rate: what was sent at another one comes as a real line shows it.

    The rate that a program sets is seen when octets pass, and it may change its rate right behind them, so the one of
    the last look counts as well. A kernel keeps no parity of a pseudo-terminal, so the format is not looked at. `baud`
    is the meter's rate where its link does not set it. A meter that gave up is followed by a fresh port of `connect`.
    """

    def __init__(self, connect: Connect, baud: int, now: float) -> None:
        ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        os.set_blocking(ours, False)
        self._ours = ours
        super().__init__(ours, connect(), self._close, now, math.inf)
        self.path = os.ttyname(self._theirs)
        self._connect = connect
        self._baud = baud
        self._untouched = self._look()
        self._seen = (self._untouched, self._untouched)
        self._waiting: list[tuple[float, int, bytes]] = []

    @property
    def deadline(self) -> float:
        """See `Line`."""
        return min(super().deadline, self._waiting[0][0]) if self._waiting else super().deadline

    @property
    def finished(self) -> bool:
        """Never: the line stays."""
        return False

    def time_out(self, now: float) -> bool:
        """See `Line`."""
        deadline = self._port.next_deadline()
        if deadline is not None and deadline <= now:
            self._port.handle_timeout(now)
        return True

    def _take(self, data: bytes, now: float) -> None:
        self._seen = self._seen[1], self._look()
        rate = self._rate()
        if rate not in self._seen and self._untouched not in self._seen:
            data = heard(data, self._seen[1], rate)
        self._port.receive(data, now)
        if self._port.finished:
            self._gather(now)
            self._port = self._connect()
            self._port.open(now)

    def _gather(self, now: float) -> None:
        while True:
            rate = self._rate()
            if not (octets := self._port.data_to_send()):
                break
            self._waiting.append((now + REACTION_TIME, rate, octets))
        while self._waiting:
            due, rate, octets = self._waiting[0]
            theirs = self._look()
            if theirs not in (rate, self._untouched) and now < due:
                break
            if theirs != self._untouched:
                octets = heard(octets, rate, theirs)
            self._outgoing += octets
            self._seen = self._seen[1], theirs
            del self._waiting[0]

    def _rate(self) -> int:
        setting = self._port.setting
        return self._baud if setting is None else setting[0]

    def _look(self) -> int:
        return _RATES.get(termios.tcgetattr(self._theirs)[5], 0)

    def _close(self) -> None:
        # theirs stays open meanwhile: without it a read of ours fails as soon as a client closes the device
        os.close(self._theirs)
        os.close(self._ours)


class DatagramLine:
    """A UDP port: each peer has a port of the meter, at most `most` of them, the longest silent one given up first."""

    def __init__(self, bound: socket.socket, connect: Connect, most: int, patience: float) -> None:
        bound.setblocking(False)
        self._socket = bound
        self.descriptor = bound.fileno()
        self._connect = connect
        self._most = most
        self._patience = patience
        self._peers: OrderedDict[tuple[str, int], tuple[float, Port]] = OrderedDict()

    wants_write = False
    finished = False

    @property
    def deadline(self) -> float:
        """See `Line`."""
        dues = [heard_at + self._patience for heard_at, _ in self._peers.values()]
        dues += [due for _, port in self._peers.values() if (due := port.next_deadline()) is not None]
        return min(dues, default=math.inf)

    def open(self) -> None:
        """See `Line`."""

    def ready(self, now: float) -> bool:
        """See `Line`."""
        try:
            data, peer = self._socket.recvfrom(_CHUNK)
        except (BlockingIOError, ConnectionError):
            return True
        _, port = self._peers.pop(peer, (now, None))
        if port is None:
            if len(self._peers) >= self._most:
                self._forget(next(iter(self._peers)), now)
            port = self._connect()
            port.open(now)
        self._peers[peer] = now, port
        port.receive(data, now)
        return True

    def time_out(self, now: float) -> bool:
        """See `Line`."""
        for peer, (heard_at, port) in list(self._peers.items()):
            due = port.next_deadline()
            if now >= heard_at + self._patience:
                self._forget(peer, now)
            elif due is not None and due <= now:
                port.handle_timeout(now)
        return True

    def write(self, now: float) -> None:
        """See `Line`. What a port says at once goes in one datagram."""
        for peer, (_, port) in list(self._peers.items()):
            while octets := port.data_to_send():
                with contextlib.suppress(OSError):  # lost, as datagrams may be
                    self._socket.sendto(octets, peer)
            if port.finished:
                self._forget(peer, now)

    def close(self, now: float) -> None:
        """See `Line`."""
        for peer in list(self._peers):
            self._forget(peer, now)
        self._socket.close()

    def _forget(self, peer: tuple[str, int], now: float) -> None:
        _, port = self._peers.pop(peer)
        port.close(now)


def dial(host: str, port: int) -> socket.socket:
    """A connection that is being opened. Raises `TransportError` where it cannot even begin."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        connection = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError, OverflowError) as error:
        raise TransportError(f"cannot dial {host}:{port}: {getattr(error, 'strerror', None) or error}") from None
    connection.setblocking(False)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        connection.connect(address)
    except BlockingIOError:
        pass
    except OSError as error:
        connection.close()
        raise TransportClosed(f"cannot dial {host}:{port}: {error.strerror}") from None
    return connection
