"""The object list of a meter from the last time, where it is the same meter with the same firmware.

Where the meter does not tell its firmware the object list is read again, and scalers are kept if it did not change.
"""

from __future__ import annotations

from dlmskit.codec.data import Data
from dlmskit.exceptions import DecodeError, ServiceError
from dlmskit.obis import Obis
from dlmskit.session.operations import Get
from dlmskit.stack.dialogue import Procedure
from dlmskit.store.objects import ObjectCache, Remembered

DEVICE_NAME, FIRMWARE = Obis(0, 0, 42, 0, 0), Obis(1, 0, 0, 2, 0)
_DATA = 1


class Memory:
    """What is remembered of one meter while it is talked to; who it is and its firmware are asked for once."""

    def __init__(self, cache: ObjectCache) -> None:
        self.known: Remembered | None = None
        self._cache = cache
        self._device = ""
        self._firmware = ""
        self._asked = False

    def recall(self, system_title: str | None) -> Procedure[Data | None]:
        """The object list, None where the meter must be asked for it."""
        if not self._asked:
            self._device = system_title or (yield from _text(DEVICE_NAME))
            self._firmware = yield from _text(FIRMWARE)
            self._asked = True
            self.known = self._cache.load(self._device) if self._device else None
        if self.known is None or not self._firmware or self.known.firmware != self._firmware:
            return None
        try:
            return Data.from_bytes(self.known.object_list)
        except DecodeError:
            return None

    def forget(self) -> None:
        """Ask anew the next time: another association begins, with a meter that may have changed since."""
        self._asked, self.known = False, None

    def keep(self, object_list: Data, scalers: dict[str, tuple[int, int] | None]) -> None:
        """Remember this from now on, if it is new."""
        now = Remembered(self._firmware, object_list.to_bytes(), scalers)
        if self._device and now != self.known:
            self._cache.save(self._device, now)
            self.known = now


def _text(obis: Obis) -> Procedure[str]:
    try:
        value = (yield Get(_DATA, obis, 2)).value
    except ServiceError:
        return ""
    return value.hex() if isinstance(value, bytes) else str(value or "")
