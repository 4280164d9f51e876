"""Other makers' clients read our dialects, live: registers, scalers, units and rows as our own client finds them."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dlmskit.client import Client, connect
from dlmskit.model import registry
from dlmskit.vmeter import defaults
from dlmskit.vmeter.sim import SimMeter

HERE = Path(__file__).parent
START = datetime(2026, 11, 21, 10, 7, 30, tzinfo=UTC)
DIALECTS = [
    ("smr5", "management"),
    ("idis", "reader"),
    ("kam-omnipower", "reader"),
    ("lgz-e450", "management"),
    ("adn", "reader"),
]
REGISTERS = (3, 4)


def ran(script: str, wanted: dict[str, Any]) -> dict[str, Any]:
    command = [os.environ["DLMSKIT_PEER_PYTHON"], str(HERE / script), json.dumps(wanted)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def ours(client: Client) -> dict[str, list[Any]]:
    """Number, scaler and unit by logical name as the other clients write it."""
    found = {}
    for row in client.objects():
        if row.class_id in REGISTERS:
            number = client.get(row.class_id, row.obis, 2).value
            number = number.hex() if isinstance(number, bytes) else number
            found[_dotted(row.obis)] = [number, *client.get(row.class_id, row.obis, 3).value]
    return found


def _dotted(obis: Any) -> str:
    return str(obis).replace("-", ".").replace(":", ".").replace("*", ".")


def settings(meter: SimMeter, name: str, association: str) -> dict[str, Any]:
    model = registry.load(name)
    assert model.connection is not None
    hdlc = model.connection.link == "hdlc"
    row, physical = model.association(association), model.connection.hdlc.server_lower if hdlc else None
    return {
        "port": int(meter.target.rpartition(":")[2]),
        "hdlc": hdlc,
        "client_sap": row.client_sap,
        "server_physical": physical,
        "address_size": model.connection.hdlc.address_octets if physical is not None else None,
        "ciphered": row.context.ciphered,
        "server": 1 if physical is None else (1 << 7 | physical),
    }


@pytest.mark.parametrize(("name", "association"), DIALECTS)
def test_pydlms_reads_every_register_and_profile(name: str, association: str) -> None:
    keys = defaults.keys(password=defaults.PASSWORD)
    with SimMeter(name, start=START, speed=0) as meter:
        found = ran("dialect_client.py", settings(meter, name, association))
        with connect(meter.target, model=name, association=association, keys=keys, timeout=10) as client:
            assert found["registers"] == ours(client)
            assert len(found["registers"]) >= 14
            for obis, (columns, rows) in found["profiles"].items():
                profile = client.profile(obis, entries=(1, 3))
                assert (len(profile.columns), len(profile.rows)) == (columns, rows)


@pytest.mark.parametrize(("name", "association"), [each for each in DIALECTS if each[1] == "reader"])
def test_gurux_reads_every_register(name: str, association: str) -> None:
    keys = defaults.keys(password=defaults.PASSWORD)
    with SimMeter(name, start=START, speed=0) as meter:
        found = ran("dialect_gurux_client.py", settings(meter, name, association))
        with connect(meter.target, model=name, association=association, keys=keys, timeout=10) as client:
            expected = ours(client)
            assert found["objects"] == len(client.objects())
    scaled = {obis: number * 10**scaler for obis, (number, scaler, _) in expected.items()}
    assert found["registers"].keys() == scaled.keys()
    for obis, (number, scaler, unit) in found["registers"].items():
        assert number == pytest.approx(scaled[obis])
        assert [scaler, unit] == [pytest.approx(10.0 ** expected[obis][1]), expected[obis][2]]
