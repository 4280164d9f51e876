"""AARQ, AARE, RLRQ, RLRE."""

from __future__ import annotations

import pytest

from dlmskit import apdu
from dlmskit.enums import ApplicationContext, AssociationResult, Mechanism
from dlmskit.exceptions import DecodeError, EncodeError
from dlmskit.limits import Tolerance

# epri-dev/DLMS-COSEM (BSD-3-Clause), test/UnitTest-APDU-AARQ.cpp
AARQ_LOW = bytes.fromhex(
    "6036a1090607608574050801018a0207808b0760857405080201ac0a80083333333333333333be10040e01000000065f1f0400007e1f0000"
)
# pwitab/dlms-cosem (MIT), tests/test_hdlc/test_hdlc.py
AARE_ACCEPTED = bytes.fromhex("6129a109060760857405080101a203020100a305a103020100be10040e0800065f1f0400001e1d04c80007")
# gvtret/gosem (MIT), pkg/dlmsclient/client_test.go: a reject without user-information
AARE_BARE_REJECT = bytes.fromhex("6117a109060760857405080101a203020101a305a10302010d")
ACCEPTED = apdu.ResultSourceDiagnostic(0)


def wrapped(tag: int, contents: str) -> bytes:
    octets = bytes.fromhex(contents)
    return bytes((tag, len(octets))) + octets


def test_aarq_with_a_password() -> None:
    request = apdu.Aarq.from_bytes(AARQ_LOW)
    assert request.application_context_name is ApplicationContext.LN
    assert request.mechanism_name is Mechanism.LOW
    assert request.calling_authentication_value == b"3" * 8
    assert request.sender_acse_requirements == apdu.AUTHENTICATION_REQUIREMENT
    assert isinstance(apdu.decode(request.user_information or b""), apdu.InitiateRequest)
    assert request.to_bytes() == AARQ_LOW


def test_aarq_built_by_hand_is_the_same() -> None:
    request = apdu.Aarq(
        application_context_name=ApplicationContext.LN,
        sender_acse_requirements=apdu.AUTHENTICATION_REQUIREMENT,
        mechanism_name=Mechanism.LOW,
        calling_authentication_value=b"3" * 8,
        user_information=bytes.fromhex("01000000065f1f0400007e1f0000"),
    )
    assert request.to_bytes() == AARQ_LOW


def test_no_secret_in_repr() -> None:
    shown = repr(apdu.Aarq.from_bytes(AARQ_LOW))
    assert "3333" not in shown
    assert "calling_authentication_value=<8 octets>" in shown
    assert "3333" not in str(apdu.Aarq.from_bytes(AARQ_LOW).__rich_repr__())


def test_reject_without_user_information() -> None:
    answer = apdu.Aare.from_bytes(AARE_BARE_REJECT)
    assert answer.result is AssociationResult.REJECTED_PERMANENT
    assert answer.result_source_diagnostic.label == "authentication-failure"
    assert answer.user_information is None
    assert answer.to_bytes() == AARE_BARE_REJECT


def test_provider_diagnostic_and_unknown_diagnostic() -> None:
    provider = wrapped(0x61, "a109060760857405080101" + "a203020101" + "a305a203020102")
    assert apdu.Aare.from_bytes(provider).result_source_diagnostic.label == "no-common-acse-version"
    unknown = wrapped(0x61, "a109060760857405080101" + "a203020101" + "a305a103020163")
    assert apdu.Aare.from_bytes(unknown).result_source_diagnostic.label == "99"


def test_unknown_elements_and_names_are_kept() -> None:
    octets = wrapped(
        0x60, "a109060760857405080163" + "a2030601ff"[:4] + "0601 2a".replace(" ", "") + "8b0760857405080263"
    )
    request = apdu.Aarq.from_bytes(octets)
    assert request.application_context_name == "2.16.756.5.8.1.99"
    assert request.mechanism_name == "2.16.756.5.8.2.99"
    assert request.unknown == ((0xA2, bytes.fromhex("06012a")),)
    assert request.to_bytes() == octets


def test_release_with_and_without_elements() -> None:
    assert apdu.Rlrq(reason=0).to_bytes().hex() == "6203800100"
    assert apdu.Rlre.from_bytes(bytes.fromhex("6300")) == apdu.Rlre()


@pytest.mark.parametrize(
    ("octets", "offset", "what"),
    [
        (wrapped(0x61, "a203020100a305a103020100"), 14, "0xa1 is missing"),
        (wrapped(0x61, "a109060760857405080101a203020100"), 18, "0xa3 is missing"),
        (wrapped(0x61, "a109060760857405080101a203020103a305a103020100"), 17, "no AssociationResult"),
        (wrapped(0x61, "a109060760857405080101a203020101a203020100a305a103020100"), 18, "comes twice"),
        (wrapped(0x60, "a109060760857405080101a6040402aabb"), 17, "wanted 8 octets, found 2"),
        (wrapped(0x60, "a109060760857405080101be00"), 15, "2 octets"),
        (wrapped(0x60, "a109060760857405080101be020400"), 17, "some octets"),
        (AARE_ACCEPTED[:-1], 0, "wants 41 octets"),
        (AARE_ACCEPTED + b"\0", 43, "1 octets too many"),
    ],
)
def test_what_is_refused(octets: bytes, offset: int, what: str) -> None:
    with pytest.raises(DecodeError, match=what) as caught:
        apdu.decode(octets)
    assert caught.value.offset == offset
    assert caught.value.path[0] in ("aarq", "aare")


@pytest.mark.parametrize(
    ("octets", "quirk"),
    [
        (wrapped(0x62, "be03040101800100"), "acse-elements-out-of-order"),
        (bytes.fromhex("628103800100"), "length-not-minimal"),
        (bytes.fromhex("620480020000"), "integer-not-minimal"),
    ],
)
def test_deviations_with_one_meaning(octets: bytes, quirk: str) -> None:
    tolerance = Tolerance()
    assert apdu.Rlrq.from_bytes(octets, tolerance=tolerance).reason == 0
    assert tolerance.noticed == [quirk]
    with pytest.raises(DecodeError, match=quirk):
        apdu.Rlrq.from_bytes(octets, tolerance=Tolerance(strict=True))


def test_unknown_elements_out_of_order_decode_as_they_are_written_back() -> None:
    release = apdu.Rlrq.from_bytes(wrapped(0x62, "8402aabb8201cc"))
    assert release.unknown == ((0x82, b"\xcc"), (0x84, b"\xaa\xbb"))
    assert apdu.Rlrq.from_bytes(release.to_bytes()) == release


def test_a_title_of_the_wrong_size_is_not_encoded() -> None:
    with pytest.raises(EncodeError, match="wanted 8 octets"):
        apdu.Aarq(application_context_name=ApplicationContext.LN, calling_ap_title=b"short").to_bytes()
