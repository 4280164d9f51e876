"""The messages of DL/T 645-2007: addresses, functions, error words.

::

    control octet   D7 from the meter   D6 abnormal   D5 more data follow   D4..D0 function

The data of a read begins with the data identifier, lowest octet first (DI0 .. DI3).

Source: DL/T 645-2007, control code and data field; the codes as the PyPI packages dlt645 and python-dlt645 have them.
"""

from __future__ import annotations

import re
from enum import IntEnum, IntFlag
from typing import ClassVar

import msgspec

from dlmskit.exceptions import DecodeError, EncodeError, TruncatedError

EVERY = "AA" * 6
"""The address that every meter answers; leading AA pairs stand for digits that do not matter."""
BROADCAST = "99" * 6
"""The address that every meter obeys and none answers."""
_ADDRESS = re.compile(r"(?:AA){0,6}[0-9]{0,12}")
_ADDRESS_DIGITS = 12
_ADDRESS_OCTETS = 6
_FROM_METER, _ABNORMAL, _MORE, _FUNCTION = 0x80, 0x40, 0x20, 0x1F
IDENTIFIER_OCTETS = 4


class Function(IntEnum):
    """D4 to D0 of the control octet."""

    BROADCAST_TIME = 0x08
    READ = 0x11
    READ_FOLLOWING = 0x12
    READ_ADDRESS = 0x13
    WRITE = 0x14
    WRITE_ADDRESS = 0x15
    FREEZE = 0x16
    CHANGE_RATE = 0x17
    CHANGE_PASSWORD = 0x18
    CLEAR_DEMAND = 0x19
    CLEAR_METER = 0x1A
    CLEAR_EVENTS = 0x1B


class ErrorWord(IntFlag):
    """The octet of an abnormal answer."""

    OTHER_ERROR = 0x01
    NO_REQUESTED_DATA = 0x02
    WRONG_PASSWORD = 0x04
    RATE_NOT_CHANGEABLE = 0x08
    TOO_MANY_YEAR_ZONES = 0x10
    TOO_MANY_DAY_SLOTS = 0x20
    TOO_MANY_TARIFFS = 0x40

    @property
    def label(self) -> str:
        """All bits that are set, by name."""
        names = [bit.name.lower().replace("_", "-") for bit in ErrorWord if bit in self and bit.name]
        return ", ".join(names) or f"error word {int(self):02X}"

    @classmethod
    def from_label(cls, label: str) -> ErrorWord:
        """The word of a refusal; what is not one of its names is another error."""
        return next((bit for bit in cls if bit.label == label), cls.OTHER_ERROR)


class Dlt645Message(msgspec.Struct, frozen=True):
    """One message. `address` is written highest digits first. Data that may hold a password stay out of the repr."""

    NAME: ClassVar[str] = "dlt645"
    address: str
    function: int
    data: bytes = b""
    from_meter: bool = False
    abnormal: bool = False
    more: bool = False

    @classmethod
    def from_bytes(cls, octets: bytes) -> Dlt645Message:
        """Read one message. Raises `DecodeError` for an address that is none, `TruncatedError` when it is cut."""
        if len(octets) <= _ADDRESS_OCTETS:
            raise TruncatedError("octets ran out before the control octet", len(octets))
        address = octets[_ADDRESS_OCTETS - 1 :: -1].hex().upper()
        if not is_address(address):
            raise DecodeError(f"a DL/T 645 address is decimal digits behind AA pairs, found {address}", 0)
        control = octets[_ADDRESS_OCTETS]
        flags = (bool(control & bit) for bit in (_FROM_METER, _ABNORMAL, _MORE))
        return cls(address, control & _FUNCTION, octets[_ADDRESS_OCTETS + 1 :], *flags)

    def to_bytes(self) -> bytes:
        """The message octets. Raises `EncodeError` for an address that is none."""
        if not is_address(self.address):
            raise EncodeError(f"a DL/T 645 address has twelve digits or leading AA pairs, not {self.address!r}")
        flags = ((self.from_meter, _FROM_METER), (self.abnormal, _ABNORMAL), (self.more, _MORE))
        control = self.function | sum(bit for on, bit in flags if on)
        return bytes.fromhex(self.address)[::-1] + bytes([control]) + self.data

    @property
    def identifier(self) -> int | None:
        """The data identifier that the data begin with, None when they are too short for one."""
        if len(self.data) < IDENTIFIER_OCTETS:
            return None
        return int.from_bytes(self.data[:IDENTIFIER_OCTETS], "little")

    @property
    def error(self) -> ErrorWord:
        """What an abnormal answer says."""
        return ErrorWord(self.data[0]) if self.data else ErrorWord(0)

    def __repr__(self) -> str:
        shown = (
            self.data.hex() if self.function in (Function.READ, Function.READ_FOLLOWING) else f"{len(self.data)} octets"
        )
        return f"Dlt645Message({self.address}, {name_of(self.function)}, {shown})"


def is_address(text: str) -> bool:
    """Whether `text` is an address: twelve decimal digits, the highest of which may be AA pairs."""
    return len(text) == _ADDRESS_DIGITS and _ADDRESS.fullmatch(text) is not None


def matches(address: str, meter: str) -> bool:
    """Whether a meter with the address `meter` is meant by `address`."""
    if address == BROADCAST:
        return True
    digits = address.replace("AA", "")
    return meter.endswith(digits)


def name_of(function: int) -> str:
    """The function in words."""
    return (
        Function(function).name.lower().replace("_", "-") if function in set(Function) else f"function {function:02X}"
    )


def identifier_octets(identifier: int) -> bytes:
    """DI0 to DI3. Raises `EncodeError` beyond 32 bits."""
    if not 0 <= identifier <= 0xFFFF_FFFF:
        raise EncodeError(f"a data identifier has 32 bits, not {identifier:X}")
    return identifier.to_bytes(IDENTIFIER_OCTETS, "little")
