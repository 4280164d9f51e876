"""Invariant: whatever a peer sends, a session raises nothing, and gives no value that the peer's answer did not hold.

- Client and meter take any messages in any state; every end of a wait is one event.
- A completed read of the plain association was answered under its own invoke-id.

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
from dlmskit.enums import ApplicationContext, AssociationResult
from dlmskit.exceptions import DlmskitError
from dlmskit.obis import Obis
from dlmskit.session.base import Completed, Failed, Opened
from dlmskit.session.cosem.client import CosemClientSession
from dlmskit.session.cosem.receiver import ReceiverSession
from dlmskit.session.cosem.server import CosemServerSession
from dlmskit.session.cosem.settings import CLIENT_CONFORMANCE, AssociationSettings, ServerAssociation
from dlmskit.session.operations import Get

ENERGY = Get(3, Obis(1, 0, 1, 8, 0, 255), 2)
AARE = Aare(
    application_context_name=ApplicationContext.LN,
    result=AssociationResult.ACCEPTED,
    result_source_diagnostic=ResultSourceDiagnostic(0),
    user_information=InitiateResponse(negotiated_conformance=CLIENT_CONFORMANCE).to_bytes(),
).to_bytes()


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


def messages(octets: bytes) -> Iterator[bytes]:
    offset = 0
    while offset < len(octets):
        end = offset + 1 + octets[offset]
        yield octets[offset + 1 : end]
        offset = end


def check(octets: bytes) -> None:
    """Hold the invariant against a conversation."""
    conversation = list(messages(octets))
    check_client(conversation, associated=False)
    check_client(conversation, associated=True)
    check_server(conversation)
    receiver = ReceiverSession(allow_unauthenticated=True)
    for message in conversation:
        receiver.receive(message, 0.0)


def check_client(conversation: list[bytes], *, associated: bool) -> None:
    client = CosemClientSession(AssociationSettings(), bytes)
    client.open(0.0)
    running = False
    for message in ([AARE] if associated else []) + conversation:
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


def check_server(conversation: list[bytes]) -> None:
    server = CosemServerSession(Objects(), bytes, client_sap=16)
    for message in conversation:
        server.receive(message, 0.0)
        answers = server.messages_to_send()
        assert len(answers) <= 1
        for answer in answers:
            decode(answer)
        while server.next_event() is not None:
            pass
    server.disconnected(0.0)
