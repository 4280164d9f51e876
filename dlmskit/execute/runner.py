"""Plans run on live meters: a blocking and an asyncio pump around one `Course`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from dlmskit.exceptions import DlmskitError
from dlmskit.execute.course import READ_REPEATS, Clock, Course, Observer
from dlmskit.market.services import MarketResponse
from dlmskit.session.operations import Operation
from dlmskit.translate.program import Plan


class Asked(Protocol):
    """What a client has to offer."""

    def run(self, operation: Operation) -> Any:
        """Run one operation. Raises one of our errors."""


class AsyncAsked(Protocol):
    """What an asyncio client has to offer."""

    def run(self, operation: Operation) -> Awaitable[Any]:
        """Run one operation. Raises one of our errors."""


def run(
    plan: Plan,
    client: Asked | Callable[[Operation], Any],
    *,
    now: Clock,
    on_step: Observer | None = None,
    reconnect: Callable[[], Asked | Callable[[Operation], Any]] | None = None,
    read_repeats: int = READ_REPEATS,
) -> MarketResponse:
    """The market response to the plan's request, from the meter behind `client`: an open client, or a function that
    runs one operation.

    After a failed line `reconnect` gives a new client for what comes next, without it the old one is asked on; closing
    them is the caller's. Raises `AssociationError` and `SecurityError` as long as nothing was written,
    `NotRepresentable` for a parameter without a form, `LocalProtocolError` for a client that is not open.
    """
    course = Course(plan, now, on_step, read_repeats)
    while course.operation is not None:
        try:
            if course.broken and reconnect is not None:
                client = reconnect()
                course.reconnected()
            answer = client(course.operation) if callable(client) else client.run(course.operation)
        except DlmskitError as error:
            course.failed(error)
        else:
            course.answered(answer)
    assert course.response is not None
    return course.response


async def run_async(
    plan: Plan,
    client: AsyncAsked,
    *,
    now: Clock,
    on_step: Observer | None = None,
    reconnect: Callable[[], Awaitable[AsyncAsked]] | None = None,
    read_repeats: int = READ_REPEATS,
) -> MarketResponse:
    """`run` for an asyncio client; the same arguments, errors and rules."""
    course = Course(plan, now, on_step, read_repeats)
    while course.operation is not None:
        try:
            if course.broken and reconnect is not None:
                client = await reconnect()
                course.reconnected()
            answer = await client.run(course.operation)
        except DlmskitError as error:
            course.failed(error)
        else:
            course.answered(answer)
    assert course.response is not None
    return course.response
