"""`dlmskit encode` and `dlmskit decode --xml`."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlmskit import apdu
from dlmskit.notation import from_xml, to_json

from .command_line import accepted, dlmskit, refused, vector

ANSWER = "C401C1000202060001E2401601"
KAMSTRUP = vector("hdlc-frame-e6a5caac63af")  # captured, ciphered, keys published with it


def test_there_and_back(tmp_path: Path) -> None:
    xml = accepted(dlmskit("decode", "--xml", ANSWER)).out
    assert "<double-long-unsigned>123456</double-long-unsigned>" in xml
    file = tmp_path / "answer.xml"
    file.write_text(xml)
    assert accepted(dlmskit("encode", file)).out == f"{ANSWER}\n"
    assert accepted(dlmskit("encode", stdin=xml.encode())).out == f"{ANSWER}\n"
    json = to_json(apdu.decode(bytes.fromhex(ANSWER)))
    assert accepted(dlmskit("encode", "-", stdin=json.encode())).out == f"{ANSWER}\n"


def test_xml_of_a_frame_is_that_of_what_it_carries() -> None:
    keys = ["--guek", KAMSTRUP["context"]["guek"], "--gak", KAMSTRUP["context"]["gak"]]
    xml = accepted(dlmskit("decode", "--xml", KAMSTRUP["hex"], *keys)).out
    assert isinstance(from_xml(xml), apdu.DataNotification)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "in XML begins with <, in JSON with {"),
        (b"<get-response-normal>\n<result/></get-response-normal>", "line 2: wanted one element that names a type"),
        (b"<rlrq>\n<reason>x</reason></rlrq>", "line 2: wanted a whole number, found 'x'"),
        (b'{"type": "rlrq"', "line 1: "),
    ],
)
def test_what_cannot_be_read_is_one_line(text: bytes, words: str) -> None:
    refused(dlmskit("encode", stdin=text), 9, words)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    refused(dlmskit("encode", tmp_path / "none.xml"), 2, "cannot read")
