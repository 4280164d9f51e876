"""`python -m dlmskit` is the command `dlmskit`."""

from dlmskit.cli import main

main(prog_name="dlmskit")
