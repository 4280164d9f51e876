"""Recordings on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

import dlmskit
from dlmskit import capture
from dlmskit.exceptions import DecodeError
from dlmskit.obis import Obis
from dlmskit.session.operations import Get, ReadOut, ReadRegister
from dlmskit.stack.observe import operations
from dlmskit.vmeter import defaults


@pytest.mark.parametrize("model", ["generic", "zzh"])
def test_a_recording_says_which_operations_ran_and_what_came(model: str, tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    with dlmskit.connect(f"sim:{model}", record=path) as meter:
        name = meter.get(1, "0-0:42.0.0")
        rows = meter.profile("load_profile").rows
    found = operations(capture.read(path).octets)
    assert found[0].operation == Get(1, Obis(0, 0, 42, 0, 0), 2)
    assert found[0].result == name
    assert all(observed.answered and not observed.problem for observed in found)
    buffers = [observed.result.value for observed in found if getattr(observed.operation, "class_id", 0) == 7]
    assert len(buffers[-1]) == len(rows)


def test_a_ciphered_recording_opens_with_the_keys(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    with dlmskit.connect("sim:", association="management", record=path) as meter:
        name = meter.get(1, "0-0:42.0.0")
    recording = capture.read(path)
    assert operations(recording.octets) == ()
    keys = defaults.keys()
    (observed,) = operations(recording.octets, lambda title: keys)
    assert observed.result == name
    text = path.read_text()
    assert not any(secret.hex() in text.lower() for secret in (defaults.GUEK, defaults.GAK))


def test_a_text_dialogue_is_told_as_operations(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    with dlmskit.connect("sim:zzc", association="programming", record=path) as meter:
        energy = meter.run(ReadRegister("1.8.0"))
        meter.run(ReadOut())
    found = operations(capture.read(path).octets)
    assert [observed.operation for observed in found] == [ReadRegister("1.8.0"), ReadOut()]
    assert found[0].result == energy
    assert found[1].answered


def test_a_file_that_is_no_recording(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"\xff\xfe not a recording\n")
    with pytest.raises(DecodeError, match="line 1"):
        capture.read(path)
    path.write_text("")
    with pytest.raises(DecodeError, match="line 1"):
        capture.read(path)
