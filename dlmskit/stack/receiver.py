"""A link and a receiver session put together: it listens for pushes, and says no more than that they came."""

from __future__ import annotations

from dlmskit.apdu import GeneralBlockTransfer
from dlmskit.exceptions import DlmskitError, RemoteProtocolError
from dlmskit.limits import DEFAULT_LIMITS, Limits
from dlmskit.link.base import Link, Received
from dlmskit.session.base import Failed
from dlmskit.session.cosem.general_block import GeneralBlocks
from dlmskit.session.cosem.receiver import ReceiverSession
from dlmskit.stack.base import Stack
from dlmskit.stack.blocks import BlockJoiner

_WINDOW = 16
"""blocks that a sender may send in a row"""


class ReceiverStack(Stack[ReceiverSession]):
    """Gives `Notified` for every push that comes over `link`, and `Failed` for every message that is none.

    Pushes in general block transfer are put together first, for each sender of the line by itself. With `acknowledges`
    their blocks are acknowledged, for a link to one sender that can be answered.
    """

    def __init__(
        self, link: Link, session: ReceiverSession, *, acknowledges: bool = False, limits: Limits = DEFAULT_LIMITS
    ) -> None:
        super().__init__(link, session)
        self._limits = limits
        self._answered = GeneralBlocks("client", None, _WINDOW, limits) if acknowledges else None
        self._blocks = BlockJoiner(limits)

    def _advance(self, now: float) -> None:
        while (below := self._link.next_event()) is not None:
            if isinstance(below, Received):
                self._receive(below, now)
            else:
                self._put(below)
        while (above := self._session.next_event()) is not None:
            self._put(above)
        for message in self._session.messages_to_send():
            self._link.send(message, now)

    def _receive(self, received: Received, now: float) -> None:
        if not received.octets.startswith(GeneralBlockTransfer.HEAD):
            self._session.receive(received.octets, now)
            return
        try:
            block = GeneralBlockTransfer.from_bytes(received.octets, limits=self._limits)
            if self._answered is not None:
                self._acknowledge(self._answered, block, now)
                return
            joined = self._blocks.take((received.source, received.destination), block)
        except DlmskitError as error:
            self._put(Failed(error))
            return
        self._joined(joined.message, joined.broken_off, now)

    def _acknowledge(self, blocks: GeneralBlocks, block: GeneralBlockTransfer, now: float) -> None:
        heard = blocks.receive(block)
        for reply in heard.replies:
            self._link.send(reply, now)
        if heard.message is not None:
            blocks.reset()
        self._joined(heard.message, heard.broken_off, now)

    def _joined(self, message: bytes | None, broken_off: int, now: float) -> None:
        if broken_off:
            words = f"a general block transfer was broken off by the next one after {broken_off} blocks"
            self._put(Failed(RemoteProtocolError(words)))
        if message is not None:
            self._session.receive(message, now)
