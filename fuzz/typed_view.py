"""Invariant: any Data is seen through the declaration of any attribute or method, and what was seen can be written.

- Through any form that a class declares, a Data gives a value, and places where it does not fit; nothing is raised.
- With a scaler and unit it gives the same or `DecodeError`; `NotRepresentable` and the like have no place here.
- What was seen is written back, beside what the meter held: as Data that is seen the same, or `EncodeError`.

Run ``python -m fuzz typed_view``; tests/cosem/test_typed.py holds the same for values that are made by strategies.
"""

from __future__ import annotations

from functools import cache
from zlib import crc32

from dlmskit.codec.data import Data
from dlmskit.cosem import INTERFACE_CLASSES
from dlmskit.cosem.typed import View, to_data, view
from dlmskit.cosem.types import Type
from dlmskit.cosem.units import Unit
from dlmskit.exceptions import DecodeError, EncodeError

SCALING = (-3, Unit.WATT_HOUR)
_MOST_OCTETS = 256
_EVERY = 16
"""one form in so many is asked about an input, which ones its octets say: all of them would take a run's time"""


@cache
def forms() -> list[Type]:
    """Every form of an attribute, parameter or answer that some class declares, once."""
    found = {}
    for declared in INTERFACE_CLASSES.values():
        for attribute in declared.attributes:
            found[repr(attribute.form)] = attribute.form
        for method in declared.methods:
            for form in (method.form, method.answer):
                if form is not None:
                    found[repr(form)] = form
    return list(found.values())


def check(octets: bytes) -> bool:
    """Hold the invariant against `octets`; whether they are a Data."""
    try:
        held = Data.from_bytes(octets[:_MOST_OCTETS])
    except DecodeError:
        return False
    for form in forms()[crc32(octets) % _EVERY :: _EVERY]:
        seen = view(form, held)
        assert isinstance(seen, View)
        written(form, seen, held)
        try:
            view(form, held, scaling=SCALING)
        except DecodeError as error:
            check_offset(error, octets)
    return True


def check_offset(error: DecodeError, octets: bytes) -> None:
    assert 0 <= error.offset <= len(octets)


def written(form: Type, seen: View, held: Data) -> None:
    """What was seen goes back as something that is seen the same."""
    try:
        again = to_data(form, seen.value, like=held)
    except EncodeError:
        again = None
    assert again is not None or seen.misfits, (form, seen.value)
    assert again is None or repr(view(form, Data.from_bytes(again.to_bytes())).value) == repr(seen.value), (
        form,
        seen,
        again,
    )
