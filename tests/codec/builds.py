"""The builds of each kernel that are there, as if each were one module; tests/test_accelerated.py asks for both."""

import importlib
import importlib.util
from types import SimpleNamespace

AXDR_MODULES = ("_axdr", "_axdr_encode")
FCS_MODULES = ("_fcs",)


def builds(modules):
    """By name, the modules' functions from Python (``py``) and, where compiled, from the twins (``c``)."""
    places = {"py": "dlmskit.codec"}
    if all(importlib.util.find_spec(f"dlmskit._speedups.{module}") for module in modules):
        places["c"] = "dlmskit._speedups"
    found = {}
    for build, place in places.items():
        names = {}
        for module in modules:
            names.update(vars(importlib.import_module(f"{place}.{module}")))
        found[build] = SimpleNamespace(**{name: value for name, value in names.items() if not name.startswith("__")})
    return found


AXDR = builds(AXDR_MODULES)
if importlib.util.find_spec("dlmskit._speedups._rows"):
    kernel = importlib.import_module("dlmskit._speedups._rows")
    AXDR["rows"] = SimpleNamespace(**{**vars(AXDR["c"]), "encode_items": kernel.encode_items})
FCS = builds(FCS_MODULES)
