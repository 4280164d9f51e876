"""Help: every command has an example that can be pasted, and asking costs nothing."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys

import click
import pytest

from dlmskit.cli import COMMANDS, main

from .command_line import ROOT, accepted, dlmskit, refused


def commands() -> list[tuple[str, ...]]:
    """Every path of words that names a command, groups without their members left out."""
    found: list[tuple[str, ...]] = []
    context = click.Context(main)
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert command is not None
        members = sorted(command.commands) if isinstance(command, click.Group) else []
        found += [(name, member) for member in members] or [(name,)]
    return found


def examples(words: tuple[str, ...]) -> list[str]:
    return [
        line.strip() for line in accepted(dlmskit(*words, "--help")).out.splitlines() if line.startswith("  dlmskit")
    ]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_help_has_an_example_of_the_command_itself(words: tuple[str, ...]) -> None:
    assert any(line.startswith(f"dlmskit {' '.join(words)}") for line in examples(words))


@pytest.mark.parametrize("words", [(), *commands()], ids=" ".join)
def test_every_option_in_an_example_exists(words: tuple[str, ...]) -> None:
    for line in examples(words):
        said = shlex.split(line.partition("   ")[0])[1:]
        path = said[:2] if tuple(said[:2]) in commands() else said[:1]
        known = accepted(dlmskit(*path, "--help")).out
        for option in re.findall(r"(?<!\S)--[a-z-]+", line):
            assert option in known, line


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dlmskit", "--help"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.startswith("Usage: dlmskit ")
    for name in COMMANDS:
        assert f"  {name} " in done.stdout


def test_help_imports_no_command() -> None:
    code = (
        "import sys; from dlmskit.cli import main; main(['--help'], standalone_mode=False); print(*sorted(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    loaded = set(out.splitlines()[-1].split())
    assert not {f"dlmskit.cli.{name}" for name in COMMANDS} & loaded


def test_the_version_is_that_of_the_package() -> None:
    assert re.fullmatch(r"dlmskit, version \d+\.\d+\.\d+\S*\n", accepted(dlmskit("--version")).out)


@pytest.mark.parametrize("group", ["sim", "keys", "sr"])
def test_a_group_without_a_command_shows_its_help_as_it_is(group: str) -> None:
    said = dlmskit(group)
    assert said.code == 2
    assert (said.out + said.err).startswith("Usage: dlmskit")


@pytest.mark.parametrize("words", [["obis", "energy"], ["get", "sim:", "clock", "--json"]])
def test_a_reader_that_goes_away_is_no_defect(words: list[str]) -> None:
    """The pipe is closed before anything is written to it."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "dlmskit", *words]
    try:
        done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False, cwd=ROOT)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("words", [["tree"], ["profile"], ["events"]])
def test_a_meter_without_objects_says_so(words: list[str]) -> None:
    refused(dlmskit(*words, "sim:zzc"), 2, "registers and no objects")
