"""A meter of pydlms-client in short names; runs with a Python that has that package, never imports ours.

``short_name_meter.py PORT [PDU]`` listens on PORT (HDLC) and PORT + 1 (wrapper) of 127.0.0.1. Its simulator serves
short names in every association but grants no service of theirs unless it is told to. Method 2 of the profile says how
many octets it was given: what a method returns must be short there.
"""

from __future__ import annotations

import sys
import threading

from cryptography.hazmat.primitives.asymmetric import ec
from pydlms.apdu.xdlms import Conformance
from pydlms.cosem.data import DlmsData
from pydlms.cosem.enums import ActionResult
from pydlms.security.context import SecurityContext
from pydlms.security.hls import Mechanism
from pydlms.simulator import ActionFailure, ClientProfile, example_meter, serve

SECRET = b"Gurux"
CLIENT_SECRET, METER_SECRET = 1001, 2002
MECHANISMS = {17: "LLS", 18: "HLS", 19: "HLS_MD5", 20: "HLS_SHA1", 21: "HLS_SHA256"}
SERVICES = (
    "READ",
    "WRITE",
    "UNCONFIRMED_WRITE",
    "PARAMETERIZED_ACCESS",
    "MULTIPLE_REFERENCES",
    "BLOCK_TRANSFER_WITH_GET_OR_READ",
    "BLOCK_TRANSFER_WITH_SET_OR_WRITE",
    "GENERAL_BLOCK_TRANSFER",
)


def meter(pdu: int) -> object:
    """A fresh meter with the SAPs and keys of the other peers."""
    made = example_meter(max_pdu=pdu)
    made.encryption_key, made.authentication_key = bytes(range(16)), bytes(range(0xD0, 0xE0))
    made.security = SecurityContext(made.encryption_key, made.authentication_key, client_system_title=made.system_title)
    made.last_client_ic = 0
    made.clients.update({sap: ClientProfile(Mechanism[name], SECRET) for sap, name in MECHANISMS.items()})
    made.clients[1] = ClientProfile(Mechanism.HLS_GMAC, None, True)
    made.clients[2] = ClientProfile(Mechanism.HLS_GMAC, None, False)
    made.security.signing_key = made.signing_key = ec.derive_private_key(METER_SECRET, ec.SECP256R1())
    public = ec.derive_private_key(CLIENT_SECRET, ec.SECP256R1()).public_key()
    made.clients[3] = ClientProfile(Mechanism.HLS_ECDSA, None, False, client_public_key=public)
    for name in SERVICES:
        made.conformance |= Conformance[name]
    if pdu < 1024:
        made.conformance &= ~Conformance.GENERAL_BLOCK_TRANSFER
    made.add_method(8, "0.0.1.0.0.255", 1, lambda _, parameters: None)
    made.add_method(7, "1.0.99.1.0.255", 2, lambda _, parameters: DlmsData.uint32(len(parameters.value)))
    made.add_method(3, "1.0.1.8.0.255", 1, deny)
    return made


def deny(_: object, parameters: object) -> None:
    """A method that nobody may invoke."""
    raise ActionFailure(ActionResult.READ_WRITE_DENIED)


def main() -> None:
    """Serve until somebody ends the process."""
    port, pdu = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1024
    serve(meter(pdu), "127.0.0.1", port, hdlc=True)
    serve(meter(pdu), "127.0.0.1", port + 1)
    threading.Event().wait()


main()
