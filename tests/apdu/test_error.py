"""exception-response and confirmed-service-error."""

from __future__ import annotations

import pytest

from dlmskit import apdu
from dlmskit.enums import ServiceErrorCode, StateError
from dlmskit.exceptions import DecodeError, EncodeError


def test_exception_with_the_counter_that_was_expected() -> None:
    answer = apdu.ExceptionResponse(StateError.SERVICE_UNKNOWN, ServiceErrorCode.INVOCATION_COUNTER_ERROR, 89)
    assert answer.to_bytes().hex() == "d8020600000059"
    assert apdu.decode(answer.to_bytes()) == answer


@pytest.mark.parametrize("counter", [None, 1])
def test_the_counter_goes_with_its_error_only(counter: int | None) -> None:
    code = ServiceErrorCode.OTHER_REASON if counter else ServiceErrorCode.INVOCATION_COUNTER_ERROR
    with pytest.raises(EncodeError, match="invocation-counter"):
        apdu.ExceptionResponse(StateError.SERVICE_UNKNOWN, code, counter).to_bytes()


def test_service_error_in_words() -> None:
    # gvtret/gosem (MIT), pkg/dlmsclient/client_test.go
    answer = apdu.ConfirmedServiceError.from_bytes(bytes.fromhex("0e010604"))
    assert answer.service is apdu.ConfirmedService.INITIATE_ERROR
    assert answer.label == "initiate: refused-by-the-vde-handler"


@pytest.mark.parametrize(
    ("octets", "label"),
    [
        ("0e050500", "access: other"),
        ("0e010703", "load-data-set: dataset-size-too-large"),
        ("0e060842", "change-scope: 66"),
        ("0e060904", "task: ti-unusable"),
        ("0e050a00", "other: other"),
    ],
)
def test_every_class_of_error(octets: str, label: str) -> None:
    answer = apdu.ConfirmedServiceError.from_bytes(bytes.fromhex(octets))
    assert answer.label == label
    assert answer.to_bytes().hex() == octets


@pytest.mark.parametrize(
    ("octets", "offset", "field"),
    [
        ("d8", 1, "state-error"),
        ("d803", 1, "state-error"),
        ("d80107", 2, "service-error"),
        ("d801060000", 3, "invocation-counter"),
        ("0e09", 1, "service"),
        ("0e0163", 2, "error-class"),
        ("0e010605", 3, "value"),
        ("0e010a01", 3, "value"),
    ],
)
def test_unknown_values(octets: str, offset: int, field: str) -> None:
    with pytest.raises(DecodeError) as caught:
        apdu.decode(bytes.fromhex(octets))
    assert caught.value.offset == offset
    assert caught.value.path[1] == field


def test_a_value_that_its_class_does_not_have_is_not_encoded() -> None:
    with pytest.raises(EncodeError, match="value: 4 is no value of definition"):
        apdu.ConfirmedServiceError(apdu.ConfirmedService.WRITE, apdu.ErrorClass.DEFINITION, 4).to_bytes()
