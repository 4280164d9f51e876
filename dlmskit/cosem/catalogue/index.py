"""Descriptions of codes: an index by medium, quantity and processing that is made when it is first asked."""

from __future__ import annotations

from typing import NamedTuple

from dlmskit.cosem.catalogue import abstract, electricity, media, national
from dlmskit.cosem.catalogue.rows import ALL, Row
from dlmskit.obis import Obis

MEDIA = {
    0: "abstract",
    1: "electricity",
    4: "heat cost allocator",
    5: "cooling",
    6: "heat",
    7: "gas",
    8: "cold water",
    9: "hot water",
    15: "other",
}
"""Group A"""

COUNTRIES = tuple(sorted({row.country for row in national.ROWS}))
"""Countries that have rows of their own"""

_NONE = tuple("" for _ in range(256))
_TARIFFS = tuple(f", tariff {e}" if 0 < e < 64 else "" for e in range(256))
_NAMED_HARMONICS = {124: ", total harmonic distortion", 125: ", total demand distortion", 126: ", all harmonics"}
_HARMONICS = tuple(f", harmonic {e}" if 0 < e < 121 else _NAMED_HARMONICS.get(e, "") for e in range(256))
_NUMBERS = ("last", "last but one")
BILLING = (
    *(f", billing period {f}" for f in range(100)),
    ", billing period",
    *(f", {_NUMBERS[n] if n < 2 else f'{n + 1} back,'} billing period" for n in range(25)),
    ", several billing periods",
    *(f", period {f}" for f in range(127, 255)),
    "",
)
"""What group F adds"""


class _Cell(NamedTuple):
    """What codes with the same A, C and D mean: by E where they are named, else one text and what E adds to it."""

    default: str | None
    origin: str
    suffixes: tuple[str, ...]
    named: dict[int, tuple[str, str]]


_EMPTY: dict[int, tuple[str, str]] = {}
_CELLS: dict[int, _Cell] = {}
_ONE_CHANNEL: dict[bytes, tuple[str, str]] = {}
"""the few codes that mean something on one channel only, by A to E"""
_NATIONAL: dict[tuple[str, int, int, int], list[Row]] = {}


def describe(obis: Obis, country: str = "") -> str | None:
    """The meaning of `obis` in a few words, with tariff and billing period; None when no rule knows it.

    With `country` (``"NL"``) that country's own meanings go first.
    """
    if not _CELLS:
        _fill()
    octets = obis.to_bytes()
    if country and (row := _national(octets, country)) is not None:
        text: str | None = row.meaning(octets[4])
        return text if row.f != ALL else f"{text}{BILLING[octets[5]]}"
    cell = _CELLS.get(octets[0] << 16 | octets[2] << 8 | octets[3])
    if cell is None:
        return None
    if octets[1] == 1 and octets[:5] in _ONE_CHANNEL:
        text = _ONE_CHANNEL[octets[:5]][0]
    elif octets[4] in cell.named:
        text = cell.named[octets[4]][0]
    elif cell.default is None:
        return None
    else:
        text = cell.default + cell.suffixes[octets[4]]
    return text if octets[5] == 255 else text + BILLING[octets[5]]


def explain(obis: Obis, country: str = "") -> str:
    """`describe` with the medium and the channel; codes that no rule knows by their groups."""
    octets = obis.to_bytes()
    medium = MEDIA.get(octets[0], f"medium {octets[0]}")
    text = describe(obis, country) or f"quantity {octets[2]}, processing {octets[3]}, class {octets[4]}"
    return f"{medium}: {text}{_channel(octets)}"


def source(obis: Obis, country: str = "") -> str | None:
    """Where the description comes from, None when there is none."""
    if not _CELLS:
        _fill()
    octets = obis.to_bytes()
    if country and (row := _national(octets, country)) is not None:
        return row.source
    cell = _CELLS.get(octets[0] << 16 | octets[2] << 8 | octets[3])
    if cell is None:
        return None
    if octets[:5] in _ONE_CHANNEL:
        return _ONE_CHANNEL[octets[:5]][1]
    if octets[4] in cell.named:
        return cell.named[octets[4]][1]
    return cell.origin if cell.default is not None else None


def _channel(octets: bytes) -> str:
    b = octets[1]
    if b == 0:
        return ""
    if b < 65:
        return f", {'M-Bus ' if octets[0] == 0 and octets[2] == 24 else ''}channel {b}"
    return f", {'utility' if b < 128 else 'maker'}'s channel {b}"


def _national(octets: bytes, country: str) -> Row | None:
    found = _NATIONAL.get((country, octets[0], octets[2], octets[3]), ())
    _, b, _, _, e, f = octets
    return next(
        (row for row in found if row.b[0] <= b <= row.b[1] and row.e[0] <= e <= row.e[1] and row.f[0] <= f <= row.f[1]),
        None,
    )


def _fill() -> None:
    cells: dict[int, _Cell] = {}
    for row in (*abstract.ROWS, *electricity.ROWS, *media.ROWS):
        if row.b != ALL:
            for e in range(row.e[0], row.e[1] + 1):
                _ONE_CHANNEL[bytes((row.a, row.b[0], row.c[0], row.d[0], e))] = row.meaning(e), row.source
            continue
        _put(cells, row)
    for c, d, text, origin in electricity.measurements():
        suffixes = _HARMONICS if c in electricity.HARMONICS else _TARIFFS
        cells.setdefault(1 << 16 | c << 8 | d, _Cell(text, origin, suffixes, _EMPTY))
    for row in national.ROWS:
        for c, d in row.places():
            _NATIONAL.setdefault((row.country, row.a, c, d), []).append(row)
    _CELLS.update(cells)


def _put(cells: dict[int, _Cell], row: Row) -> None:
    """Add a row; what an earlier row says of the same codes stands."""
    shared = _Cell(row.text, row.source, _NONE, _EMPTY) if row.e == ALL and "{e}" not in row.text else None
    for c, d in row.places():
        key = row.a << 16 | c << 8 | d
        before = cells.get(key)
        if shared is not None:
            if before is None:
                cells[key] = shared
            elif before.default is None:
                cells[key] = shared._replace(named=before.named)
            continue
        named = {e: (row.meaning(e), row.source) for e in range(row.e[0], row.e[1] + 1)}
        if before is None:
            cells[key] = _Cell(None, "", _NONE, named)
        elif before.default is None:
            cells[key] = before._replace(named=named | before.named)
