"""The table of converters: between what the market says and what a meter says, each usable in both directions.

A converter's `to_meter` takes the arguments that a row names and gives what an operation carries; `from_meter` takes
results (or, in recognition, what an operation carried) and gives the market's value. Both are pure. They raise
`NotRepresentable` where one side has no form for the other's value, and what the codec below raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dlmskit.exceptions import DlmskitError, PluginLoadError
from dlmskit.translate import cosem_values, iec21_values, profile
from dlmskit.translate.plugin import converters_of
from dlmskit.translate.program import Convert, Converter, Terms

CONVERTERS: Mapping[str, Converter] = {
    "integer": Converter(cosem_values.integer_to_meter, cosem_values.integer_from_meter),
    "boolean": Converter(cosem_values.boolean_to_meter, cosem_values.boolean_from_meter),
    "control-state": Converter(cosem_values.control_state_to_meter, cosem_values.control_state_from_meter),
    "energy": Converter(cosem_values.energy_to_meter, cosem_values.energy_from_meter),
    "clock": Converter(cosem_values.clock_to_meter, cosem_values.clock_from_meter),
    "clock-status": Converter(None, cosem_values.clock_status_from_meter),
    "drift": Converter(None, cosem_values.drift_from_meter),
    "clock-range": Converter(cosem_values.range_to_meter, cosem_values.range_from_meter),
    "profile-rows": Converter(profile.rows_to_meter, profile.rows_from_meter),
    "time": Converter(None, cosem_values.time_from_meter),
    "iec21-text": Converter(iec21_values.text_to_meter, iec21_values.text_from_meter),
    "iec21-label": Converter(iec21_values.label_to_meter, iec21_values.label_from_meter),
    "iec21-energy": Converter(iec21_values.energy_to_meter, iec21_values.energy_from_meter),
    "iec21-time": Converter(iec21_values.time_to_meter, iec21_values.time_from_meter),
    "iec21-drift": Converter(None, iec21_values.drift_from_meter),
    "iec21-range": Converter(iec21_values.range_to_meter, iec21_values.range_from_meter),
    "iec21-rows": Converter(iec21_values.rows_to_meter, iec21_values.rows_from_meter),
}
"""By the name that rows use"""


def to_meter(lineage: tuple[str, ...], name: str, arguments: tuple[Any, ...], terms: Terms) -> Any:
    """What the operation carries. Raises what the converter raises, and `PluginLoadError` as `converter`."""
    return _applied(converter(lineage, name).to_meter, lineage, name, arguments, terms)


def from_meter(lineage: tuple[str, ...], name: str, arguments: tuple[Any, ...], terms: Terms) -> Any:
    """The market's value. Raises what the converter raises, and `PluginLoadError` as `converter`."""
    return _applied(converter(lineage, name).from_meter, lineage, name, arguments, terms)


def converter(lineage: tuple[str, ...], name: str) -> Converter:
    """The converter of this name, a plug-in's own before ours. Raises `PluginLoadError` when there is none."""
    found = converters_of(lineage).get(name) or CONVERTERS.get(name)
    if found is None:
        raise PluginLoadError(f"model {lineage[0]}: there is no converter named {name}")
    return found


def _applied(
    convert: Convert | None, lineage: tuple[str, ...], name: str, arguments: tuple[Any, ...], terms: Terms
) -> Any:
    """A converter may be a plug-in's, and what it is given is what a row says: any exception that is not ours means
    that the two do not fit."""
    if convert is None:
        raise PluginLoadError(f"model {lineage[0]}: converter {name} does not work in this direction")
    try:
        return convert(arguments, terms)
    except DlmskitError:
        raise
    except Exception as error:  # noqa: BLE001
        reason = f"{type(error).__name__}: {error}"
        raise PluginLoadError(f"model {lineage[0]}: converter {name} cannot work with its row: {reason}") from None
