"""Who a virtual meter is: the model's own example meter for seed 1, and its numbers counted on for other seeds."""

from __future__ import annotations

import re

import msgspec

from dlmskit.exceptions import FirmwareModelError
from dlmskit.model.device import DeviceModel

_TITLE_NUMBER = 1 << 40
_NAME_LENGTHS = range(3, 17)
_TRAILING = re.compile(r"[0-9]+\Z")


class Identity(msgspec.Struct, frozen=True):
    """Names of one meter. A logical device name begins with the maker's FLAG id and is at most 16 characters."""

    logical_device_name: str
    serial_number: str

    @classmethod
    def of(cls, model: DeviceModel, seed: int) -> Identity:
        """The identity of meter number `seed` of a model. Raises `FirmwareModelError` for a name of another form."""
        name = _stated(model, "logical_device_name") or f"{model.maker or 'XXX'}0000000000001"
        if not name.isascii() or len(name) not in _NAME_LENGTHS:
            raise FirmwareModelError(f"a logical device name is 3 to 16 ASCII characters, found {name!r}")
        serial_number = _stated(model, "serial_number") or "00000001"
        return cls(counted_on(name, seed - 1), counted_on(serial_number, seed - 1))

    @property
    def system_title(self) -> bytes:
        """8 octets: the first three characters of the logical device name, its trailing number as an integer."""
        number = _TRAILING.search(self.logical_device_name)
        value = int(number[0]) if number else 0
        return self.logical_device_name[:3].encode("ascii") + (value % _TITLE_NUMBER).to_bytes(5, "big")


def counted_on(name: str, steps: int) -> str:
    """A name with its trailing number raised by `steps`, in the same number of digits."""
    found = _TRAILING.search(name)
    if found is None:
        return name
    width = len(found[0])
    return name[: found.start()] + str((int(found[0]) + steps) % 10**width).rjust(width, "0")


def _stated(model: DeviceModel, role: str) -> str | None:
    value = next((row.value for row in model.objects if row.name == role), None)
    return value if isinstance(value, str) else None
