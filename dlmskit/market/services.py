"""The market services that are built so far: requests, answers, and their JSON.

A request is named and parametrised as in the service catalogue. Every response has one shape, whatever meter gave it:
outcome, reason where there is one, and the data of its service. Energies are `Decimal` in kWh, times aware datetimes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, TypeVar, get_args

import msgspec

from dlmskit.exceptions import DecodeError, EncodeError, UnsupportedService
from dlmskit.market.outcome import Outcome


class Request(msgspec.Struct, frozen=True, kw_only=True, tag_field="service", forbid_unknown_fields=True):
    """Base of all market requests."""

    title: ClassVar[str] = ""
    kind: ClassVar[Literal["read", "action"]] = "read"
    critical: ClassVar[bool] = False
    answer: ClassVar[type[AnyData]]
    schema: Literal["dlmskit/market-request/1"] = "dlmskit/market-request/1"

    @property
    def service(self) -> str:
        """The catalogue's name."""
        return str(self.__struct_config__.tag)

    @property
    def parameters(self) -> dict[str, Any]:
        """What was asked for, by parameter name."""
        return {name: getattr(self, name) for name in self.__struct_fields__ if name != "schema"}


Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""An aware datetime"""


class MarketData(msgspec.Struct, frozen=True, tag_field="type", forbid_unknown_fields=True):
    """Base of what responses carry."""


class ImportRegisters(MarketData, frozen=True, tag="import-registers"):
    """`active_energy_import` in kWh at `read_time`, the reader's clock when the answer came, UTC."""

    active_energy_import: Decimal
    read_time: Instant

    def __post_init__(self) -> None:
        _need_digits(self.active_energy_import)


class ProfileRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One capture: stamp (UTC), register in kWh (None where the meter has no value), and the meter's status bits."""

    time: Instant
    active_energy_import: Decimal | None
    status: int | None = None

    def __post_init__(self) -> None:
        _need_digits(self.active_energy_import)


class ImportProfile(MarketData, frozen=True, tag="import-profile"):
    """Rows of the period, oldest first."""

    rows: tuple[ProfileRow, ...]


class ClockResult(MarketData, frozen=True, tag="clock"):
    """`clock_time` and `clock_status` read back; `drift` in seconds before setting, positive for a fast clock."""

    clock_time: Instant | None = None
    clock_status: int | None = None
    drift: Decimal | None = None

    def __post_init__(self) -> None:
        _need_digits(self.drift)


ControlState = Literal["disconnected", "connected", "ready-for-reconnection"]


class SupplyStatus(MarketData, frozen=True, tag="supply-status"):
    """The supply switch: whether the output is live, the state, and the control mode 0 to 6 that governs it."""

    control_state: ControlState | None = None
    output_state: bool | None = None
    control_mode: int | None = None

    @property
    def awaiting_consumer(self) -> bool:
        """The meter allows supply, and the consumer has to close the switch."""
        return self.control_state == "ready-for-reconnection"


class ReadImportRegisters(Request, frozen=True, tag="read-import-registers"):
    """The active energy import register now."""

    title = "Read instantaneous import registers"
    answer = ImportRegisters


class ReadActiveImportProfile(Request, frozen=True, tag="read-active-import-profile"):
    """Active energy import profile with `start` <= stamp <= `end`, both aware."""

    start: datetime
    end: datetime
    title = "Read active import profile data"
    answer = ImportProfile

    def __post_init__(self) -> None:
        _need_zone("start", self.start)
        _need_zone("end", self.end)
        if self.end < self.start:
            raise EncodeError(f"period ends at {self.end.isoformat()}, before its start {self.start.isoformat()}")


class SynchroniseClock(Request, frozen=True, tag="synchronise-clock"):
    """Set the clock to `time`, or to the runner's clock where that is None.

    With `maximum_correction` (seconds) a larger correction is refused before anything is written.
    """

    time: datetime | None = None
    maximum_correction: Annotated[int, msgspec.Meta(ge=0)] | None = None
    title = "Synchronise clock"
    kind = "action"
    critical = True
    answer = ClockResult

    def __post_init__(self) -> None:
        if self.time is not None:
            _need_zone("time", self.time)


class ReadSupplyStatus(Request, frozen=True, tag="read-supply-status"):
    """State of the supply switch."""

    title = "Read supply status"
    answer = SupplyStatus


class DisableSupply(Request, frozen=True, tag="disable-supply"):
    """Switch the supply off; the data is what reading back shows."""

    title = "Disable supply"
    kind = "action"
    critical = True
    answer = SupplyStatus


class EnableSupply(Request, frozen=True, tag="enable-supply"):
    """Allow supply: live at once, or awaiting the consumer, as the meter's control mode has it; the data says which."""

    title = "Enable supply"
    kind = "action"
    critical = True
    answer = SupplyStatus


_MOST_DIGITS = 300
_Message = TypeVar("_Message")

AnyRequest = (
    ReadImportRegisters | ReadActiveImportProfile | SynchroniseClock | ReadSupplyStatus | DisableSupply | EnableSupply
)
AnyData = ImportRegisters | ImportProfile | ClockResult | SupplyStatus


class MarketResponse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The answer to one request: `reason` in words where the outcome needs one, `data` of the service's type."""

    service: str
    outcome: Outcome
    reason: str | None = None
    data: AnyData | None = None
    schema: Literal["dlmskit/market-response/1"] = "dlmskit/market-response/1"


SERVICES: dict[str, type[AnyRequest]] = {
    str(each.__struct_config__.tag): each
    for each in (
        ReadImportRegisters,
        ReadActiveImportProfile,
        SynchroniseClock,
        ReadSupplyStatus,
        DisableSupply,
        EnableSupply,
    )
}
"""Request types by the catalogue's service name"""


def service_type(service: str) -> type[AnyRequest]:
    """The request type of a catalogue name. Raises `UnsupportedService`."""
    if service not in SERVICES:
        raise UnsupportedService(f"no market service is called {service} (there are: {', '.join(SERVICES)})")
    return SERVICES[service]


def from_arguments(service: str, arguments: Mapping[str, str]) -> AnyRequest:
    """A request from a service name and texts by parameter name, times in ISO 8601 with an offset.

    Raises `UnsupportedService` for the name, `EncodeError` for a parameter that is missing, unknown or malformed.
    """
    wanted = service_type(service)
    moments = {
        field.name for field in msgspec.structs.fields(wanted) if datetime in (field.type, *get_args(field.type))
    }
    try:
        read = {name: _moment(name, text) if name in moments else text for name, text in arguments.items()}
        return msgspec.convert(read, wanted, strict=False)
    except msgspec.ValidationError as error:
        raise EncodeError(f"parameters of {service}: {error}") from None


def from_pairs(service: str, pairs: tuple[str, ...]) -> AnyRequest:
    """A request from `key=value` texts. Raises as `from_arguments` does."""
    arguments: dict[str, str] = {}
    for pair in pairs:
        key, separator, value = pair.partition("=")
        if not separator:
            raise EncodeError(f"parameters of {service}: expected key=value, found {pair!r}")
        if key in arguments:
            raise EncodeError(f"parameters of {service}: {key} is given twice")
        arguments[key] = value
    return from_arguments(service, arguments)


def to_json(message: AnyRequest | MarketResponse) -> bytes:
    """Compact JSON with the schema id; decimals as strings."""
    return msgspec.json.encode(message)


def request_from_json(octets: bytes | str) -> AnyRequest:
    """Raises `DecodeError` with the place in the document."""
    return _decode(_REQUEST, octets)


def response_from_json(octets: bytes | str) -> MarketResponse:
    """Raises `DecodeError` with the place in the document."""
    return _decode(_RESPONSE, octets)


def _decode(decoder: msgspec.json.Decoder[_Message], octets: bytes | str) -> _Message:
    try:
        return decoder.decode(octets)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise DecodeError(f"not a market message: {error}") from None
    except RecursionError:
        raise DecodeError("not a market message: nested too deep") from None


def _moment(name: str, text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise EncodeError(f"{name}: wanted a time like 2026-11-21T00:00Z, found {text!r}") from None


def _need_zone(name: str, time: datetime) -> None:
    if time.utcoffset() is None:
        raise EncodeError(f"{name} needs a zone or an offset, found {time.isoformat()}")


def _need_digits(number: Decimal | None) -> None:
    """JSON can spell numbers that no meter counts to and no memory holds written out."""
    if number is not None and not (
        number.is_finite() and abs(number.adjusted()) <= _MOST_DIGITS >= len(number.as_tuple().digits)
    ):
        raise EncodeError(f"wanted a number of at most {_MOST_DIGITS} digits")


_REQUEST: msgspec.json.Decoder[AnyRequest] = msgspec.json.Decoder(AnyRequest)
_RESPONSE: msgspec.json.Decoder[MarketResponse] = msgspec.json.Decoder(MarketResponse)
