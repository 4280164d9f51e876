"""general-ciphering with every way of naming a key, its header bound to it, and the form of GBCS."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.apdu.general import GeneralCiphering, GeneralSigning, IdentifiedKey, KeyId, KeyInfo
from dlmskit.exceptions import (
    AuthenticationError,
    KeyUnavailable,
    PolicyError,
    SecurityError,
    TruncatedError,
)
from dlmskit.security.agreement import Offer, Scheme, one_pass, scheme_of, signed_octets, static_unified
from dlmskit.security.general_ciphering import message_key, open_message, seal, shared_key, wrapped_key
from dlmskit.security.keys import KeySet
from dlmskit.security.profile import DLMS, GBCS, AadForm, GeneralProfile
from security.test_key_pair import key

CLIENT, METER = b"CLI00001", b"MTR00001"
GET = bytes.fromhex("c0010000080000010000ff0200")
PLAIN_AAD = GeneralProfile(aad=AadForm.PLAIN)
PROFILES = pytest.mark.parametrize("profile", [DLMS, PLAIN_AAD, GBCS])


def key_set(suite: int = 0) -> KeySet:
    size = 32 if suite == 2 else 16
    guek, gak, gbek, master = (bytes([0x10 * n]) * size for n in range(1, 5))
    return KeySet(guek, gak, gbek=gbek, suite=suite, master_key=master)


def message(key_info: KeyInfo | None = None) -> GeneralCiphering:
    return GeneralCiphering(b"\1\2\3", CLIENT, METER, None, b"more", key_info, b"")


def sealed(profile: GeneralProfile = DLMS, control: int = 0x30, key_info: KeyInfo | None = None) -> GeneralCiphering:
    keys = key_set()
    counter = 0 if profile.key_per_message else 7
    empty = message(key_info)
    return seal(
        empty,
        GET,
        key=shared_key(empty, keys),
        gak=keys.gak,
        invocation_counter=counter,
        security_control=control,
        profile=profile,
    )


def opens(apdu: GeneralCiphering, profile: GeneralProfile = DLMS) -> bytes:
    keys = key_set()
    return open_message(apdu, key=shared_key(apdu, keys), gak=keys.gak, profile=profile).plain


@PROFILES
@pytest.mark.parametrize("control", [0x30, 0x10])
def test_what_is_sealed_opens_over_the_wire(profile: GeneralProfile, control: int) -> None:
    apdu = GeneralCiphering.from_bytes(sealed(profile, control).to_bytes())
    assert opens(apdu, profile) == GET
    assert (GET in apdu.content) == (control == 0x10)


@PROFILES
def test_every_flipped_bit_of_the_content_is_refused(profile: GeneralProfile) -> None:
    apdu = sealed(profile)
    for position in range(len(apdu.content) * 8):
        altered = bytearray(apdu.content)
        altered[position // 8] ^= 1 << position % 8
        with pytest.raises(SecurityError):
            opens(msgspec.structs.replace(apdu, content=bytes(altered)), profile)


@PROFILES
def test_every_truncation_is_refused(profile: GeneralProfile) -> None:
    apdu = sealed(profile)
    for length in range(len(apdu.content)):
        with pytest.raises((SecurityError, TruncatedError)):
            opens(msgspec.structs.replace(apdu, content=apdu.content[:length]), profile)


@pytest.mark.parametrize(
    "change",
    [
        {"transaction_id": b"\1\2\4"},
        {"transaction_id": b""},
        {"recipient_system_title": b"MTR00002"},
        {"date_time": bytes(12)},
        {"other_information": b""},
        # the same octets, cut elsewhere
        {"transaction_id": b"\1\2", "other_information": b"\3more"},
    ],
)
def test_the_header_is_authenticated_where_the_profile_says_so(change: dict[str, bytes | None]) -> None:
    for profile in (DLMS, GBCS):
        with pytest.raises(AuthenticationError):
            opens(msgspec.structs.replace(sealed(profile), **change), profile)
    assert opens(msgspec.structs.replace(sealed(PLAIN_AAD), **change), PLAIN_AAD) == GET


def test_another_form_is_never_tried() -> None:
    for made in (DLMS, PLAIN_AAD):
        for read in (DLMS, PLAIN_AAD):
            if made is not read:
                with pytest.raises(AuthenticationError):
                    opens(sealed(made), read)


def test_the_originator_is_in_the_nonce_and_may_be_left_out() -> None:
    with pytest.raises(AuthenticationError):
        opens(msgspec.structs.replace(sealed(PLAIN_AAD), originator_system_title=b"CLI00002"), PLAIN_AAD)
    keys, nameless = key_set(), msgspec.structs.replace(message(), originator_system_title=b"")
    options = {"key": keys.guek, "gak": keys.gak}
    made = seal(nameless, GET, **options, originator=CLIENT, invocation_counter=1, security_control=0x30)
    assert open_message(made, **options, originator=CLIENT).plain == GET
    with pytest.raises(SecurityError, match="8 octets, found 0"):
        open_message(made, **options)
    with pytest.raises(AuthenticationError, match="wanted"):
        open_message(sealed(), **options, originator=METER)


def test_a_profile_is_written_in_labels() -> None:
    assert GeneralProfile.of({}) == DLMS
    assert GeneralProfile.of({"aad": "header-without-key", "arc": "gbcs", "key_per_message": True}) == GBCS
    assert GeneralProfile.of({"aad": "plain"}) == PLAIN_AAD
    for wrong in ({"aad": "none"}, {"arc": 6}, {"signed_lenght": False}):
        with pytest.raises(SecurityError, match="general protection"):
            GeneralProfile.of(wrong)


def test_identified_keys() -> None:
    keys = key_set()
    unicast = message(IdentifiedKey(KeyId.GLOBAL_UNICAST_ENCRYPTION_KEY))
    broadcast = message(IdentifiedKey(KeyId.GLOBAL_BROADCAST_ENCRYPTION_KEY))
    assert shared_key(message(), keys) == shared_key(unicast, keys) == keys.guek
    assert shared_key(broadcast, keys) == keys.gbek
    with pytest.raises(KeyUnavailable, match="gbek"):
        shared_key(broadcast, KeySet(keys.guek))


@pytest.mark.parametrize("suite", [0, 1, 2])
def test_a_wrapped_key_comes_with_its_message(suite: int) -> None:
    keys = key_set(suite)
    fresh = bytes(range(keys.suite.key_octets))
    info = wrapped_key(fresh, keys)
    apdu = GeneralCiphering.from_bytes(
        seal(
            message(info), GET, key=fresh, gak=keys.gak, invocation_counter=0, security_control=0x30 | suite
        ).to_bytes()
    )
    assert shared_key(apdu, keys) == fresh
    assert open_message(apdu, key=shared_key(apdu, keys), gak=keys.gak).plain == GET
    for position in range(len(info.key_ciphered_data) * 8):
        altered = bytearray(info.key_ciphered_data)
        altered[position // 8] ^= 1 << position % 8
        with pytest.raises(AuthenticationError):
            shared_key(message(msgspec.structs.replace(info, key_ciphered_data=bytes(altered))), keys)
    with pytest.raises(PolicyError, match="wrapped key must be"):
        shared_key(message(wrapped_key(bytes(24), keys)), keys)
    with pytest.raises(KeyUnavailable, match="master_key"):
        shared_key(apdu, KeySet(suite=suite))


@pytest.mark.parametrize("suite", [1, 2])
def test_one_pass_from_both_ends(suite: int) -> None:
    keys, client, ephemeral, meter = key_set(suite), key(suite, b"c"), key(suite, b"e"), key(suite, b"m")
    info = one_pass(Offer(ephemeral.public, client.sign(signed_octets(ephemeral.public))))
    made = message_key(message(info), ephemeral.agree(meter.public), suite=suite, scheme=Scheme.ONE_PASS)
    sent = seal(message(info), GET, key=made, gak=keys.gak, invocation_counter=0, security_control=0x30 | suite)
    came = GeneralCiphering.from_bytes(sent.to_bytes())
    assert came.key_info == info
    with pytest.raises(KeyUnavailable, match="agreed"):
        shared_key(came, keys)
    offer = Offer.from_bytes(info.key_ciphered_data, suite)
    offer.verify(client.public)
    secret = meter.agree(offer.public)
    again = message_key(came, secret, suite=suite, scheme=scheme_of(info))
    assert open_message(came, key=again, gak=keys.gak).plain == GET


@pytest.mark.parametrize("suite", [1, 2])
def test_static_unified_has_a_key_a_transaction(suite: int) -> None:
    keys, client, meter = key_set(suite), key(suite, b"c"), key(suite, b"m")
    first = message(static_unified())
    second = msgspec.structs.replace(first, transaction_id=b"\1\2\4")
    secret = client.agree(meter.public)
    one, two = (message_key(apdu, secret, suite=suite, scheme=Scheme.STATIC_UNIFIED) for apdu in (first, second))
    assert one != two
    sent = seal(first, GET, key=one, gak=keys.gak, invocation_counter=0, security_control=0x30 | suite)
    again = message_key(sent, meter.agree(client.public), suite=suite, scheme=Scheme.STATIC_UNIFIED)
    assert open_message(sent, key=again, gak=keys.gak).plain == GET


def test_a_message_of_gbcs_has_an_empty_header_no_gak_and_counter_0() -> None:
    client, meter = key(1, b"c"), key(1, b"m")
    inside = GeneralSigning(b"\1" + bytes(7) + b"\x09", CLIENT, METER, None, b"\0\x62", GET, b"")
    made = message_key(inside, client.agree(meter.public), suite=1, scheme=Scheme.STATIC_UNIFIED, profile=GBCS)
    outside = GeneralCiphering(b"", b"", b"", None, b"", None, b"")
    options = {"key": made, "gak": None, "originator": CLIENT, "profile": GBCS}
    sent = seal(outside, inside.to_bytes(), **options, invocation_counter=0, security_control=0x11)
    assert sent.to_bytes().startswith(
        bytes.fromhex("dd000000000000") + bytes((len(sent.content),)) + b"\x11" + bytes(4)
    )
    assert open_message(sent, **options).plain == inside.to_bytes()
    for counter in (1, 0xFFFF_FFFF):
        with pytest.raises(PolicyError, match="counter 0"):
            seal(outside, GET, **options, invocation_counter=counter, security_control=0x11)
    altered = msgspec.structs.replace(sent, content=sent.content[:4] + b"\1" + sent.content[5:])
    with pytest.raises(PolicyError, match="counter 0, found 1"):
        open_message(altered, **options)


@pytest.mark.parametrize("control", [0x00, 0x20, 0xB0, 0x32, 0x3F])
def test_weak_compressed_or_foreign_protection_is_refused(control: int) -> None:
    keys, apdu = key_set(), sealed()
    with pytest.raises(SecurityError):
        seal(apdu, GET, key=shared_key(apdu, keys), gak=keys.gak, invocation_counter=1, security_control=control)
    with pytest.raises(SecurityError):
        opens(msgspec.structs.replace(apdu, content=bytes((control,)) + apdu.content[1:]))


def test_without_the_authentication_key_nothing_opens() -> None:
    with pytest.raises(KeyUnavailable, match="gak"):
        open_message(sealed(), key=key_set().guek or b"", gak=None)


def test_nothing_shows_the_plain_text() -> None:
    keys, apdu = key_set(), sealed()
    shown = repr(open_message(apdu, key=shared_key(apdu, keys), gak=keys.gak))
    assert "13 octets" in shown
    assert str(GET) not in shown


@given(st.binary(max_size=60), st.sampled_from([DLMS, PLAIN_AAD, GBCS]))
def test_no_content_opens_or_raises_anything_but_our_errors(content: bytes, profile: GeneralProfile) -> None:
    with pytest.raises((SecurityError, TruncatedError)):
        opens(msgspec.structs.replace(message(), content=content), profile)
