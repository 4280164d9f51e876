"""Dialogues of other stacks: every octet decodes, ciphered ones open with verified tags, bad ones are diagnosed.

``python -m pytest tests/test_transcripts.py --transcripts DIR`` runs any folder of this form, which is told in
tests/transcripts/README.md; without it the dialogues in tests/transcripts are run.
"""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path

import msgspec
import pytest
from transcript_forms import Transcript, faults, observe, refusals

OURS = Path(__file__).parent / "transcripts"

KNOWN_BAD = {
    "*aspublished*": "octets too many",
    "*__gurux-c__*pdu64*": "octets too many",
    "dlms-cosem__*__high_*": "CtoS is a challenge of 5 octets",
    "dlms-cosem__*__low_4byteaddr_*": "an HDLC address has 1, 2 or 4 octets, found 3",
    "*__wrong_password_*": "authentication-failure",
    "*__wrong_*": "",
}
"""name of a dialogue that is bad on purpose, and the words of the reason"""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "transcript" in metafunc.fixturenames:
        folder = metafunc.config.getoption("--transcripts") or OURS
        transcripts = [Transcript.load(path) for path in sorted(folder.glob("*.jsonl"))]
        metafunc.parametrize("transcript", transcripts, ids=[transcript.name for transcript in transcripts])


def test_transcript(transcript: Transcript, record_property: Callable[[str, object], None]) -> None:
    seen = observe(transcript)
    found = list(faults(seen))
    reason = next((words for name, words in KNOWN_BAD.items() if fnmatch(transcript.name, name)), None)
    if reason is None and not any("expect" in note for note in transcript.notes):
        assert found == []
        opened = [message for message in seen.messages if message.origin is not None]
        assert all(message.origin is not None and message.origin.authenticated for message in opened)
        assert len(opened) == sum(layer.name == "ciphered-content" for layer in seen.layers())
        assert seen.messages
        record_property("transcript", "")
        return
    diagnosis = [*found, *refusals(seen)]
    matching = [line for line in diagnosis if (reason or "") in line]
    assert matching, f"bad on purpose, but only found: {diagnosis}"
    record_property("transcript", f"{transcript.name}: {matching[0]} (1 of {len(matching)})")


def read(name: str) -> Transcript:
    return Transcript.load(OURS / f"{name}.jsonl")


def altered(transcript: Transcript, index: int, place: int) -> Transcript:
    reads = list(transcript.reads)
    direction, octets = reads[index]
    reads[index] = direction, octets[:place] + bytes((octets[place] ^ 1,)) + octets[place + 1 :]
    return msgspec.structs.replace(transcript, reads=tuple(reads))


@pytest.mark.parametrize(
    ("name", "index", "place", "reason"),
    [
        ("gurux-c-client__pydlms__gmac_wrapper", 0, -1, "authentication tag does not verify"),
        ("gurux-c-client__pydlms__gmac_wrapper", 7, 12, "authentication tag does not verify"),
        ("gurux-c-client__pydlms__sha256_wrapper", 2, -1, "the answer of pass 3 is not f(challenge)"),
        ("gurux-c-client__pydlms__sha256_wrapper", 3, -1, "the answer of pass 4 is not f(challenge)"),
        ("gurux-c-client__pydlms__sha256_wrapper", 5, 0, "no framing is recognised here"),
        ("gurux-py__pydlms__low_sn_hdlc", 5, 20, "frame check"),
    ],
)
def test_one_bit_is_enough(name: str, index: int, place: int, reason: str) -> None:
    transcript = read(name)
    assert not list(faults(observe(transcript)))
    found = list(faults(observe(altered(transcript, index, place))))
    assert any(reason in line for line in found), found
