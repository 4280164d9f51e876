"""Two ends in memory, for tests and for meters in the same process. Safe to use from two threads."""

from __future__ import annotations

import threading
import time

from dlmskit.exceptions import TransportClosed, TransportTimeout


class _Pipe:
    """One direction: octets that wait to be read."""

    def __init__(self) -> None:
        self._octets = bytearray()
        self._closed = False
        self._changed = threading.Condition()

    def put(self, data: bytes) -> None:
        with self._changed:
            if self._closed:
                raise TransportClosed("the loopback is closed")
            self._octets += data
            self._changed.notify_all()

    def take(self, timeout: float | None) -> bytes:
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while not self._octets:
                if self._closed:
                    raise TransportClosed("the other end of the loopback closed")
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    raise TransportTimeout(f"nothing came within {timeout:g} s")
                self._changed.wait(left)
            data = bytes(self._octets)
            self._octets.clear()
            return data

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class LoopbackTransport:
    """One end of a pair. `lines` lists the line settings asked for, oldest first."""

    def __init__(self, inward: _Pipe, outward: _Pipe) -> None:
        self._inward = inward
        self._outward = outward
        self.lines: list[tuple[int, str]] = []

    def write(self, data: bytes) -> None:
        """Hand `data` to the other end. Raises `TransportClosed`."""
        if data:
            self._outward.put(bytes(data))

    def read(self, timeout: float | None) -> bytes:
        """What the other end wrote. Raises `TransportTimeout` or `TransportClosed`."""
        return self._inward.take(timeout)

    def set_line(self, baud: int, format: str) -> None:
        """Only noted."""
        self.lines.append((baud, format))

    def drain(self) -> None:
        """Nothing to wait for."""

    def close(self) -> None:
        """Close both directions; what was written before can still be read by the other end."""
        self._outward.close()
        self._inward.close()


def pair() -> tuple[LoopbackTransport, LoopbackTransport]:
    """Two connected ends."""
    there, back = _Pipe(), _Pipe()
    return LoopbackTransport(back, there), LoopbackTransport(there, back)
