"""`encode_items` of `dlmskit.codec._axdr_encode`, written by hand."""

from typing import Any

def encode_items(description: Any, items: Any, tagged: bool, head: bytes = b"") -> bytes: ...
