"""What goes wrong at a terminal: one clear line on standard error each, and the right exit code."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlmskit.cli import errors
from dlmskit.exceptions import DlmskitError
from dlmskit.vmeter import SimMeter, defaults

from .command_line import ROOT, dlmskit, refused, vector

ENERGY = "1-0:1.8.0"
KAMSTRUP = vector("hdlc-frame-e6a5caac63af")
GUEK = KAMSTRUP["context"]["guek"]


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def free_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["decode", "7EXX"], 2, ["not hex", "'X' after 2 hex digits"]),
        (["decode", "7EA"], 2, ["3 hex digits"]),
        (["decode", "no-such-file.bin"], 2, ["no file of that name"]),
        (["decode", ""], 2, ["no hex digits"]),
        (["decode"], 2, ["standard input is empty"]),
        (["decode", "7E7E"], 2, ["nothing to decode", "2 octets"]),
        (["set", "sim:", "clock", "60"], 2, ["'ATTRIBUTE'", "'clock' does not say it"]),
        (["act", "sim:", "clock"], 2, ["'METHOD'", "'clock' does not say it"]),
        (["decode", "7EA00A0002002321931871"], 9, ["12 octets", "11 are there"]),
        (["decode", "7EA00A00020023219318727E"], 9, ["frame check"]),
        (["decode", "C401C1"], 9, ["octet 3"]),
        (["decode", "FE"], 9, ["octet 0"]),
        (["decode", KAMSTRUP["hex"], "--guek", GUEK, "--gak", GUEK], 5, ["does not verify"]),
        (["decode", KAMSTRUP["hex"], "--guek", "zz"], 5, ["guek", "hex digits"]),
        (["decode", KAMSTRUP["hex"], "--guek", "env:NOT_SET_ANYWHERE"], 5, ["NOT_SET_ANYWHERE", "not set"]),
        (["decode", KAMSTRUP["hex"], "--guek", "file:/nowhere/key"], 5, ["cannot read /nowhere/key"]),
        (["decode", "00", "--keys", "/nowhere/keys.toml"], 2, ["/nowhere/keys.toml"]),
        (["get", "sim:nothere", ENERGY], 10, ["no model named nothere", "generic"]),
        (["get", "sim:", ENERGY, "--model", "nothere"], 10, ["no model named nothere"]),
        (["get", "sim:", ENERGY, "--model", "nothere.toml"], 10, ["nothere.toml", "No such file"]),
        (["get", "sim:", ENERGY, "--association", "nope"], 10, ["no association named nope"]),
        (["get", "sim:", ENERGY, "--client", "99"], 10, ["client 99"]),
        (["get", "sim:", ENERGY, "--mechanism", "low", "--password", "wrong"], 4, ["authentication-failure"]),
        (["get", "sim:", ENERGY, "--record", "/nowhere/at/all"], 3, ["/nowhere/at/all"]),
        (["get", "sim:", ENERGY, "--counters", "/nowhere/at/all"], 5, ["/nowhere/at/all"]),
        (["get", "sim:", "no_such_name"], 2, ["no_such_name"]),
        (["get", "sim:", "a/b/c/d"], 2, ["a/b/c/d"]),
        (["get", "carrier-pigeon://coop", ENERGY], 2, ["unknown target scheme 'carrier-pigeon'", "tcp+hdlc"]),
        (["get", "tcp://127.0.0.1:99999", ENERGY], 2, ["0-65535"]),
        (["get", "tcp+hdlc://127.0.0.1", ENERGY], 2, ["tcp+hdlc://host:port"]),
        (["get", "serial:///dev/not-a-port", ENERGY], 3, ["/dev/not-a-port"]),
        (["get", "sim:?bogus=1", ENERGY], 2, ["bogus"]),
        (["get"], 2, ["TARGET"]),
        (["nonsense"], 2, ["nonsense"]),
        (["decode", "--nonsense"], 2, ["--nonsense"]),
        (["demo", "--frames", "many"], 2, ["many"]),
    ],
)
def test_one_line_and_the_right_exit_code(words: list[str], code: int, why: list[str]) -> None:
    refused(dlmskit(*words), code, *why)


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("[device]\nid = 'broken'\nname =\n", 3, "TOML"),
        ("[device]\nid = 'broken'\nname = 'B'\nbogus = 1\n", 4, "unknown key bogus"),
        ("[device]\nid = 'broken'\nname = 'B'\ninherit = 'nobody'\n", 4, "nobody"),
        (
            "[device]\nid = 'broken'\nname = 'B'\n\n[[object]]\nname = 'x'\nclass_id = 3\n"
            "obis = '1-0:1.8'\nsource = 's'\nconfidence = 'seen'\n",
            8,
            "1-0:1.8",
        ),
        ("[device]\nid = 7\nname = 'B'\n", 2, "id"),
    ],
)
def test_a_broken_model_file_is_refused_with_file_and_line(tmp_path: Path, text: str, line: int, why: str) -> None:
    model = tmp_path / "broken.toml"
    model.write_text(text)
    refused(dlmskit("get", "sim:", ENERGY, "--model", model), 10, f"broken.toml:{line}: ", why)
    refused(dlmskit("sr", "translate", "read-import-registers", "--model", model), 10, f"broken.toml:{line}: ", why)


@pytest.mark.parametrize("scheme", ["tcp", "tcp+hdlc"])
def test_nobody_listens(free_port: int, scheme: str) -> None:
    target = f"{scheme}://127.0.0.1:{free_port}"
    refused(dlmskit("get", target, ENERGY), 3, "cannot connect", "refused")
    words = ["sr", "run", "read-import-registers", target, "--model", "generic", "--password", "x"]
    refused(dlmskit(*words), 3, "cannot connect", "refused")


def test_a_silent_meter(silent_port: int) -> None:
    words = ["--timeout", "0.2", "--password", "12345678"]
    target = f"tcp://127.0.0.1:{silent_port}"
    refused(dlmskit("get", target, ENERGY, *words), 3, "did not answer within 0.2 s")
    refused(dlmskit("sr", "run", "read-import-registers", target, "--model", "generic", *words), 3, "did not answer")


def test_a_peer_that_is_no_meter() -> None:
    with SimMeter("zzc") as meter:  # answers in another protocol, or not at all
        refused(dlmskit("get", meter.target, ENERGY, "--timeout", "0.2"), 3)


def test_a_refused_association() -> None:
    keys = ["--guek", defaults.GAK.hex(), "--gak", defaults.GUEK.hex()]
    with SimMeter("generic") as meter:
        refused(dlmskit("get", meter.target, ENERGY, "--client", "17", "--password", "wrong"), 4, "refused")
        refused(dlmskit("get", meter.target, ENERGY, "--client", "77"), 4, "refused")
        said = dlmskit("get", meter.target, ENERGY, "--client", "1", *keys)
    assert said.code in (4, 5)
    refused(said, said.code)


def test_a_key_file_that_others_may_read(tmp_path: Path) -> None:
    keys = tmp_path / "keys.toml"
    keys.write_text(f'[[keys]]\nguek = "{GUEK}"\n')
    keys.chmod(0o644)
    said = refused(dlmskit("decode", KAMSTRUP["hex"], "--keys", keys), 5, "chmod 600")
    assert GUEK not in said.err


def test_a_process_of_its_own_says_the_same() -> None:
    """Not only under click's test runner: the real exit code, and nothing on standard output."""
    command = [sys.executable, "-m", "dlmskit", "get", "sim:nothere", ENERGY]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stdout) == (10, "")
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("error: no model named nothere")


def test_every_branch_of_the_error_tree_has_an_exit_code() -> None:
    unspoken = [kind.__name__ for kind in DlmskitError.__subclasses__() if kind not in errors.EXIT_CODES]
    assert unspoken == []
    documented = {int(line.split()[0]) for line in (errors.__doc__ or "").splitlines() if line[:1].isdigit()}
    assert set(errors.EXIT_CODES.values()) <= documented
