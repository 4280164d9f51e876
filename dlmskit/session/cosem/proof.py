"""How one side of an association proves itself to the other in HLS, whatever the mechanism and whichever the side."""

from __future__ import annotations

from dlmskit.enums import Mechanism
from dlmskit.exceptions import KeyUnavailable, SecurityError
from dlmskit.security import hls
from dlmskit.security.hls import Challenges, HighAlgorithm
from dlmskit.security.keys import KeySet
from dlmskit.session.cosem.channel import Channel
from dlmskit.session.cosem.general_messages import genuine, signature_over
from dlmskit.session.cosem.questions import Steps


def own_challenge_octets(mechanism: Mechanism, wished: int) -> int:
    """How long our challenge is; mechanism 7 wants a longer one than the others."""
    return max(wished, hls.ECDSA_CHALLENGE_OCTETS.start) if mechanism is Mechanism.HIGH_ECDSA else wished


class Proof:
    """Makes our answer to the peer's challenge and judges the peer's answer to ours.

    Signatures are neither made nor verified here: whoever keeps key pairs is asked.
    """

    def __init__(
        self,
        mechanism: Mechanism,
        challenges: Challenges,
        *,
        keys: KeySet | None,
        channel: Channel | None,
        suite: int,
        high: HighAlgorithm = HighAlgorithm.AES_128_ECB,
    ) -> None:
        hls.check_challenges(challenges.sent, challenges.received)
        if mechanism is Mechanism.HIGH:
            hls.check_blocks(challenges.sent, challenges.received)
        self._mechanism = mechanism
        self._challenges = challenges
        self._keys = keys
        self._channel = channel
        self._suite = suite
        self._high = high

    @property
    def quirks(self) -> tuple[str, ...]:
        """Deviations of the peer that were let pass."""
        short = self._signs and len(self._challenges.received) not in hls.ECDSA_CHALLENGE_OCTETS
        return ("hls-short-challenge",) if short else ()

    def answer(self) -> Steps[bytes]:
        """f(the peer's challenge). Raises `SecurityError`, `KeyUnavailable` where there is no signature."""
        if self._signs:
            peer = self._challenges.peer_title or None
            return (yield from signature_over(self._challenges.signed_octets(), peer, self._suite))
        if self._mechanism is Mechanism.HIGH_GMAC:
            return self._sealed().answer_challenge(self._challenges.received)
        return hls.secret_answer(self._mechanism, self._challenges, self._secret(), high=self._high)

    def check(self, answer: bytes, previous: int | None) -> Steps[None]:
        """Judge the peer's answer; `previous` is its last counter before. Raises `SecurityError` unless it is right."""
        if self._signs:
            message = self._challenges.seen_by_peer().signed_octets()
            yield from genuine(message, answer, self._challenges.peer_title or None, self._suite)
            return
        if self._mechanism is Mechanism.HIGH_GMAC:
            self._sealed().verify_answer(answer, self._challenges.sent, previous)
            return
        hls.secret_verify(self._mechanism, answer, self._challenges, self._secret(), high=self._high)

    @property
    def _signs(self) -> bool:
        return self._mechanism is Mechanism.HIGH_ECDSA

    def _secret(self) -> bytes:
        if self._keys is None:
            raise KeyUnavailable("no secret is known")
        return self._keys.secret()

    def _sealed(self) -> Channel:
        if self._channel is None:
            raise SecurityError("this association has no keys")
        return self._channel
