"""Encrypted key files: the right passphrase opens them, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlmskit.exceptions import KeyUnavailable
from dlmskit.store.encrypted import COSTS, MAGIC, EncryptedKeyStore, decrypt, encrypt, open_key_file, write_encrypted
from dlmskit.store.keys import FileKeyStore

SECRET = "8e1f3a5c7b9d2e4f6081a3c5e7091b2d"
TEXT = f'[[keys]]\nguek = "{SECRET}"\npassword = "Hunter2!"\n'
PASSPHRASE = "correct horse battery staple"
CHEAP = COSTS.start


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "keys.enc"
    write_encrypted(path, TEXT, PASSPHRASE, cost=CHEAP)
    return path


def test_what_is_written_is_read_and_hidden(file: Path) -> None:
    store = EncryptedKeyStore(file, PASSPHRASE)
    keys = store.keys(None, "association")
    assert keys is not None
    assert (keys.guek, keys.password) == (bytes.fromhex(SECRET), b"Hunter2!")
    octets = file.read_bytes()
    for secret in (SECRET.encode(), bytes.fromhex(SECRET), b"Hunter2!", b"guek", PASSPHRASE.encode()):
        assert secret not in octets
    assert file.stat().st_mode & 0o777 == 0o600
    assert SECRET not in repr(store)


@pytest.mark.parametrize("passphrase", ["", "Correct horse battery staple", PASSPHRASE + " "])
def test_another_passphrase_does_not_open(file: Path, passphrase: str) -> None:
    with pytest.raises(KeyUnavailable, match=r"keys\.enc: the passphrase is wrong, or the file was altered") as error:
        EncryptedKeyStore(file, passphrase)
    assert "horse" not in str(error.value)


def test_no_altered_octet_is_taken(file: Path) -> None:
    octets = file.read_bytes()
    cost = len(MAGIC)
    for position in range(0, len(octets), 5):
        altered = bytearray(octets)
        altered[position] ^= 0x80
        if position != cost:
            with pytest.raises(KeyUnavailable):
                decrypt(bytes(altered), PASSPHRASE)
    for length in (0, cost, cost + 29, cost + 40, len(octets) - 1):
        with pytest.raises(KeyUnavailable):
            decrypt(octets[:length], PASSPHRASE)


@pytest.mark.parametrize("cost", [0, COSTS.start - 1, COSTS.stop, 255])
def test_a_file_cannot_ask_for_less_safety_or_all_memory(cost: int) -> None:
    octets = encrypt(TEXT, PASSPHRASE, cost=CHEAP)
    altered = octets[: len(MAGIC)] + bytes((cost,)) + octets[len(MAGIC) + 1 :]
    with pytest.raises(KeyUnavailable, match=f"cost {cost} is outside 14 to 20"):
        decrypt(altered, PASSPHRASE)
    with pytest.raises(KeyUnavailable, match="outside"):
        encrypt(TEXT, PASSPHRASE, cost=cost)


def test_two_writings_share_nothing() -> None:
    one, other = (encrypt(TEXT, PASSPHRASE, cost=CHEAP)[len(MAGIC) + 1 :] for _ in range(2))
    assert one[:16] != other[:16]
    assert one[28:44] != other[28:44]


def test_what_could_not_be_read_again_is_not_written(file: Path) -> None:
    before = file.read_bytes()
    for text in ("", "[[keys]]\nguek = 5\n"):
        with pytest.raises(KeyUnavailable):
            write_encrypted(file, text, PASSPHRASE, cost=CHEAP)
    with pytest.raises(KeyUnavailable, match="passphrase is empty"):
        write_encrypted(file, TEXT, "", cost=CHEAP)
    assert file.read_bytes() == before
    write_encrypted(file, TEXT.replace("Hunter2!", "Hunter3!"), PASSPHRASE, cost=CHEAP)
    assert decrypt(file.read_bytes(), PASSPHRASE).count("Hunter3!") == 1
    assert [path.name for path in file.parent.iterdir()] == ["keys.enc"]


def test_a_file_that_others_may_read_is_refused(file: Path) -> None:
    file.chmod(0o644)
    with pytest.raises(KeyUnavailable, match="chmod 600"):
        EncryptedKeyStore(file, PASSPHRASE)


def test_the_passphrase_is_asked_for_only_where_it_is_needed(file: Path) -> None:
    asked: list[str] = []

    def passphrase() -> str:
        asked.append("once")
        return PASSPHRASE

    clear = file.with_name("keys.toml")
    clear.write_text(TEXT)
    clear.chmod(0o600)
    assert isinstance(open_key_file(clear, passphrase), FileKeyStore)
    assert asked == []
    assert isinstance(open_key_file(file, passphrase), EncryptedKeyStore)
    assert asked == ["once"]
