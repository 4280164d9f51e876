"""The command line: one file a command, imported when it is called, no logic of its own."""

from __future__ import annotations

from importlib import import_module

import click

from dlmskit.cli.errors import ErrorLine

COMMANDS = {
    "act": "Invoke a method of a meter.",
    "clock": "The meter's time: show it, set it.",
    "decode": "Explain octets: frames, APDUs and data, with keys where given.",
    "demo": "Start three virtual meters and send the same market commands to each.",
    "encode": "Octets of an APDU that is written as XML or JSON.",
    "events": "Event logs of a meter, decoded.",
    "get": "Read attributes of a meter.",
    "keys": "Key files under a passphrase.",
    "listen": "Show pushes as they come in.",
    "obis": "What an OBIS code means, and which codes mean something.",
    "profile": "Load profiles as a table, a picture, CSV or Parquet.",
    "set": "Write an attribute of a meter.",
    "sim": "Run virtual meters.",
    "sr": "Market service requests: list, translate, run.",
    "tree": "What a meter has, and what one may do with it.",
}


class LazyGroup(ErrorLine, click.Group):
    """Imports a command's module only when it is used, so that `--help` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"dlmskit.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dlmskit", prog_name="dlmskit")
def main() -> None:
    """Talk to electricity and gas meters, and translate for them.

    \b
    dlmskit demo                                          three meters, six market commands
    dlmskit decode 7EA00A00020023219318717E               what do these octets say?
    dlmskit tree sim:                                     what does this meter have?
    dlmskit get sim: 1-0:1.8.0                            read a register
    dlmskit profile sim: --last 1d --plot                 draw its load profile
    dlmskit sr translate read-import-registers --model zzh
    """
