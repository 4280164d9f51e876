"""What both clients are: one meter, and every procedure that can be asked of it, named once.

A procedure of `dlmskit.reading` is a generator of operations. `Exposed` makes a method of it that gives the answer on
the blocking client and something to await on the asyncio client; so the two cannot drift apart.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from functools import wraps
from types import MethodType
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from dlmskit.connecting import LEAST_PATIENCE, Opening, Plan
from dlmskit.exceptions import AssociationError, SecurityError, TransportClosed
from dlmskit.model.device import DeviceModel
from dlmskit.reading import attributes, buffer, columns, events, many, time_of_day, tree
from dlmskit.reading.memory import Memory
from dlmskit.reading.reader import Reader
from dlmskit.session.base import Progressed
from dlmskit.stack.client import ClientStack
from dlmskit.stack.dialogue import Dialogue, Procedure
from dlmskit.stack.recovery import NO_RETRY, Retry
from dlmskit.store.counters import Counters
from dlmskit.store.keys import KeyStore
from dlmskit.store.objects import ObjectCache
from dlmskit.transport.base import AsyncTransport, Transport

P = ParamSpec("P")
T = TypeVar("T")
Line = TypeVar("Line", Transport, AsyncTransport)


class Exposed(Generic[P, T]):
    """A procedure as a method of the clients, with the procedure's own arguments and docstring."""

    def __init__(self, procedure: Callable[Concatenate[Reader, P], Procedure[T]]) -> None:
        @wraps(procedure)
        def method(meter: Any, *args: P.args, **kwargs: P.kwargs) -> Any:
            return meter.follow(procedure(meter.reader, *args, **kwargs))

        self._method = method
        self.__doc__ = procedure.__doc__

    @overload
    def __get__(self, meter: Meter[Transport], owner: type | None = None) -> Callable[P, T]: ...
    @overload
    def __get__(
        self, meter: Meter[AsyncTransport], owner: type | None = None
    ) -> Callable[P, Coroutine[Any, Any, T]]: ...
    @overload
    def __get__(self, meter: None, owner: type | None = None) -> Callable[..., Any]: ...
    def __get__(self, meter: Any, owner: type | None = None) -> Callable[..., Any]:
        return self._method if meter is None else MethodType(self._method, meter)


class Meter(Generic[Line]):
    """Base of `dlmskit.client.Client` and `dlmskit.aio.AsyncClient`: one meter, one dialogue at a time.

    Every method raises `ServiceError` kinds when the meter refuses, `TransportError` kinds when the line fails,
    `AssociationError` and `SecurityError` kinds where access fails, and nothing that is not a `DlmskitError`.
    `progress` is told of each block of a long answer. `reopen` gives the line, the stack, keys and counters that go on
    after a line that broke, see `dlmskit.stack.recovery.Retry`. `advice` becomes a note of an error that says that
    access was refused.
    """

    def __init__(
        self,
        transport: Line,
        stack: ClientStack,
        *,
        keys: KeyStore,
        counters: Counters,
        model: DeviceModel | None = None,
        patience: float = LEAST_PATIENCE,
        recording: Opening | None = None,
        retry: Retry = NO_RETRY,
        name: str = "",
        reopen: Callable[[], Any] | None = None,
        cache: ObjectCache | None = None,
        advice: str = "",
    ) -> None:
        self.model = model
        self.reader = Reader(model, Memory(cache) if cache is not None else None)
        self.progress: Callable[[Progressed], Any] | None = None
        self._transport: Line = transport
        self._keys = keys
        self._counters = counters
        self._recording = recording
        transcript = recording.transcript if recording is not None else None
        self._reopen = reopen
        self._advice = advice
        self._dialogue = Dialogue(
            stack, time.monotonic, patience=patience, transcript=transcript, retry=retry, name=name
        )

    @property
    def negotiated(self) -> dict[str, Any]:
        """What was agreed when the association was opened."""
        return dict(self._dialogue.negotiated)

    def _replace(self, line: Line, wanted: Plan) -> ClientStack:
        """Go on over a new line."""
        self._transport, self._keys, self._counters = line, wanted.keys, wanted.counters
        return wanted.stack

    def _opened(self) -> None:
        self.reader.opened(self._dialogue.negotiated)

    def _advised(self, error: BaseException) -> None:
        """Add to an error of opening what is known to help."""
        if self._advice and isinstance(error, AssociationError | SecurityError):
            error.add_note(self._advice)

    read = Exposed(attributes.read)
    read_many = Exposed(many.read_many)
    write = Exposed(attributes.write)
    invoke = Exposed(attributes.invoke)
    get = Exposed(attributes.get)
    get_list = Exposed(attributes.get_list)
    set = Exposed(attributes.set_)
    action = Exposed(attributes.action)
    register = Exposed(attributes.register)
    place = Exposed(Reader.place)
    objects = Exposed(Reader.objects)
    tree = Exposed(tree.tree)
    clock = Exposed(time_of_day.clock)
    clock_drift = Exposed(time_of_day.clock_drift)
    set_clock = Exposed(time_of_day.set_clock)
    profile = Exposed(buffer.profile)
    profile_columns = Exposed(columns.profile_columns)
    events = Exposed(events.events)


def reopened(reopen: Callable[[], T] | None) -> T:
    """What `reopen` gives. Raises `TransportClosed` where nothing says how to open the line again."""
    if reopen is None:
        raise TransportClosed("the line broke, and nothing says how to open it again")
    return reopen()
