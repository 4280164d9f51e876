"""One class per APDU of DLMS/COSEM, and `decode` for any of them.

A class is the ASN.1 type in CamelCase, its fields the ASN.1 names in snake_case; ``to_bytes`` and ``from_bytes`` go
between object and octets. Types that are known by name only are refused by that name.
"""

from __future__ import annotations

from dlmskit.apdu.acse import (
    AUTHENTICATION_REQUIREMENT,
    Aare,
    Aarq,
    DiagnosticSource,
    ResultSourceDiagnostic,
    Rlre,
    Rlrq,
)
from dlmskit.apdu.action import (
    ActionRequestNextPblock,
    ActionRequestNormal,
    ActionRequestWithFirstPblock,
    ActionRequestWithList,
    ActionRequestWithListAndFirstPblock,
    ActionRequestWithPblock,
    ActionResponseNextPblock,
    ActionResponseNormal,
    ActionResponseWithList,
    ActionResponseWithOptionalData,
    ActionResponseWithPblock,
)
from dlmskit.apdu.base import Apdu
from dlmskit.apdu.block_transfer import GeneralBlockTransfer
from dlmskit.apdu.ciphered import (
    DED_TAGS,
    GLO_TAGS,
    SERVICE_NAMES,
    CipheredContent,
    GeneralDedCiphering,
    GeneralGloCiphering,
    ServiceCiphered,
)
from dlmskit.apdu.descriptors import AttributeDescriptor, AttributeWithSelection, MethodDescriptor, SelectiveAccess
from dlmskit.apdu.dispatch import NOT_YET, SUPPORTED, decode, name_of
from dlmskit.apdu.error import ConfirmedService, ConfirmedServiceError, ErrorClass, ExceptionResponse
from dlmskit.apdu.get import (
    GetRequestNext,
    GetRequestNormal,
    GetRequestWithList,
    GetResponseNormal,
    GetResponseWithDatablock,
    GetResponseWithList,
)
from dlmskit.apdu.initiate import InitiateRequest, InitiateResponse
from dlmskit.apdu.notification import DataNotification, DataNotificationConfirm, EventNotificationRequest
from dlmskit.apdu.set import (
    SetRequestNormal,
    SetRequestWithDatablock,
    SetRequestWithFirstDatablock,
    SetRequestWithList,
    SetRequestWithListAndFirstDatablock,
    SetResponseDatablock,
    SetResponseLastDatablock,
    SetResponseLastDatablockWithList,
    SetResponseNormal,
    SetResponseWithList,
)

__all__ = [
    "AUTHENTICATION_REQUIREMENT",
    "DED_TAGS",
    "GLO_TAGS",
    "NOT_YET",
    "SERVICE_NAMES",
    "SUPPORTED",
    "Aare",
    "Aarq",
    "ActionRequestNextPblock",
    "ActionRequestNormal",
    "ActionRequestWithFirstPblock",
    "ActionRequestWithList",
    "ActionRequestWithListAndFirstPblock",
    "ActionRequestWithPblock",
    "ActionResponseNextPblock",
    "ActionResponseNormal",
    "ActionResponseWithList",
    "ActionResponseWithOptionalData",
    "ActionResponseWithPblock",
    "Apdu",
    "AttributeDescriptor",
    "AttributeWithSelection",
    "CipheredContent",
    "ConfirmedService",
    "ConfirmedServiceError",
    "DataNotification",
    "DataNotificationConfirm",
    "DiagnosticSource",
    "ErrorClass",
    "EventNotificationRequest",
    "ExceptionResponse",
    "GeneralBlockTransfer",
    "GeneralDedCiphering",
    "GeneralGloCiphering",
    "GetRequestNext",
    "GetRequestNormal",
    "GetRequestWithList",
    "GetResponseNormal",
    "GetResponseWithDatablock",
    "GetResponseWithList",
    "InitiateRequest",
    "InitiateResponse",
    "MethodDescriptor",
    "ResultSourceDiagnostic",
    "Rlre",
    "Rlrq",
    "SelectiveAccess",
    "ServiceCiphered",
    "SetRequestNormal",
    "SetRequestWithDatablock",
    "SetRequestWithFirstDatablock",
    "SetRequestWithList",
    "SetRequestWithListAndFirstDatablock",
    "SetResponseDatablock",
    "SetResponseLastDatablock",
    "SetResponseLastDatablockWithList",
    "SetResponseNormal",
    "SetResponseWithList",
    "decode",
    "name_of",
]
