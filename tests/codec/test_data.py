import copy
import pickle

import msgspec
import pytest

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDate, CosemDateTime, CosemTime
from dlmskit.codec.hooks import dec_hook, enc_hook
from dlmskit.codec.values import DONT_CARE, BitString
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError, EncodeError, LimitError
from dlmskit.limits import Limits, Tolerance
from dlmskit.obis import Obis


@pytest.mark.parametrize(
    ("made", "hexed", "value"),
    [
        (data.null_data(), "00", None),
        (data.boolean(True), "0301", True),
        (data.bit_string("0101"), "040450", BitString.from_str("0101")),
        (data.bit_string(BitString(b"\x50", 4)), "040450", BitString(b"\x50", 4)),
        (data.double_long(-1), "05ffffffff", -1),
        (data.double_long_unsigned(0x80000000), "0680000000", 0x80000000),
        (data.octet_string(b"\x01\x00"), "09020100", b"\x01\x00"),
        (data.visible_string("KFM"), "0a034b464d", "KFM"),
        (data.visible_string(b"\xff"), "0a01ff", b"\xff"),
        (data.utf8_string("ä"), "0c02c3a4", "ä"),
        (data.bcd(0x12), "0d12", 0x12),
        (data.integer(-3), "0ffd", -3),
        (data.long(-30123), "108a55", -30123),
        (data.unsigned(255), "11ff", 255),
        (data.long_unsigned(720), "1202d0", 720),
        (data.long64(-(1 << 63)), "148000000000000000", -(1 << 63)),
        (data.long64_unsigned((1 << 64) - 1), "15ffffffffffffffff", (1 << 64) - 1),
        (data.enum(30), "161e", 30),
        (data.float32(-118.625), "17c2ed4000", -118.625),
        (data.float64(0.5), "183fe0000000000000", 0.5),
        (data.date_time(CosemDateTime()), "19ffffffffffffffffff8000ff", CosemDateTime()),
        (data.date_time(bytes(12)), "19" + "00" * 12, bytes(12)),
        (data.date(CosemDate(2024, 2, 29, 4)), "1a07e8021d04", CosemDate(2024, 2, 29, 4)),
        (data.time(CosemTime(1, 2, 3, 4)), "1b01020304", CosemTime(1, 2, 3, 4)),
        (data.delta_integer(-1), "1cff", -1),
        (data.delta_long(-1), "1dffff", -1),
        (data.delta_double_long(-1), "1effffffff", -1),
        (data.delta_unsigned(255), "1fff", 255),
        (data.delta_long_unsigned(65535), "20ffff", 65535),
        (data.delta_double_long_unsigned((1 << 32) - 1), "21ffffffff", (1 << 32) - 1),
        (data.dont_care(), "ff", DONT_CARE),
        (data.array(data.unsigned(1), data.unsigned(2)), "010211011102", [1, 2]),
        (data.structure(), "0200", []),
        (data.array(*[data.null_data()] * 200), "0181c8" + "00" * 200, [None] * 200),
        (
            data.compact_array(b"\x02\x02\x11\x06", [[1, 1], [2, 2]]),
            "130202110" + "60a01000000010200000002",
            [[1, 1], [2, 2]],
        ),
        (data.compact_array(b"\x12", []), "131200", []),
        (data.array_of(b"\x02\x02\x11\x06", [[1, 1]]), "01010202" + "1101" + "0600000001", [[1, 1]]),
    ],
)
def test_constructors_of_every_type(made, hexed, value):
    assert made.to_bytes().hex() == hexed
    assert made.value == value
    assert made.tag == int(hexed[:2], 16)
    assert Data.from_bytes(bytes.fromhex(hexed)) == made
    assert made.tree().tag is int(made.tag) or made.tree().tag == made.tag


def test_every_type_has_a_constructor():
    made = {name for name in vars(data) if callable(getattr(data, name))}
    assert {tag.name.lower() for tag in DataType} <= made


@pytest.mark.parametrize(
    "make",
    [
        lambda: data.unsigned(256),
        lambda: data.long64(1 << 63),
        lambda: data.visible_string("ä"),
        lambda: data.bit_string("012"),
        lambda: data.octet_string("text"),
        lambda: data.of(DataType.ARRAY, []),
        lambda: data.of(7, 1),
        lambda: data.of(300, 1),
        lambda: data.compact_array(b"\x00", []),
        lambda: data.compact_array(b"\x11", [256]),
        lambda: data.array_of(b"\x07", [1]),
    ],
)
def test_what_does_not_fit_is_refused(make):
    with pytest.raises(EncodeError):
        make()


def test_octets_stay_as_they_came():
    for hexed in ("0361", "0403bf", "09810141", "177f800001", "0a02c3a4"):
        octets = bytes.fromhex(hexed)
        assert Data.from_bytes(octets).to_bytes() == octets
        assert Data.from_bytes(octets, tolerance=Tolerance()).to_bytes() == octets
    strict = Tolerance(strict=True)
    assert Data.from_bytes(b"\x03\x61", tolerance=strict).value is True


def test_longer_lengths_are_a_quirk():
    octets = bytes.fromhex("0202110109810141")
    lenient = Tolerance()
    assert Data.from_bytes(octets, tolerance=lenient).value == [1, b"A"]
    assert lenient.noticed == ["length-not-minimal"]
    with pytest.raises(DecodeError, match="length-not-minimal") as caught:
        Data.from_bytes(octets, tolerance=Tolerance(strict=True))
    assert caught.value.offset == 5


def test_parse_stops_and_from_bytes_does_not():
    octets = bytes.fromhex("aa1101bb")
    assert Data.parse(octets, 1) == (data.unsigned(1), 3)
    with pytest.raises(DecodeError, match="1 octets after the Data") as caught:
        Data.from_bytes(octets[1:])
    assert caught.value.offset == 2


def test_the_depth_limit_is_the_callers():
    octets = bytes.fromhex("0101010100")
    assert Data.from_bytes(octets).value == [[None]]
    with pytest.raises(LimitError):
        Data.from_bytes(octets, limits=Limits(depth=1))


def test_values_are_immutable_hashable_and_copied():
    one, other = data.unsigned(1), Data.from_bytes(b"\x11\x01")
    assert len({one, other}) == 1
    assert one != data.unsigned(2)
    assert one != b"\x11\x01"
    with pytest.raises(AttributeError):
        one.octets = b""
    with pytest.raises(AttributeError):
        del one._octets
    assert copy.deepcopy(one) == pickle.loads(pickle.dumps(one)) == one
    many = data.array(one)
    many.value.append(2)
    assert many.value == [1]


def test_repr_is_short_and_gives_no_secret_away():
    assert repr(data.double_long_unsigned(5)) == "Data(double-long-unsigned 5)"
    assert repr(data.octet_string(b"password")) == "Data(octet-string of 8 octets)"
    assert repr(data.bit_string("101")) == "Data(bit-string of 3 bits)"
    assert repr(data.structure(data.visible_string("password"), data.null_data())) == "Data(structure of 2)"


class Row(msgspec.Struct, frozen=True):
    obis: Obis
    value: Data


def test_json_goes_both_ways():
    row = Row(Obis(1, 0, 1, 8, 0), data.double_long_unsigned(7))
    text = msgspec.json.encode(row, enc_hook=enc_hook)
    assert text == b'{"obis":"1-0:1.8.0*255","value":"0600000007"}'
    assert msgspec.json.decode(text, type=Row, dec_hook=dec_hook) == row


@pytest.mark.parametrize(
    "text", [b'{"obis":"1.8.0","value":"00"}', b'{"obis":"1-0:1.8.0","value":"0g"}', b'{"obis":5,"value":"00"}']
)
def test_wrong_json_is_refused(text):
    with pytest.raises((DecodeError, msgspec.ValidationError)):
        msgspec.json.decode(text, type=Row, dec_hook=dec_hook)


def test_other_types_have_no_json_form():
    with pytest.raises(NotImplementedError):
        enc_hook(object())
    with pytest.raises(NotImplementedError):
        dec_hook(object, "")


def test_bit_strings():
    bits = BitString.from_str("101000001")
    assert (bits.octets.hex(), len(bits), str(bits)) == ("a080", 9, "101000001")
    assert [bits[index] for index in (0, 1, 8)] == [True, False, True]
    with pytest.raises(IndexError):
        bits[9]
    assert str(BitString.from_str("")) == ""
    for octets, length in ((b"", 1), (b"\x80", 9), (b"\x80\x00", 8), (b"\xff", 7), (b"", -1)):
        with pytest.raises(EncodeError):
            BitString(octets, length)
