"""General-ciphering and general-signing between two parties of a dialogue, whatever keys that takes.

A key of the message's own says nothing about when the message was made. What tells a replay is the counter under the
static keys behind it, rising for each originator::

    key of the message        counter of                  kept under
    identified                invocation counter          the key itself
    wrapped                   invocation counter          the master key
    one-pass                  invocation counter          the recipient's key agreement key
    static unified            invocation counter          both key agreement keys
    signed, not ciphered      transaction-id              the originator's signing key

Where every message has a key of its own by the `GeneralProfile` (GBCS), the invocation counter is 0, and the originator
counter in the last 64 bits of the transaction-id takes its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from dlmskit.apdu.general import AgreedKey, GeneralCiphering, GeneralSigning, IdentifiedKey, KeyId, KeyInfo
from dlmskit.exceptions import AuthenticationError, KeyUnavailable, PolicyError
from dlmskit.security import agreement, general_ciphering, general_signing
from dlmskit.security.agreement import Offer, Scheme
from dlmskit.security.general_ciphering import MessageKey, OpenedMessage
from dlmskit.security.key_pair import PrivateKey
from dlmskit.security.keys import KeyPurpose, KeySet
from dlmskit.security.needs import VerificationProvided
from dlmskit.security.profile import GeneralProfile
from dlmskit.session.base import AgreeNeeded, SignNeeded, VerifyNeeded
from dlmskit.session.cosem.questions import Steps

ORIGINATOR_COUNTER_OCTETS = 8
_AGREED = "agreed_key"
_SIGNING = "signing_key"


_SCHEMES = {MessageKey.ONE_PASS: Scheme.ONE_PASS, MessageKey.STATIC_UNIFIED: Scheme.STATIC_UNIFIED}


class Line(msgspec.Struct, frozen=True):
    """A row of counters: the static key that it belongs to, in words and by its short name."""

    purpose: str
    key_id: str


class Parties(msgspec.Struct, frozen=True):
    """We and the other side, the keys that both know, and how the standard is read.

    `own_title` may be empty for who only listens. `learn` is told which counters a store remembers.
    """

    keys: KeySet
    own_title: bytes
    peer_title: bytes
    profile: GeneralProfile
    learn: Callable[[Mapping[tuple[str, bytes], int]], None]

    @property
    def suite(self) -> int:
        return self.keys.suite.value


class Opened(msgspec.Struct, frozen=True):
    """What a message held, and the `number` that it has in its `line`."""

    message: OpenedMessage
    key: MessageKey
    line: Line
    number: int


class _Secret(msgspec.Struct, frozen=True):
    """The key of one message, what tells it to the other side, and its line; the key is not shown."""

    key: bytes
    line: Line

    def __repr__(self) -> str:
        return f"_Secret({self.line})"


def seal(
    plain: bytes,
    kind: MessageKey,
    parties: Parties,
    *,
    security_control: int,
    transaction_id: bytes | None,
    count: Callable[[Line], Steps[int]],
    random: Callable[[int], bytes],
) -> Steps[bytes]:
    """One APDU in general-ciphering; `transaction_id` is that of the request where this answers one.

    `count` gives the next counter of a line. Raises `SecurityError`, `KeyUnavailable` and `PolicyError`.
    """
    if parties.profile.key_per_message and kind is MessageKey.IDENTIFIED:
        raise PolicyError("a message with invocation counter 0 needs a key of its own")
    header = GeneralCiphering(transaction_id or b"", parties.own_title, parties.peer_title, None, b"", None, b"")
    own = PrivateKey.generate(parties.suite, random) if kind is MessageKey.ONE_PASS else None
    secret, line = yield from _shared(kind, parties, own, None)
    counter = 0
    if transaction_id is None or not parties.profile.key_per_message:
        counter = yield from count(line)
    if transaction_id is None:
        header = msgspec.structs.replace(header, transaction_id=counter.to_bytes(ORIGINATOR_COUNTER_OCTETS, "big"))
    match kind:
        case MessageKey.IDENTIFIED:
            info: KeyInfo = IdentifiedKey(KeyId.GLOBAL_UNICAST_ENCRYPTION_KEY)
            key = parties.keys.encryption(KeyPurpose.GUEK)
        case MessageKey.WRAPPED:
            key = random(parties.keys.suite.key_octets)
            info = general_ciphering.wrapped_key(key, parties.keys)
        case _:
            info = agreement.static_unified() if own is None else (yield from _offered(own, parties))
            key = _derived(kind, header, secret, parties)
    return general_ciphering.seal(
        msgspec.structs.replace(header, key_info=info),
        plain,
        key=key,
        gak=parties.keys.gak,
        invocation_counter=0 if parties.profile.key_per_message else counter,
        security_control=security_control,
        profile=parties.profile,
    ).to_bytes()


def open_message(envelope: GeneralCiphering, parties: Parties) -> Steps[Opened]:
    """Establish the key, then verify and open. No counter is judged here.

    Raises `AuthenticationError`, `PolicyError`, `KeyUnavailable`, `SecurityError` and `DecodeError`.
    """
    check_parties(envelope, parties)
    control = envelope.content[0] if envelope.content else 0
    if control & 0x0F != parties.suite:
        raise PolicyError(f"security control 0x{control:02X} names another suite than ours")
    info, kind = envelope.key_info, MessageKey.of(envelope.key_info)
    number = originator_counter(envelope.transaction_id) if parties.profile.key_per_message else None
    if isinstance(info, AgreedKey):
        peer = None
        if kind is MessageKey.ONE_PASS:
            peer = Offer.from_bytes(info.key_ciphered_data, parties.suite)
            octets = agreement.signed_octets(peer.public)
            yield from genuine(octets, peer.signature, parties.peer_title, parties.suite)
        elif info.key_ciphered_data:
            raise PolicyError("static unified key agreement has nothing to send, found key data")
        secret, line = yield from _shared(kind, parties, None, peer)
        key = _derived(kind, envelope, secret, parties)
    else:
        _, line = yield from _shared(kind, parties, None, None)
        key = general_ciphering.shared_key(envelope, parties.keys)
    message = general_ciphering.open_message(envelope, key=key, gak=parties.keys.gak, profile=parties.profile)
    return Opened(message, kind, line, message.invocation_counter if number is None else number)


def sign(
    content: bytes, parties: Parties, *, transaction_id: bytes | None, count: Callable[[Line], Steps[int]]
) -> Steps[bytes]:
    """One APDU, plain or ciphered, in general-signing. Raises `KeyUnavailable` without a signing key."""
    if transaction_id is None:
        # for one title these numbers never come back, whichever key signs
        number = yield from count(Line(_SIGNING, _SIGNING))
        transaction_id = number.to_bytes(ORIGINATOR_COUNTER_OCTETS, "big")
    message = GeneralSigning(transaction_id, parties.own_title, parties.peer_title, None, b"", content, b"")
    octets = general_signing.signed_octets(message, parties.profile)
    signature = yield from signature_over(octets, parties.peer_title, parties.suite)
    return general_signing.with_signature(message, signature).to_bytes()


def verify(envelope: GeneralSigning, parties: Parties) -> Steps[Line]:
    """Verify a signature; what is given is the line of the originator's signing key.

    Raises `AuthenticationError`, also where there is no signature, and `KeyUnavailable`.
    """
    check_parties(envelope, parties)
    if not envelope.signature:
        raise AuthenticationError("general-signing without a signature")
    octets = general_signing.signed_octets(envelope, parties.profile)
    answer = yield from genuine(octets, envelope.signature, parties.peer_title, parties.suite)
    parties.learn(answer.last_counters)
    return Line(_SIGNING, answer.key_id)


def check_parties(envelope: GeneralCiphering | GeneralSigning, parties: Parties) -> None:
    """Raises `AuthenticationError` for a message of somebody else, or to somebody else."""
    title, recipient = envelope.originator_system_title, envelope.recipient_system_title
    if not title:
        raise AuthenticationError(f"{envelope.NAME} came without a system title")
    if title != parties.peer_title:
        raise AuthenticationError(f"APDU of system {title.hex()}, wanted {parties.peer_title.hex()}")
    if recipient and parties.own_title and recipient != parties.own_title:
        raise AuthenticationError(f"APDU for system {recipient.hex()}, not for us")


def originator_counter(transaction_id: bytes) -> int:
    """The number at the end of a transaction-id. Raises `PolicyError` where there is no room for one."""
    if len(transaction_id) < ORIGINATOR_COUNTER_OCTETS:
        raise PolicyError(
            f"a transaction-id with the originator's counter has {ORIGINATOR_COUNTER_OCTETS} octets or more, "
            f"found {len(transaction_id)}: nothing tells a replay"
        )
    return int.from_bytes(transaction_id[-ORIGINATOR_COUNTER_OCTETS:], "big")


def _shared(
    kind: MessageKey, parties: Parties, own: PrivateKey | None, peer: Offer | None
) -> Steps[tuple[bytes, Line]]:
    """The shared secret where one is agreed, and the line of the static keys."""
    if kind not in _SCHEMES:
        purpose = KeyPurpose.MASTER if kind is MessageKey.WRAPPED else KeyPurpose.GUEK
        return b"", Line(purpose.value, parties.keys.key_id(purpose))
    need = AgreeNeeded(parties.peer_title, parties.suite, own, None if peer is None else peer.public)
    answer = yield need
    if answer.secret is None:
        raise KeyUnavailable("no key agreement keys are known towards this peer")
    parties.learn(answer.last_counters)
    return answer.secret, Line(_AGREED, answer.key_id)


def _derived(kind: MessageKey, header: GeneralCiphering, secret: bytes, parties: Parties) -> bytes:
    return general_ciphering.message_key(
        header, secret, suite=parties.suite, scheme=_SCHEMES[kind], profile=parties.profile
    )


def _offered(own: PrivateKey, parties: Parties) -> Steps[AgreedKey]:
    octets = agreement.signed_octets(own.public)
    signature = yield from signature_over(octets, parties.peer_title, parties.suite)
    return agreement.one_pass(Offer(own.public, signature))


def signature_over(octets: bytes, peer_title: bytes | None, suite: int) -> Steps[bytes]:
    """Our signature towards this peer. Raises `KeyUnavailable` where we have no key for it."""
    answer = yield SignNeeded(peer_title, suite, octets)
    if answer.signature is None:
        raise KeyUnavailable("no signing key of our own is known")
    signature: bytes = answer.signature
    return signature


def genuine(octets: bytes, signature: bytes, peer_title: bytes | None, suite: int) -> Steps[VerificationProvided]:
    """The word that a signature is this peer's. Raises `AuthenticationError` or `KeyUnavailable` unless it is."""
    answer: VerificationProvided = yield VerifyNeeded(peer_title, suite, octets, signature)
    if answer.genuine is None:
        raise KeyUnavailable("no public signing key of the peer is known")
    if not answer.genuine:
        raise AuthenticationError("the peer's signature does not verify: wrong key, or something was altered")
    return answer
