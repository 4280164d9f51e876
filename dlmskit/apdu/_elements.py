"""The body of an ACSE APDU: BER elements in ascending order of their tag numbers.

`ext/dlmskit/_speedups/_elements.pyx` does the same in C where nothing deviates, and leaves all else to this.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dlmskit.apdu.ber_forms import Element, expect_shortest
from dlmskit.codec import ber
from dlmskit.exceptions import DecodeError
from dlmskit.limits import Limits, Tolerance


class Elements:
    """Reads what `make` takes, writes its attributes. `rows`: (attribute, ASN.1 name, element) of each field."""

    __slots__ = ("_make", "_rows")

    def __init__(self, make: Callable[..., Any], rows: tuple[tuple[str, str, Element], ...]) -> None:
        self._make = make
        self._rows = {row[2].tag: row for row in rows}

    def read(self, octets: bytes, offset: int, tolerance: Tolerance | None) -> tuple[Any, int]:
        """The APDU whose tag stands at `offset`, and where it ends. Raises `DecodeError`."""
        tolerance = Tolerance() if tolerance is None else tolerance
        whole = ber.read_tlv(octets, offset)
        expect_shortest(whole, tolerance)
        values: dict[str, Any] = {}
        unknown = []
        last = -1
        seen = set()
        for element in ber.tlvs(octets, whole.start, whole.end):
            number = element.tag & 0x1F
            if number in seen:
                raise DecodeError(f"element {element.tag:#04x} comes twice", element.offset)
            seen.add(number)
            if number < last:
                tolerance.accept("acse-elements-out-of-order", element.offset)
            last = number
            expect_shortest(element, tolerance)
            if row := self._rows.get(element.tag):
                values[row[0]] = _contents(row, octets, element, tolerance)
            else:
                unknown.append((element.tag, octets[element.start : element.end]))
        for attribute, name, field in self._rows.values():
            if field.required and attribute not in values:
                raise DecodeError(f"element {field.tag:#04x} is missing", whole.end, (name,))
        return self._make(**values, unknown=tuple(sorted(unknown, key=_number))), whole.end

    def whole(self, octets: bytes, limits: Limits) -> Any:
        """The APDU that `octets` are, or None where this is not the short way: from Python always."""
        return None

    def write(self, message: Any) -> bytes:
        """The length and the elements of `message`. Raises `EncodeError`."""
        elements = list(message.unknown)
        for tag, (attribute, _, field) in self._rows.items():
            value = getattr(message, attribute)
            if value is not None:
                elements.append((tag, field.form.encode(value)))
        contents = b"".join(ber.write_tlv(*element) for element in sorted(elements, key=_number))
        return ber.encode_length(len(contents)) + contents


def _number(element: tuple[int, bytes]) -> int:
    return element[0] & 0x1F


def _contents(row: tuple[str, str, Element], octets: bytes, element: ber.Tlv, tolerance: Tolerance) -> Any:
    try:
        return row[2].form.decode(octets, element.start, element.end, tolerance)
    except DecodeError as error:
        raise error.within(row[1]) from None
