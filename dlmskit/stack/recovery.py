"""What is asked for again when no answer came, and when: the one policy of clients, pools and running plans."""

from __future__ import annotations

import msgspec

from dlmskit.exceptions import AssociationError, DlmskitError, TransportError, UnknownOutcome
from dlmskit.session.operations import Operation, only_reads

_PASSING = "rejected-transient"


class Retry(msgspec.Struct, frozen=True):
    """A read without an answer is asked for `repeats` times more, over a new line where the old one broke.

    `pause` seconds go before the first repeat, twice as many before each next one, `longest` at most. What changes the
    meter is never sent twice.
    """

    repeats: int = 2
    pause: float = 1.0
    longest: float = 30.0

    def seconds(self, repeat: int) -> float:
        """How long to wait before the repeat of this number, from 1."""
        return min(self.pause * 2.0 ** min(repeat - 1, 32), self.longest)


NO_RETRY = Retry(0, 0.0)


class Attempts:
    """Counts the failures of one operation that only reads. `repeat` is the number of the next try, 0 for the first."""

    def __init__(self, retry: Retry) -> None:
        self.repeat = 0
        self._retry = retry

    def again(self, error: DlmskitError) -> bool:
        """Whether to try once more after `error`: where the line failed, or the meter had no time for us."""
        passing = isinstance(error, AssociationError) and error.result == _PASSING
        if not passing and not isinstance(error, TransportError):
            return False
        self.repeat += 1
        return self.repeat <= self._retry.repeats

    @property
    def seconds(self) -> float:
        """How long to wait before the next try."""
        return self._retry.seconds(self.repeat)


def unanswered(operation: Operation, error: TransportError) -> TransportError:
    """What to raise where no answer came: for what changes the meter, that its outcome is not known."""
    if only_reads(operation):
        return error
    what = operation.__struct_config__.tag
    unknown = UnknownOutcome(
        f"no answer to {what}, so it is not known whether the meter did it; read back first: {error}"
    )
    unknown.__cause__ = error
    return unknown
