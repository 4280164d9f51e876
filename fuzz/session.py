"""Invariant: whatever a peer sends, a session raises nothing, and gives no value that the peer's answer did not hold.

- Client and meter take any messages in any state; every end of a wait is one event.
- A completed read of the plain association was answered under its own invoke-id; what came in general blocks beside the
  answer is told as a notification or not at all.
- A meter that wants requests signed and sealed does nothing that comes from somebody without its keys, and a receiver
  that wants pushes signed tells none of them.

Run ``python -m fuzz session``; tests/session/cosem/test_invariants.py runs the same check.
The first octet of each message is its length, so that one input is a whole conversation.
"""

from __future__ import annotations

from collections.abc import Iterator

from dlmskit.apdu import (
    Aare,
    AttributeDescriptor,
    GeneralBlockTransfer,
    GetResponseNormal,
    GetResponseWithDatablock,
    InitiateResponse,
    MethodDescriptor,
    ResultSourceDiagnostic,
    SelectiveAccess,
    decode,
)
from dlmskit.codec.data import Data, null_data
from dlmskit.enums import ApplicationContext, AssociationResult, Conformance
from dlmskit.exceptions import DlmskitError
from dlmskit.obis import Obis
from dlmskit.security.credentials import Credentials
from dlmskit.security.key_holder import PairNeed, respond
from dlmskit.security.key_pair import PrivateKey
from dlmskit.security.keys import KeySet
from dlmskit.security.needs import KeysProvided
from dlmskit.security.policy import Protection, SecurityPolicy
from dlmskit.session.base import Completed, Failed, KeysNeeded, Notified, Opened
from dlmskit.session.cosem.client import CosemClientSession
from dlmskit.session.cosem.receiver import ReceiverSession
from dlmskit.session.cosem.server import CosemServerSession
from dlmskit.session.cosem.settings import CLIENT_CONFORMANCE, AssociationSettings, ServerAssociation
from dlmskit.session.operations import Get

ENERGY = Get(3, Obis(1, 0, 1, 8, 0, 255), 2)
IN_BLOCKS = CLIENT_CONFORMANCE | Conformance.GENERAL_BLOCK_TRANSFER


def accepted(conformance: Conformance) -> bytes:
    """The AARE of a meter that grants this."""
    return Aare(
        application_context_name=ApplicationContext.LN,
        result=AssociationResult.ACCEPTED,
        result_source_diagnostic=ResultSourceDiagnostic(0),
        user_information=InitiateResponse(negotiated_conformance=conformance).to_bytes(),
    ).to_bytes()


KEYS = KeySet(bytes(range(0x10)), bytes(range(0xD0, 0xE0)), master_key=bytes(range(0x60, 0x70)), suite=1)
OWN, PEER = b"CLI\x00\x00\x00\x00\x01", b"MMM\x00\x00\x00\x00\x01"
_OURS, _THEIRS = (PrivateKey(bytes(31) + bytes((seed,)), 1) for seed in (7, 9))
PAIRS = Credentials(1, signing=_THEIRS, agreement=_THEIRS, peer_signing=_OURS.public, peer_agreement=_OURS.public)
SIGNED = ServerAssociation(
    context=ApplicationContext.LN_CIPHERED,
    keys=KEYS,
    credentials=PAIRS,
    system_title=PEER,
    client_system_title=OWN,
    pre_established=True,
    policy=SecurityPolicy.REQUEST_SIGNED | SecurityPolicy.RESPONSE_SIGNED,
)


class Objects:
    """A meter that has everything and says nothing."""

    def association(self, client_sap: int) -> ServerAssociation:
        return ServerAssociation()

    def get(self, client_sap: int, attribute: AttributeDescriptor, access: SelectiveAccess | None) -> Data:
        return null_data()

    def set(self, client_sap: int, attribute: AttributeDescriptor, value: Data) -> None:
        return None

    def action(self, client_sap: int, method: MethodDescriptor, parameters: Data | None) -> Data | None:
        return parameters


class Guarded(Objects):
    """A meter that nobody without keys may reach."""

    def association(self, client_sap: int) -> ServerAssociation:
        return SIGNED

    def get(self, client_sap: int, attribute: AttributeDescriptor, access: SelectiveAccess | None) -> Data:
        raise AssertionError("read without keys")

    def set(self, client_sap: int, attribute: AttributeDescriptor, value: Data) -> None:
        raise AssertionError("written without keys")

    def action(self, client_sap: int, method: MethodDescriptor, parameters: Data | None) -> Data | None:
        raise AssertionError("invoked without keys")


def messages(octets: bytes) -> Iterator[bytes]:
    offset = 0
    while offset < len(octets):
        end = offset + 1 + octets[offset]
        yield octets[offset + 1 : end]
        offset = end


def check(octets: bytes) -> None:
    """Hold the invariant against a conversation."""
    conversation = list(messages(octets))
    check_client(conversation, None)
    check_client(conversation, CLIENT_CONFORMANCE)
    check_client(conversation, IN_BLOCKS)
    check_server(conversation, Objects())
    check_server(conversation, Guarded())
    check_receiver(conversation)
    receiver = ReceiverSession(allow_unauthenticated=True)
    for message in conversation:
        receiver.receive(message, 0.0)


def check_receiver(conversation: list[bytes]) -> None:
    receiver = ReceiverSession(floor=Protection.SIGNED)
    for message in conversation:
        receiver.receive(message, 0.0)
        while (event := receiver.next_event()) is not None:
            assert not isinstance(event, Notified)
            if isinstance(event, KeysNeeded):
                receiver.provide(KeysProvided(KEYS), 0.0)
            elif isinstance(event, PairNeed):
                receiver.provide(respond(event, PAIRS), 0.0)


def check_client(conversation: list[bytes], granted: Conformance | None) -> None:
    """`granted` None for a client that is still waiting for its AARE."""
    client = CosemClientSession(AssociationSettings(conformance=granted or CLIENT_CONFORMANCE), bytes)
    client.open(0.0)
    running = False
    for message in ([] if granted is None else [accepted(granted)]) + conversation:
        requests = client.messages_to_send()
        client.receive(message, 0.0)
        while (event := client.next_event()) is not None:
            if isinstance(event, Completed):
                assert running
                check_answered(message, requests)
            running &= not isinstance(event, Completed | Failed)
            if isinstance(event, Opened) or (not running and isinstance(event, Completed | Failed)):
                running = start(client) or running
    client.handle_timeout(1e9)
    client.close(0.0)


def start(client: CosemClientSession) -> bool:
    try:
        client.start(ENERGY, 0.0)
    except DlmskitError:
        return False
    return True


def check_answered(message: bytes, requests: list[bytes]) -> None:
    answer = decode(message)
    if isinstance(answer, GeneralBlockTransfer):
        return  # the answer is in its blocks
    assert isinstance(answer, GetResponseNormal | GetResponseWithDatablock)
    if requests:
        request = decode(requests[-1])
        assert (answer.invoke_id_and_priority ^ request.invoke_id_and_priority) & 0x0F == 0  # type: ignore[attr-defined]


def check_server(conversation: list[bytes], objects: Objects) -> None:
    server = CosemServerSession(objects, bytes, client_sap=16)
    for message in conversation:
        server.receive(message, 0.0)
        answers = server.messages_to_send()
        assert len(answers) <= 1
        for answer in answers:
            decode(answer)
        while server.next_event() is not None:
            pass
    server.disconnected(0.0)
