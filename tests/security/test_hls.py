"""Challenges and their answers: the published example, and what must be refused."""

from __future__ import annotations

import pytest

from dlmskit.exceptions import AuthenticationError, PolicyError
from dlmskit.security import hls
from dlmskit.security.keys import KeySet

KEYS = KeySet(bytes(range(16)), bytes(range(0xD0, 0xE0)), password=b"00000000")
TITLE = bytes.fromhex("4d4d4d0000000001")
STOC = b"P6wRJ21F"
# Green Book example, as in the tests of dlms-cosem (MIT)
ANSWER = bytes.fromhex("10000000011a52fe7dd3e72748973c1e28")


def test_the_green_book_example_is_reproduced() -> None:
    assert hls.gmac_answer(STOC, keys=KEYS, system_title=TITLE, invocation_counter=1) == ANSWER
    assert hls.gmac_verify(ANSWER, STOC, keys=KEYS, system_title=TITLE) == 1


def test_every_flipped_bit_is_refused() -> None:
    for position in range(len(ANSWER) * 8):
        altered = bytearray(ANSWER)
        altered[position // 8] ^= 1 << position % 8
        with pytest.raises((AuthenticationError, PolicyError)):
            hls.gmac_verify(bytes(altered), STOC, keys=KEYS, system_title=TITLE)


@pytest.mark.parametrize("length", [0, 5, 9, 16, 18])
def test_an_answer_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(AuthenticationError, match="17 octets"):
        hls.gmac_verify((ANSWER + b"\x00")[:length], STOC, keys=KEYS, system_title=TITLE)


def test_a_reflected_answer_does_not_verify_under_another_title() -> None:
    with pytest.raises(AuthenticationError):
        hls.gmac_verify(ANSWER, STOC, keys=KEYS, system_title=TITLE[:-1] + b"\x02")


@pytest.mark.parametrize("suite", [1, 2])
def test_the_security_control_names_the_suite(suite: int) -> None:
    size = 32 if suite == 2 else 16
    keys = KeySet(bytes(size), bytes(size), suite=suite)
    answer = hls.gmac_answer(STOC, keys=keys, system_title=TITLE, invocation_counter=9)
    assert answer[0] == 0x10 + suite
    assert hls.gmac_verify(answer, STOC, keys=keys, system_title=TITLE) == 9
    with pytest.raises(PolicyError):
        hls.gmac_verify(ANSWER, STOC, keys=keys, system_title=TITLE)


def test_challenges_and_titles_that_allow_reflection_are_refused() -> None:
    hls.check_challenges(STOC, b"another.")
    with pytest.raises(AuthenticationError, match="copy"):
        hls.check_challenges(STOC, STOC)
    for length in (0, 7, 65):
        with pytest.raises(AuthenticationError, match="8 to 64"):
            hls.check_challenges(STOC, bytes(length))
    with pytest.raises(AuthenticationError, match="our own"):
        hls.check_peer(TITLE, TITLE)
    with pytest.raises(AuthenticationError, match="did not say"):
        hls.check_peer(TITLE, b"")


def test_passwords_are_compared_whole() -> None:
    hls.check_password(b"00000000", KEYS)
    for wrong in (b"", b"0000000", b"000000000", b"00000001"):
        with pytest.raises(AuthenticationError):
            hls.check_password(wrong, KEYS)
