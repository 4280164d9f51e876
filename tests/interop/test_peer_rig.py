"""Three foreign clients against the model `interop`, live: every session of a rig that plugs meters in.

``DLMSKIT_PEER_RIG`` is its folder: ``plug.py server NAME CMD`` starts CMD once a session with ports and suite filled
in, prints a line for each session, and records it in ``$RIG_OUT/transcripts``; ``make_keys.py`` makes throw-away keys.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

RIG = Path(os.environ.get("DLMSKIT_PEER_RIG", "."))
PYTHON = os.environ.get("DLMSKIT_PEER_PYTHON", "")
COMMAND = "-m dlmskit sim run interop --hdlc {port} --wrapper {port1} --suite {suite} --keys"
OF_THE_CLIENT = {
    "dlms-cosem__dlmskit__high_hdlc",
    "dlms-cosem__dlmskit__high_wrap",
    "dlms-cosem__dlmskit__low_4byteaddr_hdlc",
    "gurux-py__dlmskit__ecdsa_suite2_wrap",
    "gurux-py__dlmskit__low_sn_hdlc",
}
"""sessions that fail whoever the meter is"""
ENDS_LIKE_A_FLAG = "7e7e"
"""dlms-cosem takes a frame whose check ends like a flag for two"""


def stumbled(transcript: Path) -> bool:
    """Whether the last thing that the client got over HDLC ends as dlms-cosem cannot read it."""
    lines = [json.loads(line) for line in transcript.read_text().splitlines()]
    heard = [line["hex"] for line in lines if line.get("dir") == "s2c"]
    return bool(heard) and heard[-1].endswith(ENDS_LIKE_A_FLAG)


@pytest.mark.skipif(not (PYTHON and "DLMSKIT_PEER_RIG" in os.environ), reason="no rig of peers is named")
def test_every_session_is_clean_but_for_the_clients_own_faults(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    environment = {
        **os.environ,
        "RIG_PYTHON": PYTHON,
        "RIG_OUT": str(tmp_path),
        "RIG_KEYS": str(keys),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    subprocess.run([PYTHON, str(RIG.parent / "peers" / "make_keys.py")], env=environment, check=True)
    done = subprocess.run(
        [PYTHON, "plug.py", "server", "dlmskit", f"{sys.executable} {COMMAND} {keys}"],
        cwd=RIG,
        env=environment,
        capture_output=True,
        text=True,
    )
    sessions = dict(re.findall(r"^(\S+): \d+ pass, (\d+) fail", done.stdout, re.MULTILINE))
    assert len(sessions) == 55, done.stdout + done.stderr
    failed = {name for name, count in sessions.items() if count != "0"}
    ours = {
        name
        for name in failed - OF_THE_CLIENT
        if not (name.startswith("dlms-cosem") and stumbled(tmp_path / "transcripts" / f"{name}.jsonl"))
    }
    assert ours == set(), done.stdout
