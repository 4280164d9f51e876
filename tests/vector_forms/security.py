"""Vectors of primitives: AES-GCM, key wrap, GMAC answers, single protected APDUs."""

from __future__ import annotations

from typing import Any

from dlmskit.limits import Tolerance
from dlmskit.security import hls, key_wrap
from dlmskit.security.keys import KeySet
from dlmskit.security.protection import AUTHENTICATED, ENCRYPTED, opened, protect, sealed, unprotect
from dlmskit.security.suite import TAG_OCTETS
from vector_forms.apdus import Opener, apdu_form, encoded_again
from vector_forms.vector import Vector

_BOTH = AUTHENTICATED | ENCRYPTED
Result = tuple[Any, bytes]


def _octets(vector: Vector, name: str) -> bytes:
    return bytes.fromhex(vector.context[name])


def _keys(vector: Vector, suite: int) -> KeySet:
    return KeySet(guek=_octets(vector, "guek"), gak=_octets(vector, "gak"), suite=suite)


def aes_gcm(vector: Vector, tolerance: Tolerance) -> Result:
    """Cipher text and 12-octet tag under a stated IV and AAD, which only the core of `protection` takes."""
    key, iv, aad = _octets(vector, "key"), _octets(vector, "iv"), _octets(vector, "aad")
    plain = opened(vector.octets, key=key, iv=iv, aad=aad, security_control=_BOTH)
    again = sealed(plain, key=key, iv=iv, aad=aad, security_control=_BOTH)
    return {"plaintext": plain.hex(), "tag": vector.octets[-TAG_OCTETS:].hex()}, again


def aes_key_wrap(vector: Vector, tolerance: Tolerance) -> Result:
    kek = _octets(vector, "kek")
    key = key_wrap.unwrap(vector.octets, master_key=kek)
    return {"key": key.hex()}, key_wrap.wrap(key, master_key=kek)


def hls_gmac(vector: Vector, tolerance: Tolerance) -> Result:
    title, challenge, octets = _octets(vector, "system_title"), _octets(vector, "challenge"), vector.octets
    keys = _keys(vector, octets[0] & 0x0F)
    counter = hls.gmac_verify(octets, challenge, keys=keys, system_title=title)
    answer = hls.gmac_answer(challenge, keys=keys, system_title=title, invocation_counter=counter)
    form = {"security_control": octets[0], "invocation_counter": counter, "tag": octets[5:].hex(), "verifies": True}
    return form, answer


def gcm_apdu(vector: Vector, tolerance: Tolerance) -> Result:
    """A whole ciphered APDU; or bare cipher text whose tag, published apart, may be longer than DLMS has it."""
    opener = Opener(vector.context, tolerance)
    if "tag_as_published" not in vector.context:
        value = opener.decode(vector.octets)
        return apdu_form(value, opener), encoded_again(value)
    keys, title = _keys(vector, 0), _octets(vector, "system_title")
    counter = vector.context["invocation_counter"]
    header = bytes((_BOTH,)) + counter.to_bytes(4, "big")
    tag = _octets(vector, "tag_as_published")[:TAG_OCTETS]
    unprotected = unprotect(header + vector.octets + tag, keys=keys, system_title=title)
    value = opener.decode(unprotected.plain)
    again = protect(
        encoded_again(value), keys=keys, system_title=title, invocation_counter=counter, security_control=_BOTH
    )
    return {"plaintext": unprotected.plain.hex(), "apdu": apdu_form(value, opener)}, again[len(header) : -len(tag)]


KINDS = {
    "aes-gcm": aes_gcm,
    "aes-key-wrap": aes_key_wrap,
    "hls-gmac": hls_gmac,
    "gcm-auth-encrypt": gcm_apdu,
    "gcm-bad-tag": gcm_apdu,
}
