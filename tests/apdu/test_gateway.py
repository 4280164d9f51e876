"""Requests through a gateway."""

from __future__ import annotations

import pytest

from dlmskit import apdu
from dlmskit.exceptions import DecodeError, EncodeError

GET = bytes.fromhex("c001c100030100010800ff0200")


@pytest.mark.parametrize(("cls", "tag"), [(apdu.GatewayRequest, "e6"), (apdu.GatewayResponse, "e7")])
def test_prefix_and_user_data(cls: type[apdu.GatewayRequest], tag: str) -> None:
    value = cls(0, b"\x01", GET)
    assert value.to_bytes().hex() == tag + "00" + "0101" + GET.hex()
    assert apdu.decode(value.to_bytes()) == value
    assert apdu.decode(value.user_data) == apdu.GetRequestNormal.from_bytes(GET)


def test_what_is_behind_the_prefix_is_not_looked_into() -> None:
    value = apdu.GatewayRequest(7, b"", b"\xff")
    assert apdu.decode(value.to_bytes()) == value


@pytest.mark.parametrize(
    ("octets", "offset", "field"),
    [
        ("e6", 1, "network-id"),
        ("e60002aa", 3, "physical-device-address"),
        ("e60000", 3, "user-data"),
    ],
)
def test_errors_tell_the_place(octets: str, offset: int, field: str) -> None:
    with pytest.raises(DecodeError) as caught:
        apdu.decode(bytes.fromhex(octets))
    assert (caught.value.offset, caught.value.path) == (offset, ("gateway-request", field))


def test_a_prefix_alone_is_not_encoded() -> None:
    with pytest.raises(EncodeError, match="user-data: no octets, wanted an APDU"):
        apdu.GatewayRequest(0, b"", b"").to_bytes()
