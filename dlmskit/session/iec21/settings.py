"""How a client holds an IEC 62056-21 dialogue."""

from __future__ import annotations

from typing import Literal

import msgspec

from dlmskit.limits import DEFAULT_LIMITS, Limits


class Iec21DialogueSettings(msgspec.Struct, frozen=True):
    """`address` is the device address of the sign-on, empty for whichever meter is there.

    `mode` says what `open` does: ``programming`` signs on and logs in, ``read-out`` waits for the first operation; all
    operations work either way. `password_command` (``P1``, ``P2``) logs in with the password that the key store gives;
    None reads without. `rate` is the rate character to select, None for the one that the meter offers. Times in
    seconds: `timeout` for an answer, or the next partial block of one, `read_out_timeout` for a whole data read-out. A
    sign-on that is not answered within `timeout`, or 5 s where that is longer, is repeated `retries` times.
    """

    address: str = ""
    mode: Literal["programming", "read-out"] = "programming"
    password_command: str | None = None
    rate: str | None = None
    timeout: float = 5.0
    read_out_timeout: float = 600.0
    retries: int = 2
    limits: Limits = DEFAULT_LIMITS
