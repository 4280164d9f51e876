"""What a meter remembers over a power cut: a journal of everything that came from outside, and snapshots of the state.

The firmware is a function of its model, seed, start and inputs, so the inputs with their simulated times are all there
is to remember: commands with the random octets they drew, reserved and seen counters, mains and buttons. Each is in the
journal before its effect is told to anybody. A restart carries them out again, from the last snapshot on. Time is
leased ahead, as invocation counters are, so that a clock that was read never goes back.

The journal is the truth log too: it has every command with its result, and every event. It holds what the meter was
told, passwords and the octets behind agreed keys included, and is to be kept like a key file.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol, TypeVar

import msgspec

from dlmskit.apdu.descriptors import AttributeDescriptor, MethodDescriptor
from dlmskit.exceptions import DlmskitError, FirmwareModelError, SecurityError, ServiceError
from dlmskit.model.device import DeviceModel
from dlmskit.obis import Obis
from dlmskit.store.counters import MemoryCounters
from dlmskit.store.journal import Journal
from dlmskit.vmeter.clock import END, SECOND, instant
from dlmskit.vmeter.disconnect import Trigger
from dlmskit.vmeter.firmware import Firmware

Result = TypeVar("Result")
SNAPSHOT_EVERY = 1000
"""records"""
SNAPSHOT_AFTER = 30 * 86_400 * SECOND
"""simulated milliseconds that a restart has to make up for at most, where records come often enough"""
_SHORTEST_LEASE = 2 * SECOND
_SECURITY_CLASSES = (15, 64)
"""what these objects keep is in no snapshot, as it is secret; their commands are few and are carried out again"""


class Made(msgspec.Struct, frozen=True, tag="made"):
    """The first record: whose journal it is."""

    model: str
    seed: int
    start: int
    version: int = 1


class Lease(msgspec.Struct, frozen=True, tag="lease"):
    """Time may have been told up to `at`."""

    at: int


class Command(msgspec.Struct, frozen=True, tag="command"):
    """A write (`method` false) or a method invocation, what it drew at random, and how it ended: empty for success.

    `title` is the client's; `reading` is what the clock showed.
    """

    at: int
    reading: int
    client_sap: int
    title: bytes
    class_id: int
    obis: bytes
    index: int
    method: bool
    octets: bytes | None
    drawn: tuple[bytes, ...] = ()
    result: str = ""


class Register(msgspec.Struct, frozen=True, tag="register"):
    """A write or an execute command (`execute`) of IEC 62056-21."""

    at: int
    address: str
    value: str
    command: str
    execute: bool
    drawn: tuple[bytes, ...] = ()
    result: str = ""


class Counted(msgspec.Struct, frozen=True, tag="counted"):
    """Counters reserved for sending, raised, or seen of a peer."""

    at: int
    what: str
    key_id: str
    title: bytes
    number: int


class Mains(msgspec.Struct, frozen=True, tag="mains"):
    """Somebody cut the power or gave it back."""

    at: int
    on: bool


class Pressed(msgspec.Struct, frozen=True, tag="pressed"):
    """Somebody operated the supply switch at the meter."""

    at: int
    trigger: str


class Delivered(msgspec.Struct, frozen=True, tag="delivered"):
    """What became of a push."""

    at: int
    setup: str
    tried: int
    success: bool


class Happened(msgspec.Struct, frozen=True, tag="happened"):
    """An event of the firmware; it is not carried out again, as it follows from the rest."""

    at: int
    event: str


Record = Made | Lease | Command | Register | Counted | Mains | Pressed | Delivered | Happened


class Snapshot(msgspec.Struct, frozen=True):
    """The firmware's and the counters' state, and how many events there were."""

    firmware: Any
    counters: bytes
    happened: int


class Remembering(Protocol):
    """A meter that has a memory."""

    model: DeviceModel
    firmware: Firmware

    def carry_out(self, record: Command | Register) -> str:
        """Do a command again; how it ended, empty for success."""


class JournalCounters(MemoryCounters):
    """Counters that are in the journal before they are used."""

    def __init__(self, note: Callable[[str, str, bytes, int], None]) -> None:
        super().__init__()
        self._note = note

    def reserve(self, key_id: str, system_title: bytes, count: int) -> tuple[int, int] | None:
        """See `Counters.reserve`."""
        self._note("reserve", key_id, system_title, count)
        return super().reserve(key_id, system_title, count)

    def raise_to(self, key_id: str, system_title: bytes, floor: int) -> None:
        """See `Counters.raise_to`."""
        self._note("raise_to", key_id, system_title, floor)
        super().raise_to(key_id, system_title, floor)

    def saw(self, key_id: str, system_title: bytes, invocation_counter: int) -> None:
        """See `Counters.saw`."""
        self._note("saw", key_id, system_title, invocation_counter)
        super().saw(key_id, system_title, invocation_counter)

    def carry_out(self, record: Counted) -> None:
        """Do again what is in the journal."""
        arguments = record.key_id, record.title, record.number
        match record.what:
            case "reserve":
                super().reserve(*arguments)
            case "raise_to":
                super().raise_to(*arguments)
            case "saw":
                super().saw(*arguments)


class Memory:
    """The journal of one meter. Raises `FirmwareModelError` for the journal of another one."""

    def __init__(self, journal: Journal) -> None:
        self.counters = JournalCounters(self._counted)
        self._journal = journal
        self._meter: Remembering | None = None
        self._replaying = False
        self._held: list[Record] | None = None
        self._to_draw: list[bytes] = []
        self._drawn: list[bytes] = []
        self._leased = 0
        self._physical = 0
        self._happened = 0
        self._known_events = 0
        self._records_since = 0
        self._snapshot_at = 0

    def first(self) -> Made | None:
        """What the journal says of its meter, None for a new one. Raises `SecurityError` for another beginning."""
        records = self._journal.records()
        found = _record(records[0][1]) if records else None
        if found is not None and not isinstance(found, Made):
            raise SecurityError("the journal does not begin with its meter")
        return found

    def drawing(self, random: Callable[[int], bytes]) -> Callable[[int], bytes]:
        """The same source of random octets, remembered, and given out again when commands are carried out again."""

        def draw(octets: int) -> bytes:
            fresh = random(octets)
            found = self._to_draw.pop(0) if self._to_draw else fresh
            self._drawn.append(found)
            return found

        return draw

    def attach(self, meter: Remembering, start: datetime) -> None:
        """Bring a fresh meter to where it was, and go on at `start` where that is later."""
        self._meter, firmware = meter, meter.firmware
        firmware.events.listeners.append(self._event)
        self._physical = self._snapshot_at = firmware.clock.physical
        if not self._journal.position:
            self._add(Made(meter.model.id, firmware.seed, firmware.clock.physical))
        self._replay(meter)
        firmware.agenda.advance(min(max(self._leased, instant(start), firmware.clock.physical), END))
        firmware.clock.rebase()
        self._physical = firmware.clock.physical
        self.told()

    def command(self, record: Command | Register, call: Callable[[], Result]) -> Result:
        """Carry a command out and remember it with its result; what `call` raises goes on."""
        if self._replaying:
            return call()
        self._drawn, self._held, result = [], [], ""
        try:
            return call()
        except DlmskitError as error:
            result = ending(error)
            raise
        finally:
            held, self._held = self._held, None
            self._add(msgspec.structs.replace(record, drawn=tuple(self._drawn), result=result))
            for each in held:
                self._add(each)

    def mains(self, on: bool) -> None:
        """The power is cut or comes back."""
        firmware = self._of().firmware
        self._add(Mains(firmware.clock.physical, on))
        firmware.power(on)

    def pressed(self, trigger: Trigger) -> None:
        """Somebody operates the switch at the meter."""
        firmware = self._of().firmware
        self._add(Pressed(firmware.clock.physical, trigger.value))
        firmware.operate(trigger)

    def delivered(self, setup: str, tried: int, success: bool) -> None:
        """A push arrived, or could not be sent."""
        firmware = self._of().firmware
        self._add(Delivered(firmware.clock.physical, setup, tried, success))
        firmware.delivered(setup, tried, success)

    def told(self) -> None:
        """Time has passed, and somebody may be told how late it is."""
        physical = self._of().firmware.clock.physical
        step, self._physical = physical - self._physical, physical
        if physical > self._leased:
            self._leased = min(physical + max(_SHORTEST_LEASE, step), END)
            self._add(Lease(self._leased))

    def snapshot(self) -> None:
        """Keep the state as it is, so that a restart begins there."""
        firmware = self._of().firmware
        kept = Snapshot(firmware.save(), self.counters.state, self._happened)
        self._journal.keep(msgspec.msgpack.encode(kept))
        self._records_since, self._snapshot_at = 0, firmware.clock.physical

    def log(self) -> list[Record]:
        """Everything that is remembered, oldest first: the truth log."""
        return [_record(content) for _, content in self._journal.records()]

    def _add(self, record: Record) -> None:
        self._journal.append(msgspec.msgpack.encode(record))
        self._records_since += 1
        if self._meter is None or self._replaying or not isinstance(record, Command | Register | Lease):
            return
        firmware = self._meter.firmware
        overdue = firmware.clock.physical - self._snapshot_at >= SNAPSHOT_AFTER
        if self._held is None and (overdue or self._records_since >= SNAPSHOT_EVERY):
            self.snapshot()

    def _event(self, name: str) -> None:
        """Events that are in the journal already happen again when it is carried out; only new ones are added.

        Those of a command wait until that is in the journal.
        """
        self._happened += 1
        if self._happened > self._known_events:
            record = Happened(self._of().firmware.clock.physical, name)
            if self._held is None:
                self._add(record)
            else:
                self._held.append(record)

    def _counted(self, what: str, key_id: str, title: bytes, number: int) -> None:
        self._add(Counted(self._physical, what, key_id, title, number))

    def _of(self) -> Remembering:
        assert self._meter is not None
        return self._meter

    def _replay(self, meter: Remembering) -> None:
        records = [(end, _record(content)) for end, content in self._journal.records()]
        made, mine = self.first(), (meter.model.id, meter.firmware.seed)
        if made is None or (made.model, made.seed) != mine:
            raise FirmwareModelError(f"the journal is not one of meter {mine[1]} of model {mine[0]}")
        self._known_events = sum(isinstance(record, Happened) for _, record in records)
        self._leased = max((record.at for _, record in records if isinstance(record, Lease)), default=0)
        self._replaying = True
        position = self._take_up(meter, records)
        for end, record in records:
            if end > position and not isinstance(record, Made | Happened | Lease):
                meter.firmware.agenda.advance(max(record.at, meter.firmware.clock.physical))
                self._again(meter, record)
        self._replaying = False

    def _take_up(self, meter: Remembering, records: list[tuple[int, Record]]) -> int:
        """Load the snapshot; gives the position up to which it goes, 0 where there is none."""
        kept = self._journal.kept()
        if kept is None:
            return 0
        if kept[0] not in {0, *(end for end, _ in records)}:
            raise SecurityError("the snapshot is of another journal, or the journal lost its end: restore both")
        for end, record in records:
            if end <= kept[0] and isinstance(record, Command) and record.class_id in _SECURITY_CLASSES:
                meter.firmware.clock.pretend(record.at, record.reading)
                self._again(meter, record)
        snapshot = msgspec.msgpack.decode(kept[1], type=Snapshot)
        meter.firmware.load(snapshot.firmware)
        self.counters.state = snapshot.counters
        self._happened = snapshot.happened
        self._snapshot_at = meter.firmware.clock.physical
        return kept[0]

    def _again(self, meter: Remembering, record: Record) -> None:
        match record:
            case Command() | Register():
                self._to_draw = list(record.drawn)
                result = meter.carry_out(record)
                if result != record.result:
                    raise FirmwareModelError(f"a command of the journal ends as {result!r}, not as {record.result!r}")
            case Counted():
                self.counters.carry_out(record)
            case Mains():
                meter.firmware.power(record.on)
            case Pressed():
                meter.firmware.operate(Trigger(record.trigger))
            case Delivered():
                meter.firmware.delivered(record.setup, record.tried, record.success)


def ending(error: DlmskitError) -> str:
    """How a command ended that raised."""
    return error.result if isinstance(error, ServiceError) else type(error).__name__


def descriptor(record: Command) -> AttributeDescriptor | MethodDescriptor:
    """What a command was for."""
    kind = MethodDescriptor if record.method else AttributeDescriptor
    return kind(record.class_id, Obis.from_bytes(record.obis), record.index)


def _record(content: bytes) -> Record:
    try:
        found: Record = msgspec.msgpack.decode(content, type=Record)
    except msgspec.DecodeError as error:
        raise SecurityError(f"the journal holds what is no record: {error}") from None
    return found
