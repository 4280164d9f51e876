"""Invariant: columns are the rows turned round, on both builds alike, or there is a reason why not.

- Columns of a Data have the cells of its rows; what is no Data raises what `Data.from_bytes` raises; all else is
  `NotRepresentable`.
- Every 12 of the first 36 octets give the moment or refusal of `CosemDateTime.to_datetime`.
- Both builds agree in every octet of every column.

Run ``python -m fuzz columns``; `fuzz.differential` and tests/properties/test_columns.py run the same check.
"""

from __future__ import annotations

from typing import Any

from dlmskit.codec import _columns, _stamps, _strides, axdr, columns, stamps
from dlmskit.codec.columns import Columns, decode_columns
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.exceptions import DecodeError, NotRepresentable

BUILDS: list[tuple[Any, Any, Any]] = [(_columns, _strides, _stamps)]
try:
    from dlmskit._speedups import _columns as _columns_twin
    from dlmskit._speedups import _stamps as _stamps_kernel
    from dlmskit._speedups import _strides as _strides_kernel

    BUILDS.append((_columns_twin, _strides_kernel, _stamps_kernel))
except ImportError:
    pass


def check(octets: bytes) -> bool:
    """Hold the invariant against `octets`; whether they are a table."""
    in_use = columns._columns, columns._strides, stamps._stamps
    try:
        return hold(octets)
    finally:
        columns._columns, columns._strides, stamps._stamps = in_use


def hold(octets: bytes) -> bool:
    check_stamps([octets[at : at + 12] for at in range(0, 36, 12)])
    try:
        end = axdr.measure(octets)
    except DecodeError:
        return table(octets)
    cell = octets[:end]
    row = b"\x02\x02" + cell
    table(b"\x01\x04" + (row + b"\x11\x81") * 2 + row + b"\x00" + b"\x02\x02\x00\x12\x80\x01")
    table(b"\x01\x03" + (row + b"\x0f\x81") * 3)
    contents = cell[1:] * 2
    table(b"\x13\x02\x01" + cell[:1] + axdr.encode_length(len(contents)) + contents)
    return table(octets)


def table(octets: bytes) -> bool:
    """Whether `octets` are a table, which must be that of the rows."""
    seen = [outcome(build, octets) for build in BUILDS]
    assert all(each == seen[0] for each in seen), seen
    data, refused = rows(octets)
    if data is None:
        assert seen[0] == refused, (seen[0], refused)
        return False
    if not isinstance(seen[0], Columns):
        assert seen[0][0] is NotRepresentable, seen[0]
        return False
    assert repr(seen[0].rows()) == repr(data.value)
    return True


def rows(octets: bytes) -> tuple[Data | None, Any]:
    """The Data, or all that the error says."""
    try:
        return Data.from_bytes(octets), None
    except DecodeError as error:
        return None, (type(error), str(error))


def outcome(build: tuple[Any, Any, Any], octets: bytes) -> Any:
    """The columns, or all that the error says."""
    columns._columns, columns._strides = build[:2]
    try:
        return decode_columns(octets)
    except (DecodeError, NotRepresentable) as error:
        return type(error), str(error)


def check_stamps(pieces: list[bytes]) -> None:
    """Every piece is the moment that `CosemDateTime` makes of it, on every build."""
    for turned in (False, True):
        try:
            wanted: Any = [CosemDateTime.from_bytes(each).to_datetime(reversed_deviation=turned) for each in pieces]
        except DecodeError:
            wanted = DecodeError
        for *_, stamps._stamps in BUILDS:
            try:
                found: Any = stamps.to_datetimes(pieces, reversed_deviation=turned)
                numbers = stamps.to_microseconds(b"".join(pieces), reversed_deviation=turned)
                assert [round(each.timestamp() * 100) * 10_000 for each in found] == numbers.tolist()
            except DecodeError:
                found = DecodeError
            assert found == wanted, (pieces, found, wanted)
