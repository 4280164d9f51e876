"""Protection in general-ciphering: any two parties, a key that the message itself may bring.

::

    key information   the key
    absent            global unicast encryption key
    identified        global unicast or broadcast encryption key
    wrapped           new for this message, wrapped under the master key
    agreed            derived from a shared secret: see `agreement`

    content  =  security control, invocation counter, payload, tag: as in every ciphered APDU, see `protection`
    IV       =  system title of the originator, invocation counter
    AAD      =  what the `GeneralProfile` says

Source: Green Book, general-ciphering; IEC 62056-5-3.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from dlmskit.apdu.general import AgreedKey, GeneralCiphering, IdentifiedKey, KekId, KeyId, KeyInfo, WrappedKey
from dlmskit.exceptions import AuthenticationError, KeyUnavailable, PolicyError, TruncatedError
from dlmskit.security import key_wrap
from dlmskit.security.agreement import Scheme, agreed_key, scheme_of
from dlmskit.security.general_signing import GeneralHeader, header_octets
from dlmskit.security.keys import KeyPurpose, KeySet
from dlmskit.security.profile import DLMS, AadForm, GeneralProfile
from dlmskit.security.protection import (
    AUTHENTICATED,
    COMPRESSED,
    HEADER_OCTETS,
    nonce,
    opened,
    sealed,
)
from dlmskit.security.suite import SecuritySuite, suite_of


class MessageKey(StrEnum):
    """Which key a message between two parties is under."""

    IDENTIFIED = "identified"
    WRAPPED = "wrapped"
    ONE_PASS = "one-pass"
    STATIC_UNIFIED = "static-unified"

    @classmethod
    def of(cls, info: KeyInfo | None) -> MessageKey:
        """What key information says. Raises `PolicyError` for the broadcast key, `SecurityError` for another scheme."""
        match info:
            case None | IdentifiedKey(key_id=KeyId.GLOBAL_UNICAST_ENCRYPTION_KEY):
                return cls.IDENTIFIED
            case IdentifiedKey():
                raise PolicyError("a message between two parties is under the broadcast key")
            case WrappedKey():
                return cls.WRAPPED
            case AgreedKey():
                return cls.ONE_PASS if scheme_of(info) is Scheme.ONE_PASS else cls.STATIC_UNIFIED


class OpenedMessage(msgspec.Struct, frozen=True):
    """What came out of a general-ciphering APDU whose tag verified."""

    plain: bytes
    security_control: int
    invocation_counter: int

    def __repr__(self) -> str:
        return (
            f"OpenedMessage({len(self.plain)} octets, security_control=0x{self.security_control:02X}, "
            f"invocation_counter={self.invocation_counter})"
        )


def wrapped_key(key: bytes, keys: KeySet) -> WrappedKey:
    """Key information that brings `key` under the master key. Raises `KeyUnavailable`."""
    return WrappedKey(KekId.MASTER_KEY, key_wrap.wrap(key, master_key=keys.wrapping()))


def shared_key(apdu: GeneralCiphering, keys: KeySet) -> bytes:
    """The key that key information names or brings, other than an agreed one.

    Raises `KeyUnavailable`, or `AuthenticationError` for a wrapped key whose integrity check fails.
    """
    match apdu.key_info:
        case None | IdentifiedKey(key_id=KeyId.GLOBAL_UNICAST_ENCRYPTION_KEY):
            return keys.encryption(KeyPurpose.GUEK)
        case IdentifiedKey():
            return keys.encryption(KeyPurpose.GBEK)
        case WrappedKey(key_ciphered_data=data):
            return _of_suite(key_wrap.unwrap(data, master_key=keys.wrapping()), keys.suite)
        case AgreedKey():
            raise KeyUnavailable("the key of this message is an agreed one: its shared secret is needed")


def message_key(
    parties: GeneralHeader, secret: bytes, *, suite: int, scheme: Scheme, profile: GeneralProfile = DLMS
) -> bytes:
    """The agreed key of one message from the shared secret Z.

    `parties` is the message; or, where its header is empty as in GBCS, the general-signing inside. Raises
    `SecurityError` where titles are missing.
    """
    return agreed_key(
        secret,
        suite=suite,
        scheme=scheme,
        originator=parties.originator_system_title,
        recipient=parties.recipient_system_title,
        transaction_id=parties.transaction_id,
        arc=profile.arc,
    )


def seal(
    apdu: GeneralCiphering,
    plain: bytes,
    *,
    key: bytes,
    gak: bytes | None,
    invocation_counter: int,
    security_control: int,
    originator: bytes = b"",
    profile: GeneralProfile = DLMS,
) -> GeneralCiphering:
    """`apdu` with `plain` protected as its content; `originator` where the header leaves the title out.

    The caller answers for never using an invocation counter twice under one key. Raises `PolicyError` for a security
    control octet that cannot be used, `KeyUnavailable` and `SecurityError`.
    """
    _check(security_control, invocation_counter, len(key), profile)
    iv = nonce(apdu.originator_system_title or originator, invocation_counter)
    aad = _aad(apdu, security_control, gak, profile)
    payload = sealed(plain, key=key, iv=iv, aad=aad, security_control=security_control)
    content = bytes((security_control,)) + invocation_counter.to_bytes(4, "big") + payload
    return msgspec.structs.replace(apdu, content=content)


def open_message(
    apdu: GeneralCiphering,
    *,
    key: bytes,
    gak: bytes | None,
    originator: bytes = b"",
    profile: GeneralProfile = DLMS,
) -> OpenedMessage:
    """Verify the tag, then give what the message protects.

    A title in the header must be `originator` where that is stated. Raises `AuthenticationError`, `PolicyError`,
    `KeyUnavailable`, `SecurityError` and `TruncatedError`.
    """
    content, title = apdu.content, apdu.originator_system_title
    if title and originator and title != originator:
        raise AuthenticationError(f"message of system {title.hex()}, wanted {originator.hex()}")
    if len(content) < HEADER_OCTETS:
        raise TruncatedError(f"security header needs {HEADER_OCTETS} octets, found {len(content)}", len(content))
    control, counter = content[0], int.from_bytes(content[1:HEADER_OCTETS], "big")
    _check(control, counter, len(key), profile)
    iv = nonce(title or originator, counter)
    aad = _aad(apdu, control, gak, profile)
    plain = opened(content[HEADER_OCTETS:], key=key, iv=iv, aad=aad, security_control=control)
    return OpenedMessage(plain, control, counter)


def _aad(apdu: GeneralCiphering, control: int, gak: bytes | None, profile: GeneralProfile) -> bytes:
    aad = bytes((control,))
    if profile.aad is not AadForm.HEADER_WITHOUT_KEY:
        if gak is None:
            raise KeyUnavailable("no global authentication key (gak) is known")
        aad += gak
    return aad if profile.aad is AadForm.PLAIN else aad + header_octets(apdu)


def _check(control: int, counter: int, key_octets: int, profile: GeneralProfile) -> None:
    if control & COMPRESSED:
        raise PolicyError(f"security control 0x{control:02X}: compression is not supported")
    if not control & AUTHENTICATED:
        raise PolicyError(f"security control 0x{control:02X} has no authentication, which was not allowed")
    if suite_of(control & 0x0F).key_octets != key_octets:
        raise PolicyError(f"security control 0x{control:02X} names another suite than the key is of")
    if profile.key_per_message and counter:
        raise PolicyError(f"a message with a key of its own has invocation counter 0, found {counter}")


def _of_suite(key: bytes, suite: SecuritySuite) -> bytes:
    if len(key) != suite.key_octets:
        raise PolicyError(f"the wrapped key must be {suite.key_octets} octets, found {len(key)}")
    return key
