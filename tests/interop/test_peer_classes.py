"""Attribute values of ours go into the objects of another maker and come out as the same octets; names are compared."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cosem.typical import typical

from dlmskit.cosem import INTERFACE_CLASSES, InterfaceClass

ECHO = Path(__file__).with_name("class_echo.py")
# What gurux-dlms 1.0.203 does not take or does not write as it came, by class and attributes.
OTHERWISE: dict[int, set[int]] = {
    7: {2},  # a buffer only after its capture objects
    10: {2},  # seven bits of weekdays become eight
    12: {2, 3, 4},  # lists are made of its own objects
    15: {2, 5, 10, 11},  # likewise; conformance is always 24 bits; users are not taken
    19: {7, 8, 9},  # passwords are taken and cannot be written
    21: {4},  # actions as a structure
    24: {2, 3, 4, 5},  # nothing is written
    26: {3},  # the length of its own buffer
    28: {7},  # list of callers is not taken
    40: {2, 8, 10, 12},  # restriction values, references, protection options are not written back
    42: {4},  # addresses of 2 octets
    44: {4, 5},  # its own options only
    47: {2},  # text is taken and cannot be written
    64: {6},  # certificates must be certificates
    71: {2},  # a watched object must be one it has
    72: {3},  # capture definition is not taken
    92: {9},  # the length of the context is counted anew
    100: {3, 6},  # the address must be hex
    113: {5, 6},  # the commodity must be an object it has
    123: {2},  # a list of its own objects
    124: {7},
    151: {2},
}
# Its names where they are not the book's, or not those of an object list of Dutch meters: a beginning is left out.
RENAMED = {
    "fcs_ok_frames_counter": "frames_received_correctly",
    "fcs_nok_frames_counter": "failed_receptions",
    "phy_stats_crc_fail_count": "crc_failed_count",
    "mac_list_multicast_entries": "multicast_entries",
    "mac_list_switch_table": "switch_table",
    "mac_list_direct_table": "direct_table",
    "mac_list_available_switches": "available_switches",
    "mac_list_phy_comm": "communications",
}
PREFIXES = ("phy_stats_", "mac_", "adp_")

Ask = Callable[[str], str]


@pytest.fixture(scope="module")
def peer() -> Iterator[Ask]:
    """Asks the peer a line."""
    command = [os.environ["DLMSKIT_PEER_PYTHON"], "-W", "ignore", str(ECHO)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        to_peer, from_peer = process.stdin, process.stdout

        def ask(line: str) -> str:
            to_peer.write(line + "\n")
            to_peer.flush()
            return from_peer.readline().strip()

        yield ask
        to_peer.close()


@pytest.mark.parametrize("declared", INTERFACE_CLASSES.values(), ids=lambda item: f"{item.class_id}v{item.version}")
def test_objects_of_gurux_dlms_give_back_what_they_took(peer: Ask, declared: InterfaceClass) -> None:
    for item in declared.attributes[1:]:
        octets = typical(item.form).to_bytes().hex()
        answer = peer(f"{declared.class_id} {declared.version} {item.index} {octets}")
        if answer.startswith("!no such") or "is not a valid ObjectType" in answer:
            continue
        if item.index not in OTHERWISE.get(declared.class_id, ()):
            assert answer == octets, item.name


def test_pydlms_names_attributes_alike(peer: Ask) -> None:
    compared = 0
    for class_id, version, names, _ in json.loads(peer("names")):
        declared = INTERFACE_CLASSES.get((class_id, version))
        assert declared is not None, (class_id, version)
        ours = [_theirs(item.name) for item in declared.attributes]
        assert ours == [_theirs(name) for name in names], (class_id, version)
        compared += len(names)
    assert compared > 300


def _theirs(name: str) -> str:
    name = RENAMED.get(name, name)
    return next((name.removeprefix(prefix) for prefix in PREFIXES if name.startswith(prefix)), name)
