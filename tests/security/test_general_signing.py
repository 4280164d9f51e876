"""general-signing: what a signature covers, and that nothing it covers can change."""

from __future__ import annotations

import msgspec
import pytest

from dlmskit.apdu.general import GeneralSigning
from dlmskit.exceptions import AuthenticationError
from dlmskit.security.general_signing import signed_octets, verify, with_signature
from dlmskit.security.profile import DLMS, GBCS, GeneralProfile
from security.test_key_pair import key

APDU = GeneralSigning(b"\1\2", b"CLI00001", b"MTR00001", None, b"more", b"content", b"")
WITHOUT_LENGTH = GeneralProfile(signed_length=False)


def test_the_signed_octets_are_those_behind_the_tag_through_the_content() -> None:
    # an empty signature adds one octet of length
    assert signed_octets(APDU) == APDU.to_bytes()[1:-1]
    assert signed_octets(APDU, GBCS) == signed_octets(APDU, DLMS)
    assert signed_octets(APDU, WITHOUT_LENGTH) == signed_octets(APDU).replace(b"\x07content", b"content")


@pytest.mark.parametrize("suite", [1, 2])
@pytest.mark.parametrize("profile", [DLMS, WITHOUT_LENGTH])
def test_what_is_signed_verifies_over_the_wire(suite: int, profile: GeneralProfile) -> None:
    own = key(suite)
    signed = with_signature(APDU, own.sign(signed_octets(APDU, profile)))
    came = GeneralSigning.from_bytes(signed.to_bytes())
    verify(came, own.public, profile)
    with pytest.raises(AuthenticationError):
        verify(came, own.public, DLMS if profile is WITHOUT_LENGTH else WITHOUT_LENGTH)
    with pytest.raises(AuthenticationError):
        verify(came, key(suite, b"another").public, profile)


@pytest.mark.parametrize(
    "change",
    [
        {"transaction_id": b"\1\3"},
        {"originator_system_title": b"CLI00002"},
        {"recipient_system_title": b"MTR00002"},
        {"date_time": bytes(12)},
        {"other_information": b""},
        {"content": b"contend"},
        {"content": b""},
        {"signature": b""},
        {"signature": bytes(64)},
    ],
)
def test_any_change_is_refused(change: dict[str, bytes]) -> None:
    own = key(1)
    signed = with_signature(APDU, own.sign(signed_octets(APDU)))
    verify(signed, own.public)
    with pytest.raises(AuthenticationError):
        verify(msgspec.structs.replace(signed, **change), own.public)
