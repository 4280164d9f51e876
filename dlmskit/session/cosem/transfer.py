"""Block transfer: parts of an encoded value put together under bounds, or cut to size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

from dlmskit.exceptions import LimitError, RemoteProtocolError
from dlmskit.limits import Limits

_LENGTH_OCTETS = 4
"""the longest length field of a part of up to 16 MiB"""


class Assembly:
    """Parts in the order of their numbers, from 1 on.

    Work and memory are bounded by the octets received and by `limits`.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._parts: list[bytes] = []
        self._empty = 0
        self.octets = 0

    @property
    def blocks(self) -> int:
        """How many parts have come."""
        return len(self._parts)

    def add(self, number: int, part: bytes) -> None:
        """Take the next part. Raises `RemoteProtocolError` for another number and `LimitError` naming the bound."""
        if number != len(self._parts) + 1:
            raise RemoteProtocolError(f"block transfer: wanted block {self.blocks + 1}, found {number}")
        self._empty += not part
        self.octets += len(part)
        limits = self._limits
        if number > limits.blocks:
            _exceeded("blocks", number, limits.blocks)
        if self._empty > limits.empty_blocks:
            _exceeded("empty_blocks", self._empty, limits.empty_blocks)
        if self.octets > limits.transfer_octets:
            _exceeded("transfer_octets", self.octets, limits.transfer_octets)
        self._parts.append(part)

    def join(self) -> bytes:
        """The whole."""
        return b"".join(self._parts)


def _exceeded(bound: str, found: int, allowed: int) -> NoReturn:
    raise LimitError(f"block transfer: {bound} {found} above {allowed}")


def room(capacity: int | None, empty: bytes) -> int | None:
    """Octets of a part that fit beside the octets of the block APDU with an `empty` part; None for no bound."""
    return None if capacity is None else max(capacity - len(empty) - _LENGTH_OCTETS + 1, 1)


def cut(octets: bytes, first: int, others: int) -> Iterator[tuple[int, bool, bytes]]:
    """(number, last, part) of `octets`, the first part of at most `first` octets, the others of at most `others`."""
    number, offset, size = 1, 0, first
    while True:
        end = offset + size
        yield number, end >= len(octets), octets[offset:end]
        if end >= len(octets):
            return
        number, offset, size = number + 1, end, others
