"""A meter that is started again is the meter that it was: state, counters, keys, time, and a truth log without gaps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlmskit.codec import data
from dlmskit.exceptions import FirmwareModelError, SecurityError, ServiceError
from dlmskit.model import registry
from dlmskit.security.key_transfer import GlobalKeyId, transfer
from dlmskit.store.journal import Journal, MemoryJournal
from dlmskit.vmeter import memory
from dlmskit.vmeter.disconnect import Trigger
from dlmskit.vmeter.iec21 import RegisterMeter
from dlmskit.vmeter.memory import Command, Happened, Lease, Memory
from dlmskit.vmeter.meter import VirtualMeter

from .killed import kill
from .rigs import DAY, START, act, days_of, model_of, put, stamp

MODEL = model_of(grid="poor")
SEED = 5


def started(journal: Journal | None, start: datetime = START, seed: int = SEED) -> VirtualMeter:
    meter = VirtualMeter(MODEL, seed=seed, start=start, journal=journal)
    meter.advance(0)
    return meter


def disconnect(meter: VirtualMeter) -> None:
    act(meter, "disconnect_control", 1)


def reconnect(meter: VirtualMeter) -> None:
    act(meter, "disconnect_control", 2)


def set_clock(meter: VirtualMeter) -> None:
    clock = meter.firmware.clock
    put(meter, "clock", 2, stamp(clock.local(clock.reading) + timedelta(minutes=47)))


def calendar(meter: VirtualMeter) -> None:
    row = meter.model.object("activity_calendar")
    put(meter, "activity_calendar", 7, meter.firmware.setting(row, "season_profile_active"))
    put(meter, "activity_calendar", 8, meter.firmware.setting(row, "week_profile_table_active"))
    put(meter, "activity_calendar", 9, days_of((1, [(3, 0, 2), (4, 30, 1)]), (2, [(12, 0, 2)])))
    later = meter.firmware.clock.local(meter.firmware.clock.reading) + timedelta(hours=30)
    put(meter, "activity_calendar", 10, stamp(later))


def refused(meter: VirtualMeter) -> None:
    with pytest.raises(ServiceError):
        put(meter, "disconnect_control", 4, data.enum(9))


def image(meter: VirtualMeter) -> None:
    meter.firmware.images["image_transfer"].status(meter.firmware.clock.physical)
    act(meter, "image_transfer", 1, data.structure(data.octet_string(b"NEW"), data.double_long_unsigned(300)))
    act(meter, "image_transfer", 2, data.structure(data.double_long_unsigned(0), data.octet_string(bytes(256))))


def mains(meter: VirtualMeter) -> None:
    on = not meter.firmware.powered
    if meter.memory is None:
        meter.firmware.power(on)
    else:
        meter.memory.mains(on)


def button(meter: VirtualMeter) -> None:
    if meter.memory is None:
        meter.firmware.operate(Trigger.MANUAL_RECONNECT)
    else:
        meter.memory.pressed(Trigger.MANUAL_RECONNECT)


def new_key(meter: VirtualMeter) -> None:
    row = meter.model.object("security_setup")
    keys = meter.secrets.of(meter.model.association("management"))
    assert keys is not None
    wrapped = transfer({GlobalKeyId.GUEK: bytes(range(50, 66))}, master_key=keys.wrapping())
    assert row.class_id == 64
    act(meter, "security_setup", 2, wrapped)


def bill(meter: VirtualMeter) -> None:
    act(meter, "billing_scripts", 1, data.long_unsigned(1))


def nothing(meter: VirtualMeter) -> None:
    pass


COMMANDS: list[Callable[[VirtualMeter], None]] = [
    disconnect, reconnect, set_clock, calendar, refused, image, mains, button, new_key, bill, nothing
]  # fmt: skip
histories = st.lists(
    st.tuples(st.integers(1, DAY // 3), st.sampled_from(COMMANDS), st.booleans(), st.booleans()), min_size=1, max_size=6
)


def same(one: VirtualMeter, two: VirtualMeter) -> None:
    left, right = one.firmware.save(), two.firmware.save()
    left["clock"], right["clock"] = left["clock"][:1], right["clock"][:1]
    assert left == right
    assert one.firmware.clock.reading == two.firmware.clock.reading
    for association in one.model.associations:
        keys = [meter.secrets.of(association) for meter in (one, two)]
        assert len({(each.guek, each.gak, each.password) for each in keys if each is not None}) <= 1


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories)
def test_a_meter_that_was_restarted_is_the_meter_that_never_was(history: list[Any]) -> None:
    """At any moment, with and without snapshots; time goes on where it was leased to."""
    journal = MemoryJournal()
    restarted, twin = started(journal), started(None)
    for span, command, restart, snapshot in history:
        at = restarted.firmware.clock.physical + span * 1000
        for meter in (restarted, twin):
            meter.firmware.agenda.advance(at)
        assert restarted.memory is not None
        restarted.memory.told()
        for meter in (restarted, twin):
            command(meter)
        if snapshot:
            restarted.memory.snapshot()
        if restart:
            restarted = started(journal)
            twin.firmware.agenda.advance(restarted.firmware.clock.physical)
        same(restarted, twin)


def test_time_that_was_told_never_goes_back() -> None:
    journal = MemoryJournal()
    meter = started(journal)
    for second in (0.5, 1.0, 100.0, 3600.0, 3600.1, 90_000.0):
        meter.advance(second)
        told = meter.firmware.clock.reading
        again = started(journal).firmware.clock.reading
        assert told <= again <= told + 90_000_000
    leases = [record.at for record in Memory(journal).log() if isinstance(record, Lease)]
    assert leases == sorted(leases)
    later = started(journal, START + timedelta(days=30))
    assert later.firmware.clock.reading == int((START + timedelta(days=30)).timestamp() * 1000)


def test_the_truth_log_has_every_command_with_its_result_and_every_event_once() -> None:
    journal = MemoryJournal()
    meter = started(journal)
    for hour, command in enumerate((disconnect, refused, reconnect, set_clock, mains, mains)):
        meter.advance(hour * 3600.0 + 7200)
        command(meter)
        if command is refused:
            meter = started(journal)
            meter.firmware.clock.rebase()
            meter.advance(0)
    log = Memory(journal).log()
    commands = [record for record in log if isinstance(record, Command)]
    assert [record.result for record in commands] == ["", "other-reason", "", ""]
    assert [record.at for record in commands] == sorted(record.at for record in commands)
    events = [record.event for record in log if isinstance(record, Happened) and "voltage" not in record.event]
    expected = ["supply-remote-disconnect", "supply-remote-reconnect", "clock-adjusted-old", "clock-adjusted-new"]
    assert [event for event in events if event not in ("tariff-changed",)][:6] == [*expected, "power-down", "power-up"]


def test_random_octets_are_not_drawn_twice_and_come_again_in_a_replay() -> None:
    journal, drawn = MemoryJournal(), list[bytes]()
    kept = Memory(journal)
    source = iter(range(1, 100))
    draw = kept.drawing(lambda octets: bytes([next(source)]) * octets)
    drawn = [draw(4), draw(4)]
    assert drawn == [b"\x01" * 4, b"\x02" * 4]


def test_the_journal_of_another_meter_is_refused() -> None:
    journal = MemoryJournal()
    started(journal)
    with pytest.raises(FirmwareModelError, match="not one of meter 6"):
        started(journal, seed=6)
    strange = MemoryJournal()
    strange.append(b"\x80")
    with pytest.raises(SecurityError, match="no record"):
        started(strange)


def test_a_long_journal_is_taken_up_from_its_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "SNAPSHOT_EVERY", 20)
    journal = MemoryJournal()
    meter = started(journal)
    for second in range(1, 200):
        meter.advance(second * 60.0)
        put(meter, "billing_schedule", 4, data.array())
    assert (found := journal.kept()) is not None
    assert len(journal.records(found[0])) < 25
    again = started(journal)
    meter.firmware.agenda.advance(again.firmware.clock.physical)
    same(again, meter)


def test_a_snapshot_of_more_than_the_journal_has_is_refused() -> None:
    """Counters that it does not know of would be given out twice."""
    journal, shorter = MemoryJournal(), MemoryJournal()
    meter = started(journal)
    for second in range(1, 4):
        meter.advance(second * 60.0)
        put(meter, "billing_schedule", 4, data.array())
    journal.keep(b"never looked at")
    for _, content in journal.records()[:-1]:
        shorter.append(content)
    shorter._kept = journal.kept()
    with pytest.raises(SecurityError, match="another journal"):
        started(shorter)


def test_a_meter_of_data_sets_remembers_too() -> None:
    journal, model = MemoryJournal(), registry.load("zzc")
    meter = RegisterMeter(model, start=START, journal=journal)
    meter.execute("C.96.4", "0", "E2")
    meter.write("0.9.1", "120000", "W5")
    with pytest.raises(ServiceError):
        meter.write("0.9.1", "990000", "W5")
    again = RegisterMeter(model, start=START, journal=journal)
    assert again.firmware.switch.state == meter.firmware.switch.state == 0
    assert again.firmware.clock.offset == meter.firmware.clock.offset != 0


@pytest.mark.timeout(300)
def test_a_process_killed_at_any_moment_leaves_a_meter_that_goes_on(tmp_path: Path) -> None:
    found = kill(tmp_path, 20)
    assert found["kills"] == 20
    assert found["commands"] > 100
    assert found["counters"] > 100
