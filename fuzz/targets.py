"""Every target by name: what holds its invariant, and the octets that a run begins with."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).parent.parent
VECTORS = ROOT / "tests" / "vectors"
MODELS = ROOT / "devices"

Check = Callable[[bytes], object]


class Target(msgspec.Struct, frozen=True):
    """The module of the target's name has ``check``, which takes text where the encoding `text` is set.

    Seeds are the vectors of `families`, and `seeds`.
    """

    families: tuple[str, ...] = ()
    seeds: tuple[bytes, ...] = ()
    text: str = ""


def _hex(*texts: str) -> tuple[bytes, ...]:
    return tuple(map(bytes.fromhex, texts))


_CONVERSATION = _hex(
    "07c401c1000600bc61", "0cc402c100000000010002090308c402c10100000002000103", "0bc40181000203110112000216"
)
_SHORT_NAMES = _hex(
    "080c01000600bc614e",
    "080c010200000101060b0c01020100020480000001",
    "050501023008050501050001050501023010050501050001050501050002",
    "090501060000010501020a05010601000203300810",
    "0d060107000001010904010230080e0601070100020109040106000001",
    "0a16010230100109023132040e050301030d0100050d01020001",
    "18050104fa5800091000000000000000000000000000000000",
    "050c01030001040c010304040c01010b",
    "080501043150000f010c180001023008010600000001",
)
_TELEGRAM = _hex("727856341224230107550000000413153100002f8d14c221430f0102", "7a5500000001fd1705")

_TABLES = _hex(
    "0102" + "0203090c07e60101ff0a0000ff80000006000000011107" * 2, "13020209060a0c07e60101ff0a0000ff80000000000001"
)
_DLT645 = _hex("fefefefe685634120000006891083333343337363534a816", "68aaaaaaaaaaaa681300df16")
_WIRELESS = _hex("1444ae4c4455223368077a55000000041389e20100", "0f44ae4c4455223368078c205500000000")

TARGETS: dict[str, Target] = {
    "axdr": Target(("axdr-data",)),
    "columns": Target(("axdr-data",), _TABLES),
    "apdu": Target(("apdu",)),
    "hdlc_stream": Target(("hdlc-frame",)),
    "wrapper_stream": Target(("wrapper",)),
    "session": Target(seeds=_CONVERSATION),
    "short_names": Target(seeds=_SHORT_NAMES),
    "cipher": Target(("security", "apdu")),
    "general": Target(("security", "apdu")),
    "iec21": Target(("iec62056-21", "p1")),
    "mbus": Target(("mbus-frame",)),
    "telegram": Target(seeds=_TELEGRAM),
    "dlt645_stream": Target(seeds=_DLT645),
    "p1_stream": Target(("p1", "iec62056-21")),
    "wmbus": Target(seeds=_WIRELESS),
    "observer": Target(("hdlc-frame", "wrapper", "mbus-frame", "apdu", "iec62056-21", "axdr-data")),
    "obis": Target(text="latin-1", seeds=(b"1-0:1.8.0*255", b"1.0.1.8.0.255", b"0100010800FF", b"1-*:3.4*6")),
    "notation": Target(("apdu",)),
    "typed_view": Target(),
    "model_files": Target(text="utf-8"),
    "differential": Target(("axdr-data", "apdu", "hdlc-frame")),
}


def check_of(name: str) -> Check:
    """The invariant of a target, over octets."""
    check: Callable[[Any], object] = import_module(f"fuzz.{name}").check
    text = TARGETS[name].text
    return (lambda octets: check(octets.decode(text, "replace"))) if text else check


def seeds(name: str) -> list[bytes]:
    """Where a run of a target begins: vectors of our tests, and what the target names itself."""
    target = TARGETS[name]
    found = [octets for family in target.families for octets in _vectors(family)]
    if name == "model_files":
        found += [path.read_bytes() for path in sorted(MODELS.rglob("*.toml"))]
    if name == "typed_view":
        found += _attributes()
    if name == "notation":
        found += [text for octets in found for text in import_module("fuzz.notation").texts(octets)]
    return [*found, *target.seeds, b""]


def _attributes() -> list[bytes]:
    """Attributes of a foreign stack's objects, one of each type in each place."""
    rows = map(json.loads, (ROOT / "tests" / "cosem" / "witnesses" / "gurux-dlms.jsonl").read_text().splitlines())
    return [bytes.fromhex(text) for text in sorted({text for row in rows for text in row["attributes"].values()})]


def _vectors(family: str) -> Iterator[bytes]:
    for line in (VECTORS / f"{family}.jsonl").read_text().splitlines():
        yield bytes.fromhex(json.loads(line)["hex"])
