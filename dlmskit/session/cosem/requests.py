"""The exchange of each operation, and what the meter must have granted for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dlmskit.enums import Conformance
from dlmskit.exceptions import LocalProtocolError
from dlmskit.session.cosem import exchange, lists, short_names
from dlmskit.session.cosem.exchange import Exchange, Scope
from dlmskit.session.operations import (
    AccessList,
    Action,
    ActionList,
    Get,
    GetList,
    Operation,
    ReadNames,
    Set,
    SetList,
    WriteNames,
)


def begin(operation: Operation, scope: Scope) -> Exchange:
    """The exchange for `operation`. Raises `LocalProtocolError` naming what the meter lacks for it."""
    try:
        ask, _ = _EXCHANGES[type(operation)]
    except KeyError:
        raise LocalProtocolError(f"{type(operation).__name__} is no operation of a COSEM association") from None
    require(needed(operation), scope.conformance)
    running: Exchange = ask(operation, scope)
    return running


def needed(operation: Operation) -> Conformance:
    """Conformance bits without which `operation` cannot be asked for."""
    bits = _EXCHANGES[type(operation)][1]
    if isinstance(operation, WriteNames):
        bits |= Conformance.WRITE if operation.confirmed else Conformance.UNCONFIRMED_WRITE
    items = operation.items if isinstance(operation, GetList | AccessList) else (operation,)
    if any(isinstance(item, Get) and item.access is not None for item in items):
        bits |= Conformance.SELECTIVE_ACCESS
    return bits


def require(bits: Conformance, granted: Conformance) -> None:
    """Raises `LocalProtocolError` naming the bits that were not granted."""
    lacking = bits & ~granted
    if lacking:
        raise LocalProtocolError(f"the meter did not grant: {', '.join(lacking.labels)}")


_EXCHANGES: dict[type[Operation], tuple[Callable[[Any, Scope], Exchange], Conformance]] = {
    Get: (exchange.get, Conformance.GET),
    GetList: (exchange.get_list, Conformance.GET | Conformance.MULTIPLE_REFERENCES),
    Set: (exchange.write, Conformance.SET),
    SetList: (lists.set_list, Conformance.SET | Conformance.MULTIPLE_REFERENCES),
    Action: (exchange.action, Conformance.ACTION),
    ActionList: (lists.action_list, Conformance.ACTION | Conformance.MULTIPLE_REFERENCES),
    AccessList: (lists.access_list, Conformance.ACCESS),
    ReadNames: (short_names.read_names, Conformance.READ),
    WriteNames: (short_names.write_names, Conformance(0)),
}
