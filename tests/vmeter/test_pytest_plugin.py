"""The fixture that dlmskit gives to tests of others, used by a pytest of its own."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEST = """
import dlmskit

def test_two_meters(virtual_meter):
    one, other = virtual_meter(), virtual_meter("zzh", seed=5)
    assert one.target.startswith("tcp://") and other.target.startswith("tcp+hdlc://")
    with dlmskit.connect(one.target + "?client=17", password=b"12345678", timeout=5) as meter:
        assert meter.register("1-0:1.8.0").value > 0
"""


def test_the_fixture_starts_meters(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(TEST)
    plugin = ("-p", "dlmskit.vmeter.pytest_plugin", "-p", "no:cacheprovider")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugin, "--rootdir", str(tmp_path), str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_pytest_finds_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(project["entry-points"]["pytest11"].values()) == {"dlmskit.vmeter.pytest_plugin"}
