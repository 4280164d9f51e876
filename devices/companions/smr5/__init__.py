"""Dutch meters of SMR 5.0 to 5.5."""
