"""Every kernel test runs on each build that is there; tests/test_accelerated.py sees to it that both are."""

import importlib
import importlib.util

import pytest


def _builds(name):
    builds = [pytest.param(f"dlmskit.codec.{name}", id="py")]
    if importlib.util.find_spec(f"dlmskit._speedups.{name}"):
        builds.append(pytest.param(f"dlmskit._speedups.{name}", id="c"))
    return builds


@pytest.fixture(params=_builds("_axdr"))
def axdr(request):
    return importlib.import_module(request.param)


@pytest.fixture(params=_builds("_fcs"))
def fcs(request):
    return importlib.import_module(request.param)
