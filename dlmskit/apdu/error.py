"""APDUs that say no: exception-response and confirmed-service-error.

Source: Green Book, COSEMpdu: EXCEPTION-Response, ConfirmedServiceError, ServiceError.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Self

from dlmskit.apdu.base import Apdu
from dlmskit.apdu.wire import Enumerated, Integer, Unsigned8, Unsigned32
from dlmskit.enums import ServiceErrorCode, StateError
from dlmskit.exceptions import DecodeError, EncodeError
from dlmskit.limits import Limits, Tolerance

_COUNTER = Integer(4)


class ExceptionResponse(Apdu, frozen=True):
    """The server refuses an APDU as a whole.

    `invocation_counter` is the one it expects, present exactly with `ServiceErrorCode.INVOCATION_COUNTER_ERROR`; it is
    not protected, so it is a hint only.
    """

    HEAD = b"\xd8"
    state_error: StateError
    service_error: ServiceErrorCode
    invocation_counter: Unsigned32 | None = None

    @classmethod
    def read(cls, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance | None) -> tuple[Self, int]:
        tolerance = Tolerance() if tolerance is None else tolerance
        name = "state-error"
        try:
            state, offset = Enumerated(StateError).read(octets, offset, limits, tolerance)
            name = "service-error"
            service, offset = Enumerated(ServiceErrorCode).read(octets, offset, limits, tolerance)
            counter = None
            if service == ServiceErrorCode.INVOCATION_COUNTER_ERROR:
                name = "invocation-counter"
                counter, offset = _COUNTER.read(octets, offset, limits, tolerance)
        except DecodeError as error:
            raise error.within(name) from None
        return cls(StateError(state), ServiceErrorCode(service), counter), offset

    def write(self) -> bytes:
        wanted = self.service_error == ServiceErrorCode.INVOCATION_COUNTER_ERROR
        if wanted != (self.invocation_counter is not None):
            raise EncodeError("invocation-counter goes with service-error invocation-counter-error, and only with it")
        tail = b"" if self.invocation_counter is None else _COUNTER.write(self.invocation_counter)
        return bytes((self.state_error, self.service_error)) + tail


class ConfirmedService(IntEnum):
    """Which service failed. The other numbers of the type stand for DLMS services that COSEM does not have."""

    INITIATE_ERROR = 1
    READ = 5
    WRITE = 6


class ErrorClass(IntEnum):
    """Kind of a service error. The values of `CHANGE_SCOPE` are reserved: any is kept as its number."""

    APPLICATION_REFERENCE = 0
    HARDWARE_RESOURCE = 1
    VDE_STATE_ERROR = 2
    SERVICE = 3
    DEFINITION = 4
    ACCESS = 5
    INITIATE = 6
    LOAD_DATA_SET = 7
    CHANGE_SCOPE = 8
    TASK = 9
    OTHER = 10


_VALUES: dict[ErrorClass, tuple[str, ...]] = {
    ErrorClass.APPLICATION_REFERENCE: (
        "other",
        "time-elapsed",
        "application-unreachable",
        "application-reference-invalid",
        "application-context-unsupported",
        "provider-communication-error",
        "deciphering-error",
    ),
    ErrorClass.HARDWARE_RESOURCE: (
        "other",
        "memory-unavailable",
        "processor-resource-unavailable",
        "mass-storage-unavailable",
        "other-resource-unavailable",
    ),
    ErrorClass.VDE_STATE_ERROR: (
        "other",
        "no-dlms-context",
        "loading-data-set",
        "status-nochange",
        "status-inoperable",
    ),
    ErrorClass.SERVICE: ("other", "pdu-size", "service-unsupported"),
    ErrorClass.DEFINITION: ("other", "object-undefined", "object-class-inconsistent", "object-attribute-inconsistent"),
    ErrorClass.ACCESS: (
        "other",
        "scope-of-access-violated",
        "object-access-violated",
        "hardware-fault",
        "object-unavailable",
    ),
    ErrorClass.INITIATE: (
        "other",
        "dlms-version-too-low",
        "incompatible-conformance",
        "pdu-size-too-short",
        "refused-by-the-vde-handler",
    ),
    ErrorClass.LOAD_DATA_SET: (
        "other",
        "primitive-out-of-sequence",
        "not-loadable",
        "dataset-size-too-large",
        "not-awaited-segment",
        "interpretation-failure",
        "storage-failure",
        "data-set-not-ready",
    ),
    ErrorClass.TASK: ("other", "no-remote-control", "ti-stopped", "ti-running", "ti-unusable"),
    ErrorClass.OTHER: ("other",),
}


def _spelled(member: IntEnum) -> str:
    return member.name.lower().replace("_", "-")


class ConfirmedServiceError(Apdu, frozen=True):
    """A service of the association itself, or of short name referencing, failed."""

    HEAD = b"\x0e"
    service: ConfirmedService
    error_class: ErrorClass
    value: Unsigned8

    @property
    def defined(self) -> bool:
        """Whether the class has such a value."""
        names = _VALUES.get(self.error_class)
        return names is None or self.value < len(names)

    @property
    def label(self) -> str:
        """Class and value in the standard's words."""
        names = _VALUES.get(self.error_class, ())
        value = names[self.value] if self.value < len(names) else str(self.value)
        return f"{_spelled(self.error_class)}: {value}"

    @classmethod
    def read(cls, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance | None) -> tuple[Self, int]:
        error, end = super().read(octets, offset, limits, tolerance)
        if not error.defined:
            raise DecodeError(f"{error.value} is no value of {_spelled(error.error_class)}", end - 1, ("value",))
        return error, end

    def write(self) -> bytes:
        if not self.defined:
            raise EncodeError(f"value: {self.value} is no value of {_spelled(self.error_class)}")
        return super().write()
