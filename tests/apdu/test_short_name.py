"""Services of short name referencing: every way to name a variable, every result, blocks."""

from __future__ import annotations

import pytest

from dlmskit import apdu
from dlmskit.codec import data as d
from dlmskit.enums import DataAccessResult
from dlmskit.exceptions import DecodeError, EncodeError

OBJECT_LIST = apdu.VariableName(0xFA08)


@pytest.mark.parametrize(
    ("variable", "octets"),
    [
        (OBJECT_LIST, "02fa08"),
        (apdu.ParameterizedAccess(0x2000, 1, d.unsigned(7)), "042000011107"),
        (apdu.BlockNumberAccess(3), "050003"),
        (apdu.ReadDataBlockAccess(True, 1, b"\xaa\xbb"), "0601000102aabb"),
        (apdu.WriteDataBlockAccess(False, 2), "07000002"),
    ],
)
def test_every_variable(variable: apdu.VariableName, octets: str) -> None:
    for request, head, tail in (
        (apdu.ReadRequest((variable,)), "05", ""),
        (apdu.WriteRequest((variable,), (d.unsigned(1),)), "06", "011101"),
        (apdu.UnconfirmedWriteRequest((variable,), (d.unsigned(1),)), "16", "011101"),
        (apdu.InformationReportRequest(None, (variable,), (d.unsigned(1),)), "1800", "011101"),
    ):
        assert request.to_bytes().hex() == head + "01" + octets + tail
        assert apdu.decode(request.to_bytes()) == request


@pytest.mark.parametrize(
    ("result", "octets"),
    [
        (d.long_unsigned(27), "0012001b"),
        (DataAccessResult.OBJECT_UNDEFINED, "0104"),
        (apdu.ReadDataBlock(False, 1, b"\xaa\xbb"), "0200000102aabb"),
        (apdu.BlockNumber(5), "030005"),
    ],
)
def test_every_result_of_a_read(result: d.Data, octets: str) -> None:
    response = apdu.ReadResponse((result, d.null_data()))
    assert response.to_bytes().hex() == "0c02" + octets + "0000"
    assert apdu.decode(response.to_bytes()) == response


def test_every_result_of_a_write() -> None:
    response = apdu.WriteResponse((apdu.WriteSuccess(), DataAccessResult.READ_WRITE_DENIED, apdu.BlockNumber(5)))
    assert response.to_bytes().hex() == "0d03" + "00" + "0103" + "020005"
    assert apdu.decode(response.to_bytes()) == response


def test_a_read_that_gurux_sent_and_pydlms_answered() -> None:
    # tests/transcripts/gurux-py__pydlms__low_sn_hdlc.jsonl: four variables, none of which the meter has
    request = apdu.decode(bytes.fromhex("0504020008020010020008020008"))
    assert request == apdu.ReadRequest(tuple(map(apdu.VariableName, (0x08, 0x10, 0x08, 0x08))))
    response = apdu.decode(bytes.fromhex("0c040104010401040104"))
    assert response == apdu.ReadResponse((DataAccessResult.OBJECT_UNDEFINED,) * 4)


def test_a_report_with_its_time() -> None:
    report = apdu.InformationReportRequest(b"20261121130000Z", (OBJECT_LIST,), (d.unsigned(1),))
    assert report.to_bytes()[1:3] == b"\x01\x0f"
    assert apdu.decode(report.to_bytes()) == report


@pytest.mark.parametrize(
    ("octets", "offset", "path"),
    [
        ("0501", 2, ("read-request", "variables")),
        ("050103fa08", 2, ("read-request", "variables", "[0]")),
        ("050108fa08", 2, ("read-request", "variables", "[0]")),
        ("050102fa", 3, ("read-request", "variables", "[0]", "variable-name")),
        ("05010602000102aabb", 3, ("read-request", "variables", "[0]", "last-block")),
        ("05010601000103aabb", 7, ("read-request", "variables", "[0]", "raw-data")),
        ("0c010400", 2, ("read-response", "results", "[0]")),
        ("0c020000", 4, ("read-response", "results", "[1]")),
        ("060102fa0801", 6, ("write-request", "data")),
        ("0d0103", 2, ("write-response", "results", "[0]")),
        ("18020102fa0800", 1, ("information-report-request", "current-time")),
        ("050102fa0800", 5, ("read-request",)),
    ],
)
def test_errors_tell_the_place(octets: str, offset: int, path: tuple[str, ...]) -> None:
    with pytest.raises(DecodeError) as caught:
        apdu.decode(bytes.fromhex(octets))
    assert (caught.value.offset, caught.value.path[: len(path)]) == (offset, path)


def test_the_choices_are_spelled_in_an_error() -> None:
    with pytest.raises(DecodeError, match="choice must be 2, 4, 5, 6 or 7, found 3"):
        apdu.decode(bytes.fromhex("050103fa08"))


def test_a_short_name_has_16_bits() -> None:
    with pytest.raises(EncodeError, match="variable-name: 65536 does not fit Unsigned16"):
        apdu.ReadRequest((apdu.VariableName(0x10000),)).to_bytes()
