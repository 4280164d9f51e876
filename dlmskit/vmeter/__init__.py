"""The virtual meter: a firmware model driven by the translator's model files, and its hosts on this machine."""
