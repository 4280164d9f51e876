import math

import pytest

from dlmskit.codec.date_time import CosemDate, CosemDateTime, CosemTime
from dlmskit.codec.values import DONT_CARE, BitString, Node
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError, EncodeError, LimitError, TruncatedError

# gvtret/gosem, pkg/axdr/axdr_test.go (MIT): "hello", 101, 1234, .. and "joan", 7, 451, ..
GOSEM_COMPACT = bytes.fromhex(
    "1302040a0f1014210568656c6c6f6504d21234567890123456046a6f616e0701c31122334455667788"
)  # fmt: skip

SIGNED = {15: 1, 28: 1, 16: 2, 29: 2, 5: 4, 30: 4, 20: 8}
UNSIGNED = {17: 1, 22: 1, 13: 1, 31: 1, 18: 2, 32: 2, 6: 4, 33: 4, 21: 8}


def value(axdr, hexed):
    octets = bytes.fromhex(hexed)
    result, end = axdr.decode_value(octets)
    assert end == len(octets) == axdr.measure(octets)
    node, end = axdr.decode_tree(octets)
    assert end == len(octets)
    assert axdr.encode_tree(node) == octets
    return result


def refused(axdr, hexed, depth=32):
    """The error of all three walks, which must be one and the same."""
    octets = bytes.fromhex(hexed)
    seen = set()
    for walk in (axdr.measure, axdr.decode_value, axdr.decode_tree):
        with pytest.raises(DecodeError) as caught:
            walk(octets, 0, depth)
        error = caught.value
        assert 0 <= error.offset <= len(octets)
        seen.add((type(error), error.reason, error.offset, error.path))
    assert len(seen) == 1
    return error


@pytest.mark.parametrize(("tag", "size"), [*SIGNED.items(), *UNSIGNED.items()])
@pytest.mark.parametrize("first", [0x00, 0x7F, 0x80, 0xFF])
@pytest.mark.parametrize("rest", [0x00, 0xFF])
def test_integers_at_the_sign_bit_of_every_width(axdr, tag, size, first, rest):
    octets = bytes((tag, first)) + bytes((rest,)) * (size - 1)
    expected = int.from_bytes(octets[1:], "big", signed=tag in SIGNED)
    assert value(axdr, octets.hex()) == expected
    assert axdr.encode_scalar(tag, expected) == octets[1:]
    # the same among the elements of a compact-array, where no tag stands before it
    assert value(axdr, (bytes((19, tag, size)) + octets[1:]).hex()) == [expected]


@pytest.mark.parametrize(("tag", "size"), [*SIGNED.items(), *UNSIGNED.items()])
def test_integers_out_of_range_are_refused(axdr, tag, size):
    bits = 8 * size
    low, high = (-(1 << bits - 1), 1 << bits - 1) if tag in SIGNED else (0, 1 << bits)
    assert axdr.encode_scalar(tag, low)
    assert axdr.encode_scalar(tag, high - 1)
    for number in (low - 1, high, 1 << 64, -(1 << 64), 1 << 200):
        with pytest.raises(EncodeError, match="cannot hold"):
            axdr.encode_scalar(tag, number)
    for other in (True, None, 1.0, "1", b"1"):
        with pytest.raises(EncodeError, match="cannot be made of"):
            axdr.encode_scalar(tag, other)


@pytest.mark.parametrize(
    ("hexed", "expected"),
    [
        ("00", None),
        ("ff", DONT_CARE),
        ("0300", False),
        ("0301", True),
        ("0361", True),
        ("03ff", True),
        ("0d12", 0x12),
        ("161b", 27),
        ("090401020304", b"\1\2\3\4"),
        ("0900", b""),
        ("0a0454455354", "TEST"),
        ("0a02c3a4", b"\xc3\xa4"),
        ("0c02c3a4", "ä"),
        ("0c03eda080", b"\xed\xa0\x80"),
        ("0c04f5808080", b"\xf5\x80\x80\x80"),
        ("04280ff0ff0155", BitString.from_str("0000111111110000111111110000000101010101")),
        ("0400", BitString(b"", 0)),
        ("0403a0", BitString.from_str("101")),
        ("0403bf", BitString.from_str("101")),
        ("17c2ed4000", -118.625),
        ("18c05da80000000000", -118.625),
        ("177f800000", math.inf),
        ("1907e60b03ff0f2619ffff4cff", CosemDateTime(2022, 11, 3, None, 15, 38, 25, None, -180, None)),
        ("1affffffffff", CosemDate()),
        ("1b173b3bff", CosemTime(23, 59, 59)),
        # a field is impossible: the octets are kept, as those of a text in no known characters
        ("1907e80d0f060c1e0000ffc400", bytes.fromhex("07e80d0f060c1e0000ffc400")),
        ("19" + "00" * 12, bytes(12)),
        ("02021a07e80600081107", [bytes.fromhex("07e8060008"), 7]),
        ("131b04183b3b00", [bytes.fromhex("183b3b00")]),
        ("0100", []),
        ("0200", []),
        ("02020f0a1202d0", [10, 720]),
        ("0102010111010100", [[1], []]),
        ("13120400010002", [1, 2]),
        ("130202121106000101000202", [[1, 1], [2, 2]]),
        ("1301000212080001000200030004", [[1, 2], [3, 4]]),
        ("130900", []),
    ],
)
def test_values(axdr, hexed, expected):
    assert value(axdr, hexed) == expected


def test_nan_payloads_survive(axdr):
    for hexed in ("177f800001", "17ffc12345", "187ff0000000000001"):
        assert math.isnan(value(axdr, hexed))


def test_compact_array_of_a_foreign_stack(axdr):
    assert value(axdr, GOSEM_COMPACT.hex()) == [
        ["hello", 101, 1234, 1311768467284833366],
        ["joan", 7, 451, 1234605616436508552],
    ]
    node, _ = axdr.decode_tree(GOSEM_COMPACT)
    assert node.form == bytes.fromhex("02040a0f1014")
    assert [item.tag for item in node.value[1].value] == [10, 15, 16, 20]
    assert (node.value[1].offset, node.value[1].end) == (25, 41)


def test_compact_array_beyond_65535_octets_is_not_cut(axdr):
    rows = [[index, bytes(12)] for index in range(5000)]
    contents = axdr.encode_items(b"\x02\x02\x06\x09", rows, False)
    assert len(contents) == 85_000
    octets = b"\x13\x02\x02\x06\x09" + axdr.encode_length(len(contents)) + contents
    assert axdr.decode_value(octets) == (rows, len(octets))


def test_elements_in_a_description_keep_their_type(axdr):
    items = [[1, [[2, 3], [4, 5]]], [6, [[7, 8], [9, 10]]]]
    description = bytes.fromhex("02021201000202021106")
    contents = axdr.encode_items(description, items, False)
    assert contents.hex() == "00010200000003040000000500060700000008090000000a"
    octets = b"\x13" + description + axdr.encode_length(len(contents)) + contents
    assert value(axdr, octets.hex()) == items
    tagged = axdr.encode_items(description, items, True)
    assert axdr.decode_value(b"\x01\x02" + tagged) == (items, len(tagged) + 2)


@pytest.mark.parametrize(
    ("description", "item"),
    [
        ("", 1),
        ("07", 1),
        ("0202", [1, 2]),
        ("11", 256),
        ("02021111", [1]),
        ("02021111", 5),
        ("01000211", [1]),
        ("1111", 1),
    ],
)
def test_items_that_do_not_fit_are_refused(axdr, description, item):
    for tagged in (False, True):
        with pytest.raises(EncodeError):
            axdr.encode_items(bytes.fromhex(description), [item], tagged)


@pytest.mark.parametrize(
    ("hexed", "offsets"),
    [
        ("00", [0]),
        ("0301", [0, 0]),
        ("0f80", [0, 0]),
        ("1180", [0, 0]),
        ("1680", [0, 0]),
        ("0d12", [0, 0]),
        ("108000", [0] * 3),
        ("128000", [0] * 3),
        ("0580000000", [0] * 5),
        ("0680000000", [0] * 5),
        ("1740490fdb", [0] * 5),
        ("148000000000000000", [0] * 9),
        ("158000000000000000", [0] * 9),
        ("18400921fb54442d18", [0] * 9),
        ("1b0c173b00", [0] * 5),
        ("1a07ea0b1506", [0] * 6),
        ("1907ea0b15060b071e00ffc400", [0] * 13),
        ("1c80", [0, 0]),
        ("1d8000", [0] * 3),
        ("1e80000000", [0] * 5),
        ("1f80", [0, 0]),
        ("208000", [0] * 3),
        ("2180000000", [0] * 5),
        ("ff", [0]),
        ("0902aabb", [0, 1, 0, 0]),
        ("0a026162", [0, 1, 0, 0]),
        ("0c026162", [0, 1, 0, 0]),
        ("0409ff80", [0, 1, 0, 0]),
        ("09820002aabb", [0, 1, 1, 1, 0, 0]),
        ("020211011202bc", [0, 1, 0, 0, 4, 4, 4]),
        ("01011101", [0, 1, 0, 2]),
        ("1311020102", [0, 1, 2, 0, 0]),
    ],
)
def test_every_cut_says_exactly_where(axdr, hexed, offsets):
    found = [refused(axdr, hexed[: 2 * cut]) for cut in range(len(offsets))]
    assert [(type(error), error.offset) for error in found] == [(TruncatedError, offset) for offset in offsets]


@pytest.mark.parametrize(
    ("hexed", "error", "offset", "path"),
    [
        ("", TruncatedError, 0, ()),
        ("0102110111", TruncatedError, 4, ("[1]",)),
        ("05010101", TruncatedError, 0, ()),
        ("0202110105000000", TruncatedError, 4, ("[1]",)),
        ("020109", TruncatedError, 3, ("[0]",)),
        ("0982", TruncatedError, 1, ()),
        ("090541", TruncatedError, 0, ()),
        ("0980", DecodeError, 1, ()),
        ("0288ffffffffffffffff0001", DecodeError, 1, ()),
        ("01fe" + "ff" * 126, DecodeError, 1, ()),
        ("01847fffffff0000", TruncatedError, 0, ()),
        ("0984ffffffff0001", TruncatedError, 0, ()),
        ("0484ffffffff0001", TruncatedError, 0, ()),
        ("131284ffffffff0001", TruncatedError, 0, ()),
        ("07", DecodeError, 0, ()),
        ("0801020304", DecodeError, 0, ()),
        ("02021101fe00", DecodeError, 4, ("[1]",)),
        ("2201", DecodeError, 0, ()),
        ("190000000000000000000000", TruncatedError, 0, ()),
        ("131203000102", TruncatedError, 5, ("[1]",)),
        ("1302021211050001010002", TruncatedError, 11, ("[1]", "[1]")),
        ("13", TruncatedError, 1, ()),
        ("1312", TruncatedError, 2, ()),
        ("13020212", TruncatedError, 1, ()),
        ("1307020001", DecodeError, 1, ()),
        ("131300020001", DecodeError, 1, ()),
        ("130903050102", TruncatedError, 3, ("[0]",)),
        ("13090284ff", TruncatedError, 3, ("[0]",)),
    ],
)
def test_errors_point_at_the_octet(axdr, hexed, error, offset, path):
    found = refused(axdr, hexed)
    assert (type(found), found.offset, found.path) == (error, offset, path)


@pytest.mark.parametrize(
    "hexed",
    [
        "130000",
        "13000400010002",
        "1302000400010002",
        "13020300000004" + "00010002",
        "1301ffff000400010002",
        "1301ffffff00",
        "1301ffff01ffff01ffff0000",
        "1301ffff01ffff01ffff01ffff01ffff01ffff000400010002",
        "130100001100",
        "13028100" + "00" * 255 + "11" + "0101",
    ],
)
def test_compact_arrays_cannot_make_values_out_of_nothing(axdr, hexed):
    refused(axdr, hexed)


def test_null_data_beside_real_columns_of_a_compact_array(axdr):
    assert value(axdr, "1302031100ff020506") == [[5, None, DONT_CARE], [6, None, DONT_CARE]]


@pytest.mark.parametrize("tags", [(1,), (2,), (1, 2)])
def test_depth_is_bounded(axdr, tags):
    def nest(depth):
        return b"".join(bytes((tags[index % len(tags)], 1)) for index in range(depth))

    assert axdr.measure(nest(32) + b"\x00") == 65
    error = refused(axdr, (nest(33) + b"\x00").hex())
    assert type(error) is LimitError
    assert error.offset == 64
    assert len(error.path) == 32
    assert type(refused(axdr, (nest(100_000) + b"\x00").hex())) is LimitError
    assert type(refused(axdr, (nest(100_000) + b"\x00").hex(), depth=1_000_000)) is LimitError
    assert type(refused(axdr, "0100", depth=0)) is LimitError


def test_depth_of_type_descriptions_is_bounded(axdr):
    assert type(refused(axdr, "13" + "0201" * 10_000 + "1100")) is LimitError
    assert type(refused(axdr, "13" + "010001" * 10_000 + "1100")) is LimitError


@pytest.mark.parametrize("length", ["8103", "820003", "83000003", "8400000003"])
def test_longer_forms_of_a_length(axdr, length):
    assert value(axdr, "09" + length + "414243") == b"ABC"
    assert value(axdr, "01" + length + "110111011101") == [1, 1, 1]
    assert value(axdr, "1311" + length + "010203") == [1, 2, 3]
    for prefix, where in (("09", 1), ("0a", 1), ("020109", 3)):
        assert axdr.survey(bytes.fromhex(prefix + length + "414243"))[1] == where
    assert axdr.survey(bytes.fromhex("0903414243"))[1] == -1
    assert axdr.survey(bytes((9, 0x81, 0x80)) + bytes(128))[1] == -1


@pytest.mark.parametrize(
    ("length", "hexed"),
    [
        (0, "00"),
        (127, "7f"),
        (128, "8180"),
        (255, "81ff"),
        (256, "820100"),
        (65536, "83010000"),
        (1 << 24, "8401000000"),
    ],
)
def test_lengths(axdr, length, hexed):
    octets = bytes.fromhex(hexed)
    assert axdr.encode_length(length) == octets
    assert axdr.read_length(octets) == (length, len(octets))
    assert axdr.read_length(b"\x00" + octets, 1) == (length, len(octets) + 1)


def test_lengths_that_cannot_be(axdr):
    for length in (-1, 1 << 32, 1 << 70):
        with pytest.raises(EncodeError):
            axdr.encode_length(length)
    with pytest.raises(TruncatedError):
        axdr.read_length(b"")


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_buffer_and_offset(axdr, kind):
    octets = kind(b"\xaa\x02\x01\x11\x07\xbb")
    assert axdr.decode_value(octets, 1) == ([7], 5)
    assert axdr.measure(octets, 1) == 5
    for offset in (-1, 7, 1 << 70):
        with pytest.raises(DecodeError):
            axdr.measure(octets, offset)
    with pytest.raises(TruncatedError):
        axdr.measure(octets, 6)


def test_tree_gives_types_and_places(axdr):
    node, _ = axdr.decode_tree(bytes.fromhex("0202036109810141"))
    assert node == Node(
        DataType.STRUCTURE, (Node(3, True, 2, 4, b"\x61"), Node(9, b"A", 4, 8, bytes.fromhex("810141"))), 0, 8
    )


def test_nodes_need_no_places_to_be_encoded(axdr):
    node = Node(2, (Node(17, 5), Node(9, b"A"), Node(19, (Node(18, 1), Node(18, 2)), form=b"\x12")))
    assert axdr.encode_tree(node).hex() == "0203110509014113120400010002"
    for wrong in (Node(7, 1), Node(256, 1), Node(-1, 1), Node(17, 300), Node(19, (), form=b"\x07"), Node(19, ())):
        with pytest.raises(EncodeError):
            axdr.encode_tree(wrong)


@pytest.mark.parametrize(
    ("tag", "wrong"),
    [
        (0, 0), (255, None), (3, 1), (4, "01"), (9, "text"), (9, 5), (10, "ä"), (10, 5), (12, "\ud800"), (1, []),
        (19, []), (23, "1"), (23, True), (23, 1e300), (24, 10**400), (25, b""), (26, CosemTime()), (7, 1),
        (256, 1), (-1, 1),
    ],
)  # fmt: skip
def test_values_of_a_wrong_kind_are_refused(axdr, tag, wrong):
    with pytest.raises(EncodeError):
        axdr.encode_scalar(tag, wrong)


def test_work_is_linear(axdr):
    """Inputs of 200 kB that make many objects or fail late; the test's own time limit is the bound."""
    assert axdr.measure(bytes.fromhex("01830186a0") + b"\x01\x00" * 100_000) == 200_005
    assert len(axdr.decode_value(bytes.fromhex("0183030d40") + bytes(200_000))[0]) == 200_000
    refused(axdr, "01830186a0" + "0100" * 99_999)
    refused(axdr, "1302830186a0" + "00" * 100_000 + "830186a0" + "00" * 100_000)
    refused(axdr, "130283010000" + "ff" * 65_536 + "00")


@pytest.mark.parametrize(
    ("description", "element"),
    [
        ("0203110612", "01" + "00000002" + "0003"),
        ("02020201110202" + "0612", "01" + "00000002" + "0003"),
        ("02030911020204" + "09", "0141" + "07" + "09ffff" + "020102"),
        ("02020100020916", "0141" + "024142" + "1b"),
        ("020201000209" + "01000211", "0141" + "8100" + "0102"),
        ("02021101012c09", "07" + "00" * 300),
        ("020301012c020109" + "01012c0904", "0141" * 300 + "00" * 300 + "0401"),
        ("010002020201012c0909", ("00" * 300 + "0141") * 2),
        ("0100020202020111020112", "010002" * 2),
    ],
)
def test_contents_are_measured_as_they_are_read(axdr, description, element):
    """Every cut, on the walk that makes values and on the one that only measures."""
    octets = bytes.fromhex(element)
    head = b"\x13" + bytes.fromhex(description)
    contents = octets * 3
    whole = value(axdr, (head + axdr.encode_length(len(contents)) + contents).hex())
    assert len(whole) == 3
    few = max(1, len(octets) // 20)
    for cut in range(1, len(octets), few):
        short = contents[:-cut]
        refused(axdr, (head + axdr.encode_length(len(short)) + short).hex())
    broken = bytearray(contents)
    for at in range(len(octets) * 2, len(contents), few):
        broken[at] = 0x80
        data = head + axdr.encode_length(len(broken)) + broken
        try:
            end = axdr.measure(data)
        except DecodeError:
            refused(axdr, data.hex())
        else:
            assert value(axdr, data[:end].hex())
        broken[at] = contents[at]


def test_repeated_arrays_are_not_walked_again(axdr):
    """One element of 65,535 strings that ends one octet early: the error is found without a second walk."""
    description = bytes.fromhex("0202" + "01ffff020109" + "11")
    contents = bytes(65_535)
    head = b"\x13" + description + axdr.encode_length(len(contents))
    error = refused(axdr, (head + contents).hex())
    assert (error.offset, error.path) == (len(head) + 65_535, ("[0]", "[1]"))
    error = refused(axdr, (b"\x13" + description + axdr.encode_length(65_534) + contents[1:]).hex())
    assert (error.offset, error.path) == (len(head) + 65_534, ("[0]", "[0]", "[65534]", "[0]"))
