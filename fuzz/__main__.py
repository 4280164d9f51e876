"""``python -m fuzz TARGET``: search for octets that break an invariant.

Where atheris is installed, coverage guides the search and what it found interesting grows in fuzz/corpus/TARGET (not in
git); otherwise, or with --plain, the seeds are changed at random. A finding is made small, written to
fuzz/corpus/TARGET.finding-N, shown as hex, and ends the run with status 1.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import random
import subprocess
import sys
import time
import traceback
from pathlib import Path

from fuzz.mutate import broken, minimise, mutate
from fuzz.targets import TARGETS, Check, check_of, seeds

CORPUS = Path(__file__).parent / "corpus"
LONGEST = 4096


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to search (60)")
    parser.add_argument("--inputs", type=int, help="how many inputs to try, instead of a time; unguided")
    parser.add_argument("--seed", type=int, default=0, help="of the random changes (0)")
    parser.add_argument("--plain", action="store_true", help="unguided, even where atheris is installed")
    parser.add_argument("--guided", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.guided:
        run_guided(arguments.target, arguments.seconds)
        return 0
    if arguments.plain or arguments.inputs or importlib.util.find_spec("atheris") is None:
        return run_plain(arguments.target, arguments.seconds, arguments.inputs, arguments.seed)
    return supervise(arguments.target, arguments.seconds)


def run_plain(name: str, seconds: float, inputs: int | None, seed: int) -> int:
    """Random changes of the seeds, until the time or the number of inputs is over."""
    check, begin = check_of(name), time.monotonic()
    pool, chance, tried = seeds(name), random.Random(seed), 0
    kept = len(pool)
    for octets in pool:
        if error := broken(check, octets):
            return report(name, check, octets, error)
    while tried < inputs if inputs else time.monotonic() - begin < seconds:
        octets = mutate(chance.choice(pool), pool, chance)[:LONGEST]
        tried += 1
        try:
            valid = check(octets)
        except Exception as error:  # noqa: BLE001  whatever comes out is the finding
            return report(name, check, octets, error)
        if valid and len(pool) < 4 * kept + 64:
            pool.append(octets)
    print(f"{name}: {tried} inputs in {time.monotonic() - begin:.0f} s from {kept} seeds, no finding")
    return 0


def supervise(name: str, seconds: float) -> int:
    """Search guided in a child process, because the library ends its process; then look at what it left."""
    folder = CORPUS / name
    folder.mkdir(parents=True, exist_ok=True)
    for number, octets in enumerate(seeds(name)):
        (folder / f"seed-{number:04}").write_bytes(octets)
    command = [sys.executable, "-m", "fuzz", name, "--guided", "--seconds", str(seconds)]
    status = subprocess.run(command, check=False).returncode
    check = check_of(name)
    for found in sorted(CORPUS.glob(f"{name}.*-*")):
        octets = found.read_bytes()
        if error := broken(check, octets):
            return report(name, check, octets, error)
    return int(status != 0)


def run_guided(name: str, seconds: float) -> None:
    import atheris

    os.environ["DLMSKIT_PURE"] = "1"  # coverage cannot look into the compiled core
    with atheris.instrument_imports(include=["dlmskit"]):
        check = check_of(name)
    options = [f"-max_total_time={int(seconds)}", f"-max_len={LONGEST}", "-timeout=10", "-rss_limit_mb=1024"]
    options += [f"-artifact_prefix={CORPUS / name}.", "-print_final_stats=1", "-verbosity=1", "-close_fd_mask=0"]
    atheris.Setup([sys.argv[0], *options, str(CORPUS / name)], lambda octets: void(check, octets))
    atheris.Fuzz()


def void(check: Check, octets: bytes) -> None:
    check(octets)


def report(name: str, check: Check, octets: bytes, error: Exception) -> int:
    """Show a finding, made small."""
    small = minimise(check, octets)
    CORPUS.mkdir(exist_ok=True)
    place = CORPUS / f"{name}.finding-{len(list(CORPUS.glob(f'{name}.finding-*')))}"
    place.write_bytes(small)
    traceback.print_exception(broken(check, small) or error)
    print(f"{name}: {len(octets)} octets, made {len(small)}: {small.hex()}\n(in {place})", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
