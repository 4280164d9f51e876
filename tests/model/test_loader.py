"""Model files: what they become, how they inherit, and how a broken one is reported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dlmskit.cosem import Unit
from dlmskit.enums import ApplicationContext, Conformance, DataType, Mechanism
from dlmskit.exceptions import PluginLoadError, UnknownObject
from dlmskit.model.device import DeviceModel
from dlmskit.model.loader import LARGEST, load_path, load_text
from dlmskit.obis import Obis

PARENT = """\
[device]
id = "parent"
name = "Parent"
maker = "PAR"

[connection]
link = "hdlc"
[connection.hdlc]
server_lower = 17
window_rx = 3

[[association]]
name = "reader"
client_sap = 17
mechanism = "low"
conformance = ["get", "selective-access"]
source = "s"
confidence = "seen"

[[object]]
name = "clock"
class_id = 8
obis = "0.0.1.0.0.255"
access = { reader = "rw" }
source = "s"
confidence = "seen"
[object.attributes]
time_zone = { value = -60 }
clock_base = { value = 1, access = "-" }

[[object]]
name = "energy"
class_id = 3
obis = "1-0:1.8.0"
type = "double-long-unsigned"
unit = "Wh"
scaler = -1
access = { reader = "r" }
source = "s"
confidence = "seen"

[[object]]
name = "profile"
class_id = 7
version = 1
obis = "1-0:99.1.0*255"
capture = [{ object = "clock" }, { object = "energy", attribute = 2 }]
capture_period = 900
source = "s"
confidence = "seen"

[[quirk]]
name = "some-quirk"
value = 4
source = "s"
confidence = "seen"

[[push]]
name = "list"
grammar = "positions"
field = [
  { obis = "1-0:1.7.0*255", type = "double-long-unsigned", unit = "W" },
]
source = "s"
confidence = "seen"
"""
CHILD = """\
[device]
id = "child"
name = "Child"
inherit = "parent"
remove = ["quirk.some-quirk"]

[connection.hdlc]
window_rx = 1

[[object]]
name = "energy"
scaler = 3
source = "t"
confidence = "witnessed"

[[object]]
name = "clock"
source = "t"
confidence = "seen"
[object.attributes]
time_zone = { value = 60 }
"""


def find_in(**texts: str) -> Callable[[str], tuple[str, str]]:
    def find(model_id: str) -> tuple[str, str]:
        if model_id not in texts:
            raise PluginLoadError(f"no model named {model_id}")
        return texts[model_id], f"{model_id}.toml"

    return find


def load(text: str, **others: str) -> DeviceModel:
    return load_text(text, "this.toml", find_in(**others))


def test_types_of_a_model() -> None:
    model = load(PARENT)
    assert (model.id, model.maker, model.flag_ids, model.lineage) == ("parent", "PAR", ("PAR",), ("parent",))
    assert model.connection is not None
    assert (model.connection.link, model.connection.hdlc.server_lower) == ("hdlc", 17)
    reader = model.association("reader")
    assert reader.mechanism is Mechanism.LOW
    assert reader.context is ApplicationContext.LN
    assert reader.conformance == Conformance.GET | Conformance.SELECTIVE_ACCESS
    energy = model.object("energy")
    assert (energy.obis, energy.unit, energy.type) == (
        Obis(1, 0, 1, 8, 0),
        Unit.WATT_HOUR,
        DataType.DOUBLE_LONG_UNSIGNED,
    )
    assert [column.object for column in model.object("profile").capture] == ["clock", "energy"]
    assert model.quirk("some-quirk") == 4
    assert model.quirk("other") is False
    assert model.pushes[0].field[0].unit is Unit.WATT


def test_lookups() -> None:
    model = load(PARENT)
    assert model.object_at(3, Obis(1, 0, 1, 8, 0)) is model.object("energy")
    assert model.object_at(4, Obis(1, 0, 1, 8, 0)) is None
    assert model.association_of(17) is model.association("reader")
    assert model.association_of(1) is None
    with pytest.raises(UnknownObject, match="no object named nothing"):
        model.object("nothing")
    with pytest.raises(UnknownObject, match="it has: reader"):
        model.association("nobody")


def test_rights_by_association_and_attribute() -> None:
    clock = load(PARENT).object("clock")
    assert clock.rights("reader", "time") == "rw"
    assert clock.rights("reader", "clock_base") == "-"
    assert clock.rights("stranger", "time") == "-"
    assert clock.method_rights("reader", "adjust_to_quarter") == "-"


def test_child_overrides_key_by_key() -> None:
    child = load(CHILD, parent=PARENT)
    assert child.lineage == ("child", "parent")
    assert (child.maker, child.name) == ("PAR", "Child")
    energy = child.object("energy")
    assert (energy.scaler, energy.unit, energy.obis) == (3, Unit.WATT_HOUR, Obis(1, 0, 1, 8, 0))
    assert (energy.source, energy.confidence) == ("t", "witnessed")
    assert child.connection is not None
    assert (child.connection.hdlc.server_lower, child.connection.hdlc.window_rx) == (17, 1)
    assert child.object("clock").attributes["time_zone"].value == 60
    assert child.object("clock").attributes["clock_base"].value == 1
    assert child.quirk("some-quirk") is False


def test_parent_is_left_as_it_was() -> None:
    load(CHILD, parent=PARENT)
    assert load(PARENT).object("energy").scaler == -1


def test_a_model_may_hold_push_templates_only() -> None:
    text = "[device]\nid = 'p'\nname = 'P'\n" + PARENT[PARENT.index("[[push]]") :]
    model = load(text)
    assert model.connection is None
    assert len(model.pushes) == 1


def broken(old: str, new: str, text: str = PARENT) -> str:
    assert old in text
    return text.replace(old, new, 1)


# Text, how the reported line begins (None where there is no line to report), and the reason.
BROKEN = [
    ("[device\n", "[device", "not valid TOML"),
    ("[device]\nid = 'x'\nname = 'y'\n[device]\n# end", "[device]\n# end", "not valid TOML"),
    ('x = """\x1e\x1e', 'x = """', "not valid TOML"),
    ('[device]\n"i\\nd" = 1\n', '"i', r"unknown key i\\nd, did you mean id"),
    ("", None, r"needs a \[device\] table with an id"),
    ("[device]\nname = 'x'\n", "[device]", r"needs a \[device\] table with an id"),
    ("[device]\nid = 'x'\n", "[device]", "missing key name"),
    (broken('maker = "PAR"', 'markers = "PAR"'), "markers", "unknown key markers, did you mean maker"),
    (broken("[connection]", "[conection]"), "[conection]", "unknown key conection, did you mean connection"),
    (broken('unit = "Wh"', 'unit = "wh"'), "unit =", "unknown unit 'wh', did you mean Wh"),
    (broken('obis = "1-0:1.8.0"', 'obis = "1-0:1.8"'), 'obis = "1-0:1.8"', "bad OBIS code '1-0:1.8'"),
    (broken('obis = "1-0:1.8.0"', "obis = 18"), "obis = 18", "bad OBIS code 18"),
    (broken('type = "double-long-', 'type = "double_long-'), "type =", "unknown type .*double-long-unsigned"),
    (broken('mechanism = "low"', 'mechanism = "lls"'), "mechanism", "unknown mechanism 'lls'"),
    (broken('"selective-access"', '"selective_access"'), "conformance", "unknown conformance bit .*selective-access"),
    (broken("scaler = -1", 'scaler = "-1"'), "scaler", "scaler: expected int, got str"),
    (broken("scaler = -1", "scaler = -129"), "scaler", "scaler: expected int >= -128"),
    (broken("scaler = -1", "scalar = -1"), "scalar", "unknown key scalar, did you mean scaler"),
    (broken('confidence = "seen"', 'confidence = "sure"'), "confidence", "confidence: invalid enum value 'sure'"),
    (broken('source = "s"\n', ""), "[[association]]", r"\[\[association\]\] reader does not state its source"),
    (broken('name = "energy"', 'name = "clock"'), '[[object]]\nname = "clock"\nclass_id = 3', "clock is there twice"),
    (broken('name = "clock"\n', ""), "[[object]]\nclass_id = 8", r"\[\[object\]\] needs a name"),
    (broken("[[quirk]]", "[quirk]"), "[quirk]", "double brackets"),
    (broken('{ object = "clock" }', '{ object = "clok" }'), "capture =", "capture: no object named clok"),
    (broken('{ object = "clock" }', '{ objekt = "clock" }'), "capture =", "unknown key objekt, did you mean object"),
    (broken('{ reader = "r" }', '{ raeder = "r" }'), "access = { raeder", "access: no association named raeder"),
    (broken('{ reader = "r" }', '{ reader = "q" }'), "access = { reader", "access: invalid enum value 'q'"),
    (broken("time_zone =", "timezone ="), "timezone", "Clock version 0 has no attribute timezone"),
    (broken("class_id = 8\n", ""), '[[object]]\nname = "clock"', "needs either class_id and obis, or address"),
    (broken('class_id = 8\nobis = "0.0.1.0.0.255"', 'address = "1"'), '[[object]]\nname = "clock"', "needs a format"),
    (
        broken('3\nobis = "1-0:1.8.0"', '8\nobis = "0-0:1.0.0"'),
        '[[object]]\nname = "energy"',
        "where clock already is",
    ),
    (broken('link = "hdlc"', 'link = "iec21"'), "[connection]", r"needs a \[connection.iec21\] table"),
    (broken("client_sap = 17", 'invocation_counter = "ic"'), "invocation_counter", "no object named ic"),
    (broken('unit = "W" }', 'unit = "Watt" }'), "  { obis", "unknown unit 'Watt'"),
    (broken('unit = "W" }', 'unit = "W", scaler = 200 }'), "  { obis", "scaler: expected int <= 127"),
    (broken("class_id = 3", "class_id = 65536"), "class_id", "class_id: expected int <= 65535"),
    (broken("client_sap = 17", "client_sap = -1"), "client_sap", "client_sap: expected int >= 0"),
    (broken("window_rx = 3", "window_rx = 0"), "window_rx", "window_rx: expected int >= 1"),
    (broken("server_lower = 17", "server_lower = 16384"), "server_lower", "server_lower: expected int <= 16383"),
    (broken("window_rx = 3", "max_info_rx = 2031"), "max_info_rx", "max_info_rx: expected int <= 2030"),
    (broken("capture_period = 900", "capture_period = -1"), "capture_period", "capture_period: expected int >= 0"),
    (broken("capture_period = 900", "entries = 99999999999999999999"), "entries", "entries: "),
    (broken("window_rx = 3", f"window_rx = {'1' * 5000}"), None, "not valid TOML: .*4300 digits"),
    (broken("window_rx = 3", f"x = {'[' * 5000}{']' * 5000}"), None, "not valid TOML: nested too deep"),
]


@pytest.mark.parametrize(("text", "place", "reason"), BROKEN)
def test_a_broken_file_is_reported_with_its_line(text: str, place: str | None, reason: str) -> None:
    with pytest.raises(PluginLoadError, match=reason) as caught:
        load(text)
    assert caught.value.file == "this.toml"
    assert "\n" not in str(caught.value)
    if place is None:
        assert caught.value.line is None
    else:
        assert caught.value.line is not None
        assert text.split("\n", caught.value.line - 1)[-1].startswith(place)


def test_an_error_in_a_parent_names_the_parent() -> None:
    with pytest.raises(PluginLoadError) as caught:
        load(CHILD, parent=broken("class_id = 3", "class_id = []"))
    assert caught.value.file == "parent.toml"
    assert caught.value.line == PARENT[: PARENT.index("class_id = 3")].count("\n") + 1


def test_an_error_in_a_child_names_the_child() -> None:
    with pytest.raises(PluginLoadError) as caught:
        load(broken("scaler = 3", "scaler = true", CHILD), parent=PARENT)
    assert (caught.value.file, caught.value.line) == ("this.toml", 12)


def test_missing_parent() -> None:
    with pytest.raises(PluginLoadError, match="inherit: no model named parent") as caught:
        load(CHILD)
    assert caught.value.line == 4


def test_inheritance_in_a_circle() -> None:
    first = '[device]\nid = "a"\nname = "A"\ninherit = "b"\n'
    second = '[device]\nid = "b"\nname = "B"\ninherit = "a"\n'
    with pytest.raises(PluginLoadError, match="circle: a -> b -> a") as caught:
        load(first, a=first, b=second)
    assert (caught.value.file, caught.value.line) == ("b.toml", 4)


@pytest.mark.parametrize("remove", ["5", "'quirk'", "[5]", "['device.id']", "['']"])
def test_remove_that_makes_no_sense(remove: str) -> None:
    with pytest.raises(PluginLoadError, match="remove") as caught:
        load(broken('["quirk.some-quirk"]', remove, CHILD), parent=PARENT)
    assert caught.value.line == 5


def test_an_association_that_is_removed_takes_its_rights_along() -> None:
    child = load(broken('"quirk.some-quirk"', '"association.reader"', CHILD), parent=PARENT)
    assert child.associations == ()
    assert {row.rights("reader") for row in child.objects if isinstance(row.access, dict)} == {"-"}


def test_an_object_that_is_removed_takes_its_columns_along() -> None:
    child = load(
        broken(
            '"quirk.some-quirk"',
            '"object.energy"',
            CHILD.replace('name = "energy"', 'name = "clock2"', 1).replace(
                "scaler = 3", 'class_id = 8\nobis = "0-0:1.0.1"'
            ),
        ),
        parent=PARENT,
    )
    assert "energy" in {column.object for column in load(PARENT).object("profile").capture}
    assert "energy" not in {column.object for column in child.object("profile").capture}


def test_a_row_where_the_parent_has_another_is_that_object_under_a_new_name() -> None:
    renamed = CHILD.replace('name = "energy"', 'name = "energy_import_total"\nclass_id = 3\nobis = "1-0:1.8.0"')
    parent, child = load(PARENT), load(renamed, parent=PARENT)
    assert not child.has_object("energy")
    found = child.object("energy_import_total")
    assert (found.obis, found.scaler, found.type) == (parent.object("energy").obis, 3, parent.object("energy").type)
    columns = [column.object for column in parent.object("profile").capture]
    assert [column.object for column in child.object("profile").capture] == [
        "energy_import_total" if name == "energy" else name for name in columns
    ]


def test_remove_of_what_is_not_there() -> None:
    with pytest.raises(PluginLoadError, match=r"the parent has no quirk\.other"):
        load(broken("quirk.some-quirk", "quirk.other", CHILD), parent=PARENT)


def test_a_file_of_the_user(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(CHILD, encoding="utf-8")
    assert load_path(str(file), find_in(parent=PARENT)).id == "child"


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "none.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(PluginLoadError, match="cannot read the model file") as caught:
        load_path(str(file), find_in())
    assert caught.value.file == str(file)


def test_a_file_that_is_too_large_or_has_no_end(tmp_path: Path) -> None:
    file = tmp_path / "large.toml"
    file.write_text(PARENT + "#" * LARGEST, encoding="utf-8")
    for path in (str(file), "/dev/zero"):
        with pytest.raises(PluginLoadError, match="at most 1048576 octets") as caught:
            load_path(path, find_in())
        assert caught.value.file == path
    with pytest.raises(PluginLoadError, match="null byte"):
        load_path("a\0b", find_in())
