"""Whole documents: one APDU a text, with the name of the schema."""

from __future__ import annotations

import msgspec

from dlmskit.apdu import SERVICE_NAMES, SUPPORTED, Apdu, ServiceCiphered
from dlmskit.codec.data import Data
from dlmskit.exceptions import DecodeError, EncodeError, LimitError
from dlmskit.limits import DEFAULT_LIMITS, Limits
from dlmskit.notation import data_form, json_text, xml_text
from dlmskit.notation.forms import form_of
from dlmskit.notation.scalars import shown
from dlmskit.notation.tree import Given, Typed

SCHEMA = "dlmskit/apdu/1"
"""name and version of the form; a change that a reader could notice gives it another number"""

_CLASSES: dict[str, type[Apdu]] = {cls.NAME: cls for cls in SUPPORTED} | dict.fromkeys(
    SERVICE_NAMES.values(), ServiceCiphered
)
_LEVELS_AROUND_DATA = 16
_CHARACTERS_PER_OCTET = 16


def to_json(apdu: Apdu) -> str:
    """One APDU as JSON, its secrets included: ``{"schema": ..., "type": ..., "value": {...}}``."""
    return msgspec.json.encode({"schema": SCHEMA} | json_text.write(_tree(apdu))).decode()


def to_xml(apdu: Apdu) -> str:
    """One APDU as an XML element of its name, its secrets included."""
    return xml_text.write(_tree(apdu), SCHEMA)


def from_json(text: str | bytes, *, limits: Limits = DEFAULT_LIMITS) -> Apdu:
    """The APDU of a JSON text.

    Raises `DecodeError` with line, octet and path; `LimitError`.
    """
    return _read(json_text.read(_bounded(text, limits), SCHEMA), limits)


def from_xml(text: str | bytes, *, limits: Limits = DEFAULT_LIMITS) -> Apdu:
    """The APDU of an XML text. Raises `DecodeError` with line, octet and path; `LimitError`."""
    return _read(xml_text.read(_bounded(text, limits), limits.depth + _LEVELS_AROUND_DATA, SCHEMA), limits)


def data_to_json(data: Data) -> str:
    """One Data as JSON, every element with its type: ``{"type": "long-unsigned", "value": 5}``."""
    return msgspec.json.encode(json_text.write(data_form.write(data))).decode()


def data_from_json(text: str | bytes, *, limits: Limits = DEFAULT_LIMITS) -> Data:
    """The Data of such a JSON text. Raises `DecodeError` with line, octet and path; `LimitError`."""
    return data_form.read(json_text.read(_bounded(text, limits), SCHEMA), limits)


def from_text(text: str | bytes, *, limits: Limits = DEFAULT_LIMITS) -> Apdu:
    """The APDU of a text in whichever notation its first character tells."""
    octets = _bounded(text, limits)
    first = octets.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if first not in (b"<", b"{"):
        raise DecodeError("an APDU in XML begins with <, in JSON with {")
    return from_xml(octets, limits=limits) if first == b"<" else from_json(octets, limits=limits)


def _tree(apdu: Apdu) -> Typed:
    return Typed(apdu.NAME, form_of(type(apdu)).write(apdu))


def _bounded(text: str | bytes, limits: Limits) -> bytes:
    octets = text.encode() if isinstance(text, str) else bytes(text)
    most = limits.apdu_octets * _CHARACTERS_PER_OCTET
    if len(octets) > most:
        raise LimitError(f"apdu_octets: a text of {len(octets)} octets, {most} are allowed", most)
    return octets


def _read(given: Given, limits: Limits) -> Apdu:
    name, inner = given.typed()
    cls = _CLASSES.get(name)
    if cls is None:
        raise inner.error(f"no APDU is named {shown(name)}")
    apdu = form_of(cls).read(inner, limits)
    assert isinstance(apdu, Apdu)
    try:
        apdu.to_bytes()
        named = apdu.NAME
    except (EncodeError, KeyError) as error:
        raise inner.error(str(error)) from None
    if named != name:
        raise inner.error(f"the tag says {named}, the name {name}")
    return apdu
