"""One simulated meter below any protocol: its organs, the agenda that moves them, and what they have in common.

COSEM objects and IEC 62056-21 registers are two faces of the same firmware. Nothing here knows octets: a face renders
what profiles keep and carries scripts out. Time comes in as the host's monotonic `now`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

from dlmskit.codec.data import Data
from dlmskit.cosem import typed
from dlmskit.cosem.classes import interface_class
from dlmskit.exceptions import FirmwareModelError
from dlmskit.model.device import DeviceModel, ModelObject
from dlmskit.obis import Obis
from dlmskit.vmeter import defaults
from dlmskit.vmeter.agenda import Agenda, Organ
from dlmskit.vmeter.boundaries import Boundaries, boundaries
from dlmskit.vmeter.clock import END, SECOND, MeterClock, instant, zone_of
from dlmskit.vmeter.daylight import Daylight
from dlmskit.vmeter.demand import demands
from dlmskit.vmeter.disconnect import LOCAL, MODES, SupplySwitch, Trigger
from dlmskit.vmeter.events import Events
from dlmskit.vmeter.grid import Grid
from dlmskit.vmeter.identity import Identity
from dlmskit.vmeter.image import ImageMemory
from dlmskit.vmeter.metrology import COMMISSIONED, Metrology
from dlmskit.vmeter.organs import ORGANS
from dlmskit.vmeter.profile import Entry, EntryStatus, Present, Profile
from dlmskit.vmeter.push import PushSetup
from dlmskit.vmeter.schedule import SingleActionSchedule
from dlmskit.vmeter.stated import stated
from dlmskit.vmeter.tariffs import Tariffs

_PROFILE_GENERIC = 7
_IMAGE_TRANSFER = 18
_DISCONNECT_CONTROL = 70
MOST_ENTRIES = 100_000
_SEEDS = range(-(2**63), 2**63)


class Face(Protocol):
    """How the firmware is seen from outside."""

    def render(self, row: ModelObject, at: Entry) -> bytes:
        """The octets that a profile keeps of a moment."""

    def run_script(self, table: Obis, selector: int) -> bool:
        """Carry out a script; False where there is no such script."""

    def look(self, row: ModelObject, attribute: int) -> Data:
        """An attribute as it is now, rights aside. Raises `DataAccessError`."""


class Firmware:
    """A meter of a model. Same model, seed, start and calls: same meter, octet by octet.

    `start` is an aware datetime from 2020 to 2099, `seed` fits 64 bits. `begin` is called when the face is ready.
    Raises `FirmwareModelError` for others, and where the model cannot be simulated.
    """

    def __init__(self, model: DeviceModel, face: Face, *, seed: int = defaults.SEED, start: datetime) -> None:
        if not COMMISSIONED <= instant(start) < END:
            raise FirmwareModelError(f"virtual meters exist from 2020 to 2099, found a start in {start.year}")
        if seed not in _SEEDS:
            raise FirmwareModelError("a seed is an integer of 64 bits")
        self.model = model
        self.seed = seed
        self.identity = Identity.of(model, seed)
        rules, simulation = model.time, model.simulation
        self.clock = MeterClock(
            start, zone=zone_of(rules), reversed_deviation=rules.reversed_deviation, drift=simulation.drift
        )
        self.agenda = Agenda(self.clock)
        self.metrology = Metrology(seed, simulation.load)
        self.switch = SupplySwitch(_control_mode(model))
        self.written: dict[tuple[str, str], Data] = {}
        """attributes that a client or the meter itself wrote, by role and attribute name"""
        self.tariffs = Tariffs(model, self.clock, self.metrology)
        self.grid = Grid(self, seed, simulation.grid)
        self.demands = demands(self)
        self.organs: dict[str, Organ] = {
            row.name: ORGANS[row.class_id](self, row) for row in model.objects if row.class_id in ORGANS
        }
        """behind the objects of their roles"""
        self._face = face
        self._locally = False
        self.profiles = {row.name: self._profile(row) for row in model.objects if is_profile(row)}
        self.events = Events(self)
        self.images = {row.name: ImageMemory(row.image) for row in model.objects if row.class_id == _IMAGE_TRANSFER}
        self.devices = {item.server_sap: self.identity.logical_device_name for item in model.associations}
        """logical device names by the SAP that each is reached at"""
        self.send: Callable[[ModelObject, int, str, str, int], None] = lambda *_: None
        """takes a push: the setup, its number, transport service and destination, and how often it was tried before"""
        self._setups = [organ for organ in self.organs.values() if isinstance(organ, PushSetup)]
        self.last_counter = 0
        """the highest invocation counter that a client used"""
        demanded = {id(each): each for each in self.demands.values()}.values()
        before = (self.grid, self.switch, self.tariffs, Daylight(self), *demanded)
        for organ in (*before, *self.profiles.values(), *self.organs.values(), self.events):
            self.agenda.add(organ)

    def begin(self) -> None:
        """The face is ready: what is in force at the start is put in force."""
        self.agenda.resume()

    def advance(self, now: float) -> None:
        """Let physical time pass up to the host's monotonic `now` in seconds; what is due meanwhile happens."""
        self.agenda.advance(self.clock.elapse(now))

    def present(self) -> Entry:
        """The reading, the status and the truth of this very moment."""
        return self._entry(self.clock.reading, self.clock.physical, EntryStatus(0))

    def setting(self, row: ModelObject, name: str) -> Data:
        """What an attribute without behaviour holds: what was written, else what the model states."""
        written = self.written.get((row.name, name))
        return stated(row, name) if written is None else written

    def meaning(self, row: ModelObject, name: str) -> Any:
        """The same as `dlmskit.cosem.typed` reads it, None for what is not of the declared form."""
        return _meaning(row.class_id or 0, row.version, name, self.setting(row, name))

    def changed(self, role: str, attribute: str) -> None:
        """An attribute was written: whatever goes by it takes notice."""
        organ = self.organs.get(role) or self.demands.get(role) or (self.events if self.events.alarmed(role) else None)
        if organ is not None:
            organ.changed(attribute)
            self.agenda.replan()

    def run_script(self, table: Obis, selector: int, *, locally: bool = False) -> bool:
        """Carry out a script; False where there is no such script.

        `locally` is for functions of the meter that guard the supply: the switch takes what they do for its local
        triggers.
        """
        before, self._locally = self._locally, locally
        try:
            return self._face.run_script(table, selector)
        finally:
            self._locally = before

    def look(self, row: ModelObject, attribute: int) -> Data:
        """An attribute as it is now, rights aside. Raises `DataAccessError`."""
        return self._face.look(row, attribute)

    def event(self, name: str) -> None:
        """Something happened that logs and alarms may tell of; nothing is noted without power."""
        if self.powered:
            self.events.raise_event(name)
            for setup in self._setups:
                setup.heard(name)

    def set_clock(self, reading: int) -> bool:
        """Move the reading; the next profile entries tell of it. False, and no change, for an absurd time."""
        if not COMMISSIONED <= reading < END:
            return False
        if reading != self.clock.reading:
            self.agenda.settle()
            self.event("clock-adjusted-old")
            self.clock.set(reading)
            self._tell(EntryStatus.CLOCK_ADJUSTED)
            self.event("clock-adjusted-new")
            self.agenda.resume()
        return True

    def save(self) -> dict[str, Any]:
        """All state that does not follow from the model, the seed and the time, as plain values."""
        return {
            "clock": self.clock.save(),
            "metrology": self.metrology.save(),
            "written": [[*name, value.to_bytes()] for name, value in self.written.items()],
            "devices": self.devices,
            "images": {role: image.save() for role, image in self.images.items()},
            "asleep": self.agenda.asleep,
            "organs": [organ.save() for organ in self.agenda],
        }

    def load(self, state: dict[str, Any]) -> None:
        """Go on from what a firmware of the same model, seed and start saved. Raises `FirmwareModelError`."""
        if len(state["organs"]) != len(list(self.agenda)):
            raise FirmwareModelError(f"model {self.model.id} has other objects than when its state was saved")
        self.clock.load(state["clock"])
        self.metrology.load(*state["metrology"])
        self.written = {(role, name): Data(octets) for role, name, octets in state["written"]}
        self.devices = dict(state["devices"])
        for role, image in state["images"].items():
            self.images[role].load(image)
        self.agenda.asleep = state["asleep"]
        for organ, saved in zip(self.agenda, state["organs"], strict=True):
            organ.load(saved)
        self.agenda.replan()

    @property
    def powered(self) -> bool:
        """Whether the meter has mains."""
        return not self.agenda.asleep

    def power(self, on: bool) -> None:
        """Mains fails or comes back."""
        if on is self.powered:
            return
        if not on:
            self.event("power-down")
        self.agenda.asleep = not on
        self._follow_supply()
        if on:
            self._tell(EntryStatus.POWER_DOWN)
            self.event("power-up")
            self.agenda.resume()

    def operate(self, trigger: Trigger) -> bool:
        """Pull a trigger of the supply switch; False where its control mode has no such trigger at all."""
        trigger = LOCAL.get(trigger, trigger) if self._locally else trigger
        offered = self.switch.offers(trigger)
        if self.switch.apply(trigger):
            self.event(f"supply-{trigger.value.replace('_', '-')}")
        self._follow_supply()
        return offered

    def delivered(self, role: str, tried: int, success: bool) -> None:
        """What became of a push of a setup that was tried so often before."""
        for setup in self._setups:
            if setup.role == role:
                setup.delivered(tried, success)

    def press_button(self) -> bool:
        """The consumer's button: opens a closed switch and closes one that is ready, where the control mode lets it."""
        return self.operate(Trigger.MANUAL_DISCONNECT if self.switch.closed else Trigger.MANUAL_RECONNECT)

    def set_control_mode(self, mode: int) -> bool:
        """Attribute 4 of the supply switch; False, and no change, for an unknown mode."""
        if mode not in MODES:
            return False
        self.switch.mode = mode
        self._follow_supply()
        return True

    @property
    def active_image(self) -> bytes | None:
        """The identifier of the image that was activated, None while the meter runs what it was made with."""
        return next((memory.active for memory in self.images.values() if memory.active is not None), None)

    def _follow_supply(self) -> None:
        self.metrology.supply(self.switch.closed and self.powered, self.clock.physical)

    def _tell(self, status: EntryStatus) -> None:
        for profile in self.profiles.values():
            profile.note(status)

    def _entry(self, reading: int, physical: int, status: EntryStatus, past: tuple[int, int] | None = None) -> Entry:
        if self.clock.daylight_saving(reading):
            status |= EntryStatus.DAYLIGHT_SAVING
        truth = self.metrology.truth(physical, self.tariffs.at(physical), self.grid.percent(physical))
        return Entry(reading, status, truth, past)

    def _profile(self, row: ModelObject) -> Profile:
        if row.entries <= 0 or (row.class_id is None and row.capture_period <= 0):
            raise FirmwareModelError(f"profile {row.name} of model {self.model.id} needs capture_period and entries")
        if row.entries > MOST_ENTRIES:
            raise FirmwareModelError(f"profile {row.name} of model {self.model.id}: {MOST_ENTRIES} entries at most")

        def capture(reading: int, physical: int, status: EntryStatus, past: tuple[int, int] | None) -> bytes:
            return self._face.render(row, self._entry(reading, physical, status, past))

        period = row.capture_period * SECOND
        steps = boundaries(period, self.clock.zone) if period else None
        kind = Profile if period or row.entries > 1 else Present
        return kind(self.clock, row.entries, steps, capture, COMMISSIONED, self._scheduled(row))

    def _scheduled(self, row: ModelObject) -> Boundaries | None:
        """The boundaries of a profile that a schedule's script captures."""
        for organ in self.organs.values():
            if isinstance(organ, SingleActionSchedule) and organ.captures(row):
                return organ.boundaries()
        return None


@lru_cache(1024)
def _meaning(class_id: int, version: int, name: str, value: Data) -> Any:
    """Meters of a model hold the same tables for the most part: nobody changes what is given here."""
    declared = interface_class(class_id, version).attribute(name)
    if declared is None:
        return None
    seen = typed.view(declared.form, value)
    return None if seen.misfits else seen.value


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
