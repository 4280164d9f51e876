"""What a pump says when a dialogue asks for keys, counters, signatures or shared secrets."""

from __future__ import annotations

from typing import Any

from dlmskit.exceptions import AuthenticationError, KeyUnavailable
from dlmskit.security.credentials import Credentials
from dlmskit.security.keys import KeyPurpose
from dlmskit.security.needs import (
    AgreeNeed,
    CounterHint,
    CounterNeed,
    CounterProvided,
    CounterSighting,
    KeysNeed,
    KeysProvided,
    SecretProvided,
    SignatureProvided,
    SignNeed,
    VerificationProvided,
    VerifyNeed,
)
from dlmskit.store.counters import Counters
from dlmskit.store.keys import KeyStore

Answer = KeysProvided | CounterProvided | SignatureProvided | VerificationProvided | SecretProvided


def answer(event: Any, keys: KeyStore, counters: Counters) -> Answer | None:
    """What to `provide` for `event`, None for an event that asks nothing; a seen counter is kept on the way.

    Signatures and secrets take up to milliseconds, in a hardware module more: an event loop calls this in a thread.
    Raises `SecurityError` where the counters cannot be kept or a hardware module fails: nothing may be sent then.
    """
    if isinstance(event, KeysNeed):
        return _keys(event, keys, counters)
    if isinstance(event, CounterNeed):
        reserved = counters.reserve(event.key_id, event.system_title, event.count)
        return CounterProvided(None) if reserved is None else CounterProvided(*reserved)
    if isinstance(event, CounterHint):
        counters.raise_to(event.key_id, event.system_title, event.invocation_counter)
    if isinstance(event, CounterSighting):
        counters.saw(event.key_id, event.system_title, event.invocation_counter)
    if isinstance(event, SignNeed):
        return SignatureProvided(_signature(event, keys))
    if isinstance(event, VerifyNeed):
        return VerificationProvided(_verification(event, keys))
    if isinstance(event, AgreeNeed):
        return SecretProvided(_secret(event, keys))
    return None


def _keys(need: KeysNeed, keys: KeyStore, counters: Counters) -> KeysProvided:
    found = keys.keys(need.system_title, need.purpose)
    if found is None:
        return KeysProvided(None)
    last: dict[tuple[str, bytes], int] = {}
    for purpose in (KeyPurpose.GUEK, KeyPurpose.GBEK):
        if getattr(found, purpose.value) is not None:
            last.update(counters.last_seen(found.key_id(purpose)))
    return KeysProvided(found, last)


def _signature(need: SignNeed, keys: KeyStore) -> bytes | None:
    pairs = keys.credentials(need.system_title, need.suite)
    return None if pairs is None or pairs.signing is None else pairs.signing.sign(need.message)


def _verification(need: VerifyNeed, keys: KeyStore) -> bool | None:
    pairs = keys.credentials(need.system_title, need.suite)
    if pairs is None or pairs.peer_signing is None:
        return None
    try:
        pairs.peer_signing.verify(need.message, need.signature)
    except AuthenticationError:
        return False
    return True


def _secret(need: AgreeNeed, keys: KeyStore) -> bytes | None:
    pairs = keys.credentials(need.system_title, need.suite) or Credentials(need.suite)
    try:
        own = need.own if need.own is not None else pairs.agreer()
        peer = need.peer if need.peer is not None else pairs.peer_agreer()
    except KeyUnavailable:
        return None
    return own.agree(peer)
