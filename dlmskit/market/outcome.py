"""How a market request ended."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """The end of a market request; exactly one holds.

    ``timed-out`` means that no answer came and that asking again does no harm. ``unknown`` means that a command may
    have been carried out and that reading back did not settle it, or that the meter's answer has no market meaning.
    """

    ACKNOWLEDGED = "acknowledged"
    """the meter took the command, and reading back shows its effect"""
    DATA = "data"
    """what was asked for is in the data"""
    REFUSED = "refused"
    """the meter said no, or doing it would do something else; nothing was changed"""
    NOT_SUPPORTED = "not-supported"
    """this meter cannot do it"""
    TIMED_OUT = "timed-out"
    UNKNOWN = "unknown"
