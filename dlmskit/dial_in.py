"""Meters that open the connection themselves, to be asked.

::

    async def ask(meter: AsyncClient, caller: Caller) -> None:
        print(caller.name, await meter.read("1-0:1.8.0"))

    async with DialIn(ask, lambda caller: SECRETS[caller.name], identify={"client_sap": 16}) as server:
        await server.tcp("0.0.0.0", 4059)

`DiallingIn` is the same for programs without asyncio.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec

from dlmskit import aio, client
from dlmskit.connecting import Wishes
from dlmskit.exceptions import ServiceError
from dlmskit.listener import Limits, LoopThread
from dlmskit.reading.memory import DEVICE_NAME
from dlmskit.transport.aio_server import TcpServer
from dlmskit.transport.aio_tcp import AsyncTcpTransport
from dlmskit.transport.base import AsyncTransport

_LOG = logging.getLogger("dlmskit.listener")
_DATA = 1
T = TypeVar("T")


class Caller(msgspec.Struct, frozen=True):
    """Who dialled in, as far as it has been said.

    `host` and `port` are where the connection comes from. `name`, the logical device name, and `system_title`, in hex,
    are the meter's own words, empty where it has not said them; only an association that authenticates it proves them.
    """

    host: str
    port: int = 0
    name: str = ""
    system_title: str = ""

    def __str__(self) -> str:
        where = f"{self.host}:{self.port}"
        return f"{self.name or self.system_title} at {where}" if self.name or self.system_title else where

    def told(self, negotiated: dict[str, Any], name: str = "") -> Caller:
        """With what the meter said when an association was opened."""
        title = negotiated.get("system_title") or self.system_title
        return msgspec.structs.replace(self, system_title=title, name=name or self.name)


Work = Callable[[aio.AsyncClient, Caller], Awaitable[object]]
Chosen = Callable[[Caller], Wishes]
"""How to talk to a meter; it may raise a `DlmskitError` for one that is not known, which is then hung up"""


class _Accepting:
    """What both kinds of `DialIn` are."""

    def __init__(self, wishes: Chosen | None, identify: Wishes | None, scheme: str, limits: Limits | None) -> None:
        bounds = limits or Limits()
        self._wishes = wishes
        self._identify = identify
        self._scheme = scheme
        self._server = TcpServer(self._serve, connections=bounds.connections, per_host=bounds.per_host)

    async def tcp(self, host: str, port: int) -> int:
        """Accept connections; the port, which is a free one for 0. Raises `TransportError`."""
        return await self._server.start(host, port)

    async def close(self) -> None:
        """Stop listening and hang up."""
        await self._server.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _serve(self, line: AsyncTcpTransport, host: str) -> None:
        caller = Caller(host, line.port)
        target = f"{self._scheme}://[{host}]" if ":" in host else f"{self._scheme}://{host}"
        target += f":{caller.port}"
        try:
            if self._identify is not None:
                caller = await identified(line, target, caller, self._identify)
            wishes = self._wishes(caller) if self._wishes is not None else {}
            await self._converse(line, target, caller, wishes)
        except Exception as error:  # noqa: BLE001 - whatever happens to one meter must not end the others
            _LOG.warning("%s: %s: %s", caller, type(error).__name__, error)

    async def _converse(self, line: AsyncTransport, target: str, caller: Caller, wishes: Wishes) -> None:
        raise NotImplementedError


class DialIn(_Accepting):
    """Each meter that dials in becomes a client that `work` asks. A meter that fails is logged, and no other is hurt.

    `wishes` says how to talk to it (see `dlmskit.connecting.Wishes`) by what is known of it then. `identify` says how
    it is asked for its name before that, in an association of its own: the public client, say. Without it nothing but
    the connection is known. `scheme` is ``tcp`` for the wrapper or ``tcp+hdlc``.
    """

    def __init__(
        self,
        work: Work,
        wishes: Chosen | None = None,
        *,
        identify: Wishes | None = None,
        scheme: str = "tcp",
        limits: Limits | None = None,
    ) -> None:
        super().__init__(wishes, identify, scheme, limits)
        self._work = work

    async def _converse(self, line: AsyncTransport, target: str, caller: Caller, wishes: Wishes) -> None:
        async with aio.over(line, target, **wishes) as meter:
            await self._work(meter, caller.told(meter.negotiated))


async def identified(line: AsyncTransport, target: str, caller: Caller, wishes: Wishes) -> Caller:
    """The caller with what it says of itself in an association that is released again; the line stays open."""
    async with aio.over(_Lent(line), target, **wishes) as meter:
        try:
            name = await meter.read(DEVICE_NAME, class_id=_DATA)
        except ServiceError:
            name = ""
        return caller.told(meter.negotiated, name.hex() if isinstance(name, bytes) else str(name or ""))


class _Lent:
    """A line that outlasts the client which it is lent to."""

    def __init__(self, line: AsyncTransport) -> None:
        self.write, self.read, self.set_line, self.drain = line.write, line.read, line.set_line, line.drain

    async def close(self) -> None:
        """Its owner closes it."""


class _Bridge:
    """A line of an event loop for a client in another thread."""

    def __init__(self, line: AsyncTransport, loop: asyncio.AbstractEventLoop) -> None:
        self._line = line
        self._loop = loop

    def write(self, data: bytes) -> None:
        self._done(self._line.write(data))

    def read(self, timeout: float | None) -> bytes:
        return self._done(self._line.read(timeout))

    def set_line(self, baud: int, format: str) -> None:
        self._done(self._line.set_line(baud, format))

    def drain(self) -> None:
        self._done(self._line.drain())

    def close(self) -> None:
        self._done(self._line.close())

    def _done(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()


class _InThreads(_Accepting):
    """`work` gets a blocking client, in one of so many threads."""

    def __init__(
        self,
        work: Callable[[client.Client, Caller], object],
        wishes: Chosen | None,
        identify: Wishes | None,
        scheme: str,
        limits: Limits | None,
        threads: int,
    ) -> None:
        super().__init__(wishes, identify, scheme, limits)
        self._work = work
        self._threads = ThreadPoolExecutor(threads, "dial-in")

    async def _converse(self, line: AsyncTransport, target: str, caller: Caller, wishes: Wishes) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._threads, self._talk, _Bridge(line, loop), target, caller, wishes)

    def _talk(self, line: _Bridge, target: str, caller: Caller, wishes: Wishes) -> None:
        with client.over(line, target, **wishes) as meter:
            self._work(meter, caller.told(meter.negotiated))

    async def close(self) -> None:
        """Stop listening, hang up, and wait for the threads to notice."""
        await super().close()
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)


class DiallingIn:
    """`DialIn` for programs without asyncio: `work` gets a blocking client, in one of `threads` threads.

    `port` is where it listens, a free one for 0. Further arguments as those of `DialIn`. Raises `TransportError`.
    """

    def __init__(
        self,
        host: str,
        port: int,
        work: Callable[[client.Client, Caller], object],
        wishes: Chosen | None = None,
        *,
        identify: Wishes | None = None,
        scheme: str = "tcp",
        limits: Limits | None = None,
        threads: int = 32,
    ) -> None:
        self._loop = LoopThread("dial-in")
        self._server = _InThreads(work, wishes, identify, scheme, limits, threads)
        try:
            self.port = self._loop.run(self._server.tcp(host, port))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Stop listening and hang up, and wait for work that is under way; harmless when closed already."""
        self._loop.close(self._server.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
