"""APDUs, their protection, HDLC frames, OBIS codes and pushes: the workloads w3 to w9 of the rig.

Each calls what a user of dlmskit calls, or what its links and sessions call; nothing here is faster than the stack.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import harness

from dlmskit.apdu import (
    Aare,
    Aarq,
    AttributeDescriptor,
    GetRequestNormal,
    InitiateRequest,
    InitiateResponse,
    decode,
)
from dlmskit.apdu.acse import AUTHENTICATION_REQUIREMENT
from dlmskit.cosem import describe
from dlmskit.enums import ApplicationContext, Conformance, Mechanism
from dlmskit.limits import DEFAULT_LIMITS
from dlmskit.link.hdlc import Control, FrameKind, FrameReader, HdlcAddress, HdlcFrame, llc
from dlmskit.link.hdlc.sequence import Inbound
from dlmskit.model.registry import push_templates
from dlmskit.obis import Obis
from dlmskit.security.keys import KeySet
from dlmskit.security.protection import unprotect
from dlmskit.translate.push_reader import PushReader

CLIENT, METER = HdlcAddress(16), HdlcAddress(1)


def response(workloads: Any) -> Any:
    octets = workloads.raw("w3")
    return harness.Case(lambda: decode(octets).result.value, note="decode, and the value as plain Python")


def request(workloads: Any) -> Any:
    obis = Obis(1, 0, 1, 8, 0)
    return harness.Case(
        lambda: GetRequestNormal(0xC1, AttributeDescriptor(3, obis, 2)).to_bytes(),
        want=harness.canon(workloads.raw("w4")),
    )


def aarq_written(workloads: Any) -> Any:
    conformance = Conformance(0x007E1F)

    def write() -> bytes:
        initiate = InitiateRequest(proposed_conformance=conformance, client_max_receive_pdu_size=0x04B0)
        return Aarq(
            application_context_name=ApplicationContext.LN,
            sender_acse_requirements=AUTHENTICATION_REQUIREMENT,
            mechanism_name=Mechanism.LOW,
            calling_authentication_value=b"12345678",
            user_information=initiate.to_bytes(),
        ).to_bytes()

    return harness.Case(write, want=harness.canon(workloads.raw("w5_aarq")), note="with the initiate-request")


def aarq_read(workloads: Any) -> Any:
    octets = workloads.raw("w5_aarq")

    def read() -> Any:
        aarq = decode(octets)
        return aarq, InitiateRequest.from_bytes(aarq.user_information)

    return harness.Case(read, check=lambda found: found[0].calling_authentication_value == b"12345678")


def aare_read(workloads: Any) -> Any:
    octets = workloads.raw("w5_aare")

    def read() -> Any:
        aare = decode(octets)
        return aare, InitiateResponse.from_bytes(aare.user_information)

    return harness.Case(
        read,
        check=lambda found: (found[0].result, int(found[1].negotiated_conformance)) == (0, 0x007C1F),
        note="with the initiate-response",
    )


def aare_written(workloads: Any) -> Any:
    aare = Aare.from_bytes(workloads.raw("w5_aare"))
    return harness.Case(aare.to_bytes, want=harness.canon(workloads.raw("w5_aare")))


def ciphered(name: str, workloads: Any) -> Any:
    octets, known = workloads.raw(name), workloads.keys
    keys, title = KeySet(guek=known["ek"], gak=known["ak"]), known["system_title"]

    def read() -> Any:
        opened = unprotect(decode(octets).content, keys=keys, system_title=title)
        return decode(opened.plain).result.value

    return harness.Case(read, note="envelope, tag and APDU; one key for all messages")


def frame_written(size: int, workloads: Any) -> Any:
    information = bytes.fromhex(workloads.meta(f"w7_enc_{size}")["payload"])
    return harness.Case(
        lambda: HdlcFrame(METER, CLIENT, Control(FrameKind.I, True, 0, 0), information).to_bytes(),
        want=harness.canon(workloads.raw(f"w7_enc_{size}")),
    )


def frame_read(size: int, workloads: Any) -> Any:
    octets = workloads.raw(f"w7_dec_{size}")
    reader = FrameReader()
    return harness.Case(lambda: reader.feed(octets)[0].information, note="the links' reader")


def message_joined(size: int, workloads: Any) -> Any:
    pieces = harness.chunks(workloads, f"w7_seg_{size}")

    def join() -> bytes:
        reader, inbound = FrameReader(), Inbound(DEFAULT_LIMITS.apdu_octets)
        for piece in pieces:
            for frame in reader.feed(piece):
                message = inbound.take(frame.information, frame.segmented)
        return llc.strip(message, llc.RESPONSE)

    return harness.Case(join, note="reader and assembly of the links, without their timers")


def _distinct() -> list[str]:
    """More codes than any cache holds."""
    return [f"1-{b}:{c}.8.{e}*255" for b in range(32) for c in range(100, 132) for e in range(64)]


def parsed(workloads: Any) -> Any:
    texts = workloads.expected("w8")
    octets = workloads.raw("w8")
    codes = [Obis.from_bytes(octets[at : at + 6]) for at in range(0, 6 * len(texts), 6)]
    return harness.Case(lambda: [Obis.parse(text) for text in texts], check=lambda found: found == codes)


def written(workloads: Any) -> Any:
    octets = workloads.raw("w8")
    codes = [Obis.from_bytes(octets[at : at + 6]) for at in range(0, len(octets), 6)]
    return harness.Case(lambda: [str(code) for code in codes])


def described(workloads: Any) -> Any:
    octets = workloads.raw("w8")
    codes = [Obis.from_bytes(octets[at : at + 6]) for at in range(0, len(octets), 6)]
    return harness.Case(lambda: [describe(code) for code in codes], check=lambda found: "voltage L1" in found)


def push(name: str, workloads: Any) -> Any:
    octets, pushes = workloads.raw(name), PushReader(push_templates())
    numbers = workloads.meta(name)["registers"]

    def read() -> Any:
        (frame,) = FrameReader().feed(octets)
        return pushes.explain(decode(llc.strip_push(frame.information))).readings

    def labelled(readings: Any) -> bool:
        return (
            sum(reading.unit is not None and reading.scaled and bool(reading.name) for reading in readings) == numbers
        )

    return harness.Case(
        read, check=labelled, note="frame to readings with name, unit and Decimal; the same list came before"
    )


def push_apdu(name: str, workloads: Any) -> Any:
    octets = workloads.raw(name)
    return harness.Case(lambda: decode(octets).notification_body.value)


_CIPHERED = ("glo_64", "glo_1k", "glo_16k", "gen_64", "gen_1k", "gen_16k")

CASES: dict[str, Callable[[Any], Any]] = {
    "w3.get_resp_dec": response,
    "w4.get_req_enc": request,
    "w5.aarq_enc": aarq_written,
    "w5.aare_dec": aare_read,
    "w5.aarq_dec": aarq_read,
    "w5.aare_enc": aare_written,
    **{
        f"w6.{form}_{size}": partial(ciphered, f"w6_{form}_{size}")
        for form in ("glo", "gen")
        for size in ("64", "1k", "16k")
    },
    **{f"w7.enc_{size}": partial(frame_written, size) for size in (128, 2030)},
    **{f"w7.dec_{size}": partial(frame_read, size) for size in (128, 2030)},
    **{f"w7.seg_{size}": partial(message_joined, size) for size in (128, 2030)},
    "w8.parse": parsed,
    "w8.format": written,
    "w8.describe": described,
    "w9.kamstrup": partial(push, "w9_kamstrup"),
    "w9.kaifa": partial(push, "w9_kaifa"),
    "w9.kamstrup_apdu": partial(push_apdu, "w9_kamstrup_apdu"),
    "w9.kaifa_apdu": partial(push_apdu, "w9_kaifa_apdu"),
}
