"""What is measured on: a quarter-hourly load profile of eight columns, as octets and as the values they must give."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

from dlmskit.codec.data import array, array_of, enum, integer, long_unsigned, octet_string, structure
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.obis import Obis

ROWS = 4464
"""half a hundred days of quarter hours"""
ROW_TYPE = bytes.fromhex("02080906060606060611")
"""structure of octet-string, six double-long-unsigned, unsigned"""
PERIOD = 900
BEGIN = datetime.fromisoformat("2024-01-01T00:00:00+00:00")
CLOCK = Obis(0, 0, 1, 0, 0, 255)
PROFILE = Obis(1, 0, 99, 1, 0, 255)
REGISTERS = tuple(Obis(1, 0, c, 8, 0, 255) for c in range(1, 7))
STATUS = Obis(0, 0, 96, 10, 1, 255)


def rows(count: int) -> list[list[object]]:
    """The rows as plain values; the highest bit of a register is set now and then."""
    made: list[list[object]] = []
    for number in range(count):
        stamp = CosemDateTime.from_datetime(BEGIN + timedelta(seconds=PERIOD * number)).to_bytes()
        registers = [(number * 7919 * column + 0x7FFF_0000) & 0xFFFF_FFFF for column in range(1, 7)]
        made.append([stamp, *registers, number & 0xFF])
    return made


@lru_cache(maxsize=4)
def profile_octets(count: int = ROWS) -> bytes:
    """The buffer of the profile, encoded."""
    return array_of(ROW_TYPE, rows(count)).to_bytes()


def capture_objects() -> bytes:
    """Attribute 3 of the profile, encoded."""
    captured = [(8, CLOCK, 2), *((3, obis, 2) for obis in REGISTERS), (1, STATUS, 2)]
    items = (
        structure(long_unsigned(class_id), octet_string(obis.to_bytes()), integer(attribute), long_unsigned(0))
        for class_id, obis, attribute in captured
    )
    return array(*items).to_bytes()


def scaler_unit() -> bytes:
    """Attribute 3 of each register: watt hours."""
    return structure(integer(0), enum(30)).to_bytes()
