"""Which role of a model shows which measured quantity, and how the truth becomes a register's integer.

Roles of energy: ``energy_import_total``, ``energy_import_tariff_1`` to ``_8``, ``energy_import_l1`` to ``_l3``, and the
same for ``energy_export``, ``energy_absolute`` (import plus export), ``reactive_energy_import``, ``_export``, ``_q1``
to ``_q4``, ``apparent_energy_import`` and ``_export``. Roles of power: ``power_import``, ``power_import_l1`` and so on.
Others: ``voltage_l1``, ``current_l1`` (of three phases), ``current`` (of one), ``power_factor``, ``frequency``.

A register shows the truth in its own resolution, truncated and never rounded up, and starts again at zero when its type
or its digits are full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import mul

import msgspec

from dlmskit.cosem.units import Unit
from dlmskit.enums import DataType
from dlmskit.exceptions import FirmwareModelError
from dlmskit.model.device import ModelObject
from dlmskit.vmeter.metrology import PHASES, WATT_HOUR, WHOLE, Mix, Truth, Weights, apparent, weighed


class Measured(msgspec.Struct, frozen=True):
    """A quantity of the truth: how to get it, its unit, and how many of its counts make one of that unit.

    `weights` are there for an energy or a power, by the mix of the meter.
    """

    of: Callable[[Truth], int]
    unit: Unit
    per_unit: int
    weights: Callable[[Mix], Weights] | None = None


RATES = range(1, 9)
_QUADRANTS: dict[str, Callable[[Mix], Weights]] = {
    "q1": lambda mix: (0, mix.lagging, 0, 0),
    "q2": lambda mix: (0, 0, mix.feeding, mix.feeding),
    "q3": lambda mix: (0, 0, 0, 0),
    "q4": lambda mix: (mix.leading, 0, 0, 0),
    "import": lambda mix: (0, mix.lagging, mix.feeding, mix.feeding),
    "export": lambda mix: (mix.leading, 0, 0, 0),
}
_FLOWS: dict[str, tuple[Callable[[Mix], Weights], Unit, Unit]] = {
    "{}_import": (lambda mix: (WHOLE, WHOLE, 0, 0), Unit.WATT_HOUR, Unit.WATT),
    "{}_export": (lambda mix: (0, 0, WHOLE, WHOLE), Unit.WATT_HOUR, Unit.WATT),
    "{}_absolute": (lambda mix: (WHOLE, WHOLE, WHOLE, WHOLE), Unit.WATT_HOUR, Unit.WATT),
    **{f"reactive_{{}}_{name}": (each, Unit.VAR_HOUR, Unit.VAR) for name, each in _QUADRANTS.items()},
    "apparent_{}_import": (
        lambda mix: (apparent(mix.leading), apparent(mix.lagging), 0, 0),
        Unit.VOLT_AMPERE_HOUR,
        Unit.VOLT_AMPERE,
    ),
    "apparent_{}_export": (
        lambda mix: (0, 0, apparent(mix.feeding), apparent(mix.feeding)),
        Unit.VOLT_AMPERE_HOUR,
        Unit.VOLT_AMPERE,
    ),
}
"""energies and powers: name, weights of the four flows in parts of `WHOLE`, and both units"""
_BUILT_IN: dict[int, Weights] = {1: (1, 0, 1, 0), 2: (0, 1, 0, 1)}
"""what the built-in tariffs leave of the flows"""


def _energy(weights: Callable[[Mix], Weights], unit: Unit) -> Measured:
    per_unit = WATT_HOUR * WHOLE
    return Measured(lambda truth: weighed(weights(truth.mix), truth.energy), unit, per_unit, weights)


def _rated(role: str, rate: int, weights: Callable[[Mix], Weights], unit: Unit) -> Measured:
    """An energy register that runs in one rate only."""

    def of(truth: Truth) -> int:
        rates, wanted = truth.rates, weights(truth.mix)
        if rates is None:
            kept = _BUILT_IN.get(rate)
            return 0 if kept is None else weighed(tuple(map(mul, kept, wanted)), truth.energy)
        had = rates.had.get(role, 0)
        return had + weighed(wanted, truth.energy) - weighed(wanted, rates.mark) if role in rates.running else had

    return Measured(of, unit, WATT_HOUR * WHOLE, weights)


def _power(weights: Callable[[Mix], Weights], unit: Unit) -> Measured:
    return Measured(lambda truth: weighed(weights(truth.mix), truth.power), unit, WHOLE, weights)


def _phase(index: int, weights: Callable[[Mix], Weights]) -> Callable[[Mix], Weights]:
    def part(mix: Mix) -> Weights:
        first, second, third, fourth = weights(mix)
        share = mix.phases[index]
        return first * share, second * share, third * share, fourth * share

    return part


def _apparent(mix: Mix) -> Weights:
    return apparent(mix.leading), apparent(mix.lagging), apparent(mix.feeding), apparent(mix.feeding)


def _current(index: int) -> Callable[[Truth], int]:
    """Milliamperes of a phase of a meter with three, truncated."""

    def of(truth: Truth) -> int:
        power = weighed(_phase(index, _apparent)(truth.mix), truth.power)
        voltage = truth.voltage_of(PHASES[index])
        return power * 1_000_000 // (voltage * WHOLE * WHOLE) if voltage else 0

    return of


def _factor(truth: Truth) -> int:
    """Thousandths of active among apparent power; one where nothing flows."""
    whole = weighed(_apparent(truth.mix), truth.power)
    return sum(truth.power) * WHOLE * 1000 // whole if whole else 1000


def _quantities() -> Iterator[tuple[str, Measured]]:
    for form, (weights, of_energy, of_power) in _FLOWS.items():
        energy, power = form.format("energy"), form.format("power")
        yield f"{energy}_total", _energy(weights, of_energy)
        for rate in RATES:
            yield f"{energy}_tariff_{rate}", _rated(f"{energy}_tariff_{rate}", rate, weights, of_energy)
        yield power, _power(weights, of_power)
        for index, phase in enumerate(PHASES):
            part = _phase(index, weights)
            whole = _energy(part, of_energy)
            yield f"{energy}_l{phase}", msgspec.structs.replace(whole, per_unit=whole.per_unit * WHOLE)
            yield f"{power}_l{phase}", msgspec.structs.replace(_power(part, of_power), per_unit=WHOLE * WHOLE)
    for index, phase in enumerate(PHASES):
        yield f"voltage_l{phase}", Measured(lambda truth, phase=phase: truth.voltage_of(phase), Unit.VOLT, 1000)  # type: ignore[misc]
        yield f"current_l{phase}", Measured(_current(index), Unit.AMPERE, 1000)
    yield "current", Measured(lambda truth: truth.current, Unit.AMPERE, 1000)
    yield "power_factor", Measured(_factor, Unit.COUNT, 1000)
    yield "frequency", Measured(lambda truth: truth.frequency, Unit.HERTZ, 1000)


MEASURED: dict[str, Measured] = dict(_quantities())
"""by role"""

_BITS = {
    DataType.INTEGER: 7,
    DataType.UNSIGNED: 8,
    DataType.LONG: 15,
    DataType.LONG_UNSIGNED: 16,
    DataType.DOUBLE_LONG: 31,
    DataType.DOUBLE_LONG_UNSIGNED: 32,
    DataType.LONG64: 63,
    DataType.LONG64_UNSIGNED: 64,
}


def counts(measured: Measured, truth: Truth, scaler: int) -> int:
    """The whole counts of ``10 ** scaler`` units that a quantity amounts to."""
    amount = measured.of(truth)
    finer, coarser = 10 ** max(-scaler, 0), 10 ** max(scaler, 0)
    return amount * int(finer) // (measured.per_unit * int(coarser))


def wrapped(raw: int, tag: DataType) -> int:
    """A never negative count in a register of this type, from zero again when it is full."""
    return raw % (1 << _BITS[tag])


def measured_by(row: ModelObject) -> Measured | None:
    """The quantity behind a role, None for a role that measures nothing.

    Raises `FirmwareModelError` where the row's unit or type cannot show it.
    """
    measured = MEASURED.get(row.name)
    if measured is None:
        return None
    if row.unit is not None and row.unit != measured.unit:
        raise FirmwareModelError(f"{row.name} is measured in {measured.unit.name}, its row says {row.unit.name}")
    if row.class_id is not None and row.type not in _BITS:
        raise FirmwareModelError(f"{row.name} needs an integer type, its row says {row.type}")
    return measured
