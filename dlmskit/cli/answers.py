"""Market answers for people; the JSON form is `dlmskit.market.services.to_json`."""

from __future__ import annotations

from dlmskit.market.services import (
    ClockResult,
    ImportProfile,
    ImportRegisters,
    MarketResponse,
    ProfileRow,
    SupplyStatus,
)

ROWS_SHOWN = 4


def answer_text(response: MarketResponse) -> str:
    """A response in a few lines: outcome, data, reason."""
    lines = [response.outcome.value]
    match response.data:
        case ImportRegisters() as data:
            lines += [f"{data.active_energy_import} kWh", f"at {data.read_time:%H:%M:%S} UTC"]
        case ImportProfile() as data:
            lines += _profile(data.rows)
        case ClockResult() as data:
            lines += _clock(data)
        case SupplyStatus() as data:
            lines += _supply(data)
        case None:
            pass
    if response.reason:
        lines.append(response.reason)
    return "\n".join(lines)


def _profile(rows: tuple[ProfileRow, ...]) -> list[str]:
    shown = [f"{row.time:%d %b %H:%M}  {row.active_energy_import}" for row in rows[:ROWS_SHOWN]]
    return [f"{len(rows)} rows, kWh", *shown, *(["..."] if len(rows) > ROWS_SHOWN else [])]


def _clock(data: ClockResult) -> list[str]:
    time = "not read back" if data.clock_time is None else f"{data.clock_time:%Y-%m-%d %H:%M:%S} UTC"
    return [time] if data.drift is None else [time, f"was {data.drift} s off"]


def _supply(data: SupplyStatus) -> list[str]:
    output = {True: "live", False: "off", None: "not known"}[data.output_state]
    mode = [] if data.control_mode is None else [f"control mode {data.control_mode}"]
    return [data.control_state or "state not known", f"output {output}", *mode]
