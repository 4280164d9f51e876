"""`dlmskit demo` as a stranger runs it: a process of its own, a clock beside it."""

from __future__ import annotations

import subprocess
import sys
import time

from dlmskit.market.services import SERVICES

from .command_line import ROOT

METERS = ("generic", "zzh", "zzc")


def test_the_demo_ends_in_one_table_of_six_commands_and_three_meters() -> None:
    began = time.monotonic()
    command = [sys.executable, "-m", "dlmskit", "demo"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=60)
    assert time.monotonic() - began < 20
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    head = next(number for number, line in enumerate(lines) if line.startswith("┃ command"))
    assert [cell.strip() for cell in lines[head].strip("┃").split("┃")] == ["command", *METERS]
    outcomes = {cells[0]: cells[1:] for line in lines[head + 1 :] if (cells := row(line)) and cells[0]}
    assert list(outcomes) == list(SERVICES)
    for service, shown in outcomes.items():
        assert shown[0] in ("data", "acknowledged")
        assert len(set(shown)) == 1, service
    assert "18 commands in" in done.stdout
    assert "0 without an answer" in done.stdout


def test_the_demo_shows_frames_with_what_they_say() -> None:
    command = [sys.executable, "-m", "dlmskit", "demo", "--frames", "0", "--seed", "9"]
    out = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=60).stdout
    for shown in (
        'request  {"service":"disable-supply"',
        "hdlc-frame SNRM",
        "wrapper > aarq",
        "get-request-normal  1-0:1.8.0*255 attribute 2",
        "get-request-normal  1-0:1.128.0*255 attribute 2",
        "iec21-command  R5 C.96.3",
        'answer   {"service":"enable-supply","outcome":"acknowledged"',
    ):
        assert shown in out, shown
    assert "frames more" not in out
    assert "12345678" not in out  # the password, though public here


def row(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("│").split("│")] if line.startswith("│") else []
