"""What can go wrong with a virtual meter, by name and probability: declared as data, drawn from a seed.

Each fault draws from a source of its own on each line of a meter, so the same seed and the same dialogue meet the same
faults, and one fault more changes none of the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from random import Random
from typing import Self

import msgspec

from dlmskit.exceptions import FirmwareModelError


class Kind(msgspec.Struct, frozen=True):
    """What a fault does, and what its parameter means; `cosem` is one that only COSEM meters have."""

    does: str
    parameter: str = ""
    default: int = 0
    cosem: bool = False


KINDS = {
    "drop": Kind("an answer is lost"),
    "delay": Kind("an answer comes late", "milliseconds", 2000),
    "duplicate": Kind("an answer comes twice"),
    "reorder": Kind("an answer is overtaken by the next one, or held back so long", "milliseconds", 1000),
    "corrupt": Kind("one octet of an answer is another one"),
    "bit-errors": Kind("bits of an answer are inverted", "how many", 3),
    "cut": Kind("the line breaks in an answer", "after how many octets", 10),
    "slow": Kind("an answer trickles", "octets per second", 200),
    "silent": Kind("the meter neither hears nor speaks", "seconds", 30),
    "echo": Kind("what the client sends comes back to it"),
    "reboot": Kind("the meter starts again, with all lines down so long", "milliseconds", 500),
    "clock-jump": Kind("the clock jumps, back where negative", "seconds", 3600),
    "full-log": Kind("logs that events or commands fill are full"),
    "busy": Kind("a request is refused as temporary failure", cosem=True),
    "lost-block": Kind("a block of a long answer is left out", cosem=True),
    "repeated-block": Kind("a block of a long answer comes again in place of the next one", cosem=True),
    "late-push": Kind("a notification comes between request and answer", cosem=True),
    "wrong-counter": Kind("a ciphered answer is replaced by the one before, under its old counter", cosem=True),
    "stuck-image": Kind("a block of an image is confirmed and not kept", cosem=True),
    "refusing-firmware": Kind("an image is neither verified nor activated", cosem=True),
}
"""by name"""


class Fault(msgspec.Struct, frozen=True):
    """A fault that strikes with a probability at each occasion; `parameter` None is the kind's own.

    Raises `FirmwareModelError` for an unknown name, a probability outside 0 to 1 and an impossible parameter.
    """

    name: str
    probability: float = 1.0
    parameter: int | None = None

    def __post_init__(self) -> None:
        kind = KINDS.get(self.name)
        if kind is None:
            raise FirmwareModelError(f"no fault named {self.name}: there are {', '.join(KINDS)}")
        if not 0 <= self.probability <= 1:
            raise FirmwareModelError(f"fault {self.name}: a probability is 0 to 1, found {self.probability}")
        if self.parameter is not None and not kind.parameter:
            raise FirmwareModelError(f"fault {self.name} takes no parameter")
        least = -_MOST if self.name == "clock-jump" else 1 if self.name == "slow" else 0
        if not least <= self.value <= _MOST:
            raise FirmwareModelError(f"fault {self.name}: {kind.parameter} are {least} to {_MOST}, found {self.value}")

    @property
    def value(self) -> int:
        """The parameter in force."""
        return KINDS[self.name].default if self.parameter is None else self.parameter

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``NAME[:PROBABILITY[:PARAMETER]]``. Raises `FirmwareModelError`."""
        name, *numbers = text.split(":")
        try:
            probability = float(numbers[0]) if numbers and numbers[0] else 1.0
            parameter = int(numbers[1]) if len(numbers) > 1 else None
        except ValueError:
            raise FirmwareModelError(f"{text!r} is not NAME[:PROBABILITY[:PARAMETER]]") from None
        if len(numbers) > 2:
            raise FirmwareModelError(f"{text!r} is not NAME[:PROBABILITY[:PARAMETER]]")
        return cls(name, probability, parameter)


_MOST = 1_000_000_000


class Faults:
    """The faults of one meter; they may change while it runs. `struck` counts what happened, by name.

    `down_until` is when a meter that starts again hears anything, in the host's seconds.
    """

    def __init__(self, declared: Iterable[Fault] = (), seed: int = 0) -> None:
        self.seed = seed
        self.struck: Counter[str] = Counter()
        self.down_until = 0.0
        self._lines = 0
        self.declare(declared)

    def declare(self, faults: Iterable[Fault]) -> None:
        """These and no others from now on; the last of a name counts."""
        self._by_name = {fault.name: fault for fault in faults}

    @property
    def declared(self) -> tuple[Fault, ...]:
        """What may strike."""
        return tuple(self._by_name.values())

    def of(self, name: str) -> Fault | None:
        """The fault of this name, where it may strike."""
        return self._by_name.get(name)

    def line(self) -> Chance:
        """The chances on one more line."""
        self._lines += 1
        return Chance(self, f"{self.seed}/{self._lines}")


class Chance:
    """What strikes on one line."""

    def __init__(self, faults: Faults, source: str) -> None:
        self.faults = faults
        self._source = source
        self._draws: dict[str, Random] = {}

    def draws(self, name: str) -> Random:
        """Where a fault draws from."""
        if name not in self._draws:
            self._draws[name] = Random(f"{self._source}/{name}")
        return self._draws[name]

    def strikes(self, name: str) -> Fault | None:
        """Whether a fault strikes at this occasion."""
        fault = self.faults.of(name)
        if fault is None or self.draws(name).random() >= fault.probability:
            return None
        self.faults.struck[name] += 1
        return fault
