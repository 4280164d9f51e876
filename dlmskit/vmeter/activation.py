"""Register activation: a mask names the rate registers that run, from the start the one that the model states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlmskit.model.device import ModelObject
from dlmskit.vmeter.agenda import Organ

if TYPE_CHECKING:
    from dlmskit.vmeter.firmware import Firmware


class RegisterActivation(Organ):
    """The organ behind one object of class 6."""

    def __init__(self, firmware: Firmware, row: ModelObject) -> None:
        self._firmware = firmware
        self._row = row

    def resume(self) -> None:
        name = self._firmware.meaning(self._row, "active_mask")
        if name:
            self.activate(name)

    def activate(self, name: str | bytes) -> bool:
        """Let the registers of a mask run, if the meter has any of them; False where there is no such mask."""
        masks = self._firmware.meaning(self._row, "mask_list") or []
        registers = self._firmware.meaning(self._row, "register_assignment") or []
        found = next((mask["index_list"] for mask in masks if mask["mask_name"] == name), None)
        if found is None:
            return False
        chosen = [registers[index - 1] for index in found if 0 < index <= len(registers)]
        rows = (self._firmware.model.object_at(each["class_id"], each["logical_name"]) for each in chosen)
        roles = [row.name for row in rows if row is not None]
        if roles and self._firmware.tariffs.activate(self._row.name, roles):
            self._firmware.event("tariff-changed")
        return True
