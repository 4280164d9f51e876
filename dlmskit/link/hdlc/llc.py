"""The three LLC octets before a message: E6 E6 00 from a client, E6 E7 00 from a meter.

They stand in the first segment only. Source: IEC 62056-46, LLC sublayer.
"""

from __future__ import annotations

from dlmskit.exceptions import FrameError

COMMAND = bytes.fromhex("e6e600")
RESPONSE = bytes.fromhex("e6e700")


def strip(information: bytes, llc: bytes) -> bytes:
    """The message behind `llc`. Raises `FrameError` when other octets, or nothing, follow."""
    if not information.startswith(llc):
        raise FrameError(f"LLC {llc.hex()} expected, found {information[:3].hex()}", 0)
    if len(information) == len(llc):
        raise FrameError("no message behind the LLC octets", len(llc))
    return information[len(llc) :]


def strip_push(information: bytes) -> bytes:
    """The message of a UI frame: meters leave the LLC out of the later blocks of a push."""
    return information[3:] if information[:3] in (COMMAND, RESPONSE) else information
