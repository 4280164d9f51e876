"""Register activation (class 6): masks of rate registers, and the one that is active."""

from __future__ import annotations

from typing import Any

from dlmskit.codec.data import Data
from dlmskit.cosem import typed
from dlmskit.cosem.classes.register_activation import MASK, OBJECT_DEFINITION
from dlmskit.cosem.types import Type
from dlmskit.exceptions import ActionError, DataAccessError
from dlmskit.vmeter.activation import RegisterActivation
from dlmskit.vmeter.behaviour import Asked, Behaviour, Invoke, attribute_of, parameter_of, store


def _organ(asked: Asked) -> RegisterActivation:
    organ = asked.firmware.organs[asked.row.name]
    assert isinstance(organ, RegisterActivation)
    return organ


def _activate(asked: Asked, value: Data) -> None:
    if not _organ(asked).activate(attribute_of(asked, "active_mask", value)):
        raise DataAccessError("other-reason", f"{asked.row.name} has no such mask")
    asked.firmware.written[asked.row.name, "active_mask"] = value


def _add(attribute: str, form: Type, key: str | None) -> Invoke:
    """Append an element to a list; one of the same key is replaced."""

    def add(asked: Asked, parameters: Data | None) -> None:
        new: Any = parameter_of(form, parameters)
        present = asked.firmware.meaning(asked.row, attribute) or []
        store(asked, attribute, [each for each in present if key is None or each[key] != new[key]] + [new])

    return add


def _delete_mask(asked: Asked, parameters: Data | None) -> None:
    name = typed.view(MASK.fields[0].type, parameters).value if parameters is not None else None
    present = asked.firmware.meaning(asked.row, "mask_list") or []
    left = [mask for mask in present if mask["mask_name"] != name]
    if len(left) == len(present):
        raise ActionError("other-reason", f"{asked.row.name} has no such mask")
    store(asked, "mask_list", left)


REGISTER_ACTIVATION = Behaviour(
    write={"active_mask": _activate},
    invoke={
        "add_register": _add("register_assignment", OBJECT_DEFINITION, None),
        "add_mask": _add("mask_list", MASK, "mask_name"),
        "delete_mask": _delete_mask,
    },
)
