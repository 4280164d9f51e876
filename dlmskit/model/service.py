"""Rows that say how a model realises a market service: native steps, what their results mean, and when it is done.

The rows are data for `dlmskit.translate`, which reads them in both directions: a request becomes a plan, and observed
operations become the request that they carry. Names in `Conversion.of` are those of the service's parameters (of the
request), of earlier steps (their result), of a step with ``.at`` (when its answer came), or ``now``.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

Index = Annotated[int, msgspec.Meta(ge=-128, le=127)]
"""Number of an attribute or method"""

Verb = Literal["get", "set", "action", "read-out", "read", "write", "execute"]
"""COSEM GET, SET, ACTION; IEC 62056-21 read-out and the programming commands R, W and E"""


READS = ("get", "read-out", "read")
"""The verbs that leave the meter as it is"""


class Conversion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value made from others: `as` names a converter of `dlmskit.translate.convert`.

    `objects` names the objects of the model that it needs by their use and role, `with` holds its other options.
    """

    as_: str = msgspec.field(name="as")
    of: tuple[str, ...] = ()
    objects: dict[str, str] = {}
    with_: dict[str, Any] = msgspec.field(name="with", default_factory=dict)


class StepRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One native operation. `value` makes what it carries: selective access, value, parameters or data set."""

    name: str
    do: Verb
    object: str = ""
    """role of the object, empty for a read-out"""
    attribute: Index = 0
    method: Index = 0
    value: Conversion | None = None
    optional: bool = False
    """a meter that refuses it is still served"""
    essential: bool = False
    """the step that carries the command: observed operations without it are not this service"""


class Bound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A test of a number's size without sign: literals, or the name of a parameter of the request."""

    at_most: int | str | None = None
    above: int | str | None = None


Test = tuple[bool | int | str, ...] | Bound
"""The values that are meant, or a bound"""


def limits(test: Test) -> tuple[int | str | None, ...]:
    """The limits of a bound, none for literals."""
    return (test.at_most, test.above) if isinstance(test, Bound) else ()


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ends the service with `outcome` as soon as every value named in `when` is known and passes its test."""

    when: dict[str, Test]
    outcome: Literal["acknowledged", "refused", "not-supported", "unknown"]
    reason: str = ""


class Service(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[[service]]`: one market service on this model. Steps keep their order around every writing step.

    `values` are named results; those that the service's market answer has a field for enter it, and rules test them.
    """

    id: str
    source: str
    confidence: Literal["witnessed", "seen", "common-knowledge", "unwitnessed", "fictional"]
    steps: tuple[StepRow, ...]
    values: dict[str, Conversion] = {}
    rules: tuple[Rule, ...] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        """Every object role that the rows name, in their order."""
        conversions = [*self.values.values(), *(step.value for step in self.steps if step.value is not None)]
        named = [step.object for step in self.steps] + [role for each in conversions for role in each.objects.values()]
        return tuple(dict.fromkeys(role for role in named if role))
