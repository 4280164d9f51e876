"""A recorded session as one line a frame: direction, octets, and what they say."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from dlmskit.stack.observe.apdus import KeyLookup
from dlmskit.stack.observe.layer import Field, Layer, plain
from dlmskit.stack.observe.observer import Observer
from dlmskit.stack.transcript import Octets, parse

ENVELOPES = frozenset({"ciphered-content", "plain", "attribute", "method", "attributes", "access-selection"})
TOLD_FIELDS = frozenset(
    {
        "instance-id",
        "attribute-id",
        "method-id",
        "result",
        "reason",
        "command",
        "data",
        "mechanism-name",
        "maker",
        "error",
    }
)
TOLD_LEAVES = frozenset({"result", "value", "parameters", "return-parameters", "notification-body"})
NOT_TOLD = frozenset({"block-check", "protocol", "mode", *TOLD_FIELDS})
SHOWN = 48
DATA_SETS_SHOWN = 4


class Frame(msgspec.Struct, frozen=True):
    """One frame of a session; `out` for what the client sent."""

    out: bool
    octets: bytes
    says: str


def frames(recording: str, keys: KeyLookup | None = None) -> Iterator[Frame]:
    """The frames of a recording, in order."""
    observer = Observer(keys)
    streams = {"in": b"", "out": b""}
    for entry in parse(recording.splitlines()):
        if isinstance(entry, Octets):
            streams[entry.dir] += entry.to_bytes()
            for layer in observer.feed(entry.to_bytes(), entry.dir):
                yield Frame(entry.dir == "out", streams[entry.dir][layer.offset : layer.end], summary(layer))


def summary(frame: Layer) -> str:
    """A frame in one line: its kinds from the outside in, then what it points at and carries."""
    kinds: list[str] = []
    told: list[str] = []
    for layer in frame.walk():
        if not layer.role and layer.name not in ENVELOPES and (layer.fields or layer.children):
            kinds.append(layer.name)
        told += [_field(field) for field in layer.fields if field.name in TOLD_FIELDS and field.value is not None]
        if layer.name.startswith("iec21"):
            told += [f"{field.name} {field.value}" for field in layer.fields if field.name not in NOT_TOLD]
        if layer.role in TOLD_LEAVES:
            told.append(_leaf(layer))
        if layer.error is not None:
            told.append(f"({layer.error.reason})")
    more = (
        [f"and {len(told) - DATA_SETS_SHOWN} more"]
        if frame.name == "iec21-data" and len(told) > DATA_SETS_SHOWN
        else []
    )
    words = [*told[:DATA_SETS_SHOWN], *more] if more else told
    return " > ".join(kinds or [frame.name]) + (f"  {' '.join(words)}" if words else f"  {frame.note}".rstrip())


def _field(field: Field) -> str:
    prefix = {"attribute-id": "attribute ", "method-id": "method "}.get(field.name, "")
    return f"{prefix}{plain(field.value)}"


def _leaf(layer: Layer) -> str:
    if layer.value is None:
        return f"{layer.name} {layer.note}".strip()
    text = layer.note or str(plain(layer.value))
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
