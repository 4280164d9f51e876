"""The device model that a command names."""

from __future__ import annotations

from pathlib import Path

from dlmskit.model import registry
from dlmskit.model.device import DeviceModel


def device_model(name: str) -> DeviceModel:
    """An installed model by its id, or the model in a file. Raises `PluginLoadError`."""
    path = Path(name)
    return registry.load_file(name) if path.suffix == ".toml" or path.is_file() else registry.load(name)
