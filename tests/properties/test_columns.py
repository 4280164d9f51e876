"""Any table as columns, and almost tables: the invariant of fuzz/columns.py."""

import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from dlmskit import testing
from dlmskit.codec.columns import Columns
from dlmskit.codec.stamps import to_datetimes

sys.path.insert(0, str(Path(__file__).parents[2]))

from fuzz import columns


@given(data=testing.TABLES)
def test_tables_are_columns_on_every_build(data):
    assert columns.table(data.to_bytes())
    assert isinstance(data.columns(), Columns)


@given(data=testing.TABLES, cut=st.integers(0, 400), octet=st.integers(0, 255))
def test_almost_tables(data, cut, octet):
    octets = data.to_bytes()
    at = cut % len(octets)
    columns.table(octets[:at])
    columns.table(octets[:at] + bytes((octet,)) + octets[at + 1 :])


@given(octets=testing.ALMOST_DATA)
def test_any_octets(octets):
    columns.check(octets)


@given(stamps=st.lists(testing.DATE_TIMES, max_size=4))
def test_stamps(stamps):
    pieces = [stamp.to_bytes() for stamp in stamps]
    columns.check_stamps(pieces)
    assert to_datetimes([None]) == [None]
