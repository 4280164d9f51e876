"""The xDLMS InitiateRequest and InitiateResponse that travel in user-information of AARQ and AARE.

Source: Green Book, COSEMpdu: InitiateRequest, InitiateResponse, Conformance.
"""

from __future__ import annotations

from typing import Annotated

from dlmskit.apdu.base import Apdu
from dlmskit.apdu.wire import BOOLEAN, Integer, Optional, Unsigned8, Unsigned16, take
from dlmskit.enums import Conformance
from dlmskit.exceptions import DecodeError
from dlmskit.limits import Limits, Tolerance

_CONFORMANCE_HEAD = bytes.fromhex("5f1f0400")


class _ConformanceBits:
    """[APPLICATION 31] BIT STRING (SIZE (24)), in BER, also inside A-XDR: 5F 1F 04 00 and three octets."""

    def read(self, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance) -> tuple[Conformance, int]:
        found = take(octets, offset, 7)
        if not found.startswith(_CONFORMANCE_HEAD):
            raise DecodeError(f"conformance begins 5f1f0400, found {found[:4].hex()}", offset)
        return Conformance(int.from_bytes(found[4:], "big")), offset + 7

    def write(self, value: Conformance) -> bytes:
        return _CONFORMANCE_HEAD + int(value).to_bytes(3, "big")


class _DefaultTrue:
    """BOOLEAN DEFAULT TRUE: a presence octet, then the value when it is not the default."""

    def read(self, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance) -> tuple[bool, int]:
        value, end = Optional(BOOLEAN).read(octets, offset, limits, tolerance)
        if value is True:
            tolerance.accept("default-value-present", offset)
        return value is not False, end

    def write(self, value: bool) -> bytes:
        return b"\x00" if value else b"\x01\x00"


QualityOfService = Annotated[int | None, Optional(Integer(1, signed=True))]
ConformanceBlock = Annotated[Conformance, _ConformanceBits()]


class InitiateRequest(Apdu, frozen=True):
    """What the client proposes. The dedicated key, 16 or 32 octets, never shows in `repr`."""

    HEAD = b"\x01"
    HIDDEN = frozenset({"dedicated_key"})
    dedicated_key: bytes | None = None
    response_allowed: Annotated[bool, _DefaultTrue()] = True
    proposed_quality_of_service: QualityOfService = None
    proposed_dlms_version_number: Unsigned8 = 6
    proposed_conformance: ConformanceBlock = Conformance(0)
    client_max_receive_pdu_size: Unsigned16 = 0xFFFF


class InitiateResponse(Apdu, frozen=True):
    """What the server grants; `vaa_name` is 7 for logical names, 0xFA00 for short names."""

    HEAD = b"\x08"
    negotiated_quality_of_service: QualityOfService = None
    negotiated_dlms_version_number: Unsigned8 = 6
    negotiated_conformance: ConformanceBlock = Conformance(0)
    server_max_receive_pdu_size: Unsigned16 = 0xFFFF
    vaa_name: Unsigned16 = 7
