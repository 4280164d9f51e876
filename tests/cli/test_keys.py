"""Key files under a passphrase: made, filled, listed, and opened by the commands that take keys."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dlmskit.security.keys import KeySet
from dlmskit.store import encrypted
from dlmskit.vmeter import SimMeter, defaults

from .command_line import Said, accepted, dlmskit, refused, vector

PHRASE = "correct horse battery staple"
ENV = {"PHRASE": PHRASE, "WRONG": "incorrect horse", "GUEK": defaults.GUEK.hex(), "GAK": defaults.GAK.hex()}
BY_ENV = ("--passphrase", "env:PHRASE")
SECRETS = (PHRASE, ENV["WRONG"], ENV["GUEK"], ENV["GAK"], "horse", "Hunter2")
TITLE = "4d4d4d0000bc614e"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encrypted, "COST", encrypted.COSTS.start)
    monkeypatch.setattr(encrypted.write_encrypted, "__kwdefaults__", {"cost": encrypted.COSTS.start})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Keys of one meter and, for every other meter, those of the virtual ones."""
    path = tmp_path / "meters.keys"
    accepted(dlmskit("keys", "new", path, *BY_ENV, env=ENV))
    accepted(dlmskit("keys", "add", path, "--guek", "env:GUEK", "--gak", "env:GAK", *BY_ENV, env=ENV))
    accepted(dlmskit("keys", "add", path, "--system-title", TITLE, "--password", "Hunter2", *BY_ENV, env=ENV))
    return path


def kept_quiet(said: Said) -> Said:
    assert [secret for secret in SECRETS if secret.lower() in (said.out + said.err).lower()] == []
    return said


def test_a_file_says_whose_keys_it_holds_and_none_of_them(file: Path) -> None:
    assert encrypted.is_encrypted(file)
    assert file.stat().st_mode & 0o777 == 0o600
    out = kept_quiet(accepted(dlmskit("keys", "list", file, *BY_ENV, env=ENV))).out
    known = KeySet(defaults.GUEK, defaults.GAK).fingerprints()
    rows = [[cell.strip() for cell in line.strip("│ ").split("│")] for line in out.splitlines() if "│" in line]
    assert [TITLE.upper(), "0", "password", "set"] in rows
    assert ["every other", "0", "guek", known["guek"]] in rows
    assert ["every other", "0", "gak", known["gak"]] in rows
    assert len(rows) == 3


def test_fingerprints_tell_keys_apart_and_give_nothing_away() -> None:
    one, other = (KeySet(bytes(15) + bytes([last]), password=b"Hunter2").fingerprints() for last in (1, 2))
    assert one["guek"] != other["guek"]
    assert one["password"] == other["password"] == "set"
    assert KeySet(bytes(16), bytes(16)).fingerprints()["guek"] == KeySet(bytes(16)).fingerprints()["guek"]


def test_a_meter_is_read_with_it(file: Path, tmp_path: Path) -> None:
    phrase = tmp_path / "phrase"
    phrase.write_text(PHRASE + "\n")
    phrase.chmod(0o600)
    with SimMeter("generic") as meter:
        for where in ("env:PHRASE", f"file:{phrase}"):
            words = ("get", meter.target, "1-0:1.8.0", "--client", "1", "--keys", file, "--passphrase", where, "--json")
            [row] = kept_quiet(accepted(dlmskit(*words, env=ENV))).json()["items"]
            assert row["unit"] == "Wh"
        run = ("sr", "run", "read-import-registers", meter.target, "--model", "generic", "--association", "management")
        kept_quiet(accepted(dlmskit(*run, "--keys", file, env=ENV | {"DLMSKIT_PASSPHRASE": "env:PHRASE"})))


def test_a_frame_is_opened_with_it(tmp_path: Path) -> None:
    push = vector("hdlc-frame-e6a5caac63af")
    keys = {name.upper(): push["context"][name] for name in ("guek", "gak")}
    path = tmp_path / "push.keys"
    accepted(dlmskit("keys", "new", path, *BY_ENV, env=ENV))
    accepted(dlmskit("keys", "add", path, "--guek", "env:GUEK", "--gak", "env:GAK", *BY_ENV, env=ENV | keys))
    answer = accepted(dlmskit("decode", push["hex"], "--keys", path, *BY_ENV, "--json", env=ENV)).json()
    assert answer["ok"]
    assert "locked" not in answer


@pytest.mark.parametrize(
    "words",
    [
        ("get", "sim:", "--client", "1", "--keys"),
        ("decode", "0f", "--keys"),
        ("sr", "run", "read-import-registers", "sim:", "--keys"),
        ("sr", "recognise", "c001", "--model", "generic", "--keys"),
        ("keys", "list"),
    ],
)
@pytest.mark.parametrize(
    ("where", "reason"),
    [
        (("--passphrase", "env:WRONG"), "the passphrase is wrong, or the file was altered"),
        (("--passphrase", "env:NOWHERE"), "environment variable NOWHERE is not set"),
        (("--passphrase", "file:/nowhere"), "cannot read /nowhere"),
        (("--passphrase", PHRASE), "not the passphrase"),
        ((), "--passphrase env:NAME or file:PATH"),
    ],
)
def test_what_does_not_open_is_one_line_and_code_5(
    file: Path, words: tuple[str, ...], where: tuple[str, ...], reason: str
) -> None:
    kept_quiet(refused(dlmskit(*words, file, *where, env=ENV), 5, reason))


def test_what_cannot_be_added_changes_nothing(file: Path, tmp_path: Path) -> None:
    before = file.read_bytes()
    add = ("keys", "add", file, *BY_ENV)
    refused(dlmskit(*add, env=ENV), 2, "nothing to add")
    kept_quiet(refused(dlmskit(*add, "--guek", "env:GUEK", env=ENV), 5, "a second entry for the same peer"))
    kept_quiet(refused(dlmskit(*add, "--guek", "horse", env=ENV), 5, "guek must be hex digits"))
    kept_quiet(refused(dlmskit("keys", "add", file, "--passphrase", "env:WRONG", "--guek", "env:GUEK", env=ENV), 5))
    refused(dlmskit("keys", "new", file, *BY_ENV, env=ENV), 2, "is there already")
    assert file.read_bytes() == before
    clear = tmp_path / "clear.toml"
    clear.write_text("keys = []\n")
    clear.chmod(0o600)
    refused(dlmskit("keys", "add", clear, "--guek", "env:GUEK", *BY_ENV, env=ENV), 5, "is not encrypted")


def typed(file: Path, phrase: str) -> tuple[int, str]:
    """`dlmskit keys list` at a terminal where somebody types `phrase`; the exit code and all that the terminal saw."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "dlmskit", "keys", "list", str(file)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        seen = b""
        while b"Passphrase of" not in seen:
            seen += os.read(ours, 4096)
        time.sleep(0.2)  # the echo goes off behind the question
        os.write(ours, phrase.encode() + b"\n")
        while True:
            try:
                seen += os.read(ours, 4096)
            except OSError:
                break
        os.close(ours)
    return process.returncode, seen.decode()


def test_a_passphrase_is_typed_unseen(file: Path) -> None:
    code, seen = typed(file, PHRASE)
    assert code == 0
    assert TITLE.upper() in seen
    assert "horse" not in seen
    code, seen = typed(file, "incorrect horse")
    assert code == 5
    assert "the passphrase is wrong" in seen
    assert "horse" not in seen
