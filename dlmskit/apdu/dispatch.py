"""From the first octets of an APDU to its class."""

from __future__ import annotations

from collections.abc import Callable

from dlmskit.apdu import (
    access,
    acse,
    action,
    block_transfer,
    ciphered,
    error,
    gateway,
    general,
    get,
    initiate,
    notification,
    short_name,
)
from dlmskit.apdu import set as set_
from dlmskit.apdu.base import Apdu
from dlmskit.apdu.fields import ACCELERATED, short_way
from dlmskit.exceptions import DecodeError, TruncatedError
from dlmskit.limits import DEFAULT_LIMITS, Limits, Tolerance

SUPPORTED: tuple[type[Apdu], ...] = (
    acse.Aarq,
    acse.Aare,
    acse.Rlrq,
    acse.Rlre,
    initiate.InitiateRequest,
    initiate.InitiateResponse,
    get.GetRequestNormal,
    get.GetRequestNext,
    get.GetRequestWithList,
    get.GetResponseNormal,
    get.GetResponseWithDatablock,
    get.GetResponseWithList,
    set_.SetRequestNormal,
    set_.SetRequestWithFirstDatablock,
    set_.SetRequestWithDatablock,
    set_.SetRequestWithList,
    set_.SetRequestWithListAndFirstDatablock,
    set_.SetResponseNormal,
    set_.SetResponseDatablock,
    set_.SetResponseLastDatablock,
    set_.SetResponseLastDatablockWithList,
    set_.SetResponseWithList,
    action.ActionRequestNormal,
    action.ActionRequestNextPblock,
    action.ActionRequestWithList,
    action.ActionRequestWithFirstPblock,
    action.ActionRequestWithListAndFirstPblock,
    action.ActionRequestWithPblock,
    action.ActionResponseNormal,
    action.ActionResponseWithPblock,
    action.ActionResponseWithList,
    action.ActionResponseNextPblock,
    access.AccessRequest,
    access.AccessResponse,
    short_name.ReadRequest,
    short_name.ReadResponse,
    short_name.WriteRequest,
    short_name.WriteResponse,
    short_name.UnconfirmedWriteRequest,
    short_name.InformationReportRequest,
    notification.DataNotification,
    notification.DataNotificationConfirm,
    notification.EventNotificationRequest,
    error.ExceptionResponse,
    error.ConfirmedServiceError,
    ciphered.GeneralGloCiphering,
    ciphered.GeneralDedCiphering,
    general.GeneralCiphering,
    general.GeneralSigning,
    block_transfer.GeneralBlockTransfer,
    gateway.GatewayRequest,
    gateway.GatewayResponse,
)
"""every class with a fixed head"""

NOT_YET: dict[int, str] = {
    0x19: "ping-request",
    0x1A: "ping-response",
    0x1C: "register-request",
    0x1D: "discover-request",
    0x1E: "discover-report",
    0x1F: "repeat-call-request",
}
"""tags of types that are known by name only: discovery in power line networks"""

_SERVICES: dict[int, str] = {
    0xC0: "get-request",
    0xC1: "set-request",
    0xC3: "action-request",
    0xC4: "get-response",
    0xC5: "set-response",
    0xC7: "action-response",
}

_BY_TAG: dict[int, type[Apdu]] = {cls.HEAD[0]: cls for cls in SUPPORTED if len(cls.HEAD) == 1} | dict.fromkeys(
    ciphered.SERVICE_NAMES, ciphered.ServiceCiphered
)
_BY_CHOICE: dict[bytes, type[Apdu]] = {cls.HEAD: cls for cls in SUPPORTED if len(cls.HEAD) == 2}

# what has a short way is tried on it from the second time on: that way by head
_SHORT: dict[int, Callable[[bytes, Limits], Apdu | None]] = {}


def decode(octets: bytes, *, tolerance: Tolerance | None = None, limits: Limits = DEFAULT_LIMITS) -> Apdu:
    """The one APDU that `octets` are. `tolerance` None stands for a fresh one in the default mode.

    Raises `DecodeError` for anything else; its path begins with the APDU's name where the first octets give one.
    """
    apdu: Apdu | None = short_way(_SHORT, octets, limits)
    if apdu is not None:
        return apdu
    octets = bytes(octets)
    cls = _BY_CHOICE.get(octets[:2]) or _BY_TAG.get(octets[0] if octets else -1)
    if cls is None:
        raise _refusal(octets)
    if ACCELERATED and (short := cls.short_way()) is not None:
        _SHORT[int.from_bytes(b"\x01" + (cls.HEAD or octets[:1]), "big")] = short
    return cls.decode_fields(octets, limits, tolerance)


def name_of(octets: bytes) -> str | None:
    """The name of the APDU that begins with `octets`, supported or not; None where no APDU begins so."""
    if not octets:
        return None
    if cls := _BY_CHOICE.get(bytes(octets[:2])) or _BY_TAG.get(octets[0]):
        return ciphered.SERVICE_NAMES.get(octets[0], cls.NAME)
    return NOT_YET.get(octets[0])


def _refusal(octets: bytes) -> DecodeError:
    if not octets:
        return TruncatedError("no octets, wanted an APDU", 0)
    if name := NOT_YET.get(octets[0]):
        return DecodeError(f"{name}: not supported yet", 0, (name,))
    if name := _SERVICES.get(octets[0]):
        if len(octets) == 1:
            return TruncatedError("wanted a choice octet", 1, (name,))
        return DecodeError(f"choice {octets[1]} is none of {name}", 1, (name,))
    return DecodeError(f"{octets[0]:#04x} is no tag of an APDU", 0)
