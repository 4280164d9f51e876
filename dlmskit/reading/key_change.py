"""New keys for a meter (class 64): sent wrapped or agreed on, proven by a new association, and only then taken over.

::

    open under the present keys -> key_transfer or key_agreement -> close
    open under the new keys     -> it answers: they are the meter's
                                -> it refuses: open under the present keys -> it answers: nothing was changed

Whether a meter has taken new keys shows only when they are used; the answer to the request may be lost. So both sets
are kept until the meter has answered under one of them.

Source: Blue Book, Security setup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from dlmskit.codec.data import Data
from dlmskit.codec.data import enum as enum_data
from dlmskit.exceptions import AssociationError, DecodeError, SecurityError, TransportError
from dlmskit.obis import Obis
from dlmskit.security.agreement import Offer, Scheme, agreed_key, signed_octets
from dlmskit.security.credentials import Credentials
from dlmskit.security.kdf import KeyUse
from dlmskit.security.key_pair import PrivateKey
from dlmskit.security.key_transfer import GlobalKeyId, agreement, read_agreement, transfer
from dlmskit.security.keys import KeySet
from dlmskit.session.operations import Action, Get
from dlmskit.stack.dialogue import Procedure

SECURITY_SETUP = 64
CURRENT_SETUP = Obis(0, 0, 43, 0, 0, 255)
_POLICY = 2
_ACTIVATE, _TRANSFER, _AGREE = 1, 2, 3
T = TypeVar("T")


class Follower(Protocol):
    """An open client, as far as it is needed here."""

    def follow(self, procedure: Procedure[Any]) -> Any:
        """Run a procedure; its result."""


Opener = Callable[[KeySet], AbstractContextManager[Follower]]
"""Opens an association under these keys and closes it again."""


def change(opener: Opener, present: KeySet, new: Mapping[GlobalKeyId, bytes], *, obis: Obis = CURRENT_SETUP) -> KeySet:
    """Send `new` keys wrapped under the present master key; gives the keys that the meter answers to after that.

    They are `present` where the line broke before the meter got them. Raises `ActionError` where it refuses them, and
    what opening raises where it answers to neither set: both must be kept then.
    """
    changed = present.replaced(**{key_id.field: key for key_id, key in new.items()})
    try:
        with opener(present) as client:
            client.follow(transfer_keys(new, master_key=present.wrapping(), obis=obis))
    except TransportError:
        pass  # whether they arrived, the meter shows below
    return proven(opener, changed, present, obis=obis)


def proven(opener: Opener, *candidates: KeySet, obis: Obis = CURRENT_SETUP) -> KeySet:
    """The first of these sets that the meter answers to. Raises what opening raises under the last one."""
    for keys in candidates[:-1]:
        try:
            return _prove(opener, keys, obis)
        except (AssociationError, SecurityError):
            continue
    return _prove(opener, candidates[-1], obis)


def transfer_keys(
    new: Mapping[GlobalKeyId, bytes], *, master_key: bytes, obis: Obis = CURRENT_SETUP
) -> Procedure[None]:
    """Send new keys wrapped under the master key. Raises `ActionError` where the meter refuses, `SecurityError`."""
    yield Action(SECURITY_SETUP, obis, _TRANSFER, transfer(new, master_key=master_key))


def agree_keys(
    key_ids: Iterable[GlobalKeyId],
    credentials: Credentials,
    *,
    own_title: bytes,
    peer_title: bytes,
    random: Callable[[int], bytes],
    obis: Obis = CURRENT_SETUP,
) -> Procedure[dict[GlobalKeyId, bytes]]:
    """Agree on new keys (ephemeral unified model) with a meter of suite 1 or 2; the keys.

    Raises `ActionError` where it refuses, `AuthenticationError` where its part is not signed by it, `KeyUnavailable`,
    `SecurityError`, and `DecodeError` for an answer that is none.
    """
    suite = credentials.suite
    own = {key_id: PrivateKey.generate(suite, random) for key_id in key_ids}
    signer = credentials.signer()
    offers = {key_id: Offer(key.public, signer.sign(signed_octets(key.public, key_id))) for key_id, key in own.items()}
    answer = yield Action(SECURITY_SETUP, obis, _AGREE, agreement(offers))
    if not isinstance(answer, Data):
        raise DecodeError("the meter answers to key_agreement without its own part")
    theirs = read_agreement(answer, suite=suite)
    if theirs.keys() != own.keys():
        raise DecodeError("the meter answers to key_agreement for other keys than were asked for")
    for key_id, offer in theirs.items():
        offer.verify(credentials.peer_signer(), key_id)
    return {
        key_id: agreed_key(
            own[key_id].agree(offer.public),
            suite=suite,
            scheme=Scheme.EPHEMERAL_UNIFIED,
            originator=own_title,
            recipient=peer_title,
            use=KeyUse.WRAP if key_id is GlobalKeyId.MASTER_KEY else KeyUse.CIPHER,
        )
        for key_id, offer in theirs.items()
    }


def activate_policy(policy: int, *, obis: Obis = CURRENT_SETUP) -> Procedure[int]:
    """Activate a security policy; what the meter says it is after that. Raises `ActionError` where it refuses."""
    yield Action(SECURITY_SETUP, obis, _ACTIVATE, enum_data(policy))
    return (yield from policy_of(obis=obis))


def policy_of(*, obis: Obis = CURRENT_SETUP) -> Procedure[int]:
    """The security policy in force."""
    found = yield Get(SECURITY_SETUP, obis, _POLICY)
    value = found.value if isinstance(found, Data) else None
    if not isinstance(value, int):
        raise DecodeError(f"security_policy of {obis} is {type(value).__name__}")
    return value


def _prove(opener: Opener, keys: KeySet, obis: Obis) -> KeySet:
    with opener(keys) as client:
        client.follow(policy_of(obis=obis))
    return keys
