"""Invariant: any text is an APDU in XML or JSON or raises `DecodeError`; any APDU comes back from both notations.

- The offset of the error lies within the text, and it can be shown.
- What was read encodes; written again in either notation and read again it is equal and has the same octets.
- Octets that are an APDU survive both notations.

Run ``python -m fuzz notation``; tests/notation holds the same.
"""

from __future__ import annotations

from dlmskit import apdu
from dlmskit.exceptions import DecodeError
from dlmskit.notation import from_text, to_json, to_xml


def check(octets: bytes) -> bool:
    """Hold the invariant against `octets`, as a text and as an APDU; whether they are either."""
    return check_text(octets) | check_apdu(octets)


def check_text(text: bytes) -> bool:
    try:
        value = from_text(text)
    except DecodeError as error:
        check_error(error, text)
        return False
    check_both(value)
    return True


def check_apdu(octets: bytes) -> bool:
    try:
        value = apdu.decode(octets)
    except DecodeError:
        return False
    check_both(value)
    return True


def check_both(value: apdu.Apdu) -> None:
    """Either notation gives the APDU back."""
    for text in (to_xml(value), to_json(value)):
        again = from_text(text)
        assert again == value, text
        assert again.to_bytes() == value.to_bytes(), text


def check_error(error: DecodeError, text: bytes) -> None:
    """An error points into the text and can be shown."""
    assert 0 <= error.offset <= len(text), f"offset {error.offset} of {len(text)} octets"
    assert len(str(error)) < 4096


def texts(octets: bytes) -> list[bytes]:
    """An APDU of the vectors as texts, to begin with; none where the octets are no APDU."""
    try:
        value = apdu.decode(octets)
    except DecodeError:
        return []
    return [to_xml(value).encode(), to_json(value).encode()]
