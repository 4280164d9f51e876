"""Behaviour of the interface classes that the virtual meter has, one file each or a few that belong together."""
