"""Any blocking transport for asyncio, a serial port say: blocking calls run in threads of their own.

A read waits in short slices, so that a cancelled one gives its thread back soon; what such a read got is kept for the
next.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from dlmskit.exceptions import DlmskitError, TransportClosed, TransportTimeout
from dlmskit.transport.base import Transport

_SLICE = 0.1


class ThreadedTransport:
    """Wraps a blocking transport; reads and writes have one thread each."""

    def __init__(self, blocking: Transport) -> None:
        self._blocking = blocking
        self._readers = ThreadPoolExecutor(1, "transport read")
        self._writers = ThreadPoolExecutor(1, "transport write")
        self._running: asyncio.Future[bytes] | None = None
        self._closed = False

    async def write(self, data: bytes) -> None:
        """See `Transport.write`."""
        await self._in_thread(self._blocking.write, data)

    async def read(self, timeout: float | None) -> bytes:
        """See `Transport.read`."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            left = None if deadline is None else deadline - time.monotonic()
            if (data := await self._slice(_SLICE if left is None else min(_SLICE, max(left, 0.0)))) is not None:
                return data
            if left is not None and left <= _SLICE:
                raise TransportTimeout(f"nothing came within {timeout:g} s")

    async def _slice(self, seconds: float) -> bytes | None:
        if self._running is None:
            self._require_open()
            loop = asyncio.get_running_loop()
            self._running = loop.run_in_executor(self._readers, self._blocking.read, seconds)
        try:
            data: bytes | None = await asyncio.shield(self._running)
        except TransportTimeout:
            data = None
        except DlmskitError:
            self._running = None
            raise
        self._running = None
        return data

    async def set_line(self, baud: int, format: str) -> None:
        """See `Transport.set_line`."""
        await self._in_thread(self._blocking.set_line, baud, format)

    async def drain(self) -> None:
        """See `Transport.drain`."""
        await self._in_thread(self._blocking.drain)

    async def close(self) -> None:
        """Close the port once the slice that runs is over."""
        if self._closed:
            return
        self._closed = True
        closing = asyncio.get_running_loop().run_in_executor(self._writers, self._end)
        self._writers.shutdown(wait=False)
        await closing  # goes on in its thread where this is cancelled

    def _end(self) -> None:
        self._readers.shutdown()
        self._blocking.close()

    async def _in_thread(self, call: object, *arguments: object) -> None:
        self._require_open()
        await asyncio.get_running_loop().run_in_executor(self._writers, call, *arguments)  # type: ignore[arg-type]

    def _require_open(self) -> None:
        if self._closed:
            raise TransportClosed("the transport is closed")


async def opened(open_line: Callable[[], Transport]) -> ThreadedTransport:
    """Open a blocking transport in a thread and wrap it; what comes after a cancellation is closed again."""
    thread = ThreadPoolExecutor(1, "transport open")
    opening = thread.submit(open_line)
    thread.shutdown(wait=False)
    try:
        return ThreadedTransport(await asyncio.wrap_future(opening))
    except asyncio.CancelledError:
        opening.add_done_callback(_close_unwanted)
        raise


def _close_unwanted(opening: Future[Transport]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
