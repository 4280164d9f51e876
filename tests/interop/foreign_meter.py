"""Another maker's meter with the services that its usual set-up leaves out; runs in the peer's Python, not in ours.

``--port P``: HDLC over TCP on P, the wrapper over TCP and over UDP on P+1. ACCESS and general block transfer are
granted; ``--lose N`` loses block N of each side once. ``--push`` sends an event before it tells the time: ``plain``,
``glo`` or ``general-glo``, on HDLC in a ``--frame`` of this kind. With ``--header`` general-ciphering authenticates its
header as well. Client SAPs: 16 without authentication, 1 with GMAC and the public keys.
"""

from __future__ import annotations

import argparse
import socketserver
import threading

from pydlms import simulator
from pydlms.apdu.xdlms import AttributeDescriptor, Conformance, EventNotificationRequest
from pydlms.cosem.data import DlmsData
from pydlms.obis import ObisCode
from pydlms.security.ciphering import wrap, wrap_general_glo
from pydlms.security.general import GeneralAad
from pydlms.security.hls import Mechanism
from pydlms.wrapper import HEADER_SIZE, decode_header, encode_wrapper

HOST = "127.0.0.1"
KEYS = {"encryption_key": bytes(range(16)), "authentication_key": bytes(range(0xD0, 0xE0))}


def meter(wanted: argparse.Namespace) -> simulator.MeterSimulator:
    """A fresh meter; each line has one of its own."""
    made = simulator.example_meter(max_pdu=wanted.pdu, **KEYS)
    made.conformance |= Conformance.GENERAL_BLOCK_TRANSFER | Conformance.ACCESS
    made.clients[1] = simulator.ClientProfile(Mechanism.HLS_GMAC, None, True)
    if wanted.header:
        made.security.general_aad = GeneralAad.WITH_HEADER
    made.gbt_window = wanted.gbt_window
    made.drop_gbt_blocks = set(wanted.lose)
    made.drop_gbt_requests = set(wanted.lose)
    made.add_method(8, "0.0.1.0.0.255", 1, lambda meter, parameters: None)
    simulator.ImageTransferTarget(block_size=100).install(made)
    if wanted.push:
        speak(made, wanted.push, wanted.frame)
    return made


def speak(made: simulator.MeterSimulator, protection: str, frame: str) -> None:
    """Send an event ahead of every answer that tells the time."""
    clock = made.objects[8, ObisCode.parse("0.0.1.0.0.255")]
    time = clock[2]
    place = AttributeDescriptor(1, ObisCode.parse("0.0.96.1.0.255"), 2)
    event = EventNotificationRequest(place, DlmsData.visible_string("event")).to_bytes()
    protect = {"plain": lambda _, octets: octets, "glo": wrap, "general-glo": wrap_general_glo}[protection]

    def tell() -> DlmsData:
        made.pending_pushes.append(simulator.SimulatedPush(protect(made.security, event), hdlc_frame=frame))
        return time

    clock[2] = tell


class Datagrams(socketserver.BaseRequestHandler):
    """One datagram is one wrapper PDU; every sender shares one association, as behind a TCP connection."""

    def handle(self) -> None:
        octets, line = self.request
        header = decode_header(octets[:HEADER_SIZE])
        made, session = self.server.meter, self.server.session  # type: ignore[attr-defined]
        session.client_sap = header.source
        for answer in made.handle_all(octets[HEADER_SIZE:], session):
            line.sendto(encode_wrapper(header.destination, header.source, answer), self.client_address)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pdu", type=int, default=1024)
    parser.add_argument("--gbt-window", type=int, default=3)
    parser.add_argument("--lose", type=int, action="append", default=[])
    parser.add_argument("--header", action="store_true")
    parser.add_argument("--push", choices=["plain", "glo", "general-glo"])
    parser.add_argument("--frame", choices=["ui", "i"], default="ui")
    wanted = parser.parse_args()
    for hdlc in (True, False):
        simulator.serve(meter(wanted), HOST, wanted.port + (not hdlc), hdlc=hdlc)
    datagrams = socketserver.UDPServer((HOST, wanted.port + 1), Datagrams)
    datagrams.meter, datagrams.session = meter(wanted), simulator._Session()  # type: ignore[attr-defined]
    threading.Thread(target=datagrams.serve_forever, daemon=True).start()
    threading.Event().wait()


main()
