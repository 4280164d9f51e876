"""`dlmskit.apdu._elements`, written by hand."""

from typing import Any

from dlmskit.apdu._elements import Elements as Elements  # the class that the kernel equals

class Row:
    def __init__(self, attribute: str, element: Any) -> None: ...
