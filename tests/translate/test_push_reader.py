"""A reader that has seen a push before says what `explain` says, whatever has changed in the octets since."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vector_forms.vector import load

from dlmskit.apdu import DataNotification, decode
from dlmskit.codec import data
from dlmskit.codec.axdr import encode_tree
from dlmskit.codec.data import Data
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError
from dlmskit.link.hdlc import FrameReader, HdlcFrame, llc
from dlmskit.model.push import PushField, PushTemplate
from dlmskit.model.registry import push_templates
from dlmskit.obis import Obis
from dlmskit.testing.trees import trees
from dlmskit.translate import push_reader
from dlmskit.translate.push import explain
from dlmskit.translate.push_reader import PushReader

VECTORS = Path(__file__).parents[1] / "vectors"
TEMPLATES = push_templates()
# The HAN port of a Swedish MA304H4, in frames with addresses of one and two octets
KAIFA = bytes.fromhex(
    "7ea11d01000110b0aee6e7000f4000000000022409060100000281ff09074b464d5f30303109060000600100ff0910373334303135"
    "3730333037333230343409060000600107ff09074d41333034483409060100010700ff060000024a09060100020700ff0600000000"
    "09060100030700ff060000000009060100040700ff0600000109090601001f0700ff060000012d09060100330700ff060000056909"
    "060100470700ff06000005ef09060100200700ff060000090f09060100340700ff060000090709060100480700ff06000009200906"
    "0000010000ff090c07e7081b0715202dffffc40009060100010800ff060107d8d009060100020800ff060000000009060100030800"
    "ff060000171e09060100040800ff06003bfaf201477e"
)


def _notifications() -> Iterator[DataNotification]:
    octets = [vector.octets for vector in load(VECTORS / "apdu.jsonl")]
    for vector in load(VECTORS / "hdlc-frame.jsonl"):
        frames = FrameReader().feed(vector.octets)
        octets += [llc.strip_push(frame.information) for frame in frames if isinstance(frame, HdlcFrame)]
    for each in octets:
        try:
            apdu = decode(each)
        except DecodeError:
            continue
        if isinstance(apdu, DataNotification):
            yield apdu


SEEDS = list(dict.fromkeys(_notifications()))


def swedish() -> DataNotification:
    (frame,) = FrameReader().feed(KAIFA)
    assert isinstance(frame, HdlcFrame)
    apdu = decode(llc.strip_push(frame.information))
    assert isinstance(apdu, DataNotification)
    return apdu


def changed(apdu: DataNotification, body: bytes) -> DataNotification | None:
    try:
        return DataNotification(apdu.long_invoke_id_and_priority, apdu.date_time, Data.from_bytes(body))
    except DecodeError:
        return None


def test_a_kaifa_push_with_codes_is_labelled_as_amshan_labels_it() -> None:
    for _ in range(2):
        readings = {str(each.obis): each for each in explain(swedish(), TEMPLATES).readings}
        assert all(each.scaled and each.name for each in readings.values())
        shown = {code: (each.value, each.unit and each.unit.symbol) for code, each in readings.items()}
        assert shown["1-0:1.7.0*255"] == (586, "W")
        assert shown["1-0:31.7.0*255"] == (Decimal("0.301"), "A")
        assert shown["1-0:32.7.0*255"] == (Decimal("231.9"), "V")
        assert shown["1-0:1.8.0*255"] == (17291472, "Wh")
        assert readings["1-0:1.8.0*255"].time == readings["0-0:1.0.0*255"].value


def test_the_second_push_of_a_kind_is_read_by_its_pattern(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = PushReader(TEMPLATES)
    first = reader.explain(swedish())
    monkeypatch.setattr(push_reader, "explained", None)
    assert reader.explain(swedish()) == first == explain(swedish(), TEMPLATES)
    body = bytearray(swedish().notification_body.to_bytes())
    body[body.index(b"\x01\x07\xd8\xd0")] = 0xFF
    apdu = changed(swedish(), bytes(body))
    assert apdu is not None
    assert reader.explain(apdu, authenticated=True) == explain(apdu, TEMPLATES, authenticated=True) != first


@pytest.mark.parametrize("seed", [*SEEDS, swedish()], ids=lambda seed: seed.to_bytes()[-8:].hex())
def test_after_any_change_of_an_octet(seed: DataNotification) -> None:
    reader = PushReader(TEMPLATES)
    body = seed.notification_body.to_bytes()
    assert reader.explain(seed) == reader.explain(seed) == explain(seed, TEMPLATES)
    step = max(1, len(body) // 150)
    for at in range(0, len(body), step):
        for other in (0, body[at] ^ 1, 0xFF):
            apdu = changed(seed, body[:at] + bytes((other,)) + body[at + 1 :])
            if apdu is not None:
                assert reader.explain(apdu) == explain(apdu, TEMPLATES), (at, other)
    without = DataNotification(0, None, seed.notification_body)
    assert reader.explain(without) == explain(without, TEMPLATES)


NUMBERS = st.integers(0, 2) | st.integers(0, 2**32 - 1)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=6))
def test_numbers_never_choose_between_templates_for_the_next_push(pushes: list[tuple[int, int]]) -> None:
    rows = [
        PushField(obis=Obis(1, 0, c, 7, 0), type=DataType.DOUBLE_LONG_UNSIGNED, scaler=s) for c, s in ((1, 0), (2, 0))
    ]
    unit = push_templates()[0].field[0].unit
    one = [PushField(obis=row.obis, type=row.type, unit=unit) for row in rows]
    other = [one[0], PushField(obis=one[1].obis, type=one[1].type, unit=unit, scaler=1)]
    loose = [one[0], PushField(obis=one[1].obis, type=one[1].type, scaler="unknown")]
    for fields in ((one, other), (loose,), (one,)):
        templates = [
            PushTemplate(str(number), "positions", "", "fictional", tuple(field)) for number, field in enumerate(fields)
        ]
        reader = PushReader(templates)
        for first, second in pushes:
            body = data.structure(data.double_long_unsigned(first), data.double_long_unsigned(second))
            apdu = DataNotification(0, bytes.fromhex("07e7081b0715202dffffc400"), body)
            assert reader.explain(apdu) == explain(apdu, templates)


@settings(max_examples=200, deadline=None)
@given(st.lists(trees, min_size=1, max_size=3))
def test_any_body_again_and_again(nodes: list[object]) -> None:
    reader = PushReader(TEMPLATES)
    for node in [*nodes, *nodes]:
        apdu = DataNotification(0, None, Data(encode_tree(node)))
        assert repr(reader.explain(apdu)) == repr(explain(apdu, TEMPLATES))


def test_without_templates_it_is_as_unscaled_as_before() -> None:
    reader = PushReader()
    assert reader.explain(swedish()) == reader.explain(swedish()) == explain(swedish())
