"""Opening and releasing an association: AARQ, AARE, RLRQ, RLRE.

They are BER: a tag, a length, and elements in ascending order of their tag numbers. Elements without a field of their
own are kept in `unknown` and written back in their place. `user_information` holds the octets of the inner APDU
(initiate-request, initiate-response, confirmed-service-error, or a ciphered form of one) without decoding it.

Source: Green Book, COSEMpdu: AARQ-apdu, AARE-apdu, RLRQ-apdu, RLRE-apdu.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated, Any, ClassVar, Protocol, Self

import msgspec

from dlmskit.apdu.base import Apdu
from dlmskit.codec import ber
from dlmskit.enums import ApplicationContext, AssociationResult, Mechanism
from dlmskit.exceptions import DecodeError, EncodeError, TruncatedError
from dlmskit.limits import Limits, Tolerance

AUTHENTICATION_REQUIREMENT = b"\x07\x80"
"""value of sender- and responder-acse-requirements: the authentication functional unit"""

_OCTET_STRING, _INTEGER, _OID, _CHARSTRING = 0x04, 0x02, 0x06, 0x80
_UNUSED_TAG = 0


class DiagnosticSource(IntEnum):
    """Who says why: the tag number within result-source-diagnostic."""

    ACSE_SERVICE_USER = 1
    ACSE_SERVICE_PROVIDER = 2


_DIAGNOSTICS = {
    DiagnosticSource.ACSE_SERVICE_USER: {
        0: "null",
        1: "no-reason-given",
        2: "application-context-name-not-supported",
        3: "calling-ap-title-not-recognized",
        4: "calling-ap-invocation-identifier-not-recognized",
        5: "calling-ae-qualifier-not-recognized",
        6: "calling-ae-invocation-identifier-not-recognized",
        7: "called-ap-title-not-recognized",
        8: "called-ap-invocation-identifier-not-recognized",
        9: "called-ae-qualifier-not-recognized",
        10: "called-ae-invocation-identifier-not-recognized",
        11: "authentication-mechanism-name-not-recognised",
        12: "authentication-mechanism-name-required",
        13: "authentication-failure",
        14: "authentication-required",
    },
    DiagnosticSource.ACSE_SERVICE_PROVIDER: {0: "null", 1: "no-reason-given", 2: "no-common-acse-version"},
}


class ResultSourceDiagnostic(msgspec.Struct, frozen=True):
    """Why an association was refused, or that authentication has to go on; unknown values are kept as numbers."""

    value: int
    source: DiagnosticSource = DiagnosticSource.ACSE_SERVICE_USER

    @property
    def label(self) -> str:
        """The standard's word, or the number."""
        return _DIAGNOSTICS[self.source].get(self.value, str(self.value))


class Form(Protocol):
    """How the contents of one element hold a value."""

    def decode(self, octets: bytes, start: int, end: int, tolerance: Tolerance) -> Any:
        """The value in ``octets[start:end]``. Raises `DecodeError`."""

    def encode(self, value: Any) -> bytes:
        """Contents for `value`. Raises `EncodeError`."""


class _Plain:
    """Contents as they are."""

    def decode(self, octets: bytes, start: int, end: int, tolerance: Tolerance) -> bytes:
        if start == end:
            raise TruncatedError("element without contents", start)
        return octets[start:end]

    def encode(self, value: bytes) -> bytes:
        return value


class _Within(msgspec.Struct, frozen=True):
    """One inner element of the given tag, not empty, of `size` octets when that is given."""

    tag: int
    size: int | None = None

    def decode(self, octets: bytes, start: int, end: int, tolerance: Tolerance) -> bytes:
        inner = _only(octets, start, end, tolerance, self.tag)
        found = inner.end - inner.start
        if not found or self.size not in (None, found):
            raise DecodeError(f"wanted {self.size or 'some'} octets, found {found}", inner.start)
        return octets[inner.start : inner.end]

    def encode(self, value: bytes) -> bytes:
        if not value or self.size not in (None, len(value)):
            raise EncodeError(f"wanted {self.size or 'some'} octets, found {len(value)}")
        return ber.write_tlv(self.tag, value)


class _Number:
    """INTEGER contents; with `explicit` a whole inner INTEGER element."""

    def __init__(self, *, explicit: bool) -> None:
        self._explicit = explicit

    def decode(self, octets: bytes, start: int, end: int, tolerance: Tolerance) -> int:
        if self._explicit:
            _, _, start, end = _only(octets, start, end, tolerance, _INTEGER)
        value = ber.decode_integer(octets[start:end], start)
        if end - start > 4:
            raise DecodeError(f"INTEGER of {end - start} octets", start)
        if ber.encode_integer(value) != octets[start:end]:
            tolerance.accept("integer-not-minimal", start)
        return value

    def encode(self, value: int) -> bytes:
        contents = ber.encode_integer(value)
        return ber.write_tlv(_INTEGER, contents) if self._explicit else contents


_EXPLICIT_NUMBER = _Number(explicit=True)


class _Result:
    """INTEGER of association-result."""

    def decode(self, octets: bytes, start: int, end: int, tolerance: Tolerance) -> AssociationResult:
        value = _EXPLICIT_NUMBER.decode(octets, start, end, tolerance)
        try:
            return AssociationResult(value)
        except ValueError:
            raise DecodeError(f"{value} is no AssociationResult", end - 1) from None

    def encode(self, value: AssociationResult) -> bytes:
        return _EXPLICIT_NUMBER.encode(value)


class _Diagnostic:
    """CHOICE of [1] and [2], each an INTEGER."""

    def decode(self, octets: bytes, start: int, end: int, tolerance: Tolerance) -> ResultSourceDiagnostic:
        inner = _only(octets, start, end, tolerance, *(0xA0 | source for source in DiagnosticSource))
        value = _EXPLICIT_NUMBER.decode(octets, inner.start, inner.end, tolerance)
        return ResultSourceDiagnostic(value, DiagnosticSource(inner.tag & 0x1F))

    def encode(self, value: ResultSourceDiagnostic) -> bytes:
        return ber.write_tlv(0xA0 | value.source, _EXPLICIT_NUMBER.encode(value.value))


class _Name:
    """OBJECT IDENTIFIER below `root`, as a member of `members`; any other as dotted text."""

    def __init__(self, root: str, members: type[ApplicationContext] | type[Mechanism], *, explicit: bool) -> None:
        self._known = {f"{root}.{member.value}": member for member in members}
        self._root = root
        self._explicit = explicit

    def decode(self, octets: bytes, start: int, end: int, tolerance: Tolerance) -> IntEnum | str:
        if self._explicit:
            _, _, start, end = _only(octets, start, end, tolerance, _OID)
        text = ber.decode_oid(octets[start:end], start)
        return self._known.get(text, text)

    def encode(self, value: IntEnum | str) -> bytes:
        contents = ber.encode_oid(value if isinstance(value, str) else f"{self._root}.{value.value}")
        return ber.write_tlv(_OID, contents) if self._explicit else contents


class Element(msgspec.Struct, frozen=True):
    """Where a field stands in its APDU and how its contents are written."""

    tag: int
    form: Form
    required: bool = False


def _only(octets: bytes, start: int, end: int, tolerance: Tolerance, *tags: int) -> ber.Tlv:
    inner = ber.only_tlv(octets, start, end, *tags)
    _expect_shortest(inner, tolerance)
    return inner


def _expect_shortest(element: ber.Tlv, tolerance: Tolerance) -> None:
    if element.start - element.offset != 1 + len(ber.encode_length(element.end - element.start)):
        tolerance.accept("length-not-minimal", element.offset + 1)


_CONTEXT = _Name("2.16.756.5.8.1", ApplicationContext, explicit=True)
_MECHANISM = _Name("2.16.756.5.8.2", Mechanism, explicit=False)
_TITLE = _Within(_OCTET_STRING, 8)
_OCTETS = _Within(_OCTET_STRING)
_AUTHENTICATION = _Within(_CHARSTRING)

UserInformation = Annotated[bytes | None, Element(0xBE, _OCTETS)]
Unknown = Annotated[tuple[tuple[int, bytes], ...], Element(_UNUSED_TAG, _Plain())]


class AcseApdu(Apdu, frozen=True, kw_only=True):
    """Base of the four; `ELEMENTS` finds a field by its tag."""

    HIDDEN = frozenset({"user_information", "calling_authentication_value", "responding_authentication_value"})
    ELEMENTS: ClassVar[dict[int, tuple[str, str, Element]]] = {}

    unknown: Unknown = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.ELEMENTS = {
            element.tag: (attribute, name, element)
            for attribute, name, element in cls.WIRES
            if isinstance(element, Element) and element.tag != _UNUSED_TAG
        }

    @classmethod
    def read(cls, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance) -> tuple[Self, int]:
        whole = ber.read_tlv(octets, offset - 1)
        _expect_shortest(whole, tolerance)
        values: dict[str, Any] = {}
        unknown = []
        last = -1
        seen = set()
        for element in ber.tlvs(octets, whole.start, whole.end):
            number = element.tag & 0x1F
            if number in seen:
                raise DecodeError(f"element {element.tag:#04x} comes twice", element.offset)
            seen.add(number)
            if number < last:
                tolerance.accept("acse-elements-out-of-order", element.offset)
            last = number
            _expect_shortest(element, tolerance)
            if row := cls.ELEMENTS.get(element.tag):
                values[row[0]] = _contents(row, octets, element, tolerance)
            else:
                unknown.append((element.tag, octets[element.start : element.end]))
        for attribute, name, field in cls.ELEMENTS.values():
            if field.required and attribute not in values:
                raise DecodeError(f"element {field.tag:#04x} is missing", whole.end, (name,))
        return cls(**values, unknown=tuple(sorted(unknown, key=_number))), whole.end

    def write(self) -> bytes:
        elements = list(self.unknown)
        for tag, (attribute, _, field) in self.ELEMENTS.items():
            value = getattr(self, attribute)
            if value is not None:
                elements.append((tag, field.form.encode(value)))
        contents = b"".join(ber.write_tlv(*element) for element in sorted(elements, key=_number))
        return ber.encode_length(len(contents)) + contents


def _number(element: tuple[int, bytes]) -> int:
    return element[0] & 0x1F


def _contents(row: tuple[str, str, Element], octets: bytes, element: ber.Tlv, tolerance: Tolerance) -> Any:
    try:
        return row[2].form.decode(octets, element.start, element.end, tolerance)
    except DecodeError as error:
        raise error.within(row[1]) from None


class Aarq(AcseApdu, frozen=True, kw_only=True):
    """Ask for an association. `mechanism_name` None stands for no authentication.

    Context and mechanism are members of our enumerations, or dotted text where the identifier is another.
    """

    HEAD = b"\x60"
    protocol_version: Annotated[bytes | None, Element(0x80, _Plain())] = None
    application_context_name: Annotated[ApplicationContext | str, Element(0xA1, _CONTEXT, required=True)]
    calling_ap_title: Annotated[bytes | None, Element(0xA6, _TITLE)] = None
    calling_ae_qualifier: Annotated[bytes | None, Element(0xA7, _OCTETS)] = None
    calling_ae_invocation_id: Annotated[int | None, Element(0xA9, _EXPLICIT_NUMBER)] = None
    sender_acse_requirements: Annotated[bytes | None, Element(0x8A, _Plain())] = None
    mechanism_name: Annotated[Mechanism | str | None, Element(0x8B, _MECHANISM)] = None
    calling_authentication_value: Annotated[bytes | None, Element(0xAC, _AUTHENTICATION)] = None
    user_information: UserInformation = None


class Aare(AcseApdu, frozen=True, kw_only=True):
    """The answer to an AARQ. A refusal may come without user-information."""

    HEAD = b"\x61"
    protocol_version: Annotated[bytes | None, Element(0x80, _Plain())] = None
    application_context_name: Annotated[ApplicationContext | str, Element(0xA1, _CONTEXT, required=True)]
    result: Annotated[AssociationResult, Element(0xA2, _Result(), required=True)]
    result_source_diagnostic: Annotated[ResultSourceDiagnostic, Element(0xA3, _Diagnostic(), required=True)]
    responding_ap_title: Annotated[bytes | None, Element(0xA4, _TITLE)] = None
    responding_ae_qualifier: Annotated[bytes | None, Element(0xA5, _OCTETS)] = None
    responding_ae_invocation_id: Annotated[int | None, Element(0xA7, _EXPLICIT_NUMBER)] = None
    responder_acse_requirements: Annotated[bytes | None, Element(0x88, _Plain())] = None
    mechanism_name: Annotated[Mechanism | str | None, Element(0x89, _MECHANISM)] = None
    responding_authentication_value: Annotated[bytes | None, Element(0xAA, _AUTHENTICATION)] = None
    user_information: UserInformation = None


class Rlrq(AcseApdu, frozen=True, kw_only=True):
    """Ask for release; `reason` 0 normal, 1 urgent, 30 user-defined."""

    HEAD = b"\x62"
    reason: Annotated[int | None, Element(0x80, _Number(explicit=False))] = None
    user_information: UserInformation = None


class Rlre(AcseApdu, frozen=True, kw_only=True):
    """The answer to an RLRQ; `reason` 0 normal, 1 not finished, 30 user-defined."""

    HEAD = b"\x63"
    reason: Annotated[int | None, Element(0x80, _Number(explicit=False))] = None
    user_information: UserInformation = None
