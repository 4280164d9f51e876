"""Policies and access rights as floors inside associations: no client and no meter talks them down."""

from __future__ import annotations

from typing import Any

import pytest

from dlmskit.apdu import (
    AttributeDescriptor,
    DataNotification,
    GeneralGloCiphering,
    MethodDescriptor,
    ServiceCiphered,
    decode,
)
from dlmskit.codec import data
from dlmskit.codec.data import Data, double_long_unsigned, octet_string
from dlmskit.enums import Conformance
from dlmskit.exceptions import ActionError, DataAccessError, DlmskitError, PolicyError
from dlmskit.obis import Obis
from dlmskit.security.policy import NO_POLICY, SecurityPolicy
from dlmskit.session.base import Completed, Failed, Notified
from dlmskit.session.cosem.settings import SERVER_CONFORMANCE
from dlmskit.session.operations import AccessList, Action, ActionList, Get, GetList, Set

from .pair import BUFFER, REGISTER, SCRIPT, Meter, Pair

ENERGY = Get(3, REGISTER, 2)
WORTH = double_long_unsigned(123_456)


def open_and_ask(pair: Pair) -> Any:
    pair.open()
    return pair.ask(ENERGY)


@pytest.mark.parametrize("kind", ["gmac", "gmac-general", "gmac-dedicated", "gmac-ciphering"])
@pytest.mark.parametrize("value", range(4))
def test_a_policy_of_version_0(kind: str, value: int) -> None:
    """The client says how it protects: it is refused where the meter wants more, and refuses what is less."""
    policy = SecurityPolicy.of_version(0, value)
    for control in (0x00, 0x10, 0x20, 0x30):
        if kind == "gmac-ciphering" and not control & 0x10:
            continue
        pair = Pair(kind, client={"security_control": control}, server={"security_control": 0, "policy": policy})
        if policy.requests & ~control:
            with pytest.raises(DlmskitError):
                pair.open()
            errors = [event.error for event in pair.server_events if isinstance(event, Failed)]
            assert isinstance(errors[0], PolicyError)
        elif control & ~policy.responses:
            with pytest.raises(DlmskitError):  # now the client wants more than the meter gives
                pair.open()
        else:
            pair.open()
            assert pair.ask(ENERGY) == WORTH


@pytest.mark.parametrize(
    "bit", [SecurityPolicy.RESPONSE_AUTHENTICATED, SecurityPolicy.RESPONSE_ENCRYPTED, SecurityPolicy.RESPONSE_SIGNED]
)
def test_a_clients_policy_is_a_floor_for_answers(bit: SecurityPolicy) -> None:
    changes = {"security_control": 0, "policy": bit}
    pair = Pair("gmac-suite1", client=changes, server={"security_control": 0, "policy": bit})
    pair.open()
    assert pair.ask(ENERGY) == WORTH
    weak = Pair("gmac-suite1", client=changes, server={"security_control": 0})
    with pytest.raises((DlmskitError, LookupError)):
        open_and_ask(weak)
    weak.client.handle_timeout(100.0)
    weak.settle()
    assert isinstance(weak.last(Failed).error, DlmskitError)
    assert not any(isinstance(event, Completed) for event in weak.events)


class Guarded(Meter):
    """A meter whose access rights are those of `wanted`."""

    wanted: dict[tuple[Any, int], SecurityPolicy]

    def access_policy(self, client_sap: int, target: AttributeDescriptor | MethodDescriptor) -> SecurityPolicy:
        number = target.attribute_id if isinstance(target, AttributeDescriptor) else target.method_id
        return self.wanted.get((target.instance_id, number), NO_POLICY)


def guarded(kind: str, wanted: dict[tuple[Any, int], SecurityPolicy], **changes: Any) -> Pair:
    pair = Pair(kind, client=changes, server=changes)
    meter = Guarded(pair.meter.rules)
    meter.wanted = wanted
    pair.meter = pair.server._objects = meter
    pair.open()
    return pair


RIGHTS = [
    SecurityPolicy.REQUEST_AUTHENTICATED,
    SecurityPolicy.REQUEST_ENCRYPTED,
    SecurityPolicy.REQUEST_AUTHENTICATED | SecurityPolicy.REQUEST_ENCRYPTED,
    SecurityPolicy.REQUEST_SIGNED,
]


@pytest.mark.parametrize("right", RIGHTS)
@pytest.mark.parametrize(
    ("kind", "control"),
    [("none", 0), ("low", 0), ("gmac-plain-context", 0x30), *(("gmac-suite1", c) for c in (0, 0x10, 0x20, 0x30))],
)
def test_an_access_right_that_wants_protection(kind: str, control: int, right: SecurityPolicy) -> None:
    sealed = kind == "gmac-suite1"
    targets = {(REGISTER, 2): right, (BUFFER, 3): right, (SCRIPT, 3): right}
    pair = guarded(kind, targets, security_control=control)
    given = octet_string(bytes(300))
    if sealed and not right.requests & ~control:
        assert pair.ask(ENERGY) == WORTH
        assert pair.ask(Set(7, BUFFER, 3, given)) is None
        assert pair.ask(Action(9, SCRIPT, 3, given)) == given
        return
    with pytest.raises(DataAccessError, match="read-write-denied"):
        pair.ask(ENERGY)
    with pytest.raises(DataAccessError, match="read-write-denied"):
        pair.ask(Set(7, BUFFER, 3, given))
    with pytest.raises(ActionError, match="read-write-denied"):
        pair.ask(Action(9, SCRIPT, 3, given))
    refused, other = pair.ask(GetList((ENERGY, Get(7, BUFFER, 2))))
    assert isinstance(refused, DataAccessError)
    assert not isinstance(other, DataAccessError)
    assert (BUFFER, 3) not in pair.meter.values
    assert pair.meter.done == []


def test_a_right_may_want_a_signature_where_the_association_does_not() -> None:
    right = SecurityPolicy.REQUEST_SIGNED | SecurityPolicy.RESPONSE_SIGNED
    wanted = {(REGISTER, 2): right}
    signing = Pair("gmac-signed-suite1")
    meter = Guarded(signing.meter.rules)
    meter.wanted = wanted
    signing.meter = signing.server._objects = meter
    signing.open()
    assert signing.ask(ENERGY) == WORTH
    plain = guarded("gmac-suite1", wanted)
    with pytest.raises(DataAccessError):
        plain.ask(ENERGY)


def test_a_right_may_want_answers_protected_that_are_not_otherwise() -> None:
    wanted = {(REGISTER, 2): SecurityPolicy.RESPONSE_AUTHENTICATED | SecurityPolicy.RESPONSE_SIGNED}
    pair = guarded("gmac-suite1", wanted, security_control=0)
    assert pair.ask(ENERGY) == WORTH
    assert decode(pair.received[-1]).NAME == "general-signing"
    pair.ask(Get(7, BUFFER, 2))
    assert decode(pair.received[-1]).NAME == "glo-get-response"
    clear = guarded("none", wanted)
    with pytest.raises(DataAccessError):  # there is no key to protect the answer with
        clear.ask(ENERGY)


def test_a_transfer_in_blocks_is_as_well_protected_as_its_weakest_block() -> None:
    right = SecurityPolicy.REQUEST_AUTHENTICATED
    pair = guarded("gmac-suite1", {(BUFFER, 3): right}, security_control=0x00, max_receive_pdu_size=100)
    channel = pair.client._handshake.channel
    assert channel is not None
    turn = 0

    def stronger(message: bytes) -> list[bytes]:
        nonlocal turn
        turn += 1
        channel._sends = channel._sends | 0x10 if turn >= 2 else channel._sends  # type: ignore[assignment]
        return [message]

    pair.to_meter = stronger
    with pytest.raises(DataAccessError, match="read-write-denied"):
        pair.ask(Set(7, BUFFER, 3, octet_string(bytes(300))))
    assert turn > 3
    assert (BUFFER, 3) not in pair.meter.values
    assert pair.ask(Set(7, BUFFER, 3, octet_string(bytes(300)))) is None


class Raising(Meter):
    """A meter whose policy a client may raise, by a method of the Security setup and by itself."""

    policy = NO_POLICY

    def security_policy(self, client_sap: int) -> SecurityPolicy:
        return self.policy

    def action(self, client_sap: int, method: MethodDescriptor, parameters: Data | None) -> Data | None:
        if method.class_id != 64:
            return super().action(client_sap, method, parameters)
        assert parameters is not None
        wanted = SecurityPolicy.of_value(parameters.value)
        if self.policy & ~wanted:
            raise ActionError("other-reason")
        self.policy = wanted
        return None


SETUP = Obis(0, 0, 43, 0, 0)
RAISED = [0x24, 0x48, 0x6C, 0x04, 0x20, 0x40]


def raising(kind: str, **client: Any) -> Pair:
    pair = Pair(kind, client={"security_control": 0, **client}, server={"security_control": 0})
    pair.meter = pair.server._objects = Raising(pair.meter.rules)
    pair.open()
    assert pair.ask(ENERGY) == WORTH
    return pair


def control(message: bytes) -> int:
    """The security control octet of a service-specific or general-glo APDU."""
    apdu = decode(message)
    assert isinstance(apdu, ServiceCiphered | GeneralGloCiphering)
    return apdu.content[0] & 0x30


@pytest.mark.parametrize("value", [1, 2, 3, *RAISED])
@pytest.mark.parametrize("kind", ["gmac-suite1", "gmac-general", "none-ciphered", "gmac-dedicated"])
def test_a_policy_that_the_client_raises_binds_both_at_once(kind: str, value: int) -> None:
    pair, policy = raising(kind), SecurityPolicy.of_value(value)
    assert pair.ask(Action(64, SETUP, 1, data.enum(value))) is None
    assert control(pair.sent[-1]) == control(pair.received[-1]) == 0
    assert pair.ask(ENERGY) == WORTH
    assert control(pair.sent[-1]) == policy.requests
    assert control(pair.received[-1]) == policy.responses
    with pytest.raises(ActionError):
        pair.ask(Action(64, SETUP, 1, data.enum(0)))
    assert pair.ask(ENERGY) == WORTH
    assert control(pair.sent[-1]) == policy.requests
    pair.close()


@pytest.mark.parametrize("operation", [ActionList, AccessList])
def test_it_may_be_raised_in_a_list(operation: Any) -> None:
    pair = raising("gmac-suite1", conformance=SERVER_CONFORMANCE)
    items = (Action(64, SETUP, 1, data.enum(0)), Action(64, SETUP, 1, data.enum(0x24)), Action(9, SCRIPT, 1))
    pair.ask(operation(items))
    assert pair.ask(ENERGY) == WORTH
    assert control(pair.sent[-1]) == 0x10


@pytest.mark.parametrize("bit", [SecurityPolicy.REQUEST_AUTHENTICATED, SecurityPolicy.REQUEST_ENCRYPTED])
def test_a_policy_that_another_raised_binds_an_open_association(bit: SecurityPolicy) -> None:
    """A client that goes on as it began is refused, in the protection that answers now have."""
    pair = raising("gmac-suite1")
    assert isinstance(pair.meter, Raising)
    pair.meter.policy = bit
    with pytest.raises(DlmskitError):
        pair.ask(ENERGY)
    refused = [event.error for event in pair.server_events if isinstance(event, Failed)]
    assert isinstance(refused[-1], PolicyError)
    assert pair.client._handshake.channel is not None
    pair.client._handshake.channel.strengthen(sends=bit.requests)
    assert pair.ask(ENERGY) == WORTH


def test_a_raised_policy_binds_what_the_meter_says_unasked() -> None:
    pair = raising("gmac-suite1", conformance=SERVER_CONFORMANCE)
    assert isinstance(pair.meter, Raising)
    pair.meter.policy = SecurityPolicy.RESPONSE_AUTHENTICATED
    pair.server.notify(DataNotification(1, None, WORTH))
    pair.settle()
    assert control(pair.received[-1]) == 0x10
    assert pair.last(Notified).authenticated


def test_a_signature_may_be_raised_too() -> None:
    pair = raising("gmac-suite1", conformance=SERVER_CONFORMANCE | Conformance.GENERAL_PROTECTION)
    signed = SecurityPolicy.REQUEST_SIGNED | SecurityPolicy.RESPONSE_SIGNED
    assert pair.ask(Action(64, SETUP, 1, data.enum(int(signed)))) is None
    assert pair.ask(ENERGY) == WORTH
    assert decode(pair.sent[-1]).NAME == decode(pair.received[-1]).NAME == "general-signing"


def test_a_client_in_suite_0_is_not_made_to_sign_by_what_it_raised_elsewhere() -> None:
    """Suite 0 has no public keys; the Security setup of another association may still want signatures."""
    pair = raising("gmac-general")
    assert pair.client.settings.suite == 0
    other = Action(64, Obis(0, 0, 43, 0, 7), 1, data.enum(0x94))
    assert pair.ask(other) is None
    assert isinstance(pair.meter, Raising)
    pair.meter.policy = NO_POLICY
    assert pair.ask(ENERGY) == WORTH
    assert control(pair.sent[-1]) == 0x10


def test_an_association_without_ciphering_is_under_no_policy() -> None:
    pair = Pair("none")
    pair.meter = pair.server._objects = Raising(pair.meter.rules)
    pair.open()
    assert pair.ask(Action(64, SETUP, 1, data.enum(0x24))) is None
    assert pair.ask(ENERGY) == WORTH
