"""The memory behind an Image transfer object: blocks come in any order, then the image is verified and activated.

::

    NOT_INITIATED  -initiate->  INITIATED  -verify->  VERIFICATION_INITIATED  ->  VERIFICATION_SUCCESSFUL or _FAILED
    VERIFICATION_SUCCESSFUL  -activate->  ACTIVATION_INITIATED  ->  ACTIVATION_SUCCESSFUL

`initiate` begins anew from every state. Activation of what was not verified verifies it first. Nothing of it depends on
a connection or an association. Source: Blue Book, Image transfer.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from typing import Any

import msgspec

from dlmskit.cosem.image import ImageStatus
from dlmskit.exceptions import ActionError, AuthenticationError, FirmwareModelError, SecurityError
from dlmskit.model.device import ImageRules
from dlmskit.security.key_pair import PublicKey
from dlmskit.security.suite import SecuritySuite
from dlmskit.vmeter.clock import SECOND

_AT_WORK = "temporary-failure"
_IMPOSSIBLE = "other-reason"
_DENIED = "read-write-denied"


class Check(msgspec.Struct, frozen=True):
    """How an image is judged: its last `trailer` octets must fit what is before them."""

    trailer: int
    fits: Callable[[bytes, bytes], bool]


class ImageMemory:
    """One image in blocks; `active` is the identifier of the image that runs.

    Times are instants of the physical clock, in milliseconds. Raises `FirmwareModelError` for impossible rules.
    """

    def __init__(self, rules: ImageRules) -> None:
        if not 16 <= rules.block_size <= rules.capacity:
            raise FirmwareModelError(f"image blocks have 16 octets to the capacity, found {rules.block_size}")
        self.block_size = rules.block_size
        self.enabled = True
        self.active: bytes | None = None
        self.identifier = b""
        self.size = 0
        self._rules = rules
        self._check = _check_of(rules)
        self._blocks: dict[int, bytes] = {}
        self._status = ImageStatus.NOT_INITIATED
        self._due: tuple[int, ImageStatus] | None = None

    def save(self) -> list[Any]:
        """All state, as plain values."""
        due = None if self._due is None else [self._due[0], int(self._due[1])]
        blocks = list(self._blocks.items())
        return [self.enabled, self.active, self.identifier, self.size, int(self._status), due, blocks]

    def load(self, state: list[Any]) -> None:
        """Go on from what was saved."""
        self.enabled, self.active, self.identifier, self.size, status, due, blocks = state
        self._status, self._blocks = ImageStatus(status), dict(blocks)
        self._due = None if due is None else (due[0], ImageStatus(due[1]))

    @property
    def count(self) -> int:
        """Blocks that the image has."""
        return -(-self.size // self.block_size)

    @property
    def first_missing(self) -> int:
        """The first block that is not there; the number of blocks when all are."""
        return next((number for number in range(self.count) if number not in self._blocks), self.count)

    def transferred(self) -> list[bool]:
        """Which blocks are there."""
        return [number in self._blocks for number in range(self.count)]

    def status(self, at: int) -> ImageStatus:
        """How far it is; work that takes its time ends here."""
        if self._due is not None and at >= self._due[0]:
            self._status, self._due = self._due[1], None
            if self._status is ImageStatus.ACTIVATION_SUCCESSFUL:
                self.active = self.identifier
        return self._status

    def signature(self) -> bytes:
        """The trailer of a whole image, by which it was judged."""
        trailer = self._check.trailer
        return self._octets()[-trailer:] if trailer and self._complete else b""

    def initiate(self, identifier: bytes, size: int, at: int) -> None:
        """Forget what was there and wait for blocks. Raises `ActionError`."""
        self._need_rest(at)
        if not self._check.trailer < size <= self._rules.capacity:
            raise ActionError(_IMPOSSIBLE, f"an image of {size} octets; {self._rules.capacity} is the most")
        self.identifier, self.size = identifier, size
        self._blocks.clear()
        self._status = ImageStatus.INITIATED

    def take(self, number: int, octets: bytes, at: int) -> None:
        """One block; a repeated one replaces what was there. Raises `ActionError`."""
        self._need_rest(at)
        if self._status is not ImageStatus.INITIATED:
            raise ActionError(_IMPOSSIBLE, "no image transfer was initiated")
        wanted = min(self.block_size, self.size - number * self.block_size)
        if number >= self.count or len(octets) != wanted:
            raise ActionError(_IMPOSSIBLE, f"block {number} of {len(octets)} octets is not of this image")
        self._blocks[number] = octets

    def verify(self, at: int) -> None:
        """Judge the image. Raises `ActionError`: temporary-failure while at work, other-reason where it is not good."""
        self._need_rest(at)
        if self._status is ImageStatus.VERIFICATION_SUCCESSFUL:
            return
        if self._status is not ImageStatus.INITIATED or not self._complete:
            raise ActionError(_IMPOSSIBLE, f"the image lacks block {self.first_missing}")
        good = self._good()
        ends = ImageStatus.VERIFICATION_SUCCESSFUL if good else ImageStatus.VERIFICATION_FAILED
        self._work(ImageStatus.VERIFICATION_INITIATED, ends, self._rules.verify_seconds, at)
        if not good:
            raise ActionError(_IMPOSSIBLE, f"the image does not fit its {self._rules.check}")

    def activate(self, at: int) -> None:
        """Run the image. Raises `ActionError` as `verify`."""
        self._need_rest(at)
        if self._status is ImageStatus.ACTIVATION_SUCCESSFUL:
            return
        self.verify(at)
        self._work(
            ImageStatus.ACTIVATION_INITIATED, ImageStatus.ACTIVATION_SUCCESSFUL, self._rules.activate_seconds, at
        )

    @property
    def _complete(self) -> bool:
        return self.size > 0 and len(self._blocks) == self.count

    def _octets(self) -> bytes:
        return b"".join(self._blocks[number] for number in range(self.count))

    def _good(self) -> bool:
        octets, trailer = self._octets(), self._check.trailer
        return self._check.fits(octets[: len(octets) - trailer], octets[len(octets) - trailer :])

    def _need_rest(self, at: int) -> None:
        if not self.enabled:
            raise ActionError(_DENIED, "image transfer is not enabled")
        if not self.status(at).settled:
            raise ActionError(_AT_WORK, "the image is being worked on")

    def _work(self, meanwhile: ImageStatus, then: ImageStatus, seconds: int, at: int) -> None:
        self._status, self._due = meanwhile, (at + seconds * SECOND, then)
        if not self.status(at).settled:
            raise ActionError(_AT_WORK, "the image is being worked on")


def _check_of(rules: ImageRules) -> Check:
    if rules.check != "ecdsa":
        return _CHECKS[rules.check]
    try:
        octets = bytes.fromhex(rules.key)
        suites = (SecuritySuite.ECDH_ECDSA_AES_GCM_128, SecuritySuite.ECDH_ECDSA_AES_GCM_256)
        key = PublicKey(octets, next(suite for suite in suites if suite.curve.pair_octets == len(octets)))
    except (ValueError, StopIteration, SecurityError):
        raise FirmwareModelError("an image signed by ECDSA needs the signer's X and Y in hex as its key") from None

    def fits(octets: bytes, signature: bytes) -> bool:
        try:
            key.verify(octets, signature)
        except AuthenticationError:
            return False
        return True

    return Check(key.suite.curve.pair_octets, fits)


_CHECKS = {
    "none": Check(0, lambda octets, trailer: True),
    "crc-32": Check(4, lambda octets, trailer: zlib.crc32(octets) == int.from_bytes(trailer, "big")),
    "sha-256": Check(32, lambda octets, trailer: hashlib.sha256(octets).digest() == trailer),
}
