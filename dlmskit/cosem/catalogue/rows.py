"""The form of a row: groups C, D and E with ranges, and what codes in them mean."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

Range = tuple[int, int]
ALL: Range = (0, 255)


class Row(msgspec.Struct, frozen=True):
    """One rule of the catalogue. `text` may hold ``{e}`` for group E."""

    a: int
    b: Range
    c: Range
    d: Range
    e: Range
    f: Range
    text: str
    source: str
    country: str = ""

    def meaning(self, e: int) -> str:
        """The text for one value of group E."""
        return self.text.replace("{e}", str(e))

    @property
    def pattern(self) -> str:
        """The codes as people write them, with ranges as ``1..9``."""
        b, c, d, e, f = (_range(each) for each in (self.b, self.c, self.d, self.e, self.f))
        return f"{self.a}-{b}:{c}.{d}.{e}*{f}"

    def places(self) -> Iterator[tuple[int, int]]:
        """Every C and D."""
        for c in range(self.c[0], self.c[1] + 1):
            for d in range(self.d[0], self.d[1] + 1):
                yield c, d


def rows(medium: int, table: str, source: str, country: str = "") -> tuple[Row, ...]:
    """Rows of one medium from lines ``[B:]C.D.E[*F]  text``; a group may be ``1..9`` or ``*``."""
    found = []
    for line in table.strip().splitlines():
        code, text = line.strip().split("  ", 1)
        code, _, last = code.partition("*F")
        channel, _, rest = code.rpartition(":")
        c, d, e = (_parsed(group) for group in rest.replace("..", "~").split("."))
        b = _parsed(channel.replace("..", "~")) if channel else ALL
        f = _parsed(last.replace("..", "~")) if last else ALL
        found.append(Row(medium, b, c, d, e, f, text.strip(), source, country))
    return tuple(found)


def _parsed(group: str) -> Range:
    if group == "*":
        return ALL
    first, _, last = group.partition("~")
    return int(first), int(last or first)


def _range(each: Range) -> str:
    if each == ALL:
        return "*"
    return str(each[0]) if each[0] == each[1] else f"{each[0]}..{each[1]}"
