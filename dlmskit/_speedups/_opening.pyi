"""`dlmskit.security._opening`, written by hand."""

from collections.abc import Callable, Mapping
from typing import Any

def opened(
    make: Callable[..., Any], ready: Mapping[int, tuple[Any, ...]], content: Any, title: Any, dedicated: bool
) -> Any: ...
