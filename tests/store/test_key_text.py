"""Keys as people write them; whatever is wrong, the writing is never repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlmskit.exceptions import KeyUnavailable
from dlmskit.store.key_text import parse_key

KEY = bytes.fromhex("8e1f3a5c7b9d2e4f6081a3c5e7091b2d")
HEX = KEY.hex()


@pytest.mark.parametrize(
    "text",
    [
        HEX,
        HEX.upper(),
        " " + KEY.hex(" ") + "\n",
        KEY.hex(":"),
        KEY.hex("-"),
        KEY.hex(".", 2),
        KEY.hex("_", 4),
        KEY.hex(",").replace(",", ", "),
    ],
)
def test_hex_with_any_usual_separator(text: str) -> None:
    assert parse_key(text) == KEY


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("0x" + HEX, "leave out the 0x"),
        (HEX[:-1], "31 hex digits"),
        (HEX + "8e1", "35 hex digits"),
        ("SecretSecretKey!", "other characters"),
        (HEX.replace("8e", "8g"), "other characters"),
        ("", "empty"),
        ("  ", "empty"),
    ],
)
def test_anything_else_is_refused_without_showing_it(text: str, word: str) -> None:
    with pytest.raises(KeyUnavailable, match=word) as error:
        parse_key(text, "guek")
    assert str(error.value).startswith("guek")
    for piece in ("8e1f", "8g1f", "Secret", "091b2d"):
        assert piece not in str(error.value)


def test_an_environment_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METER_GUEK", HEX)
    assert parse_key("env:METER_GUEK") == KEY
    with pytest.raises(KeyUnavailable, match="NO_SUCH_KEY is not set"):
        parse_key("env:NO_SUCH_KEY", "guek")


def test_a_file_of_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "guek"
    file.write_text(HEX + "\n")
    file.chmod(0o600)
    assert parse_key(f"file:{file}") == KEY
    file.chmod(0o640)
    with pytest.raises(KeyUnavailable, match=r"mode 0640\): chmod 600"):
        parse_key(f"file:{file}")
    with pytest.raises(KeyUnavailable, match="cannot read"):
        parse_key(f"file:{tmp_path / 'none'}")
