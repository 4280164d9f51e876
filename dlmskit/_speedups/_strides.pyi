"""`dlmskit.codec._strides`, written by hand."""

from collections.abc import Iterable

from dlmskit.codec._strides import Field

def gather(
    octets: bytes, stride: int, count: int, same: Iterable[int], fields: Iterable[Field]
) -> list[bytes] | None: ...
