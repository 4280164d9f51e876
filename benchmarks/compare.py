"""dlmskit and other libraries on the same work, by a speed rig that checks every result before it times it.

The rig is a folder with `harness.py`, `gen.py`, `run.py` and one adapter a library; it writes beside itself, so this
works on a copy, in an environment made for it. The other libraries (some of them GPL) are installed there and run as
programs of their own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
ADAPTER = Path(__file__).with_name("dlmskit_adapter.py")
PEERS = ("gurux-dlms", "dlms-cosem", "pydlms-client", "amshan")
TOOLS = ("cython", "msgpack", "orjson")


def prepare(rig: Path, work: Path) -> dict[str, str]:
    """A copy of the rig with its environment, workloads and floors; what the rig wants in the environment."""
    if not (rig / "run.py").is_file():
        raise SystemExit(f"error: {rig} holds no rig (run.py): name its folder with --rig")
    shutil.copytree(rig, work, dirs_exist_ok=True)
    subprocess.run(["chmod", "-R", "u+w", str(work)], check=True)
    place = work / "v"
    venv.create(place, with_pip=True, symlinks=True)
    python = str(place / "bin" / "python")
    _run([python, "-m", "pip", "install", "--quiet", *PEERS, *TOOLS], {})
    _run([python, "-m", "pip", "install", "--quiet", str(ROOT)], {"DLMSKIT_REQUIRE_EXTENSIONS": "1"})
    environment = {"PERF_PY": python}
    _run([python, "gen.py"], environment, work)
    _run(["sh", "floor_ext/build.sh"], environment, work)
    return environment


def run(rig: Path, work: Path) -> dict[str, Any]:
    """The rig's own results, one run for all libraries."""
    environment = prepare(rig, work)
    out = work / "out.json"
    _run([environment["PERF_PY"], "run.py", "--json", str(out), "--adapter", str(ADAPTER)], environment, work)
    results: dict[str, Any] = json.loads(out.read_text())
    return results


def _run(command: list[str], environment: dict[str, str], folder: Path | None = None) -> None:
    try:
        subprocess.run(command, env={**os.environ, **environment}, cwd=folder, check=True, stdout=sys.stderr)
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"error: {' '.join(command[:4])} ... ended with status {error.returncode}") from None
