"""The least protection of messages: security policies of class 64, and what access rights add to them.

::

    Security setup, version 0         Security setup, version 1          access mode, Association LN version 3
    0  nothing                        bit 2  request authenticated       the same bits from 2 on; bits 0 and 1 say
    1  authenticated                  bit 3  request encrypted           whether the attribute can be read and written,
    2  encrypted                      bit 4  request signed              bit 0 whether the method can be invoked
    3  authenticated and encrypted    bits 5 to 7  the same of responses

A policy is a floor: stronger protection is always taken, and nothing that a peer says lowers it.

Source: Blue Book, Security setup (security_policy) and Association LN (access_mode).
"""

from __future__ import annotations

from enum import IntFlag

from dlmskit.exceptions import PolicyError
from dlmskit.security.protection import AUTHENTICATED as AUTHENTICATED_BIT
from dlmskit.security.protection import ENCRYPTED as ENCRYPTED_BIT


class Protection(IntFlag):
    """How one message is protected; the first two have the values of their bits in a security control octet."""

    AUTHENTICATED = AUTHENTICATED_BIT
    ENCRYPTED = ENCRYPTED_BIT
    SIGNED = 0x100

    @classmethod
    def of_control(cls, security_control: int) -> Protection:
        """What a security control octet says."""
        return cls(security_control & (AUTHENTICATED_BIT | ENCRYPTED_BIT))

    @property
    def words(self) -> str:
        """For a message."""
        names = [flag.name.lower() for flag in type(self) if flag in self and flag.name is not None]
        return ", ".join(names) or "nothing"

    def require(self, found: Protection, what: str) -> None:
        """Raises `PolicyError` unless `found` has everything that this floor wants."""
        if lacking := self & ~found:
            raise PolicyError(f"{what} is not {Protection(lacking).words}, which the security policy wants")


class SecurityPolicy(IntFlag):
    """Attribute security_policy of version 1, bit by bit; version 0 is read by `of_version`."""

    REQUEST_AUTHENTICATED = 0x04
    REQUEST_ENCRYPTED = 0x08
    REQUEST_SIGNED = 0x10
    RESPONSE_AUTHENTICATED = 0x20
    RESPONSE_ENCRYPTED = 0x40
    RESPONSE_SIGNED = 0x80

    @classmethod
    def of_version(cls, version: int, value: int) -> SecurityPolicy:
        """From the attribute of a Security setup of this version.

        Raises `PolicyError` for a value that the version does not have: what it would want is not known.
        """
        if version == 0 and 0 <= value < len(_VERSION_0):
            return _VERSION_0[value]
        if version >= 1 and 0 <= value <= 0xFF and not value & ~int(_ALL):
            return cls(value)
        raise PolicyError(f"security policy {value} is none of version {version} of Security setup")

    @classmethod
    def of_value(cls, value: int) -> SecurityPolicy:
        """From a value that may be of any version: those of version 0 have no bit of the others. Raises as above."""
        return cls.of_version(0 if value < len(_VERSION_0) else 1, value)

    @classmethod
    def of_access_mode(cls, access_mode: int) -> SecurityPolicy:
        """What an access mode of Association LN, version 3, adds for one attribute or method."""
        return cls(access_mode & int(_ALL))

    @property
    def requests(self) -> Protection:
        """What every request must have."""
        return _protection(self >> _REQUEST)

    @property
    def responses(self) -> Protection:
        """What every response must have."""
        return _protection(self >> _RESPONSE)


UNPROTECTED, NO_POLICY = Protection(0), SecurityPolicy(0)
_REQUEST, _RESPONSE = 2, 5
_ALL = SecurityPolicy(0xFC)
_AUTHENTICATED = SecurityPolicy.REQUEST_AUTHENTICATED | SecurityPolicy.RESPONSE_AUTHENTICATED
_ENCRYPTED = SecurityPolicy.REQUEST_ENCRYPTED | SecurityPolicy.RESPONSE_ENCRYPTED
_VERSION_0 = (SecurityPolicy(0), _AUTHENTICATED, _ENCRYPTED, _AUTHENTICATED | _ENCRYPTED)


def _protection(bits: int) -> Protection:
    order = (Protection.AUTHENTICATED, Protection.ENCRYPTED, Protection.SIGNED)
    return Protection(sum(flag for place, flag in enumerate(order) if bits >> place & 1))
