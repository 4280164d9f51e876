"""Selective access to profile buffers, both ways."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.apdu.descriptors import SelectiveAccess
from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.cosem.selective import CaptureObject, EntryDescriptor, RangeDescriptor
from dlmskit.exceptions import DecodeError, EncodeError
from dlmskit.obis import Obis

START = CosemDateTime.from_bytes(bytes.fromhex("07e60b0c0610360000ffc400"))
END = CosemDateTime.from_bytes(bytes.fromhex("07e60b0d0710360000ffc400"))


def test_range_octets() -> None:
    """The form that clients of several makers send; the clock is the restricting object."""
    access = RangeDescriptor.between(START, END).to_access()
    assert access.access_selector == 1
    assert access.access_parameters.to_bytes().hex() == (
        "02040204120008" + "09060000010000ff" + "0f02120000090c07e60b0c0610360000ffc400090c07e60b0d0710360000ffc4000100"
    )


def test_range_reads_back_with_columns() -> None:
    columns = (CaptureObject(8, Obis(0, 0, 1, 0, 0)), CaptureObject(3, Obis(1, 0, 1, 8, 0), 2, 0))
    wanted = RangeDescriptor.between(START, END, columns=columns)
    assert RangeDescriptor.from_access(wanted.to_access()) == wanted


def test_range_keeps_limits_that_are_not_octet_strings() -> None:
    """Meters in Great Britain take seconds since 2000 instead."""
    seconds = RangeDescriptor(
        data.double_long_unsigned(5), data.double_long_unsigned(9), CaptureObject(1, Obis(0, 0, 94, 44, 100))
    )
    assert RangeDescriptor.from_access(seconds.to_access()) == seconds


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(0, 65535), st.integers(0, 65535))
def test_entries_read_back(low: int, high: int, first: int, last: int) -> None:
    wanted = EntryDescriptor(low, high, first, last)
    assert EntryDescriptor.from_access(wanted.to_access()) == wanted


def test_entry_octets() -> None:
    assert (
        EntryDescriptor(1, 10).to_access().access_parameters.to_bytes().hex()
        == "020406000000010600" + "00000a120001120000"
    )


def test_entry_out_of_range() -> None:
    with pytest.raises(EncodeError):
        EntryDescriptor(-1).to_access()


@pytest.mark.parametrize(
    "octets", ["00", "0200", "0204000000" + "00", "02040204120008090600000100000f0212000000000100"]
)
@pytest.mark.parametrize("selector", [1, 2])
def test_other_parameters_are_refused(octets: str, selector: int) -> None:
    try:
        parameters = Data.from_bytes(bytes.fromhex(octets))
    except DecodeError:
        parameters = data.null_data()
    access = SelectiveAccess(selector, parameters)
    for descriptor in (RangeDescriptor, EntryDescriptor):
        with pytest.raises(DecodeError):
            descriptor.from_access(access)


@pytest.mark.parametrize("value", [None, [], [8, b"\0" * 5, 2, 0], [8, b"\0" * 6, 2], "text"])
def test_no_capture_object(value: object) -> None:
    with pytest.raises(DecodeError):
        CaptureObject.from_value(value)
