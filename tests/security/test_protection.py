"""AES-GCM protection against published examples, and everything that must not open."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.exceptions import (
    AuthenticationError,
    KeyUnavailable,
    PolicyError,
    SecurityError,
    TruncatedError,
)
from dlmskit.security.keys import KeyPurpose, KeySet
from dlmskit.security.protection import Unprotected, opened, protect, sealed, unprotect

KEYS = KeySet(bytes(range(16)), bytes(range(0xD0, 0xE0)))
TITLE = bytes.fromhex("4d4d4d0000bc614e")
COUNTER = 0x01234567
GET = bytes.fromhex("c0010000080000010000ff0200")
# Green Book example, as printed in the tests of jdlms (MIT) and dlms-cosem (MIT): glo-get-request of the clock
PROTECTED = bytes.fromhex("3001234567411312ff935a47566827c467bc7d825c3be4a77c3fcc056b6b")


def test_the_green_book_example_is_reproduced() -> None:
    made = protect(GET, keys=KEYS, system_title=TITLE, invocation_counter=COUNTER, security_control=0x30)
    assert made == PROTECTED
    opened = unprotect(PROTECTED, keys=KEYS, system_title=TITLE)
    assert opened == Unprotected(GET, 0x30, COUNTER, True, KeyPurpose.GUEK)


def test_a_published_example_of_another_tool_is_reproduced() -> None:
    # README of ric-geek's DLMS encrypt-decrypt tool (facts); the tag there is 16 octets long, DLMS takes the first 12
    content = protect(
        bytes.fromhex("c001810001000060010aff0200"),
        keys=KeySet(
            bytes.fromhex("454e4352595054494f4e4b45594b4559"), bytes.fromhex("41555448454e5449434154494f4e4b45")
        ),
        system_title=bytes.fromhex("5249435249435249"),
        invocation_counter=0x80000001,
        security_control=0x30,
    )
    assert content[5:-12] == bytes.fromhex("0de63f2331a09aa85e8830f5f3")
    assert content[-12:] == bytes.fromhex("610d47e1e24b14e8a022aefc")


def test_keys_of_256_bits_are_those_of_nist() -> None:
    # the GCM specification's test case 16, its tag cut to 12 octets as DLMS has it
    given = {
        "key": bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2),
        "iv": bytes.fromhex("cafebabefacedbaddecaf888"),
        "aad": bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
        "security_control": 0x32,
    }
    plain = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    )
    protected = bytes.fromhex(
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853"
    )
    assert sealed(plain, **given) == protected
    assert opened(protected, **given) == plain


def test_every_flipped_bit_is_refused() -> None:
    for position in range(5 * 8, len(PROTECTED) * 8):
        altered = bytearray(PROTECTED)
        altered[position // 8] ^= 1 << position % 8
        with pytest.raises(AuthenticationError):
            unprotect(bytes(altered), keys=KEYS, system_title=TITLE)
    for position in range(5 * 8):
        altered = bytearray(PROTECTED)
        altered[position // 8] ^= 1 << position % 8
        with pytest.raises(SecurityError):
            unprotect(bytes(altered), keys=KEYS, system_title=TITLE)


@pytest.mark.parametrize("length", range(len(PROTECTED)))
def test_every_truncation_is_refused(length: int) -> None:
    with pytest.raises((AuthenticationError, TruncatedError)):
        unprotect(PROTECTED[:length], keys=KEYS, system_title=TITLE)


def test_another_title_or_key_does_not_open() -> None:
    with pytest.raises(AuthenticationError):
        unprotect(PROTECTED, keys=KEYS, system_title=TITLE[:-1] + b"\x00")
    with pytest.raises(AuthenticationError):
        unprotect(PROTECTED, keys=KeySet(bytes(16), KEYS.gak), system_title=TITLE)
    with pytest.raises(AuthenticationError):
        unprotect(PROTECTED, keys=KeySet(KEYS.guek, bytes(16)), system_title=TITLE)
    with pytest.raises(SecurityError, match="8 octets, found 7"):
        unprotect(PROTECTED, keys=KEYS, system_title=TITLE[:-1])


def test_without_the_authentication_key_it_opens_on_request_only() -> None:
    half = KeySet(KEYS.guek)
    with pytest.raises(KeyUnavailable):
        unprotect(PROTECTED, keys=half, system_title=TITLE)
    opened = unprotect(PROTECTED, keys=half, system_title=TITLE, allow_unauthenticated=True)
    assert opened.plain == GET
    assert not opened.authenticated


def test_a_tag_that_can_be_checked_must_be_right_even_where_none_is_asked_for() -> None:
    altered = PROTECTED[:-1] + b"\x00"
    with pytest.raises(AuthenticationError):
        unprotect(altered, keys=KEYS, system_title=TITLE, allow_unauthenticated=True)


def test_encrypted_only_has_no_tag_and_opens_on_request_only() -> None:
    made = protect(GET, keys=KEYS, system_title=TITLE, invocation_counter=COUNTER, security_control=0x20)
    assert made[5:] == PROTECTED[5:-12]
    with pytest.raises(PolicyError):
        unprotect(made, keys=KEYS, system_title=TITLE)
    opened = unprotect(made, keys=KEYS, system_title=TITLE, allow_unauthenticated=True)
    assert (opened.plain, opened.authenticated) == (GET, False)


def test_authenticated_only_travels_in_clear() -> None:
    made = protect(GET, keys=KEYS, system_title=TITLE, invocation_counter=COUNTER, security_control=0x10)
    # the tag printed in the Green Book for this APDU
    assert made == bytes.fromhex("1001234567") + GET + bytes.fromhex("06725d910f9221d263877516")
    assert unprotect(made, keys=KEYS, system_title=TITLE).plain == GET
    with pytest.raises(AuthenticationError):
        unprotect(made[:6] + b"\xff" + made[7:], keys=KEYS, system_title=TITLE)


def test_the_broadcast_bit_takes_the_broadcast_key() -> None:
    keys = KeySet(KEYS.guek, KEYS.gak, gbek=bytes(range(0x40, 0x50)))
    made = protect(GET, keys=keys, system_title=TITLE, invocation_counter=1, security_control=0x70)
    assert unprotect(made, keys=keys, system_title=TITLE).purpose is KeyPurpose.GBEK
    with pytest.raises(KeyUnavailable, match="gbek"):
        unprotect(made, keys=KEYS, system_title=TITLE)


def test_compression_is_refused_by_name() -> None:
    with pytest.raises(PolicyError, match="compression"):
        unprotect(b"\xb0" + PROTECTED[1:], keys=KEYS, system_title=TITLE)


@pytest.mark.parametrize("control", [0x31, 0x32, 0x33, 0x38, 0x3F])
def test_another_suite_is_refused(control: int) -> None:
    with pytest.raises(PolicyError, match="suite"):
        unprotect(bytes((control,)) + PROTECTED[1:], keys=KEYS, system_title=TITLE)


def test_a_used_up_counter_is_refused() -> None:
    with pytest.raises(SecurityError, match="used up"):
        protect(GET, keys=KEYS, system_title=TITLE, invocation_counter=1 << 32, security_control=0x30)


@given(
    plain=st.binary(max_size=300),
    counter=st.integers(0, 0xFFFF_FFFF),
    suite=st.integers(0, 2),
    policy=st.sampled_from([0x00, 0x10, 0x20, 0x30]),
    dedicated=st.booleans(),
)
def test_what_is_protected_opens_again(plain: bytes, counter: int, suite: int, policy: int, dedicated: bool) -> None:
    size = 32 if suite == 2 else 16
    keys = KeySet(bytes([1]) * size, bytes([2]) * size, dedicated_key=bytes([3]) * size, suite=suite)
    made = protect(
        plain,
        keys=keys,
        system_title=TITLE,
        invocation_counter=counter,
        security_control=policy | suite,
        dedicated=dedicated,
    )
    opened = unprotect(made, keys=keys, system_title=TITLE, dedicated=dedicated, allow_unauthenticated=True)
    assert (opened.plain, opened.invocation_counter) == (plain, counter)
    assert opened.authenticated == bool(policy & 0x10)


@given(st.binary(max_size=60))
def test_no_octets_raise_anything_but_our_errors(content: bytes) -> None:
    for allow in (False, True):
        try:
            opened = unprotect(content, keys=KEYS, system_title=TITLE, allow_unauthenticated=allow)
        except (SecurityError, TruncatedError):
            continue
        assert allow
        assert not opened.authenticated


def _by_the_other_interface(content: bytes, suite: int) -> bytes | None:
    """What `Cipher` of the library makes of a content, None where it refuses the tag."""
    control, payload, tag = content[0], content[5:-12], content[-12:]
    encrypted, keys = control & 0x20, SUITES[suite]
    made = Cipher(algorithms.AES(keys.guek or b""), modes.GCM(TITLE + content[1:5], tag, min_tag_length=12)).decryptor()
    made.authenticate_additional_data(content[:1] + (keys.gak or b"") + (b"" if encrypted else payload))
    try:
        plain = made.update(payload if encrypted else b"") + made.finalize()
    except InvalidTag:
        return None
    return plain if encrypted else payload


SUITES = {0: KEYS, 2: KeySet(bytes(range(32)), bytes(range(0xC0, 0xE0)), suite=2)}


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("policy", [0x10, 0x30], ids=["authenticated", "authenticated and encrypted"])
@pytest.mark.parametrize("size", [0, 1, 16, 33])
def test_both_interfaces_of_the_library_agree_on_every_flipped_bit(suite: int, policy: int, size: int) -> None:
    keys, plain = SUITES[suite], bytes(range(size))
    genuine = protect(plain, keys=keys, system_title=TITLE, invocation_counter=7, security_control=policy | suite)
    assert _by_the_other_interface(genuine, suite) == plain
    for bit in range(8 * len(genuine)):
        altered = bytearray(genuine)
        altered[bit // 8] ^= 1 << bit % 8
        if altered[0] == genuine[0]:
            assert _by_the_other_interface(bytes(altered), suite) is None
        with pytest.raises(SecurityError):
            unprotect(bytes(altered), keys=keys, system_title=TITLE)
    assert unprotect(genuine, keys=keys, system_title=TITLE).plain == plain


def test_a_tag_of_the_wrong_pass_does_not_open() -> None:
    # the tag that the first pass makes and drops belongs to no message
    genuine = protect(GET, keys=KEYS, system_title=TITLE, invocation_counter=7, security_control=0x30)
    dropped = AESGCM(KEYS.encryption(KeyPurpose.GUEK)).encrypt(TITLE + genuine[1:5], genuine[5:-12], None)[-16:-4]
    with pytest.raises(AuthenticationError):
        unprotect(genuine[:-12] + dropped, keys=KEYS, system_title=TITLE)


def test_keys_that_were_replaced_have_ciphers_of_their_own() -> None:
    genuine = protect(GET, keys=KEYS, system_title=TITLE, invocation_counter=7, security_control=0x30)
    other = KEYS.replaced(guek=bytes(16))
    with pytest.raises(AuthenticationError):
        unprotect(genuine, keys=other, system_title=TITLE)
    assert unprotect(genuine, keys=other.replaced(guek=KEYS.guek), system_title=TITLE).plain == GET
