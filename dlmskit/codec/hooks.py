"""JSON forms of our value types, as hooks of `msgspec`.

::

    msgspec.json.encode(operation, enc_hook=enc_hook)
    msgspec.json.decode(octets, type=Operation, dec_hook=dec_hook)

`Obis` is its text, `Data` its octets in hex.
"""

from __future__ import annotations

from typing import Any

from dlmskit.codec.data import Data
from dlmskit.obis import Obis


def enc_hook(value: Any) -> Any:
    """The JSON form of `value`. Raises `NotImplementedError` for other types, as `msgspec` wants."""
    if isinstance(value, Obis):
        return str(value)
    if isinstance(value, Data):
        return value.to_bytes().hex()
    raise NotImplementedError(f"no JSON form for {type(value).__name__}")


def dec_hook(kind: type, value: Any) -> Any:
    """A value of type `kind` from its JSON form. Raises `DecodeError` where the form is wrong."""
    if kind is Obis:
        return Obis.parse(value)
    if kind is Data:
        return Data.from_bytes(bytes.fromhex(value))
    raise NotImplementedError(f"no JSON form for {kind.__name__}")
