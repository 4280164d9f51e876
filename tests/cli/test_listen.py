"""`dlmskit listen`: a captured push comes in and goes out as readings."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_listener import CAPTURED, KEYS, TITLE, framed, push, sealed

from .command_line import ROOT, dlmskit


def listen(octets: list[bytes], *words: str) -> tuple[str, str, int]:
    """Output, errors and exit code of the command while `octets` are sent to it on one connection each."""
    scheme, *others = words
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        place = f"{scheme}://127.0.0.1:{probe.getsockname()[1]}"
    command = [sys.executable, "-m", "dlmskit", "listen", place, *others]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stderr is not None
        heading = process.stderr.readline()
        found = re.fullmatch(r"listening on \w+://127\.0\.0\.1:(\d+)\n", heading)
        assert found is not None, heading + process.stderr.read()
        for message in octets:
            kind = socket.SOCK_DGRAM if scheme == "udp" else socket.SOCK_STREAM
            with socket.socket(socket.AF_INET, kind) as line:
                line.connect(("127.0.0.1", int(found[1])))
                line.send(message)
        out, err = process.communicate(timeout=20)
    return out, err, process.returncode


@pytest.mark.parametrize("scheme", ["tcp", "udp"])
def test_a_captured_push_is_shown_as_readings(scheme: str) -> None:
    words = (scheme, "--allow-unauthenticated", "--count", "1")
    out, _, code = listen([CAPTURED], *words, "--json")
    assert code == 0
    line = json.loads(out)
    assert (line["schema"], line["sender"], line["system_title"]) == ("dlmskit/push/1", "127.0.0.1", None)
    assert line["items"][0] | {"time": None} == {
        "obis": "1-0:1.7.0*255",
        "name": "active power import",
        "value": "1661",
        "unit": "W",
        "time": None,
        "scaled": True,
    }
    out, _, _ = listen([CAPTURED], *words)
    assert "active power import" in out
    assert "1661" in out


def test_a_replay_is_refused_after_a_restart(tmp_path: Path) -> None:
    assert KEYS.guek is not None
    assert KEYS.gak is not None
    keys = ("--guek", KEYS.guek.hex(), "--gak", KEYS.gak.hex(), "--counters", str(tmp_path / "counters"), "--json")
    first, again, new = (framed(sealed(push(number), number)) for number in (1, 1, 2))
    out, _, code = listen([first], "tcp", "--count", "1", *keys)
    assert (code, json.loads(out)["system_title"]) == (0, TITLE.hex())
    out, err, code = listen([again, new], "tcp", "--count", "1", *keys)
    assert (code, len(out.splitlines())) == (0, 1)
    assert "1 messages were refused" in err
    assert KEYS.guek.hex() not in out + err


def test_it_stops_after_a_while() -> None:
    assert listen([], "tcp", "--seconds", "0.2")[::2] == ("", 0)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["tcp://127.0.0.1:1", "--system-title", "4B464D1020013F2A"], "wants --counters"),
        (["sim:"], "come in on tcp"),
        (["nonsense"], "unknown target scheme"),
    ],
)
def test_what_cannot_be_listened_on_is_said(words: list[str], reason: str) -> None:
    done = dlmskit("listen", *words)
    assert done.code != 0
    assert reason in done.err
