"""What follows from a model alone: made for its first meter and shared by all others, which may be thousands."""

from __future__ import annotations

from collections import deque

from dlmskit.model.device import DeviceModel, ModelObject
from dlmskit.obis import Obis
from dlmskit.vmeter.short_names import ShortNameSpace

_KEPT = 32


class Layout:
    """The objects of a model by class and logical name, and their short names. `checked` when a meter could be read."""

    def __init__(self, model: DeviceModel) -> None:
        self.model = model
        self.checked = False
        self.rows: dict[tuple[int | None, Obis | None], ModelObject] = {
            (row.class_id, row.obis): row for row in model.objects if row.class_id is not None
        }
        self.short_names = ShortNameSpace(model)


_layouts: deque[Layout] = deque(maxlen=_KEPT)


def layout_of(model: DeviceModel) -> Layout:
    """The layout of this very model. Raises `FirmwareModelError` where its objects have no room."""
    for known in _layouts:
        if known.model is model:
            return known
    made = Layout(model)
    _layouts.append(made)
    return made
