"""The virtual meter: a firmware model driven by the translator's model files, and its hosts on this machine."""

from dlmskit.vmeter.sim import SimMeter, SimTransport, open_sim

__all__ = ["SimMeter", "SimTransport", "open_sim"]
