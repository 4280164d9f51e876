"""Numbers and texts as they are read: XML gives texts only, so a number may come as one."""

from __future__ import annotations

import re

from dlmskit.notation.tree import Given

_INTEGER = re.compile(r"-?[0-9]{1,20}")


def read_integer(given: Given) -> int:
    """A whole number, in JSON as a number or a text."""
    found = given.scalar()
    if isinstance(found, str) and _INTEGER.fullmatch(found.strip()):
        return int(found)
    if isinstance(found, int) and not isinstance(found, bool):
        return found
    raise given.error(f"wanted a whole number, found {shown(found)}")


def read_boolean(given: Given) -> bool:
    """True or false."""
    found = given.scalar()
    if isinstance(found, bool):
        return found
    if isinstance(found, str) and found.strip() in ("true", "false"):
        return found.strip() == "true"
    raise given.error(f"wanted true or false, found {shown(found)}")


def read_text(given: Given) -> str:
    """A text."""
    found = given.scalar()
    if not isinstance(found, str):
        raise given.error(f"wanted a text, found {shown(found)}")
    return found


def read_hex(given: Given) -> bytes:
    """Octets in hex; white space may stand between them."""
    found = read_text(given)
    try:
        return bytes.fromhex(found)
    except ValueError:
        raise given.error(f"wanted octets in hex, found {shown(found)}") from None


def read_float(given: Given) -> float:
    """A number, or one of the texts nan, inf, -inf."""
    found = given.scalar()
    if isinstance(found, str) and len(found) <= 64:
        try:
            return float(found)
        except ValueError:
            pass
    elif isinstance(found, int | float) and not isinstance(found, bool):
        try:
            return float(found)
        except OverflowError:
            pass
    raise given.error(f"wanted a number, found {shown(found)}")


def shown(found: object) -> str:
    """A value in an error, cut where it is long."""
    text = "null" if found is None else repr(found)
    return text if len(text) <= 40 else f"{text[:36]}...{text[0]}"
