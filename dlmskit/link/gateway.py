"""A link to a meter behind a gateway: every APDU goes with the prefix that names network and device.

::

    E6 network id, address length, address, APDU        to the device
    E7 network id, address length, address, APDU        from the device

Source: Green Book, Gateway protocol.
"""

from __future__ import annotations

from typing import Literal

from dlmskit.apdu.gateway import GatewayRequest, GatewayResponse
from dlmskit.exceptions import DecodeError, LocalProtocolError
from dlmskit.limits import DEFAULT_LIMITS, Limits
from dlmskit.link.base import BoundedLink, FrameDropped, Link, LinkEvent, Received

_PREFIX_OCTETS = 3
_LONGEST_ADDRESS = 0x7F


class GatewayLink:
    """`inner` with the prefix put on and taken off.

    A client speaks to `address` in network `network_id` and drops what comes from another device or from none, the
    gateway's own words too. The device's side takes requests for itself, and with `address` None for every device, and
    answers as the one that was addressed last.
    """

    def __init__(
        self,
        inner: Link,
        network_id: int,
        address: bytes | None,
        role: Literal["client", "meter"] = "client",
        *,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        if role == "client" and address is None:
            raise LocalProtocolError("a client behind a gateway names the device that it speaks to")
        self._inner = inner
        self._network_id = network_id
        self._address = address
        self._answer_as = address
        self._client = role == "client"
        self._limits = limits

    @property
    def most_octets(self) -> int | None:
        """Octets of the longest APDU that can be sent, None for no bound."""
        below = self._inner.most_octets if isinstance(self._inner, BoundedLink) else None
        address = _LONGEST_ADDRESS if self._address is None else len(self._address)
        return None if below is None else below - _PREFIX_OCTETS - address

    def open(self, now: float) -> None:
        """See `Link.open`."""
        self._inner.open(now)

    def close(self, now: float) -> None:
        """See `Link.close`."""
        self._inner.close(now)

    def send(self, message: bytes, now: float) -> None:
        """Queue one APDU. Raises `LocalProtocolError` when the link is not up or no device was addressed yet."""
        if self._answer_as is None:
            raise LocalProtocolError("no device behind the gateway has been addressed yet")
        prefix = GatewayRequest if self._client else GatewayResponse
        self._inner.send(prefix(self._network_id, self._answer_as, message).to_bytes(), now)

    def expect(self, now: float) -> None:
        """See `Link.expect`."""
        self._inner.expect(now)

    def receive_data(self, data: bytes, now: float) -> None:
        """Take octets from the line."""
        self._inner.receive_data(data, now)

    def data_to_send(self) -> bytes:
        """Octets for the line."""
        return self._inner.data_to_send()

    def next_event(self) -> LinkEvent | None:
        """The oldest event not yet taken."""
        event = self._inner.next_event()
        return self._without_prefix(event) if isinstance(event, Received) else event

    def next_deadline(self) -> float | None:
        """See `Link.next_deadline`."""
        return self._inner.next_deadline()

    def handle_timeout(self, now: float) -> None:
        """See `Link.handle_timeout`."""
        self._inner.handle_timeout(now)

    def _without_prefix(self, event: Received) -> LinkEvent:
        expected: type[GatewayRequest | GatewayResponse] = GatewayResponse if self._client else GatewayRequest
        try:
            prefixed = expected.from_bytes(event.octets, limits=self._limits)
        except DecodeError as error:
            return FrameDropped(f"no {expected.NAME}: {error}", len(event.octets))
        known = self._address is None or prefixed.physical_device_address == self._address
        if prefixed.network_id != self._network_id or not known:
            return FrameDropped("an APDU of another device behind the gateway", len(event.octets))
        if not self._client:
            self._answer_as = prefixed.physical_device_address
        return Received(prefixed.user_data, event.source, event.destination, event.unsolicited)
