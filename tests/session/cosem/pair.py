"""A client and a meter joined in memory, without a link: every message is checked or altered on its way."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from dlmskit.apdu import AttributeDescriptor, MethodDescriptor, SelectiveAccess
from dlmskit.codec.data import Data, double_long_unsigned, octet_string
from dlmskit.enums import ApplicationContext, Mechanism
from dlmskit.exceptions import ActionError, DataAccessError
from dlmskit.obis import Obis
from dlmskit.security.credentials import Credentials
from dlmskit.security.general_ciphering import MessageKey
from dlmskit.security.key_pair import PrivateKey
from dlmskit.security.keys import KeySet
from dlmskit.security.policy import SecurityPolicy
from dlmskit.session.base import Closed, Completed, Failed, Ignored, Opened, SessionEvent
from dlmskit.session.cosem.client import CosemClientSession
from dlmskit.session.cosem.questions import Steps
from dlmskit.session.cosem.server import CosemServerSession
from dlmskit.session.cosem.settings import AssociationSettings, ServerAssociation
from dlmskit.session.operations import Operation
from dlmskit.store.answer import answer
from dlmskit.store.counters import MemoryCounters
from dlmskit.store.keys import MemoryKeyStore

GUEK = bytes(range(0x10))
GAK = bytes(range(0xD0, 0xE0))
PASSWORD = b"Gu5rd1an"
KEYS = KeySet(GUEK, GAK, password=PASSWORD)
MASTER = bytes(range(0x80, 0x90))
KEYS_OF = {
    suite: KeySet(GUEK * n, GAK * n, password=PASSWORD, suite=suite, master_key=MASTER * n)
    for suite, n in ((0, 1), (1, 1), (2, 2))
}
CLIENT_TITLE = b"CLI\x00\x00\x00\x00\x01"
METER_TITLE = b"MMM\x00\x00\xbcaN"

REGISTER = Obis(1, 0, 1, 8, 0, 255)
BUFFER = Obis(1, 0, 99, 1, 0, 255)
SCRIPT = Obis(0, 0, 10, 0, 0, 255)

SIGNED = SecurityPolicy.REQUEST_SIGNED | SecurityPolicy.RESPONSE_SIGNED
GMAC = {
    "mechanism": Mechanism.HIGH_GMAC,
    "context": ApplicationContext.LN_CIPHERED,
    "system_title": CLIENT_TITLE,
}
KINDS: dict[str, dict[str, Any]] = {
    "none": {},
    "low": {"mechanism": Mechanism.LOW},
    "gmac": GMAC,
    "gmac-plain-context": {**GMAC, "context": ApplicationContext.LN},
    "gmac-general": {**GMAC, "general": True},
    "gmac-dedicated": {**GMAC, "dedicated": True},
    "gmac-general-dedicated": {**GMAC, "general": True, "dedicated": True},
    "gmac-authenticated-only": {**GMAC, "security_control": 0x10},
}
CIPHERED_LN = {"context": ApplicationContext.LN_CIPHERED, "system_title": CLIENT_TITLE}
ECDSA = {"mechanism": Mechanism.HIGH_ECDSA, "system_title": CLIENT_TITLE}
HLS_KINDS: dict[str, dict[str, Any]] = {
    "high": {"mechanism": Mechanism.HIGH},
    "md5": {"mechanism": Mechanism.HIGH_MD5},
    "sha1": {"mechanism": Mechanism.HIGH_SHA1},
    "sha256": {"mechanism": Mechanism.HIGH_SHA256, "system_title": CLIENT_TITLE},
    "ecdsa-suite1": {**ECDSA, "suite": 1},
    "ecdsa-suite2": {**ECDSA, "suite": 2},
    "gmac-suite1": {**GMAC, "suite": 1},
    "gmac-suite2": {**GMAC, "suite": 2},
    "gmac-suite2-dedicated": {**GMAC, "suite": 2, "dedicated": True},
    "gmac-ciphering": {**GMAC, "general_ciphering": MessageKey.IDENTIFIED},
    "gmac-ciphering-suite2": {**GMAC, "general_ciphering": MessageKey.IDENTIFIED, "suite": 2},
    "gmac-wrapped": {**GMAC, "general_ciphering": MessageKey.WRAPPED},
    "gmac-wrapped-suite2": {**GMAC, "general_ciphering": MessageKey.WRAPPED, "suite": 2},
    "gmac-one-pass-suite1": {**GMAC, "general_ciphering": MessageKey.ONE_PASS, "suite": 1},
    "gmac-one-pass-suite2": {**GMAC, "general_ciphering": MessageKey.ONE_PASS, "suite": 2},
    "gmac-static-suite1": {**GMAC, "general_ciphering": MessageKey.STATIC_UNIFIED, "suite": 1},
    "gmac-static-suite2": {**GMAC, "general_ciphering": MessageKey.STATIC_UNIFIED, "suite": 2},
    "gmac-signed-suite1": {**GMAC, "suite": 1, "policy": SIGNED},
    "gmac-signed-suite2": {**GMAC, "suite": 2, "policy": SIGNED},
    "gmac-only-signed-suite1": {**GMAC, "suite": 1, "policy": SIGNED, "security_control": 0},
    "ecdsa-only-signed-suite2": {
        **GMAC,
        "mechanism": Mechanism.HIGH_ECDSA,
        "suite": 2,
        "policy": SIGNED,
        "security_control": 0,
    },
    "gmac-one-pass-signed-suite1": {
        **GMAC,
        "general_ciphering": MessageKey.ONE_PASS,
        "suite": 1,
        "policy": SIGNED,
    },
    "md5-ciphered": {**CIPHERED_LN, "mechanism": Mechanism.HIGH_MD5},
    "sha256-ciphered": {**CIPHERED_LN, "mechanism": Mechanism.HIGH_SHA256},
    "low-ciphered": {**CIPHERED_LN, "mechanism": Mechanism.LOW},
    "none-ciphered": CIPHERED_LN,
    "ecdsa-ciphered-suite1": {**CIPHERED_LN, **ECDSA, "suite": 1},
    "ecdsa-ciphered-suite2": {**CIPHERED_LN, **ECDSA, "suite": 2},
}


def key_pairs(suite: int) -> tuple[Credentials, Credentials]:
    """Those of the client and those of the meter."""
    size = 8 * suite + 8
    ours, meters, our_static, meters_static = (PrivateKey(bytes((0, seed)) * size, suite) for seed in (1, 2, 3, 4))
    return (
        Credentials(
            suite,
            signing=ours,
            peer_signing=meters.public,
            agreement=our_static,
            peer_agreement=meters_static.public,
        ),
        Credentials(
            suite,
            signing=meters,
            peer_signing=ours.public,
            agreement=meters_static,
            peer_agreement=our_static.public,
        ),
    )


class Meter:
    """Two attributes and a method; what is written is kept."""

    def __init__(self, rules: ServerAssociation, rows: int = 40) -> None:
        self.rules = rules
        self.values: dict[tuple[Obis, int], Data] = {
            (REGISTER, 2): double_long_unsigned(123_456),
            (BUFFER, 2): Data(bytes((1, rows)) + double_long_unsigned(7).to_bytes() * rows),
        }
        self.done: list[Data | None] = []

    def association(self, client_sap: int) -> ServerAssociation | None:
        return self.rules if client_sap == 16 else None

    def get(self, client_sap: int, attribute: AttributeDescriptor, access: SelectiveAccess | None) -> Data:
        try:
            return self.values[attribute.instance_id, attribute.attribute_id]
        except KeyError:
            raise DataAccessError("object-undefined") from None

    def set(self, client_sap: int, attribute: AttributeDescriptor, value: Data) -> None:
        if attribute.instance_id == REGISTER:
            raise DataAccessError("read-write-denied")
        self.values[attribute.instance_id, attribute.attribute_id] = value

    def action(self, client_sap: int, method: MethodDescriptor, parameters: Data | None) -> Data | None:
        if method.instance_id != SCRIPT:
            raise ActionError("object-undefined")
        self.done.append(parameters)
        return {1: None, 2: octet_string(bytes(range(200))), 3: parameters}[method.method_id]


def server_rules(kind: str, **changes: Any) -> ServerAssociation:
    """The meter's side of a kind of association."""
    wanted = (KINDS | HLS_KINDS)[kind]
    suite = wanted.get("suite", 0)
    rules: dict[str, Any] = {"keys": KEYS_OF[suite], "system_title": METER_TITLE}
    if suite:
        rules["credentials"] = key_pairs(suite)[1]
    rules |= {name: wanted[name] for name in ("mechanism", "context", "security_control", "policy") if name in wanted}
    return ServerAssociation(**rules | changes)


def counting_random() -> Callable[[int], bytes]:
    """Octets that differ at every call and are the same in every run."""
    calls = count(1)
    return lambda size: next(calls).to_bytes(2, "big") * (size // 2)


def drive(steps: Steps[bytes], store: MemoryKeyStore, counters: MemoryCounters) -> bytes:
    """The result of steps whose questions are answered from a store."""
    reply: object = None
    while True:
        try:
            event = steps.send(reply)
        except StopIteration as end:
            made: bytes = end.value
            return made
        reply = answer(event, store, counters)


class Pair:
    """A client session and a server session, both answered from stores in memory.

    `to_client` and `to_meter` may alter, repeat or swallow what passes: they give what to deliver.
    """

    def __init__(
        self, kind: str, *, client: dict[str, Any] | None = None, server: dict[str, Any] | None = None, rows: int = 40
    ) -> None:
        self.settings = AssociationSettings(**(KINDS | HLS_KINDS)[kind] | (client or {}))
        self.meter = Meter(server_rules(kind, **(server or {})), rows)
        random = counting_random()
        self.client = CosemClientSession(self.settings, random)
        self.server = CosemServerSession(self.meter, random, client_sap=16)
        suite = (KINDS | HLS_KINDS)[kind].get("suite", 0)
        pairs = {b"": key_pairs(suite)[0]} if suite else None
        self.client_store = MemoryKeyStore(KEYS_OF[suite], credentials=pairs)
        self.meter_store = MemoryKeyStore(credentials={b"": key_pairs(suite)[1]} if suite else None)
        self.client_counters = MemoryCounters()
        self.server_counters = MemoryCounters()
        self.to_client: Callable[[bytes], list[bytes]] = lambda message: [message]
        self.to_meter: Callable[[bytes], list[bytes]] = lambda message: [message]
        self.sent: list[bytes] = []
        self.received: list[bytes] = []
        self.events: list[SessionEvent] = []
        self.server_events: list[SessionEvent] = []
        self.now = 0.0

    def settle(self) -> None:
        """Carry messages and answers until nothing moves."""
        moved = True
        while moved:
            moved = self._events_of(self.client, self.events, self.client_store, self.client_counters)
            moved |= self._events_of(self.server, self.server_events, self.meter_store, self.server_counters)
            for message in self.client.messages_to_send():
                moved = True
                self.sent.append(message)
                for delivered in self.to_meter(message):
                    self.server.receive(delivered, self.now)
            for message in self.server.messages_to_send():
                moved = True
                self.received.append(message)
                for delivered in self.to_client(message):
                    self.client.receive(delivered, self.now)

    def _events_of(
        self, session: Any, into: list[SessionEvent], store: MemoryKeyStore, counters: MemoryCounters
    ) -> bool:
        moved = False
        while (event := session.next_event()) is not None:
            moved = True
            into.append(event)
            reply = answer(event, store, counters)
            if reply is not None:
                session.provide(reply, self.now)
        return moved

    def open(self) -> Opened:
        self.client.open(self.now)
        self.settle()
        opened: Opened = self.last(Opened)
        return opened

    def ask(self, operation: Operation) -> Any:
        """The result, or the error raised."""
        before = len(self.events)
        self.client.start(operation, self.now)
        self.settle()
        for event in self.events[before:]:
            if isinstance(event, Completed):
                assert event.operation == operation
                return event.result
            if isinstance(event, Failed):
                raise event.error
        raise LookupError("still waiting")

    def close(self) -> None:
        self.client.close(self.now)
        self.settle()
        self.last(Closed)

    def last(self, kind: type[Any]) -> Any:
        """The last event of a kind, or the error that came instead."""
        for event in reversed(self.events):
            if isinstance(event, kind):
                return event
            if isinstance(event, Failed) and kind is not Failed:
                raise event.error
        raise LookupError(f"no {kind.__name__}")

    @property
    def ignored(self) -> list[Ignored]:
        return [event for event in self.events if isinstance(event, Ignored)]
