"""Messages of the British smart metering system (GBCS) in the JSON form of the vectors.

A message is a general-signing, alone or in the clear content of a general-ciphering that authenticates it. What it
carries is an APDU to an electricity meter, and something else to a gas meter. MACs and signatures of known
parties are verified.
"""

from __future__ import annotations

from typing import Any

from dlmskit import apdu
from dlmskit.limits import Tolerance
from vector_forms.apdus import Opener, apdu_form, encoded_again, is_apdu
from vector_forms.gbcs_keys import check_mac, check_signature
from vector_forms.vector import Vector

_FLAGS = {1: "Command", 2: "Response", 3: "Alert"}


def gbcs(vector: Vector, tolerance: Tolerance) -> tuple[Any, bytes]:
    """The form of one message, and its octets again."""
    opener = Opener({}, tolerance)
    value = opener.decode(vector.octets)
    form: dict[str, Any] = {"own": _envelope(value, opener)}
    signed = value
    said: dict[str, str] = {}
    if isinstance(value, apdu.GeneralCiphering):
        said["MAC Header / Ciphered Service Length"] = str(len(value.content))
        signed = opener.decode(apdu.CipheredContent.parse(value.content).payload)
        form["own_general_signing"] = _envelope(signed, opener)
    assert isinstance(signed, apdu.GeneralSigning)
    if isinstance(value, apdu.GeneralCiphering) and check_mac(value, signed):
        said["MAC / MAC"] = "valid"
    if check_signature(signed):
        said["Signature / Valid"] = "true"
    if is_apdu(signed.content):
        form["payload"] = apdu_form(opener.decode(signed.content), opener)
    else:
        form["payload_hex"] = signed.content.hex()
    form["gbcs_parser"] = vector.expected["gbcs_parser"] | said | _grouping(signed)
    return form, encoded_again(value)


def _envelope(value: apdu.Apdu, opener: Opener) -> dict[str, Any]:
    """What is around the payload; vectors leave out what they show beside it."""
    form = apdu_form(value, opener)
    form.pop("content", None)
    return form


def _grouping(signed: apdu.GeneralSigning) -> dict[str, str]:
    """What the header of the message says, in the words of gbcs-parser."""
    return {
        "Grouping Header / CRA Flag": _FLAGS[signed.transaction_id[0]],
        "Grouping Header / Originator Counter": str(int.from_bytes(signed.transaction_id[1:], "big")),
        "Grouping Header / Other Information Length": str(len(signed.other_information)),
        "Grouping Header / Content Length": str(len(signed.content)),
        "Signature / Signature Length": str(len(signed.signature)),
    }
