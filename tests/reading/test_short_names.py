"""The object list in short names: typed rows, and every other shape refused."""

from __future__ import annotations

import pytest

from dlmskit.codec.data import (
    Data,
    array,
    double_long_unsigned,
    long,
    long_unsigned,
    null_data,
    octet_string,
    structure,
    unsigned,
)
from dlmskit.exceptions import DataAccessError, RemoteProtocolError
from dlmskit.obis import Obis
from dlmskit.reading.short_names import ShortNamedObject, objects
from dlmskit.session.operations import ReadNames, ShortName

CLOCK = Obis(0, 0, 1, 0, 0, 255)
ROW = structure(long(0x2BC0), long_unsigned(8), unsigned(0), octet_string(CLOCK.to_bytes()))


def listed(answer: Data | DataAccessError) -> tuple[ShortNamedObject, ...]:
    procedure = objects()
    assert next(procedure) == ReadNames((ShortName(0xFA08),))
    with pytest.raises(StopIteration) as end:
        procedure.send((answer,))
    found: tuple[ShortNamedObject, ...] = end.value.value
    return found


def test_rows_are_typed_and_lead_to_attributes() -> None:
    high = structure(long(-0x600), long_unsigned(12), unsigned(2), octet_string(bytes(6)))
    clock, association = listed(array(ROW, high))
    assert clock == ShortNamedObject(0x2BC0, 8, 0, CLOCK)
    assert clock.attribute(2) == ShortName(0x2BC8)
    assert association.attribute(1) == ShortName(0xFA00)


@pytest.mark.parametrize(
    "answer",
    [
        null_data(),
        array(null_data()),
        array(structure(long(1), long_unsigned(8), unsigned(0), octet_string(b"short"))),
        array(structure(long(1), long_unsigned(8), octet_string(bytes(6)))),
        array(structure(double_long_unsigned(0x1FA00), long_unsigned(12), unsigned(2), octet_string(bytes(6)))),
        array(structure(long(1), double_long_unsigned(0x10008), unsigned(0), octet_string(bytes(6)))),
    ],
)
def test_another_shape_is_refused(answer: Data) -> None:
    with pytest.raises(RemoteProtocolError):
        listed(answer)


def test_a_refusal_is_raised() -> None:
    with pytest.raises(DataAccessError):
        listed(DataAccessError("read-write-denied"))
