"""On a terminal: progress of a long read on standard error, and Ctrl-C that still lets the meter go."""

from __future__ import annotations

import os
import pty
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from dlmskit.vmeter import SimMeter, defaults

from .command_line import ROOT

LOGIN = ("--client", "17", "--password", defaults.PASSWORD.decode())
RELEASE = 0x62


class SlowLine:
    """A TCP line to a meter that hands on its answers late, and remembers what the client sent."""

    def __init__(self, port: int, seconds: float) -> None:
        self.sent = b""
        self._port, self._seconds = port, seconds
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.target = f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        client, _ = self._listener.accept()
        with client, socket.create_connection(("127.0.0.1", self._port)) as meter:
            while octets := client.recv(1 << 16):
                self.sent += octets
                meter.sendall(octets)
                time.sleep(self._seconds)
                client.sendall(meter.recv(1 << 16))

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def line() -> Iterator[SlowLine]:
    with SimMeter("generic") as meter:
        slow = SlowLine(int(meter.target.rpartition(":")[2]), 0.02)
        yield slow
        slow.close()


def command(*words: str, stderr: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "dlmskit", *words, *LOGIN],
        cwd=ROOT,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80"},
        stdout=subprocess.PIPE,
        stderr=stderr,
    )


@pytest.mark.parametrize("words", [(), ("--no-progress",)])
def test_progress_is_shown_only_on_a_terminal_and_only_where_wanted(line: SlowLine, words: tuple[str, ...]) -> None:
    ours, theirs = pty.openpty()
    process = command("profile", line.target, "--json", *words, stderr=theirs)
    os.close(theirs)
    shown = b""

    def listen() -> None:
        nonlocal shown
        try:
            while octets := os.read(ours, 4096):
                shown += octets
        except OSError:  # the other side is gone
            return

    listening = threading.Thread(target=listen)
    listening.start()
    out, _ = process.communicate(timeout=60)
    listening.join()
    os.close(ours)
    assert process.returncode == 0
    assert out.startswith(b'{"schema":"dlmskit/profile/1"')
    assert (b"1-0:99.1.0" in shown) == (not words)
    assert words or b"/s" in shown


def test_ctrl_c_releases_the_association(line: SlowLine) -> None:
    process = command("profile", line.target, stderr=subprocess.PIPE)
    end = time.monotonic() + 30
    while len(line.sent) < 600 and time.monotonic() < end:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, b"")
    assert b"Traceback" not in err
    assert line.sent[-20:].find(bytes((RELEASE,))) >= 0
