"""Pushes, and the two deviations that are seen on meters."""

from __future__ import annotations

import pytest

from dlmskit import apdu
from dlmskit.codec import data as d
from dlmskit.exceptions import DecodeError, EncodeError
from dlmskit.limits import Tolerance
from dlmskit.obis import Obis

MOMENT = bytes.fromhex("07e704010615202300ff8880")
BODY = "0f01"
TAGGED_PUSH = bytes.fromhex("0f40000000" + "090c" + MOMENT.hex() + BODY)
# A Kaifa alarm. OSGP/open-smart-grid-platform (Apache-2.0), Mx382AlarmDecoderTest.java
TAGGED_EVENT = bytes.fromhex("c2090c07e70706040a362600ff888000018080808080000209104b413650303035303339303231313130")


def test_push_with_and_without_time() -> None:
    push = apdu.DataNotification(0x40000000, MOMENT, d.integer(1))
    assert push.to_bytes().hex() == "0f40000000" + "0c" + MOMENT.hex() + BODY
    assert apdu.decode(push.to_bytes()) == push
    timeless = apdu.DataNotification(1, None, d.integer(1))
    assert timeless.to_bytes().hex() == "0f00000001" + "00" + BODY
    assert apdu.decode(timeless.to_bytes()) == timeless


@pytest.mark.parametrize(
    ("octets", "quirk"),
    [
        (TAGGED_PUSH, "date-time-carries-octet-string-tag"),
        (TAGGED_EVENT, "event-notification-time-tagged-no-optional-flag"),
    ],
)
def test_tagged_times(octets: bytes, quirk: str) -> None:
    tolerance = Tolerance()
    value = apdu.decode(octets, tolerance=tolerance)
    assert tolerance.noticed == [quirk]
    with pytest.raises(DecodeError, match=quirk):
        apdu.decode(octets, tolerance=Tolerance(strict=True))
    straight = value.to_bytes()
    assert apdu.decode(straight, tolerance=Tolerance(strict=True)) == value


def test_event_of_a_meter_that_lost_its_supply() -> None:
    event = apdu.EventNotificationRequest.from_bytes(TAGGED_EVENT)
    assert event.time == bytes.fromhex("07e70706040a362600ff8880")
    assert event.attribute == apdu.AttributeDescriptor(1, Obis(128, 128, 128, 128, 128, 0), 2)
    assert event.value == d.octet_string(b"KA6P005039021110")


@pytest.mark.parametrize(
    ("octets", "offset"),
    [("0f000000010501020304050f01", 5), ("0f0000000109aabb", 5), ("c201050102030405", 2), ("c207", 1), ("c2", 1)],
)
def test_times_of_another_size(octets: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        apdu.decode(bytes.fromhex(octets))
    assert caught.value.offset == offset


def test_a_short_time_is_not_encoded() -> None:
    with pytest.raises(EncodeError, match="date-time"):
        apdu.DataNotification(1, b"short", d.null_data()).to_bytes()
