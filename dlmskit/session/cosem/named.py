"""Get, Set and Action in short name referencing: each object's base name is looked up, and the rest is arithmetic.

The object list of the association is read once, when a name is first wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TypeVar

from dlmskit.apdu import Apdu
from dlmskit.codec.data import Data, null_data
from dlmskit.cosem.short_names import CURRENT, OBJECT_LIST, ShortNamed, short_named
from dlmskit.enums import Conformance, DataType
from dlmskit.exceptions import ActionError, DataAccessError, DecodeError, LocalProtocolError, RemoteProtocolError
from dlmskit.session.cosem.exchange import Exchange, Scope, describe
from dlmskit.session.cosem.passes import NO_SELECTOR
from dlmskit.session.cosem.short_names import read_names, write_names
from dlmskit.session.operations import Action, ActionList, Get, GetList, ReadNames, Set, SetList, ShortName, WriteNames

Item = TypeVar("Item", Get, Set, Action)
_EVERYWHERE = {(CURRENT.class_id, CURRENT.obis): CURRENT}
_Found = list[ShortName | DataAccessError]


def get(operation: Get, scope: Scope) -> Exchange:
    """Read one attribute."""
    (found,) = yield from get_list(GetList((operation,)), scope)
    if isinstance(found, DataAccessError):
        raise found
    return found


def get_list(operation: GetList, scope: Scope) -> Exchange:
    """Read several attributes; a refused one is a result like the others."""
    yield from _learn(operation.items, scope)
    found = _all(operation.items, _attribute_name, scope)
    results = yield from _read(found, scope)
    return _described(results, operation.items)


def write(operation: Set, scope: Scope) -> Exchange:
    """Write one attribute."""
    (error,) = yield from set_list(SetList((operation,)), scope)
    if error is not None:
        raise error


def set_list(operation: SetList, scope: Scope) -> Exchange:
    """Write several attributes; a refused one is a result like the others."""
    yield from _learn(operation.items, scope)
    found = _all(operation.items, _attribute_name, scope)
    results = yield from _write(found, [item.value for item in operation.items], scope)
    return _described(results, operation.items)


def action(operation: Action, scope: Scope) -> Exchange:
    """Invoke one method."""
    (found,) = yield from action_list(ActionList((operation,)), scope)
    if isinstance(found, ActionError):
        raise found
    return found


def action_list(operation: ActionList, scope: Scope) -> Exchange:
    """Invoke several methods; a refused one is a result like the others.

    A method is read with its parameter, which gives what it returns; where that was not granted its parameter is
    written, and what it returns stays unknown.
    """
    yield from _learn(operation.items, scope)
    items = operation.items
    if Conformance.PARAMETERIZED_ACCESS in scope.conformance:
        results = yield from _read(_all(items, _invocation, scope), scope)
    else:
        scope.require(Conformance.WRITE)
        given = [null_data() if item.parameters is None else item.parameters for item in items]
        results = yield from _write(_all(items, _method_name, scope), given, scope)
    return tuple(_invoked(result, item) for result, item in zip(results, items, strict=True))


def _learn(items: Sequence[Get | Set | Action], scope: Scope) -> Generator[Apdu, Apdu, None]:
    """Fill the table of names where `items` need it.

    Raises `DataAccessError` and `RemoteProtocolError` where the meter gives no list.
    """
    assert scope.names is not None
    if scope.names or all((item.class_id, item.obis) in _EVERYWHERE for item in items):
        return
    (listed,) = yield from read_names(ReadNames((ShortName(OBJECT_LIST),)), scope)
    if isinstance(listed, DataAccessError):
        raise listed
    try:
        objects = short_named(listed)
    except DecodeError as error:
        raise RemoteProtocolError(f"the object list cannot be read: {error}") from None
    scope.names.update(_EVERYWHERE)
    scope.names.update({(item.class_id, item.obis): item for item in objects})


def _all(items: Sequence[Item], name: Callable[[Item, ShortNamed], ShortName], scope: Scope) -> _Found:
    """The short name of each item, an error for an object that the meter does not list."""
    if not items:
        raise LocalProtocolError("a list of operations must not be empty")
    assert scope.names is not None
    found: _Found = []
    for item in items:
        listed = (scope.names or _EVERYWHERE).get((item.class_id, item.obis))
        found.append(name(item, listed) if listed else DataAccessError("object-undefined", describe(item)))
    return found


def _attribute_name(item: Get | Set, listed: ShortNamed) -> ShortName:
    name = listed.attribute(item.attribute)
    if name is None:
        raise LocalProtocolError(f"{describe(item)} has no short name")
    access = item.access if isinstance(item, Get) else None
    return ShortName(name) if access is None else ShortName(name, access.access_selector, access.access_parameters)


def _method_name(item: Action, listed: ShortNamed) -> ShortName:
    name = listed.method(item.method)
    if name is None:
        raise LocalProtocolError(f"{describe(item)} has no short name that is known")
    return ShortName(name)


def _invocation(item: Action, listed: ShortNamed) -> ShortName:
    given = null_data() if item.parameters is None else item.parameters
    return ShortName(_method_name(item, listed).name, NO_SELECTOR, given)


def _read(found: _Found, scope: Scope) -> Exchange:
    asked = tuple(name for name in found if isinstance(name, ShortName))
    results = iter((yield from read_names(ReadNames(asked), scope)) if asked else ())
    return [next(results) if isinstance(name, ShortName) else name for name in found]


def _write(found: _Found, values: Sequence[Data], scope: Scope) -> Exchange:
    pairs = [(name, value) for name, value in zip(found, values, strict=True) if isinstance(name, ShortName)]
    asked, given = tuple(name for name, _ in pairs), tuple(value for _, value in pairs)
    results = iter((yield from write_names(WriteNames(asked, given), scope)) if asked else ())
    return [next(results) if isinstance(name, ShortName) else name for name in found]


def _described(results: Sequence[Data | DataAccessError | None], items: Sequence[Get | Set]) -> tuple[object, ...]:
    """The results; an error speaks of what was asked for."""
    return tuple(
        DataAccessError(result.result, describe(item)) if isinstance(result, DataAccessError) else result
        for result, item in zip(results, items, strict=True)
    )


def _invoked(result: Data | DataAccessError | None, item: Action) -> Data | ActionError | None:
    if isinstance(result, DataAccessError):
        return ActionError(result.result, describe(item))
    return None if result is None or result.tag is DataType.NULL_DATA else result
