"""Which interface classes have an organ behind each of their objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dlmskit.model.device import ModelObject
from dlmskit.vmeter.activation import RegisterActivation
from dlmskit.vmeter.activity import ActivityCalendar
from dlmskit.vmeter.agenda import Organ
from dlmskit.vmeter.limiter import Limiter
from dlmskit.vmeter.push import PushSetup
from dlmskit.vmeter.schedule import SingleActionSchedule

if TYPE_CHECKING:
    from dlmskit.vmeter.firmware import Firmware

ORGANS: dict[int | None, Callable[[Firmware, ModelObject], Organ]] = {
    6: RegisterActivation,
    20: ActivityCalendar,
    22: SingleActionSchedule,
    40: PushSetup,
    71: Limiter,
}
"""by class_id, in no order: what is due together happens in the order of the model's objects"""
