"""What an Image transfer object (class 18) says about itself. Source: Blue Book, Image transfer."""

from __future__ import annotations

from enum import IntEnum


class ImageStatus(IntEnum):
    """image_transfer_status."""

    NOT_INITIATED = 0
    INITIATED = 1
    VERIFICATION_INITIATED = 2
    VERIFICATION_SUCCESSFUL = 3
    VERIFICATION_FAILED = 4
    ACTIVATION_INITIATED = 5
    ACTIVATION_SUCCESSFUL = 6
    ACTIVATION_FAILED = 7

    @property
    def settled(self) -> bool:
        """Whether the meter is not at work on it."""
        return self not in (ImageStatus.VERIFICATION_INITIATED, ImageStatus.ACTIVATION_INITIATED)
