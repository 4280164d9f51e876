"""`dlmskit.apdu._fields`, written by hand."""

from typing import Any

from dlmskit.apdu._fields import Fields as Fields  # the class that the kernel equals

class Form:
    def __init__(self, wire: Any) -> None: ...

class Reader: ...
class Writer: ...
