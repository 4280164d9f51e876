"""A rendering is what a live client sends from the same state."""

from __future__ import annotations

import io

import msgspec
import pytest

import dlmskit
from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.exceptions import DataAccessError, DlmskitError, LocalProtocolError
from dlmskit.obis import Obis
from dlmskit.security.keys import KeySet
from dlmskit.session.operations import Action, Get, GetList, Operation, ReadOut, ReadRegister, Set, WriteRegister
from dlmskit.stack.observe import Observer, converse
from dlmskit.stack.render import AssociationState, Sealing, SignedOnState, render
from dlmskit.stack.transcript import Octets, parse

CLOCK = Obis(0, 0, 1, 0, 0)
KEYS = KeySet(bytes(range(16)), bytes(range(0xD0, 0xE0)))
OPERATIONS: list[Operation] = [
    Get(8, CLOCK, 2),
    GetList((Get(8, CLOCK, 2), Get(1, Obis(0, 0, 42, 0, 0), 2))),
    Set(8, CLOCK, 3, data.long(60)),
    Action(8, CLOCK, 1, data.integer(0)),
]


def sent(recording: str) -> list[bytes]:
    entries = (entry for entry in parse(recording.splitlines()) if isinstance(entry, Octets))
    return [entry.to_bytes() for entry in entries if entry.dir == "out"]


def live(model: str, operations: list[Operation]) -> tuple[list[bytes], list[object]]:
    results: list[object] = []
    with dlmskit.connect(f"sim:{model}", record=(file := io.StringIO())) as meter:
        for operation in operations:
            try:
                results.append(meter.run(operation))
            except DlmskitError as error:
                results.append(error)
    return sent(file.getvalue()), results


@pytest.mark.parametrize("model", ["generic", "zzh"])
def test_a_rendering_is_what_a_live_client_sends(model: str) -> None:
    octets, results = live(model, OPERATIONS)
    row = dlmskit.connect(f"sim:{model}").model.association("reader")  # type: ignore[union-attr]
    state = AssociationState(client_sap=row.client_sap, server_sap=row.server_sap, capacity=None)
    before = 1
    if model == "zzh":
        # SNRM, AARQ before; N(S) and N(R) are 1 then
        state = msgspec.structs.replace(
            state, framing="hdlc", server_lower=17, address_octets=4, send_sequence=1, receive_sequence=1, max_info=256
        )
        before = 2
    rendered = [frame.octets for frame in render(OPERATIONS, state, results)]
    assert rendered == octets[before : before + len(rendered)]
    assert len(rendered) >= len(OPERATIONS)


def test_segments_and_sequence_numbers_go_on() -> None:
    value = data.octet_string(bytes(100))
    state = AssociationState(framing="hdlc", send_sequence=6, receive_sequence=7, max_info=64, invoke_id=15)
    operations = [Set(1, CLOCK, 2, value), Get(1, CLOCK, 2), Get(1, CLOCK, 2)]
    frames = render(operations, state, [None, data.octet_string(bytes(150)), None])
    notes = [next(field.note for field in frame.explanation.fields if field.name == "control") for frame in frames]
    assert notes == [
        "I N(S)=6 N(R)=7 P/F",
        "I N(S)=7 N(R)=7 P/F",
        "I N(S)=0 N(R)=0 P/F",
        "RR N(R)=1 P/F",
        "RR N(R)=2 P/F",
        "I N(S)=1 N(R)=3 P/F",
    ]
    assert [frame.operation for frame in frames] == [0, 0, 1, 1, 1, 2]


def test_a_long_set_goes_out_in_blocks() -> None:
    operation = Set(1, CLOCK, 2, data.octet_string(bytes(range(200))))
    frames = render([operation], AssociationState(framing="none", capacity=64))
    observer = Observer()
    for frame in frames:
        assert len(frame.octets) <= 64
        observer.explain(frame.octets)
    assert [item.operation for item in converse(observer.conversation)] == [operation]


@pytest.mark.parametrize("general", [False, True])
def test_a_ciphered_rendering_uses_the_counters_that_were_stated(general: bool) -> None:
    sealing = Sealing(KEYS, b"DKTTEST1", 1000, counters=3, general=general)
    state = AssociationState(sealing=sealing)
    frames = render([Get(8, CLOCK, 2), Get(3, CLOCK, 2)], state)
    counters = [
        field.value
        for frame in frames
        for layer in frame.explanation.walk()
        for field in layer.fields
        if field.name == "invocation-counter"
    ]
    assert counters == [1000, 1001]
    assert not any(frame.explanation.problems() for frame in frames)
    observer = Observer(lambda title: KEYS, system_title=b"DKTTEST1")
    for frame in frames:
        observer.explain(frame.octets)
    assert [item.operation for item in converse(observer.conversation)] == [Get(8, CLOCK, 2), Get(3, CLOCK, 2)]
    with pytest.raises(LocalProtocolError, match="used up"):
        render([Get(8, CLOCK, 2)] * 4, state)


def test_rendered_operations_are_read_back() -> None:
    for framing in ("wrapper", "hdlc", "none"):
        observer = Observer()
        for frame in render(OPERATIONS, AssociationState(framing=framing)):  # type: ignore[arg-type]
            observer.explain(frame.octets)
        assert [item.operation for item in converse(observer.conversation)] == OPERATIONS
        assert not any(item.answered for item in converse(observer.conversation))


def test_a_refusal_can_be_supplied() -> None:
    frames = render([Set(1, CLOCK, 2, data.null_data())], AssociationState(), [DataAccessError("read-write-denied")])
    assert len(frames) == 1


def test_text_dialects_are_rendered_too() -> None:
    state = SignedOnState()
    operations: list[Operation] = [ReadOut(), ReadRegister("1.8.0"), WriteRegister("0.9.1", "120000")]
    frames = render(operations, state)
    assert [frame.octets for frame in frames] == [
        b"/?!\r\n",
        b"\x06050\r\n",
        b"\x01R5\x021.8.0()\x03\x5e",
        b"\x01W5\x020.9.1(120000)\x03\x59",
    ]
    observer = Observer()
    for frame in frames:
        observer.explain(frame.octets)
    assert [item.operation for item in converse(observer.conversation)] == operations
    with pytest.raises(LocalProtocolError, match="programming mode"):
        render([ReadRegister("1.8.0")], SignedOnState(programming=False))


def test_what_does_not_fit_the_association_is_refused() -> None:
    with pytest.raises(LocalProtocolError):
        render([ReadOut()], AssociationState())
    with pytest.raises(LocalProtocolError):
        render([Get(8, CLOCK, 2)], SignedOnState())


def test_supplied_results_are_data() -> None:
    assert isinstance(live("generic", [Get(8, CLOCK, 2)])[1][0], Data)
