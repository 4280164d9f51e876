"""A client that raises the meter's security policy keeps it from its next request on."""

from __future__ import annotations

from typing import Any

from dlmskit.exceptions import DlmskitError, PolicyError
from dlmskit.security.policy import NO_POLICY, SecurityPolicy
from dlmskit.session.operations import AccessList, Action, ActionList, Operation

_SECURITY_SETUP = 64
_SECURITY_ACTIVATE = 1
ACTING = (Action, ActionList, AccessList)


def activated(operation: Operation, result: Any) -> SecurityPolicy:
    """What `operation`, one of `ACTING` that gave `result`, has activated in the meter."""
    together = NO_POLICY
    items = (operation,) if isinstance(operation, Action) else getattr(operation, "items", ())
    results = (result,) if isinstance(operation, Action) else result
    for item, found in zip(items, results, strict=False):
        if isinstance(item, Action) and not isinstance(found, DlmskitError):
            together |= _wanted(item)
    return together


def _wanted(action: Action) -> SecurityPolicy:
    given = action.parameters
    if (action.class_id, action.method) != (_SECURITY_SETUP, _SECURITY_ACTIVATE) or given is None:
        return NO_POLICY
    value = given.value
    try:
        return SecurityPolicy.of_value(value) if isinstance(value, int) else NO_POLICY
    except PolicyError:
        return NO_POLICY  # the meter knows what it means by that
