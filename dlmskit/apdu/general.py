"""General protection between any two parties: general-ciphering and general-signing.

Nothing is deciphered or verified here. Source: Green Book, COSEMpdu: General-Ciphering, Key-Info, General-Signing.
"""

from __future__ import annotations

from enum import IntEnum

from dlmskit.apdu.base import Apdu
from dlmskit.apdu.ciphered import SystemTitle
from dlmskit.apdu.notification import DateTime
from dlmskit.apdu.sequence import Sequence


class KeyId(IntEnum):
    """A key that both sides hold."""

    GLOBAL_UNICAST_ENCRYPTION_KEY = 0
    GLOBAL_BROADCAST_ENCRYPTION_KEY = 1


class KekId(IntEnum):
    """A key that wraps other keys."""

    MASTER_KEY = 0


class IdentifiedKey(Sequence, frozen=True):
    """A key that both sides hold already."""

    CHOICE = 0
    key_id: KeyId


class WrappedKey(Sequence, frozen=True):
    """A key for this APDU, wrapped under another one."""

    CHOICE = 1
    kek_id: KekId
    key_ciphered_data: bytes


class AgreedKey(Sequence, frozen=True):
    """A key for this APDU that both sides derive: what the sender contributes to it.

    `key_parameters` names the scheme: 01 one-pass Diffie-Hellman, 02 static unified model.
    """

    CHOICE = 2
    key_parameters: bytes
    key_ciphered_data: bytes


KeyInfo = IdentifiedKey | WrappedKey | AgreedKey


class GeneralCiphering(Apdu, frozen=True):
    """Any APDU under a key that `key_info` tells, None where both sides know it; `content` is a `CipheredContent`."""

    HEAD = b"\xdd"
    transaction_id: bytes
    originator_system_title: SystemTitle
    recipient_system_title: SystemTitle
    date_time: DateTime
    other_information: bytes
    key_info: KeyInfo | None
    content: bytes


class GeneralSigning(Apdu, frozen=True):
    """Any octets, mostly an APDU, signed by the originator; `signature` is empty where a MAC around it stands in."""

    HEAD = b"\xdf"
    transaction_id: bytes
    originator_system_title: SystemTitle
    recipient_system_title: SystemTitle
    date_time: DateTime
    other_information: bytes
    content: bytes
    signature: bytes
