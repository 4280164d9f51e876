"""Wireless M-Bus, decoded only: link layer header, extended link layer, transport layer header, and what they carry.

::

    L | C | M M | A A A A V T | CI ..                          L counts what follows it, checks of format A taken out
    CI 8C  CC ACC                                              extended link layer, then CI again
    CI 8D  CC ACC, session number 4, payload check 2           the rest may be encrypted by the session
    CI 8E  CC ACC, M M A A A A V T     CI 8F  both
    CI 90  length, ..                                          authentication and fragmentation layer, then CI again
    CI 72  A A A A M M V T, ACC, status, configuration 2       transport layer, long header
    CI 7A  ACC, status, configuration 2                        short header
    CI 78                                                      no header

Source: EN 13757-4 (link layers), EN 13757-7 (transport layer).
"""

from __future__ import annotations

import msgspec

from dlmskit.exceptions import FrameCheckError, FrameError, TruncatedError

LINK_HEADER = 10
_FIRST_BLOCK, _BLOCK, _CHECK = 10, 16, 2
_POLYNOMIAL = 0x3D65
_EXTENDED = {0x8C: (False, False), 0x8D: (True, False), 0x8E: (False, True), 0x8F: (True, True)}
"""CI of an extended link layer: whether it has a session and an address"""
_FRAGMENTATION = 0x90
_LONG, _SHORT, _NONE = 0x72, 0x7A, 0x78


class MeterAddress(msgspec.Struct, frozen=True):
    """Who a meter is: three letters of the maker, eight digits, version and device type."""

    manufacturer: str
    identification: str
    version: int
    device_type: int


class ExtendedLink(msgspec.Struct, frozen=True):
    """Extended link layer. With a session (`session_number`) what follows may be encrypted: see `encrypted`."""

    control: int
    access_number: int
    address: MeterAddress | None = None
    session_number: int | None = None
    payload_check: int | None = None

    @property
    def encrypted(self) -> bool:
        """Whether the session number says so (its highest three bits name the method)."""
        return self.session_number is not None and self.session_number >> 29 != 0


class Transport(msgspec.Struct, frozen=True):
    """Transport layer header; `address` only in the long one, everything None in none."""

    control_information: int
    address: MeterAddress | None = None
    access_number: int | None = None
    status: int | None = None
    configuration: int | None = None

    @property
    def security_mode(self) -> int:
        """How the payload is protected, 0 not at all."""
        return 0 if self.configuration is None else self.configuration >> 8 & 0x1F

    @property
    def encrypted_blocks(self) -> int:
        """In mode 5, how many blocks of 16 octets are encrypted."""
        return 0 if self.configuration is None else self.configuration >> 4 & 0x0F


class WirelessTelegram(msgspec.Struct, frozen=True):
    """One telegram. `transport` is None, and `payload` begins with CI, where an encrypted session hides them.

    `fragmentation` is the authentication and fragmentation layer's content, undecoded.
    """

    control: int
    sender: MeterAddress
    extended: ExtendedLink | None
    fragmentation: bytes | None
    transport: Transport | None
    payload: bytes

    @classmethod
    def from_bytes(cls, octets: bytes) -> WirelessTelegram:
        """Decode one whole telegram from L, without the checks of the radio blocks (see `without_checks`).

        Raises `FrameError` and `TruncatedError` with the offset in `octets`.
        """
        octets = bytes(octets)
        if len(octets) < LINK_HEADER + 1:
            raise TruncatedError("octets ran out in the link header of a wireless M-Bus telegram", len(octets))
        if octets[0] < LINK_HEADER:
            raise FrameError(f"L of a wireless M-Bus telegram is at least {LINK_HEADER}, found {octets[0]}", 0)
        if len(octets) < octets[0] + 1:
            raise TruncatedError(f"L announces {octets[0]} octets, {len(octets) - 1} are there", len(octets))
        if len(octets) > octets[0] + 1:
            raise FrameError(f"{len(octets) - octets[0] - 1} octets after the telegram", octets[0] + 1)
        sender = MeterAddress(_maker(octets, 2), _digits(octets, 4), octets[8], octets[9])
        at = LINK_HEADER
        extended, at = _extended(octets, at)
        if extended is not None and extended.encrypted:
            return cls(octets[1], sender, extended, None, None, octets[at:])
        fragmentation, at = _fragmentation(octets, at)
        transport, at = _transport(octets, at)
        return cls(octets[1], sender, extended, fragmentation, transport, octets[at:])

    @property
    def meter(self) -> MeterAddress:
        """Whose data these are: the long header's address, else the extended link's, else the sender's."""
        if self.transport is not None and self.transport.address is not None:
            return self.transport.address
        if self.extended is not None and self.extended.address is not None:
            return self.extended.address
        return self.sender


def crc16(octets: bytes) -> int:
    """The check of a radio block: polynomial 3D65, initial value 0, complemented (CRC-16/EN-13757)."""
    crc = 0
    for octet in octets:
        crc ^= octet << 8
        for _ in range(8):
            crc = (crc << 1 ^ (_POLYNOMIAL if crc & 0x8000 else 0)) & 0xFFFF
    return crc ^ 0xFFFF


def without_checks(octets: bytes) -> bytes:
    """A telegram of frame format A without the checks of its blocks (10 octets first, then 16 each).

    Raises `FrameCheckError` at a check that does not fit, `TruncatedError`.
    """
    blocks: list[bytes] = []
    at, size = 0, _FIRST_BLOCK
    left = octets[0] + 1 if octets else 1
    while left:
        size = min(size, left)
        check = at + size
        if len(octets) < check + _CHECK:
            raise TruncatedError("octets ran out inside a radio block", len(octets))
        block = bytes(octets[at:check])
        if crc16(block) != int.from_bytes(octets[check : check + _CHECK], "big"):
            raise FrameCheckError("the check does not fit the radio block", check)
        blocks.append(block)
        left -= size
        at, size = check + _CHECK, _BLOCK
    if len(octets) > at:
        raise FrameError(f"{len(octets) - at} octets after the last radio block", at)
    return b"".join(blocks)


def _take(octets: bytes, at: int, count: int, what: str) -> bytes:
    if len(octets) < at + count:
        raise TruncatedError(f"octets ran out in the {what}", len(octets))
    return octets[at : at + count]


def _extended(octets: bytes, at: int) -> tuple[ExtendedLink | None, int]:
    kind = _EXTENDED.get(octets[at]) if at < len(octets) else None
    if kind is None:
        return None, at
    has_session, has_address = kind
    what = "extended link layer"
    control, access = _take(octets, at + 1, 2, what)
    at += 3
    address = session = check = None
    if has_address:
        _take(octets, at, 8, what)
        address = MeterAddress(_maker(octets, at), _digits(octets, at + 2), octets[at + 6], octets[at + 7])
        at += 8
    if has_session:
        session = int.from_bytes(_take(octets, at, 4, what), "little")
        check = int.from_bytes(_take(octets, at + 4, 2, what), "little")
        at += 6
    return ExtendedLink(control, access, address, session, check), at


def _fragmentation(octets: bytes, at: int) -> tuple[bytes | None, int]:
    if octets[at : at + 1] != bytes([_FRAGMENTATION]):
        return None, at
    what = "authentication and fragmentation layer"
    (length,) = _take(octets, at + 1, 1, what)
    return _take(octets, at + 2, length, what), at + 2 + length


def _transport(octets: bytes, at: int) -> tuple[Transport, int]:
    (information,) = _take(octets, at, 1, "transport layer")
    start = at + 1
    if information == _NONE:
        return Transport(information), start
    if information not in (_LONG, _SHORT):
        raise FrameError(f"CI {information:02X} is none of 72, 7A and 78", at)
    address = None
    if information == _LONG:
        _take(octets, start, 8, "long transport header")
        address = MeterAddress(_maker(octets, start + 4), _digits(octets, start), octets[start + 6], octets[start + 7])
        start += 8
    access, status, low, high = _take(octets, start, 4, "transport header")
    return Transport(information, address, access, status, high << 8 | low), start + 4


def _maker(octets: bytes, at: int) -> str:
    packed = octets[at] | octets[at + 1] << 8
    letters = [packed >> shift & 0x1F for shift in (10, 5, 0)]  # the highest bit says how far the address is unique
    if not all(1 <= letter <= 26 for letter in letters):
        raise FrameError(f"{packed:04X} is no maker: three letters expected", at)
    return "".join(chr(ord("@") + letter) for letter in letters)


def _digits(octets: bytes, at: int) -> str:
    """Eight digits as they are packed; some makers have hexadecimal ones."""
    return octets[at : at + 4][::-1].hex().upper()
