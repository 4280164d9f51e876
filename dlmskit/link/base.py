"""What every link is: octets of a line on one side, whole messages on the other, no port and no clock of its own.

A link never opens a port. Where the line itself must change (baud rate, format) it emits a line request as an event;
whoever owns the port obeys. Time comes in as `now`, in seconds of a monotonic clock.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import msgspec


class LinkEvent(msgspec.Struct, frozen=True):
    """Base of everything that `Link.next_event` returns."""


class Connected(LinkEvent, frozen=True):
    """The link is up: messages may be sent. `client` is whose link, where several share the line."""

    client: int | None = None


class Received(LinkEvent, frozen=True):
    """One whole message: an APDU, or one IEC 62056-21 message.

    `source` and `destination` are the SAPs as the frames carried them, None where the link has none. `unsolicited` is
    true for what came outside the dialogue (an HDLC UI frame).
    """

    octets: bytes
    source: int | None = None
    destination: int | None = None
    unsolicited: bool = False


class Disconnected(LinkEvent, frozen=True):
    """The link is down, `reason` in words; `clean` when it was asked for. `client` as in `Connected`."""

    reason: str
    clean: bool = False
    client: int | None = None


class FrameDropped(LinkEvent, frozen=True):
    """Octets were thrown away: noise, a bad check, a foreign address. The link goes on."""

    reason: str
    octets: int


class SetLine(LinkEvent, frozen=True):
    """Line request: send what is pending, then switch to this rate and format (`"7E1"`)."""

    baud: int
    format: str


class Drain(LinkEvent, frozen=True):
    """Line request: wait until everything that was written has left the port."""


class Link(Protocol):
    """The verbs of a link, the same for every framing and both roles."""

    def open(self, now: float) -> None:
        """Begin link set-up; `Connected` follows (at once where there is none)."""

    def close(self, now: float) -> None:
        """Begin an orderly end; `Disconnected` follows."""

    def send(self, message: bytes, now: float) -> None:
        """Queue one whole message. Raises `LocalProtocolError` when the link is not up."""

    def expect(self, now: float) -> None:
        """Another message is due: a link whose peer speaks only when polled polls it; others do nothing."""

    def receive_data(self, data: bytes, now: float) -> None:
        """Take octets from the line, as few or as many as came. Never raises for what a peer sent."""

    def data_to_send(self) -> bytes:
        """Octets for the line, empty when there are none."""

    def next_event(self) -> LinkEvent | None:
        """The oldest event not yet taken."""

    def next_deadline(self) -> float | None:
        """When `handle_timeout` wants to be called, None for never."""

    def handle_timeout(self, now: float) -> None:
        """Act on a deadline that has passed: repeat, or end the link."""


@runtime_checkable
class BoundedLink(Protocol):
    """A link whose messages have a longest length."""

    @property
    def most_octets(self) -> int | None:
        """Octets of the longest message that can be sent, None for no bound."""


@runtime_checkable
class SharedLink(Protocol):
    """A meter's link that several clients use at once."""

    def answer(self, message: bytes, now: float, client: int) -> None:
        """Queue one whole message for this client. Raises `LocalProtocolError` when it is not connected."""
