import pytest

# The published check value of CRC-16/X.25, and an SNRM frame's two check sequences as they stand on the wire.
SNRM = bytes.fromhex("7ea00a00020041219332b0d87e")


def bitwise(octets):
    crc = 0xFFFF
    for octet in octets:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ 0x8408 if crc & 1 else crc >> 1
    return crc ^ 0xFFFF


def test_check_value(fcs):
    assert fcs.fcs16(b"123456789") == 0x906E


@pytest.mark.parametrize("length", [*range(20), 127, 128, 2030])
def test_every_length_and_start(fcs, length):
    octets = bytes(index * 37 + 11 & 0xFF for index in range(length))
    assert fcs.fcs16(octets) == bitwise(octets)
    for start in range(0, length, 1 + length // 16):
        assert fcs.fcs16(octets, start) == bitwise(octets[start:])
        assert fcs.fcs16(octets, 0, start) == bitwise(octets[:start])
        assert fcs.fcs16(memoryview(octets), start, length - 1) == bitwise(octets[start : length - 1])


def test_bounds_are_cut_to_the_octets(fcs):
    assert fcs.fcs16(b"123456789", -5, 100) == 0x906E
    assert fcs.fcs16(b"abc", 3) == fcs.fcs16(b"abc", 2, 1) == fcs.fcs16(b"") == 0


def test_octets_followed_by_their_fcs_leave_the_residue(fcs):
    octets = b"\xa0\x07\x03\x21\x93"
    whole = octets + fcs.fcs16(octets).to_bytes(2, "little")
    assert fcs.fcs16(whole) == 0x0F47
