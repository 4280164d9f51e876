"""Service rows that do not fit together are refused when the file is read or when a plan is made, by what is wrong.

What only shows on a meter ends the request with the outcome unknown; nothing raises anything but our errors.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from direct_meters import DirectMeter

from dlmskit.exceptions import DlmskitError, NotRepresentable, PluginLoadError, UnknownObject, UnsupportedService
from dlmskit.execute.runner import run
from dlmskit.market.outcome import Outcome
from dlmskit.market.services import (
    AnyRequest,
    DisableSupply,
    EnableSupply,
    ReadActiveImportProfile,
    ReadImportRegisters,
    ReadSupplyStatus,
    SynchroniseClock,
)
from dlmskit.model.device import DeviceModel
from dlmskit.model.loader import load_text
from dlmskit.translate.evaluate import operation_of
from dlmskit.translate.recognise import recognise
from dlmskit.translate.registry import plan_for

DEVICES = Path(__file__).parents[2] / "devices"
START = datetime(2026, 7, 1, 10, 20, tzinfo=UTC)
REQUESTS: dict[str, AnyRequest] = {
    request.service: request
    for request in (
        ReadImportRegisters(),
        ReadActiveImportProfile(START - timedelta(hours=3), START),
        SynchroniseClock(START, 60),
        ReadSupplyStatus(),
        DisableSupply(),
        EnableSupply(),
    )
}


def broken(folder: str, service: str, old: str, new: str) -> DeviceModel:
    """A shipped model with one place of one service changed."""
    before, mark, rest = (DEVICES / folder / "model.toml").read_text(encoding="utf-8").partition(f'id = "{service}"')
    row, end, after = rest.partition("[[service]]")
    assert row.count(old) >= 1, old
    text = before + mark + row.replace(old, new, 1) + end + after
    return load_text(text, "broken.toml", lambda _: ("", ""))


GENERIC, MODE_C = "companions/generic", "zzc"
AT_LOAD = [
    ("disable-supply", 'do = "action"', 'do = "get"', "is read after"),
    ("disable-supply", 'do = "action"', 'do = "read-out"', "is read after"),
    ("disable-supply", 'name = "output"', 'name = "state"', "step state is there twice"),
    ("disable-supply", "output_state = [false], ", "output_sate = [false], ", "no value named output_sate"),
    ("disable-supply", "output_state = [false], control_state = ", "control_mode = [4], x = ", "no value named x"),
    (
        "disable-supply",
        'output_state = [false], control_state = ["disconnected"]',
        "control_mode = [4]",
        "is read after",
    ),
    ("disable-supply", 'output_state = [false], control_state = ["disconnected"]', "", "is read after"),
    ("disable-supply", "control_mode = [0]", "", "when names no value"),
    ("disable-supply", "control_mode = [0]", "control_mode = 0", r"rules\[\.\.\.\]|when|expected"),
    ("disable-supply", "control_mode = [0]", "control_mode = [0.5]", "expected"),
    ("disable-supply", 'outcome = "acknowledged"', 'outcome = "done"', "outcome: invalid enum value|done"),
    ("disable-supply", 'do = "action"', 'do = "act"', "do: invalid enum value|act"),
    ("disable-supply", "method = 1", "method = 128", "method: expected int <= 127"),
    ("disable-supply", "method = 1", "methd = 1", "unknown key methd, did you mean method"),
    ("disable-supply", "method = 1", 'method = "1"', "method: expected int"),
    ("disable-supply", "essential = true", "essential = 1", "essential: expected bool"),
    ("disable-supply", 'as = "integer", with', "with", "missing key as"),
    ("disable-supply", "with = { value = 0 }", "with = 0", "with: expected object"),
    ("read-supply-status", 'of = ["output"]', 'of = "output"', "of: expected array"),
    ("synchronise-clock", "at_most = 15", "at_most = 15, below = 3", "unknown key below"),
]
AT_PLAN = [
    (
        "read-active-import-profile",
        'do = "get", object = "load_profile", attribute = 2',
        'do = "read-out"',
        PluginLoadError,
        "buffer cannot carry",
    ),
    ("disable-supply", 'do = "action"', 'do = "execute"', UnsupportedService, "needs an address|connection.iec21"),
    ("disable-supply", 'object = "disconnect_control"', 'object = "switch"', UnknownObject, "no object named switch"),
    (
        "disable-supply",
        "with = { value = 0 }",
        "with = { }",
        PluginLoadError,
        "integer cannot work with its row: KeyError",
    ),
    ("disable-supply", "with = { value = 0 }", "with = { value = 999 }", NotRepresentable, "999"),
    ("disable-supply", "with = { value = 0 }", 'with = { value = "0" }', DlmskitError, "'0'|str|wanted"),
    ("disable-supply", "with = { value = 0 }", 'with = { value = 0, type = "number" }', PluginLoadError, "KeyError"),
    ("disable-supply", 'as = "integer", with', 'as = "intger", with', PluginLoadError, "no converter named intger"),
    (
        "disable-supply",
        'as = "integer", with',
        'as = "drift", with',
        PluginLoadError,
        "drift does not work in this direction",
    ),
    (
        "disable-supply",
        'of = ["state"]',
        'of = ["stat"]',
        PluginLoadError,
        "control_state is made of stat, which is neither",
    ),
    ("read-supply-status", 'as = "boolean"', 'as = "bool"', PluginLoadError, "no converter named bool"),
    (
        "synchronise-clock",
        'of = ["time", "now"]',
        "of = []",
        PluginLoadError,
        "clock cannot work with its row: StopIteration",
    ),
    ("synchronise-clock", 'of = ["time", "now"]', 'of = ["tim"]', NotRepresentable, "no parameter 'tim'"),
    ("synchronise-clock", 'of = ["time", "now"]', 'of = ["maximum_correction"]', PluginLoadError, "clock cannot work"),
    ("synchronise-clock", 'name = "set"', 'name = "time"', PluginLoadError, "is made of set.at|name of a parameter"),
    ("synchronise-clock", '"maximum_correction"', '"max_correction"', PluginLoadError, "bounded by max_correction"),
    (
        "synchronise-clock",
        'as = "clock", of = ["time"',
        'as = "energy", of = ["time"',
        PluginLoadError,
        "energy cannot work",
    ),
    (
        "read-active-import-profile",
        'of = ["start", "end"]',
        'of = ["start"]',
        PluginLoadError,
        "clock-range cannot work",
    ),
    ("read-active-import-profile", "objects = { clock =", "objects = { clok =", PluginLoadError, "KeyError: 'clock'"),
    ("read-active-import-profile", '{ clock = "clock" }', '{ clock = "clok" }', UnknownObject, "no object named clok"),
    (
        "read-active-import-profile",
        'as = "clock-range"',
        'as = "clock"',
        PluginLoadError,
        "buffer cannot carry what clock makes",
    ),
]
AT_RUN = [
    ("disable-supply", 'as = "boolean", of = ["output"]', 'as = "energy", of = ["output"]', "ValueError"),
    (
        "disable-supply",
        'as = "boolean", of = ["output"]',
        'as = "control-state", of = ["output"]',
        "expected an integer",
    ),
    ("disable-supply", 'as = "boolean", of = ["output"]', 'as = "iec21-text", of = ["output"]', "KeyError: 'value'"),
    ("disable-supply", 'as = "boolean", of = ["output"]', 'as = "boolean", of = ["output.at"]', "AttributeError"),
    ("disable-supply", 'as = "boolean", of = ["output"]', 'as = "boolean", of = []', "IndexError"),
    ("disable-supply", 'control_state = ["disconnected"]', "control_state = { at_most = 3 }", "has no size"),
    ("synchronise-clock", '"drift", of = ["before"', '"drift", of = ["before", "before"', "TypeError"),
    ("synchronise-clock", "error = { at_most = 15 }", 'error = { at_most = "time" }', "no rule can ask for it"),
    ("read-active-import-profile", '"period", "start", "end"]', '"period", "start"]', "ValueError"),
    (
        "read-active-import-profile",
        'value = "energy_import_total", status',
        'val = "energy_import_total", status',
        "KeyError",
    ),
]


@pytest.mark.parametrize(("service", "old", "new", "told"), AT_LOAD)
def test_refused_when_the_file_is_read(service: str, old: str, new: str, told: str) -> None:
    with pytest.raises(PluginLoadError, match=told) as caught:
        broken(GENERIC, service, old, new)
    assert caught.value.file == "broken.toml"
    assert caught.value.line is not None


@pytest.mark.parametrize(("service", "old", "new", "kind", "told"), AT_PLAN)
def test_refused_when_a_plan_is_made(service: str, old: str, new: str, kind: type[DlmskitError], told: str) -> None:
    model = broken(GENERIC, service, old, new)
    with pytest.raises(kind, match=told):
        plan_for(REQUESTS[service], model)
    assert_harmless_elsewhere(model, service)


@pytest.mark.parametrize(("service", "old", "new", "told"), AT_RUN)
def test_unknown_when_it_only_shows_on_the_meter(service: str, old: str, new: str, told: str) -> None:
    model = broken(GENERIC, service, old, new)
    meter = DirectMeter(model, START)
    response = run(plan_for(REQUESTS[service], model), meter, now=meter.now)
    assert response.outcome is Outcome.UNKNOWN
    assert told in str(response.reason)
    assert_harmless_elsewhere(model, service)


@pytest.mark.parametrize(
    ("service", "old", "new", "told"),
    [
        (
            "read-active-import-profile",
            '{ profile = "load_profile" }, with',
            '{ prof = "load_profile" }, with',
            "KeyError",
        ),
        ("disable-supply", 'with = { value = "0" }', "with = { }", "KeyError: 'value'"),
        ("synchronise-clock", 'objects = { date = "clock_date" }', "objects = { }", "ValueError"),
    ],
)
def test_mode_c_rows(service: str, old: str, new: str, told: str) -> None:
    model = broken(MODE_C, service, old, new)
    with pytest.raises(PluginLoadError, match=told):
        plan_for(REQUESTS[service], model)


def assert_harmless_elsewhere(model: DeviceModel, service: str) -> None:
    """The other services of the model are still planned and recognised."""
    for request in REQUESTS.values():
        if request.service == service:
            continue
        plan = plan_for(request, model)
        found = recognise([operation_of(plan, step, START) for step in plan.steps], model)
        assert [candidate.service for candidate in found.candidates] == [request.service]


def test_a_rule_asks_for_a_truth_value_or_for_a_number_never_for_either() -> None:
    model = broken(MODE_C, "disable-supply", 'control_state = ["disconnected"]', "output_state = [0]")
    meter = DirectMeter(model, START)
    response = run(plan_for(DisableSupply(), model), meter, now=meter.now)
    assert (response.outcome, meter.meter.firmware.switch.closed) == (Outcome.UNKNOWN, False)
