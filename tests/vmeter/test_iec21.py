"""The mode C face: data sets of the fictional model, asked directly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from dlmskit.exceptions import FirmwareModelError, ServiceError
from dlmskit.model import registry
from dlmskit.security.keys import KeySet
from dlmskit.vmeter.iec21 import RegisterMeter, parsed
from dlmskit.vmeter.meter import VirtualMeter
from dlmskit.vmeter.metrology import WATT_HOUR

START = datetime(2026, 7, 1, 10, 7, 30, tzinfo=UTC)


def meter(seed: int = 1) -> RegisterMeter:
    found = RegisterMeter(registry.load("zzc"), seed=seed, start=START)
    found.advance(0)
    return found


def read(found: RegisterMeter, address: str, value: str = "") -> str:
    (data_set,) = found.read(address, value, "R5")
    assert data_set.address == address
    return str(data_set.values[0])


def test_the_read_out_lists_what_needs_no_password() -> None:
    sets = {item.address: str(item.values[0]) for item in meter().read_out()}
    assert list(sets) == [
        "0.0.0", "1.8.0", "1.8.1", "1.8.2", "2.8.0", "0.9.1", "0.9.2", "F.F",
    ]  # fmt: skip
    assert sets["0.9.1"] == "110730"  # standard time all the year, also in July
    assert sets["0.9.2"] == "260701"


def test_registers_are_the_truth_truncated_to_their_digits() -> None:
    found, other = meter(3), VirtualMeter(registry.load("generic"), seed=3, start=START)
    energy = found.firmware.present().truth.energy_import.total
    assert energy == other.firmware.present().truth.energy_import.total
    hundreds = energy // (100 * WATT_HOUR)
    text = f"{hundreds // 10:07}.{hundreds % 10}*kWh"
    assert read(found, "1.8.0") == text
    assert len(text) == len("0001234.5*kWh")


def test_the_profile_gives_rows_from_a_stamp_up_to_but_not_including_another() -> None:
    found = meter()
    rows = found.read("P.01", "2606300000;2607010000", "R5")
    assert len(rows) == 24
    assert {row.address for row in rows} == {"P.01"}
    stamps = [row.values[0].value for row in rows]
    assert stamps == [f"260630{hour:02}00" for hour in range(24)]
    assert all(str(row.values[1]) == "00" for row in rows)
    energies = [row.values[2].number for row in rows]
    assert energies == sorted(energies)
    assert energies[0] < energies[-1]
    assert read(found, "P.01", "2507010000;2507010100") == ""


def test_date_and_time_are_written_apart() -> None:
    found = meter()
    found.write("0.9.2", "270228", "W5")
    found.write("0.9.1", "235958", "W5")
    found.advance(3)
    assert read(found, "0.9.2") == "270301"
    assert read(found, "0.9.1") == "000001"
    assert found.firmware.clock.physical == found.firmware.clock.reading - found.firmware.clock.offset


def test_the_supply_commands_follow_the_switch() -> None:
    found = meter()
    assert found.execute("C.96.4", "0", "E2") == []
    assert read(found, "C.96.3") == "0"
    assert found.execute("C.96.4", "1", "E2") == []
    assert read(found, "C.96.3") == "2"


@pytest.mark.parametrize(
    ("verb", "address", "value", "result"),
    [
        ("read", "9.9.9", "", "object-undefined"),
        ("read", "C.96.4", "", "read-write-denied"),
        ("read with R1", "1.8.0", "", "read-write-denied"),
        ("write", "1.8.0", "0", "read-write-denied"),
        ("write", "0.9.1", "240000", "other-reason"),
        ("write", "0.9.1", "12000", "type-unmatched"),
        ("write", "0.9.1", "12:000", "type-unmatched"),
        ("write", "0.9.1", "１２００００", "type-unmatched"),
        ("write", "0.9.2", "250229", "other-reason"),
        ("write", "0.9.2", "190101", "other-reason"),
        ("execute", "C.96.4", "2", "type-unmatched"),
        ("execute", "1.8.0", "0", "read-write-denied"),
        ("read", "P.01", "", "type-unmatched"),
        ("read", "P.01", "2606310000;2607010000", "other-reason"),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(verb: str, address: str, value: str, result: str) -> None:
    found = meter()
    before = found.read_out()
    calls: dict[str, Callable[[], object]] = {
        "read": lambda: found.read(address, value, "R5"),
        "read with R1": lambda: found.read(address, value, "R1"),
        "write": lambda: found.write(address, value, "W5"),
        "execute": lambda: found.execute(address, value, "E2"),
    }
    with pytest.raises(ServiceError) as caught:
        calls[verb]()
    assert caught.value.result == result
    assert found.read_out() == before


def test_the_password_is_the_configured_one() -> None:
    found = RegisterMeter(registry.load("zzc"), start=START, keys=KeySet(password=b"secret"))
    assert found.password_ok("P1", "secret")
    assert not found.password_ok("P1", "12345678")
    assert not found.password_ok("P1", "sécret")
    assert meter().password_ok("P2", "12345678")


def test_a_pattern_of_something_else_is_a_fault_of_the_model() -> None:
    with pytest.raises(FirmwareModelError, match="YYYYMM"):
        parsed("202601", "YYYYMM", START)
    assert parsed("0102", "hhmm", START) == START.replace(hour=1, minute=2, second=0)
    assert parsed("260704", "YYMMDD", START) == START + timedelta(days=3)
