"""Plans run on meters in memory: what the meter did, and what the market is told."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from direct_meters import DirectMeter

from dlmskit.cosem.units import Unit
from dlmskit.exceptions import (
    ActionError,
    AssociationError,
    DataAccessError,
    ExceptionResponseError,
    LocalProtocolError,
    RemoteProtocolError,
    SecurityError,
    ServiceError,
    TransportClosed,
    TransportTimeout,
)
from dlmskit.execute.runner import run, run_async
from dlmskit.market.outcome import Outcome
from dlmskit.market.services import (
    AnyRequest,
    ClockResult,
    DisableSupply,
    EnableSupply,
    ImportProfile,
    ImportRegisters,
    MarketResponse,
    ReadActiveImportProfile,
    ReadImportRegisters,
    ReadSupplyStatus,
    SupplyStatus,
    SynchroniseClock,
    response_from_json,
    to_json,
)
from dlmskit.model.registry import load
from dlmskit.session.operations import Action, ExecuteCommand, Get, Operation, Set, WriteRegister
from dlmskit.translate.registry import plan_for

DIALECTS = ("generic", "zzh", "zzc")
START = datetime(2026, 7, 1, 10, 20, tzinfo=UTC)
WRITES = (Action, Set, WriteRegister, ExecuteCommand)


def meter_of(dialect: str, start: datetime = START) -> DirectMeter:
    return DirectMeter(load(dialect), start)


def ask(meter: DirectMeter, request: AnyRequest, **options: Any) -> MarketResponse:
    return run(plan_for(request, meter.meter.model), meter, now=meter.now, **options)


def true_import(meter: DirectMeter) -> Decimal:
    """kWh in full resolution, past the registers."""
    truth = meter.meter.firmware.metrology.truth(meter.meter.firmware.clock.physical)
    return Decimal(truth.energy_import.total).scaleb(-3) / 3_600_000


def resolution(dialect: str) -> Decimal:
    row = load(dialect).object("energy_import_total")
    assert row.unit is Unit.WATT_HOUR
    decimals = row.format.decimals if row.format is not None else 0
    return Decimal(1).scaleb(row.scaler - decimals - 3)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_import_register_is_the_meters_truth_in_its_resolution(dialect: str) -> None:
    meter = meter_of(dialect)
    response = ask(meter, ReadImportRegisters())
    assert response.outcome is Outcome.DATA
    assert isinstance(response.data, ImportRegisters)
    assert timedelta(0) < response.data.read_time - START < timedelta(seconds=10)
    size = resolution(dialect)
    expected = true_import(meter) // size * size
    assert abs(response.data.active_energy_import - expected) <= size


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "end",
    [datetime(2026, 7, 1, 10, tzinfo=UTC), datetime(2026, 3, 29, 4, tzinfo=UTC), datetime(2025, 10, 26, 4, tzinfo=UTC)],
    ids=["summer", "into daylight saving", "out of daylight saving"],
)
def test_profile_has_every_row_of_the_period_once(dialect: str, end: datetime) -> None:
    meter = meter_of(dialect, end + timedelta(minutes=20))
    period = timedelta(seconds=load(dialect).object("load_profile").capture_period)
    response = ask(meter, ReadActiveImportProfile(end - timedelta(hours=6), end))
    assert isinstance(response.data, ImportProfile), response
    times = [row.time for row in response.data.rows]
    assert times == [end - timedelta(hours=6) + period * step for step in range(timedelta(hours=6) // period + 1)]
    assert all(time.tzinfo is UTC for time in times)
    energies = [row.active_energy_import for row in response.data.rows]
    assert energies == sorted(energies)
    assert energies[0] != energies[-1]
    firmware = meter.meter.firmware
    moment, size = int(end.timestamp() * 1000), resolution(dialect)
    truth = Decimal(firmware.metrology.truth(moment).energy_import.total).scaleb(-3) / 3_600_000
    assert energies[-1] == truth // size * size
    assert response.data.rows[-1].status == 0x08 * firmware.clock.daylight_saving(moment)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("off", [timedelta(seconds=90), timedelta(seconds=-90)], ids=["fast", "slow"])
def test_clock_is_set_and_the_drift_told(dialect: str, off: timedelta) -> None:
    meter = meter_of(dialect)
    clock = meter.meter.firmware.clock
    clock.offset = int(off.total_seconds() * 1000)
    response = ask(meter, SynchroniseClock())
    assert response.outcome is Outcome.ACKNOWLEDGED, response
    assert isinstance(response.data, ClockResult)
    assert response.data.drift is not None
    assert response.data.clock_time is not None
    assert abs(response.data.drift - Decimal(int(off.total_seconds()))) < 3
    assert abs(clock.offset) < 3000
    assert abs(response.data.clock_time - meter.clock) < timedelta(seconds=3)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_correction_above_the_maximum_is_refused_before_anything_is_written(dialect: str) -> None:
    meter = meter_of(dialect)
    meter.meter.firmware.clock.offset = 90_000
    response = ask(meter, SynchroniseClock(maximum_correction=60))
    assert response.outcome is Outcome.REFUSED
    assert response.reason is not None
    assert "maximum_correction" in response.reason
    assert not any(isinstance(operation, WRITES) for operation in meter.asked)
    assert ask(meter, SynchroniseClock(maximum_correction=100)).outcome is Outcome.ACKNOWLEDGED


def test_an_unreadable_clock_is_never_within_a_maximum_correction() -> None:
    meter = meter_of("generic")
    meter.disturb = _refusing(lambda operation: isinstance(operation, Get), times=1)
    assert ask(meter, SynchroniseClock(maximum_correction=60)).outcome is Outcome.REFUSED
    meter.disturb = _refusing(lambda operation: isinstance(operation, Get), times=1)
    assert ask(meter, SynchroniseClock()).outcome is Outcome.ACKNOWLEDGED


@pytest.mark.parametrize("dialect", DIALECTS)
def test_supply_off_and_on_is_what_reading_back_shows(dialect: str) -> None:
    meter = meter_of(dialect)
    switch = meter.meter.firmware.switch
    off = ask(meter, DisableSupply())
    assert (off.outcome, switch.closed) == (Outcome.ACKNOWLEDGED, False)
    assert isinstance(off.data, SupplyStatus)
    assert off.data.control_state == "disconnected"
    on = ask(meter, EnableSupply())
    assert on.outcome is Outcome.ACKNOWLEDGED
    assert isinstance(on.data, SupplyStatus)
    assert on.data.control_state == ("connected" if dialect == "generic" else "ready-for-reconnection")
    assert on.data.awaiting_consumer is (dialect != "generic")
    assert switch.closed is (dialect == "generic")
    status = ask(meter, ReadSupplyStatus())
    assert isinstance(status.data, SupplyStatus)
    assert status.data.control_state == on.data.control_state
    assert response_from_json(to_json(on)) == on


@pytest.mark.parametrize("mode", range(7))
def test_enable_says_what_each_control_mode_does(mode: int) -> None:
    meter = meter_of("generic")
    ask(meter, DisableSupply())
    meter.meter.firmware.set_control_mode(mode)
    meter.asked.clear()
    response = ask(meter, EnableSupply())
    written = [operation for operation in meter.asked if isinstance(operation, WRITES)]
    if mode == 0:
        assert (response.outcome, written) == (Outcome.NOT_SUPPORTED, [])
        assert response.data == SupplyStatus(control_mode=0)
        return
    assert len(written) == 1
    state = "connected" if mode in (2, 4) else "ready-for-reconnection"
    assert response.data == SupplyStatus(state, mode in (2, 4), mode)
    assert response.outcome is Outcome.ACKNOWLEDGED


def test_disable_in_control_mode_0_writes_nothing() -> None:
    meter = meter_of("generic")
    meter.meter.firmware.set_control_mode(0)
    assert ask(meter, DisableSupply()).outcome is Outcome.NOT_SUPPORTED
    assert not any(isinstance(operation, WRITES) for operation in meter.asked)


class Dropping:
    """Loses the first answer (or the first request) of writing operations."""

    def __init__(self, *, request: bool = False, forever: bool = False) -> None:
        self.request = request
        self.forever = forever
        self.dropped = 0

    def __call__(self, operation: Operation, before: bool) -> None:
        lost = self.dropped and self.forever
        if lost or (isinstance(operation, WRITES) and before is self.request and not self.dropped):
            self.dropped += 1
            raise TransportTimeout("no answer in time")


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("request_type", [DisableSupply, EnableSupply])
def test_a_lost_answer_is_settled_by_reading_back_and_nothing_is_sent_twice(
    dialect: str, request_type: type[DisableSupply | EnableSupply]
) -> None:
    meter = meter_of(dialect)
    if request_type is EnableSupply:
        ask(meter, DisableSupply())
    meter.asked.clear()
    meter.disturb = Dropping()
    response = ask(meter, request_type())
    assert response.outcome is Outcome.ACKNOWLEDGED
    assert sum(isinstance(operation, WRITES) for operation in meter.asked) == 1


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_lost_disconnect_that_did_not_arrive_is_unknown_with_what_was_seen(dialect: str) -> None:
    meter = meter_of(dialect)
    meter.disturb = Dropping(request=True)
    response = ask(meter, DisableSupply())
    assert response.outcome is Outcome.UNKNOWN
    assert response.reason is not None
    assert "control_state = connected" in response.reason
    assert isinstance(response.data, SupplyStatus)
    assert response.data.control_state == "connected"
    assert sum(isinstance(operation, WRITES) for operation in meter.asked) == 1


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_disconnect_that_cannot_be_read_back_is_unknown(dialect: str) -> None:
    meter = meter_of(dialect)
    meter.disturb = Dropping(forever=True)
    response = ask(meter, DisableSupply())
    assert response.outcome is Outcome.UNKNOWN
    assert sum(isinstance(operation, WRITES) for operation in meter.asked) == 1
    assert meter.meter.firmware.switch.closed is False


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_clock_whose_setting_got_lost_may_be_asked_again(dialect: str) -> None:
    meter = meter_of(dialect)
    meter.meter.firmware.clock.offset = 90_000
    meter.disturb = Dropping(request=True)
    response = ask(meter, SynchroniseClock())
    assert response.outcome is Outcome.TIMED_OUT
    assert sum(isinstance(operation, WRITES) for operation in meter.asked) == 1


def _failing(error: Exception, times: int) -> Any:
    left = [times]

    def disturb(operation: Operation, before: bool) -> None:
        if before and left[0]:
            left[0] -= 1
            raise error

    return disturb


def _refusing(which: Any, times: int) -> Any:
    left = [times]

    def disturb(operation: Operation, before: bool) -> None:
        if before and left[0] and which(operation):
            left[0] -= 1
            raise DataAccessError("temporary-failure", "clock")

    return disturb


def test_reads_are_repeated_a_bounded_number_of_times() -> None:
    meter = meter_of("generic")
    meter.disturb = _failing(TransportTimeout("silence"), 2)
    assert ask(meter, ReadImportRegisters()).outcome is Outcome.DATA
    assert len(meter.asked) == 4
    meter.asked.clear()
    meter.disturb = _failing(TransportTimeout("silence"), 99)
    assert ask(meter, ReadImportRegisters()) == MarketResponse("read-import-registers", Outcome.TIMED_OUT, "silence")
    assert len(meter.asked) == 3


def test_a_refusal_is_passed_on_and_not_repeated() -> None:
    meter = meter_of("generic")
    meter.disturb = _failing(DataAccessError("read-write-denied", "the register"), 1)
    response = ask(meter, ReadImportRegisters())
    assert (response.outcome, response.reason) == (
        Outcome.REFUSED,
        "the meter refused the register: read-write-denied",
    )
    assert len(meter.asked) == 1


def test_a_refused_disconnect_is_refused() -> None:
    meter = DirectMeter(load("generic"), START, client_sap=17)
    response = ask(meter, DisableSupply())
    assert response.outcome is Outcome.REFUSED
    assert response.reason is not None
    assert "read-write-denied" in response.reason
    assert meter.meter.firmware.switch.closed


@pytest.mark.parametrize(
    "error",
    [
        ActionError("hardware-fault", "the switch"),
        ActionError("other-reason", "the switch"),
        ExceptionResponseError("service-not-allowed, deciphering-error (not authenticated)", "the switch"),
    ],
)
@pytest.mark.parametrize("moved", [True, False])
def test_a_fault_while_switching_is_settled_by_reading_back(error: ServiceError, moved: bool) -> None:
    meter = meter_of("generic")

    def disturb(operation: Operation, before: bool) -> None:
        if isinstance(operation, Action) and before is not moved:
            raise error

    meter.disturb = disturb
    response = ask(meter, DisableSupply())
    assert response.outcome is (Outcome.ACKNOWLEDGED if moved else Outcome.UNKNOWN)
    assert isinstance(response.data, SupplyStatus)
    assert response.data.output_state is not moved
    assert sum(isinstance(operation, WRITES) for operation in meter.asked) == 1


def test_a_clock_is_set_to_the_time_after_a_new_connection_was_made() -> None:
    meter = meter_of("generic")

    def disturb(operation: Operation, before: bool) -> None:
        if isinstance(operation, Get) and before and not made:
            raise TransportTimeout("silence")

    def reconnect() -> DirectMeter:
        made.append(True)
        meter.clock += timedelta(seconds=50)
        meter.now()
        return meter

    made: list[bool] = []
    meter.disturb = disturb
    response = ask(meter, SynchroniseClock(), reconnect=reconnect, read_repeats=0)
    assert (response.outcome, made) == (Outcome.ACKNOWLEDGED, [True])
    assert abs(meter.meter.firmware.clock.offset) < 3000


def test_errors_of_the_connection_are_raised_while_nothing_was_written() -> None:
    for error in (AssociationError("gone"), SecurityError("bad tag"), LocalProtocolError("closed")):
        meter = meter_of("generic")
        meter.disturb = _failing(error, 1)
        with pytest.raises(type(error)):
            ask(meter, DisableSupply())
        assert len(meter.asked) == 1


@pytest.mark.parametrize("error", [SecurityError("bad tag"), RemoteProtocolError("nonsense"), AssociationError("gone")])
def test_any_failure_after_a_disconnect_is_settled(error: Exception) -> None:
    meter = meter_of("generic")

    def disturb(operation: Operation, before: bool) -> None:
        if isinstance(operation, Action) and not before:
            raise error

    meter.disturb = disturb
    assert ask(meter, DisableSupply()).outcome is Outcome.ACKNOWLEDGED


def test_a_meter_that_lies_is_unknown() -> None:
    meter = meter_of("generic")
    meter.meter.firmware.operate = lambda trigger: True
    response = ask(meter, DisableSupply())
    assert response.outcome is Outcome.UNKNOWN
    assert response.reason == (
        "the meter took the command, but reading back shows "
        "control_mode = 4, output_state = true, control_state = connected"
    )


def test_a_new_connection_is_made_after_a_broken_line() -> None:
    meter = meter_of("generic")
    made = []

    def disturb(operation: Operation, before: bool) -> None:
        if isinstance(operation, Action) and not before:
            raise TransportClosed("the line was closed")
        if any(isinstance(each, Action) for each in meter.asked[:-1]) and not made:
            raise LocalProtocolError("the connection is down")

    def reconnect() -> DirectMeter:
        made.append(True)
        return meter

    meter.disturb = disturb
    assert ask(meter, DisableSupply(), reconnect=reconnect).outcome is Outcome.ACKNOWLEDGED
    assert len(made) == 1


def test_the_observer_sees_every_step_in_order() -> None:
    meter = meter_of("generic")
    seen: list[str] = []
    ask(meter, EnableSupply(), on_step=lambda ready, result: seen.append(ready.step.name))
    assert seen == ["mode", "reconnect", "output", "state"]


def test_asyncio_runs_the_same_course() -> None:
    meter = meter_of("zzh")

    class Asking:
        async def run(self, operation: Operation) -> Any:
            return meter.run(operation)

    plan = plan_for(DisableSupply(), meter.meter.model)
    response = asyncio.run(run_async(plan, Asking(), now=meter.now))
    assert response.outcome is Outcome.ACKNOWLEDGED
