"""No secret is ever shown: not by an object, an event, an error or a message in clear."""

from __future__ import annotations

from typing import Any

import pytest

from dlmskit.apdu import decode
from dlmskit.exceptions import DlmskitError
from dlmskit.security.keys import KeySet
from dlmskit.security.needs import KeysProvided
from dlmskit.session.operations import Get
from dlmskit.store.keys import MemoryKeyStore

from .pair import KEYS, KINDS, PASSWORD, REGISTER, Pair

SECRETS = [key for key in (KEYS.guek, KEYS.gak, PASSWORD) if key is not None]


def shown(thing: Any) -> str:
    return f"{thing!r} {thing!s} {thing}"


def check(*things: Any) -> None:
    for thing in things:
        text = shown(thing)
        for secret in SECRETS:
            for form in (secret.hex(), secret.hex(" "), repr(secret)[2:-1], str(list(secret))):
                assert form.lower() not in text.lower()


def parts(session: Any) -> list[Any]:
    """A session and everything it holds, two levels deep."""
    found = [session]
    for _ in range(2):
        found += [value for thing in found for value in getattr(thing, "__dict__", {}).values() if value not in found]
    return found


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_nothing_shows_a_secret(kind: str) -> None:
    pair = Pair(kind)
    pair.open()
    pair.ask(Get(3, REGISTER, 2))
    check(*pair.events, *pair.server_events, pair.settings, KEYS, KeysProvided(KEYS), pair.client_store)
    check(*[value for value in parts(pair.client) if not isinstance(value, bytes)])
    check(pair.server, pair.client_counters.__dict__, pair.client._handshake.channel)
    dedicated = pair.client._handshake.channel.keys.dedicated_key if pair.client._handshake.channel else None
    if dedicated is not None:
        SECRETS.append(dedicated)
        check(*pair.events, *pair.server_events, pair.client._handshake.channel, pair.server._channel)
        SECRETS.pop()
    check(*[decode(message) for message in pair.sent + pair.received])


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("keys", [None, KeySet(), KeySet(bytes(16)), KeySet(bytes(16), bytes(16), password=b"x")])
def test_no_error_shows_a_secret(kind: str, keys: KeySet | None) -> None:
    if kind == "none":
        return
    pair = Pair(kind)
    pair.client_store = MemoryKeyStore(keys)
    with pytest.raises(DlmskitError) as error:
        pair.open()
    check(error.value, *pair.events, *pair.server_events)


@pytest.mark.parametrize("kind", [kind for kind in sorted(KINDS) if kind != "low"])
def test_only_the_password_of_lls_ever_travels(kind: str) -> None:
    pair = Pair(kind)
    pair.open()
    pair.ask(Get(3, REGISTER, 2))
    pair.close()
    for message in pair.sent + pair.received:
        for secret in SECRETS:
            assert secret not in message
