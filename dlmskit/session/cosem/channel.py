"""Protection of one association: what leaves is sealed with fresh counters, what comes is opened above a floor."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from dlmskit.apdu import decode
from dlmskit.apdu.ciphered import DED_TAGS, GLO_TAGS, GeneralDedCiphering, GeneralGloCiphering, ServiceCiphered
from dlmskit.apdu.general import GeneralCiphering, GeneralSigning
from dlmskit.exceptions import AuthenticationError, KeyUnavailable, PolicyError, RemoteProtocolError, ReplayError
from dlmskit.limits import DEFAULT_LIMITS, Limits
from dlmskit.security import hls
from dlmskit.security.counters import ReplayGuard
from dlmskit.security.general_ciphering import MessageKey
from dlmskit.security.keys import KeyPurpose, KeySet
from dlmskit.security.policy import UNPROTECTED, Protection
from dlmskit.security.profile import DLMS, GeneralProfile
from dlmskit.security.protection import BROADCAST, HEADER_OCTETS, MAX_COUNTER, protect, unprotect
from dlmskit.security.suite import TAG_OCTETS, TITLE_OCTETS
from dlmskit.session.base import CounterHinted, CounterNeeded, CounterSeen
from dlmskit.session.cosem import general_messages
from dlmskit.session.cosem.general_messages import Line, Parties
from dlmskit.session.cosem.questions import Steps, unasked

Ciphered = ServiceCiphered | GeneralGloCiphering | GeneralDedCiphering | GeneralCiphering
Envelope = Ciphered | GeneralSigning
CIPHERED = (ServiceCiphered, GeneralGloCiphering, GeneralDedCiphering, GeneralCiphering)
ENVELOPES = (*CIPHERED, GeneralSigning)
_ENVELOPE_HEAD = 6
"""tag, length of a title, and the longest length of content below 16 MiB"""
_GENERAL_HEAD = 24
"""what the header of general-ciphering and general-signing has besides the transaction-id: titles, date, key"""


class Form(msgspec.Struct, frozen=True):
    """In which form a message is protected; an answer has that of its request.

    `general` is general-glo or general-ded-ciphering, `key` general-ciphering under that kind of key, `signed`
    general-signing around it all.
    """

    dedicated: bool = False
    general: bool = False
    key: MessageKey | None = None
    transaction_id: bytes | None = None
    signed: bool = False
    signing_id: bytes | None = None
    """the transaction-id of the signature"""


UNSIGNED = Form()


class Plain(msgspec.Struct, frozen=True):
    """An opened APDU: what it was protected by and in which form; `previous` is the last unicast counter before it."""

    octets: bytes
    protection: Protection
    form: Form
    previous: int | None

    def __repr__(self) -> str:
        return f"Plain({len(self.octets)} octets, {self.protection.words})"

    @property
    def authenticated(self) -> bool:
        """Whether a tag or a signature was verified."""
        return bool(self.protection & (Protection.AUTHENTICATED | Protection.SIGNED))


class Channel:
    """Seals and opens the APDUs of one association.

    `security_control` says how what we send is sealed and is the floor for what is opened; `sends` and `floor` add to
    the one and to the other, and `key` names the only kind of key that what comes in may be under. A signature and the
    kind of key are asked of service APDUs, not of what opens an association. At most two counters are used for one
    APDU (the APDU and an HLS answer inside it); `short` tells when fewer are left.
    """

    def __init__(
        self,
        *,
        keys: KeySet,
        own_title: bytes,
        security_control: int,
        guard: ReplayGuard,
        sends: Protection = UNPROTECTED,
        floor: Protection = UNPROTECTED,
        key: MessageKey | None = None,
        general: bool = False,
        profile: GeneralProfile = DLMS,
        random: Callable[[int], bytes] | None = None,
        counter_block: int = 16,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self.keys = keys
        self.own_title = own_title
        self.peer_title = b""
        self.general = general
        self.guard = guard
        self._sends = Protection.of_control(security_control) | sends
        self._floor = Protection.of_control(security_control) | floor
        self._key = key
        self._profile = profile
        self._random = random
        self._limits = limits
        self._block = max(counter_block, 2)
        self._reserved: dict[str, tuple[int, int]] = {}
        self._next_dedicated = 1
        self._dedicated = ReplayGuard()
        """of the dedicated key, which ends with the association"""
        self._seen: dict[tuple[str, bytes], CounterSeen] = {}

    def __repr__(self) -> str:
        return f"Channel(own={self.own_title.hex()}, peer={self.peer_title.hex()})"

    # -- counters of ours ---------------------------------------------------------------------------------------------

    @property
    def stream(self) -> tuple[str, bytes]:
        """The key and title whose counters what we send takes."""
        return self.keys.key_id(KeyPurpose.GUEK), self.own_title

    @property
    def short(self) -> bool:
        """Whether more counters must be reserved before anything is sealed."""
        following, end = self._reserved.get(self.stream[0], (0, 0))
        return end - following < 2

    def refill(self, first: int, count: int, key_id: str | None = None) -> None:
        """Take a fresh reservation; what was left of the last one is skipped."""
        self._reserved[self.stream[0] if key_id is None else key_id] = first, first + count

    def reserve(self, line: Line | None = None) -> Steps[None]:
        """Ask for counters of a line, the unicast key's by default. Raises `KeyUnavailable` where none are left."""
        purpose, key_id = KeyPurpose.GUEK.value if line is None else line.purpose, self._id(line)
        answer = yield CounterNeeded(purpose, self._block, self.own_title, key_id)
        if answer.first is None or answer.count < 2:
            raise KeyUnavailable("no invocation counter is left for this key: it must be changed")
        self.refill(answer.first, answer.count, key_id)

    def hinted(self, expected: int, most_ahead: int) -> CounterHinted | None:
        """What follows from the peer's word that it expects this counter: nothing unless it is ahead, and not too far.

        What is reserved is given up.
        """
        key_id = self.stream[0]
        following, _ = self._reserved.get(key_id, (0, 0))
        if not 0 <= expected - following <= most_ahead:
            return None
        self._reserved[key_id] = 0, 0
        # some name the counter that they have seen last
        return CounterHinted(self.own_title, min(expected + 1, MAX_COUNTER), key_id)

    def _id(self, line: Line | None) -> str:
        return self.stream[0] if line is None else line.key_id

    def _take(self, line: Line | None = None) -> int:
        following, end = self._reserved.get(self._id(line), (0, 0))
        if following >= end:
            raise KeyUnavailable("no invocation counter is reserved")
        self._reserved[self._id(line)] = following + 1, end
        return following

    def _count(self, line: Line) -> Steps[int]:
        following, end = self._reserved.get(line.key_id, (0, 0))
        if following >= end:
            yield from self.reserve(line)
        return self._take(line)

    def _take_dedicated(self) -> int:
        self._next_dedicated += 1
        return self._next_dedicated - 1

    # -- what we send -------------------------------------------------------------------------------------------------

    def overhead(self, form: Form = UNSIGNED) -> int:
        """The most octets that sealing in a form adds to an APDU."""
        suite, most = self.keys.suite, _ENVELOPE_HEAD + TITLE_OCTETS + HEADER_OCTETS + TAG_OCTETS
        if form.key is not None:
            most += _general_head(form.transaction_id)
        if form.key is MessageKey.WRAPPED:
            most += suite.key_octets + 8
        elif form.key is MessageKey.ONE_PASS:
            most += 2 * suite.curve.pair_octets
        if self._signs(form):
            most += _general_head(form.signing_id) + suite.curve.pair_octets
        return most

    def seal(
        self,
        plain: bytes,
        *,
        dedicated: bool = False,
        general: bool | None = None,
        owed: Protection = UNPROTECTED,
    ) -> bytes:
        """The ciphered form of one APDU, under the dedicated key on request. Raises `SecurityError`."""
        tag = (DED_TAGS if dedicated else GLO_TAGS).get(plain[0])
        content = protect(
            plain,
            keys=self.keys,
            system_title=self.own_title,
            invocation_counter=self._take_dedicated() if dedicated else self._take(),
            security_control=self._control(owed),
            dedicated=dedicated,
        )
        if tag is not None and not (self.general if general is None else general):
            return ServiceCiphered(tag, content).to_bytes()
        form = GeneralDedCiphering if dedicated else GeneralGloCiphering
        return form(self.own_title, content).to_bytes()

    def sealing(self, plain: bytes, form: Form, owed: Protection = UNPROTECTED) -> Steps[bytes]:
        """One APDU in a form, signed where the form or the policy says so; `owed` is protection that it wants besides.

        Raises `SecurityError`, `KeyUnavailable` and `PolicyError`.
        """
        sealed, signs = plain, self._signs(form) or Protection.SIGNED in owed
        if form.key is not None:
            if self._random is None:
                raise KeyUnavailable("a key of a message's own needs randomness")
            sealed = yield from general_messages.seal(
                plain,
                form.key,
                self._parties,
                security_control=self._control(owed),
                transaction_id=form.transaction_id,
                count=self._count,
                random=self._random,
            )
        elif (self._sends | owed) & ~Protection.SIGNED or not signs:
            sealed = self.seal(plain, dedicated=form.dedicated, general=form.general, owed=owed)
        if not signs:
            return sealed
        return (
            yield from general_messages.sign(sealed, self._parties, transaction_id=form.signing_id, count=self._count)
        )

    def answer_challenge(self, challenge: bytes) -> bytes:
        """f(challenge) under our title with a fresh counter."""
        counter = self._take()
        return hls.gmac_answer(challenge, keys=self.keys, system_title=self.own_title, invocation_counter=counter)

    def _signs(self, form: Form) -> bool:
        return form.signed or Protection.SIGNED in self._sends

    def _control(self, owed: Protection) -> int:
        return int((self._sends | owed) & ~Protection.SIGNED) | self.keys.suite

    def strengthen(self, *, sends: Protection = UNPROTECTED, floor: Protection = UNPROTECTED) -> None:
        """A policy was raised meanwhile: add to how what we send is sealed, and to what is asked of what comes."""
        self._sends |= sends
        self._floor |= floor

    @property
    def _parties(self) -> Parties:
        return Parties(self.keys, self.own_title, self.peer_title, self._profile, self.guard.learn)

    # -- what comes ---------------------------------------------------------------------------------------------------

    def open(self, envelope: Ciphered) -> Plain:
        """Open what opens an association: verify first; the counter is accepted only after the tag was verified.

        Raises `AuthenticationError`, `PolicyError`, `ReplayError`, `KeyUnavailable`, `RemoteProtocolError` or
        `DecodeError`; nothing has changed then.
        """
        return unasked(self._open(envelope))

    def opening(self, envelope: Envelope) -> Steps[Plain]:
        """Open a service APDU above the whole floor. Raises as `open` does."""
        if isinstance(envelope, GeneralSigning):
            return (yield from self._open_signed(envelope))
        if Protection.SIGNED in self._floor:
            raise PolicyError(f"{envelope.NAME} is not signed, which the security policy wants")
        return (yield from self._open_service(envelope))

    def verify_answer(self, answer: bytes, challenge: bytes, previous: int | None) -> None:
        """Check the peer's f(challenge).

        Its counter must be above `previous`, the last one before the APDU that carried it: a sealed answer has the
        counter of its envelope around it. Raises `AuthenticationError`, `PolicyError` or `ReplayError`.
        """
        counter = hls.gmac_verify(answer, challenge, keys=self.keys, system_title=self.peer_title)
        if previous is not None and counter <= previous:
            raise ReplayError(f"answer to a challenge: invocation counter {counter} is not above {previous}")
        self._accept(Line(KeyPurpose.GUEK.value, self.stream[0]), counter)

    def last_accepted(self) -> int | None:
        """The last counter of the peer under the unicast key."""
        return self.guard.last(self.stream[0], self.peer_title)

    def sightings(self) -> list[CounterSeen]:
        """Counters accepted since the last call, one a key, for whoever keeps them."""
        seen, self._seen = list(self._seen.values()), {}
        return seen

    def _open_signed(self, envelope: GeneralSigning) -> Steps[Plain]:
        line = yield from general_messages.verify(envelope, self._parties)
        carried = decode(envelope.content, limits=self._limits)
        if isinstance(carried, GeneralSigning):
            raise RemoteProtocolError("a signed APDU within another one")
        if isinstance(carried, CIPHERED):
            plain = yield from self._open_service(carried)
        else:
            if self._key is not None:
                raise PolicyError(f"{carried.NAME} is not under a key of its own")
            self._floor.require(Protection.SIGNED, carried.NAME)
            plain = Plain(envelope.content, UNPROTECTED, UNSIGNED, self.last_accepted())
        if Protection.AUTHENTICATED not in plain.protection:
            # without a tag no invocation counter can be believed
            number = general_messages.originator_counter(envelope.transaction_id)
            self.guard.check(line.key_id, self.peer_title, number)
            self._accept(line, number)
        form = msgspec.structs.replace(plain.form, signed=True, signing_id=envelope.transaction_id)
        return msgspec.structs.replace(plain, protection=plain.protection | Protection.SIGNED, form=form)

    def _open_service(self, envelope: Ciphered) -> Steps[Plain]:
        kind = MessageKey.of(envelope.key_info) if isinstance(envelope, GeneralCiphering) else None
        if self._key not in (None, kind):
            raise PolicyError(f"{envelope.NAME} is under another key than {self._key}")
        return (yield from self._open(envelope))

    def _open(self, envelope: Ciphered) -> Steps[Plain]:
        if isinstance(envelope, GeneralCiphering):
            return (yield from self._open_ciphering(envelope))
        general = not isinstance(envelope, ServiceCiphered)
        if not isinstance(envelope, ServiceCiphered):
            self._check_title(envelope.system_title)
        dedicated = isinstance(envelope, GeneralDedCiphering) or (
            isinstance(envelope, ServiceCiphered) and envelope.dedicated
        )
        protection = self._check_floor(envelope.content)
        opened = unprotect(
            envelope.content,
            keys=self.keys,
            system_title=self.peer_title,
            dedicated=dedicated,
            allow_unauthenticated=Protection.AUTHENTICATED not in self._floor,
        )
        if isinstance(envelope, ServiceCiphered):
            tags = DED_TAGS if dedicated else GLO_TAGS
            if not opened.plain or tags.get(opened.plain[0]) != envelope.tag:
                raise RemoteProtocolError(f"{envelope.NAME} holds another APDU than its tag says")
        line = Line(opened.purpose.value, self.keys.key_id(opened.purpose))
        self._guard_of(line).check(line.key_id, self.peer_title, opened.invocation_counter)
        previous = self.last_accepted()
        if opened.authenticated:
            self._accept(line, opened.invocation_counter)
        else:
            protection &= ~Protection.AUTHENTICATED
        return Plain(opened.plain, protection, Form(dedicated=dedicated, general=general), previous)

    def _open_ciphering(self, envelope: GeneralCiphering) -> Steps[Plain]:
        protection = self._check_floor(envelope.content)
        opened = yield from general_messages.open_message(envelope, self._parties)
        self.guard.check(opened.line.key_id, self.peer_title, opened.number)
        previous = self.last_accepted()
        self._accept(opened.line, opened.number)
        form = Form(key=opened.key, transaction_id=envelope.transaction_id)
        return Plain(opened.message.plain, protection, form, previous)

    def _guard_of(self, line: Line) -> ReplayGuard:
        return self._dedicated if line.purpose == KeyPurpose.DEDICATED else self.guard

    def _accept(self, line: Line, counter: int) -> None:
        self._guard_of(line).accept(line.key_id, self.peer_title, counter)
        if line.purpose == KeyPurpose.DEDICATED:
            return
        last = self.guard.last(line.key_id, self.peer_title)
        if last is not None:
            self._seen[line.key_id, self.peer_title] = CounterSeen(line.purpose, self.peer_title, last, line.key_id)

    def _check_title(self, title: bytes) -> None:
        if not title:
            raise AuthenticationError("a general ciphered APDU came without a system title")
        if title != self.peer_title:
            raise AuthenticationError(f"APDU of system {title.hex()}, wanted {self.peer_title.hex()}")

    def _check_floor(self, content: bytes) -> Protection:
        """What the security control octet promises."""
        control = content[0] if content else 0
        floor = self._floor & ~Protection.SIGNED
        if floor & ~Protection.of_control(control):
            wanted = int(floor) | self.keys.suite
            raise PolicyError(f"security control 0x{control:02X} is weaker than 0x{wanted:02X}")
        if control & BROADCAST:
            raise PolicyError(f"security control 0x{control:02X} names the broadcast key inside an association")
        return Protection.of_control(control)


def _general_head(transaction_id: bytes | None) -> int:
    return _GENERAL_HEAD + max(len(transaction_id or b""), general_messages.ORIGINATOR_COUNTER_OCTETS)
