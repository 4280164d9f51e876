"""Each family of vectors: how its octets become the JSON form, and octets again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from dlmskit import apdu
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.codec.iec21 import Telegram
from dlmskit.exceptions import FrameCheckError
from dlmskit.limits import Tolerance
from dlmskit.obis import Obis, ObisPattern
from vector_forms import security
from vector_forms.apdus import Opener, apdu_form, encoded_again
from vector_forms.frames import (
    hdlc_again,
    hdlc_form,
    hdlc_frames,
    mbus_again,
    mbus_form,
    mbus_parts,
    wrapper_again,
    wrapper_form,
    wrapper_pdus,
)
from vector_forms.gbcs import gbcs
from vector_forms.p1 import p1
from vector_forms.readout import readout_again, readout_form
from vector_forms.session import session
from vector_forms.values import data_form, date_time_form, obis_form, rebuilt
from vector_forms.vector import Vector

Result = tuple[Any, bytes]
Decoder = Callable[[Vector, Tolerance], Result]


def _axdr_data(vector: Vector, tolerance: Tolerance) -> Result:
    data = Data.from_bytes(vector.octets, tolerance=tolerance)
    return data_form(data), rebuilt(data).to_bytes()


def _apdu(vector: Vector, tolerance: Tolerance) -> Result:
    opener = Opener(vector.context, tolerance)
    value = opener.decode(vector.octets)
    return apdu_form(value, opener), b"" if tolerance.noticed else encoded_again(value)


def _datetime(vector: Vector, tolerance: Tolerance) -> Result:
    value = CosemDateTime.from_bytes(vector.octets)
    return date_time_form(value), value.to_bytes()


def _obis(vector: Vector, tolerance: Tolerance) -> Result:
    text = vector.context["text"]
    if vector.context.get("hex_is"):
        pattern = ObisPattern.parse(text)
        again = text if ObisPattern.parse(str(pattern)) == pattern else str(pattern)
        return obis_form(pattern), again.encode("ascii")
    return obis_form(Obis.from_bytes(vector.octets)), Obis.parse(text).to_bytes()


def _hdlc(vector: Vector, tolerance: Tolerance) -> Result:
    opener = Opener(vector.context, tolerance)
    opaque = vector.context.get("opaque_payload", False)
    frames = hdlc_frames(vector.octets)
    form = hdlc_form(frames, opener, opaque=opaque)
    return form, b"" if tolerance.noticed else hdlc_again(frames, opener, opaque=opaque)


def _wrapper(vector: Vector, tolerance: Tolerance) -> Result:
    opener = Opener(vector.context, tolerance)
    pdus = wrapper_pdus(vector.octets)
    return wrapper_form(pdus, opener), b"" if tolerance.noticed else wrapper_again(pdus, opener)


def _mbus(vector: Vector, tolerance: Tolerance) -> Result:
    opener = Opener(vector.context, tolerance)
    parts = mbus_parts(vector.octets, tolerance)
    return mbus_form(parts, opener), b"" if tolerance.noticed else mbus_again(parts, opener)


def _readout(vector: Vector, tolerance: Tolerance) -> Result:
    octets = vector.octets
    try:
        telegram = Telegram.from_bytes(octets)
    except FrameCheckError as error:
        telegram = msgspec.structs.replace(Telegram.from_bytes(octets[: error.offset]), checked=False)
    return readout_form(telegram), readout_again(telegram, octets)


def _security(vector: Vector, tolerance: Tolerance) -> Result:
    return security.KINDS[vector.context["kind"]](vector, tolerance)


FAMILIES: dict[str, Decoder] = {
    "axdr-data": _axdr_data,
    "apdu": _apdu,
    "datetime": _datetime,
    "obis": _obis,
    "hdlc-frame": _hdlc,
    "wrapper": _wrapper,
    "mbus-frame": _mbus,
    "iec62056-21": _readout,
    "security": _security,
    "session": session,
    "gbcs": gbcs,
    "p1": p1,
}

APDU_NAMES = {cls.NAME for cls in apdu.SUPPORTED} | set(apdu.SERVICE_NAMES.values())


def not_yet(vector: Vector) -> str | None:
    """What this project does not have yet of the things that a vector needs: a family, a kind or an APDU type."""
    if vector.family not in FAMILIES:
        return vector.family
    if vector.family == "security" and vector.kind not in security.KINDS:
        return vector.kind
    names = set(_apdu_names(vector.expected))
    if vector.family == "apdu" and (name := apdu.name_of(vector.octets)):
        names.add(name)
    missing = sorted(names - APDU_NAMES)
    return ", ".join(missing) or None


def _apdu_names(form: Any) -> Iterator[str]:
    match form:
        case {"apdu": str(name)}:
            yield name
    match form:
        case dict():
            for part in form.values():
                yield from _apdu_names(part)
        case list():
            for part in form:
                yield from _apdu_names(part)
