"""access-request and access-response: every kind, lists that do not match, paths of errors."""

from __future__ import annotations

import pytest

from dlmskit import apdu
from dlmskit.codec import data as d
from dlmskit.enums import ActionResult, DataAccessResult
from dlmskit.exceptions import DecodeError
from dlmskit.obis import Obis

ENERGY = apdu.AttributeDescriptor(3, Obis(1, 0, 1, 8, 0, 255), 2)
BUFFER = apdu.AttributeDescriptor(7, Obis(1, 0, 99, 1, 0, 255), 2)
SCRIPT = apdu.MethodDescriptor(9, Obis(0, 0, 10, 0, 0, 255), 1)
ROWS = apdu.SelectiveAccess(2, d.double_long_unsigned(1))
WHERE = {
    ENERGY: "0003" + "0100010800ff" + "02",
    BUFFER: "0007" + "0100630100ff" + "02",
    SCRIPT: "0009" + "00000a0000ff" + "01",
}
SELECTED = "02" + "0600000001"


@pytest.mark.parametrize(
    ("specification", "octets"),
    [
        (apdu.AccessRequestGet(ENERGY), "01" + WHERE[ENERGY]),
        (apdu.AccessRequestSet(ENERGY), "02" + WHERE[ENERGY]),
        (apdu.AccessRequestAction(SCRIPT), "03" + WHERE[SCRIPT]),
        (apdu.AccessRequestGetWithSelection(BUFFER, ROWS), "04" + WHERE[BUFFER] + SELECTED),
        (apdu.AccessRequestSetWithSelection(BUFFER, ROWS), "05" + WHERE[BUFFER] + SELECTED),
    ],
)
def test_every_specification(specification: apdu.AccessRequestGet, octets: str) -> None:
    request = apdu.AccessRequest(0x4000_0001, None, (specification,), (d.null_data(),))
    assert request.to_bytes().hex() == "d940000001" + "00" + "01" + octets + "01" + "00"
    assert apdu.decode(request.to_bytes()) == request


@pytest.mark.parametrize(
    ("result", "octets"),
    [
        (apdu.AccessResponseGet(DataAccessResult.SUCCESS), "0100"),
        (apdu.AccessResponseSet(DataAccessResult.READ_WRITE_DENIED), "0203"),
        (apdu.AccessResponseAction(ActionResult.OTHER_REASON), "03fa"),
    ],
)
def test_every_result(result: apdu.AccessResponseGet, octets: str) -> None:
    response = apdu.AccessResponse(0x4000_0001, bytes(12), None, (d.unsigned(7),), (result,))
    assert response.to_bytes().hex() == "da40000001" + "0c" + "00" * 12 + "00" + "01" + "1107" + "01" + octets
    assert apdu.decode(response.to_bytes()) == response


def test_a_response_may_repeat_the_specifications() -> None:
    specifications = (apdu.AccessRequestGet(ENERGY), apdu.AccessRequestAction(SCRIPT))
    results = (apdu.AccessResponseGet(DataAccessResult.SUCCESS), apdu.AccessResponseAction(ActionResult.SUCCESS))
    response = apdu.AccessResponse(1, None, specifications, (d.unsigned(7), d.null_data()), results)
    decoded = apdu.decode(response.to_bytes())
    assert decoded == response
    assert decoded.to_bytes()[6:8] == b"\x01\x02"


def test_lists_of_other_lengths_decode() -> None:
    request = apdu.AccessRequest(1, None, (apdu.AccessRequestGet(ENERGY),), ())
    assert apdu.decode(request.to_bytes()) == request


@pytest.mark.parametrize(
    ("octets", "offset", "path"),
    [
        ("d9400000", 1, ("access-request", "long-invoke-id-and-priority")),
        ("d94000000103", 5, ("access-request", "date-time")),
        ("d94000000100" + "01" + "00", 7, ("access-request", "specifications", "[0]")),
        ("d94000000100" + "01" + "06", 7, ("access-request", "specifications", "[0]")),
        (
            "d94000000100" + "01" + "04" + WHERE[BUFFER],
            17,
            ("access-request", "specifications", "[0]", "access-selection"),
        ),
        ("d94000000100" + "05" + "01" + WHERE[ENERGY], 17, ("access-request", "specifications", "[1]")),
        ("d94000000100" + "ff" + "01" + WHERE[ENERGY], 6, ("access-request", "specifications")),
        ("da4000000100" + "02", 6, ("access-response", "specifications")),
        ("da4000000100" + "00" + "01" + "07", 8, ("access-response", "data", "[0]")),
        ("da4000000100" + "00" + "00" + "01" + "04" + "00", 9, ("access-response", "results", "[0]")),
        ("da4000000100" + "00" + "00" + "01" + "03" + "05", 10, ("access-response", "results", "[0]", "result")),
    ],
)
def test_errors_tell_the_place(octets: str, offset: int, path: tuple[str, ...]) -> None:
    with pytest.raises(DecodeError) as caught:
        apdu.decode(bytes.fromhex(octets))
    assert (caught.value.offset, caught.value.path[: len(path)]) == (offset, path)
