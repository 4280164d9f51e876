"""The asyncio client does what the blocking one does."""

from __future__ import annotations

import asyncio
import io

import pytest

import dlmskit
from dlmskit import aio
from dlmskit.exceptions import AssociationError, TransportError
from dlmskit.session.operations import Get
from dlmskit.vmeter import defaults
from dlmskit.vmeter.sim import SimMeter


def test_it_reads_what_the_blocking_client_reads() -> None:
    async def read(target: str) -> tuple[object, ...]:
        async with await aio.connect(target, client_sap=17, password=defaults.PASSWORD, timeout=5) as meter:
            name = await meter.get(1, "0-0:42.0.0")
            objects = await meter.objects()
            profile = await meter.profile("1-0:99.1.0")
            return name, objects, profile.columns, len(profile.rows)

    with SimMeter("generic") as simulated:
        found = asyncio.run(read(simulated.target))
        with dlmskit.connect(simulated.target, client_sap=17, password=defaults.PASSWORD) as meter:
            profile = meter.profile("1-0:99.1.0")
            assert found[:3] == (meter.get(1, "0-0:42.0.0"), meter.objects(), profile.columns)
            assert abs(len(profile.rows) - int(str(found[3]))) <= 1


def test_two_meters_at_once_and_one_meter_asked_twice() -> None:
    async def both() -> list[object]:
        file = io.StringIO()
        async with await aio.connect("sim:", record=file) as one, await aio.connect("sim:zzh") as other:
            clocks = await asyncio.gather(one.clock(), other.clock(), one.clock(), one.register("energy_import_total"))
        assert '"event":"closed"' in file.getvalue()
        return list(clocks)

    assert len(asyncio.run(both())) == 4


def test_gmac_with_counters_from_the_store() -> None:
    async def read() -> object:
        async with await aio.connect("sim:", association="management") as meter:
            return await meter.run(Get(8, meter.reader.obis("clock"), 2))

    assert asyncio.run(read()) is not None


def test_failures_are_ours() -> None:
    async def refused() -> None:
        async with await aio.connect("sim:", password=b"wrong"):
            pass

    async def nobody() -> None:
        await aio.connect("tcp://127.0.0.1:1")

    with pytest.raises(AssociationError):
        asyncio.run(refused())
    with pytest.raises(TransportError):
        asyncio.run(nobody())
