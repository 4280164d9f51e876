"""Opening an association, client side: the AARQ, and what an AARE means. No state, no I/O."""

from __future__ import annotations

import msgspec

from dlmskit.apdu import (
    AUTHENTICATION_REQUIREMENT,
    Aare,
    Aarq,
    Apdu,
    ConfirmedServiceError,
    InitiateRequest,
    InitiateResponse,
)
from dlmskit.enums import ApplicationContext, AssociationResult, Conformance, Mechanism
from dlmskit.exceptions import AssociationError, AuthenticationError, RemoteProtocolError
from dlmskit.session.cosem.settings import SHORT_NAMES, AssociationSettings

AUTHENTICATION_REQUIRED = 14
DLMS_VERSION = 6
VAA_NAME_LN = 0x0007
VAA_NAME_SN = 0xFA00
LEAST_PDU = 12


class Negotiated(msgspec.Struct, frozen=True):
    """The xDLMS context that both sides agreed on; `server_max_receive_pdu_size` None means no bound."""

    conformance: Conformance
    server_max_receive_pdu_size: int | None


def vaa_name(context: ApplicationContext) -> int:
    """What an InitiateResponse of this context names."""
    return VAA_NAME_SN if context in SHORT_NAMES else VAA_NAME_LN


def initiate_request(settings: AssociationSettings, dedicated_key: bytes | None) -> InitiateRequest:
    """What we propose."""
    return InitiateRequest(
        dedicated_key=dedicated_key,
        proposed_conformance=settings.proposal,
        client_max_receive_pdu_size=settings.max_receive_pdu_size,
    )


def aarq(settings: AssociationSettings, user_information: bytes, authentication_value: bytes | None) -> Aarq:
    """The AARQ; `authentication_value` is the LLS password or the challenge CtoS."""
    with_mechanism = settings.mechanism != Mechanism.NONE
    return Aarq(
        application_context_name=settings.context,
        calling_ap_title=settings.system_title if settings.needs_title else None,
        sender_acse_requirements=AUTHENTICATION_REQUIREMENT if with_mechanism else None,
        mechanism_name=settings.mechanism if with_mechanism else None,
        calling_authentication_value=authentication_value,
        user_information=user_information,
    )


def check_accepted(aare: Aare, inner: Apdu | None, settings: AssociationSettings) -> None:
    """Raises `AssociationError` with the meter's words where it refused, and `AuthenticationError` for a downgrade.

    `inner` is the decoded user-information where there was one; a refusal may come without.
    """
    if aare.result != AssociationResult.ACCEPTED:
        diagnostic = aare.result_source_diagnostic.label
        words = f"{aare.result.label}, {diagnostic}"
        if isinstance(inner, ConfirmedServiceError):
            words = f"{words}, {inner.label}"
        raise AssociationError(
            f"the meter refused the association: {words}", result=aare.result.label, diagnostic=diagnostic
        )
    if aare.application_context_name != settings.context:
        found = aare.application_context_name
        raise AssociationError(
            f"wanted application context {settings.context.label}, the meter answered "
            f"{found if isinstance(found, str) else found.label}"
        )
    if settings.mechanism > Mechanism.LOW:
        _check_hls(aare, settings)


def _check_hls(aare: Aare, settings: AssociationSettings) -> None:
    found = aare.mechanism_name
    if found != settings.mechanism:
        words = "none" if found is None else found if isinstance(found, str) else found.label
        raise AuthenticationError(f"wanted mechanism {settings.mechanism.label}, the meter answered {words}")
    if aare.result_source_diagnostic.value != AUTHENTICATION_REQUIRED:
        raise AuthenticationError(
            f"the meter accepted without authenticating itself: diagnostic {aare.result_source_diagnostic.label}"
        )
    if not aare.responding_authentication_value:
        raise AuthenticationError("the AARE has no challenge (responding-authentication-value)")


def negotiated(inner: Apdu | None, settings: AssociationSettings) -> Negotiated:
    """What the user-information of an accepting AARE grants. Raises `AssociationError` or `RemoteProtocolError`."""
    if inner is None:
        raise RemoteProtocolError("the AARE accepts but has no user-information")
    if isinstance(inner, ConfirmedServiceError):
        raise AssociationError(f"the meter refused the association: {inner.label}", diagnostic=inner.label)
    if not isinstance(inner, InitiateResponse):
        raise RemoteProtocolError(f"the AARE holds {inner.NAME}, wanted initiate-response")
    if inner.negotiated_dlms_version_number != DLMS_VERSION:
        raise AssociationError(f"wanted DLMS version {DLMS_VERSION}, found {inner.negotiated_dlms_version_number}")
    if inner.vaa_name != vaa_name(settings.context):
        words = "short" if settings.context in SHORT_NAMES else "logical"
        wanted = f"{words} name referencing (VAA name 0x{vaa_name(settings.context):04X})"
        raise AssociationError(f"wanted {wanted}, found 0x{inner.vaa_name:04X}")
    size = inner.server_max_receive_pdu_size
    if 0 < size < LEAST_PDU:
        raise RemoteProtocolError(f"the meter takes APDUs of {size} octets at most; {LEAST_PDU} is the least possible")
    return Negotiated(inner.negotiated_conformance & settings.proposal, size or None)
