"""The invariants of fuzz/axdr.py and fuzz/obis.py, on every octet changed and every cut of real Data."""

import importlib.util
import json
from pathlib import Path

import pytest

FUZZ = Path(__file__).parents[2] / "fuzz"

VECTORS = Path(__file__).parents[1] / "vectors" / "axdr-data.jsonl"
REAL = {json.loads(line)["hex"] for line in VECTORS.read_text("ascii").splitlines()}
# Types that no vector has: floats, texts, dates, null and dont-care.
MADE = "020617c2ed400018c05da80000000000000c02c3a4ff19ffffffffffffffffff8000ff"
SEEDS = [*sorted(seed for seed in REAL if len(seed) <= 240), MADE]
TEXTS = ["1-0:1.8.0*255", "1.0.1.8.0.255", "0100010800FF", "1-*:1.8.*", "C.1.0*01"]


def load(name):
    spec = importlib.util.spec_from_file_location(f"fuzz_{name}", FUZZ / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


axdr = load("axdr")
obis = load("obis")


@pytest.mark.parametrize("seed", SEEDS)
def test_data_cut_or_with_one_octet_changed(seed):
    octets = bytes.fromhex(seed)
    assert axdr.check(octets)
    assert not any(axdr.check(octets[:cut]) for cut in range(len(octets)))
    for at in range(len(octets)):
        for value in (0x00, 0x01, 0x02, 0x13, 0x7F, 0x80, 0x81, 0x84, 0xFF, octets[at] ^ 0x01):
            axdr.check(octets[:at] + bytes((value,)) + octets[at + 1 :])


@pytest.mark.parametrize("tag", range(256))
def test_every_tag(tag):
    for rest in ("", "00", "01", "0100", "8000000000000000", "ff" * 12, "00" * 12, "0c" + "00" * 12):
        axdr.check(bytes((tag,)) + bytes.fromhex(rest))
        axdr.check(bytes((0x13, tag)) + bytes.fromhex(rest))


@pytest.mark.parametrize("seed", TEXTS)
def test_texts_cut_or_with_one_character_changed(seed):
    assert obis.check(seed)
    for at in range(len(seed)):
        obis.check(seed[:at])
        for character in "09*&.:-CF \x00\uff11\udc80":
            obis.check(seed[:at] + character + seed[at + 1 :])
            obis.check(seed[:at] + character + seed[at:])
