"""Hosts virtual meters on this machine: TCP and UDP on 127.0.0.1 and pseudo-terminals, all served by one thread.

With `host_lines` and `push_sender` the only module of the virtual meter with sockets and threads.
"""

from __future__ import annotations

import contextlib
import math
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from heapq import heappop, heappush
from types import TracebackType
from typing import Self, TypeVar

from dlmskit.exceptions import DlmskitError, TransportError
from dlmskit.vmeter.host_lines import Connect, DatagramLine, DialledLine, Line, SerialLine, StreamLine, dial

HOST = "127.0.0.1"
BAUD = 9600
_BEAT = 0.1
T = TypeVar("T")


class _Served:
    """A line in the loop: when it is looked at next, and what is watched for."""

    def __init__(self, line: Line, ended: Callable[[], None] | None) -> None:
        self.line = line
        self.ended = ended
        self.due = math.inf
        self.watched = 0


class MeterHost:
    """Serves lines into meters from a thread of its own; a context manager that stops it.

    `connect`, here or of a listener, makes the port of a new line. At most `connections` lines are open at a time, more
    TCP connections are closed at once; one that is silent for `idle` seconds is closed too. `listen`, `listen_udp` and
    `open_pty` say where the meter is; all raise `TransportError`. `work`, what the meter does unasked, is called ten
    times a second.
    """

    def __init__(
        self,
        connect: Connect,
        *,
        connections: int = 64,
        idle: float = 600.0,
        work: Callable[[float], None] | None = None,
    ) -> None:
        self._connect = connect
        self._work = work
        self._connections = connections
        self._idle = idle
        self._selector = selectors.DefaultSelector()
        self._lines: dict[int, _Served] = {}
        self._listeners: list[socket.socket] = []
        self._dues: list[tuple[float, int, Callable[[float], None]]] = []
        self._count = 0
        self._calls: deque[Callable[[], None]] = deque()
        self._wake, self._woken = socket.socketpair()
        self._woken.setblocking(False)
        self._stopping = threading.Event()
        self._serving: int | None = None
        self._thread = threading.Thread(target=self._run, name="virtual meter", daemon=True)
        self._selector.register(self._woken, selectors.EVENT_READ, self._do_calls)

    def listen(self, port: int = 0, connect: Connect | None = None) -> int:
        """Accept connections on 127.0.0.1, any number of times; gives the port, a free one for 0."""
        try:
            listener = socket.create_server((HOST, port), backlog=min(self._connections, 1024))
        except OSError as error:
            raise TransportError(f"cannot listen on {HOST}:{port}: {error.strerror}") from None
        listener.setblocking(False)
        self._listeners.append(listener)
        self._selector.register(
            listener, selectors.EVENT_READ, partial(self._accept, listener, connect or self._connect)
        )
        found: int = listener.getsockname()[1]
        return found

    def listen_udp(self, port: int = 0, connect: Connect | None = None) -> int:
        """Take datagrams on 127.0.0.1; gives the port, a free one for 0."""
        bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            bound.bind((HOST, port))
        except OSError as error:
            bound.close()
            raise TransportError(f"cannot listen on {HOST}:{port}: {error.strerror}") from None
        found: int = bound.getsockname()[1]
        self._add(DatagramLine(bound, connect or self._connect, self._connections, self._idle))
        return found

    def open_pty(self, connect: Connect | None = None, baud: int = BAUD) -> str:
        """A pseudo-terminal with the meter at its other end, at `baud` where its link sets no rate; gives its path."""
        try:
            line = SerialLine(connect or self._connect, baud, time.monotonic())
        except OSError as error:
            raise TransportError(f"no pseudo-terminal: {error.strerror}") from None
        self._add(line)
        return line.path

    def dial(self, host: str, port: int, connect: Connect | None = None, *, again: float = 5.0) -> None:
        """Connect to a head end and wait to be asked; when that ended or failed, once more after `again` seconds."""
        now = time.monotonic()

        def redial() -> None:
            self._at(time.monotonic() + again, lambda _: self.dial(host, port, connect, again=again))

        try:
            connection = dial(host, port)
        except TransportError:
            redial()
            return
        self._add(DialledLine(connection, (connect or self._connect)(), now, self._idle), redial)

    def call(self, work: Callable[[], T]) -> T:
        """Do `work` in the thread that serves, between octets; gives and raises what it does. For any thread."""
        if self._serving is None or self._serving == threading.get_ident():
            return work()
        future: Future[T] = Future()

        def do() -> None:
            try:
                future.set_result(work())
            except DlmskitError as error:
                future.set_exception(error)

        self._calls.append(do)
        self._awake()
        return future.result()

    def start(self) -> Self:
        """Begin to serve."""
        self._serving = -1
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving and close every line; harmless when stopped already."""
        self._stopping.set()
        self._awake()
        if self._thread.is_alive():
            self._thread.join()
        self._serving = None
        for served in list(self._lines.values()):
            served.ended = None
            self._drop(served)
        for end in (*self._listeners, self._wake, self._woken):
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

    def _awake(self) -> None:
        with contextlib.suppress(OSError):
            self._wake.send(b"\0")

    def _run(self) -> None:
        self._serving = threading.get_ident()
        try:
            while not self._stopping.is_set():
                ready = self._selector.select(self._patience())
                now = time.monotonic()
                if self._work is not None:
                    self._work(now)
                for key, _ in ready:
                    key.data(now)
                while self._dues and self._dues[0][0] <= now:
                    heappop(self._dues)[2](now)
        finally:
            self._do_calls(time.monotonic())
            self._serving = None

    def _patience(self) -> float | None:
        longest = None if self._work is None else _BEAT
        if not self._dues:
            return longest
        return min(max(self._dues[0][0] - time.monotonic(), 0), longest or math.inf)

    def _do_calls(self, now: float) -> None:
        with contextlib.suppress(OSError):
            self._woken.recv(4096)
        while self._calls:
            self._calls.popleft()()

    def _at(self, due: float, act: Callable[[float], None]) -> None:
        self._count += 1
        heappush(self._dues, (due, self._count, act))

    def _accept(self, listener: socket.socket, connect: Connect, now: float) -> None:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        if len(self._lines) >= self._connections:
            connection.close()
            return
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            port = connect()
        except DlmskitError:
            connection.close()
            return
        self._add(StreamLine(connection.fileno(), port, connection.close, now, self._idle))

    def _add(self, line: Line, ended: Callable[[], None] | None = None) -> None:
        served = _Served(line, ended)
        self._lines[line.descriptor] = served
        served.watched = _events(line)
        self._selector.register(line.descriptor, served.watched, partial(self._attend, served, line.ready))
        line.open()
        self._plan(served)

    def _plan(self, served: _Served) -> None:
        """A line is looked at when it wants to be; a deadline that moved away is found out then."""
        deadline = served.line.deadline
        if deadline < served.due:
            served.due = deadline
            self._at(deadline, partial(self._look, served, deadline))

    def _look(self, served: _Served, due: float, now: float) -> None:
        if served.due != due or self._lines.get(served.line.descriptor) is not served:
            return
        served.due = math.inf
        if served.line.deadline <= now:
            self._attend(served, served.line.time_out, now)
        else:
            self._plan(served)

    def _attend(self, served: _Served, act: Callable[[float], bool], now: float) -> None:
        """Act on a line and write what came of it; a line that failed or is finished is dropped."""
        line = served.line
        try:
            alive = act(now)
            line.write(now)
        except (OSError, DlmskitError):
            alive = False
        if not alive or line.finished:
            self._drop(served)
            return
        if (events := _events(line)) != served.watched:
            served.watched = events
            self._selector.modify(line.descriptor, events, partial(self._attend, served, line.ready))
        self._plan(served)

    def _drop(self, served: _Served) -> None:
        self._selector.unregister(served.line.descriptor)
        del self._lines[served.line.descriptor]
        with contextlib.suppress(DlmskitError):
            served.line.close(time.monotonic())
        if served.ended is not None:
            served.ended()


def _events(line: Line) -> int:
    return selectors.EVENT_WRITE if line.wants_write else selectors.EVENT_READ
