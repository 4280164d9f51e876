"""APDUs that carry another one whole: ciphered contents, general-ciphering, general-signing, gateway prefixes."""

from __future__ import annotations

from collections.abc import Callable

from dlmskit.apdu import (
    Apdu,
    CipheredContent,
    GatewayRequest,
    GatewayResponse,
    GeneralCiphering,
    GeneralSigning,
    decode,
)
from dlmskit.codec.axdr import encode_length
from dlmskit.exceptions import DecodeError
from dlmskit.stack.observe.layer import Draft

Explain = Callable[[Draft, bytes, int, str], None]
"""Adds the APDU in given octets below a draft, at a shift and in a role."""

Open = Callable[[Draft, GeneralCiphering], bool]
"""Adds what a message protects below a draft, where its key is known; says whether it is. Raises `SecurityError`."""

CARRIERS = (GatewayRequest, GatewayResponse, GeneralCiphering, GeneralSigning)


def explain_carried(draft: Draft, apdu: Apdu, octets: bytes, explain: Explain, open_message: Open) -> None:
    """Add what `apdu`, whose octets are `octets`, carries. No signature is verified and no key is agreed here."""
    match apdu:
        case GatewayRequest() | GatewayResponse():
            explain(draft, apdu.user_data, len(octets) - len(apdu.user_data), "user-data")
        case GeneralSigning():
            end = len(octets) - len(apdu.signature) - len(encode_length(len(apdu.signature)))
            draft.note = "signature not verified" if apdu.signature else "no signature"
            if _is_apdu(apdu.content):
                explain(draft, apdu.content, end - len(apdu.content), "content")
        case GeneralCiphering():
            with draft.layer("ciphered-content", 0, shift=len(octets) - len(apdu.content)) as layer:
                _explain_message(layer, apdu, explain, open_message)


def content_fields(layer: Draft, parts: CipheredContent, size: int) -> None:
    """Add the fields of a ciphered content of `size` octets."""
    layer.field("security-control", parts.security_control, 0, 1, _control_words(parts))
    layer.field("invocation-counter", parts.invocation_counter, 1, 5)
    end = 5 + len(parts.payload)
    layer.field("cipher-text" if parts.encrypted else "clear-text", None, 5, end, f"{len(parts.payload)} octets")
    if parts.tag is not None:
        layer.field("authentication-tag", None, end, size, f"{len(parts.tag)} octets")


def _explain_message(layer: Draft, apdu: GeneralCiphering, explain: Explain, open_message: Open) -> None:
    parts = CipheredContent.parse(apdu.content)
    content_fields(layer, parts, len(apdu.content))
    if open_message(layer, apdu):
        return
    if parts.encrypted:
        layer.stop("encrypted, and the key of this message is not known", 5, "key")
        return
    layer.note = "NOT authenticated: the key of this message is not known"
    explain(layer, parts.payload, 5, "")


def _is_apdu(octets: bytes) -> bool:
    """What is signed may be something else."""
    try:
        decode(octets)
    except DecodeError:
        return False
    return True


def _control_words(parts: CipheredContent) -> str:
    words = [f"suite {parts.suite}"]
    words += [
        word
        for word, on in (
            ("authenticated", parts.authenticated),
            ("encrypted", parts.encrypted),
            ("broadcast key", parts.broadcast_key),
            ("compressed", parts.compressed),
        )
        if on
    ]
    return ", ".join(words)
