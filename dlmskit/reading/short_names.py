"""The object list of an Association SN: which objects a meter has in short name referencing, and where they lie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dlmskit.codec.data import Data
from dlmskit.cosem.short_names import OBJECT_LIST, ShortNamed, short_named
from dlmskit.exceptions import DataAccessError
from dlmskit.session.cosem.settings import SHORT_NAMES
from dlmskit.session.operations import ReadNames, ShortName
from dlmskit.stack.dialogue import Procedure

_CONTEXTS = frozenset(context.label for context in SHORT_NAMES)


def objects() -> Procedure[tuple[ShortNamed, ...]]:
    """Read the object list. Raises `DataAccessError` where refused and `DecodeError` for another shape."""
    (found,) = yield ReadNames((ShortName(OBJECT_LIST),))
    if isinstance(found, DataAccessError):
        raise found
    assert isinstance(found, Data)
    return short_named(found)


def by_short_names(negotiated: Mapping[str, Any]) -> bool:
    """Whether what was negotiated is an association in short name referencing."""
    return negotiated.get("context") in _CONTEXTS
