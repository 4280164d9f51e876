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
from dlmskit.codec.iec21 import with_bcc
from dlmskit.link.hdlc import Control, FrameKind, HdlcAddress, HdlcFrame
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


def i_frame(number: int, information: bytes, *, more: bool = False) -> bytes:
    control = Control(FrameKind.I, True, number % 8, 0)
    return HdlcFrame(HdlcAddress(1), HdlcAddress(16), control, information, more).to_bytes()


LLC_GET = b"\xe6\xe6\x00" + GET


def gets(octets: bytes) -> tuple[int, list[str]]:
    observer = Observer()
    tree = observer.explain(octets)
    return len(observer.messages), [problem.reason for problem in tree.problems()]


def test_frames_that_are_sent_again_are_messages_once() -> None:
    twice = i_frame(0, LLC_GET[:5], more=True), i_frame(1, LLC_GET[5:])
    assert gets(b"".join(twice * 2)) == (1, [])
    assert gets(b"".join(i_frame(number, LLC_GET) for number in range(20))) == (20, [])


def test_a_new_link_counts_from_nought_again() -> None:
    snrm = HdlcFrame(HdlcAddress(1), HdlcAddress(16), Control(FrameKind.SNRM)).to_bytes()
    assert gets((snrm + i_frame(0, LLC_GET)) * 2) == (2, [])


def test_a_missing_segment_is_named_and_the_next_message_is_whole() -> None:
    segments = [LLC_GET[:5], LLC_GET[5:10], LLC_GET[10:]]
    frames = [i_frame(number, part, more=number < 2) for number, part in enumerate(segments)]
    count, reasons = gets(frames[0] + frames[2] + i_frame(3, LLC_GET))
    assert count == 1
    assert reasons == ["N(S)=2 where 1 was expected: segments before it are missing"]
    assert gets(frames[0] + i_frame(5, LLC_GET)) == (1, [])


def test_a_push_between_the_segments_of_an_answer_stays_apart() -> None:
    push = b"\xe6\xe7\x00" + bytes.fromhex("0f00000001000200")
    ui = HdlcFrame(HdlcAddress(1), HdlcAddress(16), Control(FrameKind.UI), push).to_bytes()
    assert gets(i_frame(0, LLC_GET[:5], more=True) + ui + i_frame(1, LLC_GET[5:])) == (2, [])


def test_endless_segments_of_many_senders_take_bounded_memory() -> None:
    observer = Observer()
    for sender in range(4096):
        frame = HdlcFrame(HdlcAddress(1), HdlcAddress(sender, 1, 4), Control(FrameKind.UI), bytes(100), True)
        observer.feed(frame.to_bytes())
    (problem,) = (problem for layer in observer.finish() for problem in layer.problems())
    assert problem.reason == "256 segments whose last one never came"
    part = HdlcFrame(HdlcAddress(1), HdlcAddress(1), Control(FrameKind.UI), bytes(2000), True).to_bytes()
    reasons = [problem.reason for layer in Observer().feed(part * 2200) for problem in layer.problems()]
    assert len(reasons) == 1
    assert reasons[0].startswith("apdu_octets")


@pytest.mark.parametrize("unit", ["7e", "02312e382e302830290d0a", "015235022f", "2f414141", "0252", "7ea7ff", "0606"])
@pytest.mark.timeout(20)
def test_octet_by_octet_costs_no_more_than_linear_work(unit: str) -> None:
    """A pass over what waits at each octet would take minutes."""
    observer = Observer()
    first, octets = unit[:2], bytes.fromhex(unit[2:])
    stream = bytes.fromhex(first) + (octets or b"\x7e") * (60_000 // max(len(octets), 1))
    for at in range(len(stream)):
        observer.feed(stream[at : at + 1])
    observer.finish()


def test_a_block_in_pieces_is_shown_once_and_whole() -> None:
    block = with_bcc(b"\x021.8.0(1*kWh)\r\n!\r\n\x03")
    for cut in range(1, len(block)):
        observer = Observer()
        layers = [*observer.feed(block[:cut]), *observer.feed(block[cut:]), *observer.finish()]
        assert [(layer.name, layer.problems()) for layer in layers] == [("iec21-data", [])], cut
