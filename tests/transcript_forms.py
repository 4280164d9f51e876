"""Recorded dialogues between stacks that are not ours, and what is wrong in them.

A transcript is JSON lines: ``{"t", "dir": "c2s"|"s2c", "hex"}`` is one read of a socket, not one frame, and
``{"t", "note": {...}}`` is a remark. The first remark names the two stacks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from dlmskit import apdu
from dlmskit.codec.data import Data
from dlmskit.enums import ActionResult, AssociationResult, Mechanism
from dlmskit.exceptions import SecurityError
from dlmskit.security import hls
from dlmskit.security.keys import KeySet
from dlmskit.stack.observe import Layer, Message, Observer

# the keys and the secret that every meter and client of these recordings was given
EK, AK, SECRET = bytes(range(0x10)), bytes(range(0xD0, 0xE0)), b"Gurux"

_STATION_REFUSES = ("hdlc-frame DM", "hdlc-frame FRMR")


class Transcript(msgspec.Struct, frozen=True):
    """One recorded dialogue."""

    name: str
    notes: tuple[dict[str, Any], ...]
    reads: tuple[tuple[str, bytes], ...]
    """direction and octets"""

    @classmethod
    def load(cls, path: Path) -> Transcript:
        lines = [json.loads(line) for line in path.read_text("ascii").splitlines() if line]
        notes = tuple(line["note"] for line in lines if "note" in line)
        reads = tuple((line["dir"], bytes.fromhex(line["hex"])) for line in lines if "hex" in line)
        return cls(path.stem, notes, reads)


class Seen(msgspec.Struct, frozen=True):
    """What the observer made of a transcript: the frames of each direction, and the APDUs in their order."""

    frames: dict[str, list[Layer]]
    octets: dict[str, int]
    messages: list[Message]
    keys: KeySet
    last: str
    """direction of the last octets"""

    def layers(self) -> Iterator[Layer]:
        return (layer for frames in self.frames.values() for frame in frames for layer in frame.walk())


def observe(transcript: Transcript) -> Seen:
    """Look once without keys for the security suite, and again with the keys of that suite."""
    controls = [
        field.value for layer in _seen(transcript, None).layers() for field in layer.fields if _names_suite(field.name)
    ]
    suite = controls[0] & 0x0F if controls else 0
    copies = 2 if suite == 2 else 1
    return _seen(transcript, KeySet(EK * copies, AK * copies, suite=suite))


def _names_suite(field: str) -> bool:
    return field == "security-control"


def _seen(transcript: Transcript, keys: KeySet | None) -> Seen:
    observer = Observer(None if keys is None else lambda _: keys)
    frames: dict[str, list[Layer]] = {}
    octets: dict[str, int] = {}
    for direction, part in transcript.reads:
        frames.setdefault(direction, []).extend(observer.feed(part, direction))
        octets[direction] = octets.get(direction, 0) + len(part)
    for layer in observer.finish():
        last = {direction: max((frame.end for frame in found), default=0) for direction, found in frames.items()}
        frames[next(direction for direction, end in last.items() if end <= layer.offset < octets[direction])].append(
            layer
        )
    return Seen(frames, octets, observer.messages, keys or KeySet(), transcript.reads[-1][0])


def uncovered(seen: Seen) -> Iterator[str]:
    """Octets that belong to no frame."""
    for direction, frames in seen.frames.items():
        at = 0
        for frame in frames:
            if frame.offset > at:
                yield f"{direction}: octets {at} to {frame.offset} belong to no frame"
            at = max(at, frame.end)
        if at != seen.octets[direction]:
            yield f"{direction}: octets from {at} on belong to no frame"


def faults(seen: Seen) -> Iterator[str]:
    """What breaks a rule: octets, tags, challenges and the answers to them."""
    yield from uncovered(seen)
    for direction, frames in seen.frames.items():
        for frame in frames:
            for problem in frame.problems():
                yield f"{direction}: {problem.reason} (octet {problem.offset} of the {frame.name} at {frame.offset})"
    yield from _authentication_faults(seen)


def refusals(seen: Seen) -> Iterator[str]:
    """Where the peer said no, in the standard's words, or nothing at all."""
    for message in seen.messages:
        match message.apdu:
            case apdu.Aare(result=result, result_source_diagnostic=said) if result != AssociationResult.ACCEPTED:
                yield f"association {result.label}: {said.label}"
            case apdu.ExceptionResponse(state_error=state, service_error=service):
                yield f"exception-response: {state.label}, {service.label}"
            case apdu.ConfirmedServiceError() as error:
                yield f"confirmed-service-error: {error.label}"
            case apdu.ActionResponseNormal(result=result) if result != ActionResult.SUCCESS:
                yield f"action refused: {result.label}"
    for direction, frames in seen.frames.items():
        yield from (f"{direction}: {frame.name.split()[1]}" for frame in frames if frame.name in _STATION_REFUSES)
    if seen.last == "c2s":
        yield f"no answer to the last {seen.frames['c2s'][-1].name if seen.frames['c2s'] else 'octets'}"


class _Opening(msgspec.Struct, frozen=True):
    """AARQ and AARE, and the two answers of the passes behind them."""

    aarq: apdu.Aarq
    aare: apdu.Aare
    answers: list[bytes]

    @property
    def titles(self) -> tuple[bytes, bytes]:
        return self.aarq.calling_ap_title or b"", self.aare.responding_ap_title or b""

    @property
    def challenges(self) -> tuple[bytes, bytes]:
        """CtoS and StoC."""
        return self.aarq.calling_authentication_value or b"", self.aare.responding_authentication_value or b""


def _authentication_faults(seen: Seen) -> Iterator[str]:
    opening = _opening([message.apdu for message in seen.messages])
    mechanism = Mechanism.NONE if opening is None else opening.aarq.mechanism_name
    if opening is None or not isinstance(mechanism, Mechanism) or mechanism < Mechanism.HIGH:
        return
    for name, challenge in zip(("CtoS", "StoC"), opening.challenges, strict=True):
        if len(challenge) not in hls.CHALLENGE_OCTETS:
            yield f"{name} is a challenge of {len(challenge)} octets, 8 to 64 are wanted"
            return
    if mechanism != Mechanism.HIGH_ECDSA:
        for index, answer in enumerate(opening.answers):
            if not _right(mechanism, opening, answer, by_server=index == 1, keys=seen.keys):
                yield f"the answer of pass {index + 3} is not f(challenge) of mechanism {mechanism.label}"


def _opening(apdus: list[apdu.Apdu]) -> _Opening | None:
    aarq = next((value for value in apdus if isinstance(value, apdu.Aarq)), None)
    aare = next((value for value in apdus if isinstance(value, apdu.Aare)), None)
    if aarq is None or aare is None or aare.result != AssociationResult.ACCEPTED:
        return None
    parts = [_reply_to_hls(value) for value in apdus]
    return _Opening(aarq, aare, [part for part in parts if part is not None][:2])


def _reply_to_hls(value: apdu.Apdu) -> bytes | None:
    """The answer in the invocation of reply_to_HLS_authentication, or in what it returns."""
    match value:
        case apdu.ActionRequestNormal(method=method, parameters=Data() as answer) if method.class_id == 15:
            return bytes(answer.value)
        case apdu.ActionResponseNormal(return_parameters=Data() as answer) if isinstance(answer.value, bytes):
            return bytes(answer.value)
    return None


def _right(mechanism: Mechanism, opening: _Opening, answer: bytes, *, by_server: bool, keys: KeySet) -> bool:
    (client, server), (ctos, stoc) = opening.titles, opening.challenges
    if mechanism == Mechanism.HIGH_GMAC:
        try:
            title, challenge = (server, ctos) if by_server else (client, stoc)
            hls.gmac_verify(answer, challenge, keys=keys, system_title=title)
        except SecurityError:
            return False
        return True
    as_client = hls.Challenges(client, server, stoc, ctos)
    return hls.secret_answer(mechanism, as_client.seen_by_peer() if by_server else as_client, SECRET) == answer
