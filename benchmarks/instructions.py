"""Instruction counts by callgrind, for comparing commits: ``python -m benchmarks.instructions [--store]``.

They are printed with their change against the counts that were stored last, in `results/instructions.json`.

Each operation has a process of its own, and counting begins when it has started and warmed up. The same binary on the
same input gives the same count whatever else the machine does, so a change of a few per cent means something. Counts of
different machines or Python builds are not comparable.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import workload
from benchmarks.meter import Answers
from dlmskit import AssociationSettings, apdu
from dlmskit.client import Client
from dlmskit.codec import axdr
from dlmskit.codec.data import array_of
from dlmskit.link.hdlc.address import HdlcAddress
from dlmskit.link.hdlc.control import Control, FrameKind
from dlmskit.link.hdlc.frame import HdlcFrame
from dlmskit.obis import Obis
from dlmskit.security.keys import KeySet
from dlmskit.security.protection import AUTHENTICATED, ENCRYPTED, protect, unprotect
from dlmskit.session.operations import Get
from dlmskit.stack.build import LinkSettings, client_stack
from dlmskit.store.counters import MemoryCounters
from dlmskit.store.keys import MemoryKeyStore
from dlmskit.transport.base import Transport

Operation = Callable[[], Any]
STORED = Path(__file__).parent / "results" / "instructions.json"
_WARM = 20
"""times that an operation is done before it counts: by then the interpreter has specialised its code"""
_COLLECTED = re.compile(r"Collected : (\d+)")
_KEYS = KeySet(bytes(range(16)), bytes(range(0xD0, 0xE0)))
_TITLE = b"DKT\x00\x00\x00\x00\x01"


def _rows() -> Operation:
    octets = workload.profile_octets(100)
    return lambda: axdr.decode_value(octets)


def _encode() -> Operation:
    rows = workload.rows(100)
    return lambda: array_of(workload.ROW_TYPE, rows).to_bytes()


def _get_response() -> Operation:
    octets = bytes.fromhex("c401c1000680000001")
    return lambda: apdu.decode(octets)


def _get_request() -> Operation:
    descriptor = apdu.AttributeDescriptor(3, workload.REGISTERS[0], 2)
    return lambda: apdu.GetRequestNormal(0xC1, descriptor).to_bytes()


def _unprotect() -> Operation:
    control = AUTHENTICATED | ENCRYPTED
    sealed = protect(bytes(1024), keys=_KEYS, system_title=_TITLE, invocation_counter=1, security_control=control)
    return lambda: unprotect(sealed, keys=_KEYS, system_title=_TITLE)


def _obis() -> Operation:
    texts = [f"1-0:{c}.{d}.{e}*255" for c in range(1, 11) for d in range(10) for e in range(10)]
    return lambda: [Obis.parse(text) for text in texts]


def _frame(octets: int) -> HdlcFrame:
    return HdlcFrame(HdlcAddress(1, 17), HdlcAddress(16), Control(FrameKind.I, True, 1, 2), bytes(octets))


def _frame_out() -> Operation:
    return _frame(128).to_bytes


def _frame_in() -> Operation:
    octets = _frame(2030).to_bytes()
    return lambda: HdlcFrame.from_bytes(octets)


class _Line(Transport):
    """The benchmark's meter without a line between."""

    def __init__(self) -> None:
        self._answers = Answers(workload.ROWS)
        self._pending = b""

    def write(self, data: bytes) -> None:
        self._pending += self._answers.to(data)

    def read(self, timeout: float | None) -> bytes:
        data, self._pending = self._pending, b""
        return data

    def close(self) -> None:
        pass


def _client(operation: Get, size: int = 0xFFFF) -> Operation:
    stack = client_stack(LinkSettings(), AssociationSettings(max_receive_pdu_size=size), os.urandom)
    client = Client(_Line(), stack, keys=MemoryKeyStore(), counters=MemoryCounters()).open()
    return lambda: client.run(operation)


def _get() -> Operation:
    return _client(Get(3, workload.REGISTERS[0], 2))


def _get_in_blocks() -> Operation:
    return _client(Get(7, workload.PROFILE, 2), 1024)


OPERATIONS: dict[str, tuple[Callable[[], Operation], int]] = {
    "decode 100 profile rows": (_rows, 200),
    "encode 100 profile rows": (_encode, 200),
    "decode get-response": (_get_response, 2000),
    "encode get-request": (_get_request, 2000),
    "open 1 KiB of ciphertext": (_unprotect, 500),
    "parse 1,000 OBIS codes": (_obis, 20),
    "encode an HDLC frame of 128": (_frame_out, 2000),
    "decode an HDLC frame of 2,030": (_frame_in, 500),
    "GET through the client in memory": (_get, 500),
    "profile through it in 1 KiB blocks": (_get_in_blocks, 10),
}


def count(name: str) -> float:
    """Instructions that one operation takes."""
    times = OPERATIONS[name][1]
    command = [
        "valgrind",
        "--tool=callgrind",
        "--callgrind-out-file=/dev/null",
        "--instr-atstart=no",
        *(sys.executable, "-m", "benchmarks.instructions", "--run", name, str(times)),
    ]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, env={**os.environ, "PYTHONHASHSEED": "0"}, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        subprocess.run(["callgrind_control", "-i", "on", str(child.pid)], check=True, capture_output=True, timeout=60)
        _, said = child.communicate("go\n", timeout=300)
    found = _COLLECTED.search(said)
    if found is None:
        raise SystemExit(f"callgrind says no count: {said[-200:]}")
    return int(found[1]) / times


def _run(name: str, times: int) -> None:
    """In the child: say when everything is there, wait until counting has begun, then work."""
    operation = OPERATIONS[name][0]()
    for _ in range(_WARM):
        operation()
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(times):
        operation()
    os._exit(0)  # its end is not part of the work


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.instructions", description=__doc__)
    parser.add_argument("--only", default="", metavar="TEXT", help="operations whose name has this in it")
    parser.add_argument("--against", type=Path, default=STORED, help="compare with these counts (%(default)s)")
    parser.add_argument("--store", action="store_true", help="keep the new counts in their place")
    parser.add_argument("--run", nargs=2, metavar=("NAME", "TIMES"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        _run(arguments.run[0], int(arguments.run[1]))
    before: dict[str, float] = json.loads(arguments.against.read_text()) if arguments.against.exists() else {}
    counts = dict(before)
    for name in OPERATIONS:
        if arguments.only in name:
            counts[name] = count(name)
            change = f"{counts[name] / before[name] - 1:+8.1%}" if name in before else ""
            print(f"{name:34} {counts[name]:14,.0f} {change}", flush=True)
    if arguments.store:
        STORED.write_text(json.dumps({name: counts[name] for name in OPERATIONS if name in counts}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
