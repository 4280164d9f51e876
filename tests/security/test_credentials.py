"""Key pairs towards one peer: of one suite, in memory or in hardware, never shown."""

from __future__ import annotations

import copy
import pickle

import pytest

from dlmskit.exceptions import KeyUnavailable, SecurityError
from dlmskit.security.credentials import Credentials
from security.test_key_pair import key


def test_keys_of_another_suite_are_refused_by_name() -> None:
    Credentials(2, signing=key(2), agreement=key(2), peer_signing=key(2).public, peer_agreement=key(2).public)
    for name, wrong in (
        ("signing", key(2)),
        ("agreement", key(2)),
        ("peer_signing", key(2).public),
        ("peer_agreement", key(2).public),
    ):
        with pytest.raises(SecurityError, match=f"^{name} is a key of suite 2, wanted suite 1"):
            Credentials(1, **{name: wrong})  # type: ignore[arg-type]


def test_a_missing_key_is_named() -> None:
    empty = Credentials(1)
    for ask, words in (
        (empty.signer, "signing key of our own"),
        (empty.agreer, "key agreement key of our own"),
        (empty.peer_signer, "public signing key of the peer"),
        (empty.peer_agreer, "public key agreement key of the peer"),
    ):
        with pytest.raises(KeyUnavailable, match=words):
            ask()


def test_they_are_immutable_masked_and_never_serialised() -> None:
    own = Credentials(1, signing=key(1), peer_signing=key(1).public)
    assert repr(own) == "Credentials(suite=1, signing=***, peer_signing)"
    assert repr(Credentials(2)) == "Credentials(suite=2, empty)"
    with pytest.raises(AttributeError):
        own.signing = None
    for serialise in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError):
            serialise(own)
