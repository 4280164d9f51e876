"""Any table: rows of the same columns, as array or compact-array."""

from __future__ import annotations

from hypothesis import strategies as st

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.enums import DataType
from dlmskit.testing.trees import SCALARS

_TYPES = sorted(set(SCALARS) - {DataType.BIT_STRING, DataType.DONT_CARE})
_FAMILIES = ((15, 16, 5, 20), (17, 18, 6, 21))


def _cell(tag: int, varied: bool) -> st.SearchStrategy[Data]:
    """A cell of a column of one type, or, where the column is `varied`, of any type that may stand in it."""
    family = next((family for family in _FAMILIES if tag in family), (tag,))
    tags = st.sampled_from([*family, 0]) if varied else st.just(tag)
    return tags.flatmap(lambda each: SCALARS[each].map(lambda value: data.of(each, value)))


@st.composite
def _tables(draw: st.DrawFn) -> Data:
    tags = draw(st.lists(st.sampled_from(_TYPES), min_size=1, max_size=4))
    count = draw(st.integers(0, 12))
    if draw(st.booleans()) and set(tags) != {0}:
        rows = draw(st.lists(st.tuples(*(SCALARS[tag] for tag in tags)), min_size=count, max_size=count))
        return data.compact_array(bytes((2, len(tags), *tags)), rows)
    cells = [_cell(tag, draw(st.booleans())) for tag in tags]
    return data.array(*(data.structure(*draw(st.tuples(*cells))) for _ in range(count)))


TABLES = _tables()
"""a Data of rows that all have the same columns"""
