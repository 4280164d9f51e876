"""Every error that dlmskit raises on purpose, as one tree.

::

    class                              raised when
    DlmskitError
     +-- DecodeError(ValueError)       octets are not what they should be
     |    +-- TruncatedError           octets ran out inside an element
     |    +-- FrameError               a frame is malformed
     |    |    +-- HeaderCheckError    its header check sequence is wrong
     |    |    +-- FrameCheckError     its frame check sequence or checksum is wrong
     |    +-- LimitError               a bound of `dlmskit.limits` was hit
     +-- EncodeError(ValueError)       a value does not fit its type on the wire
     +-- ProtocolError
     |    +-- LocalProtocolError       we asked for something the dialogue does not allow now
     |    +-- RemoteProtocolError      the peer broke the protocol
     +-- AssociationError              an association was refused or aborted
     +-- SecurityError
     |    +-- AuthenticationError      a tag or a password does not verify
     |    +-- ReplayError              an invocation counter came back or went down
     |    +-- PolicyError              protection is weaker than what was asked for
     |    +-- KeyUnavailable           no key for this purpose and peer
     +-- ServiceError                  the meter answered, and said no
     |    +-- DataAccessError          GET or SET
     |    +-- ActionError              ACTION
     |    +-- ExceptionResponseError   exception-response or confirmed-service-error
     +-- TransportError(OSError)       the line
     |    +-- TransportTimeout(TimeoutError)
     |    +-- TransportClosed
     |    +-- UnknownOutcome           something that changes the meter got no answer
     +-- TranslationError
     |    +-- UnsupportedService       this meter cannot do this market service
     |    +-- UnknownObject            the model has no such object
     |    +-- NotRepresentable         a value has no form in the target dialect
     +-- DeviceError
          +-- PluginLoadError          a plug-in or a model file cannot be used
          +-- FirmwareModelError       the virtual meter's model is inconsistent

A message says what was wanted, what was found and where; keys, tags, passwords and plaintext never enter one.
"""

from __future__ import annotations

from typing import Self


class DlmskitError(Exception):
    """Base of every error in this package."""


class DecodeError(DlmskitError, ValueError):
    """Octets could not be decoded.

    `reason` says what was wanted and found, `offset` is the octet index in the decoded input where it went wrong and
    `path` the element's place, outermost first, for example ``("get-response-normal", "data", "[3]")``.
    """

    def __init__(self, reason: str, offset: int = 0, path: tuple[str, ...] = ()) -> None:
        super().__init__(reason, offset, path)
        self.reason = reason
        self.offset = offset
        self.path = path

    def __str__(self) -> str:
        where = f" in {'/'.join(self.path)}" if self.path else ""
        return f"{self.reason} (octet {self.offset}{where})"

    def within(self, *path: str, shift: int = 0) -> Self:
        """The same error seen from an enclosing element that starts `shift` octets earlier."""
        return type(self)(self.reason, self.offset + shift, (*path, *self.path))


class TruncatedError(DecodeError):
    """Octets ran out inside an element; `offset` is where they ran out or where the element begins."""


class FrameError(DecodeError):
    """A link frame is malformed."""


class HeaderCheckError(FrameError):
    """The header check sequence of an HDLC frame is wrong."""


class FrameCheckError(FrameError):
    """The frame check sequence, block check character or checksum is wrong."""


class LimitError(DecodeError):
    """A bound of `dlmskit.limits.Limits` was hit; `reason` names the bound."""


class EncodeError(DlmskitError, ValueError):
    """A value does not fit the type that it should be encoded as."""


class ProtocolError(DlmskitError):
    """The dialogue was broken.

    `answer` holds the APDU octets that a server must send back for it, empty when there is none.
    """

    def __init__(self, reason: str, *, answer: bytes = b"") -> None:
        super().__init__(reason)
        self.reason = reason
        self.answer = answer


class LocalProtocolError(ProtocolError):
    """We asked for something that the state of the dialogue does not allow."""


class RemoteProtocolError(ProtocolError):
    """The peer sent something that the state of the dialogue does not allow."""


class AssociationError(DlmskitError):
    """An association was refused, aborted or lost; `result` and `diagnostic` are the peer's words where it gave any."""

    def __init__(self, reason: str, *, result: str | None = None, diagnostic: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.result = result
        self.diagnostic = diagnostic


class SecurityError(DlmskitError):
    """Something about protection failed."""


class AuthenticationError(SecurityError):
    """An authentication tag, challenge answer or password does not verify."""


class ReplayError(SecurityError):
    """An invocation counter is not above the last accepted one."""


class PolicyError(SecurityError):
    """Protection is missing or weaker than the floor that was set."""


class KeyUnavailable(SecurityError):
    """No key is known for this purpose and peer."""


class ServiceError(DlmskitError):
    """The meter answered and refused; `result` is the standard's name of the reason."""

    def __init__(self, result: str, what: str = "") -> None:
        super().__init__(result, what)
        self.result = result
        self.what = what

    def __str__(self) -> str:
        return f"the meter refused {self.what}: {self.result}" if self.what else f"the meter refused: {self.result}"


class DataAccessError(ServiceError):
    """A GET or SET was refused with a data-access-result."""


class ActionError(ServiceError):
    """An ACTION was refused with an action-result."""


class ExceptionResponseError(ServiceError):
    """An exception-response or a confirmed-service-error came instead of an answer."""


class TransportError(DlmskitError, OSError):
    """The line failed: no port, no connection, no permission."""


class TransportTimeout(TransportError, TimeoutError):
    """Nothing, or not enough, came in time."""


class TransportClosed(TransportError):
    """The other end closed the line."""


class UnknownOutcome(TransportError):
    """Something that changes the meter was sent and got no answer: it may or may not have been done. Read back before
    it is sent again; `__cause__` is what happened to the line.
    """


class TranslationError(DlmskitError):
    """A market command and a meter's native frames do not go together."""


class UnsupportedService(TranslationError):
    """The model of this meter does not realise this market service."""


class UnknownObject(TranslationError):
    """The model of this meter has no object of this name."""


class NotRepresentable(TranslationError):
    """A value has no form in the dialect it should be translated to."""


class DeviceError(DlmskitError):
    """Device knowledge is broken."""


class PluginLoadError(DeviceError):
    """A device plug-in or model file cannot be used; `file` and `line` say where."""

    def __init__(self, reason: str, *, file: str = "", line: int | None = None) -> None:
        super().__init__(reason, file, line)
        self.reason = reason
        self.file = file
        self.line = line

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.reason}" if where else self.reason


class FirmwareModelError(DeviceError):
    """The virtual meter's model is inconsistent."""
