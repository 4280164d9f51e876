"""Sessions against anything that may come, and against a wire that loses, repeats, delays and alters."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from dlmskit import apdu
from dlmskit.codec.data import Data, double_long_unsigned, octet_string
from dlmskit.enums import ApplicationContext
from dlmskit.exceptions import DlmskitError
from dlmskit.session.base import Completed
from dlmskit.session.cosem.client import State
from dlmskit.session.operations import Action, Get, GetList, Set

from .pair import BUFFER, KINDS, SCRIPT, Pair
from .test_short_names import NAMES

ROOT = Path(__file__).parents[3]


def fuzzer(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"fuzz_{name}", ROOT / "fuzz" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CIPHER, SESSION, SHORT_NAMES = fuzzer("cipher"), fuzzer("session"), fuzzer("short_names")
HEADS = sorted({cls.HEAD for cls in apdu.SUPPORTED} | {bytes((tag,)) for tag in (*apdu.SERVICE_NAMES, *apdu.NOT_YET)})


def recorded(kind: str, *, short: bool = False) -> list[bytes]:
    sizes = {"max_receive_pdu_size": 64}
    context = {"context": ApplicationContext.SN} if short else {}
    pair = Pair(kind, client={**sizes, **context}, server={**sizes, "short_names": NAMES if short else ()})
    pair.open()
    pair.ask(Get(7, BUFFER, 2))
    pair.ask(Set(7, BUFFER, 3, octet_string(bytes(100))))
    pair.ask(Action(9, SCRIPT, 3, octet_string(bytes(100))))
    pair.close()
    return [message for message in pair.sent + pair.received if len(message) < 256]


GENUINE = recorded("none") + recorded("low")
SEALED = recorded("gmac")
SHORT = recorded("none", short=True) + recorded("md5", short=True)


@st.composite
def message(draw: st.DrawFn, genuine: list[bytes]) -> bytes:
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return draw(st.binary(max_size=40))
    if kind == 1:
        return draw(st.sampled_from(HEADS)) + draw(st.binary(max_size=40))
    octets = bytearray(draw(st.sampled_from(genuine)))
    if kind == 2:
        for position in draw(st.lists(st.integers(0, len(octets) - 1), max_size=3)):
            octets[position] = draw(st.integers(0, 255))
    return bytes(octets)


@settings(max_examples=300, deadline=None)
@given(st.lists(message(GENUINE + SEALED), max_size=12))
def test_sessions_take_anything(conversation: list[bytes]) -> None:
    SESSION.check(b"".join(bytes((len(octets),)) + octets for octets in conversation))


@settings(max_examples=150, deadline=None)
@given(st.lists(message(SHORT), max_size=12))
def test_sessions_in_short_names_take_anything(conversation: list[bytes]) -> None:
    SHORT_NAMES.check(b"".join(bytes((len(octets),)) + octets for octets in conversation))


@settings(max_examples=150, deadline=None)
@given(message(SEALED))
def test_only_what_was_sealed_opens(octets: bytes) -> None:
    CIPHER.check(octets)


@pytest.mark.parametrize("kind", sorted(KINDS))
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_meter_in_any_state_answers_anything(kind: str, data: st.DataObject) -> None:
    pair = Pair(kind)
    pair.open()
    for octets in data.draw(st.lists(message(GENUINE + SEALED + pair.sent), max_size=6)):
        pair.server.receive(octets, 0.0)
        pair.client.receive(octets, 0.0)
    pair.settle()
    pair.client.handle_timeout(1e9)
    pair.settle()


class FaultyWire(RuleBasedStateMachine):
    """Attribute n holds n, every action has a number of its own: a wrong value or a second execution shows."""

    @initialize(kind=st.sampled_from(sorted(KINDS)), size=st.sampled_from([64, 100, 1024]))
    def associate(self, kind: str, size: int) -> None:
        self.sealed = kind.startswith("gmac") and kind != "gmac-plain-context"
        self.pair = Pair(kind, client={"max_receive_pdu_size": size}, server={"max_receive_pdu_size": size})
        for number in range(2, 30):
            self.pair.meter.values[BUFFER, number] = octet_string(bytes([number]) * number * 5)
        self.late: list[bytes] = []
        self.fault = "none"
        self.actions = 0
        self.pair.to_client = self.pass_on
        self.pair.open()

    def pass_on(self, octets: bytes) -> list[bytes]:
        fault, self.fault = self.fault, "none"
        late, self.late = self.late, []
        if fault == "lose":
            return late
        if fault == "repeat":
            return [*late, octets, octets]
        if fault == "delay":
            self.late = [octets]
            return late
        if fault == "alter" and self.sealed:
            return [*late, octets[:-1] + bytes((octets[-1] ^ 1,))]
        return [*late, octets]

    @rule(fault=st.sampled_from(["lose", "repeat", "delay", "alter"]))
    def break_the_next_answer(self, fault: str) -> None:
        self.fault = fault

    @rule(number=st.integers(2, 29))
    def read(self, number: int) -> None:
        found = self.ask(Get(7, BUFFER, number))
        assert found in (None, octet_string(bytes([number]) * number * 5))

    @rule(numbers=st.lists(st.integers(2, 29), min_size=1, max_size=3))
    def read_list(self, numbers: list[int]) -> None:
        found = self.ask(GetList(tuple(Get(7, BUFFER, number) for number in numbers)))
        assert found is None or list(found) == [octet_string(bytes([n]) * n * 5) for n in numbers]

    @rule(size=st.integers(0, 200))
    def write(self, size: int) -> None:
        value = octet_string(bytes(size))
        before = len(self.pair.events)
        self.ask(Set(7, BUFFER, 40, value))
        if any(isinstance(event, Completed) for event in self.pair.events[before:]):
            assert self.pair.meter.values[BUFFER, 40] == value

    @rule()
    def act(self) -> None:
        self.actions += 1
        parameters: Data = double_long_unsigned(self.actions)
        assert self.ask(Action(9, SCRIPT, 3, parameters)) in (None, parameters)

    def ask(self, operation: object) -> object:
        try:
            return self.pair.ask(operation)  # type: ignore[arg-type]
        except LookupError:
            self.pair.now += 100
            self.pair.client.handle_timeout(self.pair.now)
            self.pair.settle()
            return None
        except DlmskitError:
            return None

    @invariant()
    def nothing_is_done_twice(self) -> None:
        if not hasattr(self, "pair"):
            return
        assert len(set(self.pair.meter.done)) == len(self.pair.meter.done)
        assert self.pair.client.state in (State.READY, State.BUSY)


TestFaultyWire = FaultyWire.TestCase
TestFaultyWire.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
