"""The compiled twins are the same code with C types, and are really there where they were built."""

import ast
import importlib
import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

import dlmskit._speedups
from dlmskit import _obis, obis
from dlmskit.apdu import _elements, _fields, elements, fields
from dlmskit.codec import _axdr, _axdr_encode, _columns, _fcs, _stamps, _strides, axdr, columns, stamps
from dlmskit.link.hdlc import _fast, fast
from dlmskit.security import _opening, opening

TWINS = {"_axdr": _axdr, "_axdr_encode": _axdr_encode, "_columns": _columns, "_fcs": _fcs}
# What the .pxd makes a C function or variable is gone from the module; without the .pxd it would be there.
TYPED = {
    "_axdr": {"_bits", "_octets", "_SIZE", "_TREE"},
    "_axdr_encode": {"_misfit", "_SIZE"},
    "_columns": {"_swapped", "_SIZE"},
    "_fcs": {"_TABLES"},
}
BUILT = {
    path.name.split(".")[0]
    for folder in dlmskit._speedups.__path__
    for path in Path(folder).iterdir()
    if path.suffix in (".so", ".pyd")
}


# Kernels written by hand, with the class that each has in common with its Python module.
KERNELS = {
    "_fields": (fields, "Fields"),
    "_elements": (elements, "Elements"),
    "_hdlc": (fast, "read_frames"),
    "_opening": (opening, "opened"),
    "_obis": (obis, "octets_of"),
}


# Kernels written by hand that a module takes whole.
MODULES = {"_rows": axdr, "_stamps": stamps, "_strides": columns}


STUBS = Path(dlmskit.__file__).parent / "_speedups"
PYTHON = {
    **TWINS,
    "_rows": _axdr_encode,
    "_stamps": _stamps,
    "_strides": _strides,
    "_elements": _elements,
    "_fields": _fields,
    "_hdlc": _fast,
    "_opening": _opening,
    "_obis": _obis,
}
"""The Python module that each compiled one equals"""


def stub(name: str) -> ast.Module:
    return ast.parse((STUBS / f"{name}.pyi").read_text())


def names_of(tree: ast.Module) -> set[str]:
    """What a stub gives out: definitions, and imports under the same name."""
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    imported = {
        alias.asname
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname == alias.name
    }
    return defined | imported


def test_every_compiled_module_has_a_stub_and_no_other() -> None:
    assert {path.stem for path in STUBS.glob("*.pyi")} == set(PYTHON)


@pytest.mark.parametrize("name", sorted(BUILT))
def test_a_stub_names_what_the_compiled_module_gives_out(name: str) -> None:
    built = importlib.import_module(f"dlmskit._speedups.{name}")
    given = {key for key, value in vars(built).items() if getattr(value, "__module__", "") == built.__name__}
    assert names_of(stub(name)) == {key for key in given if not key.startswith("_")}


@pytest.mark.parametrize("name", sorted(PYTHON))
def test_a_stub_has_the_signatures_of_the_python_source(name: str) -> None:
    for node in stub(name).body:
        if isinstance(node, ast.FunctionDef):
            source = inspect.unwrap(getattr(PYTHON[name], node.name))
            wanted = inspect.signature(source)
            found = {each.arg: ast.unparse(each.annotation) for each in node.args.args if each.annotation is not None}
            assert found == {each.name: each.annotation for each in wanted.parameters.values()}, node.name
            assert node.returns is not None
            assert ast.unparse(node.returns) == wanted.return_annotation, node.name
            if name in BUILT:
                built = getattr(importlib.import_module(f"dlmskit._speedups.{name}"), node.name)
                assert list(inspect.signature(built).parameters) == list(found), node.name


def test_kernels_of_columns_are_the_ones_in_use():
    for name, module in MODULES.items():
        assert (getattr(module, name).__name__ == f"dlmskit._speedups.{name}") == axdr.ACCELERATED


def test_extensions_are_there_where_they_are_required():
    if os.environ.get("DLMSKIT_REQUIRE_EXTENSIONS") == "1":
        assert {*TWINS, *KERNELS, *MODULES} <= BUILT


def test_built_kernels_are_the_ones_in_use():
    for name in BUILT & set(KERNELS):
        module, what = KERNELS[name]
        kernel = getattr(importlib.import_module(f"dlmskit._speedups.{name}"), what)
        assert (os.environ.get("DLMSKIT_PURE") != "1") == module.ACCELERATED
        assert (getattr(module, what) is kernel) == module.ACCELERATED


def test_built_twins_load_and_are_typed():
    for name in BUILT & set(TWINS):
        twin = importlib.import_module(f"dlmskit._speedups.{name}")
        assert not twin.__file__.endswith(".py")
        assert TYPED[name] <= set(vars(TWINS[name]))
        assert not TYPED[name] & set(vars(twin))


def test_fields_of_the_cursor_are_c_fields():
    if "_axdr" in BUILT:
        twin = importlib.import_module("dlmskit._speedups._axdr")
        assert not hasattr(twin.Cursor(b"", 0), "pos")
    assert _axdr.Cursor(b"", 0).pos == 0


BOTH = {"_axdr", "_axdr_encode"} <= BUILT, "_fcs" in BUILT


@pytest.mark.parametrize(("pure", "expected"), [("1", (False, False)), ("", BOTH)])
def test_the_environment_can_force_python(pure, expected):
    code = "from dlmskit.codec import axdr, fcs; print((axdr.ACCELERATED, fcs.ACCELERATED))"
    environment = {**os.environ, "DLMSKIT_PURE": pure}
    shown = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert shown.stdout.strip() == str(expected)


def test_both_builds_raise_and_return_the_same_classes():
    for name in sorted(BUILT & {"_axdr"}):
        twin = importlib.import_module(f"dlmskit._speedups.{name}")
        octets = bytes.fromhex("02030401801affffffffffff")
        assert twin.decode_tree(octets) == _axdr.decode_tree(octets)
        assert [type(item) for item in twin.decode_value(octets)[0]] == [
            type(item) for item in _axdr.decode_value(octets)[0]
        ]
