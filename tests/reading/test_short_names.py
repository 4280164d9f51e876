"""Reading the object list in short names."""

from __future__ import annotations

import pytest

from dlmskit.codec.data import Data, null_data
from dlmskit.cosem.short_names import ShortNamed, object_list
from dlmskit.exceptions import DataAccessError, DecodeError
from dlmskit.obis import Obis
from dlmskit.reading.short_names import objects
from dlmskit.session.operations import ReadNames, ShortName

CLOCK = ShortNamed(0x2BC0, 8, 0, Obis(0, 0, 1, 0, 0, 255))


def listed(answer: Data | DataAccessError) -> tuple[ShortNamed, ...]:
    procedure = objects()
    assert next(procedure) == ReadNames((ShortName(0xFA08),))
    with pytest.raises(StopIteration) as end:
        procedure.send((answer,))
    found: tuple[ShortNamed, ...] = end.value.value
    return found


def test_rows_are_typed() -> None:
    assert listed(object_list((CLOCK,))) == (CLOCK,)


def test_another_shape_and_a_refusal_are_raised() -> None:
    with pytest.raises(DecodeError):
        listed(null_data())
    with pytest.raises(DataAccessError):
        listed(DataAccessError("read-write-denied"))
