"""`dlmskit.codec._stamps`, written by hand."""

from collections.abc import Sequence
from datetime import datetime

def epochs(stamps: bytes, reversed_deviation: bool) -> tuple[bytearray, list[int]]: ...
def moments(stamps: Sequence[bytes | None], reversed_deviation: bool) -> tuple[list[datetime | None], list[int]]: ...
