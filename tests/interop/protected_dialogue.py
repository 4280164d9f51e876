"""Another maker's client, or its meter, behind a pipe: an APDU in hex a line, either way.

Runs in the peer's Python, not in ours. The only argument is JSON. A client begins; what it has found out comes as a
line ``= VALUE``, a failure as ``! REASON``. A meter answers each line with one line, ``-`` for no answer.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from pydlms.apdu import xdlms
from pydlms.apdu.xdlms import AttributeDescriptor, Conformance, MethodDescriptor
from pydlms.association import Association, AssociationSettings
from pydlms.cosem.data import DlmsData
from pydlms.exceptions import DlmsError
from pydlms.link import ApduLink
from pydlms.obis import ObisCode
from pydlms.security.context import SecurityContext
from pydlms.security.general import KeyInfo
from pydlms.security.hls import Mechanism
from pydlms.security.suites import SecurityPolicy
from pydlms.simulator import ClientProfile, MeterSimulator, _Session

CURVES = {1: ec.SECP256R1(), 2: ec.SECP384R1()}
ENERGY = (3, ObisCode(1, 0, 1, 8, 0, 255), 2)


class Pipe(ApduLink):
    def connect(self) -> None:
        return None

    def disconnect(self) -> None:
        return None

    def send_apdu(self, apdu: bytes) -> None:
        print(apdu.hex(), flush=True)

    def receive_apdu(self, timeout: float | None = None) -> bytes:
        return bytes.fromhex(sys.stdin.readline())

    def request(self, apdu: bytes, timeout: float | None = None) -> bytes:
        self.send_apdu(apdu)
        return self.receive_apdu()


def context(wanted: dict[str, Any], title: str, peer: str | None) -> SecurityContext:
    suite = wanted["suite"]
    pairs: dict[str, Any] = {}
    for name, scalar in wanted.get("private", {}).items():
        pairs[name] = ec.derive_private_key(int(scalar, 16), CURVES[suite])
    for name, point in wanted.get("public", {}).items():
        pairs[name] = ec.EllipticCurvePublicKey.from_encoded_point(CURVES[suite], b"\x04" + bytes.fromhex(point))
    return SecurityContext(
        bytes.fromhex(wanted["guek"]),
        bytes.fromhex(wanted["gak"]),
        client_system_title=bytes.fromhex(title),
        server_system_title=None if peer is None else bytes.fromhex(peer),
        invocation_counter=wanted["counter"],
        suite=suite,
        policy=SecurityPolicy(wanted["control"]),
        master_key=bytes.fromhex(wanted["master_key"]),
        general_aad=wanted["aad"],
        signing_form=wanted["form"],
        **pairs,
    )


def client(wanted: dict[str, Any]) -> None:
    settings = AssociationSettings(
        mechanism=Mechanism.HLS_GMAC,
        security=context(wanted, wanted["client_title"], None),
        protection=wanted["protection"],
        key_info=KeyInfo(*wanted["key"]),
        conformance=Conformance.default_ln() | Conformance.GENERAL_PROTECTION,
    )
    association = Association(Pipe(), settings)
    association.associate()
    for _ in range(2):
        request = xdlms.GetRequestNormal(0xC1, AttributeDescriptor(*ENERGY))
        print("=", association.request(request.to_bytes()).hex(), flush=True)
    action = MethodDescriptor(9, ObisCode(0, 0, 10, 0, 0, 255), 3)
    response = association.request(xdlms.ActionRequestNormal(0xC2, action, DlmsData.octet_string(bytes(60))).to_bytes())
    print("=", response.hex(), flush=True)
    association.release()
    print("=", association.release_status, flush=True)


def meter(wanted: dict[str, Any]) -> None:
    simulator = MeterSimulator(bytes.fromhex(wanted["meter_title"]))
    simulator.encryption_key, simulator.authentication_key = (bytes.fromhex(wanted[name]) for name in ("guek", "gak"))
    simulator.security = context(wanted, wanted["meter_title"], wanted["client_title"])
    simulator.add_object(3, "1.0.1.8.0.255", {2: DlmsData.uint32(123456)})
    if wanted["suite"]:
        simulator.signing_key = simulator.security.signing_key
        profile = ClientProfile(
            Mechanism.HLS_ECDSA, ciphered=True, client_public_key=simulator.security.peer_signing_key
        )
    else:
        profile = ClientProfile(Mechanism.HLS_GMAC, ciphered=True)
    simulator.clients = {16: profile}
    session = _Session(client_sap=16)
    for line in sys.stdin:
        answer = simulator.handle(bytes.fromhex(line), session)
        print("-" if answer is None else answer.hex(), flush=True)


wanted = json.loads(sys.argv[1])
try:
    {"client": client, "meter": meter}[wanted["role"]](wanted)
except DlmsError as error:
    print(f"! {type(error).__name__}: {error}", flush=True)
