"""The harness of test_vectors.py can fail, and leaves out what is not there yet."""

from __future__ import annotations

import pytest
from vector_forms.families import not_yet
from vector_forms.vector import Vector
from vector_forms.verdict import EXACT, REFUSED, differences, judge

FORM = {"apdu": "get-response-normal", "invoke_id_and_priority": 193, "result": {"data": {"t": "long", "v": 27}}}


def vector(octets: str = "c401c10010001b", expected: object = FORM, **more: object) -> Vector:
    return Vector("id", "apdu", octets, expected, **more)  # type: ignore[arg-type]


def test_an_exact_vector() -> None:
    assert judge(vector()) == (EXACT, [])


@pytest.mark.parametrize(
    ("case", "what"),
    [
        (vector("c401c10010001c"), "expected 27, found 28"),
        (vector("c401c100120001b"[:14]), "expected 'long', found 'long-unsigned'"),
        (vector(quirks=("some-quirk",)), "quirks: expected"),
        (vector(quirks=("some-quirk",)), "must be refused in strict mode"),
        (vector(context={"must_fail": True}), "must be refused, but gave"),
        (vector(context={"must_fail_strict": True}), "must be refused in strict mode"),
        (vector(expected=FORM | {"more": 1}), ".more: missing"),
        (vector(expected={"apdu": "get-response-normal"}), ".result: not expected"),
    ],
)
def test_what_differs_is_named(case: Vector, what: str) -> None:
    _, found = judge(case)
    assert any(what in line for line in found), found


def test_a_refusal_that_is_marked() -> None:
    assert judge(vector("c401", context={"must_fail": True})) == (REFUSED, [])


def test_true_is_not_one() -> None:
    assert list(differences({"v": 1}, {"v": True}))
    assert not list(differences({"v": 1, "readings": []}, {"v": 1}))


def test_what_is_not_there_yet_has_a_name() -> None:
    assert not_yet(vector()) is None
    assert not_yet(vector(expected={"apdu": "ping-request"})) == "ping-request"
    assert not_yet(vector(expected={"frames": [{"apdu": {"apdu": "discover-request"}}]})) == "discover-request"
    assert not_yet(Vector("id", "dl-t-645", "", {})) == "dl-t-645"
    assert not_yet(Vector("id", "security", "", {}, context={"kind": "hls-sha256"})) == "hls-sha256"


def test_blocks_of_a_dialogue_are_put_together() -> None:
    blocks = ("c402c1000000000100020600", "c402c101000000020003000016")
    frames = tuple({"dir": "s2c", "hex": block} for block in blocks)
    decoded = [
        {"apdu": "get-response-with-datablock", "invoke_id_and_priority": 193, "last_block": index == 2}
        | {"block_number": index, "raw": raw}
        for index, raw in ((1, "0600"), (2, "000016"))
    ]
    expected = {"frames": [{"layer": "apdu", "decoded": form} for form in decoded]}
    for whole in ("0600000016", {"t": "double-long-unsigned", "v": 22}, ["0600000016"]):
        dialogue = Vector("id", "session", None, expected | {"reassembled": whole}, frames=frames)
        assert judge(dialogue) == (EXACT, [])
    (difference,) = judge(Vector("id", "session", None, expected | {"reassembled": "06"}, frames=frames))[1]
    assert difference.startswith(".reassembled: expected")


def test_results_of_short_names_are_told_apart() -> None:
    results = [{"data": {"t": "unsigned", "v": 7}}, {"data-access-error": "object-undefined"}, {"block-number": 5}]
    assert judge(vector("0c03001107" + "0104" + "030005", {"apdu": "read-response", "results": results})) == (EXACT, [])
    written = {"apdu": "write-response", "results": [{"success": None}, {"data-access-result": "object-undefined"}]}
    assert judge(vector("0d02" + "00" + "0104", written)) == (EXACT, [])
    assert judge(vector("0d02" + "00" + "0103", written))[1]
