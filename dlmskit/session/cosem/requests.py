"""The exchange of each operation in both kinds of referencing, and what the meter must have granted for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dlmskit.enums import Conformance
from dlmskit.exceptions import LocalProtocolError
from dlmskit.session.cosem import exchange, lists, named, short_names
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

_NOTHING = Conformance(0)
_LISTS = (GetList, AccessList)
Row = tuple[Callable[[Any, Scope], Exchange], Conformance]


def begin(operation: Operation, scope: Scope) -> Exchange:
    """The exchange for `operation`. Raises `LocalProtocolError` naming what the meter lacks for it."""
    kind = "COSEM" if scope.names is None else "short name"
    try:
        ask, bits = (_LOGICAL if scope.names is None else _SHORT)[type(operation)]
    except KeyError:
        raise LocalProtocolError(f"{type(operation).__name__} is no operation of a {kind} association") from None
    scope.require(bits)
    if further := _further(operation, scope):
        scope.require(further)
    running: Exchange = ask(operation, scope)
    return running


def _further(operation: Operation, scope: Scope) -> Conformance:
    """What `operation` needs besides for what is in it."""
    if isinstance(operation, WriteNames):
        return Conformance.WRITE if operation.confirmed else Conformance.UNCONFIRMED_WRITE
    if isinstance(operation, Get):
        selective = operation.access is not None
    else:
        items = operation.items if isinstance(operation, _LISTS) else ()
        selective = any(isinstance(item, Get) and item.access is not None for item in items)
    if selective:
        return Conformance.SELECTIVE_ACCESS if scope.names is None else Conformance.PARAMETERIZED_ACCESS
    return _NOTHING


_LOGICAL: dict[type[Operation], Row] = {
    Get: (exchange.get, Conformance.GET),
    GetList: (exchange.get_list, Conformance.GET | Conformance.MULTIPLE_REFERENCES),
    Set: (exchange.write, Conformance.SET),
    SetList: (lists.set_list, Conformance.SET | Conformance.MULTIPLE_REFERENCES),
    Action: (exchange.action, Conformance.ACTION),
    ActionList: (lists.action_list, Conformance.ACTION | Conformance.MULTIPLE_REFERENCES),
    AccessList: (lists.access_list, Conformance.ACCESS),
}
_SHORT: dict[type[Operation], Row] = {
    Get: (named.get, Conformance.READ),
    GetList: (named.get_list, Conformance.READ | Conformance.MULTIPLE_REFERENCES),
    Set: (named.write, Conformance.READ | Conformance.WRITE),
    SetList: (named.set_list, Conformance.READ | Conformance.WRITE | Conformance.MULTIPLE_REFERENCES),
    Action: (named.action, Conformance.READ),
    ActionList: (named.action_list, Conformance.READ | Conformance.MULTIPLE_REFERENCES),
    ReadNames: (short_names.read_names, Conformance.READ),
    WriteNames: (short_names.write_names, Conformance(0)),
}
"""every operation on an object reads, at least the object list"""
