"""Spanish meters on PRIME power line."""
