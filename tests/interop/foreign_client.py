"""Another maker's client as a command; runs in the peer's Python, not in ours.

One JSON argument in: ``how`` (a way of `DlmsClient` to connect), ``arguments`` of it, ``ciphered`` (GMAC under the
public keys), ``general_aad``, ``parameters`` of HDLC, and the names of the ``steps``. One JSON object out: what each
step found.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from pydlms import DlmsClient, Mechanism, SecurityContext
from pydlms.apdu.xdlms import entry_descriptor
from pydlms.client import AccessAction, AccessGet, AccessSet
from pydlms.cosem.data import DlmsData
from pydlms.exceptions import DlmsError
from pydlms.hdlc.connection import HdlcParameters

CLOCK, REGISTER, PROFILE = "0.0.1.0.0.255", "1.0.1.8.0.255", "1.0.99.1.0.255"
MEMO, UNKNOWN = "0.0.96.1.9.255", "9.9.9.9.9.9"
LONG = DlmsData.octet_string(b"block by block " * 20)
SHORT = DlmsData.octet_string(b"in one piece")


def client(wanted: dict[str, Any]) -> DlmsClient:
    arguments = {"timeout": 4.0, **wanted["arguments"]}
    if wanted["ciphered"]:
        keys = bytes(range(16)), bytes(range(0xD0, 0xE0))
        arguments |= {
            "mechanism": Mechanism.HLS_GMAC,
            "security": SecurityContext(
                *keys,
                client_system_title=b"PYDRIG01",
                invocation_counter=1,
                general_aad=wanted.get("general_aad", "sc-ak"),
            ),
        }
    if "parameters" in wanted and arguments.get("hdlc"):
        arguments["hdlc_parameters"] = HdlcParameters(**wanted["parameters"])
    return getattr(DlmsClient, wanted["how"])(**arguments)  # type: ignore[no-any-return]


def short(value: Any) -> Any:
    """A result as JSON has it: octets in text, codes by name."""
    match value:
        case None:
            return None
        case DlmsData():
            return value.value.decode() if isinstance(value.value, bytes) else value.value
    return value.name


def memo(meter: DlmsClient) -> Any:
    meter.set(MEMO, 1, 2, LONG)
    return short(meter.get(MEMO))


def access(meter: DlmsClient) -> Any:
    items = (
        AccessSet(MEMO, 1, 2, SHORT),
        AccessGet(MEMO, 1, 2),
        AccessAction(CLOCK, 8, 1, LONG),
        AccessGet(UNKNOWN, 1, 2),
    )
    return [(short(each.result), short(each.data)) for each in meter.access(items)]


def rights(meter: DlmsClient) -> Any:
    """Access modes of the memo's value and of the clock's first method, in numbers."""
    known = {str(each.logical_name): each.rights for each in meter.get_association_view()}
    memo, clock = known[MEMO].attribute(2), known[CLOCK].method(1)
    return [int(memo.access_mode), memo.readable, memo.writable, int(clock.access_mode), clock.executable]


STEPS: dict[str, Callable[[DlmsClient], Any]] = {
    "objects": lambda meter: MEMO in {str(each.logical_name) for each in meter.get_association_view()},
    "register": lambda meter: str(meter.get_register(REGISTER)),
    "profile": lambda meter: len(meter.read_profile(PROFILE, access=entry_descriptor(11, 50)).rows),
    "list": lambda meter: [short(value) for value in meter.get_many([(MEMO, 1, 2), (UNKNOWN, 1, 2)])],
    "memo": memo,
    "set list": lambda meter: [
        short(each) for each in meter.set_many([(MEMO, 1, 2, SHORT), (UNKNOWN, 1, 2, SHORT)], split_lists=False)
    ],
    "set list in blocks": lambda meter: [
        short(each) for each in meter.set_many([(MEMO, 1, 2, LONG), (UNKNOWN, 1, 2, SHORT)], split_lists=False)
    ],
    "action": lambda meter: short(meter.action(CLOCK, 8, 1, LONG)),
    "action list": lambda meter: [
        short(each) for each in meter.action_many([(CLOCK, 8, 1, SHORT), (UNKNOWN, 8, 1, SHORT)], split_lists=False)
    ],
    "action list in blocks": lambda meter: [
        short(each) for each in meter.action_many([(CLOCK, 8, 1, LONG), (UNKNOWN, 8, 1, SHORT)], split_lists=False)
    ],
    "access": access,
    "rights": rights,
    "read memo": lambda meter: short(meter.get(MEMO)),
}


def main(wanted: dict[str, Any]) -> None:
    found = {}
    with client(wanted) as meter:
        for name in wanted["steps"]:
            try:
                found[name] = STEPS[name](meter)
            except (DlmsError, OSError) as error:
                found[name] = f"{type(error).__name__}: {error}"
    print(json.dumps(found))


main(json.loads(sys.argv[1]))
