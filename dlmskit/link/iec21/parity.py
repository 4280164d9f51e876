"""Seven data bits with even parity, where the port itself cannot do it (modems, TCP bridges on 8N1)."""

from __future__ import annotations

from typing import Literal

ParityOption = Literal["auto", "even", "none"]
"""``auto``: taken off when seen, and put on from then; ``even``: always; ``none``: never put on."""

_EVEN = bytes(octet | (octet.bit_count() & 1) << 7 for octet in range(0x80)) * 2
_STRIP = bytes(octet & 0x7F for octet in range(0x100))


class Parity:
    """Takes the parity bit off what comes in and puts it on what goes out."""

    def __init__(self, option: ParityOption) -> None:
        self._auto = option == "auto"
        self._adding = option == "even"

    def strip(self, data: bytes) -> bytes:
        """`data` with bit 7 cleared. The check of a block finds spoilt octets, so parity itself is not checked."""
        if self._auto and not data.isascii():
            self._adding = True
        return data.translate(_STRIP)

    def add(self, data: bytes) -> bytes:
        """`data` as it must go on the line."""
        return data.translate(_EVEN) if self._adding else data
