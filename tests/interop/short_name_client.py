"""The client of pydlms-client in short names; runs with a Python that has that package, never imports ours.

One JSON argument (port, hdlc, client, mechanism, ciphered, size) in, one JSON object out: what became of each step.
"""

from __future__ import annotations

import datetime
import json
import sys
from collections.abc import Callable
from typing import Any

from pydlms import DlmsClient, Mechanism, SecurityContext
from pydlms.apdu import xdlms
from pydlms.cosem.data import DlmsData

CLOCK, ENERGY, PROFILE = "0.0.1.0.0.255", "1.0.1.8.0.255", "1.0.99.1.0.255"
NAME, IMAGE = "0.0.42.0.0.255", "0.0.44.0.0.255"
wanted = json.loads(sys.argv[1])
steps: dict[str, str] = {}


def step(name: str, act: Callable[[], Any]) -> None:
    """Note what `act` gives, or the error that it raises."""
    try:
        steps[name] = str(act())
    except Exception as error:  # noqa: BLE001 - whatever it is goes into the report
        steps[name] = f"{type(error).__name__}: {error}"


def client() -> DlmsClient:
    """The client that the argument describes."""
    mechanism = Mechanism[wanted["mechanism"]]
    security = None
    if wanted["ciphered"] or mechanism in (Mechanism.HLS_GMAC, Mechanism.HLS_SHA256):
        security = SecurityContext(
            bytes(range(16)), bytes(range(0xD0, 0xE0)), client_system_title=b"PYDSHORT", invocation_counter=1
        )
    extra = {"max_receive_pdu_size": wanted["size"]} if wanted["size"] else {}
    return DlmsClient.tcp(
        "127.0.0.1",
        wanted["port"],
        hdlc=wanted["hdlc"],
        timeout=5.0,
        client_sap=wanted["client"],
        mechanism=mechanism,
        password=b"Gurux" if mechanism is not Mechanism.NONE else None,
        security=security,
        auto_associate=False,
        logical_names=False,
        ciphered_context=wanted["ciphered"],
        **extra,
    )


def main() -> None:
    """All steps of one session."""
    meter = client()
    step("connect", lambda: meter.connect())
    step("associate", lambda: meter.associate())
    step("objects", lambda: len(meter.get_association_view()))
    step("clock", lambda: meter.get_clock(CLOCK))
    step("register", lambda: meter.get_register(ENERGY))
    step("profile", lambda: len(meter.read_profile(PROFILE).rows))
    step("entries", lambda: len(meter.read_profile(PROFILE, access=xdlms.entry_descriptor(1, 2)).rows))
    step("unknown", lambda: meter.get("9.9.9.9.9.9", 1, 2))
    step("denied", lambda: meter.set(ENERGY, 3, 2, DlmsData.uint32(1)))
    step("set", lambda: meter.set(CLOCK, 8, 3, DlmsData.int16(-120)))
    step("set back", lambda: meter.get(CLOCK, 8, 3).value)
    step("set clock", lambda: meter.set_clock(datetime.datetime.now(datetime.UTC), CLOCK))
    step("action", lambda: meter.action(CLOCK, 8, 1, DlmsData.int8(0)))
    step("general blocks", lambda: meter.association.uses_gbt)
    step("long set", lambda: meter.set(NAME, 1, 2, DlmsData.octet_string(bytes(3000))))
    step("long get", lambda: len(meter.get(NAME, 1, 2).value))
    step("long action", lambda: meter.action(IMAGE, 18, 2, DlmsData.octet_string(bytes(3000))))
    step("close", lambda: meter.close())
    print(json.dumps(steps))


main()
