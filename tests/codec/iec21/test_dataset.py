import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.codec.iec21 import DataSet, DataValue, Telegram, format_data_sets, parse_data_sets, with_bcc
from dlmskit.exceptions import DecodeError, EncodeError, FrameCheckError, LimitError

VECTORS = Path(__file__).parents[2] / "vectors" / "iec62056-21.jsonl"
REAL = [json.loads(line) for line in VECTORS.read_text("ascii").splitlines()]


@pytest.mark.parametrize("vector", REAL, ids=lambda vector: vector["id"])
def test_real_read_outs(vector):
    telegram = Telegram.from_bytes(bytes.fromhex(vector["hex"]))
    found = [
        {
            "id": item.address,
            "values": [
                {k: v for k, v in zip(("value", "unit"), (x.value, x.unit), strict=True) if v} for x in item.values
            ],
        }
        for item in telegram.data_sets
    ]
    assert found == vector["expected"]["data_sets"]
    assert telegram.identification == vector["expected"]["identification"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.8.0(0001.5*kWh)", [DataSet("1.8.0", (DataValue("0001.5", "kWh"),))]),
        ("1.8.0(1)2.8.0(2)\r\n", [DataSet("1.8.0", (DataValue("1"),)), DataSet("2.8.0", (DataValue("2"),))]),
        (
            "0-1:24.2.1(101209110000W)(12785.123*m3)",
            [DataSet("0-1:24.2.1", (DataValue("101209110000W"), DataValue("12785.123", "m3")))],
        ),
        ("1.8.0&01(12.3&kWh)", [DataSet("1.8.0&01", (DataValue("12.3", "kWh"),))]),
        ("1.8.0*30D(1)", [DataSet("1.8.0*30D", (DataValue("1"),))]),
        ("1.5.3*7D(a&b)", [DataSet("1.5.3*7D", (DataValue("a&b"),))]),
        ("(ER07)", [DataSet("", (DataValue("ER07"),))]),
        ("P.01()", [DataSet("P.01", (DataValue(""),))]),
        ("\r\n\r\n!522B\r\n", []),
        ("", []),
    ],
)
def test_grammar_is_lenient_where_meters_are(text, expected):
    assert list(parse_data_sets(text)) == expected


@pytest.mark.parametrize(
    ("text", "error", "offset"),
    [
        ("1.8.0", DecodeError, 0),
        ("1.8.0(1", DecodeError, 7),
        ("1.8.0((1))", DecodeError, 6),
        ("1.8.0(1\r\n)", DecodeError, 7),
        (")", DecodeError, 0),
        ("!\r\n1.8.0(1)", DecodeError, 8),
        ("A" * 65 + "(1)", LimitError, 0),
        ("1(" + "9" * 5000 + ")", LimitError, 2),
    ],
)
def test_refusals_say_where(text, error, offset):
    with pytest.raises(error) as caught:
        parse_data_sets(text)
    assert caught.value.offset == offset


@pytest.mark.parametrize("text", ["0001.50", "+000.8", "-1", "0"])
def test_numbers_are_exact(text):
    assert str(DataValue(text).number) == str(Decimal(text))


@pytest.mark.parametrize("text", ["1e99999", "NaN", "12,5", "", "1.", ".5", "٣", "9" * 33])
def test_what_is_no_plain_number(text):
    with pytest.raises(DecodeError):
        _ = DataValue(text).number


@pytest.mark.parametrize("text", ["a)b", "a(b", "a/b", "a!b", "a\rb", "é"])
def test_what_a_data_set_cannot_carry(text):
    with pytest.raises(EncodeError):
        format_data_sets([DataSet("1.8.0", (DataValue(text),))])


plain = st.text("0123456789.ABCkWh:-", max_size=12)
values = st.builds(DataValue, plain, plain)
data_sets = st.lists(st.builds(DataSet, plain, st.lists(values, min_size=1, max_size=3).map(tuple)), max_size=4)


@given(data_sets)
def test_round_trip(items):
    assert list(parse_data_sets(format_data_sets(items, "\r\n"))) == items


def test_telegram_check():
    block = with_bcc(b"\x021.8.0(1)\r\n!\r\n\x03")
    assert Telegram.from_bytes(b"/XXX5A\r\n" + block).checked
    assert Telegram.from_bytes(b"/XXX5A\r\n1.8.0(1)\r\n!\r\n").checked is None
    with pytest.raises(FrameCheckError):
        Telegram.from_bytes(b"/XXX5A\r\n" + block[:-1] + b"\x00")
    with pytest.raises(DecodeError):
        Telegram.from_bytes(b"nothing")
    with pytest.raises(DecodeError):
        Telegram.from_bytes(b"/XXX5A\r\n\r\n")
