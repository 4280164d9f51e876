"""The asyncio client: the same dialogue as the blocking one, pumped by awaiting.

::

    async with await dlmskit.aio.connect("tcp://192.0.2.7:4059") as meter:
        print(await meter.clock())
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cached_property, partial
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

from dlmskit.connecting import SIMULATED, TIMEOUT, Plan, Wishes, parts, plan, recorded, replanned, simulated
from dlmskit.exceptions import DlmskitError, TransportTimeout
from dlmskit.link.base import Drain, SetLine
from dlmskit.meter import Meter, reopened
from dlmskit.session.base import Notified, Progressed
from dlmskit.session.operations import Operation
from dlmskit.stack.dialogue import Ask, Pause, Procedure, Read, Reopen, Step, Steps, Write
from dlmskit.store.answer import answer, at_once
from dlmskit.transport.base import AsyncTransport
from dlmskit.transport.threaded import opened

T = TypeVar("T")


class AsyncClient(Meter[AsyncTransport]):
    """`dlmskit.client.Client` for asyncio; see there. Operations of one client run one after the other.

    Stores of keys and counters that are not in memory are asked in a worker thread, as a durable counter waits for the
    disk.
    """

    @cached_property
    def _turn(self) -> asyncio.Lock:
        return asyncio.Lock()

    async def open(self) -> Self:
        """Set up link and association. Closes everything again where that fails."""
        try:
            await self._drive(self._dialogue.open())
            self._opened()
        except BaseException as error:
            self._advised(error)
            await self.close()
            raise
        return self

    async def close(self) -> None:
        """Release the association, end the link, close the port, in this order, whatever failed before."""
        self.reader.keep()
        try:
            await self._drive(self._dialogue.close())
        finally:
            try:
                await self._transport.close()
            finally:
                if self._recording is not None:
                    self._recording.close()

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def run(self, operation: Operation, progress: Callable[[Progressed], Any] | None = None) -> Any:
        """Run one native operation; the result is what its docstring says."""
        return await self._drive(self._dialogue.run(operation, progress or self.progress))

    async def follow(self, procedure: Procedure[T]) -> T:
        """Run a procedure of several operations to its answer."""
        return await self._drive(self._dialogue.follow(procedure, self.progress))

    async def notification(self, seconds: float) -> Notified | None:
        """The next thing that the meter says on its own, None when it says nothing in time."""
        return await self._drive(self._dialogue.listen(seconds))

    async def _drive(self, steps: Steps[T]) -> T:
        await self._turn.acquire()  # `async with` would be two coroutines more
        try:
            outcome: Any = None
            failure: DlmskitError | None = None
            while True:
                try:
                    step = steps.throw(failure) if failure is not None else steps.send(outcome)
                except StopIteration as end:
                    value: T = end.value
                    return value
                outcome = failure = None
                try:
                    outcome = await self._perform(step)
                except DlmskitError as error:
                    failure = error
        finally:
            self._turn.release()

    async def _perform(self, step: Step) -> Any:
        match step:
            case Read():
                if step.written:
                    await self._transport.write(step.written)
                try:
                    return await self._transport.read(step.seconds)
                except TransportTimeout:
                    return b""
            case Write():
                return await self._transport.write(step.octets)
            case Pause():
                return await asyncio.sleep(step.seconds)
            case Reopen():
                await self._transport.close()
                return self._replace(*await reopened(self._reopen))
            case SetLine():
                return await self._transport.set_line(step.baud, step.format)
            case Drain():
                return await self._transport.drain()
            case Ask():
                if at_once(step.need, self._keys, self._counters):
                    return answer(step.need, self._keys, self._counters)
                return await asyncio.to_thread(answer, step.need, self._keys, self._counters)


async def connect(target: str, **wishes: Unpack[Wishes]) -> AsyncClient:
    """A client for the meter at `target`; it opens when it is entered. See `dlmskit.client.connect`."""
    wanted = plan(target, **wishes)
    timeout = wishes.get("timeout", TIMEOUT)

    async def reopen() -> tuple[AsyncTransport, Plan]:
        again = replanned(wanted, target, **wishes)
        return await _line(again, timeout), again

    with recorded(wishes.get("record"), wanted) as recording:
        transport = await _line(wanted, timeout)
    return AsyncClient(transport, wanted.stack, reopen=reopen, **parts(wanted, recording, **wishes))


def over(line: AsyncTransport, target: str, **wishes: Unpack[Wishes]) -> AsyncClient:
    """A client over a line that is open already, a meter that dialled in say; it opens when it is entered.

    `target` says what is spoken there. The client cannot reopen the line.
    """
    wanted = plan(target, **wishes)
    with recorded(wishes.get("record"), wanted) as recording:
        return AsyncClient(line, wanted.stack, **parts(wanted, recording, **wishes))


async def _line(wanted: Plan, timeout: float) -> AsyncTransport:
    if wanted.target.scheme == SIMULATED:
        return await opened(partial(simulated, wanted))
    return await wanted.target.open_async(timeout)
