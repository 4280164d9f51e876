"""What a meter's rules say about an AARQ, and the AARE that follows. No state, no I/O."""

from __future__ import annotations

import msgspec

from dlmskit.apdu import (
    AUTHENTICATION_REQUIREMENT,
    Aare,
    Aarq,
    ConfirmedService,
    ConfirmedServiceError,
    ErrorClass,
    InitiateRequest,
    InitiateResponse,
    ResultSourceDiagnostic,
)
from dlmskit.enums import ApplicationContext, AssociationResult, Conformance, Mechanism
from dlmskit.exceptions import AuthenticationError, DlmskitError, PolicyError, RemoteProtocolError, SecurityError
from dlmskit.security import hls
from dlmskit.session.cosem.association import AUTHENTICATION_REQUIRED, DLMS_VERSION, LEAST_PDU, vaa_name
from dlmskit.session.cosem.channel import Channel
from dlmskit.session.cosem.settings import (
    BARE_REFUSAL,
    IN_SHORT_NAMES,
    SHORT_NAMES,
    TITLE_NOT_TOLD,
    ServerAssociation,
    in_short_names,
    names_parties,
)

# diagnostics of acse-service-user
NO_REASON = 1
CONTEXT_NOT_SUPPORTED = 2
TITLE_NOT_RECOGNISED = 3
MECHANISM_NOT_RECOGNISED = 11
MECHANISM_REQUIRED = 12
AUTHENTICATION_FAILURE = 13

_DLMS_VERSION_TOO_LOW = 1
_INCOMPATIBLE_CONFORMANCE = 2
_PDU_SIZE_TOO_SHORT = 3


class Refused(Exception):
    """An AARQ is refused with this diagnostic and, about the xDLMS context, this error."""

    def __init__(self, diagnostic: int, why: DlmskitError, initiate_error: int | None = None) -> None:
        super().__init__(diagnostic)
        self.diagnostic = diagnostic
        self.why = why
        self.initiate_error = initiate_error


def as_asked(aarq: Aarq, rules: ServerAssociation) -> ServerAssociation:
    """The rules in short name referencing where the client asks for it and the meter has short names."""
    short = IN_SHORT_NAMES.get(rules.context)
    if rules.short_names and aarq.application_context_name == short and short is not None:
        return msgspec.structs.replace(rules, context=short)
    return rules


def check_rules(rules: ServerAssociation) -> None:
    """Raises `SecurityError` for rules that could not be kept."""
    if rules.policy and not rules.context.ciphered:
        raise SecurityError("a security policy goes with a ciphered context")


def check_names(aarq: Aarq, rules: ServerAssociation) -> None:
    """Raises `Refused` for another application context or mechanism than the rules want."""
    if aarq.application_context_name != rules.context:
        raise Refused(CONTEXT_NOT_SUPPORTED, RemoteProtocolError(f"wanted context {rules.context.label}"))
    found = Mechanism.NONE if aarq.mechanism_name is None else aarq.mechanism_name
    if found == rules.mechanism:
        return
    missing = found == Mechanism.NONE
    why = PolicyError(f"wanted mechanism {rules.mechanism.label}, the client asked for another")
    raise Refused(MECHANISM_REQUIRED if missing else MECHANISM_NOT_RECOGNISED, why)


def granted(initiate: InitiateRequest, rules: ServerAssociation) -> Conformance:
    """What both sides speak. Raises `Refused`."""
    size = initiate.client_max_receive_pdu_size
    offered = in_short_names(rules.conformance) if rules.context in SHORT_NAMES else rules.conformance
    common = initiate.proposed_conformance & offered
    if initiate.proposed_dlms_version_number < DLMS_VERSION:
        problem, words = _DLMS_VERSION_TOO_LOW, "DLMS version too low"
    elif not common:
        problem, words = _INCOMPATIBLE_CONFORMANCE, "no service in common"
    elif 0 < size < LEAST_PDU:
        problem, words = _PDU_SIZE_TOO_SHORT, "PDU size too short"
    else:
        return common
    raise Refused(NO_REASON, RemoteProtocolError(words), problem)


def client_title(aarq: Aarq, rules: ServerAssociation) -> bytes:
    """The client's title where it enters any protection. Raises `Refused` or `AuthenticationError`."""
    if not names_parties(rules.mechanism, rules.context):
        return b""
    title = aarq.calling_ap_title or b""
    hls.check_peer(rules.system_title, title)
    if rules.client_system_title not in (b"", title):
        raise Refused(TITLE_NOT_RECOGNISED, AuthenticationError(f"client title {title.hex()} is not known"))
    return title


def initiate_response(channel: Channel | None, rules: ServerAssociation, agreed: Conformance) -> bytes:
    """What was negotiated, sealed in a ciphered context."""
    response = InitiateResponse(
        negotiated_conformance=agreed,
        server_max_receive_pdu_size=rules.max_receive_pdu_size,
        vaa_name=vaa_name(rules.context),
    ).to_bytes()
    return channel.seal(response, general=False) if rules.context.ciphered and channel is not None else response


def acceptance(channel: Channel | None, rules: ServerAssociation, agreed: Conformance, stoc: bytes) -> Aare:
    """The AARE that accepts, with our challenge where HLS wants one. Raises `SecurityError` where it is sealed."""
    high = rules.mechanism > Mechanism.LOW
    return Aare(
        application_context_name=rules.context,
        result=AssociationResult.ACCEPTED,
        result_source_diagnostic=ResultSourceDiagnostic(AUTHENTICATION_REQUIRED if high else 0),
        responding_ap_title=_title(rules),
        responder_acse_requirements=AUTHENTICATION_REQUIREMENT if high else None,
        mechanism_name=rules.mechanism if high else None,
        responding_authentication_value=stoc or None,
        user_information=initiate_response(channel, rules, agreed),
    )


def _title(rules: ServerAssociation) -> bytes | None:
    told = names_parties(rules.mechanism, rules.context) and TITLE_NOT_TOLD not in rules.quirks
    return rules.system_title if told else None


def refusal(rules: ServerAssociation | None, refused: Refused) -> Aare:
    """The AARE that refuses."""
    information = None
    bare = rules is not None and BARE_REFUSAL in rules.quirks
    if refused.initiate_error is not None and not bare:
        error = ConfirmedServiceError(ConfirmedService.INITIATE_ERROR, ErrorClass.INITIATE, refused.initiate_error)
        information = error.to_bytes()
    return Aare(
        application_context_name=rules.context if rules is not None else ApplicationContext.LN,
        result=AssociationResult.REJECTED_PERMANENT,
        result_source_diagnostic=ResultSourceDiagnostic(refused.diagnostic),
        user_information=information,
    )
