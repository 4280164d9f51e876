"""Security policies of both versions, and access modes, as floors."""

from __future__ import annotations

import pytest

from dlmskit.exceptions import PolicyError
from dlmskit.security.policy import NO_POLICY, UNPROTECTED, Protection, SecurityPolicy

BOTH = Protection.AUTHENTICATED | Protection.ENCRYPTED


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(0, UNPROTECTED), (1, Protection.AUTHENTICATED), (2, Protection.ENCRYPTED), (3, BOTH)],
)
def test_version_0_says_the_same_of_requests_and_responses(value: int, wanted: Protection) -> None:
    policy = SecurityPolicy.of_version(0, value)
    assert policy.requests == policy.responses == wanted


@pytest.mark.parametrize(
    ("bit", "requests", "responses"),
    [
        (2, Protection.AUTHENTICATED, UNPROTECTED),
        (3, Protection.ENCRYPTED, UNPROTECTED),
        (4, Protection.SIGNED, UNPROTECTED),
        (5, UNPROTECTED, Protection.AUTHENTICATED),
        (6, UNPROTECTED, Protection.ENCRYPTED),
        (7, UNPROTECTED, Protection.SIGNED),
    ],
)
def test_version_1_and_access_modes_bit_by_bit(bit: int, requests: Protection, responses: Protection) -> None:
    policy = SecurityPolicy.of_version(1, 1 << bit)
    assert (policy.requests, policy.responses) == (requests, responses)
    assert SecurityPolicy.of_access_mode(1 << bit | 3) == policy


@pytest.mark.parametrize(("version", "value"), [(0, 4), (0, 0x0C), (0, -1), (1, 1), (1, 2), (1, 3), (1, 256), (1, -1)])
def test_what_a_version_does_not_have_is_refused_and_not_guessed(version: int, value: int) -> None:
    with pytest.raises(PolicyError, match=f"version {version}"):
        SecurityPolicy.of_version(version, value)


def test_a_floor_names_what_is_lacking() -> None:
    (Protection.SIGNED | BOTH).require(Protection.SIGNED | BOTH, "get-request-normal")
    UNPROTECTED.require(BOTH, "anything")
    with pytest.raises(PolicyError, match="get-request-normal is not encrypted, signed, which"):
        (Protection.SIGNED | BOTH).require(Protection.AUTHENTICATED, "get-request-normal")
    assert Protection.of_control(0x31) == BOTH
    assert NO_POLICY.requests == UNPROTECTED
    assert UNPROTECTED.words == "nothing"
