"""A meter that does nothing but answer: ``python -m benchmarks.meter``, a process of its own for loads on loopback.

It serves the wrapper over TCP on 127.0.0.1 from octets made beforehand, so that its cost hides nothing of the client's:
associations without authentication, registers, and a profile in blocks of the agreed size. A connection whose first
octet is 'e' is echoed, which gives the floor. The first line on its output is its port; each line on its input gets
its CPU seconds so far, and the end of the input ends it.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from functools import lru_cache

from benchmarks import workload
from dlmskit.apdu import Aare, Aarq, InitiateRequest, InitiateResponse, Rlre, decode
from dlmskit.apdu.acse import ResultSourceDiagnostic
from dlmskit.codec.data import double_long_unsigned
from dlmskit.enums import ApplicationContext, AssociationResult, Conformance

HEADER = 8
GRANTED = Conformance.GET | Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ | Conformance.SELECTIVE_ACCESS
VALUE = b"\x00" + double_long_unsigned(0x8000_0001).to_bytes()
SCALER_UNIT = b"\x00" + workload.scaler_unit()
CAPTURED = b"\x00" + workload.capture_objects()
PERIOD = b"\x00" + double_long_unsigned(workload.PERIOD).to_bytes()
REFUSED = b"\x01\x04"
ANSWERS = {(3, 2): VALUE, (3, 3): SCALER_UNIT, (7, 3): CAPTURED, (7, 4): PERIOD}
BLOCK_HEAD = 12
"""what a block's APDU has before its octets"""


@lru_cache
def accepted(size: int) -> bytes:
    """The AARE for a client that takes APDUs of `size` octets."""
    agreed = InitiateResponse(negotiated_conformance=GRANTED, server_max_receive_pdu_size=size)
    return Aare(
        application_context_name=ApplicationContext.LN,
        result=AssociationResult.ACCEPTED,
        result_source_diagnostic=ResultSourceDiagnostic(0),
        user_information=agreed.to_bytes(),
    ).to_bytes()


@lru_cache
def blocks(count: int, size: int) -> tuple[bytes, ...]:
    """The ends of the APDUs that bring `count` rows: last-block, block-number, result and octets."""
    octets, room = workload.profile_octets(count), size - BLOCK_HEAD
    parts = [octets[at : at + room] for at in range(0, len(octets), room)]
    return tuple(
        bytes([number == len(parts)]) + number.to_bytes(4, "big") + b"\x00" + length(len(part)) + part
        for number, part in enumerate(parts, 1)
    )


def length(octets: int) -> bytes:
    """The length field of A-XDR."""
    return bytes([octets]) if octets < 128 else b"\x82" + octets.to_bytes(2, "big")


class Answers:
    """What the meter says to what comes on one connection."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._received = b""
        self._size = 1024

    def to(self, data: bytes) -> bytes:
        """The answers to every wrapper PDU that `data` completes."""
        received, at, answers = self._received + data, 0, []
        while len(received) >= at + HEADER:
            end = at + HEADER + int.from_bytes(received[at + 6 : at + 8], "big")
            if len(received) < end:
                break
            answer = self._answer(received[at + HEADER : end])
            header = received[at : at + 2] + received[at + 4 : at + 6] + received[at + 2 : at + 4]
            answers.append(header + len(answer).to_bytes(2, "big") + answer)
            at = end
        self._received = received[at:]
        return b"".join(answers)

    def _answer(self, apdu: bytes) -> bytes:
        if apdu[:2] == b"\xc0\x01":
            asked = int.from_bytes(apdu[3:5], "big"), apdu[11]
            if asked == (7, 2):
                return b"\xc4\x02" + apdu[2:3] + blocks(self._rows, self._size)[0]
            return b"\xc4\x01" + apdu[2:3] + ANSWERS.get(asked, REFUSED)
        if apdu[:2] == b"\xc0\x02":
            return b"\xc4\x02" + apdu[2:3] + blocks(self._rows, self._size)[int.from_bytes(apdu[3:7], "big")]
        if apdu[:1] == Aarq.HEAD:
            asked_for = decode(apdu)
            assert isinstance(asked_for, Aarq)
            initiate = decode(asked_for.user_information or b"")
            assert isinstance(initiate, InitiateRequest)
            self._size = initiate.client_max_receive_pdu_size
            return accepted(self._size)
        return Rlre(reason=0).to_bytes()


class Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, rows: int) -> None:
        self._answers = Answers(rows)
        self._echo = False
        self._began = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if not self._began:
            self._began, self._echo = True, data[:1] == b"e"
        self._transport.write(data if self._echo else self._answers.to(data))


def report(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Answer each line of the input with the CPU seconds so far."""
    for _ in sys.stdin:
        print(time.process_time(), flush=True)
    loop.call_soon_threadsafe(stop.set)


async def serve(rows: int) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    server = await loop.create_server(lambda: Line(rows), "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    threading.Thread(target=report, args=(loop, stop), daemon=True).start()
    await stop.wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]) if len(sys.argv) > 1 else workload.ROWS))
