"""Asking before something changes a meter."""

from __future__ import annotations

import sys

import click

yes_option = click.option("--yes", "-y", is_flag=True, help="Do not ask before the meter is changed.")


def confirm(question: str, *, yes: bool) -> None:
    """Go on only with `--yes` or a yes on the terminal. Raises `click.UsageError` where nobody can be asked."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("this changes the meter, and there is no terminal to ask on: say --yes")
    if not click.confirm(question, err=True):
        click.echo("nothing was changed", err=True)
        raise SystemExit(1)
