"""GSM diagnostic (class 47): operator, registration and cells of a mobile network.

Source: Blue Book, GSM diagnostic; object lists of Dutch meters agree on version 0. Labels of later technologies in
version 1 and 2 are the Blue Book's.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, dynamic, next_version
from dlmskit.cosem.types import (
    DATE_TIME,
    DOUBLE_LONG_UNSIGNED,
    LONG_UNSIGNED,
    UNSIGNED,
    VISIBLE_STRING,
    array_of,
    enumerated,
    structure,
)

CELL_0 = structure(cell_id=LONG_UNSIGNED, location_id=LONG_UNSIGNED, signal_quality=UNSIGNED, ber=UNSIGNED)
CELL_1 = structure(
    cell_id=DOUBLE_LONG_UNSIGNED,
    location_id=LONG_UNSIGNED,
    signal_quality=UNSIGNED,
    ber=UNSIGNED,
    mcc=LONG_UNSIGNED,
    mnc=LONG_UNSIGNED,
    channel_number=DOUBLE_LONG_UNSIGNED,
)
STATUS = enumerated(
    "not-registered",
    "registered-home",
    "not-registered-searching",
    "registration-denied",
    "unknown",
    "registered-roaming",
)

GSM_DIAGNOSTIC_0 = InterfaceClass(
    47,
    0,
    "GSM diagnostic",
    (
        LOGICAL_NAME,
        dynamic(2, "operator", VISIBLE_STRING),
        dynamic(3, "status", STATUS),
        dynamic(4, "cs_attachment", enumerated("inactive", "incoming-call", "active")),
        dynamic(5, "ps_status", enumerated("inactive", "gprs", "edge", "umts", "hsdpa")),
        dynamic(6, "cell_info", CELL_0),
        dynamic(7, "adjacent_cells", array_of(structure(cell_id=LONG_UNSIGNED, signal_quality=UNSIGNED))),
        dynamic(8, "capture_time", DATE_TIME),
    ),
)
GSM_DIAGNOSTIC_1 = next_version(
    GSM_DIAGNOSTIC_0,
    1,
    attributes=(
        dynamic(5, "ps_status", enumerated("inactive", "gprs", "edge", "umts", "hsdpa", "lte", "cdma")),
        dynamic(6, "cell_info", CELL_1),
        dynamic(7, "adjacent_cells", array_of(structure(cell_id=DOUBLE_LONG_UNSIGNED, signal_quality=UNSIGNED))),
    ),
)
GSM_DIAGNOSTIC_2 = next_version(GSM_DIAGNOSTIC_1, 2)

VERSIONS = (
    GSM_DIAGNOSTIC_0,
    GSM_DIAGNOSTIC_1,
    GSM_DIAGNOSTIC_2,
)
