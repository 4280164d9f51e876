"""Activity calendar (class 20): seasons, weeks and days that say which script runs when.

Source: Blue Book, Activity calendar; British commands and object lists of Dutch meters agree.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, dynamic, static
from dlmskit.cosem.types import (
    DATE_TIME_OCTETS,
    INTEGER,
    LONG_UNSIGNED,
    TEXT_OCTETS,
    TIME_OCTETS,
    UNSIGNED,
    array_of,
    structure,
)
from dlmskit.cosem.types import LOGICAL_NAME as NAME

SEASONS = array_of(structure(season_profile_name=TEXT_OCTETS, season_start=DATE_TIME_OCTETS, week_name=TEXT_OCTETS))
WEEKS = array_of(
    structure(
        week_profile_name=TEXT_OCTETS,
        monday=UNSIGNED,
        tuesday=UNSIGNED,
        wednesday=UNSIGNED,
        thursday=UNSIGNED,
        friday=UNSIGNED,
        saturday=UNSIGNED,
        sunday=UNSIGNED,
    )
)
DAYS = array_of(
    structure(
        day_id=UNSIGNED,
        day_schedule=array_of(
            structure(start_time=TIME_OCTETS, script_logical_name=NAME, script_selector=LONG_UNSIGNED)
        ),
    )
)

ACTIVITY_CALENDAR_0 = InterfaceClass(
    20,
    0,
    "Activity calendar",
    (
        LOGICAL_NAME,
        static(2, "calendar_name_active", TEXT_OCTETS),
        static(3, "season_profile_active", SEASONS),
        static(4, "week_profile_table_active", WEEKS),
        static(5, "day_profile_table_active", DAYS),
        static(6, "calendar_name_passive", TEXT_OCTETS),
        static(7, "season_profile_passive", SEASONS),
        static(8, "week_profile_table_passive", WEEKS),
        static(9, "day_profile_table_passive", DAYS),
        dynamic(10, "activate_passive_calendar_time", DATE_TIME_OCTETS),
    ),
    (Method(1, "activate_passive_calendar", INTEGER),),
)

VERSIONS = (ACTIVITY_CALENDAR_0,)
