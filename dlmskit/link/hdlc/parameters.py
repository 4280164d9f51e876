"""HDLC link parameters: the four numbers that SNRM and UA negotiate, and the time-outs.

::

    81 80 length  05 n size  06 n size  07 n window  08 n window

05 and 06 are the largest information field that the *sender of this frame* transmits and receives, 07 and 08 its
windows. So the transmit size in a meter's UA bounds what the client receives, and the other way round.

Source: IEC 62056-46, SNRM and UA information field.
"""

from __future__ import annotations

import msgspec

from dlmskit.exceptions import EncodeError, FrameError

DEFAULT_MAX_INFO = 128
DEFAULT_WINDOW = 1
LARGEST_INFO = 2030
LARGEST_WINDOW = 7
_FORMAT, _GROUP = 0x81, 0x80
_FIELDS = {5: "max_info_tx", 6: "max_info_rx", 7: "window_tx", 8: "window_rx"}


class HdlcParameters(msgspec.Struct, frozen=True):
    """Sizes in octets, windows in frames, times in seconds. Raises `EncodeError` for sizes and windows out of range.

    `response_timeout` is waited for each answer, `retries` times more; `tail_timeout` for the rest of a segmented push;
    `reply_time` is how long a meter may think before it answers a poll with RR; `poll_interval` is between a client's
    polls of such a meter; `busy_timeout` is how long a client asks a meter that is not ready to receive (RNR);
    `inactivity_timeout` (0 for never) ends a meter's side of a silent link.
    """

    max_info_tx: int = DEFAULT_MAX_INFO
    max_info_rx: int = DEFAULT_MAX_INFO
    window_tx: int = DEFAULT_WINDOW
    window_rx: int = DEFAULT_WINDOW
    response_timeout: float = 3.0
    retries: int = 2
    inter_octet_timeout: float = 1.0
    tail_timeout: float = 4.0
    reply_time: float = 1.5
    poll_interval: float = 0.2
    busy_timeout: float = 30.0
    inactivity_timeout: float = 120.0

    def __post_init__(self) -> None:
        for name in _FIELDS.values():
            largest = LARGEST_INFO if "info" in name else LARGEST_WINDOW
            if not 1 <= getattr(self, name) <= largest:
                raise EncodeError(f"HDLC {name} is 1 to {largest}, not {getattr(self, name)}")

    @property
    def are_default(self) -> bool:
        """Whether the four numbers are those that an empty information field means."""
        return all(getattr(self, name) == getattr(_DEFAULTS, name) for name in _FIELDS.values())

    def to_information(self) -> bytes:
        """The SNRM or UA information field that states these numbers as ours."""
        items = b"".join(
            bytes([identifier, width]) + getattr(self, name).to_bytes(width, "big")
            for identifier, name in _FIELDS.items()
            for width in [self._width(name)]
        )
        return bytes([_FORMAT, _GROUP, len(items)]) + items

    def _width(self, name: str) -> int:
        if "window" in name:
            return 4
        return 1 if getattr(self, name) < 0x100 else 2

    def agreed_with(self, peer: HdlcParameters) -> HdlcParameters:
        """Our own parameters after hearing the peer's: no more is sent than it receives, and the other way round."""
        return msgspec.structs.replace(
            self,
            max_info_tx=min(self.max_info_tx, peer.max_info_rx),
            max_info_rx=min(self.max_info_rx, peer.max_info_tx),
            window_tx=min(self.window_tx, peer.window_rx),
            window_rx=min(self.window_rx, peer.window_tx),
        )


_DEFAULTS = HdlcParameters()


def read_information(information: bytes) -> HdlcParameters:
    """What the peer states about itself in SNRM or UA; what it leaves out has the standard's default.

    Sizes above 2030 count as 2030. Raises `FrameError` with the offset in the field.
    """
    if not information:
        return _DEFAULTS
    if information[:2] != bytes([_FORMAT, _GROUP]) or len(information) < 3:
        raise FrameError("HDLC parameters begin with 81 80 and a length", 0)
    if information[2] != len(information) - 3:
        raise FrameError(f"HDLC parameters announce {information[2]} octets, {len(information) - 3} follow", 2)
    numbers: dict[str, int] = {}
    offset = 3
    while offset < len(information):
        name, value, end = _read_item(information, offset)
        if name is not None:
            numbers[name] = value
        offset = end
    return HdlcParameters(**numbers)


def _read_item(information: bytes, offset: int) -> tuple[str | None, int, int]:
    width = information[offset + 1] if offset + 1 < len(information) else 0
    end = offset + 2 + width
    if not 1 <= width <= 4 or end > len(information):
        raise FrameError("an HDLC parameter has one to four octets of value", offset)
    name = _FIELDS.get(information[offset])
    value = int.from_bytes(information[offset + 2 : end], "big")
    if name is None:
        return None, value, end
    if "info" in name:
        value = min(value, LARGEST_INFO)
    if not 1 <= value <= (LARGEST_INFO if "info" in name else LARGEST_WINDOW):
        raise FrameError(f"HDLC {name} of {value} makes no sense", offset)
    return name, value, end
