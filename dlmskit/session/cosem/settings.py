"""What an association is made of: the client's wishes, the server's rules, and the objects behind the server."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import msgspec

from dlmskit.apdu.descriptors import AttributeDescriptor, MethodDescriptor, SelectiveAccess
from dlmskit.codec.data import Data
from dlmskit.cosem.short_names import ShortNamed
from dlmskit.enums import ApplicationContext, Conformance, Mechanism
from dlmskit.obis import Obis
from dlmskit.security.credentials import Credentials
from dlmskit.security.general_ciphering import MessageKey
from dlmskit.security.hls import HighAlgorithm
from dlmskit.security.keys import KeySet
from dlmskit.security.policy import NO_POLICY, SecurityPolicy
from dlmskit.security.profile import DLMS, GeneralProfile
from dlmskit.security.protection import AUTHENTICATED, ENCRYPTED

CLIENT_CONFORMANCE = (
    Conformance.ATTRIBUTE0_SUPPORTED_WITH_GET
    | Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ
    | Conformance.BLOCK_TRANSFER_WITH_SET_OR_WRITE
    | Conformance.BLOCK_TRANSFER_WITH_ACTION
    | Conformance.MULTIPLE_REFERENCES
    | Conformance.DATA_NOTIFICATION
    | Conformance.GET
    | Conformance.SET
    | Conformance.SELECTIVE_ACCESS
    | Conformance.EVENT_NOTIFICATION
    | Conformance.ACTION
)
"""What a client proposes unless told otherwise."""

SERVER_CONFORMANCE = (
    CLIENT_CONFORMANCE | Conformance.GENERAL_PROTECTION | Conformance.GENERAL_BLOCK_TRANSFER | Conformance.ACCESS
)
"""Everything that client and server of this package speak in logical name referencing."""

_ABILITIES = {
    Conformance.GET: Conformance.READ,
    Conformance.SET: Conformance.WRITE | Conformance.UNCONFIRMED_WRITE,
    Conformance.ACTION: Conformance.READ | Conformance.WRITE | Conformance.PARAMETERIZED_ACCESS,
    Conformance.SELECTIVE_ACCESS: Conformance.PARAMETERIZED_ACCESS,
    Conformance.EVENT_NOTIFICATION: Conformance.INFORMATION_REPORT,
}
_EITHER = (
    Conformance.READ
    | Conformance.WRITE
    | Conformance.UNCONFIRMED_WRITE
    | Conformance.INFORMATION_REPORT
    | Conformance.PARAMETERIZED_ACCESS
    | Conformance.MULTIPLE_REFERENCES
    | Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ
    | Conformance.BLOCK_TRANSFER_WITH_SET_OR_WRITE
    | Conformance.GENERAL_PROTECTION
    | Conformance.GENERAL_BLOCK_TRANSFER
    | Conformance.DATA_NOTIFICATION
)


def in_short_names(conformance: Conformance) -> Conformance:
    """The same abilities in short name referencing; bits that mean nothing there are left out."""
    bits = conformance & _EITHER
    for logical, short in _ABILITIES.items():
        if logical in conformance:
            bits |= short
    return bits


SN_CONFORMANCE = in_short_names(SERVER_CONFORMANCE)
"""Everything that client and server of this package speak in short name referencing."""

IN_SHORT_NAMES = {
    ApplicationContext.LN: ApplicationContext.SN,
    ApplicationContext.LN_CIPHERED: ApplicationContext.SN_CIPHERED,
}
SHORT_NAMES = frozenset(IN_SHORT_NAMES.values())
BARE_REFUSAL = "aare-without-user-information"
LISTS_REFUSED = "lists-refused"
TITLE_NOT_TOLD = "system-title-not-told"
ONE_PER_LINK = "one-association-per-link"
ASSOCIATION_LN = 15
CURRENT_ASSOCIATION = Obis(0, 0, 40, 0, 0, 255)


def counts(mechanism: Mechanism, context: ApplicationContext) -> bool:
    """Whether such an association takes invocation counters."""
    return mechanism is Mechanism.HIGH_GMAC or context.ciphered


def names_parties(mechanism: Mechanism, context: ApplicationContext) -> bool:
    """Whether the system titles of both sides enter the protection of such an association."""
    return counts(mechanism, context) or mechanism in (Mechanism.HIGH_SHA256, Mechanism.HIGH_ECDSA)


class AssociationSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a client associates. Holds no secret: keys and password come through `KeysNeeded`."""

    client_sap: int = 16
    server_sap: int = 1
    mechanism: Mechanism = Mechanism.NONE
    context: ApplicationContext = ApplicationContext.LN
    conformance: Conformance = CLIENT_CONFORMANCE
    max_receive_pdu_size: int = 1024
    """octets of the longest APDU that we take; 0 means no limit"""
    security_control: int = AUTHENTICATED | ENCRYPTED
    """how we protect what we send and the least that an answer must have; the suite number is added"""
    suite: int = 0
    system_title: bytes = b""
    """ours, 8 octets; needed for HLS 5, 6 and 7 and for ciphered contexts"""
    peer_system_title: bytes = b""
    """the meter's where it is known beforehand; otherwise its AARE says it"""
    general: bool = False
    """send general-glo/general-ded-ciphering instead of the service-specific forms"""
    general_ciphering: MessageKey | None = None
    """send general-ciphering under this kind of key; a key of the message's own is wanted of answers too"""
    general_profile: GeneralProfile = DLMS
    """how general-ciphering and general-signing are read and written"""
    policy: SecurityPolicy = NO_POLICY
    """what requests have and answers must have besides, signatures say; nothing that the meter does lowers it"""
    dedicated: bool = False
    """send a fresh dedicated key and use it inside the association"""
    priority: bool = True
    """set the high-priority bit of requests"""
    high_algorithm: HighAlgorithm = HighAlgorithm.AES_128_ECB
    """what mechanism 2 computes"""
    challenge_octets: int = 16
    """length of our HLS challenge, 8 to 64; at least 32 are sent with mechanism 7"""
    hls_object: Obis = CURRENT_ASSOCIATION
    hls_class_id: int = ASSOCIATION_LN
    hls_method: int = 1
    release: bool = True
    """send RLRQ before the link is closed"""
    release_initiate: bool = True
    """in a ciphered context, put a ciphered InitiateRequest into the RLRQ"""
    block_window: int = 16
    """blocks of a general block transfer that the meter may send in a row, 1 to 63"""
    counter_block: int = 16
    """invocation counters to reserve at a time"""
    most_counters_ahead: int = 0x1_0000
    """how far our invocation counter may be raised on the meter's unproven word; 0 leaves it alone"""
    pre_established: bool = False
    """there is an association already: nothing is opened and nothing released; `peer_system_title` must be known"""
    timeout: float = 10.0
    """seconds to wait for each answer"""

    @property
    def proposal(self) -> Conformance:
        """`conformance` in the kind of referencing."""
        wished = self.conformance | (Conformance.GENERAL_PROTECTION if self.general_protection else Conformance(0))
        return in_short_names(wished) if self.context in SHORT_NAMES else wished

    @property
    def general_protection(self) -> bool:
        """Whether general-protection must be granted."""
        return self.general_ciphering is not None or self.signatures

    @property
    def signatures(self) -> bool:
        """Whether requests or answers are signed."""
        return bool(self.policy & (SecurityPolicy.REQUEST_SIGNED | SecurityPolicy.RESPONSE_SIGNED))

    @property
    def needs_keys(self) -> bool:
        """Whether anything of this association depends on a shared key or secret."""
        return self.context.ciphered or self.mechanism not in (Mechanism.NONE, Mechanism.HIGH_ECDSA)

    @property
    def needs_title(self) -> bool:
        """Whether the system titles enter any protection."""
        return names_parties(self.mechanism, self.context)

    @property
    def needs_channel(self) -> bool:
        """Whether anything of this association takes invocation counters."""
        return counts(self.mechanism, self.context)


class ServerAssociation(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of a meter for one client SAP."""

    mechanism: Mechanism = Mechanism.NONE
    context: ApplicationContext = ApplicationContext.LN
    keys: KeySet | None = None
    """encryption and authentication keys, and in `password` the secret of LLS and of HLS 2, 3, 4 and 6"""
    credentials: Credentials | None = None
    """key pairs of HLS 7, signatures and key agreement"""
    asks_for_pairs: bool = False
    """whoever keeps the key pairs is asked by events; `credentials` are not used then"""
    suite: int | None = None
    """the suite of HLS 7 where neither keys nor credentials tell"""
    high_algorithm: HighAlgorithm = HighAlgorithm.AES_128_ECB
    """what mechanism 2 computes"""
    conformance: Conformance = SERVER_CONFORMANCE
    max_receive_pdu_size: int = 1024
    security_control: int = AUTHENTICATED | ENCRYPTED
    """in a ciphered context, the least protection that a request must have, and what answers get"""
    system_title: bytes = b""
    """the meter's own, 8 octets"""
    general_profile: GeneralProfile = DLMS
    """how general-ciphering and general-signing are read and written"""
    policy: SecurityPolicy = NO_POLICY
    """what requests must have and answers get besides; nothing that a client does lowers it"""
    client_system_title: bytes = b""
    """the only client title accepted, or empty for any"""
    challenge_octets: int = 16
    association_object: Obis = CURRENT_ASSOCIATION
    hls_method: int = 1
    block_window: int = 16
    """blocks of a general block transfer that the client may send in a row, 1 to 63"""
    counter_block: int = 64
    pre_established: bool = False
    """the client needs no AARQ; `client_system_title` must be known in a ciphered context"""
    client_max_receive_pdu_size: int = 0
    """what a client of a pre-established association takes, 0 for no limit"""
    short_names: tuple[ShortNamed, ...] = ()
    """the objects and where they lie, for a client that refers to them by short names; without them none may"""
    inactivity_timeout: float | None = None
    """seconds without a request after which the association ends"""
    quirks: frozenset[str] = frozenset()
    """deviations by name: `BARE_REFUSAL`, `LISTS_REFUSED`, `TITLE_NOT_TOLD` and `ONE_PER_LINK` are known here"""


@runtime_checkable
class SecurityPolicies(Protocol):
    """Objects whose policy may grow while associations are open: it binds them from their next request on."""

    def security_policy(self, client_sap: int) -> SecurityPolicy:
        """What the policy in force wants of this client's requests, and of answers to them."""


@runtime_checkable
class AccessRights(Protocol):
    """Objects whose access rights want protection of single attributes and methods (Association LN, version 3)."""

    def access_policy(self, client_sap: int, target: AttributeDescriptor | MethodDescriptor) -> SecurityPolicy:
        """What requests for the target, and answers about it, must have besides the association's policy."""


class ObjectServer(Protocol):
    """The objects of a meter as a server session sees them. A refusal raises with the standard's result label."""

    def association(self, client_sap: int) -> ServerAssociation | None:
        """The rules for this client SAP, None where there is no such client."""

    def get(self, client_sap: int, attribute: AttributeDescriptor, access: SelectiveAccess | None) -> Data:
        """An attribute's value. Raises `DataAccessError`."""

    def set(self, client_sap: int, attribute: AttributeDescriptor, value: Data) -> None:
        """Write an attribute. Raises `DataAccessError`."""

    def action(self, client_sap: int, method: MethodDescriptor, parameters: Data | None) -> Data | None:
        """Invoke a method. Raises `ActionError`."""
