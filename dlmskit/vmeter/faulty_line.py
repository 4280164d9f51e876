"""A port whose octets suffer: lost, late, twice, out of order, damaged, cut off, slow or echoed; a meter that fails.

Whoever owns the line sees a port like any other. An answer is what the meter hands to the line at once.
"""

from __future__ import annotations

from heapq import heappop, heappush

from dlmskit.vmeter.clock import SECOND
from dlmskit.vmeter.faults import Chance, Fault
from dlmskit.vmeter.firmware import Firmware
from dlmskit.vmeter.port import Port

_TICK = 0.05
"""seconds between the pieces of a slow answer"""
_OCTET_BITS = 8
Setting = tuple[int, str] | None


class FaultyPort:
    """`port` with the faults of its line."""

    def __init__(self, port: Port, firmware: Firmware, chance: Chance) -> None:
        self._port = port
        self._firmware = firmware
        self._chance = chance
        self._queue: list[tuple[float, int, Setting, bytes]] = []
        self._held: tuple[float, Setting, bytes] | None = None
        self._count = 0
        self._now = self._last_due = self._silent_until = 0.0
        self._broken = False

    @property
    def finished(self) -> bool:
        """Whether the line is given up; what was sent before it broke still goes out."""
        return self._port.finished or (self._broken and not self._queue)

    @property
    def setting(self) -> Setting:
        """See `Port`."""
        return self._queue[0][2] if self._queue else self._port.setting

    def open(self, now: float) -> None:
        """See `Port`."""
        self._port.open(now)
        self._collect(now)

    def close(self, now: float) -> None:
        """See `Port`."""
        self._port.close(now)

    def receive(self, data: bytes, now: float) -> None:
        """See `Port`."""
        self._now = now
        if now < self._chance.faults.down_until:
            self._break(now)
        if self._broken or now < self._silent_until:
            return
        self._befall(now)
        if self._broken or now < self._silent_until:
            return
        if self._chance.strikes("echo"):
            self._put(data, self._port.setting, now)
        self._port.receive(data, now)
        self._collect(now)

    def data_to_send(self) -> bytes:
        """See `Port`."""
        self._collect(self._now)
        due = self._queue and self._queue[0][0] <= self._now
        return heappop(self._queue)[3] if due else b""

    def next_deadline(self) -> float | None:
        """See `Port`."""
        held = self._held[0] if self._held is not None else None
        dues = (self._port.next_deadline(), held, self._queue[0][0] if self._queue else None)
        return min((due for due in dues if due is not None), default=None)

    def handle_timeout(self, now: float) -> None:
        """See `Port`."""
        self._now = now
        deadline = self._port.next_deadline()
        if deadline is not None and deadline <= now:
            self._port.handle_timeout(now)
            self._collect(now)
        if self._held is not None and self._held[0] <= now:
            self._release(now)

    def _befall(self, now: float) -> None:
        """What happens to the meter itself when it is spoken to."""
        if fault := self._chance.strikes("silent"):
            self._silent_until = now + fault.value
        if fault := self._chance.strikes("reboot"):
            self._chance.faults.down_until = now + fault.value / SECOND
            self._break(now)
        if fault := self._chance.strikes("clock-jump"):
            self._firmware.set_clock(self._firmware.clock.reading + fault.value * SECOND)
        if self._chance.strikes("full-log"):
            for profile in self._firmware.profiles.values():
                while not profile.periodic and len(profile) < profile.capacity:
                    profile.capture()

    def _collect(self, now: float) -> None:
        while not self._broken:
            setting = self._port.setting
            if not (octets := self._port.data_to_send()):
                break
            self._send(octets, setting, now)

    def _send(self, octets: bytes, setting: Setting, now: float) -> None:
        chance = self._chance
        if chance.strikes("drop"):
            return
        if chance.strikes("corrupt"):
            octets = self._damaged(octets)
        if fault := chance.strikes("bit-errors"):
            octets = self._inverted(octets, fault)
        at = now
        if fault := chance.strikes("delay"):
            at += fault.value / SECOND
        if fault := chance.strikes("cut"):
            self._put(octets[: fault.value], setting, at)
            self._break(now)
            return
        if self._held is None and (fault := chance.strikes("reorder")):
            self._held = at + fault.value / SECOND, setting, octets
            return
        for _ in range(2 if chance.strikes("duplicate") else 1):
            if fault := chance.strikes("slow"):
                self._trickle(octets, setting, fault, at)
            else:
                self._put(octets, setting, at)
        if self._held is not None:
            self._release(at)

    def _release(self, at: float) -> None:
        assert self._held is not None
        (_, setting, octets), self._held = self._held, None
        self._put(octets, setting, at)

    def _put(self, octets: bytes, setting: Setting, at: float) -> None:
        self._last_due = max(at, self._last_due)
        self._count += 1
        heappush(self._queue, (self._last_due, self._count, setting, octets))

    def _trickle(self, octets: bytes, setting: Setting, fault: Fault, at: float) -> None:
        step = max(int(fault.value * _TICK), 1)
        for start in range(0, len(octets), step):
            self._put(octets[start : start + step], setting, at + start / fault.value)

    def _damaged(self, octets: bytes) -> bytes:
        draws = self._chance.draws("corrupt")
        place, change = draws.randrange(len(octets)), draws.randrange(1, 256)
        return octets[:place] + bytes((octets[place] ^ change,)) + octets[place + 1 :]

    def _inverted(self, octets: bytes, fault: Fault) -> bytes:
        bits = _OCTET_BITS * len(octets)
        value = int.from_bytes(octets, "big")
        for place in self._chance.draws("bit-errors").sample(range(bits), min(fault.value, bits)):
            value ^= 1 << place
        return value.to_bytes(len(octets), "big")

    def _break(self, now: float) -> None:
        self._broken = True
        self._port.close(now)
