"""Kamstrup: push lists and what is known of their clocks."""
