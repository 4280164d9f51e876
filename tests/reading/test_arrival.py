"""How long an answer will be, told by its beginning."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.codec import data
from dlmskit.reading.arrival import expected_octets


@given(st.integers(0, 300), st.integers(0, 0xFFFFFFFF), st.data())
def test_rows_of_one_length_are_told_exactly(count: int, value: int, draw: st.DataObject) -> None:
    whole = data.array(*(data.structure(data.double_long_unsigned(value), data.null_data()) for _ in range(count)))
    octets = whole.to_bytes()
    known = draw.draw(st.integers(0, len(octets)))
    told = expected_octets(octets[:known])
    least = len(octets) if not count else len(octets) - (count - 1) * 8
    assert told == (len(octets) if known >= least else None)


@pytest.mark.parametrize(
    "octets", [b"", b"\x02\x01\x00", b"\x01", b"\x01\x84\xff", b"\x01\x82\xff\xff\x0f", b"\x01\x05\xfe"]
)
def test_what_says_nothing_about_its_length(octets: bytes) -> None:
    assert expected_octets(octets) is None
