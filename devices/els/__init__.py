"""Elster, later Honeywell."""
