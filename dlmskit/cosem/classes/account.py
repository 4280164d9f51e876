"""Account (class 111): how a consumer pays, and which credits and charges belong to it.

Source: Blue Book, Account; British commands and two public implementations agree.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, dynamic, static
from dlmskit.cosem.types import (
    BIT_STRING,
    DATE_TIME_OCTETS,
    DOUBLE_LONG,
    INTEGER,
    LONG_UNSIGNED,
    UNSIGNED,
    UTF8_STRING,
    array_of,
    enumerated,
    flags,
    structure,
)
from dlmskit.cosem.types import LOGICAL_NAME as NAME

ACCOUNT_0 = InterfaceClass(
    111,
    0,
    "Account",
    (
        LOGICAL_NAME,
        static(
            2,
            "account_mode_and_status",
            structure(
                payment_mode=enumerated("credit-mode", "prepayment-mode", first=1),
                account_status=enumerated("new-inactive", "active", "closed", first=1),
            ),
        ),
        dynamic(3, "current_credit_in_use", UNSIGNED),
        dynamic(
            4,
            "current_credit_status",
            flags(
                "in-credit",
                "low-credit",
                "next-credit-enabled",
                "next-credit-selectable",
                "next-credit-selected",
                "selectable-credit-in-use",
                "out-of-credit",
                "bit-7",
            ),
        ),
        dynamic(5, "available_credit", DOUBLE_LONG),
        dynamic(6, "amount_to_clear", DOUBLE_LONG),
        static(7, "clearance_threshold", DOUBLE_LONG),
        dynamic(8, "aggregated_debt", DOUBLE_LONG),
        static(9, "credit_reference_list", array_of(NAME)),
        static(10, "charge_reference_list", array_of(NAME)),
        static(
            11,
            "credit_charge_configuration",
            array_of(structure(credit_reference=NAME, charge_reference=NAME, collection_configuration=BIT_STRING)),
        ),
        static(
            12,
            "token_gateway_configuration",
            array_of(structure(credit_reference=NAME, token_proportion=UNSIGNED)),
        ),
        dynamic(13, "account_activation_time", DATE_TIME_OCTETS),
        dynamic(14, "account_closure_time", DATE_TIME_OCTETS),
        static(
            15,
            "currency",
            structure(
                currency_name=UTF8_STRING,
                currency_scale=INTEGER,
                currency_unit=enumerated("time", "consumption", "monetary"),
            ),
        ),
        static(16, "low_credit_threshold", DOUBLE_LONG),
        static(17, "next_credit_available_threshold", DOUBLE_LONG),
        static(18, "max_provision", LONG_UNSIGNED),
        static(19, "max_provision_period", DOUBLE_LONG),
    ),
    (
        Method(1, "activate_account", INTEGER),
        Method(2, "close_account", INTEGER),
        Method(3, "reset_account", INTEGER),
    ),
)

VERSIONS = (ACCOUNT_0,)
