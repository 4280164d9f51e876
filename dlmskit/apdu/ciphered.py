"""Envelopes of protected APDUs: service-specific glo- and ded- forms, general-glo- and general-ded-ciphering.

Nothing is deciphered here. Source: Green Book, COSEMpdu and Ciphered APDUs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Self

import msgspec

from dlmskit.apdu.base import Apdu
from dlmskit.apdu.wire import OCTET_STRING, Integer, Unsigned8, take
from dlmskit.exceptions import DecodeError, EncodeError, TruncatedError
from dlmskit.limits import Limits, Tolerance

_PLAIN = {
    "initiate-request": 0x01,
    "read-request": 0x05,
    "write-request": 0x06,
    "initiate-response": 0x08,
    "read-response": 0x0C,
    "write-response": 0x0D,
    "confirmed-service-error": 0x0E,
    "unconfirmed-write-request": 0x16,
    "information-report-request": 0x18,
}
_LOGICAL_NAME = {
    "get-request": 0xC0,
    "set-request": 0xC1,
    "event-notification-request": 0xC2,
    "action-request": 0xC3,
    "get-response": 0xC4,
    "set-response": 0xC5,
    "action-response": 0xC7,
}

GLO_TAGS: dict[int, int] = {tag: tag + 0x20 for tag in _PLAIN.values()} | {
    tag: tag + 0x08 for tag in _LOGICAL_NAME.values()
}
"""tag of a plain APDU -> tag of its glo- form"""
DED_TAGS: dict[int, int] = {tag: tag + 0x40 for tag in _PLAIN.values()} | {
    tag: tag + 0x10 for tag in _LOGICAL_NAME.values()
}
"""tag of a plain APDU -> tag of its ded- form"""

SERVICE_NAMES: dict[int, str] = {
    tags[tag]: prefix + name
    for prefix, tags in (("glo-", GLO_TAGS), ("ded-", DED_TAGS))
    for name, tag in (_PLAIN | _LOGICAL_NAME).items()
}
"""tag of a service-specific ciphered APDU -> its name"""

_AUTHENTICATED, _ENCRYPTED, _BROADCAST, _COMPRESSED = 0x10, 0x20, 0x40, 0x80
TAG_LENGTH = 12


class CipheredContent(msgspec.Struct, frozen=True):
    """Content of a ciphered APDU: security header, then cipher text or clear APDU, then the authentication tag."""

    security_control: int
    invocation_counter: int
    payload: bytes
    tag: bytes | None
    """the 12 octets of the authentication tag, None without authentication"""

    def __repr__(self) -> str:
        header = f"security_control=0x{self.security_control:02X}, invocation_counter={self.invocation_counter}"
        return f"CipheredContent({header}, {len(self.payload)} octets)"

    @property
    def suite(self) -> int:
        return self.security_control & 0x0F

    @property
    def authenticated(self) -> bool:
        return bool(self.security_control & _AUTHENTICATED)

    @property
    def encrypted(self) -> bool:
        return bool(self.security_control & _ENCRYPTED)

    @property
    def broadcast_key(self) -> bool:
        return bool(self.security_control & _BROADCAST)

    @property
    def compressed(self) -> bool:
        return bool(self.security_control & _COMPRESSED)

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """Split `content`. Raises `TruncatedError` when header or tag do not fit."""
        if len(content) < 5:
            raise TruncatedError(f"a security header has 5 octets, found {len(content)}", len(content))
        control = content[0]
        end = len(content) - TAG_LENGTH if control & _AUTHENTICATED else len(content)
        if end < 5:
            raise TruncatedError(f"wanted an authentication tag of {TAG_LENGTH} octets", 5)
        return cls(control, int.from_bytes(content[1:5], "big"), content[5:end], content[end:] or None)

    def to_bytes(self) -> bytes:
        """The content again."""
        header = bytes((self.security_control,)) + Integer(4).write(self.invocation_counter)
        return header + self.payload + (self.tag or b"")


class ServiceCiphered(Apdu, frozen=True):
    """A service-specific ciphered APDU; `tag` says which service, and which key protects it."""

    tag: Unsigned8
    content: bytes

    @property
    def NAME(self) -> str:  # type: ignore[override]  # noqa: N802
        return SERVICE_NAMES[self.tag]

    @property
    def dedicated(self) -> bool:
        """Whether the dedicated key protects it."""
        return self.tag in DED_TAGS.values()

    @classmethod
    def short_way(cls) -> Callable[[bytes, Limits], Self | None]:
        return cls.FIELDS.whole

    @classmethod
    def name_for(cls, octets: bytes) -> str:
        return SERVICE_NAMES.get(octets[0], "service-ciphered") if octets else "service-ciphered"

    @classmethod
    def read(cls, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance | None) -> tuple[Self, int]:
        tag = take(octets, offset, 1)[0]
        if tag not in SERVICE_NAMES:
            raise DecodeError(f"{tag:#04x} is no tag of a ciphered service", offset)
        return super().read(octets, offset, limits, tolerance)

    def write(self) -> bytes:
        if self.tag not in SERVICE_NAMES:
            raise EncodeError(f"{self.tag:#04x} is no tag of a ciphered service")
        return super().write()


class _SystemTitle:
    """OCTET STRING of 8 octets. An empty one leaves the title to what is known of the sender."""

    def read(self, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance) -> tuple[bytes, int]:
        length = take(octets, offset, 1)[0]
        if length not in (0, 8):
            raise DecodeError(f"a system title has 8 octets, found {length}", offset)
        return take(octets, offset + 1, length), offset + 1 + length

    def write(self, value: bytes) -> bytes:
        if len(value) not in (0, 8):
            raise EncodeError(f"a system title has 8 octets, found {len(value)}")
        return OCTET_STRING.write(value)


SystemTitle = Annotated[bytes, _SystemTitle()]


class GeneralGloCiphering(Apdu, frozen=True):
    """Any APDU under the global key of the system whose title it carries."""

    HEAD = b"\xdb"
    system_title: SystemTitle
    content: bytes


class GeneralDedCiphering(Apdu, frozen=True):
    """Any APDU under the dedicated key."""

    HEAD = b"\xdc"
    system_title: SystemTitle
    content: bytes
