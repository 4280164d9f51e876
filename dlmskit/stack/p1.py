"""What comes out of a P1 port: text in clear, or general-glo-ciphering around that text, with or without a text line.

::

    /XXX5... CR LF CR LF  data sets  ! CRC CR LF            in clear
    DB title length content                                 ciphered; the plaintext is the whole telegram in clear
    /XXX5... CR LF CR LF  DB title length content [..]      the same behind a line of text; the plaintext may be an APDU

Source: DSMR P1 companion standard; the ciphered form after Luxembourg's and Austria's meters.
"""

from __future__ import annotations

import msgspec

from dlmskit.apdu import GeneralGloCiphering
from dlmskit.codec.iec21.p1 import P1Telegram
from dlmskit.exceptions import DecodeError, KeyUnavailable
from dlmskit.limits import DEFAULT_LIMITS, Limits
from dlmskit.link.p1 import payload
from dlmskit.security.keys import KeySet
from dlmskit.security.protection import unprotect


class P1Message(msgspec.Struct, frozen=True):
    """One message of a P1 port, opened.

    `telegram` is the text, or None where an APDU was in the protection: its octets are in `apdu`. `header` is the text
    line before a ciphered payload. `authenticated` is None for text in clear, else whether a tag was verified.
    """

    telegram: P1Telegram | None
    apdu: bytes | None = None
    header: str = ""
    system_title: bytes | None = None
    security_control: int | None = None
    invocation_counter: int | None = None
    authenticated: bool | None = None


def open_p1(
    octets: bytes,
    keys: KeySet | None = None,
    *,
    system_title: bytes | None = None,
    allow_unauthenticated: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> P1Message:
    """Read one whole message of a P1 port. `system_title` stands for a sender that leaves its own out.

    Raises `DecodeError`, `KeyUnavailable` where it is ciphered and no keys are given, and the kinds of `unprotect`. The
    caller guards against replay with `invocation_counter`.
    """
    octets = bytes(octets)
    start, end = payload(octets)
    if start == end:
        return P1Message(P1Telegram.from_bytes(octets))
    header = octets[1:start].decode("ascii").rstrip("\r\n") if start else ""
    try:
        apdu = GeneralGloCiphering.from_bytes(octets[start:end], limits=limits)
    except DecodeError as error:
        raise error.within(shift=start) from None
    title = apdu.system_title or system_title
    if keys is None or title is None:
        raise KeyUnavailable("the P1 message is ciphered: its key or the system title of its sender is not known")
    opened = unprotect(apdu.content, keys=keys, system_title=title, allow_unauthenticated=allow_unauthenticated)
    text = opened.plain[:1] == b"/"
    return P1Message(
        P1Telegram.from_bytes(opened.plain) if text else None,
        None if text else opened.plain,
        header,
        title,
        opened.security_control,
        opened.invocation_counter,
        opened.authenticated,
    )
