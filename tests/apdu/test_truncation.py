"""Where each cut of a message lacks octets: where they ran out, or where the element begins that lacks them.

The elements are written apart by hand, from the standard's syntax: a cut inside one of them is said to be at its
beginning. Where a message does not behave so, `NESTED` spells out the offset of every cut.
"""

from __future__ import annotations

from itertools import accumulate

import pytest

from dlmskit import apdu
from dlmskit.exceptions import TruncatedError

CLOCK = "0008 0000010000ff"
TITLE = "08 4d4d4d0000bc614e"
BLOCK = "00 00000001 02 aabb"
ELEMENTS = [
    # BER: the outermost element, whose length is there, lacks octets
    "601da109060760857405080101be10040e01000000065f1f0400001e1dffff",
    "6129a109060760857405080101a203020100a305a103020100be10040e0800065f1f0400001e1d04c80007",
    "6203800100",
    "6303800100",
    "01 00 00 00 06 5f1f0400007e1f ffff",
    "08 00 06 5f1f0400007e1f 04b0 0007",
    f"c0 01 c1 {CLOCK} 02 00",
    "c0 02 c1 00000001",
    f"c0 03 c1 01 {CLOCK} 02 00",
    "c4 01 c1 00 1107",
    "c4 01 c1 01 04",
    "c4 02 c1 00 00000001 00 02 aabb",
    "c4 03 c1 01 00 1107",
    f"c1 01 c1 {CLOCK} 02 00 1107",
    f"c1 02 c1 {CLOCK} 02 00 {BLOCK}",
    f"c1 03 c1 {BLOCK}",
    f"c1 04 c1 01 {CLOCK} 02 00 01 1107",
    f"c1 05 c1 01 {CLOCK} 02 00 {BLOCK}",
    "c5 01 c1 00",
    "c5 02 c1 00000001",
    "c5 03 c1 00 00000001",
    "c5 04 c1 01 00 00000001",
    "c5 05 c1 01 00",
    f"c3 01 c1 {CLOCK} 01 01 0f00",
    "c3 02 c1 00000001",
    f"c3 03 c1 01 {CLOCK} 01 01 0f00",
    f"c3 04 c1 {CLOCK} 01 {BLOCK}",
    f"c3 05 c1 01 {CLOCK} 01 {BLOCK}",
    f"c3 06 c1 {BLOCK}",
    "c7 01 c1 00 01 00 1107",
    f"c7 02 c1 {BLOCK}",
    "c7 03 c1 01 00 01 00 1107",
    "c7 04 c1 00000001",
    f"d9 40000001 00 01 01 {CLOCK} 02 01 00",
    "da 40000001 00 00 01 1107 01 01 00",
    "05 01 02 fa00",
    "0c 01 00 1107",
    "06 01 02 fa00 01 1107",
    "0d 01 01 04",
    "16 01 02 fa00 01 1107",
    "18 00 01 02 fa00 01 1107",
    "0f 00000001 00 1107",
    "10 00000001 00",
    "c2 00 0001 0000600100ff 02 1107",
    "d8 01 01",
    "d8 01 06 00000005",
    "0e 01 00 06",
    "c8 06 3000000065aa",
    "d0 06 3000000065aa",
    f"db {TITLE} 06 3000000065aa",
    f"dc {TITLE} 06 3000000065aa",
    f"dd 02 0001 {TITLE} {TITLE} 00 00 01 00 00 06 3000000065aa",
    f"df 02 0001 {TITLE} {TITLE} 00 00 02 aabb 02 ccdd",
    "e0 81 0001 0000 03 c0c1c2",
    "e6 01 02 0102 c0",
    "e7 01 02 0102 c0",
]
NESTED = {
    # ..., result, structure of 2: its count leaves too few octets at once; double-long-unsigned; long-unsigned
    "c401c1000202060001e24012005a": [0, 1, 2, 3, 4, 5, 4, 4, 6, 6, 6, 11, 11, 11],
    # result, presence, choice, visible-string
    "c701c10001000a0161": [0, 1, 2, 3, 4, 5, 6, 7, 6],
    # long-invoke-id 4, date-time, structure, octet-string
    "0f00000001000201090161": [0, 1, 1, 1, 1, 5, 6, 7, 6, 9, 8],
}


def expected(elements: str) -> list[int]:
    """The offset of every cut: the beginning of the element that it is in."""
    sizes = [len(element) // 2 for element in elements.split()]
    starts = [0, *accumulate(sizes)]
    return [start for start, size in zip(starts, sizes, strict=False) for _ in range(size)]


def found(whole: bytes) -> list[int]:
    offsets = []
    for cut in range(len(whole)):
        with pytest.raises(TruncatedError) as caught:
            apdu.decode(whole[:cut])
        offsets.append(caught.value.offset)
    return offsets


@pytest.mark.parametrize("elements", ELEMENTS)
def test_every_cut_says_exactly_where(elements: str) -> None:
    assert found(bytes.fromhex(elements)) == expected(elements)


@pytest.mark.parametrize("octets", NESTED)
def test_every_cut_inside_a_value_says_exactly_where(octets: str) -> None:
    assert found(bytes.fromhex(octets)) == NESTED[octets]


def test_every_apdu_is_cut() -> None:
    cut = {type(apdu.decode(bytes.fromhex(elements))) for elements in ELEMENTS}
    assert cut == {*apdu.SUPPORTED, apdu.ServiceCiphered}
