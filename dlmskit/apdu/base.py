"""What every APDU class has: a name, a head that identifies it, and octets both ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Self

from dlmskit.apdu.sequence import Sequence, asn1_name
from dlmskit.exceptions import DecodeError, LimitError, TruncatedError
from dlmskit.limits import DEFAULT_LIMITS, Limits, Tolerance


class Apdu(Sequence, frozen=True):
    """One APDU: the octets of `HEAD`, then its fields."""

    NAME: ClassVar[str] = ""
    """the standard's name, for example ``get-response-normal``"""
    HEAD: ClassVar[bytes] = b""
    """tag, and choice octet where the tag stands for several types"""
    PLAIN: ClassVar[bool] = False
    """whether its fields are all that there is to read"""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.PLAIN = cls.read.__func__ is Sequence.read.__func__  # type: ignore[attr-defined]
        if "NAME" not in cls.__dict__:
            cls.NAME = asn1_name(cls.__name__)

    def to_bytes(self) -> bytes:
        """The whole APDU in octets. Raises `EncodeError`."""
        return self.HEAD + self.write()

    @classmethod
    def from_bytes(cls, octets: bytes, *, tolerance: Tolerance | None = None, limits: Limits = DEFAULT_LIMITS) -> Self:
        """Decode exactly one APDU of this class. Raises `DecodeError` whose path begins with `NAME`."""
        octets = bytes(octets)
        if not octets.startswith(cls.HEAD):
            if cls.HEAD.startswith(octets):
                raise TruncatedError(f"wanted {len(cls.HEAD)} octets, {len(octets)} left", len(octets), (cls.NAME,))
            raise DecodeError(f"wanted {cls.HEAD.hex()}, found {octets[: len(cls.HEAD)].hex()}", 0, (cls.NAME,))
        if cls.PLAIN and (apdu := cls.FIELDS.whole(octets, limits)) is not None:
            found: Self = apdu
            return found
        return cls.decode_fields(octets, limits, tolerance)

    @classmethod
    def short_way(cls) -> Callable[[bytes, Limits], Self | None] | None:
        """What decodes octets that `dispatch` found to be of this class; it gives None where anything is amiss."""
        return cls.FIELDS.whole if cls.PLAIN else None

    @classmethod
    def name_for(cls, octets: bytes) -> str:
        """`NAME` of the APDU that `octets` begin, for error paths."""
        return cls.NAME

    @classmethod
    def decode_fields(cls, octets: bytes, limits: Limits, tolerance: Tolerance | None) -> Self:
        """Decode octets that begin with `HEAD` and hold nothing behind the APDU. Raises `DecodeError`."""
        if len(octets) > limits.apdu_octets:
            name = cls.name_for(octets)
            raise LimitError(f"apdu_octets: {len(octets)} above {limits.apdu_octets}", limits.apdu_octets, (name,))
        try:
            value, end = cls.read(octets, len(cls.HEAD), limits, tolerance)
        except DecodeError as error:
            raise error.within(cls.name_for(octets)) from None
        if end != len(octets):
            raise DecodeError(f"{len(octets) - end} octets too many", end, (cls.name_for(octets),))
        return value
