"""Search of the catalogue by words: who has most of them is found, and the shortest meaning comes first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import msgspec

from dlmskit.cosem.catalogue import abstract, electricity, media, national
from dlmskit.cosem.catalogue.index import MEDIA, describe
from dlmskit.cosem.catalogue.rows import ALL, Row
from dlmskit.obis import Obis

# What people say for the words of the catalogue.
_SAID = {
    "consumption": "import",
    "consumed": "import",
    "delivered": "import",
    "production": "export",
    "produced": "export",
    "generation": "export",
    "injection": "export",
    "rate": "tariff",
    "serial": "device",
    "outage": "failures",
    "relay": "disconnect",
    "breaker": "disconnect",
    "fw": "firmware",
    "dip": "sags",
    "thd": "distortion",
    "kwh": "energy",
    "kw": "power",
}
_MOMENTARY, _THD = 7, 124
_PLURAL = re.compile("(?<=[a-z]{3})s$")
_WORD = re.compile(r"[a-z0-9&/]+")
_TARIFF = re.compile(r"\b(?:tariff|rate)\s+(\d{1,2})\b")
_CHANNEL = re.compile(r"\bchannel\s+(\d{1,2})\b")


class Found(msgspec.Struct, frozen=True):
    """One answer: the codes that it stands for, an ordinary one of them, their meaning and its source."""

    pattern: str
    obis: Obis
    text: str
    source: str
    country: str = ""


class _Entry(msgspec.Struct, frozen=True):
    found: Found
    words: frozenset[str]
    tariffs: bool
    order: int


def search(text: str, *, limit: int = 20, country: str = "") -> list[Found]:
    """The entries that have most words of `text`, or beginnings of them, best first; ``tariff 2`` picks group E.

    Common entries go first among those of one length: active before reactive, the whole meter before a phase. With
    `country` its own rows are searched as well.
    """
    wanted = text.lower()
    tariff, channel = _number(_TARIFF, wanted), _number(_CHANNEL, wanted)
    wanted = _CHANNEL.sub(" ", _TARIFF.sub(" ", wanted))
    words = [_stem(_SAID.get(word, word)) for word in map(_stem, _WORD.findall(wanted))]
    if not words and tariff is None and channel is None:
        return []
    ranked: list[tuple[int, int, int, int, Found]] = []
    for entry in _entries():
        if entry.found.country not in ("", country) or (tariff is not None and not entry.tariffs):
            continue
        exact = sum(word in entry.words for word in words)
        missing = 0 if exact == len(words) else sum(not _begins(word, entry.words) for word in words)
        if missing < len(words) or not words:
            ranked.append((missing, len(words) - exact, len(entry.words), entry.order, entry.found))
    ranked.sort(key=lambda each: each[:4])
    best = ranked[0][0] if ranked else 0
    return [_at(found, tariff, channel) for missing, *_, found in ranked[:limit] if missing == best]


def _begins(word: str, words: frozenset[str]) -> bool:
    return any(each.startswith(word) for each in words)


def _number(form: re.Pattern[str], text: str) -> int | None:
    match = form.search(text)
    return int(match[1]) if match is not None else None


def _at(found: Found, tariff: int | None, channel: int | None) -> Found:
    a, b, c, d, e, f = found.obis.to_bytes()
    if tariff is None and channel is None:
        return found
    text = found.text if tariff is None else f"{found.text}, tariff {tariff}"
    obis = Obis(a, b if channel is None else channel, c, d, e if tariff is None else tariff, f)
    return Found(found.pattern, obis, text, found.source, found.country)


@cache
def _entries() -> tuple[_Entry, ...]:
    return tuple(_all())


def _all() -> Iterator[_Entry]:
    order = 0
    for c, d, text, origin in electricity.measurements():
        tariffs = c not in electricity.HARMONICS
        order += 1
        yield _entry(f"1-*:{c}.{d}.*", Obis(1, 0, c, d, 0), text, origin, "", tariffs, _weight(c, d) * 10_000 + order)
        if not tariffs and d == _MOMENTARY:
            thd = f"{text}, total harmonic distortion"
            yield _entry(f"1-*:{c}.{d}.124", Obis(1, 0, c, d, _THD), thd, origin, "", False, order)
    for row in (*electricity.ROWS, *abstract.ROWS, *media.ROWS, *national.ROWS):
        order += 1
        obis = _ordinary(row)
        text = row.meaning(obis.e)
        if "{e}" in row.text and row.e[0] != row.e[1]:
            text = row.text.replace(" {e}", "")
        yield _entry(row.pattern, obis, text, row.source, row.country, False, order)


def _ordinary(row: Row) -> Obis:
    """The first code that this row, and not one before it, describes."""
    f = 255 if row.f == ALL else row.f[0]
    codes = [Obis(row.a, row.b[0], row.c[0], row.d[0], e, f) for e in range(row.e[0], row.e[1] + 1)]
    return next((code for code in codes if describe(code, row.country) == row.meaning(code.e)), codes[0])


def _weight(c: int, d: int) -> int:
    """Less for what is asked for more: registers and momentary values of the whole meter."""
    return (d not in (7, 8)) + (c > 20)


def _entry(pattern: str, obis: Obis, text: str, source: str, country: str, tariffs: bool, order: int) -> _Entry:
    words = frozenset(map(_stem, _WORD.findall(f"{text} {MEDIA.get(obis.a, '')}".lower())))
    return _Entry(Found(pattern, obis, text, source, country), words, tariffs, order)


def _stem(word: str) -> str:
    return _PLURAL.sub("", word)
