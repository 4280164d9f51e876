"""The quick opening: both builds alike, and never anything that `unprotect` refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.exceptions import AuthenticationError, DlmskitError, PolicyError
from dlmskit.security import _opening, opening, protection
from dlmskit.security.keys import KeyPurpose, KeySet
from dlmskit.security.protection import Unprotected, protect, unprotect

TITLE = bytes.fromhex("4d4d4d0000bc614e")


def fresh() -> KeySet:
    return KeySet(bytes(range(16)), bytes(range(0xD0, 0xE0)), bytes(range(0x40, 0x50)), bytes(range(0x60, 0x70)))


def content(plain: bytes, control: int = 0x30, dedicated: bool = False) -> bytes:
    return protect(
        plain,
        keys=fresh(),
        system_title=TITLE,
        invocation_counter=0x80000001,
        security_control=control,
        dedicated=dedicated,
    )


def acquainted() -> KeySet:
    """Keys under which one APDU of each kind was opened already."""
    keys = fresh()
    for control, dedicated in ((0x30, False), (0x70, False), (0x30, True)):
        unprotect(content(b"\xc0", control, dedicated), keys=keys, system_title=TITLE, dedicated=dedicated)
    return keys


BUILDS: list[Callable[..., Any]] = [_opening.opened]
if opening.ACCELERATED:
    BUILDS.append(opening.opened)


@pytest.fixture(params=BUILDS, ids=["python", "c"][: len(BUILDS)])
def quick(request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    kept, protection._opening.opened = protection._opening.opened, request.param
    yield request.param
    protection._opening.opened = kept


def outcome(octets: Any, keys: KeySet, title: Any = TITLE, dedicated: bool = False) -> Any:
    try:
        return unprotect(octets, keys=keys, system_title=title, dedicated=dedicated)
    except DlmskitError as error:
        return type(error), str(error)


def test_nothing_is_opened_in_a_way_that_was_not_verified_before(quick: Callable[..., Any]) -> None:
    keys = fresh()
    assert quick(Unprotected, keys.ready, content(b"\xc0"), TITLE, False) is None
    with pytest.raises(AuthenticationError):
        unprotect(content(b"\xc0")[:-1] + b"\0", keys=keys, system_title=TITLE)
    assert not keys.ready
    unprotect(content(b"\xc0"), keys=keys, system_title=TITLE)
    assert list(keys.ready) == [0x30]
    assert quick(Unprotected, keys.ready, content(b"\xc0"), TITLE, False) == Unprotected(
        b"\xc0", 0x30, 0x80000001, True, KeyPurpose.GUEK
    )


@pytest.mark.parametrize("control", [0x10, 0x20, 0x00])
def test_what_is_not_both_authenticated_and_encrypted_is_never_known(control: int) -> None:
    keys = fresh()
    unprotect(content(b"\xc0", control), keys=keys, system_title=TITLE, allow_unauthenticated=True)
    assert not keys.ready


@pytest.mark.parametrize(("control", "dedicated"), [(0x30, False), (0x70, False), (0x30, True)])
def test_every_flipped_bit_and_every_cut_as_without_it(
    quick: Callable[..., Any], control: int, dedicated: bool
) -> None:
    good = content(bytes.fromhex("c401c100060000000a"), control, dedicated)
    octets: list[Any] = [
        good,
        good + b"\0",
        bytearray(good),
        memoryview(good),
        *(good[:end] for end in range(len(good))),
    ]
    octets += [
        good[:at] + bytes((good[at] ^ 1 << bit,)) + good[at + 1 :] for at in range(len(good)) for bit in range(8)
    ]
    keys = acquainted()
    opened = 0
    for each in octets:
        found = outcome(each, keys, dedicated=dedicated)
        assert found == outcome(each, fresh(), dedicated=dedicated)
        opened += isinstance(found, Unprotected)
    assert opened == 3


@pytest.mark.parametrize("title", [b"", TITLE[:7], TITLE + b"\0", b"MMM\0\0\0\0\1", bytearray(TITLE)])
def test_other_titles_as_without_it(quick: Callable[..., Any], title: Any) -> None:
    assert outcome(content(b"\xc0"), acquainted(), title) == outcome(content(b"\xc0"), fresh(), title)


def test_one_kind_of_key_is_not_taken_for_another(quick: Callable[..., Any]) -> None:
    keys = acquainted()
    with pytest.raises(AuthenticationError):
        unprotect(content(b"\xc0", dedicated=True), keys=keys, system_title=TITLE)
    with pytest.raises(PolicyError, match="broadcast"):
        unprotect(content(b"\xc0", 0x70), keys=keys, system_title=TITLE, dedicated=True)


@given(plain=st.binary(max_size=600), flip=st.integers(0, 8 * 600))
def test_both_builds_open_the_same(plain: bytes, flip: int) -> None:
    keys, octets = acquainted(), bytearray(content(plain))
    for changed in (False, True):
        if changed:
            octets[flip // 8 % len(octets)] ^= 1 << flip % 8
        found = [build(Unprotected, keys.ready, bytes(octets), TITLE, False) for build in BUILDS]
        assert found == [None if changed else Unprotected(plain, 0x30, 0x80000001, True, KeyPurpose.GUEK)] * len(found)
