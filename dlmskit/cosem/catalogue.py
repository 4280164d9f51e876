"""What usual OBIS codes mean, in our own words.

Codes are described by rules, not one by one: an electricity code is a quantity (group C), what was done with it (group
D) and a tariff (group E); everything else is a list of patterns, the first that matches counts. National books give
some codes other meanings: a device model's own role name goes before what is said here.
"""

from __future__ import annotations

from functools import lru_cache

from dlmskit.obis import Obis, ObisPattern

_BOOK = "Blue Book, OBIS"
_SEEN = "seen in the Norwegian HAN lists (vectors hdlc-frame-88cf3597654c, apdu-4b2331a7fcbe)"

# C of the whole meter -> (energy, power or other, source); L1, L2 and L3 are the same 20, 40 and 60 further on.
_QUANTITIES: dict[int, tuple[str, str, str]] = {
    1: ("active energy import", "active power import", _BOOK),
    2: ("active energy export", "active power export", _BOOK),
    3: ("reactive energy import", "reactive power import", _BOOK),
    4: ("reactive energy export", "reactive power export", _BOOK),
    5: ("reactive energy QI", "reactive power QI", _BOOK),
    6: ("reactive energy QII", "reactive power QII", _BOOK),
    7: ("reactive energy QIII", "reactive power QIII", _BOOK),
    8: ("reactive energy QIV", "reactive power QIV", _BOOK),
    9: ("apparent energy import", "apparent power import", _BOOK),
    10: ("apparent energy export", "apparent power export", _BOOK),
    11: ("", "current", _BOOK),
    12: ("", "voltage", _BOOK),
    13: ("", "power factor", _BOOK),
    14: ("", "frequency", _BOOK),
    15: ("active energy, sum of import and export", "active power, sum of import and export", _BOOK),
    16: ("active energy, import less export", "active power, import less export", _BOOK),
}
_NEUTRAL = {91: "neutral current", 92: "neutral voltage"}
_PHASES = ("", " L1", " L2", " L3")

# D -> (text with the quantity put in, whether it is of the energy or of the power, source)
_PROCESSING: dict[int, tuple[str, bool, str]] = {
    4: ("average {}, current period", False, _BOOK),
    5: ("average {}, last period", False, _BOOK),
    6: ("maximum {}", False, _BOOK),
    7: ("{}", False, _BOOK),
    8: ("{}", True, _BOOK),
    24: ("average {}", False, "OSGP open-smart-grid-platform, DSMR 4.2.2 profile"),
    29: ("{} in the load profile period", True, _BOOK),
    32: ("number of sags of {}", False, "OSGP open-smart-grid-platform, DSMR 4.2.2 profile"),
    36: ("number of swells of {}", False, "OSGP open-smart-grid-platform, DSMR 4.2.2 profile"),
}

_RULES: tuple[tuple[str, str, str], ...] = (
    ("0-*:1.0.*", "clock", _BOOK),
    ("0-*:10.0.0", "script table: reset", _BOOK),
    ("0-*:10.0.1", "script table: billing period reset", _BOOK),
    ("0-*:10.0.100", "script table: tariffication", _BOOK),
    ("0-*:10.0.106", "script table: disconnect", _BOOK),
    ("0-*:11.0.*", "special days table", _BOOK),
    ("0-*:13.0.*", "activity calendar", _BOOK),
    ("0-*:17.0.*", "limiter", _BOOK),
    ("0-*:24.1.0", "M-Bus client", _BOOK),
    ("0-*:24.2.*", "value of an M-Bus device", _BOOK),
    ("0-*:24.3.*", "profile of an M-Bus device", _BOOK),
    ("0-*:25.9.*", "push setup", _BOOK),
    ("0-*:40.0.*", "association", _BOOK),
    ("0-*:41.0.*", "SAP assignment", _BOOK),
    ("0-*:42.0.*", "logical device name", _BOOK),
    ("0-*:43.0.*", "security setup", _BOOK),
    ("0-*:43.1.*", "invocation counter", _BOOK),
    ("0-*:44.0.*", "image transfer", _BOOK),
    ("0-*:96.1.7", "meter type", _SEEN),
    ("0-*:96.1.*", "device identification", _BOOK),
    ("0-*:96.3.10", "disconnect control", _BOOK),
    ("0-*:96.7.*", "power failures", _BOOK),
    ("0-*:96.10.*", "profile status", _BOOK),
    ("0-*:96.11.*", "event code", _BOOK),
    ("0-*:96.14.0", "active tariff", _BOOK),
    ("0-*:97.97.*", "error register", _BOOK),
    ("0-*:97.98.0", "alarm register", _BOOK),
    ("0-*:97.98.10", "alarm filter", _BOOK),
    ("0-*:99.98.*", "event log", _BOOK),
    ("1-*:0.0.*", "electricity identification", _BOOK),
    ("1-1:0.2.129", "list version", _SEEN),
    ("1-*:0.2.0", "firmware version", _BOOK),
    ("1-1:96.1.1", "meter type", _SEEN),
    ("1-*:98.1.*", "billing profile", _BOOK),
    ("1-*:99.1.*", "load profile", _BOOK),
    ("1-*:99.2.*", "daily profile", _BOOK),
)
_PATTERNS = tuple((ObisPattern.parse(pattern), text, source) for pattern, text, source in _RULES)


def describe(obis: Obis) -> str | None:
    """The meaning of `obis` in a few words, None when no rule knows it."""
    found = _look_up(obis)
    return found[0] if found is not None else None


def source(obis: Obis) -> str | None:
    """Where the description comes from, None when there is none."""
    found = _look_up(obis)
    return found[1] if found is not None else None


@lru_cache(maxsize=1024)
def _look_up(obis: Obis) -> tuple[str, str] | None:
    for pattern, text, where in _PATTERNS:
        if pattern.matches(obis):
            return text, where
    return _electricity(obis) if obis.a == 1 else None


def _electricity(obis: Obis) -> tuple[str, str] | None:
    processing = _PROCESSING.get(obis.d)
    if processing is None:
        return None
    form, of_energy, where = processing
    quantity = _quantity(obis.c, of_energy)
    if not quantity:
        return None
    tariff = f", tariff {obis.e}" if 0 < obis.e < 64 else ""
    return form.format(quantity) + tariff, where


def _quantity(c: int, of_energy: bool) -> str:
    if c in _NEUTRAL and not of_energy:
        return _NEUTRAL[c]
    phase, whole = divmod(c, 20)
    if phase >= len(_PHASES) or whole not in _QUANTITIES:
        return ""
    text = _QUANTITIES[whole][0 if of_energy else 1]
    return text + _PHASES[phase] if text else ""
