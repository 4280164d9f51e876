"""What one association is made of on the client's side, and the four passes that make it; no timing, no events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dlmskit.apdu import (
    Aare,
    Apdu,
    ConfirmedServiceError,
    MethodDescriptor,
    Rlrq,
    decode,
)
from dlmskit.enums import AssociationResult, Conformance, Mechanism
from dlmskit.exceptions import (
    AssociationError,
    AuthenticationError,
    DecodeError,
    KeyUnavailable,
    LocalProtocolError,
    PolicyError,
    RemoteProtocolError,
    SecurityError,
)
from dlmskit.limits import Limits
from dlmskit.security import hls
from dlmskit.security.counters import ReplayGuard
from dlmskit.security.general_ciphering import MessageKey
from dlmskit.security.hls import Challenges
from dlmskit.security.keys import KeySet
from dlmskit.security.needs import KeysProvided
from dlmskit.security.suite import TITLE_OCTETS, suite_of
from dlmskit.session.cosem import association
from dlmskit.session.cosem.block_streams import BlockStreams
from dlmskit.session.cosem.channel import CIPHERED, Channel, Form, Plain
from dlmskit.session.cosem.passes import LogicalPasses, Passes, ShortPasses
from dlmskit.session.cosem.proof import Proof, own_challenge_octets
from dlmskit.session.cosem.questions import Steps
from dlmskit.session.cosem.settings import SHORT_NAMES, AssociationSettings


class Handshake:
    """Keys, channel and negotiated context of one association.

    `channel` is there where HLS or ciphering needs one; `sealed` says whether every APDU goes through it.
    """

    def __init__(self, settings: AssociationSettings, random: Callable[[int], bytes], limits: Limits) -> None:
        self.sealed = settings.context.ciphered
        self.channel: Channel | None = None
        self.proof: Proof | None = None
        self.negotiated = association.Negotiated(Conformance(0), None)
        self._settings = settings
        self._random = random
        self._limits = limits
        self._keys: KeySet | None = None
        self._challenge = b""

    @property
    def detail(self) -> dict[str, Any]:
        """What was agreed, as `Opened` tells it."""
        settings, agreed = self._settings, self.negotiated
        return {
            "context": settings.context.label,
            "mechanism": settings.mechanism.label,
            "conformance": agreed.conformance.labels,
            "server_max_receive_pdu_size": agreed.server_max_receive_pdu_size,
            "system_title": self.channel.peer_title.hex() if self.channel else None,
            "quirks": list(self.proof.quirks) if self.proof else [],
        }

    def blocks(self) -> BlockStreams | None:
        """General block transfer, where it was agreed on."""
        if Conformance.GENERAL_BLOCK_TRANSFER not in self.negotiated.conformance:
            return None
        return BlockStreams(self.negotiated.server_max_receive_pdu_size, self._settings.block_window, self._limits)

    @property
    def capacity(self) -> int | None:
        """The longest plain APDU that the meter takes, None for no bound."""
        size = self.negotiated.server_max_receive_pdu_size
        if size is None:
            return None
        if not self.sealed or self.channel is None:
            return size
        return max(size - self.channel.overhead(self._form), 1)

    @property
    def counting(self) -> Channel | None:
        """The channel where requests take counters of the unicast key: a refusal of one may speak of that counter."""
        apart = self._form.dedicated or self._form.key not in (None, MessageKey.IDENTIFIED)
        return self.channel if self.sealed and not apart else None

    def check_settings(self) -> None:
        """Raises `AssociationError` or `SecurityError` for what cannot work or is not supported."""
        settings = self._settings
        if settings.pre_established and (settings.mechanism is not Mechanism.NONE or settings.dedicated):
            raise SecurityError("a pre-established association has neither a mechanism nor a dedicated key")
        if settings.general_ciphering and (settings.dedicated or not settings.context.ciphered):
            raise SecurityError("general-ciphering goes with a ciphered context and without a dedicated key")
        if settings.policy and not settings.context.ciphered:
            raise SecurityError("a security policy goes with a ciphered context")
        if settings.needs_title and len(settings.system_title) != TITLE_OCTETS:
            found = len(settings.system_title)
            raise SecurityError(f"this association needs our system title of {TITLE_OCTETS} octets, found {found}")
        if settings.mechanism is Mechanism.HIGH_ECDSA or settings.signatures:
            _ = suite_of(settings.suite).curve
        if settings.mechanism > Mechanism.LOW and settings.challenge_octets not in hls.CHALLENGE_OCTETS:
            raise SecurityError(f"a challenge is 8 to 64 octets, the settings say {settings.challenge_octets}")

    def take_keys(self, answer: KeysProvided, guard: ReplayGuard) -> None:
        """Use what the store gave. Raises `KeyUnavailable` or `SecurityError`."""
        settings, keys = self._settings, answer.keys
        if keys is None:
            raise KeyUnavailable(f"no keys for an association with mechanism {settings.mechanism.label}")
        self._keys = keys
        if not settings.needs_channel:
            return
        if keys.suite != settings.suite:
            raise SecurityError(f"the settings say suite {settings.suite}, the keys say {keys.suite.value}")
        if settings.dedicated and self.sealed:
            self._keys = keys.with_dedicated(self._random(keys.suite.key_octets))
        guard.learn(answer.last_counters)
        self.channel = Channel(
            keys=self._keys,
            own_title=settings.system_title,
            security_control=settings.security_control,
            guard=guard,
            sends=settings.policy.requests,
            floor=settings.policy.responses,
            key=None if settings.general_ciphering is MessageKey.IDENTIFIED else settings.general_ciphering,
            general=settings.general,
            profile=settings.general_profile,
            random=self._random,
            counter_block=settings.counter_block,
            limits=self._limits,
        )

    def presume(self) -> None:
        """Take an association for granted that was agreed beforehand. Raises `SecurityError` for what is not known."""
        settings = self._settings
        if settings.needs_channel:
            hls.check_peer(settings.system_title, settings.peer_system_title)
            self._channel().peer_title = settings.peer_system_title
        self.negotiated = association.Negotiated(settings.proposal, None)

    def aarq(self) -> bytes:
        """Pass 1, or the whole authentication of LLS."""
        authentication: bytes | None = None
        if self._settings.mechanism > Mechanism.LOW:
            size = own_challenge_octets(self._settings.mechanism, self._settings.challenge_octets)
            authentication = self._challenge = self._random(size)
        elif self._settings.mechanism == Mechanism.LOW and self._keys is not None:
            authentication = self._keys.secret()
        return association.aarq(self._settings, self._initiate(), authentication).to_bytes()

    def take_aare(self, aare: Aare) -> Proof | None:
        """Pass 2: negotiate, and give what makes the other passes in HLS. Raises one of our errors for any refusal."""
        accepted = aare.result == AssociationResult.ACCEPTED
        words = None if accepted else _in_clear(aare.user_information, self._limits)
        association.check_accepted(aare, words, self._settings)
        settings = self._settings
        title = self._peer_title(aare) if settings.needs_title else settings.peer_system_title
        if self.channel is not None:
            self.channel.peer_title = title
        self.negotiated = association.negotiated(self._user_information(aare), self._settings)
        if settings.general_protection and Conformance.GENERAL_PROTECTION not in self.negotiated.conformance:
            raise AssociationError("the meter did not grant: general-protection")
        self._check_room()
        if settings.mechanism <= Mechanism.LOW:
            return None
        challenge = aare.responding_authentication_value or b""
        self.proof = Proof(
            settings.mechanism,
            Challenges(settings.system_title, title, challenge, self._challenge),
            keys=self._keys,
            channel=self.channel,
            suite=settings.suite,
            high=settings.high_algorithm,
        )
        return self.proof

    def _check_room(self) -> None:
        size = self.negotiated.server_max_receive_pdu_size
        if size is None or not self.sealed or self.channel is None:
            return
        overhead = self.channel.overhead(self._form)
        if overhead >= size:
            raise AssociationError(f"the meter takes APDUs of {size} octets, and protection alone takes {overhead}")

    def pass3(self, invoke: int, proof: Proof) -> Steps[bytes]:
        """Our answer to the meter's challenge."""
        request = self._passes.ask(invoke, (yield from proof.answer()))
        return (yield from self.seal(request.to_bytes()))

    def pass4(self, apdu: Apdu, plain: Plain | None) -> Steps[None]:
        """Check the meter's answer to our challenge. Raises one of our errors unless the meter proved its key."""
        answer = self._passes.returned(apdu)
        if self.proof is None:
            raise RemoteProtocolError("the meter answers a challenge that was not sent")
        last = self.channel.last_accepted() if self.channel is not None else None
        yield from self.proof.check(answer, plain.previous if plain is not None else last)

    def rlrq(self) -> bytes:
        """The release; some meters want the ciphered InitiateRequest again."""
        again = self.sealed and self._settings.release_initiate
        return Rlrq(reason=0, user_information=self._initiate() if again else None).to_bytes()

    def seal(self, octets: bytes) -> Steps[bytes]:
        """An APDU as this association sends it."""
        return (yield from self._channel().sealing(octets, self._form)) if self.sealed else octets

    @property
    def _form(self) -> Form:
        dedicated = self._keys is not None and self._keys.dedicated_key is not None
        return Form(dedicated=dedicated, general=self._settings.general, key=self._settings.general_ciphering)

    @property
    def _passes(self) -> Passes:
        settings = self._settings
        if settings.context in SHORT_NAMES:
            return ShortPasses()
        return LogicalPasses(MethodDescriptor(settings.hls_class_id, settings.hls_object, settings.hls_method))

    def _initiate(self) -> bytes:
        dedicated = self._keys.dedicated_key if self._keys is not None and self.sealed else None
        request = association.initiate_request(self._settings, dedicated).to_bytes()
        return self._channel().seal(request, general=False) if self.sealed else request

    def _channel(self) -> Channel:
        if self.channel is None:
            raise LocalProtocolError("this association has no keys yet")
        return self.channel

    def _peer_title(self, aare: Aare) -> bytes:
        known, found = self._settings.peer_system_title, aare.responding_ap_title
        if known and found and known != found:
            raise AuthenticationError(f"wanted meter {known.hex()}, {found.hex()} answered")
        title = found or known
        if not title:
            raise AuthenticationError("the AARE has no responding-AP-title, which this association needs")
        hls.check_peer(self._settings.system_title, title)
        return title

    def _user_information(self, aare: Aare) -> Apdu | None:
        if aare.user_information is None:
            return None
        inner = decode(aare.user_information, limits=self._limits)
        if isinstance(inner, CIPHERED):
            if not self.sealed:
                raise RemoteProtocolError(f"the AARE of a plain context holds {inner.NAME}")
            return decode(self._channel().open(inner).octets, limits=self._limits)
        if self.sealed and not isinstance(inner, ConfirmedServiceError):
            raise PolicyError(f"the AARE of a ciphered context holds {inner.NAME} in clear")
        return inner


def _in_clear(user_information: bytes | None, limits: Limits) -> Apdu | None:
    """User-information of a refusal, where it can be read: it only adds words."""
    try:
        return None if user_information is None else decode(user_information, limits=limits)
    except DecodeError:
        return None
