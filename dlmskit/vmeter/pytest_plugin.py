"""A fixture for tests of programs that talk to meters; pytest finds it by itself where dlmskit is installed.

::

    def test_my_reader(virtual_meter):
        meter = virtual_meter("generic", faults=[Fault("drop", 0.1)])
        assert my_reader(meter.target) == ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from dlmskit.vmeter.sim import SimMeter


@pytest.fixture
def virtual_meter() -> Iterator[Callable[..., SimMeter]]:
    """Starts virtual meters, with what `dlmskit.vmeter.sim.SimMeter` takes; they stop when the test ends."""
    from dlmskit.vmeter.sim import SimMeter

    with ExitStack() as running:

        def start(model_id: str = "generic", **wishes: Any) -> SimMeter:
            return running.enter_context(SimMeter(model_id, **wishes))

        yield start
