"""Association LN (class 15): what a client may see, and how it got in."""

from __future__ import annotations

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.codec.values import BitString
from dlmskit.cosem.interface import InterfaceClass
from dlmskit.enums import DataType, Mechanism
from dlmskit.exceptions import ActionError, DataAccessError
from dlmskit.model.device import Association, ModelObject
from dlmskit.vmeter.behaviour import Asked, Behaviour
from dlmskit.vmeter.rights import attribute_mode, method_mode
from dlmskit.vmeter.stated import declaration, logical_name

DLMS_VERSION = 6
_CONTEXT_NAME = bytes.fromhex("60857405080100")
_MECHANISM_NAME = bytes.fromhex("60857405080200")
_ASSOCIATED, _NON_ASSOCIATED = 2, 0
_LONGEST_SECRET = 64
_CHANGED_BY_METHOD = (Mechanism.HIGH, Mechanism.HIGH_MD5, Mechanism.HIGH_SHA1, Mechanism.HIGH_SHA256)


def _served(asked: Asked) -> Association:
    """The association that an object describes: the one in use for the object that it names as its own."""
    if asked.association.object in (None, asked.row.name):
        return asked.association
    others = asked.firmware.model.associations
    return next((item for item in others if item.object == asked.row.name), asked.association)


def _object_list(asked: Asked) -> Data:
    association = _served(asked)
    rows = (row for row in asked.firmware.model.objects if row.class_id is not None)
    return data.array(*(_element(row, association, asked.row.version) for row in rows if visible(row, association)))


def visible(row: ModelObject, association: Association) -> bool:
    """Whether an association may do anything with an object."""
    known = declaration(row)
    return any(row.rights(association.name, item.name) != "-" for item in known.attributes) or any(
        row.method_rights(association.name, item.name) == "x" for item in known.methods
    )


def _element(row: ModelObject, association: Association, version: int) -> Data:
    known = declaration(row)
    return data.structure(
        data.long_unsigned(known.class_id),
        data.unsigned(known.version),
        logical_name(row),
        data.structure(
            _attribute_rights(row, known, association, version), _method_rights(row, known, association, version)
        ),
    )


def _attribute_rights(row: ModelObject, known: InterfaceClass, association: Association, version: int) -> Data:
    name = association.name
    selectors = data.array(data.integer(1), data.integer(2))
    return data.array(
        *(
            data.structure(
                data.integer(item.index),
                attribute_mode(row.rights(name, item.name), row.wants(name, item.name), version),
                selectors if item.name == "buffer" else data.null_data(),
            )
            for item in known.attributes
        )
    )


def _method_rights(row: ModelObject, known: InterfaceClass, association: Association, version: int) -> Data:
    name = association.name
    return data.array(
        *(
            data.structure(
                data.integer(item.index),
                method_mode(row.method_rights(name, item.name), row.method_wants(name, item.name), version),
            )
            for item in known.methods
        )
    )


def _partners(asked: Asked) -> Data:
    association = _served(asked)
    client = association.client_sap
    return data.structure(
        data.integer(client if client < 0x80 else client - 0x100), data.long_unsigned(association.server_sap)
    )


def _context_info(asked: Asked) -> Data:
    association = _served(asked)
    size = data.long_unsigned(association.max_receive_pdu_size)
    conformance = BitString(int(association.conformance).to_bytes(3, "big"), 24)
    return data.structure(
        data.bit_string(conformance), size, size, data.unsigned(DLMS_VERSION), data.integer(0), data.octet_string(b"")
    )


def _context(asked: Asked) -> Data:
    return data.octet_string(_CONTEXT_NAME[:-1] + bytes((_served(asked).context,)))


def _mechanism(asked: Asked) -> Data:
    return data.octet_string(_MECHANISM_NAME[:-1] + bytes((_served(asked).mechanism,)))


def _status(asked: Asked) -> Data:
    served = _served(asked)
    in_use = served is asked.association or asked.presence.associated(served.client_sap)
    return data.enum(_ASSOCIATED if in_use else _NON_ASSOCIATED)


def _secret(asked: Asked) -> Data:
    raise DataAccessError("read-write-denied", "the secret of an association")


def _set_secret(asked: Asked, value: Data) -> None:
    """The password of LLS; a secret of HLS is changed by the method."""
    if _served(asked).mechanism is not Mechanism.LOW:
        raise DataAccessError("read-write-denied", "the secret of an association that has no password")
    if value.tag is not DataType.OCTET_STRING or not 0 < len(value.value) <= _LONGEST_SECRET:
        raise DataAccessError("type-unmatched", f"a password is 1 to {_LONGEST_SECRET} octets")
    asked.security.secrets.change([_served(asked).name], password=value.value)


def _change_hls_secret(asked: Asked, parameters: Data | None) -> None:
    mechanism = _served(asked).mechanism
    if mechanism not in _CHANGED_BY_METHOD:
        raise ActionError("read-write-denied", "an association whose HLS has no secret of its own")
    longest = 16 if mechanism is Mechanism.HIGH else _LONGEST_SECRET
    if parameters is None or parameters.tag is not DataType.OCTET_STRING or not 0 < len(parameters.value) <= longest:
        raise ActionError("type-unmatched", f"a secret is 1 to {longest} octets")
    asked.security.secrets.change([_served(asked).name], password=parameters.value)


def _security_setup(asked: Asked) -> Data:
    row = asked.security.setup_of(_served(asked))
    return logical_name(row) if row is not None else data.octet_string(bytes(6))


ASSOCIATION_LN = Behaviour(
    read={
        "object_list": _object_list,
        "associated_partners_id": _partners,
        "application_context_name": _context,
        "xdlms_context_info": _context_info,
        "authentication_mechanism_name": _mechanism,
        "secret": _secret,
        "association_status": _status,
        "security_setup_reference": _security_setup,
    },
    write={"secret": _set_secret},
    invoke={"change_hls_secret": _change_hls_secret},
)
