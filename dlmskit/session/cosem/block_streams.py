"""Two block transfers of one meter at a time: the answer that is waited for, and what it says on its own.

A block does not name its transfer. What tells them apart, in this order::

    window 0                a transfer that takes no acknowledgement, as pushes are seen to come
    first octet of block 1  a notification is no answer
    block number            a block goes to the transfer whose next block it is

Where two transfers wait for the same number in the same way neither can go on: both are given up rather than mixed.
The number that a block acknowledges tells them apart no better: in each transfer it counts our acknowledgements from 1,
so with like windows it is the same in both, and what a meter fills in wrongly would mix them.
"""

from __future__ import annotations

from dlmskit.apdu import (
    GLO_TAGS,
    DataNotification,
    EventNotificationRequest,
    GeneralBlockTransfer,
    GeneralCiphering,
    GeneralGloCiphering,
    GeneralSigning,
    InformationReportRequest,
)
from dlmskit.exceptions import RemoteProtocolError
from dlmskit.limits import Limits
from dlmskit.session.cosem.general_block import GeneralBlocks, Heard

_PLAIN_PUSHES = {cls.HEAD[0] for cls in (DataNotification, EventNotificationRequest, InformationReportRequest)}
_PUSHES = _PLAIN_PUSHES | {GLO_TAGS[tag] for tag in _PLAIN_PUSHES if tag in GLO_TAGS}
_ENVELOPES = {cls.HEAD[0] for cls in (GeneralGloCiphering, GeneralCiphering, GeneralSigning)}


class BlockStreams:
    """The client's side of all block transfers of an association.

    `size` and `window` as in `GeneralBlocks`; each transfer has numbers, window and bounds of its own.
    """

    def __init__(self, size: int | None, window: int, limits: Limits) -> None:
        self._exchange = GeneralBlocks("client", size, window, limits)
        self._unasked = GeneralBlocks("client", size, window, limits)

    def reset(self) -> None:
        """A new exchange begins; what the meter says on its own goes on."""
        self._exchange.reset()

    def outgoing(self, messages: list[bytes]) -> list[bytes]:
        """See `GeneralBlocks.outgoing`."""
        return self._exchange.outgoing(messages)

    def again(self) -> list[bytes]:
        """See `GeneralBlocks.again`."""
        return self._exchange.again()

    def receive(self, block: GeneralBlockTransfer, *, exchanging: bool) -> tuple[Heard, bool]:
        """Take one block; says too whether it belongs to the exchange, which may be waiting for an answer or not.

        Raises `RemoteProtocolError` and `LimitError`; the transfer is given up then.
        """
        blocks = self._transfer_of(block, exchanging)
        if blocks is None:
            return Heard(), False
        heard = blocks.receive(block)
        if blocks is self._exchange:
            return heard, True
        if heard.message is not None and not block.window:
            blocks.reset()  # nothing asks for it again, so the next one may be alike
        elif block.window and not block.streaming and not heard.replies:
            # nothing answers a push, so its end is acknowledged too, and again where that was lost
            heard = Heard((blocks.acknowledgement(),), heard.message, heard.assembly, heard.broken_off)
        return heard, False

    def _transfer_of(self, block: GeneralBlockTransfer, exchanging: bool) -> GeneralBlocks | None:
        """None for the rest of a transfer whose beginning was lost and cannot be asked for."""
        if not block.block_data and exchanging:
            return self._exchange
        if block.block_number == 1 and not self._exchange.has(block):
            return self._beginning(block, exchanging)
        running = [blocks for blocks in (self._exchange, self._unasked) if blocks.receiving]
        alike = [blocks for blocks in running if blocks.one_way == (not block.window)]
        following = [blocks for blocks in alike if blocks.expected == block.block_number]
        if len(following) == 2:
            self._exchange.reset()
            self._unasked.reset()
            raise RemoteProtocolError(f"two transfers wait for block {block.block_number}: nothing tells them apart")
        known = [blocks for blocks in (self._exchange, self._unasked) if blocks.has(block)]
        found = following or known or alike
        if not found and not exchanging:
            raise RemoteProtocolError(f"{block.NAME} came unasked")
        return found[0] if found else self._exchange if block.window else None

    def _beginning(self, block: GeneralBlockTransfer, exchanging: bool) -> GeneralBlocks:
        head = block.block_data[:1]
        push = bool(head) and head[0] in _PUSHES
        if not exchanging:
            if not push and not (head and head[0] in _ENVELOPES):
                raise RemoteProtocolError(f"{block.NAME} came unasked")
            return self._unasked
        apart = self._exchange.receiving and self._exchange.one_way != (not block.window)
        return self._unasked if push or apart else self._exchange
