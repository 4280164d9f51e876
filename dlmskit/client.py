"""The blocking client: a stack, a transport and a store, and the loop that moves octets between them.

::

    import dlmskit

    with dlmskit.connect("tcp://192.0.2.7:4059", password=b"...", client_sap=32) as meter:
        print(meter.clock())
        print(meter.register("1-0:1.8.0*255"))
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

from dlmskit.connecting import TIMEOUT, Plan, Wishes, open_transport, parts, plan, recorded, replanned
from dlmskit.exceptions import DlmskitError, TransportTimeout
from dlmskit.link.base import Drain, SetLine
from dlmskit.meter import Meter, reopened
from dlmskit.session.base import Notified, Progressed
from dlmskit.session.operations import Operation
from dlmskit.stack.dialogue import Ask, Pause, Procedure, Read, Reopen, Step, Steps, Write
from dlmskit.store.answer import answer
from dlmskit.transport.base import Transport

T = TypeVar("T")


class Client(Meter[Transport]):
    """One meter, one dialogue at a time. Use it as a context manager, or call `open` and `close`.

    What it offers beside is listed in `dlmskit.meter.Meter`.
    """

    def open(self) -> Self:
        """Set up link and association. Closes everything again where that fails."""
        try:
            self._drive(self._dialogue.open())
            self._opened()
        except BaseException as error:
            self._advised(error)
            self.close()
            raise
        return self

    def close(self) -> None:
        """Release the association, end the link, close the port, in this order, whatever failed before."""
        self.reader.keep()
        try:
            self._drive(self._dialogue.close())
        finally:
            try:
                self._transport.close()
            finally:
                if self._recording is not None:
                    self._recording.close()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def run(self, operation: Operation, progress: Callable[[Progressed], Any] | None = None) -> Any:
        """Run one native operation; the result is what its docstring says."""
        return self._drive(self._dialogue.run(operation, progress or self.progress))

    def follow(self, procedure: Procedure[T]) -> T:
        """Run a procedure of several operations to its answer."""
        return self._drive(self._dialogue.follow(procedure, self.progress))

    def notification(self, seconds: float) -> Notified | None:
        """The next thing that the meter says on its own, None when it says nothing in time."""
        return self._drive(self._dialogue.listen(seconds))

    def _drive(self, steps: Steps[T]) -> T:
        outcome: Any = None
        failure: DlmskitError | None = None
        while True:
            try:
                step = steps.throw(failure) if failure is not None else steps.send(outcome)
            except StopIteration as end:
                value: T = end.value
                return value
            outcome = failure = None
            try:
                outcome = self._perform(step)
            except DlmskitError as error:
                failure = error

    def _perform(self, step: Step) -> Any:
        match step:
            case Read():
                if step.written:
                    self._transport.write(step.written)
                try:
                    return self._transport.read(step.seconds)
                except TransportTimeout:
                    return b""
            case Write():
                return self._transport.write(step.octets)
            case Pause():
                return time.sleep(step.seconds)
            case Reopen():
                self._transport.close()
                return self._replace(*reopened(self._reopen))
            case SetLine():
                return self._transport.set_line(step.baud, step.format)
            case Drain():
                return self._transport.drain()
            case Ask():
                return answer(step.need, self._keys, self._counters)


def connect(target: str, **wishes: Unpack[Wishes]) -> Client:
    """A client for the meter at `target`, say ``tcp://192.0.2.7:4059`` or ``sim:``; it opens when it is entered.

    What may be said about the meter is in `Wishes`. Raises `TransportError` where the line cannot be opened and other
    `DlmskitError` kinds for wishes that do not go together.
    """
    wanted = plan(target, **wishes)
    timeout = wishes.get("timeout", TIMEOUT)

    def reopen() -> tuple[Transport, Plan]:
        again = replanned(wanted, target, **wishes)
        return open_transport(again, timeout), again

    with recorded(wishes.get("record"), wanted) as recording:
        transport = open_transport(wanted, timeout)
    return Client(transport, wanted.stack, reopen=reopen, **parts(wanted, recording, **wishes))


def over(line: Transport, target: str, **wishes: Unpack[Wishes]) -> Client:
    """A client over a line that is open already; it opens when it is entered.

    `target` says what is spoken there. The client cannot reopen the line.
    """
    wanted = plan(target, **wishes)
    with recorded(wishes.get("record"), wanted) as recording:
        return Client(line, wanted.stack, **parts(wanted, recording, **wishes))
