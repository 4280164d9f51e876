"""What a plan is made of: plain data, the same for every service and dialect, through JSON and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, NamedTuple

import msgspec

from dlmskit.codec.hooks import dec_hook, enc_hook
from dlmskit.cosem.time import TimeRules
from dlmskit.exceptions import DecodeError
from dlmskit.market.outcome import Outcome
from dlmskit.market.services import AnyRequest, MarketResponse
from dlmskit.model.device import Iec21Format
from dlmskit.model.service import Rule
from dlmskit.obis import Obis
from dlmskit.session.operations import Action, ExecuteCommand, Get, ReadOut, ReadRegister, Set, WriteRegister
from dlmskit.translate.text import plan_text

NativeOperation = Get | Set | Action | ReadOut | ReadRegister | WriteRegister | ExecuteCommand
"""The operations that plans are made of"""


class Repeat(StrEnum):
    """What may be done when no answer to a step came."""

    SAFE = "safe to repeat"
    COMPARE = "compare before repeating"
    """sets a state: read back, and repeat only where the state is not there"""
    NEVER = "never repeat blindly"
    """does something: read back, and let whoever asked decide"""


class Binding(msgspec.Struct, frozen=True, omit_defaults=True):
    """An object of the model as a converter needs it."""

    class_id: int | None = None
    obis: Obis | None = None
    address: str | None = None
    format: Iec21Format | None = None
    unit: int | None = None
    scaler: int = 0
    columns: tuple[str, ...] = ()
    """addresses of what an IEC 62056-21 profile captures, in order"""


class Value(msgspec.Struct, frozen=True, omit_defaults=True):
    """A value to be made from parameters, results, or the time: see `dlmskit.model.service.Conversion`."""

    convert: str
    of: tuple[str, ...] = ()
    objects: dict[str, Binding] = {}
    options: dict[str, Any] = {}


class Terms(msgspec.Struct, frozen=True):
    """What a converter knows besides its arguments: the meter's time rules, the objects it was given, its options."""

    time: TimeRules = TimeRules()
    objects: dict[str, Binding] = {}
    options: dict[str, Any] = {}


Convert = Callable[[tuple[Any, ...], Terms], Any]


class Converter(NamedTuple):
    """A pair of pure functions of (arguments, terms); None where a direction has no use."""

    to_meter: Convert | None
    from_meter: Convert | None


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One operation. With `value`, what the operation carries is made when the step is due."""

    name: str
    operation: NativeOperation
    repeat: Repeat
    value: Value | None = None
    optional: bool = False
    essential: bool = False

    @property
    def writes(self) -> bool:
        """Whether the step may change the meter."""
        return self.repeat is not Repeat.SAFE


class Plan(msgspec.Struct, frozen=True):
    """All that running `request` on a meter of one model takes."""

    request: AnyRequest
    lineage: tuple[str, ...]
    """ids of the model and its ancestors; their plug-ins may add converters"""
    time: TimeRules
    steps: tuple[Step, ...]
    values: dict[str, Value]
    rules: tuple[Rule, ...]
    schema: Literal["dlmskit/plan/1"] = "dlmskit/plan/1"

    @property
    def model(self) -> str:
        """Id of the model."""
        return self.lineage[0]

    def to_json(self) -> bytes:
        """The plan as JSON; OBIS codes as text, Data as hex."""
        return msgspec.json.encode(self, enc_hook=enc_hook)

    @classmethod
    def from_json(cls, octets: bytes | str) -> Plan:
        """Raises `DecodeError` for anything that is no plan."""
        try:
            return msgspec.json.decode(octets, type=cls, dec_hook=dec_hook)
        except (msgspec.DecodeError, UnicodeError) as error:
            raise DecodeError(f"not a plan: {error}") from None
        except RecursionError:
            raise DecodeError("not a plan: nested too deep") from None

    def __str__(self) -> str:
        return plan_text(self)


class Answered(msgspec.Struct, frozen=True):
    """A step's result: what the operation gives, and when the answer came (aware)."""

    value: Any
    at: datetime


class Missing(msgspec.Struct, frozen=True):
    """A step without a result.

    ``refused`` is the meter's own word; ``timed-out`` and ``unknown`` leave open whether the meter did it.
    """

    outcome: Outcome
    reason: str


Results = Mapping[str, Answered | Missing]
"""By step name"""


class Ready(msgspec.Struct, frozen=True):
    """A step that may be run now, and its operation in full."""

    step: Step
    operation: NativeOperation


class Done(msgspec.Struct, frozen=True):
    """The end."""

    response: MarketResponse
