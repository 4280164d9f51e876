"""The asyncio client does what the blocking one does."""

from __future__ import annotations

import asyncio
import inspect
import io
from pathlib import Path
from typing import Any

import pytest

import dlmskit
from dlmskit import aio
from dlmskit.codec import data
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.cosem.quantity import Quantity
from dlmskit.exceptions import AssociationError, DlmskitError, TransportError
from dlmskit.obis import Obis
from dlmskit.reading import Profile
from dlmskit.session.operations import Get, ReadOut
from dlmskit.store.counters import DurableCounters
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


def test_both_clients_have_the_same_methods() -> None:
    def methods(cls: type) -> dict[str, inspect.Signature]:
        found = inspect.getmembers(cls, inspect.isfunction)
        return {name: inspect.signature(method) for name, method in found if not name.startswith("_")}

    blocking, waiting = methods(dlmskit.Client), methods(aio.AsyncClient)
    assert blocking == waiting


@pytest.mark.parametrize("durable", [False, True])
def test_only_stores_that_may_wait_are_asked_in_a_thread(
    durable: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    to_thread = asyncio.to_thread

    async def noted(function: Any, *arguments: Any) -> Any:
        if function is aio.answer:
            asked.append(type(arguments[0]).__name__)
        return await to_thread(function, *arguments)

    async def read(target: str) -> None:
        counters = DurableCounters(tmp_path / "counters") if durable else None
        async with await aio.connect(
            target, client_sap=17, password=defaults.PASSWORD, timeout=5, counters=counters
        ) as meter:
            await meter.run(NAME)

    monkeypatch.setattr(asyncio, "to_thread", noted)
    with SimMeter("generic") as simulated:
        asyncio.run(read(simulated.target))
    assert asked == (["KeysNeeded"] if durable else [])


NAME, MISSING = Get(1, Obis(0, 0, 42, 0, 0), 2), Get(1, Obis(9, 9, 9, 9, 9), 2)
CALLS: list[tuple[str, tuple[Any, ...]]] = [
    ("run", (NAME,)),
    ("run", (MISSING,)),
    ("run", (ReadOut(),)),
    ("get", (8, "clock", 1)),
    ("get_list", (NAME, MISSING)),
    ("set", (1, "0-0:42.0.0", 2, data.octet_string(b"x"))),
    ("action", (8, "clock", 99)),
    ("register", ("energy_import_total",)),
    ("register", ("0-0:42.0.0",)),
    ("profile", ("load_profile",)),
    ("objects", ()),
    ("clock", ()),
    ("notification", (0.01,)),
]


def lasting(result: object) -> object:
    """What of a result does not change from one moment to the next."""
    match result:
        case Quantity():
            return result.unit
        case Profile():
            return result.columns
        case CosemDateTime():
            return result.deviation
    return result


def test_every_operation_gives_the_same_in_both() -> None:
    async def waiting() -> list[object]:
        async with await aio.connect("sim:", association="management") as client:
            found: list[object] = []
            for name, arguments in CALLS:
                try:
                    found.append(lasting(await getattr(client, name)(*arguments)))
                except DlmskitError as error:
                    found.append(repr(error))
            return found

    expected: list[object] = []
    with dlmskit.connect("sim:", association="management") as client:
        for name, arguments in CALLS:
            try:
                expected.append(lasting(getattr(client, name)(*arguments)))
            except DlmskitError as error:
                expected.append(repr(error))
    assert sum(isinstance(item, str) for item in expected) == 5
    assert list(map(repr, asyncio.run(waiting()))) == list(map(repr, expected))


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
