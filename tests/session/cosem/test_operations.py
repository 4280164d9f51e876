"""Client and meter in memory: every kind of association, every operation, large and small PDUs."""

from __future__ import annotations

import pytest

from dlmskit.codec.data import double_long_unsigned, octet_string
from dlmskit.exceptions import ActionError, DataAccessError
from dlmskit.session.base import Progressed
from dlmskit.session.operations import Action, Get, GetList, Set

from .pair import BUFFER, KINDS, REGISTER, SCRIPT, Pair

SIZES = [64, 128, 1024, 0]
ENERGY = Get(3, REGISTER, 2)
PROFILE = Get(7, BUFFER, 2)


@pytest.fixture(params=sorted(KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("size", SIZES)
def test_every_operation(kind: str, size: int) -> None:
    pair = Pair(kind, client={"max_receive_pdu_size": size}, server={"max_receive_pdu_size": size})
    pair.open()
    assert pair.ask(ENERGY) == double_long_unsigned(123_456)
    assert len(pair.ask(PROFILE).value) == 40
    long = octet_string(bytes(range(256)))
    assert pair.ask(Set(7, BUFFER, 3, long)) is None
    assert pair.ask(Get(7, BUFFER, 3)) == long
    assert pair.ask(Action(9, SCRIPT, 1)) is None
    assert pair.ask(Action(9, SCRIPT, 2)) == octet_string(bytes(range(200)))
    assert pair.ask(Action(9, SCRIPT, 3, long)) == long
    assert pair.meter.done[-1] == long
    energy, rows = pair.ask(GetList((ENERGY, PROFILE)))
    assert energy == double_long_unsigned(123_456)
    assert len(rows.value) == 40
    pair.close()
    assert not pair.ignored
    if size:
        assert max(map(len, pair.sent[1:-1])) <= size
        assert max(map(len, pair.received[1:-1])) <= size


def test_blocks_are_reported_as_they_come(kind: str) -> None:
    pair = Pair(kind, client={"max_receive_pdu_size": 64})
    pair.open()
    pair.ask(PROFILE)
    progress = [event for event in pair.events if isinstance(event, Progressed)]
    assert [event.blocks for event in progress] == list(range(1, len(progress) + 1))
    assert len(progress) > 3
    assert progress[-1].octets == 2 + 40 * 5


def test_refusals_carry_the_meters_word(kind: str) -> None:
    pair = Pair(kind)
    pair.open()
    with pytest.raises(DataAccessError) as denied:
        pair.ask(Set(3, REGISTER, 2, double_long_unsigned(1)))
    assert denied.value.result == "read-write-denied"
    with pytest.raises(DataAccessError) as undefined:
        pair.ask(Get(3, SCRIPT, 2))
    assert undefined.value.result == "object-undefined"
    with pytest.raises(ActionError) as action:
        pair.ask(Action(9, REGISTER, 1))
    assert action.value.result == "object-undefined"
    value, error = pair.ask(GetList((ENERGY, Get(3, SCRIPT, 2))))
    assert value == double_long_unsigned(123_456)
    assert isinstance(error, DataAccessError)
    assert error.result == "object-undefined"
    assert pair.ask(ENERGY) == double_long_unsigned(123_456)


def test_an_association_can_be_opened_again(kind: str) -> None:
    pair = Pair(kind)
    for _ in range(3):
        opened = pair.open()
        assert opened.detail["mechanism"] == pair.settings.mechanism.label
        pair.ask(ENERGY)
        pair.close()
