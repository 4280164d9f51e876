"""Profiles over lines that break: whatever message is lost, no row comes twice and none is missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from dlmskit.codec import data
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.cosem.selective import CLOCK, RangeDescriptor
from dlmskit.enums import Mechanism
from dlmskit.exceptions import TransportClosed
from dlmskit.reading import Reader
from dlmskit.reading.buffer import profile
from dlmskit.reading.profile import ProfileColumn, ProfileRow
from dlmskit.reading.resumption import joined, whole_rows
from dlmskit.session.cosem.settings import AssociationSettings
from dlmskit.stack.dialogue import Broken
from dlmskit.stack.recovery import Retry
from tests.cut_lines import AT_ONCE, CutMeter

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
RANGES: list[dict[str, Any]] = [
    {"start": NOW - timedelta(hours=20), "end": NOW},
    {"start": NOW - timedelta(hours=20), "end": NOW, "columns": ["energy_import_total"]},
    {"entries": (3, 60)},
    {"entries": (3, 60), "columns": ["energy_import_total"]},
]
SMALL = AssociationSettings(client_sap=17, mechanism=Mechanism.LOW, max_receive_pdu_size=128)


def read(*cuts: int, model: str = "generic", retry: Retry = AT_ONCE, **what: Any) -> tuple[Any, CutMeter]:
    wishes = {"association": SMALL} if model == "generic" else {}
    meter = CutMeter(model, *cuts, **wishes)
    with meter.client(retry) as client:
        return client.profile("load_profile", **what), meter


@pytest.mark.parametrize("what", RANGES, ids=["range", "range and columns", "entries", "entries and columns"])
def test_a_cut_at_any_message_costs_no_row(what: dict[str, Any]) -> None:
    whole, meter = read(**what)
    assert len(whole.rows) >= 50
    assert meter.transfers > 30
    step = 1 if what is RANGES[0] else 5
    for cut in range(0, meter.transfers, step):
        found, cut_meter = read(cut, **what)
        assert [row.cells for row in found.rows] == [row.cells for row in whole.rows], cut
        assert cut_meter.lines == (2 if cut < meter.transfers - 3 else cut_meter.lines)


def test_hdlc_lines_may_be_cut_too() -> None:
    what = {"start": NOW - timedelta(hours=5), "end": NOW}
    whole, meter = read(model="zzh", **what)
    for cut in range(0, meter.transfers, 3):
        found, _ = read(cut, model="zzh", **what)
        assert [row.cells for row in found.rows] == [row.cells for row in whole.rows], cut


def test_several_cuts_and_only_what_is_missing_is_asked_for() -> None:
    whole, meter = read(**RANGES[0])
    late = meter.transfers * 3 // 4
    found, cut_meter = read(late, late + 12, **RANGES[0])
    assert [row.cells for row in found.rows] == [row.cells for row in whole.rows]
    assert cut_meter.lines == 3
    # less than half of the profile came again
    assert cut_meter.transfers < meter.transfers * 1.5 + 12


def test_a_line_that_never_brings_a_row_is_given_up() -> None:
    with pytest.raises(TransportClosed, match="cut"):
        read(*range(12, 10_000), **RANGES[0])


def test_without_a_policy_the_first_drop_is_told() -> None:
    with pytest.raises(TransportClosed, match="cut"):
        read(25, retry=Retry(repeats=0), **RANGES[0])


def row(hour: int, value: int) -> ProfileRow:
    return ProfileRow((CosemDateTime.from_datetime(datetime(2025, 1, 1, hour, tzinfo=UTC)), value))


COLUMNS = (ProfileColumn("clock", CLOCK), ProfileColumn("value", CLOCK))


@pytest.mark.parametrize(
    ("had", "more", "wanted"),
    [
        ([], [1, 2], [1, 2]),
        ([1, 2], [2, 3], [1, 2, 3]),
        ([1, 2, 2], [2, 2, 3], [1, 2, 2, 3]),
        ([1, 2], [1, 2, 3], [1, 2, 3]),
        ([1, 2], [3, 4], None),
        ([1, 2], [], None),
        ([1, 2, 2], [2, 3], [1, 2, 2, 3]),
    ],
)
def test_pieces_are_joined_where_they_meet(had: list[int], more: list[int], wanted: list[int] | None) -> None:
    found = joined([row(hour, hour) for hour in had], [row(hour, hour) for hour in more], COLUMNS)
    assert found == (None if wanted is None else tuple(row(hour, hour) for hour in wanted))


def test_whole_rows_of_every_beginning() -> None:
    rows = [data.structure(data.unsigned(number), data.octet_string(bytes(number))) for number in range(5)]
    octets = data.array(*rows).to_bytes()
    counts = []
    for end in range(len(octets) + 1):
        found = data.Data.from_bytes(whole_rows(octets[:end]).to_bytes()).value
        assert found == data.array(*rows[: len(found)]).value
        counts.append(len(found))
    assert counts == sorted(counts)
    assert counts[-1] == 5
    assert whole_rows(b"\x09\x01\x00").value == []
    assert whole_rows(b"\x01\x02\x00\x1e").value == [None]


FIFO, LIFO, LARGEST = 1, 2, 3


def sorted_rows(method: int, low: datetime, high: datetime) -> data.Data:
    """What a meter of this sort method has between two moments: a value an hour, the largest at noon."""
    hours = sorted(range(24), key={FIFO: int, LIFO: lambda hour: -hour, LARGEST: lambda hour: abs(12 - hour)}[method])
    moments = ((hour, datetime(2025, 1, 1, hour, tzinfo=UTC)) for hour in hours)
    return data.array(
        *(
            data.structure(
                data.octet_string(CosemDateTime.from_datetime(moment).to_bytes()), data.unsigned(24 - abs(12 - hour))
            )
            for hour, moment in moments
            if low <= moment <= high
        )
    )


@pytest.mark.parametrize("method", [FIFO, LIFO, LARGEST])
def test_newest_first_and_sorted_by_value_lose_no_row_either(method: int) -> None:
    start, end = datetime(2025, 1, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, 22, tzinfo=UTC)
    whole = sorted_rows(method, start, end)
    status = replace(CLOCK, class_id=1)
    told = {3: data.array(CLOCK.to_data(), status.to_data()), 5: data.enum(method)}
    for cut in range(0, len(whole.to_bytes()), 7):
        cuts = [cut]
        procedure = profile(Reader(), "1-0:99.1.0", start, end)
        operation: Any = next(procedure)
        try:
            while True:
                operation = getattr(operation, "operation", operation)
                answer: Any = told.get(operation.attribute)
                if operation.attribute == 2:
                    descriptor = RangeDescriptor.from_access(operation.access)
                    low, high = (
                        CosemDateTime.from_bytes(limit.value).to_datetime()
                        for limit in (descriptor.from_value, descriptor.to_value)
                    )
                    answer = sorted_rows(method, low, high)
                    if cuts:
                        answer = Broken(answer.to_bytes()[: cuts.pop()], TransportClosed("cut"))
                operation = procedure.send(answer)
        except StopIteration as done:
            found = done.value
        assert [row.cells[1] for row in found.rows] == [value for _, value in whole.value], cut
