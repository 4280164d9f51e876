"""`dlmskit sim`: what can be run, and running it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from .command_line import ROOT, accepted, dlmskit, refused

COMMAND = [sys.executable, "-m", "dlmskit"]


def test_the_list_says_which_makers_are_invented() -> None:
    rows = {
        line.split("│")[1].strip(): line for line in accepted(dlmskit("sim", "list")).out.splitlines() if "│" in line
    }
    assert {"generic", "zzh", "zzc"} <= set(rows)
    assert ["fictional" in rows[model] for model in ("generic", "zzh", "zzc")] == [False, True, True]
    assert "kam" not in rows  # a folder of push templates is no meter


def test_faults_are_listed_and_strike() -> None:
    assert "an answer is lost" in accepted(dlmskit("sim", "list", "--faults")).out
    words = [*COMMAND, "sim", "run", "generic", "--fault", "busy", "--seconds", "20"]
    meter = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert meter.stdout is not None
        target = meter.stdout.readline().split()[1]
        said = dlmskit("get", target, "0-0:1.0.0", "--model", "generic", "--password", "12345678")
        refused(said, 6, "temporary-failure")
    finally:
        meter.kill()
        meter.communicate()


def test_meters_say_where_they_are() -> None:
    out = accepted(dlmskit("sim", "run", "generic", "zzh", "zzc", "--seconds", "0")).out
    shown = [line.split() for line in out.splitlines()]
    assert [model for model, _ in shown] == ["generic", "zzh", "zzc"]
    assert [target.partition("://")[0] for _, target in shown] == ["tcp", "tcp+hdlc", "tcp"]
    assert len({target for _, target in shown}) == 3


def test_fleets_datagrams_and_sign_on() -> None:
    run = ("sim", "run", "generic", "--seconds", "0")
    assert len(set(accepted(dlmskit(*run, "--count", "5")).out.split()[1::2])) == 5
    shared = accepted(dlmskit(*run, "--count", "5", "--shared", "--hdlc", "0")).out.splitlines()
    assert shared[4].endswith("?octets=4&lower=5")
    assert "udp://127.0.0.1:" in accepted(dlmskit(*run, "--udp", "0")).out
    assert "optical:///dev/" in accepted(dlmskit(*run, "--on", "optical")).out


def test_another_link_and_a_pseudo_terminal() -> None:
    assert "tcp+hdlc://127.0.0.1:" in accepted(dlmskit("sim", "run", "generic", "--hdlc", "0", "--seconds", "0")).out
    assert re.search(r"serial:///dev/\S+", accepted(dlmskit("sim", "run", "zzh", "--on", "pty", "--seconds", "0")).out)


def test_one_meter_on_two_ports_with_signatures(tmp_path: Path) -> None:
    for name, seed in (("server", 1), ("client", 2)):
        key = ec.derive_private_key(seed, ec.SECP256R1())
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (tmp_path / f"{name}_p256.pem").write_bytes(pem)
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (tmp_path / f"{name}_p256.pub.pem").write_bytes(public)
    words = ("sim", "run", "interop", "--hdlc", "0", "--wrapper", "0", "--suite", "1", "--seconds", "0")
    shown = accepted(dlmskit(*words, "--keys", str(tmp_path))).out.split()
    assert [target.partition("://")[0] for target in shown[1::2]] == ["tcp+hdlc", "tcp"]
    (tmp_path / "client_p256.pub.pem").write_text("no key")
    refused(dlmskit(*words, "--keys", str(tmp_path)), 5, "no public key")
    (tmp_path / "server_p256.pem").unlink()
    refused(dlmskit(*words, "--keys", str(tmp_path)), 5, "server_p256.pem")


def test_a_running_meter_is_read_by_another_process_and_ends_on_interrupt() -> None:
    meter = subprocess.Popen(
        [*COMMAND, "sim", "run", "generic", "--start", "2026-11-21T10:00:00+0000", "--seed", "5"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert meter.stdout is not None
        model, target = meter.stdout.readline().split()
        said = dlmskit("get", target, "0-0:1.0.0", "--model", model, "--password", "12345678", "--json")
        assert accepted(said).json()["items"][0]["value"].startswith("2026-11-21 weekday 6 11:00:0")
        meter.send_signal(signal.SIGINT)
        out, err = meter.communicate(timeout=10)
    finally:
        meter.kill()
    assert (meter.returncode, out, err) == (130, "", "")


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["nothere"], 10, "no model named nothere"),
        (["kam"], 10, "only labels pushes"),
        (["zzc", "--hdlc", "0"], 10, "cannot be served over hdlc"),
        (["generic", "zzh", "--port", "65535"], 2, "65535"),
        (["generic", "--port", "65536"], 2, "--port"),
        (["generic", "--start", "yesterday"], 2, "--start"),
        (["generic", "--speed", "0"], 2, "--speed"),
        (["generic", "zzh", "--count", "2"], 2, "one model"),
        (["generic", "--count", "2", "--port", "65535"], 2, "65535"),
        (["zzc", "--count", "2", "--shared"], 10, "share an address"),
        (["generic", "--dial", "nowhere"], 3, "host:port"),
        (["generic", "--fault", "fire"], 10, "no fault named fire"),
        (["generic", "--fault", "drop:2"], 10, "probability"),
        ([], 2, "MODEL"),
    ],
)
def test_what_cannot_be_run_is_refused(words: list[str], code: int, why: str) -> None:
    refused(dlmskit("sim", "run", *words, "--seconds", "0"), code, why)


@pytest.mark.parametrize("title", ["", "4D4D4D0000BC614E"])
def test_a_meter_takes_its_keys_from_a_key_file_under_a_passphrase(
    title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {"PHRASE": "correct horse", "KEY": "5a" * 16, "WRONG": "horse"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    file, given = tmp_path / "meters.keys", ("--passphrase", "env:PHRASE")
    accepted(dlmskit("keys", "new", file, *given))
    whose = ("--system-title", title) if title else ()
    accepted(dlmskit("keys", "add", file, *whose, "--guek", "env:KEY", "--gak", "env:KEY", *given))
    run = ("sim", "run", "generic", "--seconds", "0", "--keys", file)
    if title:
        refused(dlmskit(*run, *given), 5, "no keys for 585858")  # XXX, the example maker
        return
    refused(dlmskit(*run, "--passphrase", "env:WRONG"), 5, "passphrase is wrong")
    accepted(dlmskit(*run, *given))
    meter = subprocess.Popen(
        [*COMMAND, *map(str, run[:3]), *map(str, run[5:]), *given], cwd=ROOT, stdout=subprocess.PIPE
    )
    try:
        assert meter.stdout is not None
        target = meter.stdout.readline().split()[1].decode()
        ask = ("get", target, "0-0:42.0.0", "--model", "generic", "--association", "management")
        accepted(dlmskit(*ask, "--keys", file, *given))
        refused(dlmskit(*ask, "--guek", "00" * 16, "--gak", "env:KEY"), 4)
    finally:
        meter.kill()
        meter.communicate()
