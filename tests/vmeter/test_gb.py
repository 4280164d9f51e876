"""The British dialect: buffers as compact-arrays, ranges in seconds since 2000, ACCESS without an AARQ, class 9000, and
codes that do not end in 255."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from dlmskit.apdu.descriptors import SelectiveAccess
from dlmskit.client import Client, connect
from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.cosem.selective import RangeDescriptor
from dlmskit.cosem.time import from_seconds, to_seconds
from dlmskit.enums import DataType
from dlmskit.exceptions import NotRepresentable
from dlmskit.obis import Obis
from dlmskit.session.operations import AccessList, Get, Set
from dlmskit.vmeter.sim import SimMeter

START = datetime(2026, 11, 21, 10, 7, 30, tzinfo=UTC)
EXPORT = Obis.parse("0-0:99.1.1")
# ECS22a of the GBCS reference commands, as decoded: half hours of export between two counts of seconds
COMMAND = bytes.fromhex("02040204120001090600005E2C64FF0F02120000061BBE8618061BBFD7980100")


@contextmanager
def supplier() -> Iterator[tuple[SimMeter, Client]]:
    with (
        SimMeter("gb", start=START, speed=0) as meter,
        connect(meter.target, model="gb", association="supplier", timeout=5) as client,
    ):
        yield meter, client


def test_the_published_range_is_a_range_of_seconds() -> None:
    asked = RangeDescriptor.from_access(SelectiveAccess(1, Data(COMMAND)))
    assert from_seconds(asked.from_value.value).to_datetime() == datetime(2014, 10, 1, 9, 30, tzinfo=UTC)
    assert from_seconds(asked.to_value.value).to_datetime() == datetime(2014, 10, 2, 9, 30, tzinfo=UTC)
    assert str(asked.restricting_object.logical_name) == "0-0:94.44.100*255"


def test_a_buffer_is_a_compact_array_and_read_as_rows() -> None:
    begin = START.replace(hour=8, minute=0, second=0)
    with supplier() as (_, client):
        found = client.profile("half_hour_export", begin, begin + timedelta(hours=1))
        limits = (data.double_long_unsigned(to_seconds(begin + timedelta(hours=each))) for each in (0, 1))
        asked = RangeDescriptor(*limits, found.columns[0].captured)
        buffer = client.get(7, EXPORT, 2, asked.to_access())
    assert buffer.tag is DataType.COMPACT_ARRAY
    assert [row.cells[0].to_datetime() for row in found.rows] == [begin + timedelta(minutes=30 * n) for n in range(3)]
    assert [row[0] for row in buffer.value] == [to_seconds(begin + timedelta(minutes=30 * n)) for n in range(3)]
    assert [row[1] for row in buffer.value] == [row.cells[1].value for row in found.rows]


def test_columns_say_that_they_know_no_seconds() -> None:
    with supplier() as (_, client):
        table = client.profile_columns("half_hour_export", entries=(1, 3))
        assert table.count == 3
        with pytest.raises(NotRepresentable, match="seconds"):
            table.microseconds()


def test_an_empty_log_is_an_empty_array() -> None:
    with supplier() as (_, client):
        assert client.get(7, "0-0:99.98.0", 2) == data.array()
        assert client.profile("event_log").rows == ()


def test_passive_values_are_written_by_access_and_codes_keep_their_last_group() -> None:
    limit, threshold = Obis.parse("0-0:94.44.128*6"), Obis.parse("0-0:94.44.128*7")
    at_once = data.octet_string(bytes.fromhex("0000000000000000008000FF"))
    with supplier() as (_, client):
        # ECS28a of the GBCS reference commands
        assert client.run(
            AccessList(
                (
                    Set(9000, threshold, 4, data.double_long_unsigned(6900)),
                    Set(9000, limit, 4, data.double_long_unsigned(300)),
                    Set(9000, threshold, 6, at_once),
                    Get(9000, limit, 4),
                )
            )
        )[-1] == data.double_long_unsigned(300)
        assert client.get(9000, threshold, 4) == data.double_long_unsigned(6900)
        assert client.get(9000, threshold, 6) == at_once
        assert client.get(1, "0-0:94.44.34*20", 2).value == [10, [0, 27], 10]  # vector gbcs-7d1c15d2e2cc
        assert len([row for row in client.objects() if row.obis.f != 255]) > 60


@pytest.mark.parametrize("moment", [datetime(1999, 12, 31, tzinfo=UTC), datetime(2137, 1, 1, tzinfo=UTC)])
def test_seconds_have_32_bits(moment: datetime) -> None:
    with pytest.raises(NotRepresentable, match="32 bits"):
        to_seconds(moment)
    with pytest.raises(NotRepresentable, match="naive"):
        to_seconds(moment.replace(tzinfo=None))
