"""Image transfer of the virtual meter: our client over a line that is cut, every check, and blocks in any order."""

from __future__ import annotations

import hashlib
import os
import zlib
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.client import Client
from dlmskit.connecting import plan as connection_plan
from dlmskit.exceptions import ActionError, FirmwareModelError, TransportClosed, UnknownOutcome
from dlmskit.model import registry
from dlmskit.model.device import ImageRules
from dlmskit.reading.image import ImageStatus, activate, send, status, verify
from dlmskit.security.key_pair import PrivateKey
from dlmskit.vmeter import defaults
from dlmskit.vmeter.build import meter_of, port_of
from dlmskit.vmeter.image import ImageMemory
from dlmskit.vmeter.meter import VirtualMeter
from dlmskit.vmeter.sim import SimTransport

START = datetime(2026, 11, 21, 10, tzinfo=UTC)
BODY = bytes(range(251)) * 9
IMAGE = BODY + zlib.crc32(BODY).to_bytes(4, "big")
SIGNER = {suite: PrivateKey(bytes((0, 7)) * (8 * suite + 8), suite) for suite in (1, 2)}


class Cut(SimTransport):
    """A line that breaks after so many writes."""

    def __init__(self, port: Any, writes: int) -> None:
        super().__init__(port)
        self.writes = writes

    def write(self, data: bytes) -> None:
        self.writes -= 1
        if self.writes < 0:
            raise TransportClosed("the line was cut")
        super().write(data)


def meter(**rules: Any) -> VirtualMeter:
    """A generic meter that judges images by these rules."""
    model = registry.load("generic")
    rows = [msgspec.structs.replace(row, image=ImageRules(**rules)) if rules else row for row in model.objects]
    found = meter_of(msgspec.structs.replace(model, objects=tuple(rows)), start=START)
    assert isinstance(found, VirtualMeter)
    return found


def client(found: VirtualMeter, writes: int = 10_000) -> Client:
    wanted = connection_plan("sim:generic", association="management", keys=defaults.keys(), timeout=1.0)
    line = Cut(port_of(found, os.urandom, speed=0), writes)
    return Client(line, wanted.stack, keys=wanted.keys, counters=wanted.counters, model=wanted.model)


def test_an_image_arrives_over_a_line_that_is_cut() -> None:
    found = meter()
    first = client(found, writes=9)
    first.open()
    with pytest.raises(UnknownOutcome):
        first.follow(send(IMAGE, b"DKT-2.0"))
    with client(found) as again:
        assert again.follow(status()) is ImageStatus.INITIATED
        blocks = again.get(18, "0-0:44.0.0", 3).value
        missing = again.get(18, "0-0:44.0.0", 4).value
        assert str(blocks) == "1" * missing + "0" * (blocks.length - missing)
        assert 0 < missing < blocks.length == 9
        sent = again.follow(send(IMAGE, b"DKT-2.0", resume=True))
        assert (sent.first, sent.blocks, sent.repeated) == (missing, 9, 0)
        assert again.follow(verify()) is ImageStatus.VERIFICATION_SUCCESSFUL
        assert again.get(18, "0-0:44.0.0", 7).value == [[len(IMAGE), b"DKT-2.0", IMAGE[-4:]]]
        assert again.get(1, "1-0:0.2.0", 2).value == b"1.0"
    with client(found) as third:
        assert third.follow(activate()) is ImageStatus.ACTIVATION_SUCCESSFUL
        assert third.get(1, "1-0:0.2.0", 2).value == b"DKT-2.0"


def test_work_that_takes_its_time() -> None:
    found = meter(check="none", verify_seconds=5, activate_seconds=60)
    with client(found) as asked:
        asked.follow(send(IMAGE, b"slow"))
        assert asked.follow(verify()) is ImageStatus.VERIFICATION_INITIATED
        with pytest.raises(ActionError, match="temporary-failure"):
            asked.follow(send(IMAGE, b"other"))
        found.firmware.clock.physical += 5000
        assert asked.follow(status()) is ImageStatus.VERIFICATION_SUCCESSFUL
        assert asked.follow(activate()) is ImageStatus.ACTIVATION_INITIATED
        assert found.firmware.active_image is None
        found.firmware.clock.physical += 60_000
        assert asked.follow(activate()) is ImageStatus.ACTIVATION_SUCCESSFUL
        assert found.firmware.active_image == b"slow"


CHECKS = {
    "crc-32": (ImageRules(check="crc-32"), IMAGE),
    "sha-256": (ImageRules(check="sha-256"), BODY + hashlib.sha256(BODY).digest()),
    **{
        f"ecdsa-{suite}": (ImageRules(check="ecdsa", key=key.public.to_bytes().hex()), BODY + key.sign(BODY))
        for suite, key in SIGNER.items()
    },
}


def filled(rules: ImageRules, image: bytes) -> ImageMemory:
    memory = ImageMemory(rules)
    memory.initiate(b"id", len(image), 0)
    for number in reversed(range(memory.count)):
        memory.take(number, image[number * memory.block_size :][: memory.block_size], 0)
    return memory


@pytest.mark.parametrize("name", CHECKS)
@given(place=st.integers(0, len(BODY) + 3), bit=st.integers(0, 7))
def test_one_altered_bit_is_found_and_never_runs(name: str, place: int, bit: int) -> None:
    rules, image = CHECKS[name]
    good = filled(rules, image)
    good.activate(0)
    assert (good.active, good.status(0)) == (b"id", ImageStatus.ACTIVATION_SUCCESSFUL)
    altered = bytearray(image)
    altered[place] ^= 1 << bit
    bad = filled(rules, bytes(altered))
    for attempt in (bad.verify, bad.activate):
        with pytest.raises(ActionError, match="other-reason"):
            attempt(0)
    assert (bad.active, bad.status(0)) == (None, ImageStatus.VERIFICATION_FAILED)


@given(order=st.permutations(range(9)), lost=st.integers(0, 8))
def test_blocks_come_in_any_order_and_the_first_missing_one_is_named(order: list[int], lost: int) -> None:
    memory = ImageMemory(ImageRules(check="crc-32", block_size=256))
    memory.initiate(b"id", len(IMAGE), 0)
    for number in order:
        if number != lost:
            memory.take(number, IMAGE[number * 256 : number * 256 + 256], 0)
    assert memory.first_missing == lost
    assert memory.transferred() == [number != lost for number in range(9)]
    with pytest.raises(ActionError, match="other-reason"):
        memory.verify(0)
    assert memory.status(0) is ImageStatus.INITIATED
    memory.take(lost, IMAGE[lost * 256 : lost * 256 + 256], 0)
    assert memory.first_missing == memory.count == 9
    memory.verify(0)


@pytest.mark.parametrize(
    ("number", "octets"), [(9, 256), (0, 255), (0, 257), (8, 256), (8, 0), (2**32 - 1, 256)], ids=str
)
def test_a_block_that_is_not_of_the_image_is_refused(number: int, octets: int) -> None:
    memory = ImageMemory(ImageRules(block_size=256))
    with pytest.raises(ActionError, match="other-reason"):
        memory.take(0, bytes(256), 0)
    memory.initiate(b"id", len(IMAGE), 0)
    with pytest.raises(ActionError, match="other-reason"):
        memory.take(number, bytes(octets), 0)


def test_what_cannot_be_an_image_is_refused() -> None:
    memory = ImageMemory(ImageRules(check="sha-256", capacity=1000))
    for size in (0, 32, 1001, 2**32 - 1):
        with pytest.raises(ActionError, match="other-reason"):
            memory.initiate(b"id", size, 0)
    memory.enabled = False
    for attempt in (lambda: memory.initiate(b"id", 500, 0), lambda: memory.verify(0), lambda: memory.activate(0)):
        with pytest.raises(ActionError, match="read-write-denied"):
            attempt()


@pytest.mark.parametrize("rules", [{"block_size": 8}, {"capacity": 100}, {"check": "ecdsa", "key": "00" * 64}], ids=str)
def test_impossible_rules(rules: dict[str, Any]) -> None:
    with pytest.raises(FirmwareModelError):
        ImageMemory(ImageRules(**rules))
