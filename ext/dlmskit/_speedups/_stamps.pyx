# dlmskit/codec/_stamps.py by hand: the C interface of datetime makes a moment in a fifth of the time of a call.
from cpython.bytearray cimport PyByteArray_AS_STRING
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.datetime cimport datetime_new, import_datetime
from libc.stdint cimport int16_t, int64_t, uint8_t
from libc.string cimport memcpy

from datetime import timedelta, timezone

import_datetime()

cdef enum:
    SIZE = 12
    MOST = 840  # minutes that a deviation reaches

cdef dict _zones = {}
cdef int[12] DAYS
DAYS[:] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


cdef object _zone(int minutes):
    zone = _zones.get(minutes)
    if zone is None:
        zone = _zones[minutes] = timezone(timedelta(minutes=minutes))
    return zone


cdef struct Stamp:
    int year
    int month
    int day
    int hour
    int minute
    int second
    int microsecond
    int deviation


cdef bint _leap(int year) noexcept:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


cdef bint _plain(const uint8_t* raw, Stamp* stamp) noexcept:
    """Whether the octets leave nothing open and are possible; fills `stamp`."""
    cdef int days
    stamp.year = (raw[0] << 8) | raw[1]
    stamp.month = raw[2]
    stamp.day = raw[3]
    stamp.hour = raw[5]
    stamp.minute = raw[6]
    stamp.second = raw[7]
    stamp.microsecond = 0 if raw[8] == 0xFF else raw[8] * 10000
    stamp.deviation = <int16_t>((raw[9] << 8) | raw[10])
    if not (1 <= stamp.year <= 9999 and 1 <= stamp.month <= 12 and stamp.day >= 1):
        return False
    days = 29 if stamp.month == 2 and _leap(stamp.year) else DAYS[stamp.month - 1]
    if stamp.day > days or stamp.hour > 23 or stamp.minute > 59 or stamp.second > 59 or stamp.microsecond > 990000:
        return False
    return -MOST <= stamp.deviation <= MOST and not 7 < raw[4] < 0xFF


def moments(object stamps not None, bint reversed_deviation):
    cdef list found = []
    cdef list gaps = []
    cdef Stamp stamp
    cdef Py_ssize_t index = 0
    for item in stamps:
        if item is None:
            found.append(None)
        elif (
            isinstance(item, bytes)
            and PyBytes_GET_SIZE(item) == SIZE
            and _plain(<const uint8_t*>PyBytes_AS_STRING(item), &stamp)
        ):
            found.append(
                datetime_new(
                    stamp.year,
                    stamp.month,
                    stamp.day,
                    stamp.hour,
                    stamp.minute,
                    stamp.second,
                    stamp.microsecond,
                    _zone(stamp.deviation if reversed_deviation else -stamp.deviation),
                )
            )
        else:
            found.append(None)
            gaps.append(index)
        index += 1
    return found, gaps


cdef int64_t _days(int year, int month, int day) noexcept:
    """Days since 1970-01-01; years begin in March here, so that the day more of leap years comes last."""
    cdef int64_t y = year - (1 if month <= 2 else 0)
    cdef int64_t m = month + (9 if month <= 2 else -3)
    return 365 * y + y // 4 - y // 100 + y // 400 + (153 * m + 2) // 5 + day - 1 - 719468


def epochs(bytes stamps not None, bint reversed_deviation):
    cdef Py_ssize_t count = PyBytes_GET_SIZE(stamps) // SIZE
    cdef const uint8_t* raw = <const uint8_t*>PyBytes_AS_STRING(stamps)
    cdef bytearray out = bytearray(8 * count)
    cdef char* place = PyByteArray_AS_STRING(out)
    cdef list gaps = []
    cdef Stamp stamp
    cdef int64_t moment
    cdef Py_ssize_t index
    for index in range(count):
        if _plain(raw + SIZE * index, &stamp):
            moment = _days(stamp.year, stamp.month, stamp.day) * 24 + stamp.hour
            moment = moment * 60 + stamp.minute + (-stamp.deviation if reversed_deviation else stamp.deviation)
            moment = (moment * 60 + stamp.second) * 1000000 + stamp.microsecond
            memcpy(place + 8 * index, &moment, 8)
        else:
            gaps.append(index)
    return out, gaps
