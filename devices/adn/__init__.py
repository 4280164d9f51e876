"""Aidon."""
