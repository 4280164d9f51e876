"""Data of the Security setup's methods that change keys: global_key_transfer and key_agreement.

::

    array of structure { key_id enum, key octet-string }

In key_transfer the octets are the new key wrapped under the master key, in key_agreement an `Offer`: X, Y, r and s.

Source: Blue Book, Security setup (class 64).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from dlmskit.codec.data import Data, array, octet_string, structure
from dlmskit.codec.data import enum as enum_data
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError
from dlmskit.security.agreement import Offer
from dlmskit.security.key_wrap import unwrap, wrap
from dlmskit.security.suite import suite_of


class GlobalKeyId(IntEnum):
    """Key ids of the Security setup; `field` names the key in a `KeySet`."""

    GUEK = 0
    GBEK = 1
    GAK = 2
    MASTER_KEY = 3

    @property
    def field(self) -> str:
        """Its name in a `KeySet`."""
        return self.name.lower()


def transfer(keys: Mapping[GlobalKeyId, bytes], *, master_key: bytes) -> Data:
    """Parameters of global_key_transfer for new `keys`. Raises `SecurityError`."""
    return _write({key_id: wrap(key, master_key=master_key) for key_id, key in keys.items()})


def read_transfer(parameters: Data, *, master_key: bytes, suite: int) -> dict[GlobalKeyId, bytes]:
    """The new keys in parameters of global_key_transfer: all of them good, or none.

    Raises `DecodeError` for another shape, an unknown key, one named twice or one of wrong length, and
    `AuthenticationError` where an integrity check fails.
    """
    size = suite_of(suite).key_octets
    keys = {key_id: unwrap(wrapped, master_key=master_key) for key_id, wrapped in _read(parameters).items()}
    for key_id, key in keys.items():
        if len(key) != size:
            raise DecodeError(f"{key_id.field} must be {size} octets, found {len(key)}")
    return keys


def agreement(offers: Mapping[GlobalKeyId, Offer]) -> Data:
    """Parameters, and the answer, of key_agreement."""
    return _write({key_id: offer.to_bytes() for key_id, offer in offers.items()})


def read_agreement(parameters: Data, *, suite: int) -> dict[GlobalKeyId, Offer]:
    """The offers in parameters or the answer of key_agreement; signatures are not checked here.

    Raises `DecodeError` and `SecurityError`.
    """
    return {key_id: Offer.from_bytes(octets, suite) for key_id, octets in _read(parameters).items()}


def _write(items: Mapping[GlobalKeyId, bytes]) -> Data:
    return array(*(structure(enum_data(key_id), octet_string(octets)) for key_id, octets in items.items()))


def _read(parameters: Data) -> dict[GlobalKeyId, bytes]:
    tree = parameters.tree()
    if tree.tag != DataType.ARRAY:
        raise DecodeError("wanted an array of keys", tree.offset)
    items: dict[GlobalKeyId, bytes] = {}
    for row in tree.value:
        if row.tag != DataType.STRUCTURE or [part.tag for part in row.value] != [DataType.ENUM, DataType.OCTET_STRING]:
            raise DecodeError("wanted a structure of key id and octets", row.offset)
        number, octets = row.value
        if number.value not in set(GlobalKeyId):
            raise DecodeError(f"{number.value} is no key id", number.offset)
        if number.value in items:
            raise DecodeError(f"key id {number.value} is named twice", number.offset)
        items[GlobalKeyId(number.value)] = bytes(octets.value)
    return items
