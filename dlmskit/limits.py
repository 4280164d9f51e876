"""What decoders accept: bounds on work and memory, and tolerance of known deviations.

Both are passed as arguments, never global, so that two meters in one process can differ.
"""

from __future__ import annotations

import msgspec

from dlmskit.exceptions import DecodeError


class Limits(msgspec.Struct, frozen=True):
    """Bounds that a peer cannot push us past. Hitting one raises `LimitError` naming it."""

    depth: int = 32
    """nested arrays and structures in one Data"""
    apdu_octets: int = 4 * 1024 * 1024
    """one APDU, after reassembly by the link"""
    transfer_octets: int = 16 * 1024 * 1024
    """one block transfer, after reassembly"""
    blocks: int = 65_536
    """blocks in one transfer"""
    empty_blocks: int = 8
    """blocks without data in one transfer"""
    block_repeats: int = 4
    """times in a row that a general block transfer may repeat itself without getting further"""
    items: int = 2048
    """items of one list in a message (descriptors, results, values), not those of an array in a Data"""
    frame_octets: int = 4096
    """one link frame"""


DEFAULT_LIMITS = Limits()


class Tolerance(msgspec.Struct, kw_only=True, eq=False):
    """Which deviations from the standard a decoder lets pass, and which it met.

    Strict mode refuses every deviation. The default mode accepts deviations that leave one meaning only and records the
    quirk's name in `noticed`; what would change a meaning is never accepted here but declared by a device model.
    """

    strict: bool = False
    noticed: list[str] = []

    def accept(self, quirk: str, offset: int) -> None:
        """Record the deviation called `quirk` seen at `offset`. Raises `DecodeError` in strict mode."""
        if self.strict:
            raise DecodeError(f"deviation from the standard: {quirk}", offset)
        if quirk not in self.noticed:
            self.noticed.append(quirk)
