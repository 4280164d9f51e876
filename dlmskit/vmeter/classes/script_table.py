"""Script table (class 9): lists of writes and method invocations that the meter carries out itself.

An action on an object that the meter does not have, or that it refuses, is left out; the others are carried out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.enums import DataType
from dlmskit.exceptions import ActionError, ServiceError
from dlmskit.vmeter.behaviour import Asked, Behaviour
from dlmskit.vmeter.stated import declaration

Write = Callable[[Asked, str, Data], None]
Invoke = Callable[[Asked, str, Data | None], Data | None]
_WRITE = "write-attribute"


def behaviour(write: Write, invoke: Invoke) -> Behaviour:
    """The class, given how attributes are written and methods invoked."""

    def execute(asked: Asked, parameters: Data | None) -> None:
        if parameters is None or parameters.tag is not DataType.LONG_UNSIGNED:
            raise ActionError("type-unmatched", "execute wants a long-unsigned")
        if not run(asked, parameters.value, write, invoke):
            raise ActionError("other-reason", f"{asked.row.name} has no script {parameters.value}")

    return Behaviour(invoke={"execute": execute})


def run(asked: Asked, selector: int, write: Write, invoke: Invoke) -> bool:
    """Carry out a script; False where the table has none of this number."""
    scripts = asked.firmware.meaning(asked.row, "scripts") or []
    found = [script["actions"] for script in scripts if script["script_identifier"] == selector]
    for action in (action for actions in found for action in actions):
        try:
            _carry_out(asked, action, write, invoke)
        except ServiceError:
            continue
    return bool(found)


def _carry_out(asked: Asked, action: dict[str, Any], write: Write, invoke: Invoke) -> None:
    row = asked.firmware.model.object_at(action["class_id"], action["logical_name"])
    if row is None or row.name == asked.row.name:
        return
    known, target, parameter = declaration(row), asked.of(row, asked.firmware.present()), action["parameter"]
    parameter = parameter if isinstance(parameter, Data) else data.null_data()
    if action["service_id"] == _WRITE:
        attribute = known.attribute(action["index"])
        if attribute is not None:
            write(target, attribute.name, parameter)
    elif (method := known.method(action["index"])) is not None:
        invoke(target, method.name, parameter)
