"""From octets to the right class, and refusals by name."""

from __future__ import annotations

import pytest

from dlmskit import apdu
from dlmskit.exceptions import DecodeError, LimitError, TruncatedError
from dlmskit.limits import Limits


@pytest.mark.parametrize("cls", apdu.SUPPORTED, ids=lambda cls: cls.NAME)
def test_heads_are_told_apart(cls: type[apdu.Apdu]) -> None:
    assert apdu.name_of(cls.HEAD) == cls.NAME
    assert [other for other in apdu.SUPPORTED if other.HEAD.startswith(cls.HEAD)] == [cls]


@pytest.mark.parametrize(("tag", "name"), apdu.NOT_YET.items())
def test_known_types_of_later_are_refused_by_name(tag: int, name: str) -> None:
    with pytest.raises(DecodeError) as caught:
        apdu.decode(bytes((tag, 0, 0)))
    assert caught.value.reason == f"{name}: not supported yet"
    assert caught.value.path == (name,)
    assert apdu.name_of(bytes((tag,))) == name


@pytest.mark.parametrize(
    ("octets", "error", "offset"),
    [
        ("", TruncatedError, 0),
        ("c4", TruncatedError, 1),
        ("c409", DecodeError, 1),
        ("ff00", DecodeError, 0),
        ("c401c1000600000016ff", DecodeError, 9),
    ],
)
def test_what_is_no_apdu(octets: str, error: type[DecodeError], offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        apdu.decode(bytes.fromhex(octets))
    assert type(caught.value) is error
    assert caught.value.offset == offset


def test_another_class_is_refused() -> None:
    with pytest.raises(DecodeError, match="wanted c401, found c001"):
        apdu.GetResponseNormal.from_bytes(bytes.fromhex("c001c100080000010000ff0200"))
    with pytest.raises(TruncatedError):
        apdu.GetResponseNormal.from_bytes(b"\xc4")


def test_size_is_bounded() -> None:
    octets = apdu.GetResponseNormal.from_bytes(bytes.fromhex("c401c1000600000016")).to_bytes()
    with pytest.raises(LimitError, match="apdu_octets"):
        apdu.decode(octets, limits=Limits(apdu_octets=8))


def test_depth_of_data_is_bounded() -> None:
    with pytest.raises(LimitError, match="depth") as caught:
        apdu.decode(bytes.fromhex("c401c100") + b"\x02\x01" * 40 + b"\x00")
    assert caught.value.path[:2] == ("get-response-normal", "result")


def test_a_head_is_not_taken_for_another_behind_a_zero() -> None:
    sealed = bytes.fromhex("c803300000")
    for _ in range(2):
        assert isinstance(apdu.decode(sealed), apdu.ServiceCiphered)
    with pytest.raises(DecodeError, match="0x00 is no tag"):
        apdu.decode(b"\x00" + sealed)
