"""What holds for all Data, on both builds of the kernel."""

import math

import pytest
from codec.builds import AXDR, FCS
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.codec import ber
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.codec.values import Node
from dlmskit.exceptions import DecodeError
from dlmskit.obis import Obis, ObisPattern
from dlmskit.testing import trees

BUILDS = list(AXDR.values())
PYTHON = AXDR["py"]


def attempt(call, *arguments):
    """The result and no error, or no result and the error."""
    try:
        return call(*arguments), None
    except DecodeError as error:
        return None, error


def outcome(call, *arguments):
    """The result, or all that an error says, in a form that can be compared (NaN equals itself)."""
    result, error = attempt(call, *arguments)
    return repr(result) if error is None else (type(error), error.reason, error.offset, error.path)


def bare(node):
    value = tuple(map(bare, node.value)) if node.tag in (1, 2, 19) else node.value
    return Node(node.tag, value, form=node.form)


@pytest.mark.parametrize("axdr", BUILDS, ids=AXDR.keys())
@given(tree=trees.trees)
def test_trees_round_trip(axdr, tree):
    octets = axdr.encode_tree(tree)
    node, end = axdr.decode_tree(octets)
    assert end == len(octets)
    assert bare(node) == tree
    assert axdr.encode_tree(node) == octets
    assert axdr.decode_value(octets) == (trees.plain(tree), end)
    assert axdr.survey(octets) == (end, -1)


@pytest.mark.parametrize("axdr", BUILDS, ids=AXDR.keys())
@given(octets=st.one_of(trees.mutated(), trees.noise), offset=st.integers(0, 3))
def test_any_octets_are_data_or_a_decode_error(axdr, octets, offset):
    """All walks agree on the end or on the error, and what was decoded encodes to the same octets."""
    seen = {outcome(lambda walk=walk: walk(octets, offset)[1]) for walk in (axdr.decode_value, axdr.decode_tree)}
    seen.add(outcome(axdr.measure, octets, offset))
    assert len(seen) == 1
    found = seen.pop()
    if isinstance(found, str):
        node, end = axdr.decode_tree(octets, offset)
        assert axdr.encode_tree(node) == octets[offset:end]
        assert outcome(Data.from_bytes, octets[offset:end]) == repr(Data(octets[offset:end]))
    else:
        assert 0 <= found[2] <= max(len(octets), 0) or offset > len(octets)


@given(octets=st.one_of(trees.trees.map(PYTHON.encode_tree), trees.mutated(), trees.noise), offset=st.integers(0, 3))
def test_builds_agree(octets, offset):
    for name in ("survey", "measure", "decode_value", "decode_tree", "read_length"):
        assert len({outcome(getattr(build, name), octets, offset) for build in BUILDS}) == 1
    for depth in (0, 1, 3):
        assert len({outcome(build.measure, octets, 0, depth) for build in BUILDS}) == 1


@given(tree=trees.trees)
def test_builds_encode_alike(tree):
    assert len({build.encode_tree(tree) for build in BUILDS}) == 1


@given(
    tag=st.integers(0, 255), value=st.one_of(*trees.SCALARS.values(), st.integers(), st.floats(), st.text(max_size=5))
)
def test_builds_encode_scalars_alike(tag, value):
    """Values of any kind for any type: the same octets or the same refusal."""

    def encoded(build):
        try:
            return build.encode_scalar(tag, value)
        except ValueError as error:
            return type(error), str(error)

    assert len({encoded(build) for build in BUILDS}) == 1


@given(
    tags=st.lists(st.sampled_from(sorted(set(trees.SCALARS) - {0, 255})), min_size=1, max_size=5),
    data=st.data(),
)
def test_rows_round_trip_as_array_and_as_compact_array(tags, data):
    rows = data.draw(st.lists(st.tuples(*(trees.SCALARS[tag] for tag in tags)).map(list), max_size=6))
    description = bytes((2, len(tags), *tags))
    for build in BUILDS:
        contents = build.encode_items(description, rows, False)
        compact = b"\x13" + description + build.encode_length(len(contents)) + contents
        assert build.decode_value(compact) == (rows, len(compact))
        array = b"\x01" + build.encode_length(len(rows)) + build.encode_items(description, rows, True)
        assert build.decode_value(array) == (rows, len(array))


@given(
    description=st.lists(st.sampled_from([0, 6, 5, 9, 17, 15, 20, 21, 18, 10, 3, 7, 1]), max_size=4).map(
        lambda tags: bytes((2, len(tags), *tags))
    ),
    rows=st.lists(
        st.lists(st.integers() | st.binary(max_size=200) | st.none() | st.booleans() | st.text(max_size=3), max_size=4)
        | st.integers()
    ),
    tagged=st.booleans(),
    data=st.data(),
)
def test_builds_encode_rows_alike(description, rows, tagged, data):
    """Rows that may not fit: the same octets or the same refusal."""
    width = len(description) - 2
    cells = [trees.SCALARS.get(tag, st.none()) for tag in description[2:]]
    rows += data.draw(st.lists(st.tuples(*cells).map(list), max_size=3))
    rows = data.draw(st.permutations(rows)) if width else rows

    def encoded(build):
        try:
            return build.encode_items(description, rows, tagged, b"head")
        except ValueError as error:
            return type(error), str(error)

    assert len({encoded(build) for build in BUILDS}) == 1


@given(tree=trees.trees, data=st.data())
def test_a_cut_anywhere_is_refused(tree, data):
    octets = PYTHON.encode_tree(tree)
    cut = data.draw(st.integers(0, len(octets) - 1))
    for build in BUILDS:
        with pytest.raises(DecodeError) as caught:
            build.measure(octets[:cut])
        assert 0 <= caught.value.offset <= cut


@given(value=st.floats(), tag=st.sampled_from([23, 24]), octets=st.binary(min_size=8, max_size=8))
def test_every_float_keeps_its_octets(value, tag, octets):
    body = octets[: 4 if tag == 23 else 8]
    for build in BUILDS:
        node, _ = build.decode_tree(bytes((tag,)) + body)
        assert build.encode_tree(node) == bytes((tag,)) + body
        if not math.isnan(value):
            assert build.decode_value(b"\x18" + build.encode_scalar(24, value))[0] == value


@given(value=trees.date_times)
def test_date_times_round_trip(value):
    assert CosemDateTime.from_bytes(value.to_bytes()) == value


@given(octets=st.binary(max_size=14))
def test_any_octets_are_a_date_time_or_a_decode_error(octets):
    value, error = attempt(CosemDateTime.from_bytes, octets)
    if error is not None:
        assert 0 <= error.offset <= len(octets)
        return
    assert value.to_bytes() == octets
    moment, error = attempt(value.to_datetime)
    assert error is not None or CosemDateTime.from_datetime(moment).to_datetime() == moment


@given(moment=st.datetimes(timezones=st.timezones()))
def test_datetimes_round_trip_to_hundredths(moment):
    if moment.utcoffset().total_seconds() % 60:
        return
    # By fields and offset: Python never calls times in a doubled or missing hour equal across zones.
    kept = moment.replace(microsecond=moment.microsecond // 10_000 * 10_000, tzinfo=None, fold=0)
    for turned in (False, True):
        written = CosemDateTime.from_datetime(moment, reversed_deviation=turned)
        back = CosemDateTime.from_bytes(written.to_bytes()).to_datetime(reversed_deviation=turned)
        assert (back.replace(tzinfo=None), back.utcoffset()) == (kept, moment.utcoffset())


@given(octets=st.binary(min_size=6, max_size=6))
def test_obis_codes_round_trip_in_every_spelling(octets):
    obis = Obis.from_bytes(octets)
    for text in (str(obis), obis.dotted, octets.hex(), str(obis).replace("*", "&"), str(obis).replace("*", ".")):
        assert Obis.parse(text) == obis
        assert ObisPattern.parse(text).matches(obis)


@given(text=st.one_of(st.text(max_size=30), st.text("0123456789-:.*&CF", max_size=20)))
def test_any_text_is_a_code_or_a_decode_error(text):
    for parse in (Obis.parse, ObisPattern.parse):
        parsed, error = attempt(parse, text)
        assert 0 <= error.offset <= len(text) if error else parse(str(parsed)) == parsed


@given(octets=st.binary(max_size=300), start=st.integers(-2, 310), end=st.one_of(st.none(), st.integers(0, 310)))
def test_check_sequences_agree(octets, start, end):
    assert len({build.fcs16(octets, start, end) for build in FCS.values()}) == 1


@given(octets=st.binary(max_size=40))
def test_any_octets_are_ber_or_a_decode_error(octets):
    elements, error = attempt(lambda: list(ber.tlvs(octets)))
    if error is not None:
        assert 0 <= error.offset <= len(octets)
    else:
        assert [element.offset for element in elements] == [0, *(element.end for element in elements)][: len(elements)]
    text, error = attempt(ber.decode_oid, octets)
    assert 0 <= error.offset <= len(octets) if error else ber.encode_oid(text) == octets
