"""Progress of long reads on standard error: octets, rate and, where the answer says how long it is, the time left."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from dlmskit.session.base import Progressed

PATIENCE = 0.3
"""seconds that a read may take before anything is shown"""


class Progress:
    """What a client calls for each block of a long answer. Nothing is shown where standard error is no terminal."""

    def __init__(self, *, shown: bool = True) -> None:
        self._shown = shown and sys.stderr.isatty()
        self._operation: object = None
        self._began = time.monotonic()
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, block: Progressed) -> None:
        """Show how far the answer is."""
        if not self._shown or time.monotonic() - self._began < PATIENCE:
            return
        if self._bar is None:
            self._bar = _bar()
            self._bar.start()
        if block.operation is not self._operation:
            from dlmskit.reading.arrival import expected_octets
            from dlmskit.stack.dialogue import describe

            self._operation = block.operation
            if self._task is not None:
                self._bar.remove_task(self._task)
            said = describe(block.operation)
            name = f"{said.get('obis', said['op'])}"
            self._task = self._bar.add_task(name, total=expected_octets(block.so_far()))
        self._bar.update(self._task, completed=block.octets)


def _bar() -> Any:
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    from dlmskit.cli.terminal import console

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console(stderr=True), transient=True)
