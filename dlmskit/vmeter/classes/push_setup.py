"""Push setup (class 40): the method asks the organ behind the object for a push."""

from __future__ import annotations

from dlmskit.codec.data import Data
from dlmskit.exceptions import ActionError
from dlmskit.vmeter.behaviour import Asked, Behaviour
from dlmskit.vmeter.push import PushSetup


def _push(asked: Asked, parameters: Data | None) -> None:
    setup = asked.firmware.organs.get(asked.row.name)
    if not isinstance(setup, PushSetup):
        raise ActionError("object-undefined", asked.row.name)
    setup.request()


PUSH_SETUP = Behaviour(invoke={"push": _push})
