"""The fuzz targets run, on their seeds and a few hundred changes of them; what they find is made small."""

from __future__ import annotations

import importlib
import random
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from dlmskit.codec import axdr  # noqa: E402
from fuzz.mutate import broken, minimise, mutate  # noqa: E402
from fuzz.targets import TARGETS, check_of, seeds  # noqa: E402

BOTH_BUILDS = pytest.param("differential", marks=pytest.mark.skipif(not axdr.ACCELERATED, reason="pure build"))


@pytest.mark.parametrize("name", [BOTH_BUILDS if name == "differential" else name for name in TARGETS])
def test_targets_hold_on_seeds_and_changes_of_them(name: str) -> None:
    check, pool, chance = check_of(name), seeds(name), random.Random(1)
    for octets in pool:
        check(octets)
    for _ in range(200):
        check(mutate(chance.choice(pool), pool, chance)[:512])


# of every compiled module a function of the Python beside it, or the kernel's own where Python does nothing
ANSWERS = {
    "_axdr": "dlmskit.codec._axdr.measure",
    "_axdr_encode": "dlmskit.codec._axdr_encode.encode_tree",
    "_columns": "dlmskit.codec._columns.walk",
    "_strides": "dlmskit.codec._strides.gather",
    "_stamps": "dlmskit.codec._stamps.moments",
    "_fcs": "dlmskit.codec._fcs.fcs16",
    "_rows": "dlmskit.codec._axdr_encode.encode_items",
    "_fields": "dlmskit.apdu._fields.Fields.read",
    "_elements": "dlmskit.apdu._elements.Elements.read",
    "_hdlc": "dlmskit.link.hdlc.fast.write_frame",
    "_opening": "dlmskit.security._opening.opened",
    "_obis": "dlmskit._obis.octets_of",
}


@pytest.mark.skipif(not axdr.ACCELERATED, reason="pure build")
def test_every_compiled_module_is_held_equal_to_python(monkeypatch: pytest.MonkeyPatch) -> None:
    held = importlib.import_module("fuzz.differential").KERNELS
    compiled = {path.stem for path in (ROOT / "ext").rglob("*.p??")}
    assert compiled == set(held) == set(ANSWERS)
    for name, answer in ANSWERS.items():
        with monkeypatch.context() as patch:
            patch.setattr(answer, lambda *_, **__: b"another")
            assert any(broken(held[name], octets) for octets in seeds("differential")), name


def test_every_target_begins_with_its_invariant() -> None:
    for name in TARGETS:
        assert (ROOT / "fuzz" / f"{name}.py").read_text().startswith('"""Invariant: '), name


def test_a_finding_is_made_small() -> None:
    def check(octets: bytes) -> None:
        assert b"\x7e" not in octets

    noise = bytes(100) + b"\x7e" + bytes(100)
    assert isinstance(broken(check, noise), AssertionError)
    assert minimise(check, noise) == b"\x7e"


def test_the_runner_runs() -> None:
    command = [sys.executable, "-m", "fuzz", "obis", "--inputs", "500"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "500 inputs" in done.stdout
