"""Native operations: what can be asked of a meter, whatever links and dialects carry it.

Plans, clients, sessions, recordings and the recogniser all speak of these. They are plain data and hold no state.
"""

from __future__ import annotations

import msgspec

from dlmskit.apdu.descriptors import SelectiveAccess
from dlmskit.codec.data import Data
from dlmskit.obis import Obis


class Operation(msgspec.Struct, frozen=True, tag_field="op"):
    """Base of all native operations."""


class Get(Operation, frozen=True, tag="get"):
    """Read one COSEM attribute. Result: `Data`."""

    class_id: int
    obis: Obis
    attribute: int
    access: SelectiveAccess | None = None


class GetList(Operation, frozen=True, tag="get-list"):
    """Read several attributes in one request. Result: a tuple of `Data` or `DataAccessError`, one an item."""

    items: tuple[Get, ...]


class Set(Operation, frozen=True, tag="set"):
    """Write one COSEM attribute. Result: None."""

    class_id: int
    obis: Obis
    attribute: int
    value: Data


class Action(Operation, frozen=True, tag="action"):
    """Invoke one COSEM method. Result: `Data` or None."""

    class_id: int
    obis: Obis
    method: int
    parameters: Data | None = None


class SetList(Operation, frozen=True, tag="set-list"):
    """Write several attributes in one request. Result: a tuple of None or `DataAccessError`, one an item."""

    items: tuple[Set, ...]


class ActionList(Operation, frozen=True, tag="action-list"):
    """Invoke several methods in one request. Result: a tuple of `Data`, None or `ActionError`, one an item."""

    items: tuple[Action, ...]


class AccessList(Operation, frozen=True, tag="access-list"):
    """Read, write and invoke in one request of the service ACCESS, in this order.

    Result: a tuple, one an item: what the operation gives by itself, or the `DataAccessError` or `ActionError`.
    """

    items: tuple[Get | Set | Action, ...]


class ShortName(msgspec.Struct, frozen=True):
    """A variable of short name referencing, or with `selector` and `parameter` a part of it."""

    name: int
    selector: int | None = None
    parameter: Data | None = None


class ReadNames(Operation, frozen=True, tag="read-names"):
    """Read variables by short name. Result: a tuple of `Data` or `DataAccessError`, one a name."""

    names: tuple[ShortName, ...]


class WriteNames(Operation, frozen=True, tag="write-names"):
    """Write variables by short name. Result: a tuple of None or `DataAccessError`, one a name; None unconfirmed."""

    names: tuple[ShortName, ...]
    values: tuple[Data, ...]
    confirmed: bool = True


class ReadOut(Operation, frozen=True, tag="read-out"):
    """IEC 62056-21 data read-out. Result: a tuple of `link.iec21.DataSet`-shaped (address, values) pairs."""


class ReadRegister(Operation, frozen=True, tag="read-register"):
    """IEC 62056-21 programming mode read (`R1`, `R5`). Result: a tuple of data sets."""

    address: str
    value: str = ""
    command: str = "R5"


class WriteRegister(Operation, frozen=True, tag="write-register"):
    """IEC 62056-21 programming mode write (`W1`, `W5`). Result: None."""

    address: str
    value: str
    command: str = "W5"


class ExecuteCommand(Operation, frozen=True, tag="execute-command"):
    """IEC 62056-21 programming mode execute (`E2`). Result: a tuple of data sets, often empty."""

    address: str
    value: str
    command: str = "E2"


class ReadIdentifier(Operation, frozen=True, tag="read-identifier"):
    """DL/T 645 read of one data identifier. Result: the octets behind it, follow-up frames joined.

    `parameters` are what some identifiers want behind them (number of records, a time).
    """

    identifier: int
    parameters: bytes = b""


class WriteIdentifier(Operation, frozen=True, tag="write-identifier"):
    """DL/T 645 write of one data identifier; the session adds password and operator code. Result: None."""

    identifier: int
    value: bytes


class SendCommand(Operation, frozen=True, tag="send-command"):
    """Any other DL/T 645 command. Result: the octets of the answer, or None for a broadcast, which nobody answers."""

    function: int
    data: bytes = b""
    broadcast: bool = False

    def __repr__(self) -> str:
        # some commands carry passwords
        return f"SendCommand({self.function:02X}, {len(self.data)} octets, broadcast={self.broadcast})"


_READS = (Get, GetList, ReadNames, ReadOut, ReadRegister, ReadIdentifier)


def only_reads(operation: Operation) -> bool:
    """Whether the meter is the same after `operation`, so that it may be asked for again at will."""
    if isinstance(operation, AccessList):
        return all(isinstance(item, Get) for item in operation.items)
    return isinstance(operation, _READS)
