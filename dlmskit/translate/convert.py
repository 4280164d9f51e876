"""The table of converters: between what the market says and what a meter says, each usable in both directions.

A converter's `to_meter` takes the arguments that a row names and gives what an operation carries; `from_meter` takes
results (or, in recognition, what an operation carried) and gives the market's value. Both are pure. They raise
`NotRepresentable` where one side has no form for the other's value, and what the codec below raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from dlmskit.exceptions import PluginLoadError
from dlmskit.translate import cosem_values, iec21_values, profile
from dlmskit.translate.plugin import converters_of
from dlmskit.translate.program import Convert, Converter

_Kind = TypeVar("_Kind", Converter, Convert)

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


def to_meter(lineage: tuple[str, ...], name: str) -> Convert:
    """The converter of this name towards the meter. Raises `PluginLoadError` when there is none."""
    return _found(converter(lineage, name).to_meter, lineage, name)


def from_meter(lineage: tuple[str, ...], name: str) -> Convert:
    """The converter of this name from the meter. Raises `PluginLoadError` when there is none."""
    return _found(converter(lineage, name).from_meter, lineage, name)


def converter(lineage: tuple[str, ...], name: str) -> Converter:
    """Both directions; a plug-in's own converter goes before ours. Raises `PluginLoadError` when there is none."""
    return _found(converters_of(lineage).get(name) or CONVERTERS.get(name), lineage, name)


def _found(found: _Kind | None, lineage: tuple[str, ...], name: str) -> _Kind:
    if found is None:
        raise PluginLoadError(f"model {lineage[0]}: there is no converter named {name} for this direction")
    return found
