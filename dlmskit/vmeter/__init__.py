"""The virtual meter: a firmware model driven by the same model files as the translator, and its hosts on this machine."""
