"""Vectors made by others decode to what they should, are refused where marked, and encode to the same octets again.

``python -m pytest tests/test_vectors.py --vectors FILE`` runs any file of this format; without it the vectors in
tests/vectors are run. Vectors that need what this project does not have yet are left out and counted by name.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from vector_forms.families import not_yet
from vector_forms.summary import NOT_YET
from vector_forms.vector import Vector, load
from vector_forms.verdict import judge

OURS = Path(__file__).parent / "vectors"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "vector" not in metafunc.fixturenames:
        return
    files = metafunc.config.getoption("--vectors") or sorted(OURS.glob("*.jsonl"))
    vectors = [vector for file in files for vector in load(file)]
    missing = [(name, vector.kind) for vector in vectors if (name := not_yet(vector))]
    metafunc.config.stash[NOT_YET] = missing
    known = [vector for vector in vectors if not not_yet(vector)]
    metafunc.parametrize("vector", known, ids=[vector.id for vector in known])


def test_vector(vector: Vector, record_property: Callable[[str, object], None]) -> None:
    record_property("vector", vector.kind)
    verdict, differences = judge(vector)
    assert not differences, f"{vector.id} ({vector.family}): " + "; ".join(differences)
    record_property("verdict", verdict)
