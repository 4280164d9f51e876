from __future__ import annotations

from pathlib import Path

import pytest

from dlmskit.exceptions import KeyUnavailable
from dlmskit.store.keys import FileKeyStore, MemoryKeyStore

SECRET = "8e1f3a5c7b9d2e4f6081a3c5e7091b2d"
TITLE = bytes.fromhex("4b464d1020013f2a")
GOOD = f"""
[[keys]]
guek = "{SECRET}"
password = "Hunter2!"

[[keys]]
system_title = "4B 46 4D 10 20 01 3F 2A"
guek = "env:METER_GUEK"
gak = "{SECRET[::-1]}"
"""


def written(folder: Path, text: str, name: str = "keys.toml", mode: int = 0o600) -> Path:
    file = folder / name
    file.write_text(text)
    file.chmod(mode)
    return file


def test_a_file_gives_keys_by_title_and_a_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METER_GUEK", SECRET[::-1])
    store = FileKeyStore(written(tmp_path, GOOD))
    known, default = store.keys(TITLE, "push"), store.keys(b"anybody!", "push")
    assert known is not None
    assert known.guek == bytes.fromhex(SECRET[::-1])
    assert default is not None
    assert default.password == b"Hunter2!"
    assert store.keys(None, "association") is default
    assert SECRET not in repr(store) + repr(known) + repr(default)


def test_json_of_the_same_shape(tmp_path: Path) -> None:
    file = written(tmp_path, f'{{"keys": [{{"guek": "{SECRET}", "suite": 0}}]}}', "keys.json")
    keys = FileKeyStore(file).keys(TITLE, "push")
    assert keys is not None
    assert keys.guek == bytes.fromhex(SECRET)


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyUnavailable, match=r"mode 0644\): chmod 600 .*keys.toml"):
        FileKeyStore(written(tmp_path, GOOD, mode=0o644))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("x = 1", "wanted a list"),
        (f'[[keys]]\nguek = "{SECRET}', "not TOML"),
        (f'[[keys]]\nguek = "{SECRET}00"', r"keys\[0\]: guek of suite 0 must be 16 octets, found 17"),
        (f'[[keys]]\nguek = "{SECRET[1:]}"', "31 hex digits"),
        ("[[keys]]\nguek = 5", "guek has the wrong type"),
        (f'[[keys]]\n"{SECRET}" = 1', "1 unknown field"),
        (f'[[keys]]\nsystem_title = "00"\nguek = "{SECRET}"', "8 octets, found 1"),
        (f'[[keys]]\nguek = "{SECRET}"\n[[keys]]\nguek = "{SECRET}"', "second entry"),
        (f'[[keys]]\nguek = "{SECRET}"\nsuite = 9', "suite 9"),
    ],
)
def test_a_broken_file_is_one_clear_line_without_the_key(tmp_path: Path, text: str, word: str) -> None:
    with pytest.raises(KeyUnavailable, match=word) as error:
        FileKeyStore(written(tmp_path, text))
    message = str(error.value)
    assert "keys.toml" in message
    assert "\n" not in message
    assert SECRET[2:10] not in message


def test_memory_without_keys_has_none() -> None:
    assert MemoryKeyStore().keys(TITLE, "push") is None
