"""Rate characters of an identification. Source: IEC 62056-21, baud rate changeover."""

from __future__ import annotations

from dlmskit.exceptions import DecodeError

MODE_C_RATES = {"0": 300, "1": 600, "2": 1200, "3": 2400, "4": 4800, "5": 9600, "6": 19200}
"""Modes C and E: the rate after the option select message."""
MODE_B_RATES = {"A": 600, "B": 1200, "C": 2400, "D": 4800, "E": 9600, "F": 19200}
"""Mode B: the rate right after the identification, without a question."""
_RESERVED = "789GHI"


def rate_of(character: str, offset: int = 0) -> int | None:
    """The rate that a character announces, None for mode A (no change). Raises `DecodeError` for a reserved one."""
    if character in _RESERVED:
        raise DecodeError(f"rate character {character} is reserved", offset)
    return (MODE_C_RATES | MODE_B_RATES).get(character)


def character_of(rate: int) -> str:
    """The mode C character of `rate`. Raises `DecodeError` when there is none."""
    for character, known in MODE_C_RATES.items():
        if known == rate:
            return character
    raise DecodeError(f"mode C has no rate of {rate}")
