"""What people call on our client, against a meter of another maker's stack: tree, typed values, whole profiles."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import dlmskit
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.connecting import Wishes
from dlmskit.cosem.quantity import Quantity
from dlmskit.exceptions import DlmskitError
from dlmskit.pool import Job, Pool
from dlmskit.reading.reader import CURRENT_ASSOCIATION
from dlmskit.session.operations import Get, GetList
from dlmskit.stack.client import ClientStack
from tests.interop.test_peer_meter import meter

__all__ = ["meter"]

ENERGY, PROFILE = "1-0:1.8.0", "1-0:99.1.0"
LOW: Wishes = {"client_sap": 17, "password": b"Gurux"}


@pytest.fixture(params=["tcp+hdlc", "tcp"])
def target(request: pytest.FixtureRequest, meter: int) -> str:
    return f"{request.param}://127.0.0.1:{meter + (request.param == 'tcp')}"


def test_the_object_list_is_read_whole_and_every_attribute_that_it_grants(target: str) -> None:
    with dlmskit.connect(target, **LOW) as client:
        tree = client.tree()
        assert len(tree) > 10
        assert tree[ENERGY].class_name == "Register"
        assert {node.class_name for node in tree} >= {"Clock", "Data", "Profile generic", "Association LN"}
        asked = [
            (node.obis, each.number)
            for node in tree
            for each in node.attributes
            if each.rights is not None and each.rights.readable and node.class_id != 7
        ]
        found = client.read_many(asked)
    assert len(found) == len(asked) > 20
    refused = [error for error in found if isinstance(error, DlmskitError)]
    assert len(refused) <= len(asked) // 10, refused
    named = [(obis, value) for (obis, number), value in zip(asked, found, strict=True) if number == 1]
    # the meter lists rights on its association's name, and then knows no such object
    assert [obis for obis, value in named if value != obis] in ([], [CURRENT_ASSOCIATION])


def test_values_are_typed_and_a_list_gives_what_single_requests_give(
    target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds: list[type] = []
    start = ClientStack.start

    def noting(self: ClientStack, operation: Any, now: float) -> None:
        kinds.append(type(operation))
        start(self, operation, now)

    monkeypatch.setattr(ClientStack, "start", noting)
    with dlmskit.connect(target, **LOW) as client:
        client.objects()
        energy = client.read(ENERGY)
        assert isinstance(energy, Quantity)
        assert str(energy) == "12345678 Wh"
        assert isinstance(client.read("0-0:1.0.0"), CosemDateTime)
        single = [client.read("0-0:42.0.0"), energy]
        kinds.clear()
        together = client.read_many(["0-0:42.0.0", ENERGY])
        assert list(together) == single
        assert kinds == ([GetList] if client.reader.grants("multiple-references") else [Get, Get])


def test_a_profile_is_read_whole_by_range_by_entry_and_by_columns(target: str) -> None:
    with dlmskit.connect(target, **LOW) as client:
        whole = client.profile(PROFILE)
        assert len(whole.rows) == 96
        assert whole.columns[0].is_clock
        first = whole.rows[0].cells[0].to_datetime(zone=UTC)
        some = client.profile(PROFILE, first + timedelta(hours=1), first + timedelta(hours=2))
        assert [row.cells for row in some.rows] == [row.cells for row in whole.rows[4:9]]
        assert [row.cells for row in client.profile(PROFILE, first=5).rows] == [row.cells for row in whole.rows[:5]]
        assert [row.cells for row in client.profile(PROFILE, last=3).rows] == [row.cells for row in whole.rows[-3:]]
        column = whole.columns[-1].name
        narrow = client.profile(PROFILE, entries=(2, 4), columns=[column])
        assert [row.cells[-1] for row in narrow.rows] == [row.cells[-1] for row in whole.rows[1:4]]


def test_the_clock_is_set_and_its_drift_told(target: str) -> None:
    with dlmskit.connect(target, **LOW) as client:
        stamp = client.set_clock(datetime(2024, 5, 1, 12, tzinfo=UTC))
        assert client.clock().to_datetime(zone=UTC) - stamp.to_datetime(zone=UTC) < timedelta(seconds=5)


def test_the_cache_knows_the_meter_again(target: str, tmp_path: Path) -> None:
    rows = []
    for _ in range(2):
        with dlmskit.connect(target, cache=tmp_path / "cache", **LOW) as client:
            rows.append(client.objects())
    assert rows[0] == rows[1]
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_a_pool_polls_a_foreign_meter(meter: int) -> None:
    async def poll() -> list[Any]:
        jobs = [Job(f"tcp://127.0.0.1:{meter + 1}", LOW, str(number)) for number in range(6)]
        return [polled async for polled in Pool(deadline=30).run(jobs, lambda client: client.read(ENERGY, class_id=3))]

    found = asyncio.run(poll())
    assert [str(polled.error or polled.value) for polled in found] == ["12345678 Wh"] * 6
