"""Push setup (class 40): what a meter sends on its own, where to and when. Source: Blue Book, Push setup."""

from dlmskit.cosem.interface import LOGICAL_NAME, Attribute, InterfaceClass, Method
from dlmskit.enums import DataType

PUSH_SETUP_0 = InterfaceClass(
    40,
    0,
    "Push setup",
    (
        LOGICAL_NAME,
        Attribute(2, "push_object_list", DataType.ARRAY),
        Attribute(3, "send_destination_and_method", DataType.STRUCTURE),
        Attribute(4, "communication_window", DataType.ARRAY),
        Attribute(5, "randomisation_start_interval", DataType.LONG_UNSIGNED),
        Attribute(6, "number_of_retries", DataType.UNSIGNED),
        Attribute(7, "repetition_delay", DataType.LONG_UNSIGNED),
    ),
    (Method(1, "push", DataType.INTEGER),),
)

VERSIONS = (PUSH_SETUP_0,)
