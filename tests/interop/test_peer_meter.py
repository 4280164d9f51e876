"""Our client against meters of another maker's stack: every association, link and service that both have.

`peer` is the rig's meter that ``DLMSKIT_PEER_METER`` names; `foreign_meter.py` is the same maker's with ACCESS, general
block transfer, datagrams and pushes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from peer_lines import HOST, peer_meter, pty_before

COMMAND = Path(__file__).with_name("client_command.py")
FOREIGN_METER = Path(__file__).with_name("foreign_meter.py")
ASSOCIATIONS = {
    "none": {"client": 16},
    "low": {"client": 17},
    "high": {"client": 18},
    "md5": {"client": 19},
    "sha1": {"client": 20},
    "sha256": {"client": 21},
    "gmac": {"client": 1, "ciphered": True},
    "gmac in a plain context": {"auth": "gmac", "client": 2},
    "gmac suite 1": {"auth": "gmac", "client": 1, "ciphered": True, "suite": 1},
    "gmac suite 2": {"auth": "gmac", "client": 1, "ciphered": True, "suite": 2},
    "ecdsa suite 1": {"auth": "ecdsa", "client": 3, "suite": 1},
    "ecdsa suite 1 ciphered": {"auth": "ecdsa", "client": 4, "ciphered": True, "suite": 1},
    "ecdsa suite 2": {"auth": "ecdsa", "client": 3, "suite": 2},
    "ecdsa suite 2 ciphered": {"auth": "ecdsa", "client": 4, "ciphered": True, "suite": 2},
}
GMAC = ASSOCIATIONS["gmac"] | {"auth": "gmac"}
IMAGE = {"more": ["image transfer"]}
BLOCKS = {"more": ["long value", "image transfer"]}
IMAGE_SENT = {"image transfer": "6 blocks, VERIFICATION_SUCCESSFUL, ACTIVATION_SUCCESSFUL"}
BLOCKS_SENT = {"long value": "304 octets there and back"} | IMAGE_SENT


def session(port: int, folder: Path, **more: Any) -> dict[str, str]:
    """One session of our client against the meter at `port`; what each step said, none of which failed."""
    wanted: dict[str, Any] = {
        "host": HOST,
        "port": port,
        "framing": "hdlc",
        "server": 1,
        "auth": "none",
        "client": 16,
        "ciphered": False,
        "suite": 0,
        "clock": "0.0.1.0.0.255",
        "register": "1.0.1.8.0.255",
        "profile": "1.0.99.1.0.255",
        "start": "2024-05-01T01:00:00+00:00",
        "end": "2024-05-01T03:00:00+00:00",
        **more,
    }
    double = 2 if wanted["suite"] == 2 else 1
    curve = "p384" if wanted["suite"] == 2 else "p256"
    wanted |= {
        "password": "" if wanted["auth"] in ("none", "gmac", "ecdsa") else "Gurux",
        "ek": bytes(range(16)).hex() * double,
        "ak": bytes(range(0xD0, 0xE0)).hex() * double,
        "signing_key": str(folder / f"client_{curve}.pem"),
        "peer_key": str(folder / f"server_{curve}.pub.pem"),
    }
    done = subprocess.run(
        [sys.executable, str(COMMAND), json.dumps(wanted)], capture_output=True, text=True, timeout=60
    )
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert [step for step in steps if not step["pass"]] == []
    said = {step["step"]: step["detail"] for step in steps}
    assert said["register with scaler and unit"] == "12345678 Wh"
    assert said["profile, whole"].startswith("96 rows")
    assert said["profile by range"].startswith("9 rows")
    return said


def rig_meter() -> str:
    return os.environ["DLMSKIT_PEER_METER"]


@pytest.fixture
def meter(tmp_path: Path) -> Iterator[int]:
    """A fresh peer meter; its base port."""
    with peer_meter(rig_meter(), tmp_path) as base:
        yield base


@pytest.mark.parametrize("framing", ["hdlc", "wrap"])
@pytest.mark.parametrize("name", ASSOCIATIONS)
def test_our_client_reads_a_foreign_meter(tmp_path: Path, name: str, framing: str) -> None:
    wanted = {"auth": name, "framing": framing} | ASSOCIATIONS[name]
    with peer_meter(rig_meter(), tmp_path, "--suite", str(wanted.get("suite", 0))) as base:
        session(base + (framing == "wrap"), tmp_path, **wanted)


SESSIONS = {
    "dedicated key": GMAC | {"association": {"dedicated": True}},
    "dedicated key in general-ded-ciphering": GMAC | {"association": {"dedicated": True, "general": True}},
    "general-glo-ciphering": GMAC | {"association": {"general": True}},
    "image transfer": GMAC | IMAGE,
    "lists": {"more": ["set with list", "action with list"]},
}
SAID = {
    "image transfer": IMAGE_SENT,
    "lists": {"set with list": "done, object-undefined", "action with list": "done, object-unavailable"},
}


@pytest.mark.parametrize("framing", ["hdlc", "wrap"])
@pytest.mark.parametrize("name", SESSIONS)
def test_a_service(tmp_path: Path, name: str, framing: str) -> None:
    with peer_meter(rig_meter(), tmp_path) as base:
        said = session(base + (framing == "wrap"), tmp_path, framing=framing, **SESSIONS[name])
    assert said.items() >= SAID.get(name, {}).items()


@pytest.mark.parametrize("framing", ["hdlc", "wrap"])
@pytest.mark.parametrize(
    ("octets", "association"),
    [(64, {}), (128, {}), (80, GMAC), (128, GMAC)],
    ids=["64", "128", "80 ciphered", "128 ciphered"],
)
def test_get_set_and_action_in_blocks(tmp_path: Path, octets: int, framing: str, association: dict[str, Any]) -> None:
    small = association | {"association": {"max_receive_pdu_size": octets}}
    with peer_meter(rig_meter(), tmp_path, "--pdu", str(octets)) as base:
        said = session(base + (framing == "wrap"), tmp_path, framing=framing, **small | BLOCKS)
    assert said.items() >= BLOCKS_SENT.items()


@pytest.mark.parametrize("association", [{}, GMAC], ids=["plain", "ciphered"])
@pytest.mark.parametrize("address", ["lower=17&octets=2", "lower=17&octets=4", "lower=9029&octets=4"])
def test_hdlc_addresses(tmp_path: Path, address: str, association: dict[str, Any]) -> None:
    with peer_meter(rig_meter(), tmp_path) as base:
        session(base, tmp_path, query=address, **association)


@pytest.mark.parametrize("window", [3, 7])
def test_an_hdlc_window(tmp_path: Path, window: int) -> None:
    with peer_meter(rig_meter(), tmp_path, "--window", str(window)) as base:
        said = session(base, tmp_path, hdlc={"window_tx": window, "window_rx": window}, **GMAC | BLOCKS)
    assert said.items() >= BLOCKS_SENT.items()


@pytest.mark.parametrize("association", [{}, GMAC], ids=["plain", "ciphered"])
def test_a_serial_line(tmp_path: Path, association: dict[str, Any]) -> None:
    with peer_meter(rig_meter(), tmp_path) as base, pty_before(base) as device:
        session(base, tmp_path, target=f"serial://{device}", **association | IMAGE)


@pytest.mark.parametrize("framing", ["hdlc", "wrap"])
@pytest.mark.parametrize(("words", "aad"), [([], "plain"), (["--header"], "header")], ids=["plain", "header"])
def test_general_ciphering(tmp_path: Path, words: list[str], aad: str, framing: str) -> None:
    wanted = GMAC | {"general_key": "identified", "general_profile": {"aad": aad}}
    with peer_meter(FOREIGN_METER, tmp_path, *words) as base:
        session(base + (framing == "wrap"), tmp_path, framing=framing, **wanted | IMAGE)


@pytest.mark.parametrize("framing", ["hdlc", "wrap"])
@pytest.mark.parametrize("general", [False, True], ids=["glo", "general-glo"])
@pytest.mark.parametrize("association", [{}, GMAC], ids=["plain", "ciphered"])
def test_access(tmp_path: Path, association: dict[str, Any], framing: str, general: bool) -> None:
    wanted = association | {"association": {"general": general}, "services": ["ACCESS"], "more": ["access"]}
    with peer_meter(FOREIGN_METER, tmp_path) as base:
        said = session(base + (framing == "wrap"), tmp_path, framing=framing, **wanted)
    assert said["access"] == "12345678, done, PYD0000000003, done, object-undefined"


@pytest.mark.parametrize("lost", [[], ["--lose", "2"], ["--lose", "3", "--lose", "4"]], ids=["none", "2", "3 and 4"])
@pytest.mark.parametrize("framing", ["hdlc", "wrap"])
@pytest.mark.parametrize("association", [{}, GMAC], ids=["plain", "ciphered"])
def test_general_block_transfer(tmp_path: Path, association: dict[str, Any], framing: str, lost: list[str]) -> None:
    wanted = association | {
        "association": {"max_receive_pdu_size": 128, "block_window": 4},
        "services": ["GENERAL_BLOCK_TRANSFER", "ACCESS"],
        "more": ["long value", "access", "image transfer"],
    }
    with peer_meter(FOREIGN_METER, tmp_path, "--pdu", "128", *lost) as base:
        said = session(base + (framing == "wrap"), tmp_path, framing=framing, **wanted)
    assert said.items() >= BLOCKS_SENT.items()


@pytest.mark.parametrize("association", [{}, GMAC], ids=["plain", "ciphered"])
def test_datagrams(tmp_path: Path, association: dict[str, Any]) -> None:
    with peer_meter(FOREIGN_METER, tmp_path) as base:
        session(base, tmp_path, target=f"udp://{HOST}:{base + 1}", **association)


@pytest.mark.parametrize(("framing", "frame"), [("hdlc", "ui"), ("hdlc", "i"), ("wrap", "ui")])
@pytest.mark.parametrize(("protection", "association"), [("plain", {}), ("glo", GMAC), ("general-glo", GMAC)])
def test_a_push_before_an_answer(
    tmp_path: Path, protection: str, association: dict[str, Any], framing: str, frame: str
) -> None:
    with peer_meter(FOREIGN_METER, tmp_path, "--push", protection, "--frame", frame) as base:
        said = session(base + (framing == "wrap"), tmp_path, framing=framing, **association, more=["push"])
    assert said["push"] == f"event-notification-request {protection != 'plain'}"
