"""Charge (class 113): what is taken from credits for time or consumption.

Source: Blue Book, Charge; British commands and two public implementations agree.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, dynamic, static
from dlmskit.cosem.types import (
    BIT_STRING,
    DATE_TIME,
    DATE_TIME_OCTETS,
    DOUBLE_LONG,
    DOUBLE_LONG_UNSIGNED,
    INTEGER,
    LONG,
    LONG_UNSIGNED,
    OCTET_STRING,
    UNSIGNED,
    array_of,
    choice,
    enumerated,
    structure,
)
from dlmskit.cosem.types import LOGICAL_NAME as NAME

UNIT_CHARGE = structure(
    charge_per_unit_scaling=structure(commodity_scale=INTEGER, price_scale=INTEGER),
    commodity_reference=structure(class_id=LONG_UNSIGNED, logical_name=NAME, attribute_index=INTEGER),
    charge_table=array_of(structure(index=OCTET_STRING, charge_per_unit=LONG)),
)

CHARGE_0 = InterfaceClass(
    113,
    0,
    "Charge",
    (
        LOGICAL_NAME,
        dynamic(2, "total_amount_paid", DOUBLE_LONG),
        static(
            3,
            "charge_type",
            enumerated("consumption-based-collection", "time-based-collection", "payment-event-based-collection"),
        ),
        static(4, "priority", UNSIGNED),
        static(5, "unit_charge_active", UNIT_CHARGE),
        static(6, "unit_charge_passive", UNIT_CHARGE),
        dynamic(7, "unit_charge_activation_time", DATE_TIME_OCTETS),
        static(8, "period", DOUBLE_LONG_UNSIGNED),
        static(9, "charge_configuration", BIT_STRING),
        dynamic(10, "last_collection_time", choice(DATE_TIME_OCTETS, DATE_TIME)),
        dynamic(11, "last_collection_amount", DOUBLE_LONG),
        dynamic(12, "total_amount_remaining", DOUBLE_LONG),
        static(13, "proportion", LONG_UNSIGNED),
    ),
    (
        Method(1, "update_unit_charge", array_of(structure(index=OCTET_STRING, charge_per_unit=LONG))),
        Method(2, "activate_passive_unit_charge", INTEGER),
        Method(3, "collect", INTEGER),
        Method(4, "update_total_amount_remaining", DOUBLE_LONG, DOUBLE_LONG),
        Method(5, "set_total_amount_remaining", DOUBLE_LONG, DOUBLE_LONG),
    ),
)

VERSIONS = (CHARGE_0,)
