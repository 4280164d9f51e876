"""How the elements of ACSE APDUs hold their values, in BER. Source: Green Book, COSEMpdu; ITU-T X.690."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Protocol

import msgspec

from dlmskit.codec import ber
from dlmskit.enums import ApplicationContext, AssociationResult, Mechanism
from dlmskit.exceptions import DecodeError, EncodeError, TruncatedError
from dlmskit.limits import Tolerance

_OCTET_STRING, _INTEGER, _OID, _CHARSTRING = 0x04, 0x02, 0x06, 0x80


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


class Plain:
    """Contents as they are."""

    def decode(self, octets: bytes, start: int, end: int, tolerance: Tolerance) -> bytes:
        if start == end:
            raise TruncatedError("element without contents", start)
        return octets[start:end]

    def encode(self, value: bytes) -> bytes:
        return value


class Within(msgspec.Struct, frozen=True):
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


class Number:
    """INTEGER contents; with `explicit` a whole inner INTEGER element."""

    def __init__(self, *, explicit: bool) -> None:
        self.explicit = explicit

    def decode(self, octets: bytes, start: int, end: int, tolerance: Tolerance) -> int:
        if self.explicit:
            _, _, start, end = _only(octets, start, end, tolerance, _INTEGER)
        value = ber.decode_integer(octets[start:end], start)
        if end - start > 4:
            raise DecodeError(f"INTEGER of {end - start} octets", start)
        if ber.encode_integer(value) != octets[start:end]:
            tolerance.accept("integer-not-minimal", start)
        return value

    def encode(self, value: int) -> bytes:
        contents = ber.encode_integer(value)
        return ber.write_tlv(_INTEGER, contents) if self.explicit else contents


EXPLICIT_NUMBER = Number(explicit=True)


class Result:
    """INTEGER of association-result."""

    def decode(self, octets: bytes, start: int, end: int, tolerance: Tolerance) -> AssociationResult:
        value = EXPLICIT_NUMBER.decode(octets, start, end, tolerance)
        try:
            return AssociationResult(value)
        except ValueError:
            raise DecodeError(f"{value} is no AssociationResult", end - 1) from None

    def encode(self, value: AssociationResult) -> bytes:
        return EXPLICIT_NUMBER.encode(value)


class Diagnostic:
    """CHOICE of [1] and [2], each an INTEGER."""

    def decode(self, octets: bytes, start: int, end: int, tolerance: Tolerance) -> ResultSourceDiagnostic:
        inner = _only(octets, start, end, tolerance, *(0xA0 | source for source in DiagnosticSource))
        value = EXPLICIT_NUMBER.decode(octets, inner.start, inner.end, tolerance)
        return ResultSourceDiagnostic(value, DiagnosticSource(inner.tag & 0x1F))

    def encode(self, value: ResultSourceDiagnostic) -> bytes:
        return ber.write_tlv(0xA0 | value.source, EXPLICIT_NUMBER.encode(value.value))


class Name:
    """OBJECT IDENTIFIER below `root`, as a member of `members`; any other as dotted text."""

    def __init__(self, root: str, members: type[ApplicationContext] | type[Mechanism], *, explicit: bool) -> None:
        self.known = {f"{root}.{member.value}": member for member in members}
        self.root = root
        self.explicit = explicit

    def decode(self, octets: bytes, start: int, end: int, tolerance: Tolerance) -> IntEnum | str:
        if self.explicit:
            _, _, start, end = _only(octets, start, end, tolerance, _OID)
        text = ber.decode_oid(octets[start:end], start)
        return self.known.get(text, text)

    def encode(self, value: IntEnum | str) -> bytes:
        contents = ber.encode_oid(value if isinstance(value, str) else f"{self.root}.{value.value}")
        return ber.write_tlv(_OID, contents) if self.explicit else contents


def _only(octets: bytes, start: int, end: int, tolerance: Tolerance, *tags: int) -> ber.Tlv:
    inner = ber.only_tlv(octets, start, end, *tags)
    expect_shortest(inner, tolerance)
    return inner


def expect_shortest(element: ber.Tlv, tolerance: Tolerance) -> None:
    """Whether the length has its shortest form. Raises `DecodeError` in strict mode."""
    if element.start - element.offset != 1 + len(ber.encode_length(element.end - element.start)):
        tolerance.accept("length-not-minimal", element.offset + 1)


class Element(msgspec.Struct, frozen=True):
    """Where a field stands in its APDU and how its contents are written."""

    tag: int
    form: Form
    required: bool = False
