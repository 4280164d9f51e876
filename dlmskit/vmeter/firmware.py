"""One simulated meter below any protocol: clock, metrology, load profiles, supply switch, identity; `advance` moves it.

COSEM objects and IEC 62056-21 registers are two faces of the same firmware. Nothing here knows octets: a face renders
what profiles keep. Time comes in as the host's monotonic `now`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from dlmskit.codec.data import Data
from dlmskit.exceptions import FirmwareModelError
from dlmskit.model.device import DeviceModel, ModelObject
from dlmskit.vmeter import defaults
from dlmskit.vmeter.agenda import Agenda
from dlmskit.vmeter.boundaries import boundaries
from dlmskit.vmeter.clock import END, SECOND, MeterClock, instant, zone_of
from dlmskit.vmeter.disconnect import MODES, SupplySwitch, Trigger
from dlmskit.vmeter.identity import Identity
from dlmskit.vmeter.image import ImageMemory
from dlmskit.vmeter.metrology import COMMISSIONED, Metrology
from dlmskit.vmeter.profile import Entry, EntryStatus, Profile

_PROFILE_GENERIC = 7
_IMAGE_TRANSFER = 18
_DISCONNECT_CONTROL = 70
MOST_ENTRIES = 100_000
Render = Callable[[ModelObject, Entry], bytes]
_SEEDS = range(-(2**63), 2**63)


class Firmware:
    """A meter of a model. Same model, seed, start and calls: same meter, octet by octet.

    `start` is an aware datetime from 2020 to 2099, `seed` fits 64 bits; `render` makes the octets that a profile keeps
    of a moment. Raises `FirmwareModelError` for others, and where the model cannot be simulated.
    """

    def __init__(self, model: DeviceModel, *, render: Render, seed: int = defaults.SEED, start: datetime) -> None:
        if not COMMISSIONED <= instant(start) < END:
            raise FirmwareModelError(f"virtual meters exist from 2020 to 2099, found a start in {start.year}")
        if seed not in _SEEDS:
            raise FirmwareModelError("a seed is an integer of 64 bits")
        self.model = model
        self.seed = seed
        self.identity = Identity.of(model, seed)
        self.clock = MeterClock(start, zone=zone_of(model.time), reversed_deviation=model.time.reversed_deviation)
        self.agenda = Agenda(self.clock)
        self.metrology = Metrology(seed)
        self.switch = SupplySwitch(_control_mode(model))
        self._render = render
        self.profiles = {row.name: self._profile(row) for row in model.objects if is_profile(row)}
        self.images = {row.name: ImageMemory(row.image) for row in model.objects if row.class_id == _IMAGE_TRANSFER}
        self.written: dict[tuple[str, str], Data] = {}
        """attributes that a client wrote, by role and attribute name"""
        self.devices = {item.server_sap: self.identity.logical_device_name for item in model.associations}
        """logical device names by the SAP that each is reached at"""
        self.last_counter = 0
        """the highest invocation counter that a client used"""
        for organ in self.profiles.values():
            self.agenda.add(organ)

    def advance(self, now: float) -> None:
        """Let physical time pass up to the host's monotonic `now` in seconds; what is due meanwhile happens."""
        self.agenda.advance(self.clock.elapse(now))

    def present(self) -> Entry:
        """The reading, the status and the truth of this very moment."""
        return self._entry(self.clock.reading, self.clock.physical, EntryStatus(0))

    def set_clock(self, reading: int) -> bool:
        """Move the reading; the next profile entries tell of it. False, and no change, for an absurd time."""
        if not COMMISSIONED <= reading < END:
            return False
        if self.clock.set(reading):
            self.agenda.replan()
            for profile in self.profiles.values():
                profile.note(EntryStatus.CLOCK_ADJUSTED)
        return True

    def operate(self, trigger: Trigger) -> bool:
        """Pull a trigger of the supply switch; False where its control mode has no such trigger at all."""
        offered = self.switch.offers(trigger)
        self.switch.apply(trigger)
        self._follow_switch()
        return offered

    def set_control_mode(self, mode: int) -> bool:
        """Attribute 4 of the supply switch; False, and no change, for an unknown mode."""
        if mode not in MODES:
            return False
        self.switch.mode = mode
        self._follow_switch()
        return True

    @property
    def active_image(self) -> bytes | None:
        """The identifier of the image that was activated, None while the meter runs what it was made with."""
        return next((memory.active for memory in self.images.values() if memory.active is not None), None)

    def _follow_switch(self) -> None:
        self.metrology.switch(self.switch.closed, self.clock.physical)

    def _entry(self, reading: int, physical: int, status: EntryStatus) -> Entry:
        if self.clock.daylight_saving(reading):
            status |= EntryStatus.DAYLIGHT_SAVING
        return Entry(reading, status, self.metrology.truth(physical))

    def _profile(self, row: ModelObject) -> Profile:
        if row.entries <= 0 or (row.class_id is None and row.capture_period <= 0):
            raise FirmwareModelError(f"profile {row.name} of model {self.model.id} needs capture_period and entries")
        if row.entries > MOST_ENTRIES:
            raise FirmwareModelError(f"profile {row.name} of model {self.model.id}: {MOST_ENTRIES} entries at most")

        def capture(reading: int, physical: int, status: EntryStatus) -> bytes:
            return self._render(row, self._entry(reading, physical, status))

        period = row.capture_period * SECOND
        steps = boundaries(period, self.clock.zone) if period else None
        return Profile(self.clock, row.entries, steps, capture, COMMISSIONED)


def is_profile(row: ModelObject) -> bool:
    """Whether an object is a load profile in either dialect."""
    return row.class_id == _PROFILE_GENERIC or (row.format is not None and row.format.kind == "profile")


def _control_mode(model: DeviceModel) -> int:
    for row in model.objects:
        stated = row.attributes.get("control_mode")
        if row.class_id != _DISCONNECT_CONTROL or stated is None or stated.value is None:
            continue
        mode = stated.value
        if isinstance(mode, bool) or not isinstance(mode, int) or mode not in MODES:
            raise FirmwareModelError(f"control mode {mode!r} of model {model.id} is not 0 to 6")
        return mode
    return defaults.CONTROL_MODE
