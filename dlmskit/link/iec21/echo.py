"""Taking our own octets out of what an optical head or a two-wire line sends back."""

from __future__ import annotations


class EchoFilter:
    """Compares what comes after each transmission with the transmission itself."""

    def __init__(self) -> None:
        self._sent = b""
        self._matched = 0
        self.seen = False
        """whether an echo was ever found"""

    @property
    def holding(self) -> bool:
        """Whether octets are held back that may be the beginning of an echo."""
        return self._matched > 0

    def sent(self, data: bytes) -> None:
        """Remember what was just queued for the line."""
        self._sent = self._sent[self._matched :] + data
        self._matched = 0

    def take(self, data: bytes) -> tuple[bytes, int]:
        """What is not echo, and how many octets of a finished echo were taken out."""
        if not self._sent:
            return data, 0
        same = 0
        rest = self._sent[self._matched :]
        while same < min(len(data), len(rest)) and data[same] == rest[same]:
            same += 1
        if same == len(rest):
            echoed = len(self._sent)
            self._sent, self._matched, self.seen = b"", 0, True
            return data[same:], echoed
        if same == len(data):
            self._matched += same
            return b"", 0
        return self.release() + data, 0

    def release(self) -> bytes:
        """What was held back because it began like an echo, when it proved to be none."""
        held = self._sent[: self._matched]
        self._sent, self._matched = b"", 0
        return held
