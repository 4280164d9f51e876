"""Invariant: in short names, too, a session raises nothing, and gives no value that the peer's answers did not hold.

- Client and meter take any messages in any state, before and after the object list is known, in blocks or not.
- A meter that waits for pass 3 of HLS neither opens nor lets anybody reach an object.
- A meter answers at most once, and not at all what asks for no answer.

Run ``python -m fuzz short_names``; tests/session/cosem/test_invariants.py runs the same check.
The first octet of each message is its length, so that one input is a whole conversation.
"""

from __future__ import annotations

from collections.abc import Iterator

from dlmskit.apdu import (
    AUTHENTICATION_REQUIREMENT,
    Aare,
    Aarq,
    Apdu,
    AttributeDescriptor,
    InitiateRequest,
    InitiateResponse,
    MethodDescriptor,
    ReadDataBlock,
    ReadResponse,
    ResultSourceDiagnostic,
    SelectiveAccess,
    UnconfirmedWriteRequest,
    decode,
)
from dlmskit.codec.data import Data, double_long_unsigned, octet_string
from dlmskit.cosem.short_names import ShortNamed, object_list
from dlmskit.enums import ApplicationContext, AssociationResult, Mechanism
from dlmskit.exceptions import DecodeError, DlmskitError
from dlmskit.obis import Obis
from dlmskit.security.keys import KeySet
from dlmskit.session.base import Completed, Failed, Opened
from dlmskit.session.cosem.client import CosemClientSession
from dlmskit.session.cosem.server import CosemServerSession
from dlmskit.session.cosem.settings import SN_CONFORMANCE, AssociationSettings, ServerAssociation
from dlmskit.session.operations import Action, Get, GetList, Operation, ReadNames, Set, ShortName

SN = ApplicationContext.SN
ENERGY, CALENDAR = Obis(1, 0, 1, 8, 0, 255), Obis(0, 0, 13, 0, 0, 255)
NAMES = (ShortNamed(0x3000, 3, 0, ENERGY), ShortNamed(0x3100, 20, 0, CALENDAR))
LIST = ReadResponse((object_list(NAMES),)).to_bytes()
OPERATIONS: tuple[Operation, ...] = (
    Get(3, ENERGY, 2),
    Action(20, CALENDAR, 1, octet_string(bytes(60))),
    Set(20, CALENDAR, 2, octet_string(bytes(60))),
    GetList((Get(3, ENERGY, 2), Get(1, ENERGY, 2), Get(3, ENERGY, 3))),
    ReadNames((ShortName(0x3008),)),
)
INITIATE = InitiateRequest(proposed_conformance=SN_CONFORMANCE, client_max_receive_pdu_size=40)
AARQ = Aarq(application_context_name=SN, user_information=INITIATE.to_bytes())
HLS = Aarq(
    application_context_name=SN,
    sender_acse_requirements=AUTHENTICATION_REQUIREMENT,
    mechanism_name=Mechanism.HIGH_MD5,
    calling_authentication_value=bytes(range(1, 17)),
    user_information=INITIATE.to_bytes(),
)
AARE = Aare(
    application_context_name=SN,
    result=AssociationResult.ACCEPTED,
    result_source_diagnostic=ResultSourceDiagnostic(0),
    user_information=InitiateResponse(
        negotiated_conformance=SN_CONFORMANCE, server_max_receive_pdu_size=40, vaa_name=0xFA00
    ).to_bytes(),
).to_bytes()


class Objects:
    """A meter that has two objects and counts who reaches them."""

    def __init__(self, rules: ServerAssociation) -> None:
        self.reached = 0
        self._rules = rules

    def association(self, client_sap: int) -> ServerAssociation:
        return self._rules

    def get(self, client_sap: int, attribute: AttributeDescriptor, access: SelectiveAccess | None) -> Data:
        self.reached += 1
        return octet_string(bytes(90)) if attribute.attribute_id == 3 else double_long_unsigned(0x8000_0001)

    def set(self, client_sap: int, attribute: AttributeDescriptor, value: Data) -> None:
        self.reached += 1

    def action(self, client_sap: int, method: MethodDescriptor, parameters: Data | None) -> Data | None:
        self.reached += 1
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
    for operation in OPERATIONS:
        check_client(conversation, operation, listed=True)
    check_client(conversation, OPERATIONS[0], listed=False)
    check_server(conversation)
    check_unproven(conversation)


def check_client(conversation: list[bytes], operation: Operation, *, listed: bool) -> None:
    client = CosemClientSession(AssociationSettings(context=SN), bytes)
    client.open(0.0)
    client.receive(AARE, 0.0)
    running = False
    held: list[bytes] = []
    for message in [*([LIST] if listed else []), *conversation]:
        running = running or start(client, operation)
        client.messages_to_send()
        client.receive(message, 0.0)
        held.append(content(message))
        while (event := client.next_event()) is not None:
            if isinstance(event, Completed):
                assert running
                check_held(event.result, b"".join(held))
            if isinstance(event, Completed | Failed):
                running = False
                held.clear()
    client.handle_timeout(1e9)
    client.close(0.0)


def start(client: CosemClientSession, operation: Operation) -> bool:
    try:
        client.start(operation, 0.0)
    except DlmskitError:
        return False
    return client.state.name == "BUSY"


def content(message: bytes) -> bytes:
    """What an answer holds: the part of a block, else all of it."""
    try:
        apdu = decode(message)
    except DecodeError:
        return message
    block = apdu.results[0] if isinstance(apdu, ReadResponse) and len(apdu.results) == 1 else None
    return block.raw_data if isinstance(block, ReadDataBlock) else message


def check_held(result: object, answers: bytes) -> None:
    for value in result if isinstance(result, tuple) else (result,):
        if isinstance(value, Data):
            assert value.to_bytes() in answers


def served(conversation: list[bytes], opening: Aarq, rules: ServerAssociation) -> tuple[Objects, bool]:
    """The objects after a conversation, and whether an association opened."""
    objects = Objects(rules)
    server = CosemServerSession(objects, bytes, client_sap=16)
    opened = False
    for message in [opening.to_bytes(), *conversation]:
        server.receive(message, 0.0)
        answers = server.messages_to_send()
        assert len(answers) <= 1
        assert not (answers and asks_nothing(message))
        for answer in answers:
            decode(answer)
        while (event := server.next_event()) is not None:
            opened |= isinstance(event, Opened)
    server.disconnected(0.0)
    return objects, opened


def asks_nothing(message: bytes) -> bool:
    try:
        apdu: Apdu | None = decode(message)
    except DecodeError:
        apdu = None
    return isinstance(apdu, UnconfirmedWriteRequest)


def check_server(conversation: list[bytes]) -> None:
    served(conversation, AARQ, ServerAssociation(short_names=NAMES))


def check_unproven(conversation: list[bytes]) -> None:
    keys = KeySet(password=b"what no fuzzer finds")
    rules = ServerAssociation(short_names=NAMES, mechanism=Mechanism.HIGH_MD5, keys=keys)
    objects, opened = served(conversation, HLS, rules)
    assert not opened
    assert not objects.reached
