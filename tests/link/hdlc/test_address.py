import pytest

from dlmskit.exceptions import EncodeError, FrameError, TruncatedError
from dlmskit.link.hdlc import HdlcAddress


@pytest.mark.parametrize(
    ("octets", "address"),
    [
        ("03", HdlcAddress(1)),
        ("21", HdlcAddress(16)),
        ("0223", HdlcAddress(1, 17)),
        ("00020023", HdlcAddress(1, 17, 4)),
        ("0002fe03", HdlcAddress(1, 0x3F81)),
        ("feffff"[:4], HdlcAddress(0x7F, 0x7F)),
    ],
)
def test_octets_both_ways(octets, address):
    assert HdlcAddress.parse(bytes.fromhex(octets)) == (address, len(octets) // 2)
    assert address.to_bytes() == bytes.fromhex(octets)


def test_smallest_size_is_chosen():
    assert [HdlcAddress(1).octets, HdlcAddress(1, 17).octets, HdlcAddress(1, 0x80).octets] == [1, 2, 4]


@pytest.mark.parametrize("octets", ["02020303", "0202020203"])
def test_three_octets_and_more_than_four_are_refused(octets):
    with pytest.raises(FrameError) as caught:
        HdlcAddress.parse(bytes.fromhex("7ea0" + octets), 2)
    assert caught.value.offset == 2


def test_cut_address_says_where_octets_ran_out():
    with pytest.raises(TruncatedError) as caught:
        HdlcAddress.parse(b"\x00\x02", 0)
    assert caught.value.offset == 2


@pytest.mark.parametrize("parts", [(128,), (-1,), (1, 128, 2), (0x4000, 0), (1, None, 2), (1, 1, 1), (1, 1, 3)])
def test_parts_that_do_not_fit(parts):
    with pytest.raises(EncodeError):
        HdlcAddress(*parts)
