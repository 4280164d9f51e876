"""What is logged of a dialogue: states, repeats and refusals, and never a secret or what was ciphered."""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime
from typing import Any

import pytest

import dlmskit
from dlmskit.client import Client
from dlmskit.codec import data
from dlmskit.connecting import Wishes, plan
from dlmskit.exceptions import DataAccessError, DlmskitError
from dlmskit.model import registry
from dlmskit.security.keys import KeySet
from dlmskit.session.cosem import channel
from dlmskit.stack.recovery import Retry
from dlmskit.vmeter.build import meter_of, port_of
from dlmskit.vmeter.sim import SimTransport
from tests.cut_lines import CutMeter

PIECE = 6
"""octets in a row of a secret that would give something away"""


class Spoiled(SimTransport):
    """A line that turns a bit in some of what it brings."""

    def __init__(self, port: Any, every: int) -> None:
        super().__init__(port)
        self._every, self._reads = every, 0

    def read(self, timeout: float | None) -> bytes:
        octets = bytearray(super().read(timeout))
        self._reads += 1
        if self._every and self._reads % self._every == 0:
            octets[len(octets) // 2] ^= 4
        return bytes(octets)


def spellings(secret: bytes) -> set[str]:
    """How a piece of a secret would look in a line of text."""
    pieces = [secret[at : at + PIECE] for at in range(max(len(secret) - PIECE + 1, 1))]
    pieces = [piece for piece in pieces if len(set(piece)) > 3]  # a run of one octet is in everything
    return {text.lower() for piece in pieces for text in (piece.hex(), piece.hex(" "), repr(piece)[2:-1]) if text}


@pytest.fixture(scope="module")
def known() -> tuple[Any, KeySet]:
    """A virtual meter with secrets of its own, and these."""
    model, secrets = registry.load("generic"), KeySet(os.urandom(16), os.urandom(16), password=os.urandom(12))
    return meter_of(model, start=datetime.now(UTC), keys={row.name: secrets for row in model.associations}), secrets


@pytest.mark.parametrize("association", ["reader", "management"])
@pytest.mark.parametrize("wrong", ["", "keys", "password"])
@pytest.mark.parametrize("spoilt", [0, 3, 5])
def test_no_secret_and_nothing_ciphered_is_logged(
    known: tuple[Any, KeySet],
    association: str,
    wrong: str,
    spoilt: int,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG, "dlmskit")
    meter, there = known
    guek = os.urandom(16) if wrong == "keys" else there.guek
    password = os.urandom(8) if wrong == "password" else there.password
    here = KeySet(guek, there.gak, password=password)
    plain: list[bytes] = []
    with monkeypatch.context() as patched:
        protect, unprotect = channel.protect, channel.unprotect
        patched.setattr(channel, "protect", lambda octets, **more: (plain.append(octets), protect(octets, **more))[1])

        def opened(*args: Any, **more: Any) -> Any:
            found = unprotect(*args, **more)
            plain.append(found.plain)
            return found

        patched.setattr(channel, "unprotect", opened)
        wishes: Wishes = {"association": association, "keys": here, "timeout": 0.3}
        wanted = plan("sim:generic", **wishes)
        client = Client(
            Spoiled(port_of(meter, os.urandom), spoilt),
            wanted.stack,
            keys=wanted.keys,
            counters=wanted.counters,
            model=wanted.model,
            retry=Retry(repeats=1, pause=0.0),
            name="the meter",
            patience=0.5,
        )
        try:
            with client as asked:
                asked.read("1-0:1.8.0")
                asked.read_many(["0-0:42.0.0", "clock"])
                asked.set(1, "0-0:42.0.0", 2, data.octet_string(b"written in secret"))
        except DlmskitError as error:
            logging.getLogger("dlmskit.test").error("%s %r", error, error)
    said = caplog.text.lower()
    assert "the meter" in said or "dlmskit.test" in said
    keys = (there.guek, there.gak, there.password, guek, password)
    for secret in (*(key for key in keys if key is not None), *plain):
        assert not [text for text in spellings(secret) if text in said]


def test_what_is_logged_says_what_happened(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "dlmskit")
    with CutMeter("generic", 12, association="management").client() as meter:
        for _ in range(5):
            meter.clock()
        with pytest.raises(DataAccessError):
            meter.get(1, "9-9:9.9.9")
    said = {(record.name, record.levelname, record.getMessage().split()[0]) for record in caplog.records}
    assert said == {
        ("dlmskit.link", "DEBUG", "connected"),
        ("dlmskit.session", "INFO", "associated"),
        ("dlmskit.client", "DEBUG", "request"),
        ("dlmskit.client", "DEBUG", "completed"),
        ("dlmskit.client", "DEBUG", "refused"),
        ("dlmskit.session", "WARNING", "failed"),
        ("dlmskit.client", "WARNING", "retry"),
        ("dlmskit.client", "INFO", "reopened"),
        ("dlmskit.session", "INFO", "closed"),
    }
    assert "request op=get class_id=8 obis=0-0:1.0.0*255 attribute=2" in caplog.text


def test_a_meter_in_the_log_has_the_name_of_its_target(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "dlmskit")
    with dlmskit.connect("sim:generic"):
        pass
    assert caplog.records
    assert all(record.getMessage().startswith("sim:generic: ") for record in caplog.records)
