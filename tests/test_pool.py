"""A pool: every meter's result, limits that hold, and no meter that hurts another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

import pytest

from dlmskit.aio import AsyncClient
from dlmskit.connecting import Wishes
from dlmskit.cosem.quantity import Quantity
from dlmskit.exceptions import AssociationError, DecodeError, TransportError, TransportTimeout
from dlmskit.pool import Job, Polled, Pool
from dlmskit.vmeter import defaults
from dlmskit.vmeter.sim import SimMeter

READER: Wishes = {"client_sap": 17, "password": defaults.PASSWORD, "timeout": 20.0}


@pytest.fixture(scope="module")
def target() -> Iterator[str]:
    with SimMeter("generic") as simulated:
        simulated.host._connections = 512
        yield simulated.target


async def all_of(pool: Pool, jobs: Any, work: Any) -> list[Polled[Any]]:
    return [polled async for polled in pool.run(jobs, work)]


def test_hundreds_of_dialogues_at_once_with_failing_ones_between(target: str) -> None:
    jobs = [Job(target, READER, f"meter {number}") for number in range(300)]
    jobs[10] = Job("tcp://127.0.0.1:1", READER, "nobody")
    jobs[20] = Job(target, {**READER, "password": b"wrong"}, "stranger")
    jobs[30] = Job("nonsense", READER, "nonsense")

    async def work(meter: AsyncClient) -> Quantity:
        value: Quantity = await meter.read("1-0:1.8.0", class_id=3)
        return value

    found = asyncio.run(all_of(Pool(connections=200, per_link=200), jobs, work))
    assert sorted(polled.job.name for polled in found) == sorted(job.name for job in jobs)
    failed = {polled.job.name: type(polled.error) for polled in found if polled.error is not None}
    assert set(failed) == {"nobody", "stranger", "nonsense"}
    assert issubclass(failed["nobody"], TransportError)
    assert issubclass(failed["stranger"], AssociationError)
    assert issubclass(failed["nonsense"], DecodeError)
    assert all(polled.value.value > 0 for polled in found if polled.error is None)


class Running:
    """How many work at the same time, at most, by the name in front of the dash."""

    def __init__(self) -> None:
        self.now: dict[str, int] = {}
        self.most: dict[str, int] = {}

    async def work(self, meter: AsyncClient, kinds: list[str]) -> None:
        for kind in kinds:
            self.now[kind] = self.now.get(kind, 0) + 1
            self.most[kind] = max(self.most.get(kind, 0), self.now[kind])
        await meter.clock()
        await asyncio.sleep(0.05)
        for kind in kinds:
            self.now[kind] -= 1


@pytest.mark.parametrize(
    ("limits", "link", "most"),
    [
        ({"connections": 3, "per_link": 99}, "", 3),
        ({"per_link": 2}, "", 2),
        ({"per_link": 2}, "own", 12),
        ({"per_link": 99, "per_host": 4}, "own", 4),
    ],
)
def test_limits_hold_and_are_used(target: str, limits: dict[str, int], link: str, most: int) -> None:
    running = Running()
    jobs = [Job(target, READER, f"m{number}", link and f"{link}{number}") for number in range(12)]
    found = asyncio.run(all_of(Pool(**limits), jobs, lambda meter: running.work(meter, ["all"])))
    assert [polled.error for polled in found] == [None] * 12
    assert most - (most > 4) * 6 <= running.most["all"] <= most


def test_a_meter_has_one_dialogue_at_a_time(target: str) -> None:
    running = Running()
    jobs = [Job(target, READER, "the same") for _ in range(5)]
    asyncio.run(all_of(Pool(per_link=99), jobs, lambda meter: running.work(meter, ["all"])))
    assert running.most == {"all": 1}


def test_a_slow_consumer_slows_the_source_down(target: str) -> None:
    drawn = 0

    async def source() -> AsyncIterator[Job]:
        nonlocal drawn
        for number in range(100):
            drawn += 1
            yield Job(target, READER, f"m{number}")

    async def run() -> int:
        async with aclosing(Pool(connections=2, per_link=2).run(source(), AsyncClient.clock)) as results:
            await anext(results)
            await asyncio.sleep(0.3)
            return drawn

    assert asyncio.run(run()) <= 2 * 4 + 2


def test_a_deadline_ends_one_meter_only(target: str) -> None:
    async def work(meter: AsyncClient) -> str:
        await meter.get(1, "0-0:42.0.0")
        if slow:
            slow.clear()
            await asyncio.sleep(60)
        return "done"

    slow = [True]
    start = time.monotonic()
    found = asyncio.run(
        all_of(Pool(deadline=1.0, per_link=9), [Job(target, READER, str(number)) for number in range(3)], work)
    )
    assert time.monotonic() - start < 8
    errors = [polled.error for polled in found if polled.error is not None]
    assert [type(error) for error in errors] == [TransportTimeout]
    assert "not done within 1 s" in str(errors[0])


def test_what_the_source_raises_is_raised_after_what_came_before(target: str) -> None:
    def source() -> Iterator[Job]:
        yield Job(target, READER)
        raise RuntimeError("no more")

    async def run() -> list[Polled[Any]]:
        results = Pool().run(source(), AsyncClient.clock)
        found = [await anext(results)]
        with pytest.raises(RuntimeError, match="no more"):
            await anext(results)
        return found

    (polled,) = asyncio.run(run())
    assert polled.error is None


def test_an_error_of_the_work_is_its_meters_result(target: str) -> None:
    async def work(meter: AsyncClient) -> None:
        raise KeyError("mine")

    (polled,) = asyncio.run(all_of(Pool(), [Job(target, READER)], work))
    assert isinstance(polled.error, KeyError)
