"""Copied to begin a plug-in; not a model itself."""
