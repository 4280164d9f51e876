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
from dlmskit.reading.columns import profile_columns
from dlmskit.reading.resumption import Gathered, whole_rows
from dlmskit.reading.table import ProfileTable
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


FORMS = ["profile", "profile_columns"]


def read(
    *cuts: int, model: str = "generic", retry: Retry = AT_ONCE, form: str = "profile", **what: Any
) -> tuple[Any, CutMeter]:
    wishes = {"association": SMALL} if model == "generic" else {}
    meter = CutMeter(model, *cuts, **wishes)
    with meter.client(retry) as client:
        return getattr(client, form)("load_profile", **what), meter


def cells_of(found: Any) -> list[Any]:
    """What a profile says in either form, to be compared in one."""
    if isinstance(found, ProfileTable):
        return [column.cells.to_list() for column in found.columns]
    return [row.cells for row in found.rows]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("what", RANGES, ids=["range", "range and columns", "entries", "entries and columns"])
def test_a_cut_at_any_message_costs_no_row(what: dict[str, Any], form: str) -> None:
    whole, meter = read(form=form, **what)
    assert (whole.count if form == "profile_columns" else len(whole.rows)) >= 50
    assert meter.transfers > 30
    step = 1 if what is RANGES[0] else 5
    for cut in range(0, meter.transfers, step):
        found, cut_meter = read(cut, form=form, **what)
        assert cells_of(found) == cells_of(whole), cut
        assert cut_meter.lines == (2 if cut < meter.transfers - 3 else cut_meter.lines)


def test_hdlc_lines_may_be_cut_too() -> None:
    what = {"start": NOW - timedelta(hours=5), "end": NOW}
    whole, meter = read(model="zzh", **what)
    for cut in range(0, meter.transfers, 3):
        found, _ = read(cut, model="zzh", **what)
        assert [row.cells for row in found.rows] == [row.cells for row in whole.rows], cut


@pytest.mark.parametrize("form", FORMS)
def test_several_cuts_and_only_what_is_missing_is_asked_for(form: str) -> None:
    whole, meter = read(form=form, **RANGES[0])
    late = meter.transfers * 3 // 4
    found, cut_meter = read(late, late + 12, form=form, **RANGES[0])
    assert cells_of(found) == cells_of(whole)
    assert cut_meter.lines == 3
    # less than half of the profile came again
    assert cut_meter.transfers < meter.transfers * 1.5 + 12


@pytest.mark.parametrize("form", FORMS)
def test_a_line_that_never_brings_a_row_is_given_up(form: str) -> None:
    with pytest.raises(TransportClosed, match="cut"):
        read(*range(12, 10_000), form=form, **RANGES[0])


@pytest.mark.parametrize("form", FORMS)
def test_without_a_policy_the_first_drop_is_told(form: str) -> None:
    with pytest.raises(TransportClosed, match="cut"):
        read(25, retry=Retry(repeats=0), form=form, **RANGES[0])


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
    def rows(hours: list[int]) -> data.Data:
        return data.array(*(data.structure(data.unsigned(hour)) for hour in hours))

    found = Gathered()
    assert found.add(whole_rows(rows(had).to_bytes()), had)
    assert found.add(whole_rows(rows(more).to_bytes()), more) == (wanted is not None)
    left = had if wanted is None else wanted
    assert found.keys == left
    assert found.rows.data() == rows(left)
    assert found.rows.ends == whole_rows(rows(left).to_bytes()).ends


def test_whole_rows_of_every_beginning() -> None:
    rows = [data.structure(data.unsigned(number), data.octet_string(bytes(number))) for number in range(5)]
    octets = data.array(*rows).to_bytes()
    counts = []
    for end in range(len(octets) + 1):
        found = data.Data.from_bytes(whole_rows(octets[:end]).data().to_bytes()).value
        assert found == data.array(*rows[: len(found)]).value
        counts.append(len(found))
    assert counts == sorted(counts)
    assert counts[-1] == 5
    assert whole_rows(b"\x09\x01\x00").data().value == []
    assert whole_rows(b"\x01\x02\x00\x1e").data().value == [None]


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


@pytest.mark.parametrize("read_as", [profile, profile_columns])
@pytest.mark.parametrize("method", [FIFO, LIFO, LARGEST])
def test_newest_first_and_sorted_by_value_lose_no_row_either(method: int, read_as: Any) -> None:
    start, end = datetime(2025, 1, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, 22, tzinfo=UTC)
    whole = sorted_rows(method, start, end)
    status = replace(CLOCK, class_id=1)
    told = {3: data.array(CLOCK.to_data(), status.to_data()), 5: data.enum(method)}
    for cut in range(0, len(whole.to_bytes()), 7):
        cuts = [cut]
        procedure = read_as(Reader(), "1-0:99.1.0", start, end)
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
        values = found.columns[1].values if read_as is profile_columns else [row.cells[1] for row in found.rows]
        assert list(values) == [value for _, value in whole.value], cut
