"""What a meter says on its own.

Source: Green Book, COSEMpdu: Data-Notification, Data-Notification-Confirm, EVENT-NOTIFICATION-Request.
"""

from __future__ import annotations

from typing import Annotated

from dlmskit.apdu.base import Apdu
from dlmskit.apdu.descriptors import AttributeDescriptor
from dlmskit.apdu.wire import Unsigned32, take
from dlmskit.codec.data import Data
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError, EncodeError
from dlmskit.limits import Limits, Tolerance

_DATE_TIME = 12
_TAGGED = bytes((DataType.OCTET_STRING, _DATE_TIME))


def _written(value: bytes) -> bytes:
    if len(value) != _DATE_TIME:
        raise EncodeError(f"a date-time has {_DATE_TIME} octets, found {len(value)}")
    return bytes((_DATE_TIME,)) + value


class _DateTime:
    """OCTET STRING that holds a date-time or nothing."""

    def read(self, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance) -> tuple[bytes | None, int]:
        length = take(octets, offset, 1)[0]
        if length == 0:
            return None, offset + 1
        if octets.startswith(_TAGGED, offset):
            tolerance.accept("date-time-carries-octet-string-tag", offset)
            offset += 1
        elif length != _DATE_TIME:
            raise DecodeError(f"a date-time has 0 or {_DATE_TIME} octets, found {length}", offset)
        return take(octets, offset + 1, _DATE_TIME), offset + 1 + _DATE_TIME

    def write(self, value: bytes | None) -> bytes:
        return b"\x00" if value is None else _written(value)


class _EventTime:
    """OCTET STRING OPTIONAL that holds a date-time."""

    def read(self, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance) -> tuple[bytes | None, int]:
        present = take(octets, offset, 1)[0]
        if present == 0:
            return None, offset + 1
        if octets.startswith(_TAGGED, offset):
            tolerance.accept("event-notification-time-tagged-no-optional-flag", offset)
        elif present != 1:
            raise DecodeError(f"presence octet must be 0 or 1, found {present}", offset)
        elif take(octets, offset + 1, 1)[0] != _DATE_TIME:
            raise DecodeError(f"a date-time has {_DATE_TIME} octets, found {octets[offset + 1]}", offset + 1)
        return take(octets, offset + 2, _DATE_TIME), offset + 2 + _DATE_TIME

    def write(self, value: bytes | None) -> bytes:
        return b"\x00" if value is None else b"\x01" + _written(value)


DateTime = Annotated[bytes | None, _DateTime()]


class DataNotification(Apdu, frozen=True):
    """A push. `date_time` is the 12 octets of a date-time, None where the meter left it empty."""

    HEAD = b"\x0f"
    long_invoke_id_and_priority: Unsigned32
    date_time: DateTime
    notification_body: Data


class DataNotificationConfirm(Apdu, frozen=True):
    """The receiver confirms a push."""

    HEAD = b"\x10"
    long_invoke_id_and_priority: Unsigned32
    date_time: DateTime = None


class EventNotificationRequest(Apdu, frozen=True):
    """An attribute's value sent because something happened; `time` is the 12 octets of a date-time."""

    HEAD = b"\xc2"
    time: Annotated[bytes | None, _EventTime()]
    attribute: AttributeDescriptor
    value: Data
