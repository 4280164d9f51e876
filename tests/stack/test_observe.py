"""The observer explains what the vectors hold, says why it stops, and never raises."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlmskit.apdu import DataNotification, GetRequestNormal, GetResponseNormal
from dlmskit.security.keys import KeySet
from dlmskit.stack.observe import Layer, Observer, operations
from dlmskit.stack.transcript import Octets

VECTORS = Path(__file__).parent.parent / "vectors"
FRAMED = ("hdlc-frame", "wrapper", "mbus-frame")
GET = bytes.fromhex("c001c1000101002a0000ff0200")
KAIFA_KEY = bytes.fromhex("36c66639e48a8ca4d6bc8b282a793bbb")


def vectors(*families: str) -> Iterator[dict[str, Any]]:
    for family in families:
        for line in (VECTORS / f"{family}.jsonl").read_text().splitlines():
            yield json.loads(line)


def keys_of(vector: dict[str, Any]) -> KeySet | None:
    context = vector.get("context") or {}
    known = {name: bytes.fromhex(context[name]) for name in ("guek", "gak", "dedicated_key") if context.get(name)}
    return KeySet(**known, suite=2 if any(len(key) == 32 for key in known.values()) else 0) if known else None


def explain(vector: dict[str, Any]) -> tuple[Observer, Layer]:
    keys = keys_of(vector)
    title = (vector.get("context") or {}).get("system_title")
    observer = Observer(
        (lambda asked: keys) if keys is not None else None,
        system_title=bytes.fromhex(title) if title else None,
        allow_unauthenticated=True,
    )
    return observer, observer.explain(bytes.fromhex(vector["hex"]))


def places(layer: Layer, size: int) -> None:
    """Every part lies within the octets that its offsets count in."""
    for part in (*layer.fields, *layer.children):
        assert 0 <= part.offset <= part.end <= size, part
    for child in layer.children:
        places(child, size if child.octets is None else len(child.octets))


@pytest.mark.parametrize("family", [*FRAMED, "apdu", "axdr-data", "iec62056-21", "p1"])
def test_every_vector_is_explained_within_its_octets(family: str) -> None:
    for vector in vectors(family):
        _, tree = explain(vector)
        places(tree, len(vector["hex"]) // 2)
        json.dumps(tree.to_dict())
        if (vector.get("context") or {}).get("must_fail"):
            assert tree.problems(), vector["id"]


@pytest.mark.parametrize("family", ["axdr-data", "apdu", *FRAMED])
def test_a_good_vector_has_no_wrong_octets(family: str) -> None:
    for vector in vectors(family):
        context = vector.get("context") or {}
        if context.get("must_fail") or context.get("opaque_payload"):
            continue
        _, tree = explain(vector)
        assert [problem for problem in tree.problems() if problem.kind in ("octets", "security")] == [], vector["id"]


def test_quirks_of_the_vectors_are_named() -> None:
    named = 0
    for vector in vectors(*FRAMED, "apdu"):
        for quirk in vector.get("quirks") or ():
            _, tree = explain(vector)
            assert any(quirk in layer.quirks for layer in tree.walk()), vector["id"]
            named += 1
    assert named


def test_a_real_push_in_two_mbus_frames_is_deciphered() -> None:
    (vector,) = [v for v in vectors("mbus-frame") if v["id"] == "mbus-frame-cfd652eb1b18"]
    observer, tree = explain(vector)
    assert [layer.name for layer in tree.children] == ["mbus-frame", "mbus-frame"]
    (message,) = observer.messages
    assert isinstance(message.apdu, DataNotification)
    assert message.origin is not None
    assert message.origin.system_title == b"KFMgP\x00\x00\x09"
    assert not message.origin.authenticated
    names = [layer.name for layer in tree.walk()]
    assert names.index("reassembled") < names.index("general-glo-ciphering") < names.index("data-notification")


def test_without_a_key_it_says_so_and_where() -> None:
    (vector,) = [v for v in vectors("mbus-frame") if v["id"] == "mbus-frame-cfd652eb1b18"]
    (problem,) = Observer().explain(bytes.fromhex(vector["hex"])).problems()
    assert problem.kind == "key"
    assert "4B464D6750000009" in problem.reason


def test_a_wrong_key_is_no_key_shown() -> None:
    (vector,) = [v for v in vectors("mbus-frame") if v["id"] == "mbus-frame-cfd652eb1b18"]
    wrong = KeySet(bytes(16), bytes(range(16)))
    tree = Observer(lambda title: wrong).explain(bytes.fromhex(vector["hex"]))
    (problem,) = tree.problems()
    assert problem.kind == "security"
    assert bytes(range(16)).hex() not in json.dumps(tree.to_dict())


def test_a_password_in_an_aarq_is_not_shown() -> None:
    names = "6036a1090607608574050801018a0207808b0760857405080201"
    aarq = names + "ac0a80083132333435363738be10040e01000000065f1f0400007e1fffff"
    tree = Observer().explain(bytes.fromhex(aarq))
    shown = json.dumps(tree.to_dict())
    assert not tree.problems()
    assert "12345678" not in shown
    assert "3132333435363738" not in shown
    assert "hidden" in shown


def test_fields_stand_where_they_are() -> None:
    (request,) = Observer().explain(GET).children
    (attribute,) = request.children
    assert [(field.name, field.value, field.offset, field.end) for field in attribute.fields][:1] == [
        ("class-id", 1, 3, 5)
    ]
    assert [(str(field.value), field.offset, field.end) for field in attribute.fields][1:] == [
        ("1-0:42.0.0*255", 5, 11),
        ("2", 11, 12),
    ]


def test_a_broken_data_is_shown_as_far_as_it_goes() -> None:
    tree = Observer().explain(bytes.fromhex("c401c1000203120001120002"))
    (problem,) = tree.problems()
    assert problem.offset == 12
    structure = next(layer for layer in tree.walk() if layer.name == "structure")
    assert [child.value for child in structure.children] == [1, 2]
    assert structure.note == "3 elements announced"


def test_octets_that_are_nothing_are_named() -> None:
    for octets, words in (
        (b"", "no octets"),
        (b"\xff\xff", "octets after the Data"),
        (b"\x99\x01", "99 begins no frame"),
    ):
        assert words in Observer().explain(octets).problems()[0].reason


def test_a_frame_behind_noise_is_found() -> None:
    (vector, *_) = [v for v in vectors("hdlc-frame") if not (v.get("context") or {}).get("must_fail")]
    octets = bytes.fromhex(vector["hex"])
    tree = Observer().explain(b"\x99\x98" + octets)
    assert tree.children[0].name == "noise"
    assert tree.children[1].name.startswith("hdlc-frame")
    assert tree.children[1].offset == 2


@pytest.mark.parametrize("cut", [1, 3, 7])
def test_a_stream_in_pieces_gives_the_same_frames(cut: int) -> None:
    for vector in vectors(*FRAMED):
        octets = bytes.fromhex(vector["hex"])
        whole, pieces = Observer(), Observer()
        expected = [*whole.feed(octets), *whole.finish()]
        found: list[Layer] = []
        for at in range(0, len(octets), cut):
            found += pieces.feed(octets[at : at + cut])
        found += pieces.finish()
        good = [layer for layer in expected if not layer.problems()]
        assert [layer for layer in found if not layer.problems()] == good, vector["id"]


def test_a_recorded_foreign_session_becomes_operations() -> None:
    told = 0
    for vector in vectors("session"):
        directions = {"c2s": "out", "s2c": "in"}
        entries = [Octets(0.0, directions[f["dir"]], f["hex"]) for f in vector["frames"]]  # type: ignore[arg-type]
        keys = keys_of(vector)
        found = operations(entries, (lambda asked, keys=keys: keys) if keys else None)
        told += len(found)
    assert told


def test_request_and_answer_are_put_together() -> None:
    answer = bytes.fromhex("c401c1000600bc614e")
    entries = [Octets(0.0, "out", wrapped(GET).hex()), Octets(0.1, "in", wrapped(answer).hex())]
    (observed,) = operations(entries)
    assert observed.answered
    assert observed.result.value == 12345678
    assert isinstance(GetRequestNormal.from_bytes(GET), GetRequestNormal)
    assert isinstance(GetResponseNormal.from_bytes(answer), GetResponseNormal)


def test_nesting_is_bounded() -> None:
    arrays = Observer().explain(b"\x01\x01" * 30_000)
    assert "nested too deep" in arrays.problems()[0].reason
    aarq = bytes.fromhex("a109060760857405080101")
    for _ in range(40):
        inner = b"\x60" + ber_length(len(aarq)) + aarq
        string = b"\x04" + ber_length(len(inner)) + inner
        aarq = bytes.fromhex("a109060760857405080101") + b"\xbe" + ber_length(len(string)) + string
    assert "APDUs within APDUs" in Observer().explain(b"\x60" + ber_length(len(aarq)) + aarq).problems()[0].reason


@pytest.mark.parametrize(
    "piece",
    [b"\x01R1", b"/ABC5\r\n", b"/ABC5\r\n\r\n", b"\x7e\xa0\x20", b"\x68\x10\x10\x68\x16", b"\x00\x01", b"\x02a("],
)
@pytest.mark.timeout(20)
def test_work_does_not_grow_faster_than_the_octets(piece: bytes) -> None:
    """Quadratic work on this many octets would take minutes."""
    layer = Observer().explain(piece * (128_000 // len(piece)))
    assert layer.end == 128_000 // len(piece) * len(piece)


def ber_length(length: int) -> bytes:
    return bytes([length]) if length < 0x80 else b"\x82" + length.to_bytes(2, "big")


def wrapped(apdu: bytes) -> bytes:
    return b"\x00\x01\x00\x10\x00\x01" + len(apdu).to_bytes(2, "big") + apdu


SEEDS = [bytes.fromhex(v["hex"]) for v in vectors(*FRAMED, "apdu", "axdr-data", "iec62056-21") if v.get("hex")]


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.binary(max_size=200), st.sampled_from(SEEDS)),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255))),
)
def test_nothing_that_is_observed_raises(octets: bytes, changes: list[tuple[int, int]]) -> None:
    changed = bytearray(octets)
    for place, value in changes:
        if place < len(changed):
            changed[place] = value
    keys = KeySet(bytes(16), bytes(16))
    tree = Observer(lambda title: keys, system_title=bytes(8), allow_unauthenticated=True).explain(bytes(changed))
    places(tree, len(changed))
    json.dumps(tree.to_dict())
    stream = Observer()
    stream.feed(bytes(changed))
    stream.finish()
    operations([Octets(0.0, "out", bytes(changed).hex()), Octets(0.0, "in", bytes(changed).hex())])
