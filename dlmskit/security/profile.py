"""Where readings of the general services differ between the standard, companion specifications and devices."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from dlmskit.exceptions import SecurityError
from dlmskit.security.kdf import AlgorithmArc


class AadForm(StrEnum):
    """What general-ciphering authenticates besides the APDU itself."""

    HEADER = "header"
    """security control, authentication key, the five header fields with their lengths: the standard's words"""
    PLAIN = "plain"
    """security control, authentication key: as in every other ciphered APDU, which one large stack does"""
    HEADER_WITHOUT_KEY = "header-without-key"
    """security control, the five header fields with their lengths; no authentication key: GBCS"""


class GeneralProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One reading, used both ways; no other one is ever tried when it fails.

    `signed_length`: whether a signature covers the content's length before the content. `key_per_message`: every
    message has a key of its own, so its invocation counter is always 0; replay is then prevented by the originator's
    64-bit counter in the transaction-id, which the caller checks. This is the one exemption from the rule that a
    counter never comes back.
    """

    aad: AadForm = AadForm.HEADER
    arc: AlgorithmArc = AlgorithmArc.DLMS
    signed_length: bool = True
    key_per_message: bool = False

    def __post_init__(self) -> None:
        if self.key_per_message and self.aad is AadForm.PLAIN:
            raise SecurityError("general protection: a counter in the header needs a header that is authenticated")

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> GeneralProfile:
        """From labels, as a device setting has them; what is left out is as in `DLMS`. Raises `SecurityError`."""
        try:
            return msgspec.convert(settings, cls)
        except msgspec.ValidationError as error:
            raise SecurityError(f"general protection: {error}") from None


DLMS = GeneralProfile()
GBCS = GeneralProfile(aad=AadForm.HEADER_WITHOUT_KEY, arc=AlgorithmArc.GBCS, key_per_message=True)
