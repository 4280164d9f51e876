"""Talks to any electricity or gas meter: DLMS/COSEM and IEC 62056-21, as client, as meter and as translator.

The names below are imported when they are first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dlmskit.capture import Recording
    from dlmskit.client import Client, connect
    from dlmskit.codec.data import Data
    from dlmskit.codec.date_time import CosemDate, CosemDateTime, CosemTime
    from dlmskit.cosem.quantity import Quantity
    from dlmskit.cosem.units import Unit
    from dlmskit.exceptions import DlmskitError
    from dlmskit.model.device import DeviceModel
    from dlmskit.obis import Obis
    from dlmskit.reading import ObjectRow, Profile
    from dlmskit.security.keys import KeySet
    from dlmskit.session.cosem.settings import AssociationSettings
    from dlmskit.session.operations import Action, Get, GetList, Set
    from dlmskit.stack.observe import Observer

_WHERE = {
    "Action": "dlmskit.session.operations",
    "AssociationSettings": "dlmskit.session.cosem.settings",
    "Client": "dlmskit.client",
    "CosemDate": "dlmskit.codec.date_time",
    "CosemDateTime": "dlmskit.codec.date_time",
    "CosemTime": "dlmskit.codec.date_time",
    "Data": "dlmskit.codec.data",
    "DeviceModel": "dlmskit.model.device",
    "DlmskitError": "dlmskit.exceptions",
    "Get": "dlmskit.session.operations",
    "GetList": "dlmskit.session.operations",
    "KeySet": "dlmskit.security.keys",
    "ObjectRow": "dlmskit.reading",
    "Obis": "dlmskit.obis",
    "Observer": "dlmskit.stack.observe",
    "Profile": "dlmskit.reading",
    "Quantity": "dlmskit.cosem.quantity",
    "Recording": "dlmskit.capture",
    "Set": "dlmskit.session.operations",
    "Unit": "dlmskit.cosem.units",
    "connect": "dlmskit.client",
}

__all__ = [
    "Action",
    "AssociationSettings",
    "Client",
    "CosemDate",
    "CosemDateTime",
    "CosemTime",
    "Data",
    "DeviceModel",
    "DlmskitError",
    "Get",
    "GetList",
    "KeySet",
    "Obis",
    "ObjectRow",
    "Observer",
    "Profile",
    "Quantity",
    "Recording",
    "Set",
    "Unit",
    "connect",
]


def __getattr__(name: str) -> Any:
    module = _WHERE.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(module), name)


def __dir__() -> list[str]:
    return __all__
