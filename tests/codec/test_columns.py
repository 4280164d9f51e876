"""Columns of tables, on each build that is there."""

import struct
import sys
from array import array
from datetime import UTC, datetime, timedelta, timezone

import pytest

from codec.builds import builds
from dlmskit.codec import columns, data
from dlmskit.codec.columns import decode_columns
from dlmskit.codec.data import Data
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError, LimitError, NotRepresentable, TruncatedError
from dlmskit.limits import Limits

BUILDS = builds(("_columns", "_strides"))
STAMP = "090c07e60101060a0000ff800000"


@pytest.fixture(autouse=True, params=BUILDS.values(), ids=BUILDS.keys())
def build(request, monkeypatch):
    monkeypatch.setattr(columns, "_columns", request.param)
    monkeypatch.setattr(columns, "_strides", request.param)


def table(*rows):
    return b"\x01" + bytes((len(rows),)) + b"".join(bytes.fromhex(row) for row in rows)


def only(octets):
    """The one column of a table, whose rows must be those of the row decoder."""
    found = decode_columns(octets)
    assert found.rows() == Data.from_bytes(octets).value
    (column,) = found.columns
    assert column.count == found.count
    return column


def row(cell):
    return "0201" + cell


INTEGERS = [(15, "b"), (16, "h"), (5, "i"), (20, "q"), (17, "B"), (18, "H"), (6, "I"), (21, "Q"), (22, "B"), (13, "B")]
INTEGERS += [(28, "b"), (29, "h"), (30, "i"), (31, "B"), (32, "H"), (33, "I")]


@pytest.mark.parametrize(("tag", "code"), INTEGERS)
def test_integers_at_the_sign_bit_of_every_width(tag, code):
    size = struct.calcsize(f"={code}")
    wire = [bytes((first,)) + bytes((rest,)) * (size - 1) for first in (0, 0x7F, 0x80, 0xFF) for rest in (0, 0xFF)]
    expected = [int.from_bytes(each, "big", signed=code.islower()) for each in wire]
    column = only(table(*(row(f"{tag:02x}{each.hex()}") for each in wire)))
    assert (column.tag, column.format, column.width, column.validity) == (tag, code, size, None)
    assert column.values.tolist() == array(code, column.data).tolist() == expected
    contents = b"".join(wire)
    compact = b"\x13\x02\x01" + bytes((tag, len(contents))) + contents
    assert only(compact) == column
    with_null = only(table(row("00"), *(row(f"{tag:02x}{each.hex()}") for each in wire)))
    assert with_null.to_list() == [None, *expected]
    assert with_null.values.tolist() == [0, *expected]


def test_octets_of_one_length_are_one_buffer():
    column = only(table(row("0903414243"), row("0903444546")))
    assert (column.data, column.width, column.format, column.offsets) == (b"ABCDEF", 3, "3s", None)


def test_octets_of_several_lengths_have_offsets():
    column = only(table(row("090141"), row("0900"), row("00"), row("0903424344")))
    assert (column.data, column.width, column.format) == (b"ABCD", 0, "")
    assert array("q", column.offsets).tolist() == [0, 1, 1, 1, 4]
    assert column.validity == b"\x0b"
    assert [column.is_null(index) for index in range(4)] == [False, False, True, False]


def test_null_data_keeps_places():
    cells = ["00", "120001", "00", *["12ffff"] * 7, "00"]
    column = only(table(*map(row, cells)))
    assert column.values.tolist() == [0, 1, 0, *[0xFFFF] * 7, 0]
    assert column.validity == bytes((0b11111010, 0b011))
    nothing = only(table(row("00"), row("00")))
    assert (nothing.tag, nothing.data, nothing.validity) == (DataType.NULL_DATA, b"", b"\0")
    short = only(table(row("0901ff"), row("00")))
    assert (short.data, short.width) == (b"\xff\0", 1)
    long = only(table(row("0911" + "41" * 17), row("00"), row("00")))
    assert (long.width, len(long.data)) == (0, 17)


def test_integers_of_several_widths_have_the_widest():
    column = only(table(row("0f80"), row("00"), row("0580000000"), row("107fff"), row("0fff")))
    assert (column.tag, column.values.tolist()) == (DataType.DOUBLE_LONG, [-128, 0, -(2**31), 0x7FFF, -1])
    wide = only(table(row("11ff"), row("1580000000000000ff"), row("1180")))
    assert (wide.tag, wide.values.tolist()) == (DataType.LONG64_UNSIGNED, [255, 2**63 + 255, 128])


def test_other_types():
    assert only(table(row("0300"), row("0361"))).values.tolist() == [False, True]
    assert only(table(row("17c2ed4000"), row("1700000000"))).values.tolist() == [-118.625, 0.0]
    assert only(table(row("18c05da80000000000"))).values.tolist() == [-118.625]
    assert only(table(row("0a0141"), row("0a01c3"))).to_list() == ["A", b"\xc3"]
    assert only(table(row("0c02c3a4"), row("0c0141"))).to_list() == ["ä", "A"]
    assert only(table(row("19" + STAMP[4:]), row("19" + "00" * 12))).to_list()[1] == bytes(12)
    assert only(table(row("1a07e60101ff"), row("00"))).to_list()[1] is None


def test_stamps_as_numbers():
    column = only(table(row(STAMP), row("00"), row("090c07e60101060a1e00050078ff")))
    moments = [
        datetime(2022, 1, 1, 10, 0, tzinfo=UTC),
        datetime(2022, 1, 1, 10, 30, 0, 50_000, timezone(-timedelta(hours=2))),
    ]
    with pytest.raises(DecodeError, match="no deviation") as caught:
        column.microseconds()
    assert caught.value.path == ("[0]",)
    numbers = column.microseconds(zone=UTC)
    assert numbers.format == "q"
    assert [each / 1_000_000 for each in numbers] == [moments[0].timestamp(), 0.0, moments[1].timestamp()]
    assert column.data[9:12] == bytes.fromhex("800000")
    with pytest.raises(DecodeError, match="holds no stamps"):
        only(table(row("1105"))).microseconds()


def test_compact_arrays():
    octets = bytes.fromhex("130202" + "0609" + "0e" + "00000001" + "0141" + "80000000" + "03424344")
    found = decode_columns(octets)
    assert found.rows() == [[1, b"A"], [2**31, b"BCD"]]
    assert decode_columns(bytes.fromhex("130203110009" + "08" + "01024142" + "02024344")).rows() == [
        [1, None, b"AB"],
        [2, None, b"CD"],
    ]


def test_tables_without_rows():
    assert decode_columns(b"\x01\x00") == columns.Columns(0, ())
    found = decode_columns(bytes.fromhex("1302020609" + "00"))
    assert [(each.tag, each.to_list()) for each in found.columns] == [(6, []), (9, [])]
    assert decode_columns(bytes.fromhex("010202000200")).rows() == [[], []]


def test_columns_are_views_without_a_copy():
    column = only(table(row("0600000001"), row("06ffffffff")))
    view = column.values
    assert (view.obj is column.data, view.format, view.readonly, view.nbytes) == (True, "I", True, 8)
    assert int.from_bytes(view[1:].tobytes(), sys.byteorder) == 0xFFFFFFFF
    assert data.array(data.structure(data.unsigned(5))).columns().columns[0].to_list() == [5]


@pytest.mark.parametrize(
    ("octets", "where"),
    [
        (table(row("1101"), "02021101" + "1102"), 6),
        (table(row("1101"), row("0f01")), 8),
        (table(row("1101"), row("1601")), 8),
        (table(row("0901ff"), row("0a0141")), 9),
        (table(row("0201" + "1101")), 4),
        (table(row("0401ff")), 4),
        (table(row("ff")), 4),
        (table("1101"), 2),
        (b"\x11\x01", 0),
        (b"\x13\x11\x01\x05", 0),
        (bytes.fromhex("13020104" + "02" + "08ff"), 0),
    ],
)
def test_what_is_no_table_is_said_with_its_octet(octets, where):
    Data.from_bytes(octets)
    with pytest.raises(NotRepresentable, match=rf"octet {where}\)"):
        decode_columns(octets)


def test_octets_that_are_no_data_are_refused_as_by_rows():
    whole = table(*[row(STAMP)] * 5, row("00"))
    for cut in range(len(whole)):
        with pytest.raises(TruncatedError) as found:
            decode_columns(whole[:cut])
        with pytest.raises(TruncatedError) as wanted:
            Data.from_bytes(whole[:cut])
        assert str(found.value) == str(wanted.value)
    with pytest.raises(DecodeError, match="1 octets after the Data"):
        decode_columns(whole + b"\0")
    with pytest.raises(LimitError, match="depth"):
        decode_columns(whole, limits=Limits(depth=1))


def test_columns_are_bounded():
    wide = table("0208" + "1101" * 8)
    assert len(decode_columns(wide, limits=Limits(items=8)).columns) == 8
    with pytest.raises(NotRepresentable):
        decode_columns(wide, limits=Limits(items=7))
    compact = b"\x13\x02\x08" + b"\x11" * 8 + b"\x08" + bytes(8)
    with pytest.raises(NotRepresentable):
        decode_columns(compact, limits=Limits(items=7))


def test_lengths_in_a_longer_form():
    assert only(table(row("09810141"), row("09810142"))).data == b"AB"
    assert only(table("02810111ff", "028101" + "1101")).values.tolist() == [255, 1]
    assert only(b"\x13\x02\x01\x11\x81\x01\x05").values.tolist() == [5]


@pytest.mark.parametrize("odd", [None, 0, 2_500, 4_999])
def test_tables_of_many_blocks(odd):
    """Longer than what is looked at together; a row that differs is seen wherever it stands."""
    cells = [f"06{number * 0x346DC:08x}11{number & 0xFF:02x}1001ff0904{number:08x}" for number in range(5_000)]
    if odd is not None:
        cells[odd] = "0600000001" + "00" + "1001ff" + "090400000000"
    octets = b"\x01\x82" + len(cells).to_bytes(2, "big") + b"".join(bytes.fromhex("0204" + cell) for cell in cells)
    found = decode_columns(octets)
    assert found.rows() == Data.from_bytes(octets).value
    assert [column.validity is not None for column in found.columns] == [False, odd is not None, False, False]
