"""Any octets are an APDU or raise `DecodeError`; what is encoded decodes to itself. See fuzz/apdu.py."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vector_forms.vector import load

from dlmskit import apdu
from dlmskit.exceptions import DecodeError, TruncatedError
from dlmskit.testing.apdus import CLASSES, SELF_DELIMITING, of_class

ROOT = Path(__file__).parents[2]
_SPEC = importlib.util.spec_from_file_location("fuzz_apdu", ROOT / "fuzz" / "apdu.py")
assert _SPEC is not None
assert _SPEC.loader is not None
fuzz = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(fuzz)

SEEDS = [vector.octets for vector in load(ROOT / "tests" / "vectors" / "apdu.jsonl")]
HEADS = sorted({cls.HEAD for cls in apdu.SUPPORTED} | {bytes((tag,)) for tag in (*apdu.SERVICE_NAMES, *apdu.NOT_YET)})


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_class_decodes_what_it_encodes(cls: type[apdu.Apdu]) -> None:
    @settings(max_examples=30, deadline=None)
    @given(of_class(cls))
    def holds(value: apdu.Apdu) -> None:
        octets = value.to_bytes()
        decoded = apdu.decode(octets)
        assert decoded == value
        assert type(decoded) is cls
        assert cls.from_bytes(octets) == value
        assert fuzz.check(octets)

    holds()


@settings(max_examples=150, deadline=None)
@given(SELF_DELIMITING)
def test_every_cut_is_refused_at_an_offset_within_it(value: apdu.Apdu) -> None:
    octets = value.to_bytes()
    for end in range(min(len(octets), 60)):
        with pytest.raises(TruncatedError) as cut:
            apdu.decode(octets[:end])
        assert 0 <= cut.value.offset <= end
    with pytest.raises(DecodeError) as caught:
        apdu.decode(octets + b"\0")
    assert caught.value.offset <= len(octets)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(HEADS), st.binary(max_size=60))
def test_noise_behind_every_head(head: bytes, noise: bytes) -> None:
    fuzz.check(head + noise)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(SEEDS), st.integers(0, 10_000), st.integers(0, 255), st.booleans())
def test_real_apdus_with_an_octet_changed(seed: bytes, place: int, octet: int, insert: bool) -> None:
    at = place % len(seed)
    fuzz.check(seed[:at] + bytes((octet,)) + seed[at + (not insert) :])


@given(st.binary(max_size=40))
def test_noise(noise: bytes) -> None:
    fuzz.check(noise)
