"""How a failure reaches the person at the terminal: one line and an exit code, never a traceback.

====  =====================================================
code  meaning
====  =====================================================
0     done
1     unexpected error: a defect of dlmskit
2     usage
3     link: no answer, port busy, time-out
4     association or authentication refused
5     security: tag, key, counter
6     the meter said no
7     partial: some items failed
9     undecodable data
10    plug-in, model or translation error
130   interrupted
141   whoever read the output has gone
====  =====================================================
"""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from dlmskit.exceptions import (
    AssociationError,
    DecodeError,
    DeviceError,
    DlmskitError,
    EncodeError,
    LocalProtocolError,
    ProtocolError,
    SecurityError,
    ServiceError,
    TranslationError,
    TransportError,
)
from dlmskit.transport.target import TargetError

PARTIAL = 7
INTERRUPTED = 130
BROKEN_PIPE = 141

EXIT_CODES: dict[type[DlmskitError], int] = {
    TargetError: 2,
    DecodeError: 9,
    EncodeError: 2,
    LocalProtocolError: 2,
    ProtocolError: 3,
    AssociationError: 4,
    SecurityError: 5,
    ServiceError: 6,
    TransportError: 3,
    TranslationError: 10,
    DeviceError: 10,
}


def exit_code(error: DlmskitError) -> int:
    """The exit code of an error, by its branch of the error tree."""
    return next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), 1)


class Failure(click.ClickException):
    """One of our errors, as click shows it."""

    def __init__(self, error: DlmskitError, hint: str = "") -> None:
        notes = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
        super().__init__(f"{error}{notes}" + (f"\n  try: {hint}" if hint else ""))
        self.exit_code = exit_code(error)  # type: ignore[misc]

    def show(self, file: Any = None) -> None:
        click.echo(f"error: {self.format_message()}", err=True)


class Usage(click.ClickException):
    """A mistake on the command line, in one line instead of click's three."""

    exit_code = 2

    def __init__(self, error: click.UsageError) -> None:
        path = error.ctx.command_path if error.ctx is not None else "dlmskit"
        super().__init__(f"{error.format_message()} (see: {path} --help)")

    def show(self, file: Any = None) -> None:
        click.echo(f"error: {self.format_message()}", err=True)


class ErrorLine(click.Group):
    """A group whose commands may raise our errors; they leave as one line and their exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DlmskitError as error:
            raise Failure(error) from error
        except click.exceptions.NoArgsIsHelpError:
            raise  # shows the help and nothing else
        except click.UsageError as error:
            raise Usage(error) from error
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still to be flushed goes there
            raise SystemExit(BROKEN_PIPE) from None
        except KeyboardInterrupt:
            raise SystemExit(INTERRUPTED) from None
