"""Any APDU, made from the wire forms of its fields."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from dlmskit import apdu
from dlmskit.apdu import acse, ciphered, gateway, notification, wire
from dlmskit.codec import axdr
from dlmskit.codec.data import Data
from dlmskit.enums import ApplicationContext, AssociationResult, Conformance, Mechanism, ServiceErrorCode, StateError
from dlmskit.obis import Obis
from dlmskit.testing import trees

OBIS = st.builds(Obis.from_bytes, st.binary(min_size=6, max_size=6))
TITLE = st.binary(min_size=8, max_size=8)
OCTETS = st.binary(max_size=300)
MOMENT = st.none() | st.binary(min_size=12, max_size=12)
DATA = trees.trees.map(lambda tree: Data(axdr.encode_tree(tree)))


def of_wire(form: Any) -> st.SearchStrategy[Any]:
    """Values that fit one wire form."""
    match form:
        case wire.Integer():
            bits = 8 * form.width
            return (
                st.integers(-(1 << bits - 1), (1 << bits - 1) - 1) if form.signed else st.integers(0, (1 << bits) - 1)
            )
        case wire.Enumerated():
            return st.sampled_from(list(form.members))
        case wire.Nested():
            return of_sequence(form.sequence)
        case wire.Optional():
            return st.none() | of_wire(form.inner)
        case wire.Choice():
            return st.one_of(*(of_wire(alternative) for _, alternative in form.alternatives))
        case wire.SequenceOf():
            return st.lists(of_wire(form.item), max_size=4).map(tuple)
        case wire.BOOLEAN.__class__() | wire.BOOLEAN_DEFAULT_TRUE.__class__():
            return st.booleans()
        case wire.OCTET_STRING.__class__():
            return OCTETS
        case wire.DATA.__class__():
            return DATA
        case wire.LOGICAL_NAME.__class__():
            return OBIS
        case wire.CONFORMANCE.__class__():
            return st.integers(0, 0xFFFFFF).map(Conformance)
        case notification._DateTime() | notification._EventTime():
            return MOMENT
        case gateway._Rest():
            return st.binary(min_size=1, max_size=300)
        case ciphered._SystemTitle():
            return TITLE | st.just(b"")
    raise NotImplementedError(form)


def of_sequence(cls: Any) -> st.SearchStrategy[Any]:
    return st.builds(cls, *(of_wire(form) for _, _, form in cls.WIRES))


def _optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


_FILLED = st.binary(min_size=1, max_size=200)
_NUMBER = st.integers(-(2**31), 2**31 - 1)
_OPENING = {
    "application_context_name": st.sampled_from(ApplicationContext) | st.just("2.16.756.5.8.1.99"),
    "mechanism_name": _optional(st.sampled_from(Mechanism) | st.just("1.2.840.113549")),
    "user_information": _optional(_FILLED),
}
AARQ = st.builds(
    acse.Aarq,
    **_OPENING,
    calling_ap_title=_optional(TITLE),
    calling_ae_qualifier=_optional(_FILLED),
    calling_ae_invocation_id=_optional(_NUMBER),
    calling_authentication_value=_optional(_FILLED),
    sender_acse_requirements=_optional(st.just(acse.AUTHENTICATION_REQUIREMENT)),
    unknown=st.just(()) | st.just(((0xA2, b"\x06\x01\x2a"),)),
)
AARE = st.builds(
    acse.Aare,
    **_OPENING,
    result=st.sampled_from(AssociationResult),
    result_source_diagnostic=st.builds(
        apdu.ResultSourceDiagnostic, st.integers(0, 255), st.sampled_from(apdu.DiagnosticSource)
    ),
    responding_ap_title=_optional(TITLE),
    responding_authentication_value=_optional(_FILLED),
)
RELEASE = {"reason": _optional(st.sampled_from([0, 1, 30])), "user_information": _optional(_FILLED)}
EXCEPTION = st.one_of(
    st.builds(
        apdu.ExceptionResponse,
        st.sampled_from(StateError),
        st.sampled_from([code for code in ServiceErrorCode if code != ServiceErrorCode.INVOCATION_COUNTER_ERROR]),
    ),
    st.builds(
        apdu.ExceptionResponse,
        st.sampled_from(StateError),
        st.just(ServiceErrorCode.INVOCATION_COUNTER_ERROR),
        st.integers(0, 2**32 - 1),
    ),
)
_OWN = {
    acse.Aarq: AARQ,
    acse.Aare: AARE,
    acse.Rlrq: st.builds(acse.Rlrq, **RELEASE),
    acse.Rlre: st.builds(acse.Rlre, **RELEASE),
    apdu.ExceptionResponse: EXCEPTION,
    apdu.ConfirmedServiceError: st.builds(
        apdu.ConfirmedServiceError,
        st.sampled_from(apdu.ConfirmedService),
        st.sampled_from(apdu.ErrorClass),
        st.integers(0, 7),
    ).filter(lambda error: error.defined),
    apdu.ServiceCiphered: st.builds(apdu.ServiceCiphered, st.sampled_from(sorted(apdu.SERVICE_NAMES)), OCTETS),
}


def of_class(cls: type[apdu.Apdu]) -> st.SearchStrategy[apdu.Apdu]:
    """Any APDU of one class."""
    return _OWN[cls] if cls in _OWN else of_sequence(cls)


CLASSES: tuple[type[apdu.Apdu], ...] = (*apdu.SUPPORTED, apdu.ServiceCiphered)
ANY = st.one_of(*(of_class(cls) for cls in CLASSES))
SELF_DELIMITING = st.one_of(
    *(of_class(cls) for cls in CLASSES if cls not in (apdu.GatewayRequest, apdu.GatewayResponse))
)
"""all but those whose last field ends where the octets end"""
