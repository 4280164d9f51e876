"""Short names against another maker's stack: our client and its meter, its client and our meter."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest

from dlmskit.client import Client, connect
from dlmskit.codec import data
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.cosem.short_names import method_offset
from dlmskit.enums import ApplicationContext, Mechanism
from dlmskit.exceptions import ActionError, AssociationError, DataAccessError
from dlmskit.obis import Obis
from dlmskit.security.credentials import Credentials
from dlmskit.security.key_pair import PrivateKey
from dlmskit.security.keys import KeySet
from dlmskit.session.cosem.settings import AssociationSettings
from dlmskit.session.operations import Get
from dlmskit.store.counters import MemoryCounters
from dlmskit.store.keys import MemoryKeyStore
from dlmskit.vmeter import SimMeter

HERE = Path(__file__).parent
KEYS = KeySet(bytes(range(16)), bytes(range(0xD0, 0xE0)), password=b"Gurux")
PAIRS = Credentials(
    1,
    signing=PrivateKey((1001).to_bytes(32, "big"), 1),
    peer_signing=PrivateKey((2002).to_bytes(32, "big"), 1).public,
)
SN, SN_CIPHERED = ApplicationContext.SN, ApplicationContext.SN_CIPHERED
ASSOCIATIONS = {
    "none": (16, Mechanism.NONE, SN),
    "low": (17, Mechanism.LOW, SN),
    "high": (18, Mechanism.HIGH, SN),
    "md5": (19, Mechanism.HIGH_MD5, SN),
    "sha1": (20, Mechanism.HIGH_SHA1, SN),
    "sha256": (21, Mechanism.HIGH_SHA256, SN),
    "ecdsa": (3, Mechanism.HIGH_ECDSA, SN),
    "gmac-plain": (2, Mechanism.HIGH_GMAC, SN),
    "gmac": (1, Mechanism.HIGH_GMAC, SN_CIPHERED),
}
CLOCK, ENERGY, PROFILE = "0-0:1.0.0*255", "1-0:1.8.0*255", "1-0:99.1.0*255"


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


def listens(port: int) -> bool:
    """Whether anybody listens on the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def peer_meter(pdu: int = 1024) -> Iterator[int]:
    """A fresh peer meter; its base port."""
    base = free_base()
    command = [os.environ["DLMSKIT_PEER_PYTHON"], str(HERE / "short_name_meter.py"), str(base), str(pdu)]
    process = subprocess.Popen(command, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    try:
        end = time.monotonic() + 20
        while not listens(base + 1):
            assert time.monotonic() < end, "the peer meter did not start"
            time.sleep(0.05)
        yield base
    finally:
        process.terminate()
        process.wait(10)


def client(base: int, auth: str, framing: str, size: int = 1024, keys: KeySet = KEYS) -> Client:
    """Our client in short names."""
    sap, mechanism, context = ASSOCIATIONS[auth]
    settings = AssociationSettings(
        client_sap=sap,
        mechanism=mechanism,
        context=context,
        suite=1 if auth == "ecdsa" else 0,
        system_title=b"DKTSHORT",
        max_receive_pdu_size=size,
    )
    target = f"tcp+hdlc://127.0.0.1:{base}" if framing == "hdlc" else f"tcp://127.0.0.1:{base + 1}"
    return connect(
        target,
        association=settings,
        keys=MemoryKeyStore(keys, credentials={b"": PAIRS}),
        counters=MemoryCounters(),
        timeout=4.0,
    )


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
@pytest.mark.parametrize("auth", ASSOCIATIONS)
def test_our_client_reads_a_foreign_meter(auth: str, framing: str) -> None:
    with peer_meter() as base, client(base, auth, framing) as meter:
        assert {(row.class_id, str(row.obis)) for row in meter.objects()} >= {(8, CLOCK), (3, ENERGY), (7, PROFILE)}
        assert meter.clock().year == 2024
        assert str(meter.register(ENERGY)) == "12345678 Wh"
        assert len(meter.profile(PROFILE).rows) == 96
        start, end = datetime(2024, 5, 1, 1, tzinfo=UTC), datetime(2024, 5, 1, 3, tzinfo=UTC)
        assert len(meter.profile(PROFILE, start, end).rows) == 9
        obis = Obis.parse
        found = meter.get_list(Get(8, obis(CLOCK), 2), Get(1, obis("9-9:9.9.9"), 2), Get(3, obis(ENERGY), 2))
        assert isinstance(found[1], DataAccessError)
        assert found[2] == data.double_long_unsigned(12345678)
        moment = CosemDateTime.from_datetime(datetime(2025, 1, 2, tzinfo=UTC))
        meter.set(8, CLOCK, 2, data.octet_string(moment.to_bytes()))
        assert meter.clock() == moment
        assert meter.action(8, CLOCK, 1, data.integer(0)) is None
        with pytest.raises(ActionError, match="read-write-denied"):
            meter.action(3, ENERGY, 1, data.integer(0))


@pytest.mark.parametrize("auth", ["none", "gmac"])
def test_what_is_long_goes_in_blocks_both_ways(auth: str) -> None:
    octets = data.octet_string(bytes(range(256)) * 3)
    with peer_meter(200) as base, client(base, auth, "wrapper", 200) as meter:
        assert len(meter.get(7, PROFILE).value) == 96
        assert meter.action(7, PROFILE, 2, octets) == data.double_long_unsigned(768)
        meter.set(1, "0-0:96.1.0", 2, octets)
        assert meter.get(1, "0-0:96.1.0", 2) == octets


@pytest.mark.parametrize("auth", ["low", "md5", "sha256", "gmac"])
def test_a_foreign_meter_refuses_a_wrong_secret(auth: str) -> None:
    wrong = KeySet(bytes(16), bytes(16), password=b"wrong")
    with peer_meter() as base, pytest.raises(AssociationError), client(base, auth, "wrapper", keys=wrong):
        pass


THEIRS = {
    "none": "NONE",
    "low": "LLS",
    "high": "HLS",
    "md5": "HLS_MD5",
    "sha1": "HLS_SHA1",
    "sha256": "HLS_SHA256",
    "gmac-plain": "HLS_GMAC",
    "gmac": "HLS_GMAC",
}


def foreign_client(port: int, auth: str, framing: str, size: int = 0) -> dict[str, str]:
    """What became of each step of the foreign client's session."""
    sap, _, context = ASSOCIATIONS[auth]
    wanted = {
        "port": port,
        "hdlc": framing == "hdlc",
        "client": sap,
        "mechanism": THEIRS[auth],
        "ciphered": context is SN_CIPHERED,
        "size": size,
    }
    command = [os.environ["DLMSKIT_PEER_PYTHON"], str(HERE / "short_name_client.py"), json.dumps(wanted)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr
    steps: dict[str, str] = json.loads(done.stdout)
    return steps


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
@pytest.mark.parametrize("auth", THEIRS)
def test_a_foreign_client_reads_our_meter(auth: str, framing: Literal["hdlc", "wrapper"]) -> None:
    with SimMeter("interop", links={framing: 0}) as meter:
        check(foreign_client(int(meter.target.rpartition(":")[2]), auth, framing))


@pytest.mark.parametrize("auth", ["low", "gmac"])
def test_a_foreign_client_takes_our_blocks(auth: str) -> None:
    with SimMeter("interop", links={"wrapper": 0}) as meter:
        check(foreign_client(int(meter.target.rpartition(":")[2]), auth, "wrapper", size=200))


def check(steps: dict[str, str]) -> None:
    """Every step went as it should; requests of 3000 octets came whole, in blocks, before they were refused."""
    refusals = {name: text for name, text in steps.items() if "Error" in text}
    assert refusals.keys() == {"unknown", "denied", "long set", "long action"}
    assert "not in the SN object list" in refusals["unknown"]
    assert "READ_WRITE_DENIED" in refusals["denied"]
    assert "READ_WRITE_DENIED" in refusals["long set"]
    assert "TYPE_UNMATCHED" in refusals["long action"]
    assert steps["general blocks"] == "False"
    assert int(steps["objects"]) > 10
    assert steps["clock"].startswith("2024-05-01 23:45")
    assert steps["register"].endswith(" Wh")
    assert (steps["profile"], steps["entries"], steps["set back"], steps["long get"]) == ("96", "2", "-120", "16")


TABLES = """
import json
from pydlms.sn_methods import METHOD_OFFSETS, VERSION_OFFSETS
from gurux_dlms.GXDLMS import GXDLMS
theirs = {}
for number in range(256):
    offset, count = [0], [0]
    GXDLMS.getActionInfo(number, offset, count)
    theirs[number] = offset[0] if count[0] else None
print(json.dumps([{int(k): v for k, v in METHOD_OFFSETS.items()},
                  {int(k): v for k, v in VERSION_OFFSETS.items()}, theirs]))
"""


def test_methods_lie_where_other_stacks_look_for_them() -> None:
    done = subprocess.run(
        [os.environ["DLMSKIT_PEER_PYTHON"], "-c", TABLES], capture_output=True, text=True, check=True, timeout=60
    )
    newest, versions, gurux = json.loads(done.stdout)
    compared = 0
    for class_id in range(256):
        ours = {version: member_one(class_id, version) for version in range(3)}
        for version, offset in ours.items():
            theirs = versions.get(str(class_id), {}).get(str(version), newest.get(str(class_id)))
            if offset is not None and theirs is not None and str(class_id) not in versions:
                assert theirs == offset, class_id
                compared += 1
            elif offset is not None and str(version) in versions.get(str(class_id), {}):
                assert theirs == offset, (class_id, version)
        if gurux[str(class_id)] is not None and class_id in GURUX_AGREES:
            assert gurux[str(class_id)] in ours.values(), class_id
    assert compared >= 30


GURUX_AGREES = {9, 11, 12, 18, 20, 40, 42, 64, 70}
"""classes whose rows that stack has in order; others it assigns twice in one branch"""


def member_one(class_id: int, version: int) -> int | None:
    """Offset of the first method, counted back to method 1."""
    found = next((n for n in range(1, 9) if method_offset(class_id, version, n) is not None), None)
    offset = method_offset(class_id, version, found) if found is not None else None
    return None if found is None or offset is None else offset - 8 * (found - 1)


def test_another_foreign_client_reads_our_meter() -> None:
    with SimMeter("interop", links={"wrapper": 0}) as meter:
        port = meter.target.rpartition(":")[2]
        command = [os.environ["DLMSKIT_PEER_PYTHON"], str(HERE / "short_name_gurux_client.py"), port]
        done = subprocess.run(command, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr
    steps = json.loads(done.stdout.splitlines()[-1])
    assert steps.pop("clock").startswith("05/01/24 23:45")
    assert steps.pop("objects") > 10
    assert "undefined object" in steps.pop("unknown")
    assert "Other Reason" in steps.pop("verify")
    value, unit = steps.pop("register")
    assert (value > 1e6, unit) == (True, 30)
    columns = ["0.0.1.0.0.255", "1.0.1.8.0.255", "1.0.2.8.0.255"]
    assert steps == {"columns": columns, "entries": 2, "range": 9, "list": 3, "set back": -120}
