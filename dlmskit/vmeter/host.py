"""Hosts a virtual meter on this machine: TCP on 127.0.0.1 and pseudo-terminals, all served by one thread.

With `push_sender` this is the only module of the virtual meter with sockets and threads. Serial settings of a
pseudo-terminal are ignored.
"""

from __future__ import annotations

import contextlib
import math
import os
import selectors
import socket
import threading
import time
import tty
from collections.abc import Callable
from types import TracebackType
from typing import Self

from dlmskit.exceptions import DlmskitError, TransportError
from dlmskit.vmeter.port import Port

HOST = "127.0.0.1"
_CHUNK = 65536
_BEAT = 0.1


class _Line:
    """One open file descriptor with its port and what is still to be written; silent for `patience` it is given up."""

    def __init__(self, descriptor: int, port: Port, release: Callable[[], None], now: float, patience: float) -> None:
        self.descriptor = descriptor
        self.heard = now
        self.patience = patience
        self.port = port
        self.release = release
        self.outgoing = b""

    def read(self, now: float) -> bool:
        """Take what came; False when the other end is gone."""
        data = os.read(self.descriptor, _CHUNK)
        if data:
            self.heard = now
            self.port.receive(data, now)
        return bool(data)

    @property
    def deadline(self) -> float:
        """When `time_out` wants to be called."""
        deadline = self.port.next_deadline()
        end = self.heard + self.patience
        return end if deadline is None else min(deadline, end)

    def time_out(self, now: float) -> bool:
        """Act on the deadline; False where the other end was silent for too long."""
        if now >= self.heard + self.patience:
            return False
        self.port.handle_timeout(now)
        return True

    def write(self) -> None:
        """Write what the line takes now and keep the rest."""
        while octets := self.port.data_to_send():
            self.outgoing += octets
        if self.outgoing:
            with contextlib.suppress(BlockingIOError):
                self.outgoing = self.outgoing[os.write(self.descriptor, self.outgoing) :]


class MeterHost:
    """Serves lines into one meter from a thread of its own; a context manager that stops it.

    `connect`, here or of a listener, makes the port of a new line. At most `connections` TCP connections are open at a
    time, more are closed at once; one that is silent for `idle` seconds is closed too. `listen` and `open_pty` say
    where the meter is; both raise `TransportError`. `work`, what the meter does unasked, is called ten times a second.
    """

    def __init__(
        self,
        connect: Callable[[], Port],
        *,
        connections: int = 64,
        idle: float = 600.0,
        work: Callable[[float], None] | None = None,
    ) -> None:
        self._connect = connect
        self._connections = connections
        self._idle = idle
        self._work = work
        self._selector = selectors.DefaultSelector()
        self._lines: dict[int, _Line] = {}
        self._listeners: dict[int, tuple[socket.socket, Callable[[], Port]]] = {}
        self._wake, self._woken = socket.socketpair()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="virtual meter", daemon=True)
        self._selector.register(self._woken, selectors.EVENT_READ)

    def listen(self, port: int = 0, connect: Callable[[], Port] | None = None) -> int:
        """Accept connections on 127.0.0.1, any number of times; gives the port, a free one for 0."""
        try:
            listener = socket.create_server((HOST, port), backlog=self._connections)
        except OSError as error:
            raise TransportError(f"cannot listen on {HOST}:{port}: {error.strerror}") from None
        listener.setblocking(False)
        self._listeners[listener.fileno()] = listener, connect or self._connect
        self._selector.register(listener, selectors.EVENT_READ)
        found: int = listener.getsockname()[1]
        return found

    def open_pty(self) -> str:
        """A pseudo-terminal with the meter at its other end; gives the path of the device to open."""
        try:
            ours, theirs = os.openpty()
        except OSError as error:
            raise TransportError(f"no pseudo-terminal: {error.strerror}") from None
        tty.setraw(theirs)
        os.set_blocking(ours, False)

        def release() -> None:
            # theirs stays open meanwhile: without it a read of ours fails as soon as a client closes the device
            os.close(theirs)
            os.close(ours)

        self._add(_Line(ours, self._connect(), release, time.monotonic(), math.inf))
        return os.ttyname(theirs)

    def start(self) -> Self:
        """Begin to serve."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving and close every line; harmless when stopped already."""
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._wake.send(b"\0")
        if self._thread.is_alive():
            self._thread.join()
        for line in list(self._lines.values()):
            self._drop(line)
        for end in (*(listener for listener, _ in self._listeners.values()), self._wake, self._woken):
            end.close()
        self._selector.close()

    def serve_forever(self) -> None:
        """Serve in the calling thread until `stop` is called from another one or an exception ends it."""
        self._run()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        while not self._stopping.is_set():
            ready = self._selector.select(self._patience())
            now = time.monotonic()
            if self._work is not None:
                self._work(now)
            for key, _ in ready:
                if key.fd in self._listeners:
                    self._accept(*self._listeners[key.fd], now)
                elif key.fileobj is not self._woken:
                    self._serve(self._lines[key.fd], now)
            self._time_out(now)

    def _patience(self) -> float | None:
        deadline = min((line.deadline for line in self._lines.values()), default=math.inf)
        longest = None if self._work is None else _BEAT
        return longest if deadline == math.inf else min(max(deadline - time.monotonic(), 0), longest or math.inf)

    def _accept(self, listener: socket.socket, connect: Callable[[], Port], now: float) -> None:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        if len(self._lines) >= self._connections:
            connection.close()
            return
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._add(_Line(connection.fileno(), connect(), connection.close, now, self._idle))

    def _add(self, line: _Line) -> None:
        self._lines[line.descriptor] = line
        self._selector.register(line.descriptor, selectors.EVENT_READ)
        line.port.open(line.heard)

    def _serve(self, line: _Line, now: float) -> None:
        # what is not yet taken by a slow peer is written before more is read from it
        self._attend(line, lambda: bool(line.outgoing) or line.read(now))

    def _time_out(self, now: float) -> None:
        for line in list(self._lines.values()):
            if line.deadline <= now:
                self._attend(line, lambda line=line: line.time_out(now))  # type: ignore[misc]

    def _attend(self, line: _Line, act: Callable[[], bool]) -> None:
        """Act on a line and write what came of it; a line that failed or is finished is dropped."""
        try:
            alive = act()
            line.write()
        except (OSError, DlmskitError):
            alive = False
        if not alive or (line.port.finished and not line.outgoing):
            self._drop(line)
        else:
            self._selector.modify(line.descriptor, selectors.EVENT_WRITE if line.outgoing else selectors.EVENT_READ)

    def _drop(self, line: _Line) -> None:
        self._selector.unregister(line.descriptor)
        del self._lines[line.descriptor]
        with contextlib.suppress(DlmskitError):
            line.port.close(time.monotonic())
        line.release()
