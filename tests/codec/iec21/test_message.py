import importlib.util
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.codec.iec21 import (
    MODE_B_RATES,
    MODE_C_RATES,
    Ack,
    Command,
    DataMessage,
    Identification,
    Nak,
    OptionSelect,
    Request,
    decode,
    rate_of,
    with_bcc,
    without_bcc,
)
from dlmskit.exceptions import DecodeError, EncodeError, FrameCheckError, FrameError, TruncatedError

ROOT = Path(__file__).parents[3]


def load_check():
    spec = importlib.util.spec_from_file_location("fuzz_iec21", ROOT / "fuzz/iec21.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.check


check = load_check()

MESSAGES = [
    (b"/?!\r\n", Request()),
    (b"/?12345678!\r\n", Request("12345678")),
    (b"/ISk5\\2MT382-1000\r\n", Identification("ISk", "5", "MT382-1000", "2")),
    (b"/GRX512345678\r\n", Identification("GRX", "5", "12345678")),
    (b"/ELS5\\@V9.30 \r\n", Identification("ELS", "5", "V9.30 ", "@")),
    (b"/EMHCeHZ\r\n", Identification("EMH", "C", "eHZ")),
    (b"\x06050\r\n", OptionSelect("0", "5", "0")),
    (b"\x06252\r\n", OptionSelect("2", "5", "2")),
    (b"\x01P0\x02(1234)\x03", Command("P0", "(1234)")),
    (b"\x01R5\x021.8.0()\x03", Command("R5", "1.8.0()")),
    (b"\x01R5\x021.8.0()\x04", Command("R5", "1.8.0()", more=True)),
    (b"\x01B0\x03", Command("B0")),
    (b"\x021.8.0(0001.5*kWh)\r\n!\r\n\x03", DataMessage("1.8.0(0001.5*kWh)\r\n!\r\n")),
    (b"\x02(1)\x04", DataMessage("(1)", more=True)),
    (b"\x06", Ack()),
    (b"\x15", Nak()),
]


@pytest.mark.parametrize(("octets", "message"), MESSAGES)
def test_messages_both_ways(octets, message):
    assert decode(octets) == message
    assert message.to_bytes() == octets


@pytest.mark.parametrize(
    ("octets", "offset"),
    [
        (b"", 0),
        (b"ISk5\r\n", 0),
        (b"/ISk", 4),
        (b"/I5k5\r\n", 1),
        (b"/ISk9X\r\n", 4),
        (b"/ISkGX\r\n", 4),
        (b"/ISk5!\r\n", 5),
        (b"/ISk5\\2\\@X\r\n", 7),
        (b"/ISk5" + b"A" * 60 + b"\r\n", 5),
        (b"/ISk5A\x02\r\n", 6),
        (b"/?1!2!\r\n", 2),
        (b"\x06051", 3),
        (b"\x15\x15", 0),
        (b"\x01R5", 3),
        (b"\x01r5\x03", 1),
        (b"\x01R51.8.0\x03", 3),
        (b"\x02abc", 4),
        (b"\x02a\x01b\x03", 2),
        (b"\x02\xb1\x03", 1),
        (bytes.fromhex("7ea00703039 38c117e".replace(" ", "")), 1),
    ],
)
def test_refusals_say_where(octets, offset):
    with pytest.raises(DecodeError) as caught:
        decode(octets)
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    "message",
    [Request("a!"), Request("1" * 33), Identification("I", "5"), Identification("ISK", "5", "a/b"), Command("R5", "é")],
)
def test_texts_that_cannot_be_sent(message):
    with pytest.raises(EncodeError):
        message.to_bytes()


def test_rate_characters():
    assert {c: rate_of(c) for c in "0123456"} == MODE_C_RATES
    assert {c: rate_of(c) for c in "ABCDEF"} == MODE_B_RATES
    assert (MODE_B_RATES["A"], MODE_B_RATES["F"], MODE_C_RATES["5"]) == (600, 19200, 9600)
    assert rate_of("x") is None
    for reserved in "789GHI":
        with pytest.raises(DecodeError, match="reserved"):
            rate_of(reserved)


def test_block_check():
    message = b"\x021.8.0(00000123.45*kWh)\r\n!\r\n\x03"
    assert with_bcc(message)[-1] == 0x4B
    assert without_bcc(with_bcc(message)) == message
    assert with_bcc(b"\x06") == b"\x06"


@pytest.mark.parametrize(
    ("octets", "error", "offset"),
    [
        (b"\x02(1)\x03\x00", FrameCheckError, 5),
        (b"\x02(1)\x03", TruncatedError, 5),
        (b"(1)\x03\x00", FrameError, 0),
        (b"\x02(1)\x03\x1b\x00", FrameError, 6),
    ],
)
def test_block_refusals(octets, error, offset):
    with pytest.raises(error) as caught:
        without_bcc(octets)
    assert caught.value.offset == offset


def test_passwords_are_not_shown():
    assert "secret" not in repr(Command("P1", "(secret)"))
    assert "secret" not in str([Command("P2", "(secret)")])
    assert "1.8.0" in repr(Command("R5", "1.8.0()"))


pieces = st.one_of(
    st.sampled_from([with_bcc(octets) for octets, _ in MESSAGES]),
    st.binary(max_size=12),
    st.text("()*&!/1.8\r\n\x01\x02\x03", max_size=12).map(str.encode),
)


@given(st.lists(pieces, max_size=5).map(b"".join))
def test_invariant_holds(octets):
    check(octets)


@pytest.mark.parametrize("octets", [octets for octets, _ in MESSAGES])
def test_invariant_holds_for_every_changed_octet(octets):
    line = with_bcc(octets)
    assert check(line)
    for at in range(len(line)):
        for octet in (0x00, 0x02, 0x03, 0x06, 0x28, 0x2F, 0xFF, line[at] ^ 1):
            check(line[:at] + bytes([octet]) + line[at + 1 :])
