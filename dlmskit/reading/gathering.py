"""The buffer of a Profile generic, whole, over lines that break.

After a line that broke and stands again only the rows behind the last whole one are asked for; the last one comes once
more and shows that nothing is missing.
"""

from __future__ import annotations

from dlmskit.codec.data import Data, array
from dlmskit.exceptions import DecodeError, LocalProtocolError, ServiceError
from dlmskit.obis import Obis
from dlmskit.reading.buffer_request import BufferRequest
from dlmskit.reading.profile import has_null_clock, profile_rows
from dlmskit.reading.reader import NOT_OFFERED, PROFILE_GENERIC
from dlmskit.reading.resumption import Gathered, whole_rows
from dlmskit.session.operations import Get
from dlmskit.stack.dialogue import Procedure, Resumable

_MOST_STALLS = 3
"""drops in a row that brought no row before a profile is given up"""
_CAPTURE_PERIOD, _SORT_METHOD = 4, 5
_FIFO = 1
_IN_TIME = {_FIFO: 1, 2: -1}
"""which way time goes from row to row, by sort_method: fifo and lifo; by the others it goes no way"""


def gathered(request: BufferRequest) -> Procedure[Data]:
    """What `request` asks for, as it came, or put together of what came over several lines.

    Raises `TransportError` for a line that broke, where the client may not reconnect or nothing more comes when it
    does, and `DecodeError` for rows of another shape and for rows that change while they are read.
    """
    if request.wants_nothing:
        return array()
    found, stalls = Gathered(), 0
    while True:
        try:
            answer = yield Resumable(Get(PROFILE_GENERIC, request.obis, 2, request.access(found.keys)))
        except (ServiceError, LocalProtocolError) as error:
            request.refused(error)
            found = Gathered()  # the rows of another selection have other cells
            continue
        broken = None if isinstance(answer, Data) else answer.error
        if broken is None and not found.keys:
            whole: Data = answer
            return whole
        more = whole_rows(answer.to_bytes() if broken is None else answer.octets)
        if broken is not None:
            request.direction = yield from direction(request.obis)
        had = len(found.keys)
        meets = found.add(more, (yield from _keys(request, answer if broken is None else more.data())))
        if meets and broken is None:
            return found.rows.data()
        stalls = 0 if meets and len(found.keys) > had else stalls + 1
        if stalls > _MOST_STALLS:
            raise broken or DecodeError(f"the rows of {request.obis} change while they are read", 0, ("buffer",))
        if not meets and broken is None:
            found = Gathered()


def _keys(request: BufferRequest, buffer: Data) -> Procedure[list[object]]:
    """What tells each row from the others."""
    cells = request.cells(buffer)
    step = (yield from stamp_step(request.obis)) if has_null_clock(cells, request.columns) else 0
    clock = next((index for index, column in enumerate(request.columns) if column.is_clock), None)
    rows = profile_rows(cells, request.columns, step)
    return [row.cells if clock is None else row.cells[clock] for row in rows]


def stamp_step(obis: Obis) -> Procedure[int]:
    """Seconds from one row's stamp to the next one's: negative where the newest row comes first, 0 if nothing says."""
    period = yield from _told(obis, _CAPTURE_PERIOD, 0)
    return period * (yield from direction(obis)) if period else 0


def direction(obis: Obis) -> Procedure[int]:
    """1 where the oldest row comes first, -1 where the newest does, 0 where rows are sorted by something else.

    A meter that does not tell its sort method is taken to put new rows behind the others, as most do.
    """
    return _IN_TIME.get((yield from _told(obis, _SORT_METHOD, _FIFO)), 0)


def _told(obis: Obis, attribute: int, otherwise: int) -> Procedure[int]:
    try:
        value = (yield Get(PROFILE_GENERIC, obis, attribute)).value
    except ServiceError as error:
        if error.result not in NOT_OFFERED:
            raise
        return otherwise
    return value if isinstance(value, int) else otherwise
