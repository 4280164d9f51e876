"""Association SN (class 12): objects and logins of a meter with short names.

Source: Blue Book, Association SN; two public implementations agree. Version 0 is named by one source, version 1 and 3
by none.
"""

from dlmskit.cosem.classes.association_ln import ATTRIBUTE_ACCESS, METHOD_ACCESS
from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, dynamic, next_version, static
from dlmskit.cosem.types import (
    ANY,
    ATTRIBUTE_VALUE,
    BOOLEAN,
    INTEGER,
    LONG,
    LONG_UNSIGNED,
    NULL_DATA,
    OCTET_STRING,
    TEXT_OCTETS,
    UNSIGNED,
    array_of,
    choice,
    structure,
)
from dlmskit.cosem.types import LOGICAL_NAME as NAME

OBJECT = structure(base_name=LONG, class_id=LONG_UNSIGNED, version=UNSIGNED, logical_name=NAME)
ATTRIBUTE_RIGHT = structure(
    attribute_id=INTEGER, access_mode=ATTRIBUTE_ACCESS, access_selectors=choice(NULL_DATA, array_of(INTEGER))
)
RIGHTS = structure(
    base_name=LONG,
    attribute_access=array_of(ATTRIBUTE_RIGHT),
    method_access=array_of(structure(method_id=INTEGER, access_mode=choice(METHOD_ACCESS, BOOLEAN))),
)
USER = structure(user_id=UNSIGNED, user_name=TEXT_OCTETS)

ASSOCIATION_SN_0 = InterfaceClass(
    12,
    0,
    "Association SN",
    (LOGICAL_NAME, static(2, "object_list", array_of(OBJECT), selectors=(1, 2, 3, 4))),
    (
        Method(3, "read_by_logicalname", array_of(ATTRIBUTE_VALUE), array_of(ANY)),
        Method(5, "change_secret", OCTET_STRING),
        Method(8, "reply_to_hls_authentication", OCTET_STRING, OCTET_STRING),
    ),
    "single",
)
ASSOCIATION_SN_2 = next_version(
    ASSOCIATION_SN_0,
    2,
    attributes=(
        static(3, "access_rights_list", array_of(RIGHTS), selectors=(1, 2, 3)),
        static(4, "security_setup_reference", NAME),
    ),
    confidence="agreed",
)
ASSOCIATION_SN_4 = next_version(
    ASSOCIATION_SN_2,
    4,
    attributes=(static(5, "user_list", array_of(USER)), dynamic(6, "current_user", USER)),
    methods=(Method(5, "change_lls_secret", OCTET_STRING), Method(6, "change_hls_secret", OCTET_STRING)),
)

VERSIONS = (
    ASSOCIATION_SN_0,
    ASSOCIATION_SN_2,
    ASSOCIATION_SN_4,
)
