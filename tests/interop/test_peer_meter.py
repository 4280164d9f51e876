"""Our client against a meter of another maker's stack: every association that both have, over both framings."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

COMMAND = Path(__file__).with_name("client_command.py")
ASSOCIATIONS = {
    "none": (16, False),
    "low": (17, False),
    "high": (18, False),
    "md5": (19, False),
    "sha1": (20, False),
    "sha256": (21, False),
    "gmac": (1, True),
}


def free_base() -> int:
    """A port that is free together with the next one."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            base: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", base + 1))
            except OSError:
                continue
            return base


@pytest.fixture
def meter(tmp_path: Path) -> Iterator[int]:
    """A fresh peer meter; its base port."""
    for name in ("server_p256", "client_p256"):
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (tmp_path / f"{name}.pem").write_bytes(pem)
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (tmp_path / f"{name}.pub.pem").write_bytes(public)
    base = free_base()
    process = subprocess.Popen(
        [os.environ["DLMSKIT_PEER_PYTHON"], os.environ["DLMSKIT_PEER_METER"], "--port", str(base)],
        env={**os.environ, "RIG_KEYS": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(base + 1)
        yield base
    finally:
        process.terminate()
        process.wait(10)


def wait_for(port: int) -> None:
    """Until something listens."""
    end = time.monotonic() + 20
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < end, "the peer meter did not start"
        time.sleep(0.05)


@pytest.mark.parametrize("framing", ["hdlc", "wrap"])
@pytest.mark.parametrize("auth", ASSOCIATIONS)
def test_our_client_reads_a_foreign_meter(meter: int, auth: str, framing: str) -> None:
    sap, ciphered = ASSOCIATIONS[auth]
    wanted = {
        "host": "127.0.0.1",
        "port": meter + (framing == "wrap"),
        "framing": framing,
        "client": sap,
        "server": 1,
        "auth": auth,
        "password": "" if auth in ("none", "gmac") else "Gurux",
        "ciphered": ciphered,
        "suite": 0,
        "ek": bytes(range(16)).hex(),
        "ak": bytes(range(0xD0, 0xE0)).hex(),
        "clock": "0.0.1.0.0.255",
        "register": "1.0.1.8.0.255",
        "profile": "1.0.99.1.0.255",
        "start": "2024-05-01T01:00:00+00:00",
        "end": "2024-05-01T03:00:00+00:00",
    }
    done = subprocess.run(
        [sys.executable, str(COMMAND), json.dumps(wanted)], capture_output=True, text=True, timeout=60
    )
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert [step for step in steps if not step["pass"]] == []
    details = {step["step"]: step["detail"] for step in steps}
    assert details["register with scaler and unit"] == "12345678 Wh"
    assert details["profile, whole"].startswith("96 rows")
    assert details["profile by range"].startswith("9 rows")
