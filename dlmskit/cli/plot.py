"""Columns of a profile as bars on a terminal.

A register that counts up (value group D is 8) is drawn by what it grew from row to row; everything else as it is.
Where there are more rows than bars, a bar is the mean of its rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from rich.text import Text

from dlmskit.codec.date_time import CosemDateTime
from dlmskit.cosem.quantity import Quantity
from dlmskit.reading import Profile, ProfileColumn, text

HEIGHT = 8
"""lines of a picture"""
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_COUNTS_UP = 8
_COLOURS = ("cyan", "magenta", "green", "yellow")

Series = list[Decimal | None]


def plots(profile: Profile, width: int) -> Iterator[Text]:
    """A picture for each column that holds quantities, as wide as `width` characters."""
    numbered = [
        at for at in range(len(profile.columns)) if any(isinstance(row.cells[at], Quantity) for row in profile.rows)
    ]
    for number, at in enumerate(numbered):
        series = [row.cells[at].value if isinstance(row.cells[at], Quantity) else None for row in profile.rows]
        yield _plot(profile, profile.columns[at], series, width, _COLOURS[number % len(_COLOURS)])


def _plot(profile: Profile, column: ProfileColumn, series: Series, width: int, colour: str) -> Text:
    title = f"{column.description or column.name} [{column.unit.symbol if column.unit is not None else '1'}]"
    grows = column.captured.logical_name.d == _COUNTS_UP
    if grows:
        series = _increases(series)
        title += ", increase from row to row"
    known = [value for value in series if value is not None]
    low = Decimal(0) if grows or not known else min(known)
    high = max(known, default=Decimal(0))
    margin = max(len(f"{low:f}"), len(f"{high:f}"))
    room = max(width - margin - 2, 1)
    bars, share = _bars(series, room)
    wide = max(room // len(bars), 1) if bars else 1
    if share > 1:
        title += f", a bar is the mean of {share} rows"
    picture = Text(f"{title}\n", "bold")
    for line in reversed(range(HEIGHT)):
        label = f"{high:f}" if line == HEIGHT - 1 else f"{low:f}" if line == 0 else ""
        picture.append(f"{label:>{margin}} ", "not bold dim").append("┤" if label else "│", "not bold dim")
        picture.append("".join(_block(bar, low, high, line) * wide for bar in bars) + "\n", f"not bold {colour}")
    return picture.append(_times(profile, margin + 2, margin + 2 + wide * len(bars)), "not bold dim")


def _increases(series: Series) -> Series:
    """From each row to the next; nothing where one is absent, or where a meter was exchanged and began anew."""
    pairs = pairwise(series)
    return [b - a if a is not None and b is not None and b >= a else None for a, b in pairs]


def _bars(series: Series, most: int) -> tuple[Series, int]:
    """At most so many bars, and how many values each stands for."""
    share = -(-len(series) // most) if series else 1
    return [_mean(series[at : at + share]) for at in range(0, len(series), share)], share


def _mean(part: Sequence[Decimal | None]) -> Decimal | None:
    known = [value for value in part if value is not None]
    return sum(known, Decimal(0)) / len(known) if known else None


def _block(bar: Decimal | None, low: Decimal, high: Decimal, line: int) -> str:
    """The part of a bar in one line; what is there at all, nought as well, shows at least the thinnest block."""
    if bar is None:
        return " "
    levels = HEIGHT * 8
    full = (levels if high else 0) if high == low else int((bar - low) / (high - low) * levels)
    return _EIGHTHS[min(max(max(full, 1) - line * 8, 0), 8)]


def _times(profile: Profile, left: int, right: int) -> str:
    """The first and the last moment under the ends of the axis."""
    clock = next((at for at, column in enumerate(profile.columns) if column.is_clock), None)
    stamps = [row.cells[clock] for row in profile.rows] if clock is not None else []
    known = [text.instant(each)[:16] for each in stamps if isinstance(each, CosemDateTime)]
    if not known:
        return ""
    first, last = known[0], known[-1]
    gap = right - left - len(first) - len(last)
    return " " * left + (first + " " * gap + last if gap > 0 else first)
