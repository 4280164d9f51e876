"""Protection of one association: what leaves is sealed with fresh counters, what comes is opened above a floor."""

from __future__ import annotations

import msgspec

from dlmskit.apdu.ciphered import DED_TAGS, GLO_TAGS, GeneralDedCiphering, GeneralGloCiphering, ServiceCiphered
from dlmskit.apdu.general import GeneralCiphering, IdentifiedKey, KeyId
from dlmskit.exceptions import AuthenticationError, KeyUnavailable, PolicyError, RemoteProtocolError, ReplayError
from dlmskit.security import general_ciphering, hls
from dlmskit.security.counters import ReplayGuard
from dlmskit.security.keys import KeyPurpose, KeySet
from dlmskit.security.profile import DLMS, GeneralProfile
from dlmskit.security.protection import (
    AUTHENTICATED,
    BROADCAST,
    ENCRYPTED,
    HEADER_OCTETS,
    MAX_COUNTER,
    protect,
    unprotect,
)
from dlmskit.security.suite import TAG_OCTETS, TITLE_OCTETS
from dlmskit.session.base import CounterHinted, CounterSeen

Envelope = ServiceCiphered | GeneralGloCiphering | GeneralDedCiphering | GeneralCiphering
_ENVELOPE_HEAD = 6
"""tag, length of a title, and the longest length of content below 16 MiB"""
_CIPHERING_HEAD = 32
"""what the header of general-ciphering has besides: transaction, a second title, date, other information, key"""
_TRANSACTION_OCTETS = 8


class Plain(msgspec.Struct, frozen=True):
    """An opened APDU. `dedicated` and `general` say how it came, `previous` is the last unicast counter before it.

    `transaction_id` is there where it came in general-ciphering.
    """

    octets: bytes
    authenticated: bool
    dedicated: bool
    general: bool
    previous: int | None
    transaction_id: bytes | None = None

    def __repr__(self) -> str:
        return f"Plain({len(self.octets)} octets, authenticated={self.authenticated})"


class Channel:
    """Seals and opens the APDUs of one association.

    `security_control` says how what we send is sealed and is the floor for what is opened. At most two counters are
    used for one APDU (the APDU and an HLS answer inside it); `short` tells when fewer are left.
    """

    def __init__(
        self,
        *,
        keys: KeySet,
        own_title: bytes,
        security_control: int,
        guard: ReplayGuard,
        general: bool = False,
        profile: GeneralProfile = DLMS,
    ) -> None:
        self.keys = keys
        self.own_title = own_title
        self.peer_title = b""
        self.general = general
        self.guard = guard
        self._profile = profile
        self._transactions = 0
        self._policy = security_control & (AUTHENTICATED | ENCRYPTED)
        self._next = 0
        self._end = 0
        self._next_dedicated = 1
        self._seen: dict[tuple[str, bytes], CounterSeen] = {}

    def __repr__(self) -> str:
        return f"Channel(own={self.own_title.hex()}, peer={self.peer_title.hex()})"

    @property
    def stream(self) -> tuple[str, bytes]:
        """The key and title whose counters what we send takes."""
        return self.keys.key_id(KeyPurpose.GUEK), self.own_title

    @property
    def short(self) -> bool:
        """Whether more counters must be reserved before anything is sealed."""
        return self._end - self._next < 2

    def refill(self, first: int, count: int) -> None:
        """Take a fresh reservation; what was left of the last one is skipped."""
        self._next, self._end = first, first + count

    def hinted(self, expected: int, most_ahead: int) -> CounterHinted | None:
        """What follows from the peer's word that it expects this counter: nothing unless it is ahead, and not too far.

        Nobody vouches for the word, and a counter once raised never comes back. What is reserved is given up.
        """
        if not 0 <= expected - self._next <= most_ahead:
            return None
        self._next = self._end = 0
        # some name the counter that they have seen last
        return CounterHinted(self.own_title, min(expected + 1, MAX_COUNTER), self.stream[0])

    def overhead(self, *, ciphering: bool = False) -> int:
        """The most octets that sealing adds to an APDU, in whichever form; general-ciphering only on request."""
        head = _ENVELOPE_HEAD + (_CIPHERING_HEAD if ciphering else 0)
        return head + TITLE_OCTETS + HEADER_OCTETS + TAG_OCTETS

    def new_transaction(self) -> bytes:
        """A transaction-id for a general-ciphering of our own."""
        self._transactions += 1
        return self._transactions.to_bytes(_TRANSACTION_OCTETS, "big")

    def seal_general(self, plain: bytes, transaction_id: bytes) -> bytes:
        """One APDU in general-ciphering under the global unicast encryption key. Raises `SecurityError`."""
        key = IdentifiedKey(KeyId.GLOBAL_UNICAST_ENCRYPTION_KEY)
        header = GeneralCiphering(transaction_id, self.own_title, self.peer_title, None, b"", key, b"")
        return general_ciphering.seal(
            header,
            plain,
            key=self.keys.encryption(KeyPurpose.GUEK),
            gak=self.keys.gak,
            invocation_counter=self._take(),
            security_control=self._policy | self.keys.suite,
            profile=self._profile,
        ).to_bytes()

    def seal(self, plain: bytes, *, dedicated: bool = False, general: bool | None = None) -> bytes:
        """The ciphered form of one APDU, under the dedicated key on request. Raises `SecurityError`."""
        tag = (DED_TAGS if dedicated else GLO_TAGS).get(plain[0])
        content = protect(
            plain,
            keys=self.keys,
            system_title=self.own_title,
            invocation_counter=self._take_dedicated() if dedicated else self._take(),
            security_control=self._policy | self.keys.suite,
            dedicated=dedicated,
        )
        if tag is not None and not (self.general if general is None else general):
            return ServiceCiphered(tag, content).to_bytes()
        form = GeneralDedCiphering if dedicated else GeneralGloCiphering
        return form(self.own_title, content).to_bytes()

    def open(self, envelope: Envelope) -> Plain:
        """Verify, then open. The counter is accepted only after the tag was verified.

        Raises `AuthenticationError`, `PolicyError`, `ReplayError`, `KeyUnavailable`, `RemoteProtocolError` or
        `DecodeError`; nothing has changed then.
        """
        if isinstance(envelope, GeneralCiphering):
            return self._open_ciphering(envelope)
        general = not isinstance(envelope, ServiceCiphered)
        if not isinstance(envelope, ServiceCiphered):
            self._check_title(envelope.system_title)
        dedicated = isinstance(envelope, GeneralDedCiphering) or (
            isinstance(envelope, ServiceCiphered) and envelope.dedicated
        )
        self._check_floor(envelope.content)
        opened = unprotect(
            envelope.content,
            keys=self.keys,
            system_title=self.peer_title,
            dedicated=dedicated,
            allow_unauthenticated=not self._policy & AUTHENTICATED,
        )
        if isinstance(envelope, ServiceCiphered):
            tags = DED_TAGS if dedicated else GLO_TAGS
            if not opened.plain or tags.get(opened.plain[0]) != envelope.tag:
                raise RemoteProtocolError(f"{envelope.NAME} holds another APDU than its tag says")
        key_id = self.keys.key_id(opened.purpose)
        self.guard.check(key_id, self.peer_title, opened.invocation_counter)
        previous = self.last_accepted()
        if opened.authenticated:
            self._accept(opened.purpose, opened.invocation_counter)
        return Plain(opened.plain, opened.authenticated, dedicated, general, previous)

    def _open_ciphering(self, envelope: GeneralCiphering) -> Plain:
        self._check_title(envelope.originator_system_title)
        if envelope.recipient_system_title not in (b"", self.own_title):
            raise AuthenticationError(f"APDU for system {envelope.recipient_system_title.hex()}, not for us")
        if envelope.key_info not in (None, IdentifiedKey(KeyId.GLOBAL_UNICAST_ENCRYPTION_KEY)):
            # a key of the message's own has no counters that could tell a replay
            raise PolicyError("inside an association general-ciphering takes the global unicast encryption key")
        self._check_floor(envelope.content)
        control = envelope.content[0] if envelope.content else 0
        if control & 0x0F != self.keys.suite:
            raise PolicyError(f"security control 0x{control:02X} names another suite than ours")
        opened = general_ciphering.open_message(
            envelope, key=self.keys.encryption(KeyPurpose.GUEK), gak=self.keys.gak, profile=self._profile
        )
        self.guard.check(self.keys.key_id(KeyPurpose.GUEK), self.peer_title, opened.invocation_counter)
        previous = self.last_accepted()
        self._accept(KeyPurpose.GUEK, opened.invocation_counter)
        return Plain(opened.plain, True, False, True, previous, envelope.transaction_id)

    def answer_challenge(self, challenge: bytes) -> bytes:
        """f(challenge) under our title with a fresh counter."""
        counter = self._take()
        return hls.gmac_answer(challenge, keys=self.keys, system_title=self.own_title, invocation_counter=counter)

    def verify_answer(self, answer: bytes, challenge: bytes, previous: int | None) -> None:
        """Check the peer's f(challenge).

        Its counter must be above `previous`, the last one before the APDU that carried it: a sealed answer has the
        counter of its envelope around it. Raises `AuthenticationError`, `PolicyError` or `ReplayError`.
        """
        counter = hls.gmac_verify(answer, challenge, keys=self.keys, system_title=self.peer_title)
        if previous is not None and counter <= previous:
            raise ReplayError(f"answer to a challenge: invocation counter {counter} is not above {previous}")
        self._accept(KeyPurpose.GUEK, counter)

    def last_accepted(self) -> int | None:
        """The last counter of the peer under the unicast key."""
        return self.guard.last(self.keys.key_id(KeyPurpose.GUEK), self.peer_title)

    def sightings(self) -> list[CounterSeen]:
        """Counters accepted since the last call, one a key, for whoever keeps them."""
        seen, self._seen = list(self._seen.values()), {}
        return seen

    def _accept(self, purpose: KeyPurpose, counter: int) -> None:
        key_id = self.keys.key_id(purpose)
        self.guard.accept(key_id, self.peer_title, counter)
        if purpose is KeyPurpose.DEDICATED:
            return  # it dies with the association
        last = self.guard.last(key_id, self.peer_title)
        if last is not None:
            self._seen[key_id, self.peer_title] = CounterSeen(purpose.value, self.peer_title, last, key_id)

    def _check_title(self, title: bytes) -> None:
        if not title:
            raise AuthenticationError("a general ciphered APDU came without a system title")
        if title != self.peer_title:
            raise AuthenticationError(f"APDU of system {title.hex()}, wanted {self.peer_title.hex()}")

    def _check_floor(self, content: bytes) -> None:
        control = content[0] if content else 0
        if control & self._policy != self._policy:
            wanted = self._policy | self.keys.suite
            raise PolicyError(f"security control 0x{control:02X} is weaker than 0x{wanted:02X}")
        if control & BROADCAST:
            raise PolicyError(f"security control 0x{control:02X} names the broadcast key inside an association")

    def _take(self) -> int:
        if self._next >= self._end:
            raise KeyUnavailable("no invocation counter is reserved")
        self._next += 1
        return self._next - 1

    def _take_dedicated(self) -> int:
        self._next_dedicated += 1
        return self._next_dedicated - 1
