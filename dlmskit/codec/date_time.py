"""COSEM date, time and date-time: every field, wildcard, deviation and clock status is kept.

::

    date       year 2, month, day of month, day of week                          5 octets
    time       hour, minute, second, hundredths                                  4 octets
    date-time  date, time, deviation 2 (signed), clock status                   12 octets

A field that is not specified (FF, FFFF for the year, 8000 for the deviation) is None. Month FD and FE are the end and
the beginning of daylight saving time, day FD and FE the second last and the last day of the month; they stay numbers.
Source: Blue Book, date and time formats.
"""

from __future__ import annotations

import struct
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Self

import msgspec

from dlmskit.exceptions import DecodeError, EncodeError

DAYLIGHT_SAVING_END = 0xFD
DAYLIGHT_SAVING_BEGIN = 0xFE
SECOND_LAST_DAY_OF_MONTH = 0xFD
LAST_DAY_OF_MONTH = 0xFE

STATUS_INVALID = 0x01
STATUS_DOUBTFUL = 0x02
STATUS_DIFFERENT_CLOCK_BASE = 0x04
STATUS_INVALID_CLOCK_STATUS = 0x08
STATUS_DAYLIGHT_SAVING = 0x80

# field, octets, "not specified", lowest, highest, special values
_DATE = (
    ("year", 2, 0xFFFF, 0, 0xFFFE, ()),
    ("month", 1, 0xFF, 1, 12, (DAYLIGHT_SAVING_END, DAYLIGHT_SAVING_BEGIN)),
    ("day", 1, 0xFF, 1, 31, (SECOND_LAST_DAY_OF_MONTH, LAST_DAY_OF_MONTH)),
    ("day_of_week", 1, 0xFF, 1, 7, (0,)),  # Aidon sends 0: vector hdlc-frame-1290b2d7a5df
)
_TIME = (
    ("hour", 1, 0xFF, 0, 23, ()),
    ("minute", 1, 0xFF, 0, 59, ()),
    ("second", 1, 0xFF, 0, 59, ()),
    ("hundredths", 1, 0xFF, 0, 99, ()),
)
# Books differ on the end that reaches 840 (UTC+13 and +14 need -780 and -840), and some countries turn the sign.
_ZONE = (
    ("deviation", 2, -0x8000, -840, 840, ()),
    ("status", 1, 0xFF, 0, 0xFE, ()),
)
_WHOLE = struct.Struct(">HBBBBBBBhB").unpack
_Fields = tuple[tuple[str, int, int, int, int, tuple[int, ...]], ...]


def _read(octets: bytes, fields: _Fields, what: str) -> list[int | None]:
    size = sum(field[1] for field in fields)
    if len(octets) != size:
        raise DecodeError(f"{what} wants {size} octets, found {len(octets)}", min(len(octets), size))
    values: list[int | None] = []
    at = 0
    for name, width, unspecified, lowest, highest, special in fields:
        value = int.from_bytes(octets[at : at + width], "big", signed=unspecified < 0)
        if value == unspecified:
            values.append(None)
        elif lowest <= value <= highest or value in special:
            values.append(value)
        else:
            raise DecodeError(f"{what}: {name} {value} is impossible", at)
        at += width
    return values


def _write(value: CosemDateTime | CosemDate | CosemTime, fields: _Fields) -> bytes:
    octets = bytearray()
    for name, width, unspecified, lowest, highest, special in fields:
        field = getattr(value, name)
        if field is None:
            field = unspecified
        elif not (lowest <= field <= highest or field in special):
            raise EncodeError(f"{name} {field} is impossible, wanted {lowest} to {highest}")
        octets += field.to_bytes(width, "big", signed=unspecified < 0)
    return bytes(octets)


class CosemDate(msgspec.Struct, frozen=True):
    """A date of 5 octets; None is "not specified"."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    day_of_week: int | None = None

    @classmethod
    def from_bytes(cls, octets: bytes) -> Self:
        """Read 5 octets. Raises `DecodeError` for an impossible field."""
        return cls(*_read(octets, _DATE, "date"))

    def to_bytes(self) -> bytes:
        """The 5 octets. Raises `EncodeError` for an impossible field."""
        return _write(self, _DATE)

    def __str__(self) -> str:
        year, month, day = _text(self.year, 4), _text(self.month), _text(self.day)
        weekday = "" if self.day_of_week is None else f" weekday {self.day_of_week}"
        return f"{year}-{month}-{day}{weekday}"


class CosemTime(msgspec.Struct, frozen=True):
    """A time of day of 4 octets; None is "not specified"."""

    hour: int | None = None
    minute: int | None = None
    second: int | None = None
    hundredths: int | None = None

    @classmethod
    def from_bytes(cls, octets: bytes) -> Self:
        """Read 4 octets. Raises `DecodeError` for an impossible field."""
        return cls(*_read(octets, _TIME, "time"))

    def to_bytes(self) -> bytes:
        """The 4 octets. Raises `EncodeError` for an impossible field."""
        return _write(self, _TIME)

    def __str__(self) -> str:
        text = f"{_text(self.hour)}:{_text(self.minute)}:{_text(self.second)}"
        return text if self.hundredths is None else f"{text}.{self.hundredths:02}"


class CosemDateTime(msgspec.Struct, frozen=True):
    """A date-time of 12 octets; None is "not specified".

    `deviation` is in minutes from local time to UTC (UTC+2 is -120); `status` is the clock status octet.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    day_of_week: int | None = None
    hour: int | None = None
    minute: int | None = None
    second: int | None = None
    hundredths: int | None = None
    deviation: int | None = None
    status: int | None = None

    @classmethod
    def from_bytes(cls, octets: bytes) -> Self:
        """Read 12 octets. Raises `DecodeError` for an impossible field."""
        if len(octets) == 12:
            year, month, day, weekday, hour, minute, second, hundredths, deviation, status = _WHOLE(octets)
            if (
                year != 0xFFFF
                and 0 < month < 13
                and 0 < day < 32
                and weekday < 8
                and hour < 24
                and minute < 60
                and second < 60
                and (hundredths < 100 or hundredths == 0xFF)
                and (-840 <= deviation <= 840 or deviation == -0x8000)
            ):  # a moment; what leaves more open goes field by field
                return cls(
                    year,
                    month,
                    day,
                    weekday,
                    hour,
                    minute,
                    second,
                    None if hundredths == 0xFF else hundredths,
                    None if deviation == -0x8000 else deviation,
                    None if status == 0xFF else status,
                )
        return cls(*_read(octets, _DATE + _TIME + _ZONE, "date-time"))

    def to_bytes(self) -> bytes:
        """The 12 octets. Raises `EncodeError` for an impossible field."""
        return _write(self, _DATE + _TIME + _ZONE)

    @property
    def date(self) -> CosemDate:
        return CosemDate(self.year, self.month, self.day, self.day_of_week)

    @property
    def time(self) -> CosemTime:
        return CosemTime(self.hour, self.minute, self.second, self.hundredths)

    @property
    def daylight_saving(self) -> bool | None:
        """Whether the clock status says that daylight saving time is on; None when there is no status."""
        return None if self.status is None else bool(self.status & STATUS_DAYLIGHT_SAVING)

    @classmethod
    def from_datetime(cls, moment: datetime, *, reversed_deviation: bool = False, status: int | None = 0) -> Self:
        """An aware datetime as date-time, in its own zone and cut to hundredths.

        `reversed_deviation` writes UTC+2 as +120. Raises `EncodeError` for a naive datetime or an offset that is not
        of whole minutes.
        """
        offset = moment.utcoffset()
        if offset is None:
            raise EncodeError("a date-time wants an aware datetime")
        minutes, rest = divmod(offset, timedelta(minutes=1))
        if rest:
            raise EncodeError(f"an offset of {offset} is not of whole minutes")
        return cls(
            moment.year,
            moment.month,
            moment.day,
            moment.isoweekday(),
            moment.hour,
            moment.minute,
            moment.second,
            moment.microsecond // 10_000,
            minutes if reversed_deviation else -minutes,
            status,
        )

    def to_datetime(self, *, reversed_deviation: bool = False, zone: tzinfo | None = None) -> datetime:
        """The moment as an aware datetime; its offset is the deviation's.

        Without a deviation the local time is read in `zone`, and the clock status tells the two occurrences of the
        hour at the end of daylight saving time apart. Unspecified hundredths count as 0. Raises `DecodeError` where a
        needed field is not specified or special, the day does not exist, or neither deviation nor zone is there.
        """
        fields = (self.year, self.month, self.day, self.hour, self.minute, self.second)
        if None in fields:
            raise DecodeError(f"date-time {self} leaves a field open, so it is no single moment")
        try:
            local = datetime(*fields, (self.hundredths or 0) * 10_000)  # type: ignore[arg-type]
        except ValueError:
            raise DecodeError(f"date-time {self} is no day of the calendar") from None
        if self.deviation is not None:
            minutes = self.deviation if reversed_deviation else -self.deviation
            return local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
        if zone is None:
            raise DecodeError(f"date-time {self} has no deviation and no zone was given")
        first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
        if self.daylight_saving is None or first.utcoffset() == second.utcoffset():
            return first
        return first if bool(first.dst()) == self.daylight_saving else second

    def __str__(self) -> str:
        deviation = "" if self.deviation is None else f" deviation {self.deviation}"
        status = "" if self.status is None else f" status {self.status:02X}"
        return f"{self.date} {self.time}{deviation}{status}"


def _text(field: int | None, width: int = 2) -> str:
    return "*" * width if field is None else f"{field:0{width}}"
