"""Image transfer (class 18) as procedures: send the blocks, send again what is missing, verify, activate.

A meter that goes on verifying or activating answers temporary-failure; whoever runs the procedures asks for `status`
until it is settled, since only the caller knows how long to wait. Blocks are counted from 0. An interrupted transfer
goes on with `resume`, on the same or on a new association.

Source: Blue Book, Image transfer.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import msgspec

from dlmskit.codec.data import Data, double_long_unsigned, integer, octet_string, structure
from dlmskit.cosem.image import ImageStatus
from dlmskit.exceptions import ActionError, DecodeError, RemoteProtocolError
from dlmskit.obis import Obis
from dlmskit.session.operations import Action, Get, Operation
from dlmskit.stack.dialogue import Procedure

IMAGE_TRANSFER = 18
CURRENT_IMAGE = Obis(0, 0, 44, 0, 0, 255)
_BLOCK_SIZE, _FIRST_MISSING, _ENABLED, _STATUS = 2, 4, 5, 6
_INITIATE, _BLOCK, _VERIFY, _ACTIVATE = 1, 2, 3, 4
_MOST_PASSES = 3
"""times that a block is sent again in a transfer before the meter is given up"""
_STILL_AT_IT = "temporary-failure"


class Sent(msgspec.Struct, frozen=True):
    """A transfer that is complete: `blocks` of `block_size` octets, of which `repeated` went more than once."""

    blocks: int
    block_size: int
    first: int
    repeated: int


def send(image: bytes, identifier: bytes, *, obis: Obis = CURRENT_IMAGE, resume: bool = False) -> Procedure[Sent]:
    """Bring the whole image into the meter; with `resume` go on behind what it has of the same image already.

    Raises `ActionError` for what it refuses, `RemoteProtocolError` where blocks never arrive, and `DecodeError` for
    attributes that are not what they should be.
    """
    if not image:
        raise DecodeError("the image is empty")
    if not (yield from _read(obis, _ENABLED, bool)):
        raise ActionError("read-write-denied", f"image transfer {obis}: it is not enabled")
    size = yield from _read(obis, _BLOCK_SIZE, int)
    if size <= 0:
        raise DecodeError(f"image_block_size of {obis} is {size}")
    count = -(-len(image) // size)
    if not resume:
        given = structure(octet_string(identifier), double_long_unsigned(len(image)))
        yield Action(IMAGE_TRANSFER, obis, _INITIATE, given)
    first = yield from _missing(obis, count)
    for number in range(first, count):
        yield _block(obis, image, number, size)
    repeated = yield from _repeat_missing(obis, image, size, count)
    return Sent(count, size, first, repeated)


def _repeat_missing(obis: Obis, image: bytes, size: int, count: int) -> Generator[Operation, Any, int]:
    tried: dict[int, int] = {}
    while (number := (yield from _missing(obis, count))) < count:
        tried[number] = tried.get(number, 0) + 1
        if tried[number] > _MOST_PASSES:
            raise RemoteProtocolError(f"image transfer {obis}: block {number} of {count} does not arrive")
        yield _block(obis, image, number, size)
    return sum(tried.values())


def verify(obis: Obis = CURRENT_IMAGE) -> Procedure[ImageStatus]:
    """Ask the meter to verify the image; what it says then. Raises `ActionError` for a refusal."""
    return (yield from _invoke(obis, _VERIFY))


def activate(obis: Obis = CURRENT_IMAGE) -> Procedure[ImageStatus]:
    """Ask the meter to activate the image, upon which it may restart; what it says then. Raises `ActionError`."""
    return (yield from _invoke(obis, _ACTIVATE))


def status(obis: Obis = CURRENT_IMAGE) -> Procedure[ImageStatus]:
    """How far the meter is."""
    value = yield from _read(obis, _STATUS, int)
    try:
        return ImageStatus(value)
    except ValueError:
        raise DecodeError(f"image_transfer_status of {obis} is {value}") from None


def _invoke(obis: Obis, method: int) -> Procedure[ImageStatus]:
    try:
        yield Action(IMAGE_TRANSFER, obis, method, integer(0))
    except ActionError as error:
        if error.result != _STILL_AT_IT:
            raise
    return (yield from status(obis))


def _block(obis: Obis, image: bytes, number: int, size: int) -> Action:
    part = image[number * size : (number + 1) * size]
    return Action(IMAGE_TRANSFER, obis, _BLOCK, structure(double_long_unsigned(number), octet_string(part)))


def _missing(obis: Obis, count: int) -> Generator[Operation, Any, int]:
    """The first block that the meter lacks; some name a number behind the last one, some the number of blocks."""
    number: int = yield from _read(obis, _FIRST_MISSING, int)
    if number < 0:
        raise DecodeError(f"image_first_not_transferred_block_number of {obis} is {number}")
    return min(number, count)


def _read(obis: Obis, attribute: int, kind: type) -> Generator[Operation, Any, Any]:
    found = yield Get(IMAGE_TRANSFER, obis, attribute)
    value = found.value if isinstance(found, Data) else None
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise DecodeError(f"attribute {attribute} of {obis} is {type(value).__name__}, wanted {kind.__name__}")
    return value
