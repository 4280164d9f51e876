"""P1 telegrams in the JSON form of the vectors, in clear and opened."""

from __future__ import annotations

from typing import Any

from dlmskit.apdu import GeneralGloCiphering
from dlmskit.codec.iec21.p1 import P1Telegram
from dlmskit.limits import Tolerance
from dlmskit.security.keys import KeySet
from dlmskit.security.protection import unprotect
from dlmskit.stack.p1 import open_p1
from vector_forms.vector import Vector

_CRC_DIGITS = 4


def p1(vector: Vector, tolerance: Tolerance) -> tuple[Any, bytes]:
    """The form of one vector of family p1, and its octets again."""
    octets = vector.octets
    if not vector.context.get("encrypted"):
        telegram = P1Telegram.from_bytes(octets)
        return telegram_form(telegram), telegram.to_bytes()
    keys = KeySet(guek=bytes.fromhex(vector.context["guek"]), gak=bytes.fromhex(vector.context["gak"]))
    message = open_p1(octets, keys, allow_unauthenticated=True)
    assert message.telegram is not None
    assert message.system_title is not None
    apdu = GeneralGloCiphering.from_bytes(octets)
    opened = unprotect(apdu.content, keys=keys, system_title=message.system_title, allow_unauthenticated=True)
    form = {
        "apdu": apdu.NAME,
        "system_title": message.system_title.hex(),
        "security_control": message.security_control,
        "invocation_counter": message.invocation_counter,
        "plaintext_ascii": opened.plain.decode("latin-1"),
        "p1": telegram_form(message.telegram),
    }
    assert message.telegram.to_bytes() == opened.plain
    return form, apdu.to_bytes()


def telegram_form(telegram: P1Telegram) -> dict[str, Any]:
    """Data sets without address go on with the one before: the vectors leave them out."""
    objects = [
        {"obis": data_set.address, "values": [_value_form(value.value, value.unit) for value in data_set.values]}
        for data_set in telegram.data_sets
        if data_set.address
    ]
    form: dict[str, Any] = {"identification": f"/{telegram.identification}", "objects": objects}
    digits = telegram.tail.rstrip(b"\r\n")
    if telegram.crc is not None and len(digits) == _CRC_DIGITS:
        form |= {"crc": digits.decode("ascii"), "crc_valid": True}
    return form


def _value_form(value: str, unit: str) -> dict[str, str]:
    return {"value": value} | ({"unit": unit} if unit else {})
