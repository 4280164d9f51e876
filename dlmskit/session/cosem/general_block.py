"""General block transfer between two peers: any message that is too long for the peer travels in numbered blocks.

::

    sender    1 .. w-1 streaming, w not: the other side's turn        w: the window that the other side stated
    receiver  an acknowledgement without data: all up to n came in order
    sender    goes on behind n, so what was lost comes again

Both sides number what they send from 1 in each exchange of request and answer, acknowledgements included. Blocks behind
a gap are kept, as far as the window reaches. A block 1 of other content begins a new transfer and gives up the old one.

Source: Green Book, general block transfer.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from dlmskit.apdu import GeneralBlockTransfer
from dlmskit.exceptions import LimitError, RemoteProtocolError
from dlmskit.limits import Limits
from dlmskit.session.cosem.transfer import Assembly, cut, room

LAST, STREAMING = 0x80, 0x40
MAX_WINDOW = 0x3F
_MAX_NUMBER = 0xFFFF
_ACSE = range(0x60, 0x64)


class Heard(msgspec.Struct, frozen=True):
    """What a block led to: `replies` to send, or the whole `message` that it completed.

    `assembly` is what has come so far where the block brought something new, `broken_off` counts the blocks of a
    transfer that it put an end to.
    """

    replies: tuple[bytes, ...] = ()
    message: bytes | None = None
    assembly: Assembly | None = None
    broken_off: int = 0


class GeneralBlocks:
    """One side of all block transfers of an association, one exchange at a time.

    `size` is the longest APDU that the peer takes, None for no bound; `window` says how many blocks we take in a row.
    `one_way` tells whether the peer's last block left no room for acknowledgements.
    """

    def __init__(self, role: Literal["client", "meter"], size: int | None, window: int, limits: Limits) -> None:
        self._role = role
        self._size = size
        self._window = max(1, min(window, MAX_WINDOW))
        self._limits = limits
        self.reset()

    def reset(self) -> None:
        """A new exchange begins: numbers start again, unfinished transfers are given up."""
        self._peer_window = 1
        self.one_way = False
        self._restarts = 0
        self._speak_anew()
        self._listen_anew()

    def _speak_anew(self) -> None:
        self._number = 0
        self._out: list[bytes] = []
        self._first = 1
        self._acknowledged = self._heard_ack = 0
        self._repeats = 0

    def _listen_anew(self) -> None:
        self._assembly: Assembly | None = None
        self._expected = 1
        self._taken: dict[int, bytes] = {}
        self._ahead: dict[int, GeneralBlockTransfer] = {}

    @property
    def receiving(self) -> bool:
        """Whether a transfer has begun to come and is not complete."""
        return self._assembly is not None or bool(self._ahead)

    @property
    def expected(self) -> int:
        """The number of the next block in order."""
        return self._expected

    def has(self, block: GeneralBlockTransfer) -> bool:
        """Whether this very block was taken already."""
        return bool(block.block_data) and self._taken.get(block.block_number) == block.block_data

    def outgoing(self, messages: list[bytes]) -> list[bytes]:
        """`messages`, each that is too long in blocks. Raises `LimitError`."""
        return [part for message in messages for part in (self.send(message) if self.needed(message) else [message])]

    def needed(self, message: bytes) -> bool:
        """Whether `message` is too long to go as it is; what opens and ends an association always goes whole."""
        return self._size is not None and len(message) > self._size and message[0] not in _ACSE

    def send(self, message: bytes) -> list[bytes]:
        """Begin to send one message; the blocks that may go at once."""
        size = room(self._size, GeneralBlockTransfer(0, 0, 0, b"").to_bytes()) or len(message)
        self._out = [part for _, _, part in cut(message, size, size)]
        self._first, self._acknowledged = self._number + 1, 0
        if self._number + len(self._out) > _MAX_NUMBER:
            raise LimitError(f"general block transfer: {len(self._out)} blocks are more than can be numbered")
        return self._burst()

    def receive(self, block: GeneralBlockTransfer) -> Heard:
        """Take one block of the peer. Raises `RemoteProtocolError` or `LimitError`; the transfer is given up then."""
        try:
            return self._receive(block)
        except (RemoteProtocolError, LimitError):
            self.reset()
            raise

    def again(self) -> list[bytes]:
        """Nothing came in time: the last acknowledgement, or the blocks that were not acknowledged, once more.

        Empty where no transfer runs, and after too many repetitions.
        """
        receives = self.receiving
        if not (receives or self._out) or self._repeats >= self._limits.block_repeats:
            return []
        self._repeats += 1
        # where all was acknowledged, the beginning of the answer was lost
        return [self.acknowledgement()] if receives or self._acknowledged >= len(self._out) else self._burst()

    def _receive(self, block: GeneralBlockTransfer) -> Heard:
        self._peer_window, self.one_way = max(block.window, 1), not block.window
        broken_off = self._restarted(block)
        progress = self._note_acknowledged(block.block_number_ack)
        before = self._expected
        message = self._take(block)
        if message is not None:
            return Heard(message=message, broken_off=broken_off)
        news = self._assembly if self._expected > before else None
        if block.streaming:
            return Heard(assembly=news, broken_off=broken_off)
        if self.receiving:
            if not block.window:
                return Heard(assembly=news, broken_off=broken_off)  # who takes no blocks takes no acknowledgement
            if self._expected == before:
                self._repeated()  # something is missing, or came twice
            return Heard((self.acknowledgement(),), assembly=news, broken_off=broken_off)
        if self._acknowledged >= len(self._out):
            return Heard()
        if not progress:
            self._repeated()
        return Heard(tuple(self._burst()))

    def _note_acknowledged(self, number: int) -> bool:
        self._heard_ack = number
        count = number - self._first + 1
        if not self._acknowledged < count <= len(self._out):
            return False
        self._acknowledged, self._repeats = count, 0
        return True

    def _restarted(self, block: GeneralBlockTransfer) -> int:
        """A block 1 of other content ends what ran; how many blocks of it are lost."""
        if block.block_number != 1 or not block.block_data or self._taken.get(1) == block.block_data:
            return 0
        lost = self._assembly.blocks if self._assembly is not None else 0
        if self._role == "meter":
            self._speak_anew()
        elif self._taken:
            self._restarts += 1
            if self._restarts > self._limits.block_repeats:
                raise LimitError(f"block_repeats: an answer began anew {self._restarts} times")
        self._listen_anew()
        return lost

    def _take(self, block: GeneralBlockTransfer) -> bytes | None:
        """The whole message once its last block came in order."""
        number, data = block.block_number, block.block_data
        if not data and self._assembly is None:
            # acknowledgements have numbers too, and some of them may have been lost
            self._expected = max(self._expected, number + 1)
            return self._in_order()
        waiting = self._ahead.get(number, block)
        if self._taken.get(number, waiting.block_data) != data:
            raise RemoteProtocolError(f"general block transfer: block {number} came again with other content")
        if not self._expected <= number < self._expected + self._window:
            return None
        self._ahead[number] = block
        return self._in_order()

    def _in_order(self) -> bytes | None:
        while (block_ready := self._ahead.pop(self._expected, None)) is not None:
            if self._append(block_ready):
                return self._complete()
        return None

    def _append(self, block: GeneralBlockTransfer) -> bool:
        if self._assembly is None:
            self._assembly = Assembly(self._limits)
        self._assembly.add(self._assembly.blocks + 1, block.block_data)
        self._taken[self._expected] = block.block_data
        self._expected += 1
        self._repeats = 0
        return block.last_block

    def _complete(self) -> bytes:
        assert self._assembly is not None
        message, self._assembly = self._assembly.join(), None
        self._ahead.clear()
        self._restarts = 0
        return message

    def _burst(self) -> list[bytes]:
        end = min(self._acknowledged + self._peer_window, len(self._out))
        bridge = []
        if self._repeats and not self._acknowledged and self._heard_ack < self._first - 1:
            # our last acknowledgement was lost: without its number the peer would wait for a block before the first
            bridge = [self._bare(STREAMING, self._first - 1)]
        return bridge + [self._block(index, streaming=index + 1 < end) for index in range(self._acknowledged, end)]

    def _block(self, index: int, *, streaming: bool) -> bytes:
        number = self._first + index
        self._number = max(self._number, number)
        last = LAST if index + 1 == len(self._out) else 0
        control = last | (STREAMING if streaming else 0) | self._window
        return GeneralBlockTransfer(control, number, self._expected - 1, self._out[index]).to_bytes()

    def acknowledgement(self) -> bytes:
        """What says that everything up to a number came in order."""
        self._number = min(self._number + 1, _MAX_NUMBER)
        # the meter still has to answer after its acknowledgement
        return self._bare(LAST if self._role == "client" else 0, self._number)

    def _bare(self, control: int, number: int) -> bytes:
        return GeneralBlockTransfer(control | self._window, number, self._expected - 1, b"").to_bytes()

    def _repeated(self) -> None:
        self._repeats += 1
        if self._repeats > self._limits.block_repeats:
            raise LimitError(f"block_repeats: blocks came or went {self._repeats} times without getting further")
