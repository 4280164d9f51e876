"""Many meters from one process: a pool of asyncio clients with limits, deadlines and back-pressure.

::

    pool = Pool(connections=500)
    async for polled in pool.run(jobs, lambda meter: meter.read("1-0:1.8.0")):
        print(polled.job.name, polled.error or polled.value)

Jobs are drawn from their source no faster than results are taken. One meter's failure is its own result and nothing
else.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

import msgspec

from dlmskit.aio import AsyncClient, connect
from dlmskit.connecting import SIMULATED, Wishes
from dlmskit.exceptions import TransportTimeout
from dlmskit.transport.target import Target

T = TypeVar("T")

GRACE = 5.0
"""seconds that a meter has for an orderly end when its deadline has passed"""
_AHEAD = 4
"""jobs in hand for each connection, those that wait for their link or host included"""


class Job(msgspec.Struct, frozen=True):
    """One meter to be asked. Jobs of one `name` (without it: one target) never run at the same time.

    `link` names a line that several meters share; without it that is the serial port, or the host and its port.
    """

    target: str
    wishes: Wishes = {}
    name: str = ""
    link: str = ""


class Polled(msgspec.Struct, Generic[T], frozen=True):
    """What became of a job: the `value` of the work, or the `error` that ended it, after `seconds`."""

    job: Job
    value: T | None
    error: Exception | None
    seconds: float


class Pool:
    """Limits for many dialogues: `connections` in all, `per_link` on one line, `per_host` to one host (None: any).

    `deadline` is what one meter may take from connecting to the end of its work, in seconds; past it the job fails with
    `TransportTimeout`.
    """

    def __init__(
        self,
        *,
        connections: int = 1000,
        per_link: int = 1,
        per_host: int | None = None,
        deadline: float | None = 300.0,
    ) -> None:
        self._connections = connections
        self._per_link = per_link
        self._per_host = per_host
        self._deadline = deadline

    async def run(
        self, jobs: Iterable[Job] | AsyncIterable[Job], work: Callable[[AsyncClient], Awaitable[T]]
    ) -> AsyncIterator[Polled[T]]:
        """Do `work` on each meter; results come as they are ready, in no order. Ending the iteration early ends all.

        `work` gets an open client. What it raises, or what keeps the client from opening, is the result's error; what
        the source of jobs raises is raised here when the jobs before it are done.
        """
        results: asyncio.Queue[Polled[T] | None] = asyncio.Queue()
        turns = asyncio.Semaphore(self._connections * _AHEAD)
        tasks: set[asyncio.Task[None]] = set()
        feeding = asyncio.create_task(self._feed(jobs, work, turns, tasks, results))
        try:
            while (polled := await results.get()) is not None:
                turns.release()
                yield polled
            await feeding
        finally:
            for task in (feeding, *tasks):
                task.cancel()
            await asyncio.gather(feeding, *tasks, return_exceptions=True)

    async def _feed(
        self,
        jobs: Iterable[Job] | AsyncIterable[Job],
        work: Callable[[AsyncClient], Awaitable[T]],
        turns: asyncio.Semaphore,
        tasks: set[asyncio.Task[None]],
        results: asyncio.Queue[Polled[T] | None],
    ) -> None:
        gates = _Gates(self._connections, self._per_link, self._per_host)
        try:
            async for job in _each(jobs):
                await turns.acquire()
                task = asyncio.create_task(self._poll(job, work, gates, results))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
        finally:
            while tasks:
                await asyncio.wait(tasks)
            results.put_nowait(None)

    async def _poll(
        self,
        job: Job,
        work: Callable[[AsyncClient], Awaitable[T]],
        gates: _Gates,
        results: asyncio.Queue[Polled[T] | None],
    ) -> None:
        value: T | None = None
        failure: Exception | None = None
        start = time.monotonic()
        try:
            async with AsyncExitStack() as held:
                for gate in gates.of(job):
                    await held.enter_async_context(gate)
                start = time.monotonic()
                value = await self._asked(job, work)
        except Exception as error:  # noqa: BLE001 - whatever happens to one meter is that meter's result
            failure = error
        results.put_nowait(Polled(job, value, failure, time.monotonic() - start))

    async def _asked(self, job: Job, work: Callable[[AsyncClient], Awaitable[T]]) -> T:
        whole = None if self._deadline is None else self._deadline + GRACE
        try:
            async with (
                asyncio.timeout(whole) as end,
                asyncio.timeout(self._deadline) as deadline,
                await connect(job.target, **job.wishes) as meter,
            ):
                return await work(meter)
        except TimeoutError:
            if not (end.expired() or deadline.expired()):
                raise
            raise TransportTimeout(f"{job.target}: not done within {self._deadline:g} s") from None


class _Gates:
    """The limits that a job passes, always in the same order: its meter, its link, its host, all connections."""

    def __init__(self, connections: int, per_link: int, per_host: int | None) -> None:
        self._all = asyncio.Semaphore(connections)
        self._limits = {"meter": 1, "link": per_link, "host": per_host}
        self._known: WeakValueDictionary[tuple[str, str], asyncio.Semaphore] = WeakValueDictionary()

    def of(self, job: Job) -> list[asyncio.Semaphore]:
        """Raises `DlmskitError` kinds for a target that is none."""
        target = Target.parse(job.target)
        names = {"meter": job.name or job.target, "link": job.link or _line(target), "host": target.host}
        gates = [
            self._known.setdefault((kind, name), asyncio.Semaphore(limit))
            for kind, name in names.items()
            if name and (limit := self._limits[kind]) is not None
        ]
        return [*gates, self._all]


def _line(target: Target) -> str:
    """Where the line begins: a serial port, or a host and its port."""
    return "" if target.scheme == SIMULATED else str(target)


async def _each(jobs: Iterable[Job] | AsyncIterable[Job]) -> AsyncIterator[Job]:
    if isinstance(jobs, AsyncIterable):
        async for job in jobs:
            yield job
    else:
        for job in jobs:
            yield job
