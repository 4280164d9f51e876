"""Suites, keys, protection of APDUs, HLS mechanisms and replay rules; knows no dialogue and no file."""
