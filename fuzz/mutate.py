"""Changing octets without a guide, and making what broke an invariant small."""

from __future__ import annotations

import random
from collections.abc import Callable

from fuzz.targets import Check

_TELLING = bytes.fromhex("000102030405060708090a0c0f10111213141516171819ff7f80818283847e68e6c4")


def mutate(octets: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """`octets` with one to four changes; `others` may lend a piece."""
    changed = bytearray(octets)
    for _ in range(chance.choice((1, 1, 1, 2, 2, 4))):
        chance.choice(_CHANGES)(changed, others, chance)
    return bytes(changed)


def _flip(octets: bytearray, others: list[bytes], chance: random.Random) -> None:
    if octets:
        octets[chance.randrange(len(octets))] ^= 1 << chance.randrange(8)


def _replace(octets: bytearray, others: list[bytes], chance: random.Random) -> None:
    if octets:
        octets[chance.randrange(len(octets))] = chance.choice(_TELLING)


def _insert(octets: bytearray, others: list[bytes], chance: random.Random) -> None:
    place = chance.randint(0, len(octets))
    octets[place:place] = bytes(chance.choice(_TELLING) for _ in range(chance.randint(1, 4)))


def _delete(octets: bytearray, others: list[bytes], chance: random.Random) -> None:
    start = chance.randint(0, len(octets))
    del octets[start : start + chance.randint(1, 8)]


def _cut(octets: bytearray, others: list[bytes], chance: random.Random) -> None:
    del octets[chance.randint(0, len(octets)) :]


def _double(octets: bytearray, others: list[bytes], chance: random.Random) -> None:
    start = chance.randint(0, len(octets))
    octets[start:start] = octets[start : start + chance.randint(1, 32)]


def _borrow(octets: bytearray, others: list[bytes], chance: random.Random) -> None:
    other = chance.choice(others)
    start = chance.randint(0, len(other))
    place = chance.randint(0, len(octets))
    octets[place : place + chance.randint(0, 16)] = other[start : start + chance.randint(1, 64)]


_CHANGES: tuple[Callable[[bytearray, list[bytes], random.Random], None], ...] = (
    _flip,
    _replace,
    _replace,
    _insert,
    _delete,
    _cut,
    _double,
    _borrow,
)


def broken(check: Check, octets: bytes) -> Exception | None:
    """The exception with which `octets` break the invariant."""
    try:
        check(octets)
    except Exception as error:  # noqa: BLE001  whatever comes out is the finding
        return error
    return None


def minimise(check: Check, octets: bytes) -> bytes:
    """A shorter input that breaks the invariant in the same way: pieces go as long as the exception's type stays."""
    kind = type(broken(check, octets))
    size = len(octets) // 2
    while size:
        start = 0
        while start < len(octets):
            shorter = octets[:start] + octets[start + size :]
            if type(broken(check, shorter)) is kind:
                octets = shorter
            else:
                start += size
        size //= 2
    return octets
