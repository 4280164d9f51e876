"""Association LN (class 15): what a client may see and do, and its login.

Source: Blue Book, Association LN; object lists of Dutch meters and other stacks' meters agree. In version 3 access
modes are bits; what they mean is read by whoever reads the object list.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, Attribute, InterfaceClass, Method, dynamic, next_version, static
from dlmskit.cosem.types import (
    BIT_STRING,
    BOOLEAN,
    INTEGER,
    LONG_UNSIGNED,
    NULL_DATA,
    OCTET_STRING,
    TEXT_OCTETS,
    UNSIGNED,
    Type,
    array_of,
    choice,
    enumerated,
    flags,
    structure,
)
from dlmskit.cosem.types import LOGICAL_NAME as NAME
from dlmskit.enums import DataType

ATTRIBUTE_ACCESS = enumerated(
    "no-access",
    "read-only",
    "write-only",
    "read-and-write",
    "authenticated-read-only",
    "authenticated-write-only",
    "authenticated-read-and-write",
)
METHOD_ACCESS = enumerated("no-access", "access", "authenticated-access")
ATTRIBUTE_ACCESS_BITS = flags(
    "read",
    "write",
    "authenticated-request",
    "encrypted-request",
    "digitally-signed-request",
    "authenticated-response",
    "encrypted-response",
    "digitally-signed-response",
    tag=DataType.ENUM,
)
METHOD_ACCESS_BITS = flags(
    "access",
    "bit-1",
    "authenticated-request",
    "encrypted-request",
    "digitally-signed-request",
    "authenticated-response",
    "encrypted-response",
    "digitally-signed-response",
    tag=DataType.ENUM,
)
STATUS = enumerated("non-associated", "association-pending", "associated")
USER = structure(user_id=UNSIGNED, user_name=TEXT_OCTETS)
_NAME_ARCS = {
    "joint_iso_ctt_element": UNSIGNED,
    "country_element": UNSIGNED,
    "country_name_element": LONG_UNSIGNED,
    "identified_organisation_element": UNSIGNED,
    "dlms_ua_element": UNSIGNED,
}
CON_NAME_ARCS = choice(
    OCTET_STRING, structure(**_NAME_ARCS, application_context_element=UNSIGNED, context_id_element=UNSIGNED)
)
MECHANISM_NAME = choice(
    OCTET_STRING,
    structure(**_NAME_ARCS, authentication_mechanism_name_element=UNSIGNED, mechanism_id_element=UNSIGNED),
)


def object_list_element(attribute_access: Type, method_access: Type) -> Type:
    """An element of the object list, by how its version writes access modes."""
    attribute = structure(
        attribute_id=INTEGER,
        access_mode=attribute_access,
        access_selectors=choice(NULL_DATA, array_of(INTEGER)),
    )
    method = structure(method_id=INTEGER, access_mode=method_access)
    return structure(
        class_id=LONG_UNSIGNED,
        version=UNSIGNED,
        logical_name=NAME,
        access_rights=structure(attribute_access=array_of(attribute), method_access=array_of(method)),
    )


def _list(attribute_access: Type, method_access: Type) -> Attribute:
    listed = array_of(object_list_element(attribute_access, method_access))
    return static(2, "object_list", listed, selectors=(1, 2, 3, 4))


ASSOCIATION_LN_0 = InterfaceClass(
    15,
    0,
    "Association LN",
    (
        LOGICAL_NAME,
        _list(ATTRIBUTE_ACCESS, BOOLEAN),
        static(3, "associated_partners_id", structure(client_sap=INTEGER, server_sap=LONG_UNSIGNED)),
        static(4, "application_context_name", CON_NAME_ARCS),
        dynamic(
            5,
            "xdlms_context_info",
            structure(
                conformance=BIT_STRING,
                max_receive_pdu_size=LONG_UNSIGNED,
                max_send_pdu_size=LONG_UNSIGNED,
                dlms_version_number=UNSIGNED,
                quality_of_service=INTEGER,
                cyphering_info=OCTET_STRING,
            ),
        ),
        static(6, "authentication_mechanism_name", MECHANISM_NAME),
        static(7, "secret", OCTET_STRING, secret=True),
        dynamic(8, "association_status", STATUS),
    ),
    (
        Method(1, "reply_to_hls_authentication", OCTET_STRING, OCTET_STRING),
        Method(2, "change_hls_secret", OCTET_STRING),
        Method(3, "add_object", object_list_element(ATTRIBUTE_ACCESS, BOOLEAN)),
        Method(4, "remove_object", object_list_element(ATTRIBUTE_ACCESS, BOOLEAN)),
    ),
)
ASSOCIATION_LN_1 = next_version(
    ASSOCIATION_LN_0,
    1,
    attributes=(_list(ATTRIBUTE_ACCESS, METHOD_ACCESS), static(9, "security_setup_reference", NAME)),
    methods=(
        Method(3, "add_object", object_list_element(ATTRIBUTE_ACCESS, METHOD_ACCESS)),
        Method(4, "remove_object", object_list_element(ATTRIBUTE_ACCESS, METHOD_ACCESS)),
    ),
)
ASSOCIATION_LN_2 = next_version(
    ASSOCIATION_LN_1,
    2,
    attributes=(static(10, "user_list", array_of(USER)), dynamic(11, "current_user", USER)),
    methods=(Method(5, "add_user", USER), Method(6, "remove_user", USER)),
)
ASSOCIATION_LN_3 = next_version(
    ASSOCIATION_LN_2,
    3,
    attributes=(_list(ATTRIBUTE_ACCESS_BITS, METHOD_ACCESS_BITS),),
    methods=(
        Method(3, "add_object", object_list_element(ATTRIBUTE_ACCESS_BITS, METHOD_ACCESS_BITS)),
        Method(4, "remove_object", object_list_element(ATTRIBUTE_ACCESS_BITS, METHOD_ACCESS_BITS)),
    ),
)

VERSIONS = (ASSOCIATION_LN_0, ASSOCIATION_LN_1, ASSOCIATION_LN_2, ASSOCIATION_LN_3)
