"""Recovery of our invocation counter: what the meter has seen last, read over an association that needs no key.

The answer comes unprotected, so it is taken as a floor only, and not where it is further ahead than can be lost.
"""

from __future__ import annotations

from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError, SecurityError, UnknownObject
from dlmskit.model.device import DeviceModel
from dlmskit.obis import Obis
from dlmskit.security.keys import KeyPurpose, KeySet
from dlmskit.session.operations import Get
from dlmskit.stack.dialogue import Procedure
from dlmskit.store.counters import LAST, Counters

DATA_CLASS = 1
MOST_AHEAD = 0x100_0000
"""counters that may be skipped at once: a 256th of all there are"""


def counter_object(model: DeviceModel, association: str) -> Obis:
    """Where the counter of one of the model's associations can be read. Raises `UnknownObject`."""
    role = model.association(association).invocation_counter
    obis = model.object(role).obis if role is not None else None
    if obis is None:
        raise UnknownObject(f"model {model.id} names no invocation counter for association {association}")
    return obis


def last_counter(obis: Obis) -> Procedure[int]:
    """The counter that the meter has seen last. Raises `DecodeError` where it is no counter."""
    found = yield Get(DATA_CLASS, obis, 2)
    if found.tag not in (DataType.DOUBLE_LONG_UNSIGNED, DataType.LONG64_UNSIGNED, DataType.DOUBLE_LONG):
        raise DecodeError(f"the invocation counter {obis} is no number but {found.tag.label}")
    value: int = found.value
    if not 0 <= value <= LAST:
        raise DecodeError(f"the invocation counter {obis} is {value}, wanted 0 to {LAST}")
    return value


def go_on_from(
    last: int, *, counters: Counters, keys: KeySet, system_title: bytes, most_ahead: int = MOST_AHEAD
) -> int:
    """Let the counters of our title go on behind `last`, never lower; how many were skipped.

    Raises `SecurityError` where that is more than `most_ahead`: an unproven answer must not use up a key.
    """
    key_id = keys.key_id(KeyPurpose.GUEK)
    reserved = counters.reserve(key_id, system_title, 1)
    if reserved is None:
        raise SecurityError("no invocation counter is left for this key: it must be changed")
    following, _ = reserved
    skipped = last - following
    if skipped > most_ahead:
        raise SecurityError(
            f"the meter says counter {last}, ours is {following}: more than {most_ahead} are not skipped on its word"
        )
    counters.raise_to(key_id, system_title, last + 1)
    return max(skipped, 0)


def recovered(
    model: DeviceModel,
    association: str,
    *,
    counters: Counters,
    keys: KeySet,
    system_title: bytes,
    most_ahead: int = MOST_AHEAD,
) -> Procedure[int]:
    """Over the public client: make our counter for `association` fit the meter; how many were skipped.

    Raises as the steps do: `UnknownObject`, `DecodeError`, `SecurityError`.
    """
    last = yield from last_counter(counter_object(model, association))
    return go_on_from(last, counters=counters, keys=keys, system_title=system_title, most_ahead=most_ahead)
