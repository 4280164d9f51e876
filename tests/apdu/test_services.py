"""GET, SET and ACTION: fields, paths of errors, and what cannot be encoded."""

from __future__ import annotations

import pytest

from dlmskit import apdu
from dlmskit.codec import data as d
from dlmskit.enums import ActionResult, DataAccessResult
from dlmskit.exceptions import DecodeError, EncodeError, LimitError
from dlmskit.obis import Obis

CLOCK_TIME = apdu.AttributeDescriptor(8, Obis(0, 0, 1, 0, 0, 255), 2)


def test_get_request_of_the_clock() -> None:
    # gvtret/gosem (MIT), pkg/dlmsclient/client_test.go: the plain text of a ciphered request
    octets = bytes.fromhex("c001c100080000010000ff0200")
    request = apdu.decode(octets)
    assert request == apdu.GetRequestNormal(0xC1, CLOCK_TIME)
    assert request.to_bytes() == octets


def test_get_response_holds_data_or_a_reason() -> None:
    assert apdu.decode(bytes.fromhex("c401c1000600000016")) == apdu.GetResponseNormal(0xC1, d.double_long_unsigned(22))
    refused = apdu.decode(bytes.fromhex("c401c10104"))
    assert refused == apdu.GetResponseNormal(0xC1, DataAccessResult.OBJECT_UNDEFINED)


def test_block_with_data_and_block_with_a_reason() -> None:
    block = apdu.GetResponseWithDatablock(0xC1, False, 1, b"\x01\x02")
    assert block.to_bytes().hex() == "c402c1000000000100020102"
    refused = apdu.GetResponseWithDatablock(0xC1, True, 1, DataAccessResult.HARDWARE_FAULT)
    assert refused.to_bytes().hex() == "c402c101000000010101"


def test_selective_access_travels_behind_its_presence_octet() -> None:
    access = apdu.SelectiveAccess(2, d.structure(d.double_long_unsigned(1), d.double_long_unsigned(0)))
    request = apdu.GetRequestNormal(0xC1, CLOCK_TIME, access)
    assert request.to_bytes()[12:].hex() == "01" + "02" + "0202" + "0600000001" + "0600000000"


def test_action_response_with_the_answer_to_a_challenge() -> None:
    # the answer is the one in pwitab/dlms-cosem (MIT), tests/test_xdlms/test_action.py
    octets = bytes.fromhex("c701c1000100" + "09111000001a90e6d2221fa2fd85eed61acc22")
    response = apdu.ActionResponseNormal.from_bytes(octets)
    assert response.result is ActionResult.SUCCESS
    assert isinstance(response.return_parameters, d.Data)
    assert len(response.return_parameters.value) == 17
    assert response.to_bytes() == octets


@pytest.mark.parametrize(
    ("octets", "offset", "path"),
    [
        ("c001c1000800000100", 5, ("get-request-normal", "attribute", "instance-id")),
        ("c001c100080000010000ff0205", 12, ("get-request-normal", "access-selection")),
        ("c401c107", 3, ("get-response-normal", "result")),
        ("c401c10163", 4, ("get-response-normal", "result")),
        ("c402c10200000001", 3, ("get-response-with-datablock", "last-block")),
        ("c402c1010000000100820100aa", 12, ("get-response-with-datablock", "result")),
        ("c403c1020006000030390007", 11, ("get-response-with-list", "results", "[1]")),
        ("c403c17f0006000030390101", 4, ("get-response-with-list", "results")),
        ("c701c106", 3, ("action-response-normal", "result")),
        ("c505c1020063", 5, ("set-response-with-list", "results", "[1]")),
    ],
)
def test_errors_tell_the_place(octets: str, offset: int, path: tuple[str, ...]) -> None:
    with pytest.raises(DecodeError) as caught:
        apdu.decode(bytes.fromhex(octets))
    assert (caught.value.offset, caught.value.path[: len(path)]) == (offset, path)


def test_a_list_has_a_bound_on_its_items() -> None:
    def listed(count: int) -> bytes:
        return b"\xc5\x05\xc1\x82" + count.to_bytes(2, "big") + bytes(count)

    assert apdu.SetResponseWithList.from_bytes(listed(2048)).results == (DataAccessResult.SUCCESS,) * 2048
    with pytest.raises(LimitError, match="items: 2049 above 2048") as caught:
        apdu.decode(listed(2049))
    assert caught.value.offset == 6


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (apdu.GetRequestNext(0x100, 1), "invoke-id-and-priority: 256 does not fit Unsigned8"),
        (apdu.GetRequestNext(0xC1, 1 << 32), "block-number: 4294967296 does not fit Unsigned32"),
        (
            apdu.GetRequestNormal(0xC1, apdu.AttributeDescriptor(8, Obis(0, 0, 1, 0, 0, 255), 128)),
            "attribute: attribute-id: 128 does not fit Integer8",
        ),
    ],
)
def test_what_does_not_fit_is_not_encoded(request_: apdu.Apdu, reason: str) -> None:
    with pytest.raises(EncodeError) as caught:
        request_.to_bytes()
    assert str(caught.value) == reason


def test_a_wrong_alternative_is_not_encoded() -> None:
    with pytest.raises(EncodeError, match="result: str is not among the alternatives"):
        apdu.GetResponseNormal(0xC1, "text").to_bytes()  # type: ignore[arg-type]
