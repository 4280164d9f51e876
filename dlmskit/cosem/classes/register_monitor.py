"""Register monitor (class 21): scripts that run when a value crosses thresholds.

Source: Blue Book, Register monitor; British commands agree.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, static
from dlmskit.cosem.types import ANY, ATTRIBUTE_VALUE, SCRIPT, array_of, structure

REGISTER_MONITOR_0 = InterfaceClass(
    21,
    0,
    "Register monitor",
    (
        LOGICAL_NAME,
        static(2, "thresholds", array_of(ANY)),
        static(3, "monitored_value", ATTRIBUTE_VALUE),
        static(4, "actions", array_of(structure(action_up=SCRIPT, action_down=SCRIPT))),
    ),
)

VERSIONS = (REGISTER_MONITOR_0,)
