from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from dlmskit.codec.date_time import (
    _DATE,
    _TIME,
    _ZONE,
    DAYLIGHT_SAVING_BEGIN,
    LAST_DAY_OF_MONTH,
    SECOND_LAST_DAY_OF_MONTH,
    CosemDate,
    CosemDateTime,
    CosemTime,
    _read,
)
from dlmskit.exceptions import DecodeError, EncodeError

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

# Captures and test constants of permissively licensed projects:
# esphome-libs/dlms_parser (Apache-2.0, Energomera), nooxnet/smart-meter-mbus-dlms (ISC), pwitab/dlms-cosem (MIT).
WITNESSES = {
    "07e60b03ff0f2619ffff4cff": CosemDateTime(2022, 11, 3, None, 15, 38, 25, None, -180, None),
    "07e0090804130d1900000080": CosemDateTime(2016, 9, 8, 4, 19, 13, 25, 0, 0, 0x80),
    "07e50118ff0e303950ffc400": CosemDateTime(2021, 1, 24, None, 14, 48, 57, 80, -60, 0),
    "07e30c1001073b28ff8000ff": CosemDateTime(2019, 12, 16, 1, 7, 59, 40, None, None, None),
}
OPEN = {
    "07e3071000111e00ff8000ff": CosemDateTime(2019, 7, 16, 0, 17, 30, 0),
    "ffffffffffffffffff8000ff": CosemDateTime(),
    "07e8fefdff02ffffff8000ff": CosemDateTime(2024, DAYLIGHT_SAVING_BEGIN, SECOND_LAST_DAY_OF_MONTH, hour=2),
    "fffffffe07000000ff8000ff": CosemDateTime(None, None, LAST_DAY_OF_MONTH, 7, 0, 0, 0),
}


def read(how):
    try:
        return how()
    except DecodeError as error:
        return error.reason, error.offset


@pytest.mark.parametrize("hexed", [*WITNESSES, *OPEN])
def test_a_usual_moment_is_read_as_field_by_field(hexed):
    """For every value of every octet."""
    for at in range(12):
        for octet in range(256):
            octets = bytearray.fromhex(hexed)
            octets[at] = octet
            wanted = read(lambda: CosemDateTime(*_read(octets, _DATE + _TIME + _ZONE, "date-time")))  # noqa: B023
            assert read(lambda: CosemDateTime.from_bytes(bytes(octets))) == wanted  # noqa: B023


@pytest.mark.parametrize(("hexed", "expected"), [*WITNESSES.items(), *OPEN.items()])
def test_every_field_is_kept(hexed, expected):
    octets = bytes.fromhex(hexed)
    assert CosemDateTime.from_bytes(octets) == expected
    assert expected.to_bytes() == octets
    assert CosemDate.from_bytes(octets[:5]) == expected.date
    assert CosemTime.from_bytes(octets[5:9]) == expected.time
    assert expected.date.to_bytes() + expected.time.to_bytes() == octets[:9]


def test_moments_of_the_witnesses():
    moments = [moment.to_datetime().isoformat() for moment in list(WITNESSES.values())[:3]]
    assert moments == ["2022-11-03T15:38:25+03:00", "2016-09-08T19:13:25+00:00", "2021-01-24T14:48:57.800000+01:00"]


@pytest.mark.parametrize(
    ("hexed", "offset"),
    [
        ("07e80d0f060c1e0000ffc400", 2),
        ("07e8000f060c1e0000ffc400", 2),
        ("07e8fc0f060c1e0000ffc400", 2),
        ("07e80600060c1e0000ffc400", 3),
        ("07e80620060c1e0000ffc400", 3),
        ("07e806fc060c1e0000ffc400", 3),
        ("07e8060f080c1e0000ffc400", 4),
        ("07e8060f06181e0000ffc400", 5),
        ("07e8060f060c3c0000ffc400", 6),
        ("07e8060f060c1e3c00ffc400", 7),
        ("07e8060f060c1e0064ffc400", 8),
        ("07e8060f060c1e0000800100", 9),
        ("07e8060f060c1e00007fff00", 9),
        ("07e8060f060c1e0000034900", 9),
        ("000000000000000000000000", 2),
        ("07e8060f060c1e0000ffc4", 11),
        ("07e8060f060c1e0000ffc40000", 12),
        ("", 0),
    ],
)
def test_impossible_fields_are_refused_where_they_stand(hexed, offset):
    with pytest.raises(DecodeError) as caught:
        CosemDateTime.from_bytes(bytes.fromhex(hexed))
    assert caught.value.offset == offset


def test_impossible_fields_are_not_written():
    for wrong in (CosemDateTime(month=13), CosemDateTime(deviation=900), CosemDate(day=0), CosemTime(hour=24)):
        with pytest.raises(EncodeError):
            wrong.to_bytes()


@pytest.mark.parametrize("hours", [-14, -12, 0, 14])
def test_the_widest_deviations(hours):
    zone = timezone(timedelta(hours=hours))
    moment = datetime(2026, 1, 2, 3, 4, 5, 670_000, tzinfo=zone)
    written = CosemDateTime.from_datetime(moment)
    assert written.deviation == -60 * hours
    assert CosemDateTime.from_bytes(written.to_bytes()).to_datetime() == moment


def test_deviation_signs():
    moment = datetime(2026, 7, 1, 12, tzinfo=AMSTERDAM)
    standard = CosemDateTime.from_datetime(moment, status=0x80)
    assert standard.to_bytes().hex() == "07ea0701030c000000ff8880"
    turned = CosemDateTime.from_datetime(moment, reversed_deviation=True, status=0x80)
    assert turned.deviation == 120
    assert standard.to_datetime() == turned.to_datetime(reversed_deviation=True) == moment
    assert standard.to_datetime().utcoffset() == timedelta(hours=2)
    assert CosemDateTime.from_datetime(moment, status=None).to_bytes()[-1] == 0xFF


@pytest.mark.parametrize(("status", "hours"), [(0x80, 2), (0x00, 1), (None, 2)])
def test_the_status_tells_the_doubled_hour_apart(status, hours):
    doubled = CosemDateTime(2025, 10, 26, 7, 2, 30, 0, 0, None, status)
    assert doubled.to_datetime(zone=AMSTERDAM).utcoffset() == timedelta(hours=hours)


def test_a_zone_does_not_overrule_a_deviation():
    moment = CosemDateTime(2025, 1, 1, 3, 0, 0, 0, 0, 0, 0).to_datetime(zone=AMSTERDAM)
    assert moment == datetime(2025, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        CosemDateTime(2024, 2, 30, None, 12, 30, 0, 0, 0),
        CosemDateTime(0, 6, 15, None, 12, 30, 0, 0, 0),
        CosemDateTime(2024, DAYLIGHT_SAVING_BEGIN, 15, None, 12, 30, 0, 0, 0),
        CosemDateTime(2024, 6, LAST_DAY_OF_MONTH, None, 12, 30, 0, 0, 0),
        CosemDateTime(2024, 6, 15, None, 12, 30, None, 0, 0),
        CosemDateTime(2024, 6, 15, None, 12, 30, 0, 0, None),
        CosemDateTime(),
    ],
)
def test_what_is_no_single_moment_is_no_datetime(value):
    with pytest.raises(DecodeError):
        value.to_datetime()


def test_datetimes_without_a_whole_offset_are_refused():
    for moment in (datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=timezone(timedelta(seconds=90)))):
        with pytest.raises(EncodeError):
            CosemDateTime.from_datetime(moment)


def test_text_shows_what_is_open():
    assert str(CosemDateTime(2022, 11, 3, None, 15, 38, 25, 7, -180, 0x80)) == (
        "2022-11-03 15:38:25.07 deviation -180 status 80"
    )
    assert str(CosemDateTime()) == "****-**-** **:**:**"
    assert str(CosemDate(2022, 11, 3, 4)) == "2022-11-03 weekday 4"
