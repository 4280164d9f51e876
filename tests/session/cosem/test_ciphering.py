"""General-ciphering inside an association: both roles, and everything that must not open."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from dlmskit.apdu import GeneralCiphering, ServiceCiphered, decode
from dlmskit.apdu.general import IdentifiedKey, KekId, KeyId, WrappedKey
from dlmskit.codec.data import double_long_unsigned, octet_string
from dlmskit.enums import Conformance
from dlmskit.exceptions import AssociationError, DlmskitError, SecurityError
from dlmskit.security.general_ciphering import MessageKey
from dlmskit.security.profile import AadForm, GeneralProfile
from dlmskit.session.cosem.channel import Form
from dlmskit.session.cosem.client import State
from dlmskit.session.cosem.questions import unasked
from dlmskit.session.cosem.settings import SERVER_CONFORMANCE
from dlmskit.session.operations import Action, Get, Set

from .pair import BUFFER, CLIENT_TITLE, METER_TITLE, REGISTER, SCRIPT, Pair

ENERGY = Get(3, REGISTER, 2)
LONG = octet_string(bytes(300))
SERVICE_BLOCKS = (
    Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ
    | Conformance.BLOCK_TRANSFER_WITH_SET_OR_WRITE
    | Conformance.BLOCK_TRANSFER_WITH_ACTION
)


@pytest.mark.parametrize("conformance", [SERVER_CONFORMANCE, SERVER_CONFORMANCE & ~SERVICE_BLOCKS])
@pytest.mark.parametrize("size", [128, 1024, 0])
@pytest.mark.parametrize("kind", ["gmac-ciphering", "gmac-ciphering-suite2"])
def test_every_service(kind: str, size: int, conformance: Conformance) -> None:
    sizes = {"max_receive_pdu_size": size}
    pair = Pair(kind, client={**sizes, "conformance": conformance}, server=sizes)
    pair.open()
    assert pair.ask(ENERGY) == double_long_unsigned(123_456)
    assert len(pair.ask(Get(7, BUFFER, 2)).value) == 40
    assert pair.ask(Set(7, BUFFER, 3, LONG)) is None
    assert pair.ask(Action(9, SCRIPT, 3, LONG)) == LONG
    pair.close()
    if size:
        assert max(len(octets) for octets in pair.sent + pair.received if octets[0] not in (0x60, 0x61)) <= size
    else:
        answer = decode(pair.received[-2])
        assert isinstance(answer, GeneralCiphering)
        assert (answer.originator_system_title, answer.recipient_system_title) == (METER_TITLE, CLIENT_TITLE)
        request = decode(pair.sent[-2])
        assert isinstance(request, GeneralCiphering)
        assert request.transaction_id == answer.transaction_id


@pytest.mark.parametrize(
    "fields",
    [
        {"transaction_id": bytes(8)},
        {"originator_system_title": CLIENT_TITLE},
        {"originator_system_title": b""},
        {"recipient_system_title": b"OTHER001"},
        {"recipient_system_title": b""},
        {"other_information": b"x"},
        {"key_info": IdentifiedKey(KeyId.GLOBAL_BROADCAST_ENCRYPTION_KEY)},
        {"key_info": WrappedKey(KekId.MASTER_KEY, bytes(24))},
        {"content": b""},
        {"content": bytes(30)},
        {"content": b"\x31" + bytes(30)},
        {"content": b"\x20" + bytes(30)},
    ],
)
def test_an_altered_answer_does_not_open(fields: dict[str, Any]) -> None:
    pair = Pair("gmac-ciphering")
    pair.open()

    def alter(message: bytes) -> list[bytes]:
        answer = decode(message)
        assert isinstance(answer, GeneralCiphering)
        return [structs.replace(answer, **fields).to_bytes()]

    pair.to_client = alter
    with pytest.raises((LookupError, DlmskitError)):
        pair.ask(ENERGY)
    assert pair.client.state in (State.BUSY, State.READY)
    assert pair.ignored or pair.client.state is State.READY


def test_a_repeated_request_is_refused() -> None:
    pair = Pair("gmac-ciphering")
    pair.open()
    pair.ask(Action(9, SCRIPT, 1))
    pair.server.receive(pair.sent[-1], 0.0)
    pair.settle()
    assert len(pair.meter.done) == 1
    assert decode(pair.received[-1]).NAME == "exception-response"


def test_another_reading_of_the_standard_is_a_setting_and_never_tried() -> None:
    plain = {"general_profile": GeneralProfile(aad=AadForm.PLAIN)}
    pair = Pair("gmac-ciphering", client=plain, server=plain)
    pair.open()
    assert pair.ask(ENERGY) == double_long_unsigned(123_456)
    pair = Pair("gmac-ciphering", client=plain)
    with pytest.raises(AssociationError):
        pair.open()


def test_it_must_be_granted() -> None:
    pair = Pair("gmac-ciphering", server={"conformance": SERVER_CONFORMANCE & ~Conformance.GENERAL_PROTECTION})
    with pytest.raises(AssociationError, match="general-protection"):
        pair.open()
    with pytest.raises(SecurityError, match="dedicated"):
        Pair("gmac-ciphering", client={"dedicated": True}).open()
    # a client that did not propose it cannot use it
    pair = Pair("gmac")
    pair.open()
    assert pair.client._handshake.channel is not None
    form = Form(key=MessageKey.IDENTIFIED, transaction_id=bytes(8))
    octets = unasked(pair.client._handshake.channel.sealing(bytes.fromhex("c001c100030100010800ff0200"), form))
    pair.server.receive(octets, 0.0)
    pair.settle()
    assert decode(pair.received[-1]).NAME == "exception-response"
    assert not isinstance(decode(pair.received[-1]), ServiceCiphered)
