"""The xDLMS InitiateRequest and InitiateResponse that travel in user-information of AARQ and AARE.

Source: Green Book, COSEMpdu: InitiateRequest, InitiateResponse, Conformance.
"""

from __future__ import annotations

from typing import Annotated

from dlmskit.apdu.base import Apdu
from dlmskit.apdu.wire import BOOLEAN_DEFAULT_TRUE, CONFORMANCE, Integer, Optional, Unsigned8, Unsigned16
from dlmskit.enums import Conformance

QualityOfService = Annotated[int | None, Optional(Integer(1, signed=True))]
ConformanceBlock = Annotated[Conformance, CONFORMANCE]


class InitiateRequest(Apdu, frozen=True):
    """What the client proposes. The dedicated key, 16 or 32 octets, never shows in `repr`."""

    HEAD = b"\x01"
    HIDDEN = frozenset({"dedicated_key"})
    dedicated_key: bytes | None = None
    response_allowed: Annotated[bool, BOOLEAN_DEFAULT_TRUE] = True
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
