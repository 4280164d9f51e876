"""`dlmskit.codec._columns`, compiled."""

from typing import Any

class Builder:
    def __init__(self) -> None: ...

def walk(octets: bytes, pos: int, end: int, rows: int, tags: bytes, most: int) -> Any: ...
