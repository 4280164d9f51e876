"""dlmskit on the shared speed rig: one `Case` per workload of the rig's `harness.WORK` (see README.md here).

Run it by the rig only; the rig checks every result against values it made independently before it times anything.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from functools import partial
from typing import Any

import harness
import wire_cases

from dlmskit.codec import axdr
from dlmskit.codec.columns import decode_columns
from dlmskit.codec.data import array_of
from dlmskit.codec.stamps import to_datetimes

NAME = "dlmskit" if axdr.ACCELERATED else "dlmskit (pure Python)"
VERSION = importlib.metadata.version("dlmskit")

ROW = bytes.fromhex("02080906060606060611")


def cases(workloads: Any) -> dict[str, Callable[[], Any]]:
    def decode() -> Any:
        octets = workloads.raw("w1")
        return harness.Case(lambda: axdr.decode_value(octets)[0])

    def decode_with_datetimes() -> Any:
        octets = workloads.raw("w1")

        def rows() -> Any:
            decoded = axdr.decode_value(octets)[0]
            for row, moment in zip(decoded, to_datetimes([row[0] for row in decoded]), strict=True):
                row[0] = moment
            return decoded

        def norm(decoded: Any) -> Any:
            return [[f"{row[0]:%Y-%m-%d %H:%M:%S}", *row[1:]] for row in decoded]

        return harness.Case(rows, norm=norm, want=harness.dtwant(workloads))

    def columns() -> Any:
        octets = workloads.raw("w1")
        return harness.Case(lambda: decode_columns(octets), norm=lambda table: table.rows(), note="a buffer a column")

    def encode() -> Any:
        octets = workloads.raw("w1")
        rows = axdr.decode_value(octets)[0]
        return harness.Case(
            lambda: array_of(ROW, rows).to_bytes(), want=harness.canon(octets), note="plain rows and a row type"
        )

    def compact(name: str) -> Callable[[], Any]:
        def case() -> Any:
            octets = workloads.raw(name)
            return harness.Case(lambda: axdr.decode_value(octets)[0])

        return case

    return {
        "w1.decode": decode,
        "w1.decode_dt": decode_with_datetimes,
        "w1.columns": columns,
        "w2.encode": encode,
        "w10.compact_1k": compact("w10_1k"),
        "w10.compact": compact("w10"),
        **{name: partial(case, workloads) for name, case in wire_cases.CASES.items()},
    }
