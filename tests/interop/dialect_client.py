"""Another maker's client on a dialect; runs with a Python that has pydlms-client, never imports ours.

One JSON argument (port, hdlc, client_sap, server_physical, address_size, ciphered) in; one JSON object out: by logical
name of each register that the meter lists, its number, scaler and unit, and of each profile its number of columns and
of rows 1 to 3.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from pydlms import DlmsClient, Mechanism, SecurityContext
from pydlms.apdu.xdlms import entry_descriptor

wanted = json.loads(sys.argv[1])
REGISTERS, PROFILE = (3, 4), 7


def client() -> DlmsClient:
    arguments: dict[str, Any] = {key: wanted[key] for key in ("hdlc", "client_sap", "server_physical", "address_size")}
    if wanted["ciphered"]:
        keys = bytes(range(16)), bytes(range(0xD0, 0xE0))
        security = SecurityContext(*keys, client_system_title=b"PYDRIG01", invocation_counter=1)
        arguments |= {"mechanism": Mechanism.HLS_GMAC, "security": security}
    else:
        arguments |= {"mechanism": Mechanism.LLS, "password": b"12345678"}
    return DlmsClient.tcp("127.0.0.1", wanted["port"], timeout=10.0, **arguments)


def main() -> None:
    registers, profiles = {}, {}
    with client() as meter:
        for item in meter.get_association_view():
            name, class_id = str(item.logical_name), int(item.class_id)
            if class_id in REGISTERS:
                number = meter.get(name, class_id, 2).to_python()
                number = number.hex() if isinstance(number, bytes) else number
                registers[name] = [number, *meter.get(name, class_id, 3).to_python()]
            if class_id == PROFILE:
                columns = len(meter.get(name, class_id, 3).to_python())
                rows = meter.read_profile(name, access=entry_descriptor(1, 3)).rows
                profiles[name] = [columns, len(rows)]
    print(json.dumps({"registers": registers, "profiles": profiles}))


main()
