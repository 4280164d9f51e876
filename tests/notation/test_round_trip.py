"""Every APDU survives XML and JSON. See dlmskit/notation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlmskit import apdu, testing
from dlmskit.exceptions import DecodeError
from dlmskit.notation import SCHEMA, from_json, from_text, from_xml, to_json, to_xml

VECTORS = Path(__file__).parents[1] / "vectors"


def check(value: apdu.Apdu) -> None:
    """The value and its octets come back from either text, and from the text as octets."""
    xml, text = to_xml(value), to_json(value)
    assert from_xml(xml) == from_json(text) == from_text(xml.encode()) == from_text(text) == value
    assert from_xml(xml).to_bytes() == from_json(text).to_bytes() == value.to_bytes()


@pytest.mark.parametrize("cls", testing.CLASSES, ids=lambda cls: cls.__name__)
def test_every_class(cls: type[apdu.Apdu]) -> None:
    @given(testing.apdus_of(cls))
    @settings(max_examples=15, deadline=None, derandomize=True)
    def holds(value: apdu.Apdu) -> None:
        check(value)

    holds()


def real() -> list[apdu.Apdu]:
    found = []
    for line in (VECTORS / "apdu.jsonl").read_text().splitlines():
        try:
            found.append(apdu.decode(bytes.fromhex(json.loads(line)["hex"])))
        except DecodeError:
            continue
    return found


def test_every_real_apdu() -> None:
    values = real()
    assert len(values) > 90
    for value in values:
        check(value)


@given(testing.ALMOST_DATA)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_data_in_any_form_of_its_octets(octets: bytes) -> None:
    """Lengths in longer forms, a TRUE other than 01, impossible dates: the same octets come back."""
    try:
        value = apdu.decode(bytes.fromhex("c401c100") + octets)
    except DecodeError:
        return
    check(value)


ODD = """
    0302 098103010203 0a01ff 0a020d0a 0c03e2889e 0c02c280 177fc00001 18fff8000000000001 1700000000 1780000000 24 0400
    19ffffffffffffffffffffffff 1907e80d0f060c1e0000ffc400 1a07e8021e06 1bffffffff 040a5540 131206000100020003
    130202111203000001 ff 01830000020000 0a0120 0a00
"""


@pytest.mark.parametrize("octets", ODD.split())
def test_data_that_a_plain_value_does_not_say(octets: str) -> None:
    test_data_in_any_form_of_its_octets.hypothesis.inner_test(bytes.fromhex(octets))


def test_the_schema_as_documented() -> None:
    """docs/notation.md shows these; a change of them is a change of the schema."""
    value = apdu.decode(bytes.fromhex("c401c1000202060001e2401601"))
    assert json.loads(to_json(value)) == {
        "schema": SCHEMA,
        "type": "get-response-normal",
        "value": {
            "invoke-id-and-priority": 193,
            "result": {
                "type": "structure",
                "value": [{"type": "double-long-unsigned", "value": 123456}, {"type": "enum", "value": 1}],
            },
        },
    }
    assert to_xml(value) == (
        f'<get-response-normal schema="{SCHEMA}">\n'
        "  <invoke-id-and-priority>193</invoke-id-and-priority>\n"
        "  <result>\n"
        "    <structure>\n"
        "      <double-long-unsigned>123456</double-long-unsigned>\n"
        "      <enum>1</enum>\n"
        "    </structure>\n"
        "  </result>\n"
        "</get-response-normal>\n"
    )


@given(st.binary(max_size=80))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_any_octets_are_a_document_or_a_decode_error(octets: bytes) -> None:
    for text in (octets, b"<" + octets, b"{" + octets):
        with pytest.raises(DecodeError):
            from_text(text)
