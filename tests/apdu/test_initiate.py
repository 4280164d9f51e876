"""InitiateRequest and InitiateResponse."""

from __future__ import annotations

import pytest

from dlmskit import apdu
from dlmskit.enums import Conformance
from dlmskit.exceptions import DecodeError
from dlmskit.limits import Tolerance

# gvtret/gosem (MIT), pkg/dlmsclient/client_test.go: the plain text of a ciphered InitiateRequest
WITH_KEY = bytes.fromhex("0101105e168412318ba71848c99b2b2ab332940000065f1f040000181f0200")


def test_request_with_a_dedicated_key() -> None:
    request = apdu.InitiateRequest.from_bytes(WITH_KEY)
    assert request.dedicated_key == bytes.fromhex("5e168412318ba71848c99b2b2ab33294")
    assert request.response_allowed
    assert request.client_max_receive_pdu_size == 512
    assert Conformance.GET in request.proposed_conformance
    assert request.to_bytes() == WITH_KEY


def test_the_key_is_hidden() -> None:
    request = apdu.InitiateRequest.from_bytes(WITH_KEY)
    assert "dedicated_key=<16 octets>" in repr(request)
    assert "dedicated_key=None" in repr(apdu.InitiateRequest())


def test_response_not_allowed_is_said() -> None:
    request = apdu.InitiateRequest(response_allowed=False)
    assert request.to_bytes().hex().startswith("01000100")
    assert apdu.decode(request.to_bytes()) == request


def test_a_default_that_is_sent_is_a_quirk() -> None:
    tolerance = Tolerance()
    octets = bytes.fromhex("0100010100065f1f0400001e1dffff")
    assert apdu.InitiateRequest.from_bytes(octets, tolerance=tolerance).response_allowed
    assert tolerance.noticed == ["default-value-present"]


def test_quality_of_service_is_signed() -> None:
    response = apdu.InitiateResponse(negotiated_quality_of_service=-1)
    assert response.to_bytes()[1:3].hex() == "01ff"
    assert apdu.decode(response.to_bytes()) == response


def test_conformance_has_one_form() -> None:
    with pytest.raises(DecodeError, match="5f1f0400") as caught:
        apdu.decode(bytes.fromhex("0800065f1f0409001e1d04c80007"))
    assert caught.value.offset == 3
    assert caught.value.path == ("initiate-response", "negotiated-conformance")
