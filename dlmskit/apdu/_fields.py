"""The fields of one message class, one after the other. `ext/dlmskit/_speedups/_fields.pyx` does the same in C.

Both take the wire forms of `dlmskit.apdu.wire` as the description; the C one follows the usual forms by itself and
calls the others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dlmskit.exceptions import DecodeError, EncodeError
from dlmskit.limits import Limits, Tolerance

if TYPE_CHECKING:
    from dlmskit.apdu.wire import Wire


def short_way(ways: dict[int, Callable[[bytes, Limits], Any]], octets: Any, limits: Limits) -> Any:
    """What the way for the first two octets of an APDU, or else for its first, makes of it.

    The ways stand under these octets as a number, behind a 1 that tells 00 C8 from C8. None where this is not the short
    way, as in `Fields.whole`.
    """
    return None


class Fields:
    """Reads what `make` takes and writes its attributes; `wires`: (attribute, ASN.1 name, wire form) of each field."""

    __slots__ = ("_make", "_wires")

    def __init__(self, make: Callable[..., Any], wires: tuple[tuple[str, str, Wire], ...], skip: int = 0) -> None:
        self._make = make
        self._wires = wires

    def read(self, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance | None) -> tuple[Any, int]:
        """The message at `offset` and the offset behind it. Raises `DecodeError` with the path below this message."""
        tolerance = Tolerance() if tolerance is None else tolerance
        values: list[Any] = []
        try:
            for _, _, wire in self._wires:
                value, offset = wire.read(octets, offset, limits, tolerance)
                values.append(value)
        except DecodeError as error:
            raise error.within(self._wires[len(values)][1]) from None
        return self._make(*values), offset

    def whole(self, octets: bytes, limits: Limits) -> Any:
        """The message that `octets` are, `skip` of them before its fields, or None where this is not the short way.

        The kernel gives None for whatever is wrong or deviates, and Python for everything.
        """
        return None

    def write(self, message: Any) -> bytes:
        """Octets of the fields of `message`. Raises `EncodeError` naming the field."""
        parts = []
        for attribute, name, wire in self._wires:
            try:
                parts.append(wire.write(getattr(message, attribute)))
            except EncodeError as error:
                raise EncodeError(f"{name}: {error}") from None
        return b"".join(parts)
