import pytest

from dlmskit.codec import ber
from dlmskit.exceptions import DecodeError, EncodeError, TruncatedError

# The Green Book's AARQ with LLS, as every stack's tests carry it.
AARQ = bytes.fromhex(
    "6036a1090607608574050801018a0207808b0760857405080201ac0a80083132333435363738be10040e01000000065f1f0400007e1f04b0"
)


def test_elements_of_an_aarq():
    outer = ber.only_tlv(AARQ, 0, len(AARQ), 0x60)
    assert (outer.start, outer.end) == (2, 56)
    fields = list(ber.tlvs(AARQ, outer.start, outer.end))
    assert [field.tag for field in fields] == [0xA1, 0x8A, 0x8B, 0xAC, 0xBE]
    name = ber.only_tlv(AARQ, fields[0].start, fields[0].end, 0x06)
    assert ber.decode_oid(AARQ[name.start : name.end], name.start) == "2.16.756.5.8.1.1"
    assert b"".join(ber.write_tlv(field.tag, AARQ[field.start : field.end]) for field in fields) == AARQ[2:]


@pytest.mark.parametrize(
    ("hexed", "error", "offset"),
    [
        ("", TruncatedError, 0),
        ("a1", TruncatedError, 0),
        ("a101", TruncatedError, 0),
        ("a18201", TruncatedError, 0),
        ("a180000000", DecodeError, 1),
        ("a1850000000001ff", DecodeError, 1),
        ("1f0100", DecodeError, 0),
        ("bf8100", DecodeError, 0),
    ],
)
def test_what_is_no_element(hexed, error, offset):
    with pytest.raises(DecodeError) as caught:
        ber.read_tlv(bytes.fromhex(hexed))
    assert (type(caught.value), caught.value.offset) == (error, offset)


@pytest.mark.parametrize(("start", "end"), [(0, 56), (2, 13), (13, 17), (17, 26), (26, 38), (38, 56)])
def test_every_cut_of_an_element_is_at_its_beginning(start, end):
    for cut in range(start, end):
        with pytest.raises(TruncatedError) as caught:
            ber.read_tlv(AARQ[:cut], start)
        assert caught.value.offset == start


def test_an_element_ends_where_the_enclosing_one_does():
    with pytest.raises(TruncatedError):
        ber.read_tlv(bytes.fromhex("a1030607ff60"), 2, 5)
    with pytest.raises(DecodeError) as caught:
        ber.only_tlv(bytes.fromhex("a103020105ff"), 2, 6)
    assert caught.value.offset == 5
    with pytest.raises(DecodeError, match="wanted element 0x06 or 0x80, found 0x02"):
        ber.only_tlv(bytes.fromhex("020105"), 0, 3, 0x06, 0x80)


@pytest.mark.parametrize("length", [0, 1, 127, 128, 255, 256, 65535, 65536])
def test_lengths_round_trip(length):
    octets = ber.write_tlv(0x04, bytes(length))
    element = ber.read_tlv(octets)
    assert (element.tag, element.end - element.start, element.end) == (4, length, len(octets))


@pytest.mark.parametrize(
    ("text", "hexed"),
    [
        ("2.16.756.5.8.1.3", "60857405080103"),
        ("2.16.756.5.8.2.5", "60857405080205"),
        ("1.2.840.113549", "2a864886f70d"),
        ("0.0", "00"),
        ("2.999.3", "883703"),
    ],
)
def test_object_identifiers(text, hexed):
    assert ber.encode_oid(text).hex() == hexed
    assert ber.decode_oid(bytes.fromhex(hexed)) == text


@pytest.mark.parametrize(
    ("hexed", "offset"), [("", 10), ("8001", 10), ("6085f4", 13), ("608001", 11), ("ff" * 40, 19), ("01" * 65, 10)]
)
def test_what_is_no_object_identifier(hexed, offset):
    octets = bytes.fromhex(hexed)
    with pytest.raises(DecodeError) as caught:
        ber.decode_oid(octets, 10)
    assert caught.value.offset == offset


@pytest.mark.parametrize("text", ["", "1", "3.1", "1.40", "2.-1", "a.b", "1..2"])
def test_texts_that_are_no_object_identifier(text):
    with pytest.raises(EncodeError):
        ber.encode_oid(text)


@pytest.mark.parametrize(("value", "hexed"), [(0, "00"), (127, "7f"), (128, "0080"), (-128, "80"), (-129, "ff7f")])
def test_integers(value, hexed):
    assert ber.encode_integer(value).hex() == hexed
    assert ber.decode_integer(bytes.fromhex(hexed)) == value


def test_an_integer_has_contents():
    with pytest.raises(DecodeError):
        ber.decode_integer(b"", 7)
