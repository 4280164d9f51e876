"""Another maker's codec behind a pipe: an APDU in hex a line in, what it encodes after decoding it a line out.

Runs in the peer's Python, not in ours. A refusal is ``!`` and its reason.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from pydlms.apdu.gbt import decode_gbt, encode_gbt
from pydlms.apdu.sn import decode_sn_apdu
from pydlms.apdu.xdlms import decode_apdu
from pydlms.exceptions import DecodeError

GENERAL_BLOCK_TRANSFER = 0xE0
DECODERS: dict[int, Callable[[bytes], Any]] = dict.fromkeys((0x05, 0x06, 0x0C, 0x0D, 0x16, 0x18), decode_sn_apdu)


def echo(octets: bytes) -> str:
    try:
        if octets[0] == GENERAL_BLOCK_TRANSFER:
            return str(encode_gbt(decode_gbt(octets)).hex())
        return str(DECODERS.get(octets[0], decode_apdu)(octets).to_bytes().hex())
    except (DecodeError, ValueError) as error:
        return f"!{type(error).__name__}: {error}"


for line in sys.stdin:
    print(echo(bytes.fromhex(line)), flush=True)
