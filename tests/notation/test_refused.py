"""What a notation text may not be, and what the error says of the place."""

from __future__ import annotations

import time

import pytest

from dlmskit.exceptions import DecodeError, LimitError
from dlmskit.limits import Limits
from dlmskit.notation import from_json, from_text, from_xml

HEAD = "<get-response-normal>\n <invoke-id-and-priority>193</invoke-id-and-priority>\n <result>"
TAIL = "</result>\n</get-response-normal>"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(9))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"<!DOCTYPE x [{LAUGHS}]>{HEAD}<visible-string>&l8;</visible-string>{TAIL}", "line 1: a document type"),
        ("<!DOCTYPE x SYSTEM 'file:///etc/passwd'><x/>", "line 1: a document type"),
        (f"{HEAD}<visible-string>&other;</visible-string>{TAIL}", "line 3: undefined entity"),
        ("<?php x?><rlrq/>", "line 1: a processing instruction"),
        ('<?xml version="1.0" encoding="nonsense"?><rlrq/>', "line 1: "),
        (f"{HEAD}<unsigned>256</unsigned>{TAIL}", "line 3: "),
        (f"{HEAD}<unsigned>1e3</unsigned>{TAIL}", "line 3: wanted a whole number, found '1e3'"),
        (f"{HEAD}<unsignd>1</unsignd>{TAIL}", "line 3: 'unsignd' is no type of Data"),
        (f"{HEAD}<octet-string>0</octet-string>{TAIL}", "line 3: wanted octets in hex, found '0'"),
        (f"{HEAD}<boolean>yes</boolean>{TAIL}", "line 3: wanted true or false, found 'yes'"),
        (
            f"{HEAD}<enum>1</enum><enum>1</enum>{TAIL}",
            "line 3: wanted one element that names a type in <result>",
        ),
        (f"{HEAD}<array>5</array>{TAIL}", "line 3: text in <array>, where only elements may stand"),
        (f"{HEAD}<integer><integer>1</integer></integer>{TAIL}", "line 3: <integer> where a number or text"),
        (
            f"{HEAD}<data-access-result>object-gone</data-access-result>{TAIL}",
            "line 3: 'object-gone' is none of: ",
        ),
        (f'{HEAD}<enum unit="kWh">1</enum>{TAIL}', "line 3: attribute unit='kWh' has no meaning here"),
        (
            "<get-response-normal>\n</get-response-normal>",
            "line 1: get-response-normal lacks invoke-id",
        ),
        ("<rlrq>\n<raeson>0</raeson></rlrq>", "line 2: rlrq has no field 'raeson'; it has: "),
        ("<rlrq><reason>0</reason>\n<reason>0</reason></rlrq>", "line 2: <reason> comes twice"),
        ("<get-response/>", "line 1: no APDU is named 'get-response'"),
        (
            "<glo-get-request><tag>201</tag><content>00</content></glo-get-request>",
            "line 1: the tag says glo-set",
        ),
        ("<glo-get-request><tag>1</tag><content>00</content></glo-get-request>", "line 1: "),
        ("<rlrq>", "line 1: no element found"),
        ("<rlrq></rlre>", "line 1: mismatched tag"),
        ('<rlrq schema="dlmskit/apdu/2"/>', "line 1: attribute schema="),
    ],
)
def test_xml(text: str, words: str) -> None:
    with pytest.raises(DecodeError) as caught:
        from_xml(text)
    assert caught.value.reason.startswith(words), caught.value.reason
    assert 0 <= caught.value.offset <= len(text)


@pytest.mark.parametrize(
    ("text", "words", "path"),
    [
        ('{"type":"rlrq",\n"value":{]}', "line 2: Expecting property name", ()),
        ('{"type":"rlrq",\n"value":{"reason":true}}', "line 2: wanted a whole number, found True", ("rlrq", "reason")),
        ('{"type":"rlrq","value":\n{"reason":1.5}}', "line 2: wanted a whole number, found 1.5", ("rlrq", "reason")),
        ('{"type":"rlrq","value":[]}', "line 1: wanted an object, found an array", ("rlrq",)),
        ('{"type":"rlrq","value":{},"more":1}', 'line 1: wanted {"type": ..., "value": ...}', ()),
        ('{"type":7,"value":{}}', 'line 1: wanted the name of a type in "type"', ()),
        ('{"type":"rlrq"}', "line 1: wanted an object, found null", ("rlrq",)),
        ('{"schema":"dlmskit/apdu/2","type":"rlrq","value":{}}', "wanted the schema dlmskit/apdu/1", ("schema",)),
        ("[]", 'line 1: wanted {"type": ..., "value": ...}', ()),
        ('{"type":"rlrq","type":"rlrq","value":{}}', "'type' comes twice", ()),
        ('{"type":"rlrq","value":{"reason":NaN}}', "NaN is no number", ()),
        ('{"type":"rlrq","value":{"reason":' + "9" * 5000 + "}}", "a number of 5000 digits", ()),
        ('{"type":"rlrq","value":{"reason":1e999}}', "1e999 is beyond every float", ()),
        (
            '{"type":"data-notification","value":{"long-invoke-id-and-priority":1,\n"notification-body":'
            '{"type":"array","value":[{"type":"bcd","value":1},\n{"type":"bcd","value":-1}]}}}',
            "line 3: ",
            ("data-notification", "notification-body", "array", "[1]", "bcd"),
        ),
    ],
)
def test_json(text: str, words: str, path: tuple[str, ...]) -> None:
    with pytest.raises(DecodeError) as caught:
        from_json(text)
    assert caught.value.reason.startswith(words), caught.value.reason
    assert caught.value.path == path
    assert 0 <= caught.value.offset <= len(text)


def test_json_errors_point_at_the_value() -> None:
    result = '{"type": "enum", "value": 256}'
    text = f'{{"type": "get-response-normal", "value": {{"result": {result}, "invoke-id-and-priority": 1}}}}'
    with pytest.raises(DecodeError) as caught:
        from_json(text)
    assert text[caught.value.offset :].startswith("256}")


@pytest.mark.parametrize("levels", [33, 2000, 100_000])
def test_depth(levels: int) -> None:
    with pytest.raises(LimitError, match="depth"):
        from_xml(f"{HEAD}{'<array>' * levels}{'</array>' * levels}{TAIL}")
    nested = '{"type":"array","value":[' * levels + "]}" * levels
    with pytest.raises(LimitError, match="depth"):
        from_json('{"type":"get-response-normal","value":{"invoke-id-and-priority":1,"result":' + nested + "}}")


def test_size() -> None:
    with pytest.raises(LimitError, match="apdu_octets"):
        from_text("<rlrq/>" + " " * 200, limits=Limits(apdu_octets=10))


def test_work_is_linear() -> None:
    """Thirty thousand elements with white space between them."""
    text = f"{HEAD}<array>\n" + "  <null-data/>\n" * 30_000 + f"</array>{TAIL}"
    begin = time.perf_counter()
    assert len(from_xml(text).to_bytes()) == 30_000 + 8
    assert time.perf_counter() - begin < 10


@pytest.mark.parametrize(
    ("text", "offset"), [(b'{"":"",\n"":"\xf0"', 12), (b'{"type":"\xff"}', 9), (b"<rlrq>\xff</rlrq>", 6)]
)
def test_no_text(text: bytes, offset: int) -> None:
    with pytest.raises(DecodeError, match="line ") as caught:
        from_text(text)
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    "text",
    [
        "<{0}/>",
        "<rlrq><{0}/></rlrq>",
        "<rlrq {0}='1'/>",
        "<rlrq><reason><{0}/></reason></rlrq>",
        "<rlrq><reason>{0}</reason></rlrq>",
        HEAD + "<{0}/>" + TAIL,
        HEAD + "<date><{0}/></date>" + TAIL,
        '{{"type":"{0}","value":{{}}}}',
        '{{"type":"rlrq","value":{{"{0}":1}}}}',
        '{{"type":"rlrq","value":{{"reason":"{0}"}}}}',
        '{{"schema":"{0}","type":"rlrq"}}',
    ],
)
def test_an_error_is_short_whatever_the_text(text: str) -> None:
    with pytest.raises(DecodeError) as caught:
        from_text(text.format("a" * 50_000))
    assert len(str(caught.value)) < 500


def test_neither() -> None:
    with pytest.raises(DecodeError, match=r"in XML begins with <, in JSON with \{"):
        from_text("c001c100")
