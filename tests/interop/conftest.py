"""Sessions against other stacks run only where those are named; else their files are not collected at all.

``DLMSKIT_PEER_PYTHON`` is a Python that has the peer's packages, ``DLMSKIT_PEER_METER`` the script of the peer meter:
it is started with ``--port P`` and listens on P (HDLC) and P+1 (wrapper) of 127.0.0.1.
"""

from __future__ import annotations

import os

PEER = {name: os.environ.get(name, "") for name in ("DLMSKIT_PEER_PYTHON", "DLMSKIT_PEER_METER")}

WITH_METER = ["test_peer_client.py", "test_peer_commands.py", "test_peer_meter.py", "test_peer_objects.py"]
collect_ignore = [] if all(PEER.values()) else WITH_METER
ONE_PYTHON = ["test_peer_apdus.py", "test_peer_classes.py", "test_peer_protection.py", "test_peer_short_names.py"]
collect_ignore += [] if PEER["DLMSKIT_PEER_PYTHON"] else ONE_PYTHON
if not PEER["DLMSKIT_PEER_PYTHON"]:
    collect_ignore += ["test_peer_clients.py", "test_peer_dialects.py", "test_peer_push.py"]


def pytest_report_header() -> str:
    """Says in every run whether peers take part."""
    lacking = [name for name, value in PEER.items() if not value]
    return f"interop: not collected, {' and '.join(lacking)} not set" if lacking else "interop: against a peer meter"
