"""The observer looks into APDUs that carry others, and says what it did not check."""

from __future__ import annotations

from dlmskit import apdu
from dlmskit.enums import DataAccessResult
from dlmskit.security.general_ciphering import seal, wrapped_key
from dlmskit.security.keys import KeySet
from dlmskit.stack.observe import Layer, Observer

GET = bytes.fromhex("c001c100030100010800ff0200")
CLEAR = 0x11


def explain(value: apdu.Apdu) -> tuple[Observer, Layer]:
    observer = Observer()
    (layer,) = observer.explain(value.to_bytes()).children
    return observer, layer


def heard(observer: Observer) -> list[str]:
    return [message.apdu.NAME for message in observer.messages]


def test_a_gateway_prefix_and_what_is_behind_it() -> None:
    observer, layer = explain(apdu.GatewayRequest(7, b"\x01", GET))
    (inner,) = layer.children
    assert (inner.name, inner.role, inner.offset, inner.end) == ("get-request-normal", "user-data", 4, 17)
    assert heard(observer) == ["gateway-request", "get-request-normal"]
    observer, _ = explain(apdu.GatewayResponse(7, b"\x01", bytes.fromhex("c401c1001107")))
    assert {message.side for message in observer.messages} == {"server"}


def test_a_signed_apdu_in_a_message_that_is_only_authenticated() -> None:
    response = apdu.AccessResponse(1, None, None, (), (apdu.AccessResponseSet(DataAccessResult.SUCCESS),))
    signed = apdu.GeneralSigning(b"\x02", bytes(8), bytes(8), None, b"", response.to_bytes(), b"")
    content = apdu.CipheredContent(CLEAR, 0, signed.to_bytes(), bytes(12)).to_bytes()
    observer, layer = explain(apdu.GeneralCiphering(b"", b"", b"", None, b"", None, content))
    assert heard(observer) == ["general-ciphering", "general-signing", "access-response"]
    assert not layer.problems()
    (ciphered,) = layer.children
    assert ciphered.note.startswith("NOT authenticated")
    (signing,) = ciphered.children
    assert signing.note == "no signature"
    (result,) = [part for part in layer.walk() if part.role == "" and part.name == "[0]"]
    assert result.note == "access-response-set"
    assert layer.end == result.end + 1 + 12


def test_what_is_signed_may_be_no_apdu() -> None:
    observer, layer = explain(apdu.GeneralSigning(b"\x02", bytes(8), bytes(8), None, b"", b"\x01\x09\x01", bytes(64)))
    assert not layer.children
    assert layer.note == "signature not verified"
    assert heard(observer) == ["general-signing"]


def test_an_agreed_key_is_asked_for() -> None:
    agreed = apdu.AgreedKey(b"\x01", bytes(128))
    observer, layer = explain(
        apdu.GeneralCiphering(b"", bytes(8), bytes(8), None, b"", agreed, b"\x31\0\0\0\0\xaa" + bytes(12))
    )
    (problem,) = layer.problems()
    assert problem.kind == "key"
    assert heard(observer) == ["general-ciphering"]


def test_carriers_in_carriers_end_somewhere() -> None:
    octets = GET
    for _ in range(40):
        octets = apdu.GatewayRequest(0, b"", octets).to_bytes()
    tree = Observer().explain(octets)
    (problem,) = tree.problems()
    assert "APDUs within APDUs" in problem.reason


KEYS = KeySet(bytes(range(16)), bytes(range(0xD0, 0xE0)), master_key=bytes(range(0x40, 0x50)))
TITLE = b"CLI\0\0\0\0\x01"


def sealed(key_info: apdu.IdentifiedKey | apdu.WrappedKey | None, key: bytes) -> apdu.GeneralCiphering:
    empty = apdu.GeneralCiphering(b"\x01", TITLE, bytes(8), None, b"", key_info, b"")
    return seal(empty, GET, key=key, gak=KEYS.gak, invocation_counter=7, security_control=0x30)


def test_a_message_under_a_key_that_is_known_or_that_it_brings_is_opened() -> None:
    assert KEYS.guek is not None
    fresh = bytes(range(0x60, 0x70))
    for message in (sealed(None, KEYS.guek), sealed(wrapped_key(fresh, KEYS), fresh)):
        observer = Observer(lambda title: KEYS if title == TITLE else None)
        tree = observer.explain(message.to_bytes())
        assert not tree.problems()
        assert heard(observer) == ["general-ciphering", "get-request-normal"]
        origin = observer.messages[1].origin
        assert origin is not None
        assert (origin.system_title, origin.authenticated) == (TITLE, True)


def test_a_message_that_does_not_verify_is_not_shown() -> None:
    observer = Observer(lambda title: KEYS)
    tree = observer.explain(sealed(None, bytes(16)).to_bytes())
    (problem,) = tree.problems()
    assert problem.kind == "security"
    assert heard(observer) == ["general-ciphering"]
