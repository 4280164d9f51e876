"""A link and a receiver session put together: it listens for pushes and says nothing."""

from __future__ import annotations

from dlmskit.apdu import GeneralBlockTransfer
from dlmskit.exceptions import DlmskitError, RemoteProtocolError
from dlmskit.limits import DEFAULT_LIMITS, Limits
from dlmskit.link.base import Link, Received
from dlmskit.session.base import Failed
from dlmskit.session.cosem.receiver import ReceiverSession
from dlmskit.stack.base import Stack
from dlmskit.stack.blocks import BlockJoiner


class ReceiverStack(Stack[ReceiverSession]):
    """Gives `Notified` for every push that comes over `link`, and `Failed` for every message that is none.

    Pushes in general block transfer are put together first, for each sender of the line by itself.
    """

    def __init__(self, link: Link, session: ReceiverSession, *, limits: Limits = DEFAULT_LIMITS) -> None:
        super().__init__(link, session)
        self._limits = limits
        self._blocks = BlockJoiner(limits)

    def _advance(self, now: float) -> None:
        while (below := self._link.next_event()) is not None:
            if isinstance(below, Received):
                self._receive(below, now)
            else:
                self._put(below)
        while (above := self._session.next_event()) is not None:
            self._put(above)

    def _receive(self, received: Received, now: float) -> None:
        if not received.octets.startswith(GeneralBlockTransfer.HEAD):
            self._session.receive(received.octets, now)
            return
        try:
            block = GeneralBlockTransfer.from_bytes(received.octets, limits=self._limits)
            joined = self._blocks.take((received.source, received.destination), block)
        except DlmskitError as error:
            self._put(Failed(error))
            return
        if joined.broken_off:
            words = f"a general block transfer was broken off by the next one after {joined.broken_off} blocks"
            self._put(Failed(RemoteProtocolError(words)))
        if joined.message is not None:
            self._session.receive(joined.message, now)
