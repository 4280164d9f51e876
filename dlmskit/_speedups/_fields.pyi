"""`dlmskit.apdu._fields`, written by hand."""

from typing import Any

from dlmskit.apdu._fields import Fields as Fields  # the class that the kernel equals
from dlmskit.apdu._fields import short_way as short_way

class Form:
    def __init__(self, wire: Any) -> None: ...

class Reader: ...
class Writer: ...
