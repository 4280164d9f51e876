"""Policies and access rights as floors inside associations: no client and no meter talks them down."""

from __future__ import annotations

from typing import Any

import pytest

from dlmskit.apdu import AttributeDescriptor, MethodDescriptor, decode
from dlmskit.codec.data import double_long_unsigned, octet_string
from dlmskit.exceptions import ActionError, DataAccessError, DlmskitError, PolicyError
from dlmskit.security.policy import NO_POLICY, SecurityPolicy
from dlmskit.session.base import Completed, Failed
from dlmskit.session.operations import Action, Get, GetList, Set

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
