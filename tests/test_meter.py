"""What both clients offer: typed reading and writing by name, many attributes at once, repeats by policy."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

import dlmskit
from dlmskit import aio
from dlmskit.codec import data
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.cosem.quantity import Quantity
from dlmskit.cosem.units import Unit
from dlmskit.enums import Conformance
from dlmskit.exceptions import DataAccessError, EncodeError, TransportClosed, UnknownObject, UnknownOutcome
from dlmskit.meter import Exposed, Meter
from dlmskit.model import registry
from dlmskit.obis import Obis
from dlmskit.reading import Profile
from dlmskit.session.operations import AccessList, Get, GetList, Operation
from dlmskit.stack.recovery import Retry
from dlmskit.vmeter.sim import SimMeter
from tests.cut_lines import AT_ONCE, CutMeter


@pytest.fixture
def meter() -> Iterator[dlmskit.Client]:
    with dlmskit.connect("sim:", association="management") as client:
        yield client


def test_read_gives_what_the_object_is(meter: dlmskit.Client) -> None:
    energy = meter.read("1-0:1.8.0")
    assert isinstance(energy, Quantity)
    assert energy.unit is Unit.WATT_HOUR
    assert meter.read("energy_import_total").value >= energy.value
    assert isinstance(meter.read("clock"), CosemDateTime)
    assert isinstance(meter.read("0-0:1.0.0", "time"), CosemDateTime)
    assert isinstance(meter.read("0-0:42.0.0"), str)
    assert meter.read("clock", 1) == meter.read("clock", "logical_name") == Obis(0, 0, 1, 0, 0)
    assert meter.read("energy_import_total", "scaler_unit") == {"scaler": 0, "unit": Unit.WATT_HOUR}
    assert isinstance(meter.read("load_profile"), Profile)


def test_without_a_model_the_object_list_tells_the_class() -> None:
    with SimMeter("generic") as simulated, dlmskit.connect(simulated.target, client_sap=16) as meter:
        assert meter.read("0-0:42.0.0") == meter.get(1, "0-0:42.0.0").value.decode()
        with pytest.raises(UnknownObject, match=r"9-9:9\.9\.9"):
            meter.read("9-9:9.9.9")
        with pytest.raises(DataAccessError):
            meter.read("9-9:9.9.9", class_id=3)


def test_what_a_name_does_not_mean_is_said(meter: dlmskit.Client) -> None:
    with pytest.raises(UnknownObject, match=r"no attribute tine .it has: logical_name, time, time_zone"):
        meter.read("clock", "tine")
    with pytest.raises(UnknownObject, match=r"no method nothing .it has: adjust_to_quarter"):
        meter.invoke("clock", "nothing")


def test_write_takes_what_read_gives(meter: dlmskit.Client) -> None:
    moment = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    meter.write("clock", "time", moment)
    assert abs(meter.read("clock").to_datetime() - moment) < timedelta(seconds=5)
    meter.write("clock", "time", meter.read("clock"))
    mode = meter.read("disconnect_control", "control_mode")
    meter.write("disconnect_control", "control_mode", mode)
    assert meter.read("disconnect_control", "control_mode") == mode
    with pytest.raises(EncodeError):
        meter.write("disconnect_control", "control_mode", 300)
    with pytest.raises(EncodeError, match="wanted Wh"):
        meter.write("energy_import_total", 2, Quantity(Decimal(1), Unit.VOLT))
    with pytest.raises(EncodeError, match="finer"):
        meter.write("energy_import_total", 2, Quantity(Decimal("0.5"), Unit.WATT_HOUR))
    with pytest.raises(DataAccessError, match="read-write-denied"):
        meter.write("energy_import_total", 2, Quantity(Decimal(1), Unit.WATT_HOUR))


def test_invoke_by_name(meter: dlmskit.Client) -> None:
    meter.invoke("disconnect_control", "remote_disconnect")
    assert meter.read("disconnect_control", "output_state") is False
    meter.invoke("disconnect_control", 2, 0)
    assert meter.read("disconnect_control", "control_state") in ("connected", "ready-for-reconnection")


def test_setting_the_clock_and_its_drift(meter: dlmskit.Client) -> None:
    meter.set_clock(datetime.now(UTC) + timedelta(minutes=10))
    drift = meter.clock_drift()
    assert abs(drift.offset - timedelta(minutes=10)) < timedelta(seconds=3)
    stamp = meter.set_clock()
    assert abs(stamp.to_datetime() - datetime.now(UTC)) < timedelta(seconds=3)
    assert abs(meter.clock_drift().offset) < timedelta(seconds=3)


MANY = ["1-0:1.8.0", "1-0:1.8.1", ("clock", "time"), "0-0:42.0.0", "9-9:9.9.9", ("energy_export_total", "logical_name")]


class Asked:
    """Notes the operations of a client; `refuse` lists of more items than that."""

    def __init__(self, client: dlmskit.Client, monkeypatch: pytest.MonkeyPatch, most: int = 1000) -> None:
        self.operations: list[Operation] = []
        stack = client._dialogue._stack
        start = stack.start

        def noting(operation: Operation, now: float) -> None:
            self.operations.append(operation)
            if isinstance(operation, GetList | AccessList) and len(operation.items) > most:
                raise DataAccessError("other-reason", "list")
            start(operation, now)

        monkeypatch.setattr(stack, "start", noting)


@pytest.mark.parametrize("services", [["multiple-references"], ["access"], []], ids=str)
def test_many_attributes_in_as_few_requests_as_the_meter_grants(
    services: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lists = Conformance.MULTIPLE_REFERENCES | Conformance.ACCESS
    model = registry.load("generic")
    granted = {"multiple-references": Conformance.MULTIPLE_REFERENCES, "access": Conformance.ACCESS}
    wanted = Conformance(0)
    for service in services:
        wanted |= granted[service]
    rows = [replace(row, conformance=row.conformance & ~lists | wanted) for row in model.associations]
    with CutMeter(replace(model, associations=tuple(rows)), association="management").client() as meter:
        assert ("access" in meter.negotiated["conformance"]) == ("access" in services)
        meter.objects()
        asked = Asked(meter, monkeypatch)
        found = meter.read_many(MANY)
        energy = meter.read("1-0:1.8.0")
    assert [type(each).__name__ for each in found] == [
        "Quantity",
        "Quantity",
        "CosemDateTime",
        "str",
        "UnknownObject",
        "Obis",
    ]
    kinds = [type(operation) for operation in asked.operations[:-1]]
    assert kinds == {"multiple-references": [GetList], "access": [AccessList]}.get("".join(services), [Get] * 7)
    assert found[0].value <= energy.value


@pytest.mark.parametrize("most", [1, 2, 3])
def test_a_refused_list_is_halved_and_what_was_taken_is_remembered(
    meter: dlmskit.Client, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Asked(meter, monkeypatch, most)
    once = meter.read_many([*MANY, ("clock", 99)])
    assert isinstance(once[-1], DataAccessError)
    assert isinstance(once[0], Quantity)
    asked.operations.clear()
    meter.read_many(MANY)
    assert not any(len(each.items) > most for each in asked.operations if isinstance(each, GetList))


def test_profiles_by_range_by_entry_and_by_columns(meter: dlmskit.Client) -> None:
    every = meter.profile("load_profile")
    rows = [row.cells for row in every.rows]
    assert [row.cells for row in meter.profile("load_profile", first=7).rows] == rows[:7]
    assert len(meter.profile("load_profile", last=5).rows) == 5
    assert meter.profile("load_profile", last=5).rows[0].cells[0] in (rows[-5][0], rows[-4][0])
    assert [row.cells for row in meter.profile("load_profile", entries=(3, 9)).rows] == rows[2:9]
    names = [column.name for column in every.columns]
    at = names.index("energy_export_total")
    for wanted in ("energy_export_total", "1-0:2.8.0"):
        for selection in ({"entries": (3, 9)}, {"first": 9}):
            narrow = meter.profile("load_profile", columns=[wanted], **selection)  # type: ignore[arg-type]
            assert [column.name for column in narrow.columns] == ["clock", "energy_export_total"]
            assert narrow.rows[-1].cells == (rows[8][0], rows[8][at])
    assert narrow.columns[1].description == "active energy export"
    assert narrow.columns[1].unit is Unit.WATT_HOUR
    with pytest.raises(UnknownObject, match="it has: clock"):
        meter.profile("load_profile", columns=["1-0:99.9.9"])


@pytest.mark.parametrize("cut", range(40))
def test_reads_are_repeated_and_writes_are_not(cut: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that is set behind a cut line: either it was set, or the caller hears that nobody knows."""
    cut_meter = CutMeter("zzh", cut, association="management")
    value = data.octet_string(CosemDateTime.from_datetime(datetime(2025, 6, 1, tzinfo=UTC)).to_bytes())
    written: list[object] = []
    write = cut_meter.meter.set  # type: ignore[union-attr]
    monkeypatch.setattr(cut_meter.meter, "set", lambda *what: (written.append(what), write(*what))[1])
    with cut_meter.client() as client:
        before = client.clock()
        unknown: UnknownOutcome | None = None
        try:
            client.set(8, "clock", 2, value)
        except UnknownOutcome as error:
            unknown = error
        after = client.clock()  # over a new line where the old one was cut
    assert len(written) <= 1
    if unknown is None:
        assert written
        assert after.year == 2025 != before.year
    else:
        assert "read back first" in str(unknown)
        assert isinstance(unknown.__cause__, TransportClosed)


def test_a_cut_before_the_association_is_told_at_once() -> None:
    with pytest.raises(TransportClosed), CutMeter("generic", 0).client(Retry(repeats=0)):
        pass


def test_the_counters_of_a_reopened_association_go_on() -> None:
    cut_meter = CutMeter("generic", 12, association="management")
    with cut_meter.client(AT_ONCE) as client:
        for _ in range(6):
            client.clock()
    assert cut_meter.lines == 2


def test_every_procedure_is_on_both_clients_with_its_own_arguments() -> None:
    exposed = [name for name, each in vars(Meter).items() if isinstance(each, Exposed)]
    assert {"read", "write", "invoke", "read_many", "profile"} <= set(exposed)
    for name in exposed:
        blocking, waiting = getattr(dlmskit.Client, name), getattr(aio.AsyncClient, name)
        assert blocking is waiting
        assert blocking.__doc__
        assert name not in vars(dlmskit.Client) | vars(aio.AsyncClient)
        assert next(iter(inspect.signature(blocking).parameters)) in ("reader", "self")


def test_the_asyncio_client_gives_the_same() -> None:
    async def read() -> tuple[object, ...]:
        async with await aio.connect("sim:", retry=AT_ONCE) as meter:
            energy = await meter.read("energy_import_total")
            profile = await meter.profile("load_profile", first=3)
            return energy.unit, len(profile.rows), await meter.read_many(["clock"])

    unit, rows, (stamp,) = asyncio.run(read())  # type: ignore[misc]
    assert (unit, rows, type(stamp)) == (Unit.WATT_HOUR, 3, CosemDateTime)
