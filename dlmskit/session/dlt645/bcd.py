"""Packed decimal digits, lowest pair first, and the numbers that they write.

Source: DL/T 645-2007, data format.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from dlmskit.exceptions import DecodeError, EncodeError

_SIGN = 0x80


def digits(octets: bytes) -> str:
    """The digits, highest first. Raises `DecodeError` at an octet that holds none."""
    for offset, octet in enumerate(octets):
        if octet >> 4 > 9 or octet & 0x0F > 9:
            raise DecodeError(f"two decimal digits expected, found {octet:02X}", offset)
    return octets[::-1].hex()


def from_digits(text: str) -> bytes:
    """The octets of an even number of decimal digits. Raises `EncodeError`."""
    if not (text.isascii() and text.isdigit()) or len(text) % 2:
        raise EncodeError(f"an even number of decimal digits expected, found {len(text)} characters")
    return bytes.fromhex(text)[::-1]


def number(octets: bytes, decimals: int, *, signed: bool = False) -> Decimal:
    """An exact number with `decimals` digits behind the point; `signed` when the highest bit is its sign.

    Raises `DecodeError`.
    """
    if not octets:
        raise DecodeError("no digits", 0)
    negative = signed and bool(octets[-1] & _SIGN)
    plain = octets[:-1] + bytes([octets[-1] & ~_SIGN]) if negative else octets
    whole = Decimal(digits(plain)).scaleb(-decimals)
    return -whole if negative else whole


def from_number(value: Decimal, octets: int, decimals: int, *, signed: bool = False) -> bytes:
    """The other way round. Raises `EncodeError` for what does not fit exactly."""
    scaled = abs(value).scaleb(decimals)
    if not value.is_finite() or scaled != scaled.to_integral_value() or (value < 0 and not signed):
        raise EncodeError(f"{value} has no form with {decimals} decimals{'' if signed else ' and no sign'}")
    text = f"{int(scaled):0{octets * 2}d}"
    encoded = from_digits(text) if len(text) == octets * 2 else b""
    if not encoded or (signed and encoded[-1] & _SIGN):
        raise EncodeError(f"{value} does not fit {octets} octets of digits")
    return encoded[:-1] + bytes([encoded[-1] | _SIGN]) if value < 0 else encoded


def time_octets(time: datetime) -> bytes:
    """Second, minute, hour, day, month, two digits of the year: a time of the broadcast, lowest first."""
    return from_digits(f"{time:%y%m%d%H%M%S}")


def time_of(octets: bytes) -> datetime:
    """A time without zone from the same octets. Raises `DecodeError`."""
    if len(octets) != 6:
        raise DecodeError(f"a time has 6 octets, found {len(octets)}", 0)
    try:
        return datetime.strptime(f"20{digits(octets)}", "%Y%m%d%H%M%S")
    except ValueError as error:
        if isinstance(error, DecodeError):
            raise
        raise DecodeError("these digits are no time", 0) from None
