"""General block transfer: any APDU, protected or not, cut into blocks.

Source: Green Book, COSEMpdu: General-Block-Transfer.
"""

from __future__ import annotations

from dlmskit.apdu.base import Apdu
from dlmskit.apdu.wire import Unsigned8, Unsigned16
from dlmskit.exceptions import EncodeError

_LAST_BLOCK, _STREAMING, _WINDOW = 0x80, 0x40, 0x3F


def block_control(*, last_block: bool, streaming: bool = False, window: int = 1) -> int:
    """The block-control octet. Raises `EncodeError` for a window above 63."""
    if not 0 <= window <= _WINDOW:
        raise EncodeError(f"block-control: a window is 0 to {_WINDOW}, found {window}")
    return _LAST_BLOCK * last_block | _STREAMING * streaming | window


class GeneralBlockTransfer(Apdu, frozen=True):
    """One block, counted from 1, and the number of the last block received in sequence."""

    HEAD = b"\xe0"
    block_control: Unsigned8
    block_number: Unsigned16
    block_number_ack: Unsigned16
    block_data: bytes

    @property
    def last_block(self) -> bool:
        """Whether no block follows."""
        return bool(self.block_control & _LAST_BLOCK)

    @property
    def streaming(self) -> bool:
        """Whether more blocks come without waiting for an acknowledgement."""
        return bool(self.block_control & _STREAMING)

    @property
    def window(self) -> int:
        """How many blocks the sender can take in a row."""
        return self.block_control & _WINDOW
