"""Compiled modules land here; empty in a pure build. See `setup.py`."""
