"""The compiled modules; everything else is in pyproject.toml.

Each is a Python module of the package, compiled a second time under `dlmskit._speedups` with the C types in `ext/`, or
a kernel there, written by hand beside the Python module that it equals. A machine without Cython or a C compiler gets
a pure installation; DLMSKIT_REQUIRE_EXTENSIONS=1 makes that an error, and DLMSKIT_PURE=1 builds the pure wheel, which
any machine can install.
"""

import os

from setuptools import Extension, setup

COMPILED = {
    "dlmskit._speedups._axdr": "dlmskit/codec/_axdr.py",
    "dlmskit._speedups._axdr_encode": "dlmskit/codec/_axdr_encode.py",
    "dlmskit._speedups._columns": "dlmskit/codec/_columns.py",
    "dlmskit._speedups._fcs": "dlmskit/codec/_fcs.py",
    "dlmskit._speedups._rows": "ext/dlmskit/_speedups/_rows.pyx",
    "dlmskit._speedups._stamps": "ext/dlmskit/_speedups/_stamps.pyx",
    "dlmskit._speedups._strides": "ext/dlmskit/_speedups/_strides.pyx",
    "dlmskit._speedups._elements": "ext/dlmskit/_speedups/_elements.pyx",
    "dlmskit._speedups._fields": "ext/dlmskit/_speedups/_fields.pyx",
    "dlmskit._speedups._opening": "ext/dlmskit/_speedups/_opening.pyx",
    "dlmskit._speedups._obis": "ext/dlmskit/_speedups/_obis.pyx",
    "dlmskit._speedups._hdlc": "ext/dlmskit/_speedups/_hdlc.pyx",
}
REQUIRED = os.environ.get("DLMSKIT_REQUIRE_EXTENSIONS") == "1"
PURE = os.environ.get("DLMSKIT_PURE") == "1"


def extensions() -> list[Extension]:
    try:
        from Cython.Build import cythonize
    except ImportError:
        if REQUIRED:
            raise
        return []
    modules: list[Extension] = cythonize(
        [Extension(name, [source]) for name, source in COMPILED.items()],
        include_path=["ext"],
        build_dir="build/cython",
        compiler_directives={
            "language_level": 3,
            "annotation_typing": False,
            "boundscheck": False,
            "wraparound": False,
        },
    )
    for module in modules:  # cythonize() drops `optional`
        module.optional = not REQUIRED
    return modules


setup(ext_modules=[] if PURE else extensions())
