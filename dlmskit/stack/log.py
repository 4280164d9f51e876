"""What a dialogue says to the standard library's logging: states, repeats, refused frames; never a value or a secret.

::

    dlmskit.client     DEBUG what is asked for and what the meter refuses, WARNING what is repeated, INFO a line opened
                       anew
    dlmskit.session    INFO an association begun or ended, WARNING what failed, DEBUG what a meter says on its own
    dlmskit.link       DEBUG a connection, WARNING octets that could not be used
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

logging.getLogger("dlmskit").addHandler(logging.NullHandler())  # what is said goes where the program sends it
_CLIENT, _SESSION, _LINK = (logging.getLogger(f"dlmskit.{name}") for name in ("client", "session", "link"))
_PLACES: dict[str, tuple[logging.Logger, int]] = {
    "request": (_CLIENT, logging.DEBUG),
    "completed": (_CLIENT, logging.DEBUG),
    "refused": (_CLIENT, logging.DEBUG),
    "retry": (_CLIENT, logging.WARNING),
    "reopened": (_CLIENT, logging.INFO),
    "associated": (_SESSION, logging.INFO),
    "closed": (_SESSION, logging.INFO),
    "failed": (_SESSION, logging.WARNING),
    "counter-hint": (_SESSION, logging.WARNING),
    "notified": (_SESSION, logging.DEBUG),
    "connected": (_LINK, logging.DEBUG),
    "dropped": (_LINK, logging.WARNING),
}


def logged() -> bool:
    """Whether anybody wants to know of single requests."""
    return _CLIENT.isEnabledFor(logging.DEBUG)


def log(name: str, event: str, detail: Mapping[str, Any]) -> None:
    """Say that `event` happened to the dialogue called `name`; `detail` is what a recording holds of it."""
    logger, level = _PLACES.get(event, (_CLIENT, logging.DEBUG))
    if logger.isEnabledFor(level):
        said = " ".join(f"{key}={value}" for key, value in detail.items())
        logger.log(level, "%s%s%s", f"{name}: " if name else "", event, f" {said}" if said else "")
