"""What the costliest APDUs take: memory and calls in proportion to their octets."""

from __future__ import annotations

import sys
import tracemalloc

import pytest

from dlmskit import apdu
from dlmskit.exceptions import DecodeError, LimitError
from dlmskit.limits import DEFAULT_LIMITS

MOST = DEFAULT_LIMITS.items
COUNT = b"\x82" + MOST.to_bytes(2, "big")
SELECTED = bytes.fromhex("04" + "0001" + "0000010800ff" + "02" + "0200")
MIB = 1 << 20


def response(count: bytes) -> bytes:
    """Three lists, each as long as `count` says and as long as a list may be."""
    lists = (b"\x01" + count + SELECTED * MOST, count + b"\0" * MOST, count + b"\x01\x00" * MOST)
    return b"\xda" + bytes(5) + b"".join(lists)


def peak(octets: bytes) -> int:
    tracemalloc.start()
    try:
        apdu.decode(octets)
    except DecodeError:
        pass
    finally:
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return most


def repeated(unit: str, head: str = "c401c10001", count: int = 0x4000) -> bytes:
    return bytes.fromhex(head) + b"\x82" + count.to_bytes(2, "big") + bytes.fromhex(unit) * count


LISTS = [
    response(COUNT),
    response(COUNT)[:-1],
    b"\x05" + COUNT + bytes.fromhex("0400010100") * MOST,
    b"\x06" + COUNT + bytes.fromhex("020001") * MOST + COUNT + b"\0" * MOST,
]
PLAIN = [
    b"\xdf" + bytes(5) + b"\x82\xff\xf0" + bytes(0xFFF0) + b"\0",
    b"\xe6\0\0" + bytes(0xFFF0),
    # lengths in a form longer than needed
    repeated("098100"),
    repeated("048100"),
    repeated("018100"),
    # compact-arrays: a description of 21,000 structures, one element of 65,535 strings, small ones
    bytes.fromhex("c401c1001302825540") + bytes.fromhex("020111") * 0x5540 + b"\0",
    bytes.fromhex("c401c1001301ffff0982fffe") + bytes(0xFFFE),
    repeated("13090100"),
    repeated("13040100"),
    repeated("130400", count=0x5500),
    # a structure of arrays of two structures of one string, cut
    bytes.fromhex("c401c1001302821fff") + bytes.fromhex("010002020109") * 0x1FFF + b"\x82\x3f\xf0" + bytes(0x3FF0),
    repeated("130201110100", count=0x2A00),
    repeated("13010003178100", count=0x2400),
    # contents that end within an array of arrays, and within the last of many arrays
    bytes.fromhex("c401c10013 01ffff" + "010001" * 7 + "0d 82ffc0") + bytes(0xFFC0),
    bytes.fromhex("c401c1001302 821900" + "0100040201 0d" * 0x1900 + "826000") + bytes(0x6000),
    bytes.fromhex("c401c1001302 823c00" + "01ffff09" * 0x3C00 + "0100"),
]


@pytest.mark.parametrize("octets", [*LISTS, *PLAIN])
def test_memory_stays_small(octets: bytes) -> None:
    assert peak(octets) < 2 * MIB


def calls(octets: bytes) -> int:
    """Python functions entered while `octets` are decoded; where compiled ones take over there are fewer."""
    entered = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal entered
        entered += event == "call"

    sys.setprofile(count)
    try:
        apdu.decode(octets)
    except DecodeError:
        pass
    finally:
        sys.setprofile(None)
    return entered


@pytest.mark.parametrize(
    ("octets", "most"), [*((each, 40 * MOST) for each in LISTS), *((each, len(each)) for each in PLAIN)]
)
def test_calls_stay_few(octets: bytes, most: int) -> None:
    """Their number is what an APDU costs in the pure build, on any machine."""
    assert calls(octets) <= most


def test_longer_lists_are_refused_before_they_are_read() -> None:
    longer = b"\x82" + (MOST + 1).to_bytes(2, "big")
    with pytest.raises(LimitError, match="items") as caught:
        apdu.decode(response(longer))
    assert caught.value.path == ("access-response", "specifications")
