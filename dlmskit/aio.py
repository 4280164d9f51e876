"""The asyncio client: the same dialogue as the blocking one, pumped by awaiting.

::

    async with await dlmskit.aio.connect("tcp://192.0.2.7:4059") as meter:
        print(await meter.clock())
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

from dlmskit.apdu.descriptors import SelectiveAccess
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.connecting import LEAST_PATIENCE, SIMULATED, TIMEOUT, Opening, Wishes, plan, recorded, simulated
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
from dlmskit.transport.base import AsyncTransport
from dlmskit.transport.threaded import opened

T = TypeVar("T")


class AsyncClient:
    """`dlmskit.client.Client` for asyncio; see there. Operations of one client run one after the other.

    Key and counter stores are asked in a worker thread, because a durable counter waits for the disk.
    """

    def __init__(
        self,
        transport: AsyncTransport,
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
        self._turn = asyncio.Lock()
        transcript = recording.transcript if recording is not None else None
        self._dialogue = Dialogue(stack, time.monotonic, patience=patience, transcript=transcript)

    async def open(self) -> Self:
        """Set up link and association. Closes everything again where that fails."""
        try:
            await self._drive(self._dialogue.open())
        except BaseException:
            await self.close()
            raise
        return self

    async def close(self) -> None:
        """Release the association, end the link, close the port, in this order, whatever failed before."""
        try:
            await self._drive(self._dialogue.close())
        finally:
            try:
                await self._transport.close()
            finally:
                if self._recording is not None:
                    self._recording.close()

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def negotiated(self) -> dict[str, Any]:
        """What was agreed when the association was opened."""
        return dict(self._dialogue.negotiated)

    async def run(self, operation: Operation, progress: Callable[[Progressed], Any] | None = None) -> Any:
        """Run one native operation; the result is what its docstring says."""
        return await self._drive(self._dialogue.run(operation, progress))

    async def follow(self, procedure: Procedure[T]) -> T:
        """Run a procedure of several operations to its answer."""
        return await self._drive(self._dialogue.follow(procedure))

    async def get(self, class_id: int, where: Where, attribute: int = 2, access: SelectiveAccess | None = None) -> Data:
        """Read one attribute."""
        result: Data = await self.run(Get(class_id, self.reader.obis(where), attribute, access))
        return result

    async def get_list(self, *items: Get) -> tuple[Data | DataAccessError, ...]:
        """Read several attributes in one request."""
        results: tuple[Data | DataAccessError, ...] = await self.run(GetList(items))
        return results

    async def set(self, class_id: int, where: Where, attribute: int, value: Data) -> None:
        """Write one attribute."""
        await self.run(Set(class_id, self.reader.obis(where), attribute, value))

    async def action(self, class_id: int, where: Where, method: int, parameters: Data | None = None) -> Data | None:
        """Invoke one method."""
        result: Data | None = await self.run(Action(class_id, self.reader.obis(where), method, parameters))
        return result

    async def objects(self) -> tuple[ObjectRow, ...]:
        """The objects of this association with their access rights."""
        return await self.follow(self.reader.objects(short_names=by_short_names(self.negotiated)))

    async def clock(self) -> CosemDateTime:
        """The meter's time, as it says it."""
        return await self.follow(self.reader.clock())

    async def register(self, where: Where, class_id: int | None = None) -> Quantity:
        """A register's scaled value with its unit."""
        return await self.follow(self.reader.register(where, class_id))

    async def profile(self, where: Where, start: datetime | None = None, end: datetime | None = None) -> Profile:
        """A profile's rows, all or those between two aware moments, both included."""
        return await self.follow(self.reader.profile(where, start, end))

    async def notification(self, seconds: float) -> Notified | None:
        """The next thing that the meter says on its own, None when it says nothing in time."""
        return await self._drive(self._dialogue.listen(seconds))

    async def _drive(self, steps: Steps[T]) -> T:
        async with self._turn:
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
                    outcome = await self._perform(step)
                except DlmskitError as error:
                    failure = error

    async def _perform(self, step: Step) -> Any:
        match step:
            case Write():
                return await self._transport.write(step.octets)
            case Read():
                try:
                    return await self._transport.read(step.seconds)
                except TransportTimeout:
                    return b""
            case SetLine():
                return await self._transport.set_line(step.baud, step.format)
            case Drain():
                return await self._transport.drain()
            case Ask():
                return await asyncio.to_thread(answer, step.need, self._keys, self._counters)


async def connect(target: str, **wishes: Unpack[Wishes]) -> AsyncClient:
    """A client for the meter at `target`; it opens when it is entered. See `dlmskit.client.connect`."""
    wanted = plan(target, **wishes)
    timeout = wishes.get("timeout", TIMEOUT)
    with recorded(wishes.get("record"), wanted) as recording:
        if wanted.target.scheme == SIMULATED:
            transport: AsyncTransport = await opened(partial(simulated, wanted))
        else:
            transport = await wanted.target.open_async(timeout)
    return AsyncClient(
        transport,
        wanted.stack,
        keys=wanted.keys,
        counters=wanted.counters,
        model=wanted.model,
        patience=max(3 * timeout, LEAST_PATIENCE),
        recording=recording,
    )
