"""The object server: values, rights and refusals of the built-in COSEM models, asked directly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from dlmskit.apdu.descriptors import AttributeDescriptor, MethodDescriptor, SelectiveAccess
from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.cosem.selective import CaptureObject
from dlmskit.cosem.units import Unit
from dlmskit.enums import DataType
from dlmskit.exceptions import ActionError, DataAccessError, FirmwareModelError, ServiceError
from dlmskit.model import registry
from dlmskit.model.device import AttributeRow, CaptureColumn, DeviceModel
from dlmskit.obis import Obis
from dlmskit.vmeter.meter import VirtualMeter
from dlmskit.vmeter.metrology import WATT_HOUR

START = datetime(2026, 11, 21, 10, 7, 30, tzinfo=UTC)
MANAGEMENT, READER, PUBLIC = 1, 17, 16
CLOCK, IMPORT, PROFILE, SWITCH = "0-0:1.0.0", "1-0:1.8.0", "1-0:99.1.0", "0-0:96.3.10"


def meter(model: str = "generic", seed: int = 1, start: datetime = START) -> VirtualMeter:
    found = VirtualMeter(registry.load(model), seed=seed, start=start)
    found.advance(0)
    return found


def get(
    found: VirtualMeter, class_id: int, obis: str, attribute: int, *, sap: int = MANAGEMENT, access: Any = None
) -> Data:
    return found.get(sap, AttributeDescriptor(class_id, Obis.parse(obis), attribute), access)


def act(found: VirtualMeter, obis: str, method: int, *, sap: int = MANAGEMENT, class_id: int = 70) -> None:
    assert found.action(sap, MethodDescriptor(class_id, Obis.parse(obis), method), data.integer(0)) is None


def refused(call: Any) -> str:
    with pytest.raises(ServiceError) as caught:
        call()
    return caught.value.result


def at(moment: datetime) -> Data:
    return data.octet_string(CosemDateTime.from_datetime(moment).to_bytes())


def by_range(begin: Data, end: Data, columns: Data | None = None) -> SelectiveAccess:
    clock = data.structure(
        data.long_unsigned(8),
        data.octet_string(Obis.parse(CLOCK).to_bytes()),
        data.integer(2),
        data.long_unsigned(0),
    )
    return SelectiveAccess(1, data.structure(clock, begin, end, data.array() if columns is None else columns))


def by_entry(first: int, last: int, left: int = 1, right: int = 0) -> SelectiveAccess:
    numbers = (data.double_long_unsigned(first), data.double_long_unsigned(last))
    return SelectiveAccess(2, data.structure(*numbers, data.long_unsigned(left), data.long_unsigned(right)))


def test_same_model_seed_and_time_give_the_same_octets() -> None:
    models = [registry.load(name) for name in ("generic", "zzh")]
    for model in models:
        pair = [VirtualMeter(model, seed=5, start=START) for _ in range(2)]
        pair[0].advance(100.0)
        pair[1].advance(100.0)
        for second in (100.5, 161.0, 4000.25):
            pair[0].advance(second)
        pair[1].advance(4000.25)
        for row in model.objects:
            assert row.obis is not None
            assert row.class_id is not None
            one, two = (found.get(MANAGEMENT, AttributeDescriptor(row.class_id, row.obis, 2), None) for found in pair)
            assert one == two
    other = VirtualMeter(models[0], seed=6, start=START)
    assert get(other, 3, IMPORT, 2) != get(meter(seed=5), 3, IMPORT, 2)


def test_meters_of_different_makers_show_one_truth_in_their_own_resolution() -> None:
    generic, zzh = meter("generic"), meter("zzh")
    for found in (generic, zzh):
        found.advance(12_345.6)
    truth = generic.firmware.present().truth
    watt_hours, ten_watt_hours = get(generic, 3, IMPORT, 2), get(zzh, 3, "1-0:1.128.0", 2)
    assert watt_hours == data.double_long_unsigned(truth.energy_import.total // WATT_HOUR)
    assert ten_watt_hours == data.double_long_unsigned(truth.energy_import.total // (10 * WATT_HOUR))
    tenths = get(zzh, 3, "1-0:2.128.0", 2)
    assert tenths == data.long64_unsigned(truth.energy_export.total * 10 // WATT_HOUR)
    assert get(zzh, 3, "1-0:2.128.0", 3) == data.structure(data.integer(-1), data.enum(30))


def test_the_deviation_has_the_sign_of_the_model() -> None:
    assert get(meter("generic"), 8, CLOCK, 2).value[9:11] == bytes.fromhex("FFC4")
    assert get(meter("zzh"), 8, CLOCK, 2).value[9:11] == bytes.fromhex("003C")


def test_registers_run_and_stand_still_while_disconnected() -> None:
    found = meter()
    night = 12 * 3600.0
    found.advance(night)
    before = get(found, 3, IMPORT, 2).value
    found.advance(night + 3600)
    hour_later = get(found, 3, IMPORT, 2).value
    assert hour_later > before
    act(found, SWITCH, 1)
    found.advance(night + 7200)
    assert get(found, 3, IMPORT, 2).value == hour_later
    assert get(found, 3, "1-0:1.7.0", 2).value == 0
    act(found, SWITCH, 2)
    found.advance(night + 10800)
    assert get(found, 3, IMPORT, 2).value > hour_later


@pytest.mark.parametrize(
    ("model", "after_reconnect"), [("generic", (True, 1)), ("zzh", (False, 2))], ids=["mode 4", "mode 1"]
)
def test_what_a_remote_reconnect_does_depends_on_the_control_mode(
    model: str, after_reconnect: tuple[bool, int]
) -> None:
    found = meter(model)

    def state() -> tuple[bool, int]:
        return get(found, 70, SWITCH, 2).value, get(found, 70, SWITCH, 3).value

    assert state() == (True, 1)
    act(found, SWITCH, 1)
    assert state() == (False, 0)
    act(found, SWITCH, 2)
    assert state() == after_reconnect


def test_a_switch_without_remote_control_denies() -> None:
    found = meter()
    mode = AttributeDescriptor(70, Obis.parse(SWITCH), 4)
    found.set(MANAGEMENT, mode, data.enum(0))
    assert refused(lambda: act(found, SWITCH, 1)) == "read-write-denied"
    assert refused(lambda: found.set(MANAGEMENT, mode, data.enum(7))) == "other-reason"
    assert refused(lambda: found.set(MANAGEMENT, mode, data.unsigned(1))) == "type-unmatched"
    assert refused(lambda: found.set(READER, mode, data.enum(1))) == "read-write-denied"


def test_setting_the_clock_moves_the_reading_and_marks_the_next_entry() -> None:
    found = meter()
    wanted = START + timedelta(minutes=20)
    descriptor = AttributeDescriptor(8, Obis.parse(CLOCK), 2)
    found.set(READER, descriptor, at(wanted))
    assert CosemDateTime.from_bytes(get(found, 8, CLOCK, 2).value).to_datetime() == wanted
    found.advance(900)
    newest = get(found, 7, PROFILE, 2, access=by_entry(2880, 0)).value[0]
    assert newest[1] == 0x20
    assert CosemDateTime.from_bytes(newest[0]).to_datetime() == START.replace(minute=30, second=0)
    local = bytes.fromhex("07EA0B15060C000000800000")
    found.set(READER, descriptor, data.octet_string(local))
    assert get(found, 8, CLOCK, 2).value[:8] == local[:8]


@pytest.mark.parametrize(
    ("octets", "result"),
    [
        ("FFFF0B15060C000000FFC400", "other-reason"),
        ("07EA0B15060C", "type-unmatched"),
        ("07B20101FF00000000FFC400", "other-reason"),
        ("270F0C1FFF17000000FFC400", "other-reason"),
    ],
)
def test_a_time_that_is_no_moment_is_refused(octets: str, result: str) -> None:
    found = meter()
    before = get(found, 8, CLOCK, 2)
    descriptor = AttributeDescriptor(8, Obis.parse(CLOCK), 2)
    assert refused(lambda: found.set(READER, descriptor, data.octet_string(bytes.fromhex(octets)))) == result
    assert refused(lambda: found.set(READER, descriptor, data.null_data())) == "type-unmatched"
    assert get(found, 8, CLOCK, 2) == before


def test_yesterday_can_be_read_at_once() -> None:
    found = meter()
    midnight = START.replace(hour=0, minute=0, second=0)
    access = by_range(at(midnight - timedelta(days=1)), at(midnight))
    rows = get(found, 7, PROFILE, 2, access=access).value
    assert len(rows) == 97
    stamps = [CosemDateTime.from_bytes(row[0]).to_datetime() for row in rows]
    assert stamps == [midnight - timedelta(days=1) + n * timedelta(minutes=15) for n in range(97)]
    assert rows[-1][2] <= get(found, 3, IMPORT, 2).value


def test_the_profile_captures_what_the_registers_showed() -> None:
    found, registers = meter(), []
    for quarter in range(9):
        found.advance(450 + quarter * 900)
        registers.append([get(found, 3, IMPORT, 2).value, get(found, 3, "1-0:2.8.0", 2).value])
    rows = get(found, 7, PROFILE, 2, access=by_entry(2872, 0)).value
    assert [row[2:] for row in rows] == registers
    assert registers[0] != registers[-1]


def test_the_ring_is_read_by_entry_and_by_column() -> None:
    found = meter()
    whole = get(found, 7, PROFILE, 2).value
    assert len(whole) == get(found, 7, PROFILE, 7).value == get(found, 7, PROFILE, 8).value == 2880
    assert get(found, 7, PROFILE, 2, access=by_entry(1, 2)).value == whole[:2]
    assert get(found, 7, PROFILE, 2, access=by_entry(2879, 0, 3, 3)).value == [row[2:3] for row in whole[-2:]]
    assert get(found, 7, PROFILE, 2, access=by_entry(5, 2)).value == []
    columns = data.array(Data(b"\x02\x04\x12\x00\x03\x09\x06\x01\x00\x02\x08\x00\xff\x0f\x02\x12\x00\x00"))
    moment = at(CosemDateTime.from_bytes(whole[-1][0]).to_datetime())
    assert get(found, 7, PROFILE, 2, access=by_range(moment, moment, columns)).value == [[whole[-1][3]]]


@pytest.mark.parametrize(
    "access",
    [
        SelectiveAccess(1, data.null_data()),
        SelectiveAccess(1, data.structure(data.null_data(), data.null_data(), data.null_data(), data.null_data())),
        SelectiveAccess(2, data.structure(data.integer(1))),
        SelectiveAccess(2, data.structure(*(data.integer(1) for _ in range(4)))),
        SelectiveAccess(3, data.null_data()),
        by_range(data.null_data(), data.null_data()),
        by_range(data.octet_string(b"\xff" * 12), at(START)),
        by_range(at(START), at(START), data.array(data.null_data())),
        by_range(at(START), at(START), data.null_data()),
    ],
)
def test_selective_access_that_means_nothing_is_refused(access: SelectiveAccess) -> None:
    found = meter()
    assert refused(lambda: get(found, 7, PROFILE, 2, access=access))
    assert refused(lambda: get(found, 3, IMPORT, 2, access=access)) == "scope-of-access-violated"


def test_rights_are_the_models_by_association() -> None:
    found = meter()
    assert get(found, 3, IMPORT, 2, sap=READER)
    assert refused(lambda: get(found, 3, IMPORT, 2, sap=PUBLIC)) == "read-write-denied"
    assert get(found, 8, CLOCK, 2, sap=PUBLIC)
    clock = AttributeDescriptor(8, Obis.parse(CLOCK), 2)
    assert refused(lambda: found.set(PUBLIC, clock, at(START))) == "read-write-denied"
    assert refused(lambda: act(found, SWITCH, 1, sap=READER)) == "read-write-denied"
    assert refused(lambda: get(found, 15, "0-0:40.0.0", 7)) == "read-write-denied"
    assert refused(lambda: get(found, 3, IMPORT, 2, sap=99)) == "scope-of-access-violated"


def test_what_is_not_there_is_refused_by_its_name() -> None:
    found = meter()
    assert refused(lambda: get(found, 1, "9-9:9.9.9*9", 2)) == "object-undefined"
    assert refused(lambda: get(found, 1, IMPORT, 2)) == "object-class-inconsistent"
    assert refused(lambda: get(found, 3, IMPORT, 4)) == "object-undefined"
    with pytest.raises(ActionError, match="object-undefined"):
        act(found, SWITCH, 3)
    with pytest.raises(DataAccessError, match="read-write-denied"):
        found.set(MANAGEMENT, AttributeDescriptor(3, Obis.parse(IMPORT), 2), data.double_long_unsigned(0))


def test_attribute_0_is_all_attributes() -> None:
    found = meter()
    everything = get(found, 3, IMPORT, 0)
    assert everything == data.structure(*(get(found, 3, IMPORT, number) for number in (1, 2, 3)))
    hidden = found.get(PUBLIC, AttributeDescriptor(3, Obis.parse(IMPORT), 0), None)
    assert hidden.value == [None, None, None]


def test_the_object_list_says_what_an_association_may_do() -> None:
    found = meter()
    lists = {sap: get(found, 15, "0-0:40.0.0", 2, sap=sap).value for sap in (PUBLIC, READER, MANAGEMENT)}
    names = {sap: {Obis.from_bytes(element[2]) for element in elements} for sap, elements in lists.items()}
    assert Obis.parse(CLOCK) in names[PUBLIC]
    assert Obis.parse(IMPORT) not in names[PUBLIC]
    assert Obis.parse(IMPORT) in names[READER]
    assert names[READER] < names[MANAGEMENT] | names[READER]
    switch = next(element for element in lists[MANAGEMENT] if element[0] == 70)
    assert switch[1] == 0
    assert [attribute[:2] for attribute in switch[3][0]] == [[1, 1], [2, 1], [3, 1], [4, 3]]
    assert switch[3][1] == [[1, 1], [2, 1]]
    profile = next(element for element in lists[READER] if element[0] == 7)
    assert profile[3][0][1] == [2, 1, [1, 2]]


def test_meters_of_one_model_have_names_of_their_own() -> None:
    names = {get(meter(seed=seed), 1, "0-0:42.0.0", 2).value for seed in range(1, 6)}
    assert names == {b"XXX000000000000%d" % n for n in range(1, 6)}
    titles = {meter("zzh", seed).firmware.identity.system_title for seed in range(1, 6)}
    assert len(titles) == 5
    assert all(len(title) == 8 and title.startswith(b"ZZH") for title in titles)


def test_a_register_that_is_full_starts_at_zero_again() -> None:
    from dlmskit.vmeter.quantities import wrapped

    assert wrapped(0xFFFF_FFFF, DataType.DOUBLE_LONG_UNSIGNED) == 0xFFFF_FFFF
    assert wrapped(0x1_0000_0000, DataType.DOUBLE_LONG_UNSIGNED) == 0
    assert wrapped(0x8000_0000, DataType.DOUBLE_LONG_UNSIGNED) == 0x8000_0000
    assert wrapped(0x8000_0000, DataType.DOUBLE_LONG) == 0


def test_a_start_or_seed_out_of_range_is_refused() -> None:
    for year in (2019, 2100):
        with pytest.raises(FirmwareModelError, match=str(year)):
            VirtualMeter(registry.load("generic"), start=datetime(year, 12, 31, tzinfo=UTC))
    with pytest.raises(FirmwareModelError, match="seed"):
        VirtualMeter(registry.load("generic"), start=START, seed=2**63)


def test_simulated_time_ends_with_the_century() -> None:
    found = meter(start=datetime(2099, 11, 21, tzinfo=UTC))
    found.advance(1e30)
    found.advance(1e31)
    assert CosemDateTime.from_bytes(get(found, 8, CLOCK, 2).value).to_datetime() == datetime(2100, 1, 1, tzinfo=UTC)
    assert len(get(found, 7, PROFILE, 2).value) == 2880


def test_a_column_can_be_asked_for_only_once() -> None:
    """A request of one message must not make the meter build a buffer a thousand times as wide."""
    found = meter()
    clock = CaptureObject(8, Obis.parse(CLOCK)).to_data()
    limits = (at(START - timedelta(hours=1)), at(START))
    rows = get(found, 7, PROFILE, 2, access=by_range(*limits, data.array(clock))).value
    assert [len(row) for row in rows] == [1] * 4
    for times in (2, 3000):
        access = by_range(*limits, data.array(*[clock] * times))
        assert refused(lambda access=access: get(found, 7, PROFILE, 2, access=access)) == "other-reason"


def changed(role: str, **changes: Any) -> DeviceModel:
    """The generic model with one object changed."""
    model = registry.load("generic")
    rows = (msgspec.structs.replace(row, **changes) if row.name == role else row for row in model.objects)
    return msgspec.structs.replace(model, objects=tuple(rows))


@pytest.mark.parametrize(
    ("role", "changes", "told"),
    [
        ("load_profile", {"entries": 100_001}, "100000 entries at most"),
        ("load_profile", {"entries": 0}, "needs capture_period and entries"),
        ("load_profile", {"capture": (CaptureColumn("load_profile"),)}, "cannot capture attribute 2 of load_profile"),
        ("load_profile", {"capture": (CaptureColumn("clock", 2, 1),)}, "cannot capture attribute 2 of clock"),
        ("load_profile", {"capture": (CaptureColumn("clock", 77),)}, "cannot capture attribute 77 of clock"),
        ("disconnect_control", {"attributes": {"control_mode": AttributeRow(value="on")}}, "control mode 'on'"),
        ("disconnect_control", {"attributes": {"control_mode": AttributeRow(value=7)}}, "control mode 7"),
        ("logical_device_name", {"value": "\u00c4BC0000000000001"}, "logical device name"),
        ("logical_device_name", {"value": "1"}, "logical device name"),
        ("logical_device_name", {"value": "XXX00000000000001"}, "logical device name"),
        ("energy_import_total", {"type": DataType.FLOAT32}, "needs an integer type"),
        ("energy_import_total", {"unit": Unit.VAR_HOUR}, "measured in WATT_HOUR"),
        ("serial_number", {"type": DataType.DOUBLE_LONG_UNSIGNED}, "does not fit its type"),
        ("profile_status", {"type": DataType.ARRAY}, "does not fit its type"),
    ],
)
def test_a_model_that_no_meter_can_be_is_refused_before_it_is_served(
    role: str, changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(FirmwareModelError, match=told):
        VirtualMeter(changed(role, **changes), start=START)


def test_a_written_value_keeps_its_type() -> None:
    found = VirtualMeter(changed("serial_number", access="rw"), start=START)
    serial = AttributeDescriptor(1, Obis.parse("0-0:96.1.0"), 2)
    assert refused(lambda: found.set(MANAGEMENT, serial, data.double_long_unsigned(7))) == "type-unmatched"
    assert refused(lambda: found.set(MANAGEMENT, serial, data.visible_string("7"))) == "type-unmatched"
    assert found.get(MANAGEMENT, serial, None).value == b"00000001"
    found.set(MANAGEMENT, serial, data.octet_string(b"7"))
    assert found.get(MANAGEMENT, serial, None).value == b"7"


def test_the_clock_is_shifted_by_a_quarter_of_an_hour_at_most() -> None:
    found = VirtualMeter(changed("clock", methods={"shift_time": "x"}), start=START)
    shift = MethodDescriptor(8, Obis.parse(CLOCK), 6)
    for by, told in (
        (data.long(901), "other-reason"),
        (data.long(-901), "other-reason"),
        (data.integer(1), "type-unmatched"),
        (None, "type-unmatched"),
    ):
        assert refused(lambda by=by: found.action(MANAGEMENT, shift, by)) == told
    assert found.firmware.clock.offset == 0
    found.action(MANAGEMENT, shift, data.long(900))
    found.action(MANAGEMENT, shift, data.long(-60))
    assert found.firmware.clock.offset == 840_000


def test_a_logical_device_moves_to_another_sap() -> None:
    model = registry.load("interop")
    rows = tuple(msgspec.structs.replace(row, server_sap=17) for row in model.associations)
    objects = tuple(
        msgspec.structs.replace(row, methods={"connect_logical_device": "x"}) if row.class_id == 17 else row
        for row in model.objects
    )
    found = VirtualMeter(msgspec.structs.replace(model, associations=rows, objects=objects), start=START)
    saps = "0-0:41.0.0"
    name = get(found, 17, saps, 2).value[0][1]

    def connect(sap: int, device: bytes) -> None:
        given = data.structure(data.long_unsigned(sap), data.octet_string(device))
        found.action(MANAGEMENT, MethodDescriptor(17, Obis.parse(saps), 1), given)

    connect(34, name)
    assert get(found, 17, saps, 2).value == [[34, name]]
    assert refused(lambda: connect(35, b"another")) == "other-reason"
    connect(1, name)
    assert refused(lambda: connect(34, name)) == "read-write-denied"
    connect(1, name)
    assert get(found, 17, saps, 2).value == [[1, name]]
    assert (
        refused(lambda: found.action(MANAGEMENT, MethodDescriptor(17, Obis.parse(saps), 1), None)) == "type-unmatched"
    )
