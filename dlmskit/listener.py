"""Pushes that come in by themselves, over TCP and UDP. Meters that dial in to be asked: `dlmskit.dial_in`.

::

    async with PushListener(keys=store) as listener:
        await listener.tcp("0.0.0.0", 4059)
        async for push in listener:
            print(push.sender, push.notified.apdu)

Octets that begin with 7E are HDLC, others the wrapper. What cannot be opened, came before or is no push is counted and
logged, and nothing of it is given out. `Listening` is the same for programs without asyncio.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import CancelledError
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec

from dlmskit.exceptions import DlmskitError, TransportClosed, TransportError
from dlmskit.limits import Limits as MessageLimits
from dlmskit.link.base import Disconnected, FrameDropped, Link
from dlmskit.link.hdlc import HdlcPushLink
from dlmskit.link.wrapper import WrapperLink
from dlmskit.security.counters import ReplayGuard
from dlmskit.security.needs import AgreeNeed, CounterNeed, CounterSighting, KeysNeed, SignNeed, VerifyNeed
from dlmskit.session.base import Failed, Notified
from dlmskit.session.cosem.receiver import ReceiverSession
from dlmskit.stack.receiver import ReceiverStack
from dlmskit.store.answer import answer
from dlmskit.store.counters import Counters, MemoryCounters
from dlmskit.store.keys import KeyStore, MemoryKeyStore
from dlmskit.transport.aio_server import TcpServer, UdpServer
from dlmskit.transport.aio_tcp import AsyncTcpTransport

T = TypeVar("T")
_LOG = logging.getLogger("dlmskit.listener")
_FLAG = b"\x7e"
_MOST_SENDERS = 4096
"""senders whose rate or unfinished datagrams are remembered; the longest silent one is forgotten first"""


class Push(msgspec.Struct, frozen=True):
    """One push: what was said, and the host that sent it, which proves nothing; a system title does where verified."""

    notified: Notified
    sender: str


class Limits(msgspec.Struct, frozen=True):
    """Bounds of a listener: `connections` in all and `per_host`, `waiting` pushes that nobody has taken yet, and
    `rate`, pushes or datagrams a second of one host, `burst` of them at once. A line that says nothing for `idle`
    seconds is closed. A push has at most `octets`, put together from segments or blocks, which any sender may begin.
    """

    connections: int = 1000
    per_host: int = 64
    waiting: int = 1000
    rate: float = 50.0
    burst: int = 200
    idle: float = 600.0
    octets: int = 262_144


class PushListener:
    """Receives pushes; an asyncio context manager and an iterator over `Push`.

    Keys are looked up by system title. A push in clear is refused unless `allow_unauthenticated`, and then marked. A
    confirmed push is confirmed once it waits to be taken: in clear as it came, a ciphered one under `system_title`,
    which needs `counters` that last, and not at all without a title. General blocks are acknowledged. While as many
    pushes wait as the limits allow nothing more is read from TCP, and datagrams are lost.
    """

    def __init__(
        self,
        *,
        keys: KeyStore | None = None,
        counters: Counters | None = None,
        allow_unauthenticated: bool = False,
        system_title: bytes = b"",
        confirm: bool = True,
        limits: Limits | None = None,
    ) -> None:
        self.refused = 0
        """messages that were no push, could not be opened, or came too fast"""
        self._keys = keys or MemoryKeyStore()
        self._counters = counters or MemoryCounters()
        self._allow = allow_unauthenticated
        self._title = system_title
        self._confirm = confirm
        self._limits = limits or Limits()
        octets = self._limits.octets
        self._messages = MessageLimits(apdu_octets=octets, transfer_octets=octets)
        self._guard = ReplayGuard()
        self._rates = _Rates(self._limits.rate, self._limits.burst)
        self._pushes: asyncio.Queue[Push] = asyncio.Queue(self._limits.waiting)
        self._servers: list[TcpServer] = []
        self._datagrams: list[tuple[UdpServer, asyncio.Task[None]]] = []

    async def tcp(self, host: str, port: int) -> int:
        """Accept connections too; the port, which is a free one for 0. Raises `TransportError`."""
        server = TcpServer(self._serve, connections=self._limits.connections, per_host=self._limits.per_host)
        found = await server.start(host, port)
        self._servers.append(server)
        return found

    async def udp(self, host: str, port: int) -> int:
        """Take datagrams too; the port, which is a free one for 0. Raises `TransportError`."""
        server = UdpServer(self._limits.waiting)
        found = await server.start(host, port)
        self._datagrams.append((server, asyncio.create_task(self._serve_datagrams(server))))
        return found

    async def get(self) -> Push:
        """The next push."""
        return await self._pushes.get()

    async def close(self) -> None:
        """Stop listening; pushes that wait can still be taken."""
        for server in self._servers:
            await server.close()
        for datagrams, task in self._datagrams:
            datagrams.close()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def __aiter__(self) -> AsyncIterator[Push]:
        while True:
            yield await self.get()

    def _stack(self, first: bytes, *, datagrams: bool) -> ReceiverStack:
        hdlc = first.startswith(_FLAG)
        session = ReceiverSession(
            allow_unauthenticated=self._allow,
            guard=self._guard,
            own_title=self._title,
            confirms=self._confirm and not hdlc,
            limits=self._messages,
        )
        link: Link = HdlcPushLink(limits=self._messages)
        if not hdlc:
            link = WrapperLink(None, None, "meter", datagrams=datagrams, limits=self._messages)
        stack = ReceiverStack(link, session, acknowledges=not hdlc, limits=self._messages)
        stack.open(time.monotonic())
        return stack

    async def _serve(self, line: AsyncTcpTransport, sender: str) -> None:
        """One connection to its end."""
        try:
            data = await line.read(self._limits.idle)
            stack = self._stack(data, datagrams=False)
            while True:
                stack.receive_data(data, time.monotonic())
                if not await self._settle(stack, sender):
                    return
                if octets := stack.data_to_send():
                    await line.write(octets)
                data = await line.read(self._limits.idle)
        except TransportError as error:
            _LOG.debug("%s: %s", sender, error)

    async def _serve_datagrams(self, server: UdpServer) -> None:
        stacks: OrderedDict[tuple[str, int, bool], ReceiverStack] = OrderedDict()
        while True:
            data, address = await server.receive()
            if self._rates.wait(address[0]) > 0:
                self._refuse(address[0], "datagrams come too fast")
                continue
            route = (*address, data.startswith(_FLAG))
            stack = stacks.pop(route, None) or self._stack(data, datagrams=True)
            stacks[route] = stack
            if len(stacks) > _MOST_SENDERS:
                stacks.popitem(last=False)
            stack.receive_data(data, time.monotonic())
            if not await self._settle(stack, address[0], paced=False):
                del stacks[route]
            elif octets := stack.data_to_send():
                server.send(octets, address)

    async def _settle(self, stack: ReceiverStack, sender: str, *, paced: bool = True) -> bool:
        """Everything that came of the octets so far; False when the link is down."""
        while (event := stack.next_event()) is not None:
            match event:
                case KeysNeed() | CounterNeed() | SignNeed() | VerifyNeed() | AgreeNeed():
                    try:
                        said = await asyncio.to_thread(answer, event, self._keys, self._counters)
                    except DlmskitError as error:
                        self._refuse(sender, str(error))
                        return False
                    stack.provide(said, time.monotonic())
                case CounterSighting():
                    await asyncio.to_thread(answer, event, self._keys, self._counters)
                case Notified():
                    if paced:
                        await asyncio.sleep(self._rates.wait(sender))
                    await self._pushes.put(Push(event, sender))
                case Failed():
                    self._refuse(sender, str(event.error))
                case FrameDropped():
                    self._refuse(sender, event.reason)
                case Disconnected():
                    self._refuse(sender, event.reason)
                    return False
        return True

    def _refuse(self, sender: str, reason: str) -> None:
        self.refused += 1
        _LOG.warning("%s: refused: %s", sender, reason)


class _Rates:
    """A bucket of `burst` tokens for each host, `rate` new ones a second."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._known: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, host: str) -> float:
        """Take a token; how many seconds it is early, 0 for none."""
        now = time.monotonic()
        left, then = self._known.pop(host, (self._burst, now))
        left = min(self._burst, left + (now - then) * self._rate)
        early = max(1.0 - left, 0.0) / self._rate
        self._known[host] = (max(left - 1.0, -self._burst), now)
        if len(self._known) > _MOST_SENDERS:
            self._known.popitem(last=False)
        return early


class LoopThread:
    """An event loop in a thread of its own, for programs without asyncio."""

    def __init__(self, name: str) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Wait for what it gives."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()

    def close(self, last: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Run `last`, wake who waits, and stop; harmless when stopped already."""
        if self.loop.is_closed():
            return
        self.run(self._ending(last))
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    async def _ending(self, last: Callable[[], Coroutine[Any, Any, object]]) -> None:
        await last()
        waiting = asyncio.all_tasks() - {asyncio.current_task()}
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


class Listening:
    """A `PushListener` in a thread of its own, for programs without asyncio: iterate it, or call `get`.

    `scheme` is ``tcp`` or ``udp``. Raises `TransportError` for another one, and where the port cannot be had.
    """

    def __init__(self, scheme: str, host: str, port: int, make: Callable[[], PushListener]) -> None:
        if scheme not in ("tcp", "udp"):
            raise TransportError(f"pushes are listened for over tcp or udp, not {scheme!r}")
        self._thread = LoopThread("push listener")
        self._listener: PushListener | None = None
        try:
            self.port = self._thread.run(self._start(scheme, host, port, make))
        except BaseException:
            self.close()
            raise

    async def _start(self, scheme: str, host: str, port: int, make: Callable[[], PushListener]) -> int:
        self._listener = make()
        return await (self._listener.udp if scheme == "udp" else self._listener.tcp)(host, port)

    async def _stop(self) -> None:
        if self._listener is not None:
            await self._listener.close()

    @property
    def refused(self) -> int:
        """Messages that were refused so far."""
        return self._listener.refused if self._listener is not None else 0

    def get(self, timeout: float | None = None) -> Push | None:
        """The next push, None when none came in `timeout` seconds. Raises `TransportClosed` once it is closed."""
        assert self._listener is not None
        waiting = _within(self._listener, timeout)
        try:
            return self._thread.run(waiting)
        except TimeoutError:
            return None
        except (RuntimeError, CancelledError):
            waiting.close()
            raise TransportClosed("the listener is closed") from None

    def close(self) -> None:
        """Stop; harmless when stopped already."""
        self._thread.close(self._stop)

    def __iter__(self) -> Iterator[Push]:
        while (push := self.get()) is not None:
            yield push

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


async def _within(listener: PushListener, timeout: float | None) -> Push:
    async with asyncio.timeout(timeout):
        return await listener.get()
