"""`dlmskit sr`: market commands listed, translated, run on virtual meters, and recognised again."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from dlmskit.connecting import DURABLE_TITLE
from dlmskit.market.services import SERVICES
from dlmskit.vmeter import SimMeter, defaults

from .command_line import accepted, dlmskit, refused

MODELS = ("generic", "zzh", "zzc")
PASSWORD = defaults.PASSWORD.decode()
KEYS = ["--guek", defaults.GUEK.hex(), "--gak", defaults.GAK.hex()]
PERIOD = ["start=2026-11-20T00:00Z", "end=2026-11-20T03:00Z"]


def parameters(service: str) -> list[str]:
    return PERIOD if service == "read-active-import-profile" else []


def keys_of(model: str, tmp_path: Path) -> list[str]:
    """The generic meter's management association is ciphered, so octets need keys and counters of their own."""
    return [*KEYS, "--counters", str(tmp_path / "counters")] if model != "zzc" else []


def test_the_list_has_the_six_services_and_who_realises_them() -> None:
    out = accepted(dlmskit("sr", "list")).out
    for name in SERVICES:
        assert name in out
    assert len(SERVICES) == 6
    assert "start, end" in out


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_has_answers_of_one_shape_on_every_model(service: str) -> None:
    answers = [
        accepted(dlmskit("sr", "run", service, f"sim:{model}", *parameters(service), "--json")).json()
        for model in MODELS
    ]
    assert len({answer["outcome"] for answer in answers}) == 1
    assert {answer["service"] for answer in answers} == {service}
    assert len({tuple(answer) for answer in answers}) == 1
    assert len({tuple(answer["data"]) for answer in answers}) == 1


def test_energy_is_in_kilowatt_hours_everywhere() -> None:
    values = []
    for model in MODELS:
        answer = accepted(dlmskit("sr", "run", "read-import-registers", f"sim:{model}", "--json")).json()
        values.append(Decimal(answer["data"]["active_energy_import"]))
    assert max(values) - min(values) < Decimal("0.5")  # the same load, each in its own resolution


@pytest.mark.parametrize("model", MODELS)
def test_a_meter_behind_a_port_is_commanded(model: str) -> None:
    words = ["--model", model, *(["--password", PASSWORD] if model == "zzc" else [*KEYS, "--password", PASSWORD])]
    with SimMeter(model) as meter:
        off = accepted(dlmskit("sr", "run", "disable-supply", meter.target, *words, "--json")).json()
        status = accepted(dlmskit("sr", "run", "read-supply-status", meter.target, *words, "--json")).json()
    assert off["outcome"] == "acknowledged"
    assert off["data"]["control_state"] == status["data"]["control_state"] == "disconnected"


def test_people_get_the_answer_in_words() -> None:
    assert "kWh" in accepted(dlmskit("sr", "run", "read-import-registers", "sim:zzc")).out


def test_a_refusal_by_the_meter_is_told_on_both_channels() -> None:
    said = dlmskit("sr", "run", "disable-supply", "sim:", "--association", "reader", "--json")
    refused(said, 6, "disable-supply: refused", "read-write-denied")
    assert said.json()["outcome"] == "refused"


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("model", MODELS)
def test_a_translation_shows_plan_and_octets_that_are_recognised_again(
    service: str, model: str, tmp_path: Path
) -> None:
    words = [service, *parameters(service), "--model", model, *keys_of(model, tmp_path)]
    out = accepted(dlmskit("sr", "translate", *words)).out
    assert out.startswith(f"{service} on {model}")
    octets = [line.strip() for line in out.splitlines() if is_hex(line)]
    assert octets
    words = ["--model", model, *KEYS, "--system-title", DURABLE_TITLE.hex()]
    shown = accepted(dlmskit("sr", "recognise", "".join(octets), *words))
    assert service in shown.out


def is_hex(line: str) -> bool:
    return line.startswith("    ") and all(
        len(word) == 2 and set(word) <= set("0123456789ABCDEF") for word in line.split()
    )


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("model", MODELS)
def test_a_recorded_session_is_recognised(service: str, model: str, tmp_path: Path) -> None:
    record = tmp_path / "session.jsonl"
    accepted(dlmskit("sr", "run", service, f"sim:{model}", *parameters(service), "--record", record))
    out = accepted(dlmskit("sr", "recognise", record, "--model", model, *KEYS)).out
    assert service in out
    for secret in (PASSWORD, *KEYS):
        assert secret not in record.read_text()


def test_no_secret_comes_back_in_any_output(tmp_path: Path) -> None:
    runs = [
        dlmskit("sr", "run", "disable-supply", "sim:", *KEYS, "--password", PASSWORD),
        dlmskit("sr", "run", "disable-supply", "sim:zzc", "--password", PASSWORD, "--json"),
        dlmskit("sr", "run", "disable-supply", "sim:zzc", "--password", "8765-secret"),
        dlmskit("sr", "translate", "disable-supply", "--model", "zzc", "--password", "8765-secret"),
        dlmskit("sr", "translate", "disable-supply", "--model", "generic", *keys_of("generic", tmp_path)),
    ]
    for said in runs:
        shown = (said.out + said.err).lower()
        for secret in (PASSWORD, "8765-secret", KEYS[1], KEYS[3]):
            assert secret not in shown


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["run", "nope", "sim:"], 10, "no market service is called nope"),
        (["run", "read-import-registers", "sim:nope"], 10, "no model named nope"),
        (["run", "read-import-registers", "sim:kam"], 10, "does not realise"),
        (["run", "read-import-registers", "tcp://127.0.0.1:1"], 2, "--model"),
        (["run", "read-import-registers", "sim:", "foo=1"], 2, "foo"),
        (["run", "read-import-registers", "sim:", "foo"], 2, "foo"),
        (["run", "read-active-import-profile", "sim:"], 2, "start"),
        (["run", "read-active-import-profile", "sim:", "start=soon", "end=later"], 2, "start"),
        (["run", "read-import-registers", "sim:", "--record", "/nowhere/at/all.jsonl"], 3, "/nowhere/at/all.jsonl"),
        (["run", "read-import-registers", "sim:", "--association", "nope"], 10, "no association named nope"),
        (["run", "read-import-registers", "sim:", "--password", "wrong"], 4, "authentication-failure"),
        (["translate", "read-import-registers"], 2, "--model"),
        (["translate", "disable-supply", "--model", "generic"], 5, "--guek"),
        (["recognise", "7EA0", "--model", "generic"], 9, ""),
        (["recognise", "xyz", "--model", "generic"], 2, "not hex"),
    ],
)
def test_what_cannot_be_done_is_refused(words: list[str], code: int, why: str) -> None:
    refused(dlmskit("sr", *words), code, why)
