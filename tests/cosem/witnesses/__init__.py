"""What others say about interface classes: where the octets and the facts of this folder come from.

- ``gxf.jsonl``: names and types of attributes in the object lists of Dutch meters (DSMR 2.2 to SMR 5.5), facts of the
  project OSGP/open-smart-grid-platform, Apache-2.0.
- ``gxf-codes.jsonl``: the OBIS codes of the same lists with their descriptions.
- ``gb.jsonl``: shapes of what the British reference commands write and pass (GBCS test data 4.5.0 in the public project
  SmartDCCInnovation/gbcs-parser, of which only facts are used): types and lengths are theirs, every value is made
  all ones here; how many bits a bit-string has is not known from them.
- ``gurux-dlms.jsonl``: what objects of the package gurux-dlms 1.0.203 wrote after they had taken the values of
  `tests.cosem.typical`; `tests/interop/test_peer_classes.py` asks the package itself.
- the dialogues in ``tests/transcripts``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TITLES = {
    "gxf": "object lists of Dutch meters",
    "gb": "British reference commands",
    "gurux-dlms": "objects of gurux-dlms",
}


def lines(name: str) -> list[dict[str, Any]]:
    """The rows of a witness."""
    return [json.loads(line) for line in (HERE / f"{name}.jsonl").read_text("utf-8").splitlines()]


def witnesses(class_id: int, version: int) -> list[str]:
    """Titles of the witnesses that a version of a class has here; the British commands do not say a version."""
    found = []
    for name, title in TITLES.items():
        rows = (row for row in lines(name) if row["class_id"] == class_id)
        if any(row.get("version", version) == version for row in rows):
            found.append(title)
    return found
