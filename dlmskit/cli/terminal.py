"""The console that commands print on."""

from __future__ import annotations

import sys

from rich.console import Console

PIPED_WIDTH = 4096


def console(*, stderr: bool = False) -> Console:
    """As wide as the terminal; when piped, wide enough that no line is cut or folded."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(file=stream, highlight=False, width=None if stream.isatty() else PIPED_WIDTH)
