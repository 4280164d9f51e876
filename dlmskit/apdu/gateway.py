"""Requests through a gateway to a meter behind it, and the answers.

Source: Green Book, Gateway protocol: prefix of pre-fixed APDUs.
"""

from __future__ import annotations

from typing import Annotated

from dlmskit.apdu.base import Apdu
from dlmskit.apdu.wire import Unsigned8, take
from dlmskit.exceptions import EncodeError
from dlmskit.limits import Limits, Tolerance


class _Rest:
    """The octets up to the end, at least one, with no length of their own."""

    def read(self, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance) -> tuple[bytes, int]:
        return take(octets, offset, max(len(octets) - offset, 1)), len(octets)

    def write(self, value: bytes) -> bytes:
        if not value:
            raise EncodeError("no octets, wanted an APDU")
        return value


UserData = Annotated[bytes, _Rest()]


class GatewayRequest(Apdu, frozen=True):
    """An APDU for the device at `physical_device_address` in network `network_id`, in `user_data` as its octets."""

    HEAD = b"\xe6"
    HIDDEN = frozenset({"user_data"})
    network_id: Unsigned8
    physical_device_address: bytes
    user_data: UserData


class GatewayResponse(Apdu, frozen=True):
    """An APDU from the device at `physical_device_address`."""

    HEAD = b"\xe7"
    HIDDEN = frozenset({"user_data"})
    network_id: Unsigned8
    physical_device_address: bytes
    user_data: UserData
