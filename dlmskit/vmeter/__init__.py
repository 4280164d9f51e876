"""The virtual meter: a firmware model driven by the translator's model files, and its hosts on this machine."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dlmskit.vmeter.sim import SimMeter, SimTransport, open_sim

__all__ = ["SimMeter", "SimTransport", "open_sim"]


def __getattr__(name: str) -> Any:
    """The hosts are imported when they are asked for: the sans-IO part must not bring sockets and threads along."""
    if name in __all__:
        return getattr(import_module("dlmskit.vmeter.sim"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
