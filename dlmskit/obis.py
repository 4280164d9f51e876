"""OBIS codes: the six-group names of what a meter measures, in all their usual spellings.

::

    1-0:1.8.0*255   1-0:1.8.0&255   1-0:1.8.0.255   1.0.1.8.0.255   0100010800FF   1-0:1.8.0 (F is 255)

`complete` also reads reduced ones (``1.8.0``, ``1.8.0*01``, ``C.1.0``). An `ObisPattern` may leave groups open:
``1.8.0``, ``3.4*6``, ``1-*:1.8.*``. IEC 62056-21 meters write C, F, L and P for 96 to 99 in the groups C and D.

Source: Blue Book, OBIS; IEC 62056-61.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Self, cast

import msgspec

from dlmskit.exceptions import DecodeError, EncodeError

ACCELERATED = False
if TYPE_CHECKING:
    from dlmskit._speedups._obis import octets_of, text_of
elif os.environ.get("DLMSKIT_PURE") == "1":
    from dlmskit._obis import octets_of, text_of
else:
    try:
        from dlmskit._speedups._obis import octets_of, text_of

        ACCELERATED = True
    except ImportError:
        from dlmskit._obis import octets_of, text_of

_GROUP = r"([0-9]{1,3}|\*)"
_NAMED = r"([0-9]{1,3}|[*CFLP])"
_SPELLINGS = (
    re.compile(rf"(?:(?:{_GROUP}-)?{_GROUP}:)?{_NAMED}\.{_NAMED}(?:\.{_GROUP})?(?:[*&.]{_GROUP})?"),
    re.compile(rf"{_GROUP}\.{_GROUP}\.{_GROUP}\.{_GROUP}\.{_GROUP}\.{_GROUP}"),
)
_OPEN = re.compile(r"(?<![0-9CFLP])\*|\*(?![0-9])")
_HEX = re.compile("[0-9A-Fa-f]{12}")
_LETTERS = {"C": 96, "F": 97, "L": 98, "P": 99, "*": None, None: None}

_LETTER_OF = {number: letter for letter, number in _LETTERS.items() if number is not None}

Groups = tuple[int | None, int | None, int | None, int | None, int | None, int | None]


def _groups(text: str) -> Groups:
    if _HEX.fullmatch(text):
        return cast(Groups, tuple(bytes.fromhex(text)))
    for spelling in _SPELLINGS:
        if match := spelling.fullmatch(text):
            groups = tuple(_LETTERS[group] if group in _LETTERS else int(group) for group in match.groups())
            if max(group or 0 for group in groups) <= 255:
                return cast(Groups, groups)
    shown = text if len(text) <= 40 else text[:40] + "..."
    raise DecodeError(f"wanted an OBIS code like 1-0:1.8.0*255, found {shown!r}", _first_wrong(text))


def _first_wrong(text: str) -> int:
    """Where `text` stops being the beginning of an OBIS code, to point an error at."""
    right = re.match(r"(?:(?:[0-9]+|[*CFLP])[-:.*&]){0,5}(?:[0-9]+|[*CFLP])?", text)
    at = right.end() if right else 0
    numbers = re.finditer("[0-9]+", text[:at])
    return next((number.start() for number in numbers if len(number[0]) > 3 or int(number[0]) > 255), at)


class Obis:
    """One OBIS code: immutable, hashable, ordered by its octets.

    As a field of a `msgspec.Struct` it needs `dlmskit.codec.hooks` for JSON, where it is its text.
    Raises `EncodeError` for a group outside 0 to 255.
    """

    __slots__ = ("_octets",)
    _octets: bytes

    def __init__(self, a: int, b: int, c: int, d: int, e: int, f: int = 255) -> None:
        try:
            octets = bytes((a, b, c, d, e, f))
        except ValueError:
            raise EncodeError(f"groups of an OBIS code are 0 to 255, found {(a, b, c, d, e, f)}") from None
        _keep(self, octets)

    @classmethod
    def from_bytes(cls, octets: bytes) -> Self:
        """The code in a logical name. Raises `DecodeError` unless there are 6 octets."""
        if len(octets) != 6:
            raise DecodeError(f"an OBIS code wants 6 octets, found {len(octets)}", min(len(octets), 6))
        self = object.__new__(cls)
        _keep(self, bytes(octets))
        return self

    @staticmethod
    def parse(text: str) -> Obis:
        """The code written as `text`, in any spelling with the groups A to E; a missing F is 255.

        Raises `DecodeError` with the offset in the text.
        """
        self = object.__new__(Obis)
        _keep(self, octets_of(text) or _octets_otherwise(text))
        return self

    def to_bytes(self) -> bytes:
        """The 6 octets of the logical name."""
        return self._octets

    @property
    def a(self) -> int:
        """The medium."""
        return self._octets[0]

    @property
    def b(self) -> int:
        """The channel."""
        return self._octets[1]

    @property
    def c(self) -> int:
        """The quantity."""
        return self._octets[2]

    @property
    def d(self) -> int:
        """How it was processed."""
        return self._octets[3]

    @property
    def e(self) -> int:
        """The tariff or a further classification."""
        return self._octets[4]

    @property
    def f(self) -> int:
        """The billing period; 255 is the current one or none."""
        return self._octets[5]

    @property
    def dotted(self) -> str:
        """``1.0.1.8.0.255``"""
        return ".".join(map(str, self._octets))

    @property
    def short(self) -> str:
        """As IEC 62056-21 meters write it: ``1.8.0``, ``1.8.0*1``, ``C.1.0``."""
        _, _, c, d, e, f = self._octets
        last = "" if f == 255 else f"*{f}"
        return f"{_LETTER_OF.get(c, c)}.{_LETTER_OF.get(d, d)}.{e}{last}"

    def __str__(self) -> str:
        return text_of(self._octets)

    def __repr__(self) -> str:
        return f"Obis({self})"

    def __eq__(self, other: object) -> bool:
        return self._octets == other._octets if isinstance(other, Obis) else NotImplemented

    def __lt__(self, other: Obis) -> bool:
        return self._octets < other._octets if isinstance(other, Obis) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._octets)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("an OBIS code cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("an OBIS code cannot be changed")

    def __reduce__(self) -> tuple[object, ...]:
        return Obis, tuple(self._octets)


_keep = Obis.__dict__["_octets"].__set__


def _octets_otherwise(text: str) -> bytes:
    """The octets of a code in another spelling; what is wrong with one that is none."""
    *groups, f = _groups(text)
    if None in groups or (f is None and text.endswith("*")):
        raise DecodeError("an OBIS code leaves no group open; patterns do", len(text))
    return bytes((*cast(list[int], groups), 255 if f is None else f))


class ObisPattern(msgspec.Struct, frozen=True):
    """An OBIS code of which groups may be open (None)."""

    a: int | None = None
    b: int | None = None
    c: int | None = None
    d: int | None = None
    e: int | None = None
    f: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """The pattern written as `text`; a missing group and ``*`` are open. Raises `DecodeError`."""
        return cls(*_groups(text))

    @property
    def groups(self) -> Groups:
        return self.a, self.b, self.c, self.d, self.e, self.f

    def matches(self, obis: Obis) -> bool:
        """Whether every group that is not open has the value it has in `obis`."""
        return all(mine is None or mine == group for mine, group in zip(self.groups, obis.to_bytes(), strict=True))

    def resolve(self, a: int = 1, b: int = 0, e: int = 0, f: int = 255) -> Obis:
        """The code with open groups filled in. Raises `EncodeError` where C or D is open."""
        if self.c is None or self.d is None:
            raise EncodeError(f"{self} leaves group C or D open")
        defaults = (a, b, 0, 0, e, f)
        return Obis(*(default if mine is None else mine for mine, default in zip(self.groups, defaults, strict=True)))

    def __str__(self) -> str:
        return "{}-{}:{}.{}.{}*{}".format(*("*" if group is None else group for group in self.groups))


def complete(text: str, *, medium: int = 1) -> Obis:
    """The code written in any spelling, reduced ones too: ``1.8.0``, ``1.8.0*01``, ``C.1.0``, ``F.F``.

    A group that is not written is 0, F is 255, and A is `medium`, or 0 for what IEC 62056-21 writes with a letter.
    Raises `DecodeError` for other texts and for groups left open with ``*``.
    """
    pattern = ObisPattern.parse(text)
    if opened := _OPEN.search(text):
        raise DecodeError("an OBIS code leaves no group open; patterns do", opened.start())
    lettered = any(letter in text for letter in "CFLP") and _HEX.fullmatch(text) is None
    return pattern.resolve(a=0 if lettered else medium)
