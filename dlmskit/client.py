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
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

from dlmskit.apdu.descriptors import SelectiveAccess
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.connecting import LEAST_PATIENCE, TIMEOUT, Opening, Wishes, open_transport, plan, recorded
from dlmskit.cosem.quantity import Quantity
from dlmskit.exceptions import DataAccessError, DlmskitError, TransportTimeout
from dlmskit.link.base import Drain, SetLine
from dlmskit.model.device import DeviceModel
from dlmskit.reading import ObjectRow, Profile, Reader
from dlmskit.reading.reader import Where
from dlmskit.reading.short_names import by_short_names
from dlmskit.session.base import Notified, Progressed
from dlmskit.session.operations import Action, Get, GetList, Operation, Set
from dlmskit.stack.client import ClientStack
from dlmskit.stack.dialogue import Ask, Dialogue, Procedure, Read, Step, Steps, Write
from dlmskit.store.answer import answer
from dlmskit.store.counters import Counters
from dlmskit.store.keys import KeyStore
from dlmskit.transport.base import Transport

T = TypeVar("T")


class Client:
    """One meter, one dialogue at a time. Use it as a context manager, or call `open` and `close`.

    Every method raises `ServiceError` kinds when the meter refuses, `TransportError` kinds when the line fails,
    `AssociationError` and `SecurityError` kinds where access fails, and nothing that is not a `DlmskitError`.
    """

    def __init__(
        self,
        transport: Transport,
        stack: ClientStack,
        *,
        keys: KeyStore,
        counters: Counters,
        model: DeviceModel | None = None,
        patience: float = LEAST_PATIENCE,
        recording: Opening | None = None,
    ) -> None:
        self.model = model
        self.reader = Reader(model)
        self._transport = transport
        self._keys = keys
        self._counters = counters
        self._recording = recording
        transcript = recording.transcript if recording is not None else None
        self._dialogue = Dialogue(stack, time.monotonic, patience=patience, transcript=transcript)

    def open(self) -> Self:
        """Set up link and association. Closes everything again where that fails."""
        try:
            self._drive(self._dialogue.open())
        except BaseException:
            self.close()
            raise
        return self

    def close(self) -> None:
        """Release the association, end the link, close the port, in this order, whatever failed before."""
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

    @property
    def negotiated(self) -> dict[str, Any]:
        """What was agreed when the association was opened."""
        return dict(self._dialogue.negotiated)

    def run(self, operation: Operation, progress: Callable[[Progressed], Any] | None = None) -> Any:
        """Run one native operation; the result is what its docstring says."""
        return self._drive(self._dialogue.run(operation, progress))

    def follow(self, procedure: Procedure[T]) -> T:
        """Run a procedure of several operations to its answer."""
        return self._drive(self._dialogue.follow(procedure))

    def get(self, class_id: int, where: Where, attribute: int = 2, access: SelectiveAccess | None = None) -> Data:
        """Read one attribute."""
        result: Data = self.run(Get(class_id, self.reader.obis(where), attribute, access))
        return result

    def get_list(self, *items: Get) -> tuple[Data | DataAccessError, ...]:
        """Read several attributes in one request."""
        results: tuple[Data | DataAccessError, ...] = self.run(GetList(items))
        return results

    def set(self, class_id: int, where: Where, attribute: int, value: Data) -> None:
        """Write one attribute."""
        self.run(Set(class_id, self.reader.obis(where), attribute, value))

    def action(self, class_id: int, where: Where, method: int, parameters: Data | None = None) -> Data | None:
        """Invoke one method."""
        result: Data | None = self.run(Action(class_id, self.reader.obis(where), method, parameters))
        return result

    def objects(self) -> tuple[ObjectRow, ...]:
        """The objects of this association with their access rights."""
        return self.follow(self.reader.objects(short_names=by_short_names(self.negotiated)))

    def clock(self) -> CosemDateTime:
        """The meter's time, as it says it."""
        return self.follow(self.reader.clock())

    def register(self, where: Where, class_id: int | None = None) -> Quantity:
        """A register's scaled value with its unit."""
        return self.follow(self.reader.register(where, class_id))

    def profile(self, where: Where, start: datetime | None = None, end: datetime | None = None) -> Profile:
        """A profile's rows, all or those between two aware moments, both included."""
        return self.follow(self.reader.profile(where, start, end))

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
            case Write():
                return self._transport.write(step.octets)
            case Read():
                try:
                    return self._transport.read(step.seconds)
                except TransportTimeout:
                    return b""
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
    with recorded(wishes.get("record"), wanted) as recording:
        transport = open_transport(wanted, timeout)
    return Client(
        transport,
        wanted.stack,
        keys=wanted.keys,
        counters=wanted.counters,
        model=wanted.model,
        patience=max(3 * timeout, LEAST_PATIENCE),
        recording=recording,
    )
