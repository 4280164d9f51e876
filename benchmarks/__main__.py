"""``python -m benchmarks``: everything in one run, then the table and the picture in docs/."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import compare, fleet, growth, loopback, report

RIG = Path(__file__).parents[2] / "shared" / "perf"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rig", type=Path, default=RIG, help="folder of the speed rig (%(default)s)")
    parser.add_argument("--work", type=Path, help="where the rig's copy and its environment go (a temporary folder)")
    parser.add_argument(
        "--only",
        choices=("compare", "loopback", "growth", "fleet", "report"),
        help="one part; the others keep their results",
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        parts: dict[str, Callable[[], Any]] = {
            "compare": lambda: compare.run(arguments.rig, arguments.work or Path(folder)),
            "loopback": loopback.run,
            "growth": growth.run,
            "fleet": fleet.run,
        }
        for name, part in parts.items():
            if arguments.only in (None, name):
                results = json.dumps(part(), indent=1) + "\n"
                report.RESULTS.mkdir(exist_ok=True)
                report.RESULTS.joinpath(f"{name}.json").write_text(results)
    report.write()


if __name__ == "__main__":
    main()
