"""docs/classes.md says what the declarations say."""

from __future__ import annotations

from dlmskit.cosem import INTERFACE_CLASSES, interface_class
from dlmskit.cosem.classes.names import ALIASES, NAMES

from .class_page import PAGE, render


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == render(), "run PYTHONPATH=tests python -m cosem.class_page"


def test_every_known_class_has_a_name_and_every_file_its_class() -> None:
    assert len(NAMES) == 107
    for (class_id, version), declared in INTERFACE_CLASSES.items():
        named = NAMES[class_id]
        assert version in named.versions
        assert (declared.class_id, declared.version) == (class_id, version)
        assert declared.name == named.name


def test_a_class_without_attributes_is_marked_and_keeps_its_first() -> None:
    wisun = interface_class(95, 0)
    assert (wisun.name, wisun.known, wisun.confidence) == ("Wi-SUN setup", False, "name")
    assert [item.name for item in wisun.attributes] == ["logical_name"]


def test_an_unknown_version_is_the_nearest_lower_one_and_says_so() -> None:
    push = interface_class(40, 3)
    assert (push.version, push.declared_version, push.known, push.exact) == (3, 2, True, False)
    assert push.attributes == interface_class(40, 2).attributes
    assert interface_class(29, 1).known is False


def test_class_2_is_taken_for_smtp_setup_on_input_only() -> None:
    smtp = interface_class(2, 0)
    assert (smtp.class_id, smtp.name) == (46, "SMTP setup")
    assert 2 not in NAMES
    assert (2, 0) not in INTERFACE_CLASSES
    assert ALIASES == {2: 46}
