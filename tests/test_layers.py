"""Who may import whom. The table is the architecture; a new package must take its place in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "dlmskit"
DEVICES = ROOT / "devices"

L0 = {"exceptions", "enums", "_obis", "obis", "limits"}
L1 = {"codec"}
L2 = {"apdu"}
L3 = {"cosem", "security", "link", "notation"}
L4 = {"session", "model"}
L5 = {"stack", "transport", "store"}
L6 = {"client", "aio", "connecting", "dial_in", "listener", "meter", "pool", "reading"}
L7 = {"market", "translate"}
L8 = {"execute", "vmeter", "capture", "probe", "conform"}
UP_TO_2 = L0 | L1 | L2
UP_TO_4 = UP_TO_2 | L3 | L4
UP_TO_5 = UP_TO_4 | L5
UP_TO_7 = UP_TO_5 | L6 | L7

MAY_IMPORT: dict[str, set[str]] = {
    **{name: set() for name in L0},
    "enums": set(),
    "obis": {"exceptions", "_obis", "_speedups"},
    "limits": {"exceptions"},
    "codec": L0 | {"_speedups"},
    "apdu": L0 | L1 | {"_speedups"},
    "cosem": UP_TO_2,
    "security": UP_TO_2 | {"_speedups"},
    "link": UP_TO_2 | {"_speedups"},
    "notation": UP_TO_2,
    "testing": UP_TO_2 | {"cosem"},
    "session": UP_TO_2 | {"cosem", "security"},
    "model": L0 | {"cosem"},
    "stack": UP_TO_4,
    "transport": L0 | {"link.base"},
    "store": L0 | {"security", "model"},
    "reading": UP_TO_5,
    "connecting": UP_TO_5,
    "meter": UP_TO_5 | {"connecting", "reading"},
    "client": UP_TO_5 | {"connecting", "meter", "reading"},
    "aio": UP_TO_5 | {"client", "connecting", "meter", "reading"},
    "pool": UP_TO_5 | {"aio", "connecting"},
    "listener": UP_TO_5,
    "dial_in": UP_TO_5 | {"aio", "client", "connecting", "listener", "reading"},
    "market": L0 | {"cosem"},
    "translate": UP_TO_4 | {"stack", "market"},
    "execute": UP_TO_7,
    "vmeter": UP_TO_5,
    "capture": UP_TO_7,
    "probe": UP_TO_7,
    "conform": UP_TO_7,
    "cli": UP_TO_7 | L8,
}

NO_IO = {*L0, *L1, *L2, *L3, "session", "stack", "market", "translate"}
IO_MODULES = {
    "socket",
    "asyncio",
    "serial",
    "select",
    "selectors",
    "threading",
    "time",
    "random",
    "secrets",
    "os",
    "pathlib",
    "tempfile",
    "subprocess",
}
# a switch read once at import is no I/O
TWO_BUILDS = ("obis", "codec/axdr", "codec/fcs", "apdu/fields", "apdu/elements", "link/hdlc/fast", "security/opening")
IO_ALLOWED = {(f"dlmskit/{module}.py", "os") for module in TWO_BUILDS}


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every absolute module name that `path` imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            assert node.module is not None
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node.lineno


def modules() -> list[Path]:
    return sorted(p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py" and p != PACKAGE / "__main__.py")


def layer(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def allowed(target: str, own: str, permitted: set[str]) -> bool:
    rest = target.removeprefix("dlmskit.")
    return any(rest == name or rest.startswith(name + ".") for name in permitted | {own})


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_imports_only_from_layers_below(path: Path) -> None:
    own = layer(path)
    if own == "_speedups":
        return
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for name, line in imports(path)
        if name.startswith("dlmskit.") and not allowed(name, own, MAY_IMPORT[own])
    ]
    assert not wrong


@pytest.mark.parametrize("path", [p for p in modules() if layer(p) in NO_IO], ids=lambda p: str(p.relative_to(ROOT)))
def test_ports_clocks_files_and_randomness_stay_at_the_edge(path: Path) -> None:
    where = str(path.relative_to(ROOT))
    wrong = [
        f"{where}:{line} imports {name}"
        for name, line in imports(path)
        if name.split(".")[0] in IO_MODULES and (where, name.split(".")[0]) not in IO_ALLOWED
    ]
    assert not wrong


@pytest.mark.parametrize("path", sorted(DEVICES.rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_device_plug_in_imports_only_what_plug_ins_may(path: Path) -> None:
    permitted = UP_TO_4 | {"market", "translate"} | ({"vmeter"} if path.name == "firmware.py" else set())
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for name, line in imports(path)
        if name.startswith("dlmskit.") and not allowed(name, "", permitted)
    ]
    assert not wrong


def test_every_package_has_its_place() -> None:
    present = {layer(p) for p in modules()} - {"_speedups", "__init__", "__main__"}
    assert present <= set(MAY_IMPORT)
