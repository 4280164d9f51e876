"""The kernels in C give the values, errors, offsets, paths and quirks of the Python classes, for any octets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vector_forms.vector import load

from dlmskit import apdu
from dlmskit.apdu import _elements, _fields, dispatch, elements, fields
from dlmskit.apdu.acse import AcseApdu
from dlmskit.apdu.sequence import Sequence
from dlmskit.enums import ApplicationContext, DataAccessResult, Mechanism
from dlmskit.exceptions import DlmskitError
from dlmskit.limits import DEFAULT_LIMITS, Limits, Tolerance
from dlmskit.obis import Obis
from dlmskit.testing.apdus import ANY, CLASSES, of_class

pytestmark = pytest.mark.skipif(not (fields.ACCELERATED and elements.ACCELERATED), reason="the kernels are not built")

VECTORS = Path(__file__).parents[1] / "vectors" / "apdu.jsonl"
SEEDS = sorted(
    {vector.octets for vector in load(VECTORS) if len(vector.octets) <= 300}, key=lambda seed: (len(seed), seed)
)


def _classes(base: type[Sequence]) -> Iterator[type[Sequence]]:
    for cls in base.__subclasses__():
        yield cls
        yield from _classes(cls)


SEQUENCES = list(_classes(Sequence))


@contextmanager
def python() -> Iterator[None]:
    """All classes read and written by Python."""
    short, dispatch._SHORT = dispatch._SHORT, {}
    kept = [(cls, cls.FIELDS) for cls in SEQUENCES]
    bodies = [(cls, cls.BODY) for cls in SEQUENCES if issubclass(cls, AcseApdu) and "BODY" in vars(cls)]
    for cls, _ in kept:
        cls.FIELDS = _fields.Fields(cls, cls.WIRES)
    for cls, _ in bodies:
        cls.BODY = _elements.Elements(cls, tuple(cls.ELEMENTS.values()))
    try:
        yield
    finally:
        dispatch._SHORT = short
        for cls, own in kept:
            cls.FIELDS = own
        for cls, body in bodies:
            cls.BODY = body


def read(octets: bytes, strict: bool, limits: Limits = DEFAULT_LIMITS) -> Any:
    tolerance = Tolerance(strict=strict)
    try:
        value = apdu.decode(octets, tolerance=tolerance, limits=limits)
    except DlmskitError as error:
        return type(error), error.args, tolerance.noticed
    return type(value), value, tolerance.noticed


def written(value: apdu.Apdu) -> Any:
    try:
        return value.to_bytes()
    except (DlmskitError, TypeError, AttributeError, ValueError) as error:
        return type(error), str(error)


def compare(inputs: list[bytes], limits: Limits = DEFAULT_LIMITS) -> None:
    cases = [(octets, strict) for octets in inputs for strict in (False, True)]
    found = [read(octets, strict, limits) for octets, strict in cases]
    with python():
        wanted = [read(octets, strict, limits) for octets, strict in cases]
    for case, one, other in zip(cases, found, wanted, strict=True):
        assert one == other, (case[0].hex(), case[1])


def test_the_python_classes_really_take_over() -> None:
    assert type(apdu.Aarq.BODY) is elements.Elements
    with python():
        assert type(apdu.GetRequestNormal.FIELDS) is _fields.Fields
        assert type(apdu.Aarq.BODY) is _elements.Elements
    assert type(apdu.GetRequestNormal.FIELDS) is fields.Fields is not _fields.Fields


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed[:12].hex())
def test_every_cut_and_every_changed_octet(seed: bytes) -> None:
    inputs = [seed, seed + b"\0", *(seed[:end] for end in range(len(seed)))]
    for at, octet in enumerate(seed[:64]):
        for other in (0, octet ^ 1, octet ^ 0x80, 0x81):
            inputs.append(seed[:at] + bytes((other,)) + seed[at + 1 :])
    compare(inputs)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_class_both_ways(cls: type[apdu.Apdu]) -> None:
    @settings(max_examples=25, deadline=None)
    @given(of_class(cls))
    def holds(value: apdu.Apdu) -> None:
        octets = written(value)
        with python():
            assert written(value) == octets
        compare([octets])

    holds()


@settings(max_examples=300, deadline=None)
@given(ANY, st.integers(0, 400), st.binary(max_size=4), st.integers(0, 3))
def test_octets_put_in_and_taken_out(value: apdu.Apdu, place: int, put: bytes, gone: int) -> None:
    octets = value.to_bytes()
    at = place % len(octets)
    compare([octets[:at] + put + octets[at + gone :]])


def test_limits_are_the_same() -> None:
    items = apdu.GetRequestWithList.HEAD + b"\xc1" + b"\x03" + 3 * bytes.fromhex("00030100010800ff0200")
    compare([items, items[:-1]], Limits(items=2))
    compare([items], Limits(apdu_octets=8))
    compare([bytes.fromhex("c401c100") + b"\x02\x01" * 5 + b"\x00"], Limits(depth=3))


class _Five(int):
    pass


@pytest.mark.parametrize(
    "value",
    [
        apdu.GetRequestNormal(0x100, apdu.AttributeDescriptor(1, Obis(0, 0, 1, 0, 0), 2)),
        apdu.GetRequestNormal(-1, apdu.AttributeDescriptor(1, Obis(0, 0, 1, 0, 0), 2)),
        apdu.GetRequestNormal(_Five(5), apdu.AttributeDescriptor(True, Obis(0, 0, 1, 0, 0), 2)),
        apdu.GetRequestNormal(1, apdu.AttributeDescriptor(1 << 70, Obis(0, 0, 1, 0, 0), 2)),
        apdu.GetRequestNormal(1, apdu.AttributeDescriptor(1, Obis(0, 0, 1, 0, 0), -128)),
        apdu.GetRequestNormal(1, apdu.AttributeDescriptor(1, Obis(0, 0, 1, 0, 0), -129)),
        apdu.GetRequestNormal(1, apdu.AttributeDescriptor(1, Obis(0, 0, 1, 0, 0), 128)),
        apdu.GetRequestNormal(1, None),
        apdu.GetRequestNormal("1", apdu.AttributeDescriptor(1, Obis(0, 0, 1, 0, 0), 1)),
        apdu.GetRequestNext(1, 0xFFFF_FFFF),
        apdu.GetRequestNext(1, 0x1_0000_0000),
        apdu.GetResponseNormal(1, "neither"),
        apdu.GetResponseNormal(1, 7),
        apdu.GetResponseWithDatablock(1, True, 1, bytearray(b"12")),
        apdu.GetResponseWithDatablock(1, 2, 1, bytes(70_000)),
        apdu.GetResponseWithList(1, [DataAccessResult.SUCCESS]),
        apdu.ActionResponseNormal(1, 250),
        apdu.ActionResponseNormal(1, 0),
        apdu.Aarq(application_context_name="2.16.756.5.8.1.1", user_information=bytes(300)),
        apdu.Aarq(application_context_name="nonsense"),
        apdu.Aarq(application_context_name=ApplicationContext.LN, calling_ap_title=b"short"),
        apdu.Aarq(application_context_name=ApplicationContext.LN, user_information=b""),
        apdu.Aarq(application_context_name=ApplicationContext.LN, user_information=bytes(0x7E)),
        apdu.Aarq(application_context_name=ApplicationContext.LN, calling_ae_invocation_id=0x80),
        apdu.Aarq(application_context_name=ApplicationContext.LN, calling_ae_invocation_id=1 << 40),
        apdu.Aarq(application_context_name=ApplicationContext.LN, unknown=((0xA2, b"\6\1\52"),)),
        apdu.Aarq(application_context_name=Mechanism.LOW),
        apdu.Rlrq(reason=-1),
    ],
    ids=repr,
)
def test_values_that_may_not_fit(value: apdu.Apdu) -> None:
    found = written(value)
    with python():
        assert written(value) == found


def test_every_number_of_a_diagnostic() -> None:
    """Below zero too; under the sanitizer a shift of these was found."""
    for octets in (seed for seed in SEEDS if seed[:1] == b"\x61" and b"\xa3\x05" in seed):
        place = octets.index(b"\xa3\x05") + 6
        compare([octets[:place] + bytes((number,)) + octets[place + 1 :] for number in (0, 1, 0x7F, 0x80, 0xFE, 0xFF)])
