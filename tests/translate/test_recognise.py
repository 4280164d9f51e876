"""Observed operations as market commands: what plans send, and what other head ends send."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.apdu.descriptors import SelectiveAccess
from dlmskit.codec import data
from dlmskit.market.services import (
    AnyRequest,
    DisableSupply,
    EnableSupply,
    ReadActiveImportProfile,
    ReadImportRegisters,
    ReadSupplyStatus,
    SynchroniseClock,
)
from dlmskit.model.registry import load
from dlmskit.obis import Obis
from dlmskit.session.operations import Action, ExecuteCommand, Get, GetList, Operation, ReadRegister, Set, WriteRegister
from dlmskit.translate.evaluate import operation_of
from dlmskit.translate.recognise import recognise
from dlmskit.translate.registry import plan_for

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
DIALECTS = ("generic", "zzh", "zzc")
SWITCH = Obis.parse("0-0:96.3.10*255")

minutes = st.integers(0, 20 * 366 * 1440).map(lambda count: datetime(2015, 1, 1, tzinfo=UTC) + timedelta(minutes=count))
periods = st.tuples(minutes, st.integers(0, 10**5)).map(
    lambda pair: ReadActiveImportProfile(pair[0], pair[0] + timedelta(minutes=pair[1]))
)
requests = st.one_of(
    st.sampled_from([ReadImportRegisters(), ReadSupplyStatus(), DisableSupply(), EnableSupply()]),
    minutes.map(SynchroniseClock),
    periods,
)


def operations_of(request: AnyRequest, dialect: str) -> list[Operation]:
    plan = plan_for(request, load(dialect))
    return [operation_of(plan, step, NOON) for step in plan.steps]


@given(requests, st.sampled_from(DIALECTS))
def test_a_plans_operations_are_its_request_and_nothing_else(request: AnyRequest, dialect: str) -> None:
    operations = operations_of(request, dialect)
    found = recognise(operations, load(dialect))
    assert [candidate.request for candidate in found.candidates] == [request]
    assert found.candidates[0].operations == tuple(range(len(operations)))
    assert found.unexplained == ()
    assert not found.ambiguous


@given(st.lists(requests, min_size=1, max_size=5), st.sampled_from(DIALECTS))
def test_a_session_of_several_commands_names_each_in_order(asked: list[AnyRequest], dialect: str) -> None:
    operations = [operation for request in asked for operation in operations_of(request, dialect)]
    found = recognise(operations, load(dialect))
    assert [candidate.request for candidate in found.candidates] == asked
    assert not any(candidate.absent for candidate in found.candidates)
    assert found.unexplained == ()


def test_a_head_end_that_does_not_read_back_is_still_understood() -> None:
    found = recognise([Action(70, SWITCH, 1, data.integer(0))], load("generic"))
    (candidate,) = found.candidates
    assert candidate.request == DisableSupply()
    assert candidate.absent == ("mode", "output", "state")
    (candidate,) = recognise([ExecuteCommand("C.96.4", "1")], load("zzc")).candidates
    assert candidate.request == EnableSupply()


def test_items_of_a_list_count_for_themselves() -> None:
    register = Obis.parse("1-0:1.8.0*255")
    found = recognise([GetList((Get(3, register, 2), Get(3, register, 3)))], load("generic"))
    assert [(each.request, each.operations) for each in found.candidates] == [(ReadImportRegisters(), (0,))]


def test_the_sign_of_the_model_decides_what_a_written_clock_means() -> None:
    written = data.octet_string(bytes.fromhex("07EA0701 03 0E000000 0078 80"))
    operation = Set(8, Obis.parse("0-0:1.0.0*255"), 2, written)
    (reversed_,) = recognise([operation], load("zzh")).candidates
    assert reversed_.request == SynchroniseClock(NOON)
    (standard,) = recognise([operation], load("generic")).candidates
    assert standard.request == SynchroniseClock(NOON + timedelta(hours=4))


def test_what_no_service_explains_is_named() -> None:
    operations: list[Operation] = [
        Get(3, Obis.parse("1-0:32.7.0*255"), 2),
        *operations_of(ReadImportRegisters(), "generic"),
        Get(7, Obis.parse("1-0:99.1.0*255"), 2),
        Action(70, SWITCH, 9, None),
    ]
    found = recognise(operations, load("generic"))
    assert [candidate.request for candidate in found.candidates] == [ReadImportRegisters()]
    assert found.unexplained == (0, 3, 4)
    assert recognise(operations_of(DisableSupply(), "zzc"), load("generic")).candidates == ()


def test_reading_the_status_before_a_command_is_a_request_of_its_own() -> None:
    operations = operations_of(ReadSupplyStatus(), "generic") + operations_of(DisableSupply(), "generic")
    found = recognise(operations, load("generic"))
    assert [candidate.request for candidate in found.candidates] == [ReadSupplyStatus(), DisableSupply()]
    assert [candidate.operations for candidate in found.candidates] == [(0, 1, 2), (3, 4, 5, 6)]


@pytest.mark.parametrize(
    ("operation", "dialect"),
    [
        (
            Set(8, Obis.parse("0-0:1.0.0*255"), 2, data.octet_string(bytes.fromhex("FFFFFFFFFF0E000000800000"))),
            "generic",
        ),
        (Set(8, Obis.parse("0-0:1.0.0*255"), 2, data.octet_string(b"nonsense")), "generic"),
        (Get(7, Obis.parse("1-0:99.1.0*255"), 2, SelectiveAccess(2, data.null_data())), "generic"),
        (ReadRegister("P.01", "nonsense"), "zzc"),
    ],
)
def test_parameters_that_cannot_be_read_back_leave_the_service_named(operation: Operation, dialect: str) -> None:
    (candidate,) = recognise([operation], load(dialect)).candidates
    assert candidate.request is None
    assert candidate.note


def test_both_parts_of_a_mode_c_clock_are_needed() -> None:
    assert recognise([WriteRegister("0.9.2", "260701")], load("zzc")).unexplained == (0,)
    both = [WriteRegister("0.9.2", "260701"), WriteRegister("0.9.1", "130000")]
    (candidate,) = recognise(both, load("zzc")).candidates
    assert candidate.request == SynchroniseClock(NOON)
