"""General block transfer heard passively: blocks of one sender put together in their order.

Nothing is acknowledged and nothing is asked for again, so a gap ends the transfer.

Source: Green Book, general block transfer.
"""

from __future__ import annotations

from collections.abc import Hashable

import msgspec

from dlmskit.apdu import GeneralBlockTransfer
from dlmskit.exceptions import LimitError, RemoteProtocolError
from dlmskit.limits import DEFAULT_LIMITS, Limits

_MOST_TRANSFERS = 16


class Joined(msgspec.Struct, frozen=True):
    """What a block did: the message that it completed, of how many `blocks`; blocks of a transfer that it broke off."""

    message: bytes | None = None
    blocks: int = 0
    broken_off: int = 0


class _Transfer:
    def __init__(self) -> None:
        self.octets = bytearray()
        self.blocks = self.empty = 0
        self.last = b""


class BlockJoiner:
    """Joins the blocks of several senders, each known by its route. A transfer dies with its first wrong block.

    One sender may have two transfers: one that takes no acknowledgements (window 0), and one that does.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._transfers: dict[Hashable, _Transfer] = {}

    @property
    def open_blocks(self) -> int:
        """Blocks that wait for the last one of their transfer."""
        return sum(transfer.blocks for transfer in self._transfers.values())

    def take(self, route: Hashable, block: GeneralBlockTransfer) -> Joined:
        """Take the next block of `route`; block 1 begins anew, a repeated block and a mere acknowledgement do nothing.

        Raises `RemoteProtocolError` for a gap and `LimitError`.
        """
        number, data = block.block_number, block.block_data
        key, other = (route, not block.window), (route, bool(block.window))
        if key not in self._transfers and number > 1 and other in self._transfers:
            key = other  # the only one that runs
        transfer = self._transfers.pop(key, None)
        repeated = transfer is not None and (number, data) == (transfer.blocks, transfer.last)
        if transfer is None and not data:
            return Joined()
        broken_off = 0
        if transfer is None or (number == 1 and not repeated):
            broken_off = transfer.blocks if transfer is not None else 0
            transfer = _Transfer()
        if not repeated:
            self._add(transfer, number, data)
        if block.last_block:
            return Joined(bytes(transfer.octets), transfer.blocks, broken_off)
        self._transfers[key] = transfer
        if len(self._transfers) > _MOST_TRANSFERS:
            del self._transfers[next(iter(self._transfers))]
        return Joined(broken_off=broken_off)

    def _add(self, transfer: _Transfer, number: int, data: bytes) -> None:
        if number != transfer.blocks + 1:
            raise RemoteProtocolError(
                f"block {number} of a general block transfer where {transfer.blocks + 1} was expected"
            )
        transfer.octets += data
        transfer.blocks, transfer.last = number, data
        transfer.empty += not data
        for name, count in (
            ("transfer_octets", len(transfer.octets)),
            ("blocks", number),
            ("empty_blocks", transfer.empty),
        ):
            if count > (most := getattr(self._limits, name)):
                raise LimitError(f"{name}: a general block transfer has {count}, {most} are allowed")
