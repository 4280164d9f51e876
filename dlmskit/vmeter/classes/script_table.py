"""Script table (class 9): lists of writes and method invocations that the meter carries out itself.

An action on an object that the meter does not have, or that it refuses, is left out; the others are carried out.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from dlmskit.codec.data import Data
from dlmskit.enums import DataType
from dlmskit.exceptions import ActionError, ServiceError
from dlmskit.obis import Obis
from dlmskit.vmeter.behaviour import Asked, Behaviour
from dlmskit.vmeter.stated import declaration

Write = Callable[[Asked, str, Data], None]
Invoke = Callable[[Asked, str, Data | None], Data | None]
_WRITE = 1


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
    scripts = asked.firmware.setting(asked.row, "scripts")
    if asked.firmware.meaning(asked.row, "scripts") is None:
        return False
    found = [script.value[1].value for script in scripts.tree().value if script.value[0].value == selector]
    octets = scripts.to_bytes()
    for service, class_id, name, index, parameter in (action.value for actions in found for action in actions):
        row = asked.firmware.model.object_at(class_id.value, Obis.from_bytes(name.value))
        if row is None or row.name == asked.row.name:
            continue
        given = Data(octets[parameter.offset : parameter.end])
        with suppress(ServiceError):
            _carry_out(asked.of(row, asked.firmware.present()), service.value, index.value, given, write, invoke)
    return bool(found)


def _carry_out(asked: Asked, service: int, index: int, given: Data, write: Write, invoke: Invoke) -> None:
    known = declaration(asked.row)
    if service == _WRITE:
        if (attribute := known.attribute(index)) is not None:
            write(asked, attribute.name, given)
    elif (method := known.method(index)) is not None:
        invoke(asked, method.name, given)
