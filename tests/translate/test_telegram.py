"""Text telegrams of P1 ports as readings, against what other programs read in the same telegrams."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dlmskit.apdu.ciphered import GeneralGloCiphering
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.codec.iec21.dataset import parse_data_sets
from dlmskit.codec.iec21.telegram import Telegram
from dlmskit.cosem import Unit
from dlmskit.obis import Obis
from dlmskit.security.keys import KeySet
from dlmskit.security.protection import unprotect
from dlmskit.translate.telegram import label_telegram

P1 = Path(__file__).parents[1] / "vectors" / "p1.jsonl"
VECTORS: dict[str, dict[str, Any]] = {row["id"]: row for row in map(msgspec.json.decode, P1.read_bytes().splitlines())}
CODES = {
    "active_power_import_total": "1.8.0",
    "active_power_export_total": "2.8.0",
    "active_power_import": "1.7.0",
    "active_power_export": "2.7.0",
    "reactive_power_export": "4.7.0",
    "active_power_export_l2": "42.7.0",
    "reactive_power_export_l3": "64.7.0",
    "voltage_l1": "32.7.0",
    "voltage_l3": "72.7.0",
    "current_l1": "31.7.0",
}


def telegram(vector_id: str) -> bytes:
    """The text of a vector; a Sagemcom T210-D-r sends it inside general-glo-ciphering."""
    row = VECTORS[vector_id]
    octets = bytes.fromhex(row["hex"])
    if octets[0] != 0xDB:
        return octets
    sealed = GeneralGloCiphering.from_bytes(octets)
    keys = KeySet(bytes.fromhex(row["context"]["guek"]), bytes.fromhex(row["context"]["gak"]))
    return unprotect(sealed.content, keys=keys, system_title=sealed.system_title).plain


@pytest.mark.parametrize("vector_id", ["p1-a5986516074a", "p1-4255dd923752"])
def test_landis_gyr_e360_agrees_with_amshan(vector_id: str) -> None:
    readings = label_telegram(Telegram.from_bytes(telegram(vector_id)).data_sets)
    found = {f"{each.obis.c}.{each.obis.d}.{each.obis.e}": each for each in readings if each.obis is not None}
    expected = VECTORS[vector_id]["expected"]["amshan"]
    for key, code in CODES.items():
        assert found[code].value == Decimal(str(expected[key])), key
    time = found["1.8.0"].time
    assert time is not None
    stamp = (time.year, time.month, time.day, time.hour, time.minute, time.second)
    assert "{}-{:02}-{:02} {:02}:{:02}:{:02}".format(*stamp) == expected["meter_datetime"]


@pytest.mark.parametrize("vector_id", ["p1-290ce91d9b5f", "p1-2e2d3197e192"])
def test_sagemcom_under_its_keys(vector_id: str) -> None:
    readings = label_telegram(Telegram.from_bytes(telegram(vector_id)).data_sets, authenticated=True)
    found = {str(each.obis): each for each in readings}
    assert len(readings) == len(VECTORS[vector_id]["expected"]["p1"]["objects"]) == 18
    energy = found["1-0:1.8.0*255"]
    assert (energy.name, energy.value, energy.unit) == ("active energy import", Decimal(6545766), Unit.WATT_HOUR)
    assert energy.time == CosemDateTime(2022, 10, 6, None, 15, 50, 14, None, None, 0x80)
    assert energy.authenticated
    assert found["1-0:3.8.0*255"].unit is Unit.VAR_HOUR


def test_a_reading_has_its_own_stamp_where_there_is_one() -> None:
    """Gas readings of the Dutch telegram stand behind the stamp of their capture."""
    readings = label_telegram(
        parse_data_sets("0-0:1.0.0(170102192002W)\r\n0-1:24.2.1(170102161005W)(00000.107*m3)\r\n!")
    )
    clock, gas = readings
    assert (gas.obis, gas.value, gas.unit) == (Obis(0, 1, 24, 2, 1), Decimal("0.107"), Unit.CUBIC_METRE)
    assert gas.time is not None
    assert (gas.time.hour, gas.time.minute) == (16, 10)
    assert clock.value == clock.time


@pytest.mark.parametrize(
    ("data_set", "value", "unit"),
    [
        ("1.8.0(00012.345*kWh)", Decimal(12345), Unit.WATT_HOUR),
        ("1.8.0(1.5*MWh)", Decimal(1500000), Unit.WATT_HOUR),
        ("1.8.0(0.0001*kWh)", Decimal("0.1"), Unit.WATT_HOUR),
        ("1-0:1.8.0(1e3*kWh)", "1e3*kWh", None),
        ("1-0:1.8.0(12*parsec)", "12*parsec", None),
        ("1-0:1.8.0(12)", "12", None),
        ("1-0:99.97.0(2)(0-0:96.7.19)(1)", "(2)(0-0:96.7.19)(1)", None),
        ("0-0:1.0.0(991332250000W)", "991332250000W", None),
        ("0.0.0()", "", None),
    ],
)
def test_values(data_set: str, value: object, unit: Unit | None) -> None:
    (reading,) = label_telegram(parse_data_sets(data_set))
    assert (reading.value, reading.unit) == (value, unit)


def test_what_has_no_code_keeps_its_address() -> None:
    (reading,) = label_telegram(parse_data_sets("F.F(00)"))
    assert (reading.name, reading.obis, reading.value) == ("F.F", None, "00")
