"""Meters by IDIS package 2."""
