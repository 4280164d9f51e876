"""Where each cut of a message lacks octets: where they ran out, or where the element begins that lacks them."""

from __future__ import annotations

import pytest

from dlmskit import apdu
from dlmskit.exceptions import TruncatedError

CUTS = {
    # tag, choice, invoke-id, class-id 2, instance-id 6, attribute-id, presence
    "c001c100080000010000ff0200": [0, 1, 2, 3, 3, 5, 5, 5, 5, 5, 5, 11, 12],
    # ..., result, structure of 2: its count leaves too few octets at once; double-long-unsigned; long-unsigned
    "c401c1000202060001e24012005a": [0, 1, 2, 3, 4, 5, 4, 4, 6, 6, 6, 11, 11, 11],
    # last-block, block-number 4, choice, raw-data with its length
    "c402c100000000010002aabb": [0, 1, 2, 3, 4, 4, 4, 4, 8, 9, 10, 10],
    # result, presence, choice, visible-string
    "c701c10001000a0161": [0, 1, 2, 3, 4, 5, 6, 7, 6],
    # system title with its length, content with its length
    "db084d4d4d0000bc614e063000000065aa": [0, 1, *[2] * 8, 10, *[11] * 6],
    # long-invoke-id 4, date-time, structure, octet-string
    "0f00000001000201090161": [0, 1, 1, 1, 1, 5, 6, 7, 6, 9, 8],
    # BER: the outermost element, whose length is there, lacks octets
    "601da109060760857405080101be10040e01000000065f1f0400001e1dffff": [0] * 31,
    # block-control, block-number 2, its acknowledgement 2, block-data with its length
    "e0810001000003c0c1c2": [0, 1, 2, 2, 4, 4, 6, 7, 7, 7],
    # a list of one descriptor
    "c003c10100080000010000ff0200": [0, 1, 2, 3, 4, 4, 6, 6, 6, 6, 6, 6, 12, 13],
}


@pytest.mark.parametrize("octets", CUTS)
def test_every_cut_says_exactly_where(octets: str) -> None:
    whole = bytes.fromhex(octets)
    found = []
    for cut in range(len(whole)):
        with pytest.raises(TruncatedError) as caught:
            apdu.decode(whole[:cut])
        found.append(caught.value.offset)
    assert found == CUTS[octets]
