"""The observer on P1 telegrams and DL/T 645 frames, whole and in pieces."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.link.dlt645 import Dlt645Frame
from dlmskit.stack.observe import Layer, Observer

VECTORS = [
    json.loads(line) for line in (Path(__file__).parents[1] / "vectors/p1.jsonl").read_text("ascii").splitlines()
]
WITH_CRC = [bytes.fromhex(v["hex"]) for v in VECTORS if "crc" in v["expected"] and v["hex"].startswith("2f")]
WAKE_UP = b"\xfe\xfe\xfe\xfe"
METER = bytes.fromhex("121078563412")
VOLTAGE = WAKE_UP + bytes.fromhex("68121078563412689106333434353455f616")
"""made by the PyPI package dlt645 3.2.0 (Apache-2.0)"""


@pytest.mark.parametrize("octets", WITH_CRC)
def test_the_crc_of_a_telegram_is_checked(octets: bytes) -> None:
    layer = Observer().explain(octets)
    assert not layer.problems()
    (crc,) = [field for part in layer.walk() for field in part.fields if field.name == "crc"]
    assert (crc.note, octets[crc.offset : crc.end].decode()) == ("right", crc.value)
    spoilt = octets.replace(b"1-0:1.7.0(0", b"1-0:1.7.0(1")
    (problem,) = Observer().explain(spoilt).problems()
    assert problem.offset == crc.offset


def test_a_dlt645_answer_is_read_with_its_value() -> None:
    layer = Observer().explain(VOLTAGE)
    assert not layer.problems()
    (frame,) = layer.children
    fields = {field.name: field for field in frame.fields}
    assert fields["address"].value == "123456781012"
    assert fields["control"].note == "read, from the meter"
    assert (fields["data-identifier"].value, fields["data-identifier"].note) == ("02010100", "voltage, L1")
    assert (fields["data"].value, fields["data"].note) == (bytes.fromhex("0122"), "220.1 V")
    assert (frame.offset, frame.end) == (0, len(VOLTAGE))
    assert VOLTAGE[fields["checksum"].offset] == 0xF6


def test_a_refusal_is_named_and_a_password_is_not_shown() -> None:
    refused = Observer().explain(Dlt645Frame(METER, 0xD1, b"\x02").to_bytes())
    assert [field.note for field in refused.children[0].fields if field.name == "error"] == ["no-requested-data"]
    write = Observer().explain(Dlt645Frame(METER, 0x14, bytes(4) + b"\x02\x65\x43\x21" + bytes(8)).to_bytes())
    assert "02654321" not in json.dumps(write.to_dict()).replace(" ", "")


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_a_stream_in_pieces(size: int) -> None:
    stream = VOLTAGE + Dlt645Frame(METER, 0x11, bytes(4)).to_bytes() + VOLTAGE
    observer = Observer()
    layers: list[Layer] = []
    for start in range(0, len(stream), size):
        layers += observer.feed(stream[start : start + size])
    layers += observer.finish()
    assert [(layer.name, layer.error) for layer in layers] == [("dlt645-frame", None)] * 3
    assert [layer.end for layer in layers][-1] == len(stream)


def test_a_frame_that_is_cut_or_spoilt_says_where() -> None:
    (cut,) = Observer().explain(VOLTAGE[:-3]).problems()
    assert cut.offset == len(VOLTAGE) - 3
    spoilt = Observer().explain(VOLTAGE[:-3] + b"\x00" + VOLTAGE[-2:])
    assert spoilt.problems()[0].offset == len(VOLTAGE) - 2


@given(st.binary(max_size=80), st.integers(1, 20))
def test_nothing_is_raised_for_any_octets(noise: bytes, size: int) -> None:
    for octets in (noise, VOLTAGE[:12] + noise, noise + VOLTAGE, b"/ZZE5X\r\n\r\n1(2)\r\n!" + noise):
        Observer().explain(octets)
        observer = Observer()
        for start in range(0, len(octets), size):
            observer.feed(octets[start : start + size])
        observer.finish()
