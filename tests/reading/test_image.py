"""Image transfer against a meter in memory that loses blocks, is slow, or breaks off."""

from __future__ import annotations

from typing import Any

import pytest

from dlmskit.codec.data import Data, boolean, double_long, double_long_unsigned, enum, null_data
from dlmskit.exceptions import ActionError, DecodeError, RemoteProtocolError
from dlmskit.reading.image import CURRENT_IMAGE, ImageStatus, Sent, activate, send, status, verify
from dlmskit.session.operations import Action, Get, Operation

IMAGE = bytes(range(250)) * 2


class ImageMeter:
    """Keeps blocks; loses those in `lost` once, those in `never` always."""

    def __init__(self, *, size: int = 100, lost: set[int] | None = None, never: set[int] | None = None) -> None:
        self.size = size
        self.lost = set(lost or ())
        self.never = never or set()
        self.blocks: dict[int, bytes] = {}
        self.status = ImageStatus.NOT_INITIATED
        self.slow = False
        self.enabled = True
        self.total = 0
        self.identifier = b""

    def answer(self, operation: Operation) -> Data | None:
        if isinstance(operation, Get):
            assert (operation.class_id, operation.obis) == (18, CURRENT_IMAGE)
            return {
                2: double_long_unsigned(self.size),
                4: double_long_unsigned(self.missing()),
                5: boolean(self.enabled),
                6: enum(self.status),
            }[operation.attribute]
        assert isinstance(operation, Action)
        given: Any = operation.parameters.value if operation.parameters is not None else None
        if operation.method == 1:
            self.identifier, self.total = given
            self.blocks, self.status = {}, ImageStatus.INITIATED
        elif operation.method == 2:
            self.take(*given)
        else:
            done = ImageStatus.VERIFICATION_SUCCESSFUL if operation.method == 3 else ImageStatus.ACTIVATION_SUCCESSFUL
            self.status = ImageStatus(done - 1) if self.slow and operation.method == 4 else done
            if self.slow:
                self.status = ImageStatus.VERIFICATION_INITIATED
                raise ActionError("temporary-failure")
        return None

    def take(self, number: int, part: bytes) -> None:
        if number in self.lost or number in self.never:
            self.lost.discard(number)
            return
        self.blocks[number] = part

    def missing(self) -> int:
        return next(number for number in range(10_000) if number not in self.blocks)


def run(procedure: Any, meter: ImageMeter, stop_after: int = 10_000) -> Any:
    """The procedure's answer; breaks off after so many operations."""
    outcome: Any = None
    failure: ActionError | None = None
    for _ in range(stop_after):
        try:
            operation = procedure.throw(failure) if failure is not None else procedure.send(outcome)
        except StopIteration as end:
            return end.value
        outcome, failure = None, None
        try:
            outcome = meter.answer(operation)
        except ActionError as error:
            failure = error
    return None


def test_an_image_arrives_whole() -> None:
    meter = ImageMeter()
    assert run(send(IMAGE, b"FW-1"), meter) == Sent(5, 100, 0, 0)
    assert (meter.identifier, meter.total) == (b"FW-1", 500)
    assert b"".join(meter.blocks[number] for number in range(5)) == IMAGE
    assert run(verify(), meter) is ImageStatus.VERIFICATION_SUCCESSFUL
    assert run(activate(), meter) is ImageStatus.ACTIVATION_SUCCESSFUL


@pytest.mark.parametrize("size", [1, 7, 499, 500, 501])
def test_the_last_block_is_what_is_left(size: int) -> None:
    meter = ImageMeter(size=size)
    run(send(IMAGE, b"FW"), meter)
    assert b"".join(meter.blocks[number] for number in sorted(meter.blocks)) == IMAGE


def test_missing_blocks_go_again() -> None:
    meter = ImageMeter(lost={0, 3, 4})
    assert run(send(IMAGE, b"FW"), meter).repeated == 3
    assert b"".join(meter.blocks[number] for number in range(5)) == IMAGE


def test_a_block_that_never_arrives_ends_it() -> None:
    with pytest.raises(RemoteProtocolError, match="block 2 of 5"):
        run(send(IMAGE, b"FW"), ImageMeter(never={2}))


@pytest.mark.parametrize("steps", range(4, 12))
def test_an_interrupted_transfer_goes_on(steps: int) -> None:
    meter = ImageMeter(lost={1})
    assert run(send(IMAGE, b"FW"), meter, stop_after=steps) is None
    had = meter.missing()
    sent = run(send(IMAGE, b"FW", resume=True), meter)
    assert sent.first == had
    assert b"".join(meter.blocks[number] for number in range(5)) == IMAGE


def test_a_slow_meter_says_how_far_it_is() -> None:
    meter = ImageMeter()
    meter.slow = True
    found = run(verify(), meter)
    assert found is ImageStatus.VERIFICATION_INITIATED
    assert not found.settled
    meter.status = ImageStatus.VERIFICATION_FAILED
    assert run(status(), meter).settled


def test_what_cannot_work_is_said() -> None:
    meter = ImageMeter()
    meter.enabled = False
    with pytest.raises(ActionError, match="not enabled"):
        run(send(IMAGE, b"FW"), meter)
    with pytest.raises(DecodeError, match="image_block_size"):
        run(send(IMAGE, b"FW"), ImageMeter(size=0))
    with pytest.raises(DecodeError, match="empty"):
        run(send(b"", b"FW"), ImageMeter())
    procedure = send(IMAGE, b"FW", resume=True)
    next(procedure)
    procedure.send(boolean(True))
    procedure.send(double_long_unsigned(100))
    with pytest.raises(DecodeError, match="not_transferred"):
        procedure.send(double_long(-1))
    procedure = status()
    next(procedure)
    with pytest.raises(DecodeError, match="wanted int"):
        procedure.send(null_data())
    procedure = status()
    next(procedure)
    with pytest.raises(DecodeError, match="is 9"):
        procedure.send(enum(9))


def test_another_refusal_is_raised() -> None:
    procedure = verify()
    next(procedure)
    with pytest.raises(ActionError, match="hardware-fault"):
        procedure.throw(ActionError("hardware-fault"))
