"""The console that commands print on."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table

PIPED_WIDTH = 4096
PLOT_WIDTH = 80
"""of pictures that are piped"""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Left to `dlmskit.cli.errors.ErrorLine`, as what is printed without rich is."""
        raise BrokenPipeError


def console(*, stderr: bool = False) -> Console:
    """As wide as the terminal; when piped, wide enough that no line is cut or folded."""
    stream = sys.stderr if stderr else sys.stdout
    return _Console(file=stream, highlight=False, width=None if stream.isatty() else PIPED_WIDTH)


def table(*columns: str) -> Table:
    """A table of aligned columns without lines around them."""
    return Table(*columns, box=None, pad_edge=False, header_style="dim")
