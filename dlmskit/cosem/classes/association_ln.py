"""Association LN (class 15): what a client may see and do, and its login. Source: Blue Book, Association LN."""

from dlmskit.cosem.interface import LOGICAL_NAME, Attribute, InterfaceClass, Method
from dlmskit.enums import DataType

_ATTRIBUTES_0 = (
    LOGICAL_NAME,
    Attribute(2, "object_list", DataType.ARRAY),
    Attribute(3, "associated_partners_id", DataType.STRUCTURE),
    Attribute(4, "application_context_name"),
    Attribute(5, "xdlms_context_info", DataType.STRUCTURE),
    Attribute(6, "authentication_mechanism_name"),
    Attribute(7, "secret", DataType.OCTET_STRING),
    Attribute(8, "association_status", DataType.ENUM),
)
_ATTRIBUTES_1 = (*_ATTRIBUTES_0, Attribute(9, "security_setup_reference", DataType.OCTET_STRING))
_ATTRIBUTES_2 = (
    *_ATTRIBUTES_1,
    Attribute(10, "user_list", DataType.ARRAY),
    Attribute(11, "current_user", DataType.STRUCTURE),
)
_METHODS_0 = (
    Method(1, "reply_to_hls_authentication", DataType.OCTET_STRING),
    Method(2, "change_hls_secret", DataType.OCTET_STRING),
    Method(3, "add_object", DataType.STRUCTURE),
    Method(4, "remove_object", DataType.STRUCTURE),
)
_METHODS_2 = (*_METHODS_0, Method(5, "add_user", DataType.STRUCTURE), Method(6, "remove_user", DataType.STRUCTURE))

ASSOCIATION_LN_0 = InterfaceClass(15, 0, "Association LN", _ATTRIBUTES_0, _METHODS_0)
ASSOCIATION_LN_1 = InterfaceClass(15, 1, "Association LN", _ATTRIBUTES_1, _METHODS_0)
ASSOCIATION_LN_2 = InterfaceClass(15, 2, "Association LN", _ATTRIBUTES_2, _METHODS_2)

VERSIONS = (ASSOCIATION_LN_0, ASSOCIATION_LN_1, ASSOCIATION_LN_2)
