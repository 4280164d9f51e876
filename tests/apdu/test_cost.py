"""What the costliest APDUs of the new services take: memory in proportion to their octets."""

from __future__ import annotations

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


@pytest.mark.parametrize(
    "octets",
    [
        response(COUNT),
        response(COUNT)[:-1],
        b"\x05" + COUNT + bytes.fromhex("0400010100") * MOST,
        b"\x06" + COUNT + bytes.fromhex("020001") * MOST + COUNT + b"\0" * MOST,
        b"\xdf" + bytes(5) + b"\x82\xff\xf0" + bytes(0xFFF0) + b"\0",
        b"\xe6\0\0" + bytes(0xFFF0),
        # compact-arrays: a description of 21,000 structures, one element of 65,535 strings, 16,000 small ones
        bytes.fromhex("c401c1001302825540") + bytes.fromhex("020111") * 0x5540 + b"\0",
        bytes.fromhex("c401c1001301ffff0982fffe") + bytes(0xFFFE),
        bytes.fromhex("c401c1000182 4000") + bytes.fromhex("13090100") * 0x4000,
    ],
)
def test_memory_stays_small(octets: bytes) -> None:
    assert peak(octets) < 2 * MIB


def test_longer_lists_are_refused_before_they_are_read() -> None:
    longer = b"\x82" + (MOST + 1).to_bytes(2, "big")
    with pytest.raises(LimitError, match="items") as caught:
        apdu.decode(response(longer))
    assert caught.value.path == ("access-response", "specifications")
