"""What OBIS codes mean."""

from __future__ import annotations

import pytest

from dlmskit.cosem import describe
from dlmskit.cosem.catalogue import source
from dlmskit.obis import Obis


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("1-0:1.8.0*255", "active energy import"),
        ("1-0:2.8.2*255", "active energy export, tariff 2"),
        ("1-1:3.7.0*255", "reactive power import"),
        ("1-0:31.7.0*255", "current L1"),
        ("1-0:52.7.0*255", "voltage L2"),
        ("1-0:73.7.0*255", "power factor L3"),
        ("1-0:14.7.0*255", "frequency"),
        ("1-0:61.8.0*255", "active energy import L3"),
        ("1-0:21.24.0*255", "average active power import L1"),
        ("1-0:91.7.0*255", "neutral current"),
        ("0-0:1.0.0*255", "clock"),
        ("0-1:1.0.0*255", "clock"),
        ("0-0:96.3.10*255", "disconnect control"),
        ("1-0:99.1.0*255", "load profile"),
        ("0-3:24.2.1*255", "value of an M-Bus device"),
    ],
)
def test_meanings(code: str, meaning: str) -> None:
    obis = Obis.parse(code)
    assert describe(obis) == meaning
    assert source(obis)


@pytest.mark.parametrize(
    "code",
    ["1-0:0.128.0*255", "1-0:99.128.0*255", "1-0:81.7.4*255", "1-0:11.8.0*255", "7-0:1.8.0*255", "1-0:1.128.0*255"],
)
def test_what_is_not_known_is_not_guessed(code: str) -> None:
    assert describe(Obis.parse(code)) is None
    assert source(Obis.parse(code)) is None
