"""The loads of the benchmarks run and read what they should; how fast is no matter here."""

from __future__ import annotations

import pytest

from benchmarks import loopback, workload
from dlmskit.codec import axdr


def test_the_workload_is_what_its_values_say() -> None:
    octets = workload.profile_octets(workload.ROWS)
    assert axdr.decode_value(octets)[0] == workload.rows(workload.ROWS)
    assert any(cell >= 0x8000_0000 for row in workload.rows(workload.ROWS) for cell in row[1:7])


@pytest.mark.parametrize("load", loopback.LOADS)
def test_a_load_counts_what_it_did(load: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loopback, "GETS", 100)
    monkeypatch.setattr(loopback, "TIMES", 2)
    with loopback.responder() as meter:
        rates = loopback.LOADS[load](meter)
    assert rates["items"] > 0
    assert rates["per_client_cpu_second"] > 0
    assert rates["per_meter_cpu_second"] > 0
