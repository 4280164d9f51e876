"""A buffer as rows of cells: shapes are checked, and null-data says which row it repeats."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.cosem.profile import rows
from dlmskit.exceptions import DecodeError


def buffer_of(*given: list[int | None]) -> Data:
    return data.array(
        *(data.structure(*(data.null_data() if v is None else data.unsigned(v) for v in row)) for row in given)
    )


def test_null_data_says_which_row_it_repeats() -> None:
    found = rows(buffer_of([1, None], [None, None], [None, 5], [2, None]), 2)
    assert [[(cell.node.value, cell.rows_ago) for cell in row] for row in found] == [
        [(1, 0), (None, 0)],
        [(1, 1), (None, 0)],
        [(1, 2), (5, 0)],
        [(2, 0), (5, 1)],
    ]


@given(st.lists(st.lists(st.none() | st.integers(0, 255), min_size=3, max_size=3), max_size=12))
def test_what_was_sent_is_what_a_cell_says_as_many_rows_ago(given: list[list[int | None]]) -> None:
    for number, row in enumerate(rows(buffer_of(*given), 3)):
        for place, cell in enumerate(row):
            assert cell.node.value == given[number - cell.rows_ago][place]
            assert all(given[number - ago][place] is None for ago in range(cell.rows_ago))


def test_a_buffer_may_be_a_compact_array() -> None:
    compact = Data.from_bytes(bytes.fromhex("13 02 02 11 11 04 01 02 03 04"))
    assert [[cell.node.value for cell in row] for row in rows(compact, 2)] == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("buffer", "told"),
    [
        (buffer_of([1, 2], [3]), r"wanted 2 cells, found 1 cells .*\[1\]"),
        (data.array(data.unsigned(7)), r"wanted 2 cells, found unsigned .*\[0\]"),
        (data.structure(), "rows of a profile, found structure"),
        (data.null_data(), "rows of a profile, found null-data"),
    ],
)
def test_rows_of_another_shape_are_refused_with_their_place(buffer: Data, told: str) -> None:
    with pytest.raises(DecodeError, match=told):
        list(rows(buffer, 2))
