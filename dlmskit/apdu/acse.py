"""Opening and releasing an association: AARQ, AARE, RLRQ, RLRE.

They are BER: a tag, a length, and elements in ascending order of their tag numbers. Elements without a field of their
own are kept in `unknown` and written back in their place. `user_information` holds the octets of the inner APDU
(initiate-request, initiate-response, confirmed-service-error, or a ciphered form of one) without decoding it.

Source: Green Book, COSEMpdu: AARQ-apdu, AARE-apdu, RLRQ-apdu, RLRE-apdu.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Self, cast

from dlmskit.apdu.base import Apdu
from dlmskit.apdu.ber_forms import (
    EXPLICIT_NUMBER,
    Diagnostic,
    Element,
    Name,
    Number,
    Plain,
    Result,
    ResultSourceDiagnostic,
    Within,
)
from dlmskit.apdu.elements import Elements
from dlmskit.apdu.sequence import Derived
from dlmskit.enums import ApplicationContext, AssociationResult, Mechanism
from dlmskit.limits import Limits, Tolerance

AUTHENTICATION_REQUIREMENT = b"\x07\x80"
"""value of sender- and responder-acse-requirements: the authentication functional unit"""

_OCTET_STRING, _CHARSTRING = 0x04, 0x80
_UNUSED_TAG = 0


_CONTEXT = Name("2.16.756.5.8.1", ApplicationContext, explicit=True)
_MECHANISM = Name("2.16.756.5.8.2", Mechanism, explicit=False)
_TITLE = Within(_OCTET_STRING, 8)
_OCTETS = Within(_OCTET_STRING)
_AUTHENTICATION = Within(_CHARSTRING)

UserInformation = Annotated[bytes | None, Element(0xBE, _OCTETS)]
Unknown = Annotated[tuple[tuple[int, bytes], ...], Element(_UNUSED_TAG, Plain())]


def _rows(cls: type[AcseApdu]) -> dict[int, tuple[str, str, Element]]:
    elements = cast(tuple[tuple[str, str, Element], ...], cls.WIRES)
    return {row[2].tag: row for row in elements if row[2].tag != _UNUSED_TAG}


_DERIVED = {
    "ELEMENTS": Derived(_rows),
    "BODY": Derived(lambda cls: Elements(cls, tuple(cls.ELEMENTS.values()))),
}


class AcseApdu(Apdu, frozen=True, kw_only=True):
    """Base of the four; `ELEMENTS` finds a field by its tag."""

    HIDDEN = frozenset({"user_information", "calling_authentication_value", "responding_authentication_value"})
    ELEMENTS: ClassVar[dict[int, tuple[str, str, Element]]] = {}
    BODY: ClassVar[Elements]

    unknown: Unknown = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name, derived in _DERIVED.items():
            setattr(cls, name, derived)

    @classmethod
    def short_way(cls) -> Callable[[bytes, Limits], Self | None]:
        return cls.BODY.whole

    @classmethod
    def read(cls, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance | None) -> tuple[Self, int]:
        return cls.BODY.read(octets, offset - 1, tolerance)

    def write(self) -> bytes:
        return self.BODY.write(self)


class Aarq(AcseApdu, frozen=True, kw_only=True):
    """Ask for an association. `mechanism_name` None stands for no authentication.

    Context and mechanism are members of our enumerations, or dotted text where the identifier is another.
    """

    HEAD = b"\x60"
    protocol_version: Annotated[bytes | None, Element(0x80, Plain())] = None
    application_context_name: Annotated[ApplicationContext | str, Element(0xA1, _CONTEXT, required=True)]
    calling_ap_title: Annotated[bytes | None, Element(0xA6, _TITLE)] = None
    calling_ae_qualifier: Annotated[bytes | None, Element(0xA7, _OCTETS)] = None
    calling_ae_invocation_id: Annotated[int | None, Element(0xA9, EXPLICIT_NUMBER)] = None
    sender_acse_requirements: Annotated[bytes | None, Element(0x8A, Plain())] = None
    mechanism_name: Annotated[Mechanism | str | None, Element(0x8B, _MECHANISM)] = None
    calling_authentication_value: Annotated[bytes | None, Element(0xAC, _AUTHENTICATION)] = None
    user_information: UserInformation = None


class Aare(AcseApdu, frozen=True, kw_only=True):
    """The answer to an AARQ. A refusal may come without user-information."""

    HEAD = b"\x61"
    protocol_version: Annotated[bytes | None, Element(0x80, Plain())] = None
    application_context_name: Annotated[ApplicationContext | str, Element(0xA1, _CONTEXT, required=True)]
    result: Annotated[AssociationResult, Element(0xA2, Result(), required=True)]
    result_source_diagnostic: Annotated[ResultSourceDiagnostic, Element(0xA3, Diagnostic(), required=True)]
    responding_ap_title: Annotated[bytes | None, Element(0xA4, _TITLE)] = None
    responding_ae_qualifier: Annotated[bytes | None, Element(0xA5, _OCTETS)] = None
    responding_ae_invocation_id: Annotated[int | None, Element(0xA7, EXPLICIT_NUMBER)] = None
    responder_acse_requirements: Annotated[bytes | None, Element(0x88, Plain())] = None
    mechanism_name: Annotated[Mechanism | str | None, Element(0x89, _MECHANISM)] = None
    responding_authentication_value: Annotated[bytes | None, Element(0xAA, _AUTHENTICATION)] = None
    user_information: UserInformation = None


class Rlrq(AcseApdu, frozen=True, kw_only=True):
    """Ask for release; `reason` 0 normal, 1 urgent, 30 user-defined."""

    HEAD = b"\x62"
    reason: Annotated[int | None, Element(0x80, Number(explicit=False))] = None
    user_information: UserInformation = None


class Rlre(AcseApdu, frozen=True, kw_only=True):
    """The answer to an RLRQ; `reason` 0 normal, 1 not finished, 30 user-defined."""

    HEAD = b"\x63"
    reason: Annotated[int | None, Element(0x80, Number(explicit=False))] = None
    user_information: UserInformation = None
