"""Many attributes in as few requests as the meter allows: GET with list, else ACCESS, else one by one.

A list that the meter refuses is halved, and what it took is kept for the next one; a single refusal is the item's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dlmskit.exceptions import DlmskitError, LocalProtocolError, ServiceError
from dlmskit.reading import buffer
from dlmskit.reading.reader import PROFILE_GENERIC, SCALED, Place, Reader, Where
from dlmskit.reading.values import typed
from dlmskit.session.operations import AccessList, Get, GetList
from dlmskit.stack.dialogue import Procedure

Item = Where | Place | tuple[Where | Place, int | str]
"""An object, whose attribute 2 is meant, or an object and an attribute by number or name"""

_MOST_ITEMS = 32
_ITEM_OCTETS = 12
_ENVELOPE_OCTETS = 64
"""octets of a request beside its items, protection included"""


def read_many(reader: Reader, items: Sequence[Item]) -> Procedure[tuple[Any, ...]]:
    """What `read` gives for each item, in order; where an item fails, the error that `read` raises stands in its place.

    Scalers that are not known yet are asked for in the same requests.
    """
    places: list[tuple[Place, int] | DlmskitError] = []
    for item in items:
        places.append((yield from _located(reader, item)))
    wanted: dict[Get, Any] = {}
    for located in places:
        if not isinstance(located, DlmskitError) and not _is_buffer(*located):
            place, attribute = located
            wanted[Get(place.class_id, place.obis, attribute)] = None
            scaler = reader.scaler_missing(place.class_id, place.obis, attribute)
            if scaler is not None:
                wanted[scaler] = None
    answers = dict(zip(wanted, (yield from fetch(reader, tuple(wanted))), strict=True))
    results = []
    for located in places:
        results.append(
            located if isinstance(located, DlmskitError) else (yield from _result(reader, answers, *located))
        )
    return tuple(results)


def fetch(reader: Reader, wanted: Sequence[Get]) -> Procedure[list[Any]]:
    """The `Data` of each attribute, or the error that refused it."""
    answers: list[Any] = []
    while len(answers) < len(wanted):
        part = tuple(wanted[len(answers) : len(answers) + _size(reader)])
        try:
            answers += (yield _together(reader, part)) if len(part) > 1 else [(yield part[0])]
        except (ServiceError, LocalProtocolError) as refusal:
            if len(part) > 1:
                reader.most_items = len(part) // 2
            elif isinstance(refusal, ServiceError):
                answers.append(refusal)
            else:
                raise
    return answers


def _size(reader: Reader) -> int:
    if not (reader.grants("multiple-references") or reader.grants("access")):
        return 1
    capacity = reader.negotiated.get("server_max_receive_pdu_size") or 0xFFFF
    fitting = max((capacity - _ENVELOPE_OCTETS) // _ITEM_OCTETS, 1)
    return min(fitting, _MOST_ITEMS, reader.most_items or _MOST_ITEMS)


def _together(reader: Reader, part: tuple[Get, ...]) -> GetList | AccessList:
    return GetList(part) if reader.grants("multiple-references") else AccessList(part)


def _is_buffer(place: Place, attribute: int) -> bool:
    return (place.class_id, attribute) == (PROFILE_GENERIC, 2)


def _located(reader: Reader, item: Item) -> Procedure[tuple[Place, int] | DlmskitError]:
    where, attribute = item if isinstance(item, tuple) else (item, 2)
    try:
        place = yield from reader.place(where)
        return place, place.attribute(attribute)
    except LocalProtocolError:
        raise
    except DlmskitError as error:
        return error


def _result(reader: Reader, answers: dict[Get, Any], place: Place, attribute: int) -> Procedure[Any]:
    """Raises only what is not about this item: the line fails outside of procedures."""
    try:
        if _is_buffer(place, attribute):
            return (yield from buffer.profile(reader, place.obis))
        scaler_unit = None
        if attribute in SCALED.get(place.class_id, ()):
            scaler = reader.scaler_missing(place.class_id, place.obis, attribute)
            if scaler is not None:
                reader.learn_scaler(place.class_id, place.obis, answers[scaler])
            scaler_unit = yield from reader.scaler_unit(place.class_id, place.obis)
        answer = answers[Get(place.class_id, place.obis, attribute)]
        return answer if isinstance(answer, ServiceError) else typed(answer, place, attribute, scaler_unit)
    except LocalProtocolError:
        raise
    except DlmskitError as error:
        return error
