"""Electricity (medium 1): quantities, what is done with them, and the codes that are neither.

Source: Blue Book, OBIS, electricity; what object lists of meters in use show is tested against those.
"""

from __future__ import annotations

from collections.abc import Iterator

from dlmskit.cosem.catalogue.rows import Row, rows

BOOK = "Blue Book, OBIS"
_SEEN = "seen in the Norwegian HAN lists (vectors hdlc-frame-88cf3597654c, apdu-4b2331a7fcbe)"
_GXF = "OSGP open-smart-grid-platform, DSMR 4.2.2 profile"

# C of the whole meter -> (energy, power or other); L1, L2 and L3 are the same 20, 40 and 60 further on.
QUANTITIES: dict[int, tuple[str, str]] = {
    1: ("active energy import", "active power import"),
    2: ("active energy export", "active power export"),
    3: ("reactive energy import", "reactive power import"),
    4: ("reactive energy export", "reactive power export"),
    5: ("reactive energy QI", "reactive power QI"),
    6: ("reactive energy QII", "reactive power QII"),
    7: ("reactive energy QIII", "reactive power QIII"),
    8: ("reactive energy QIV", "reactive power QIV"),
    9: ("apparent energy import", "apparent power import"),
    10: ("apparent energy export", "apparent power export"),
    11: ("", "current"),
    12: ("", "voltage"),
    13: ("", "power factor"),
    14: ("", "frequency"),
    15: ("active energy, sum of import and export", "active power, sum of import and export"),
    16: ("active energy, import less export", "active power, import less export"),
    17: ("active energy QI", "active power QI"),
    18: ("active energy QII", "active power QII"),
    19: ("active energy QIII", "active power QIII"),
    20: ("active energy QIV", "active power QIV"),
}
PHASES = ("", " L1", " L2", " L3")
OTHERS: dict[int, tuple[str, str]] = {
    81: ("", "phase angle"),
    82: ("pulses or unitless quantity", "pulses or unitless quantity"),
    84: ("", "power factor export"),
    85: ("", "power factor export L1"),
    86: ("", "power factor export L2"),
    87: ("", "power factor export L3"),
    88: ("ampere-squared hours", "current squared"),
    89: ("volt-squared hours", "voltage squared"),
    90: ("", "sum of phase currents"),
    91: ("", "neutral current"),
    92: ("", "neutral voltage"),
}
HARMONICS = frozenset({11, 12, 15, 31, 32, 35, 51, 52, 55, 71, 72, 75, 90, 91, 92})
"""C whose group E is a harmonic, not a tariff"""

# D -> (text with the quantity put in, whether it is of the energy or of the power, source)
PROCESSING: dict[int, tuple[str, bool, str]] = {
    0: ("average {}, billing period", False, BOOK),
    1: ("cumulative minimum {}", False, BOOK),
    2: ("cumulative maximum {}", False, BOOK),
    3: ("minimum {}", False, BOOK),
    4: ("average {}, current period", False, BOOK),
    5: ("average {}, last period", False, BOOK),
    6: ("maximum {}", False, BOOK),
    7: ("{}", False, BOOK),
    8: ("{}", True, BOOK),
    9: ("{} in the billing period", True, BOOK),
    10: ("{} above the threshold", True, BOOK),
    11: ("cumulative minimum {}, period 2", False, BOOK),
    12: ("cumulative maximum {}, period 2", False, BOOK),
    13: ("minimum {}, period 2", False, BOOK),
    14: ("average {}, current period 2", False, BOOK),
    15: ("average {}, last period 2", False, BOOK),
    16: ("maximum {}, period 2", False, BOOK),
    21: ("cumulative minimum {}, period 3", False, BOOK),
    22: ("cumulative maximum {}, period 3", False, BOOK),
    23: ("minimum {}, period 3", False, BOOK),
    24: ("average {}", False, _GXF),
    25: ("average {}, last period 3", False, BOOK),
    26: ("maximum {}, period 3", False, BOOK),
    29: ("{} in the load profile period", True, BOOK),
    30: ("{} in the load profile 2 period", True, BOOK),
    31: ("lower threshold of {}", False, BOOK),
    32: ("number of times {} was below the threshold", False, BOOK),
    33: ("duration of {} below the threshold", False, BOOK),
    34: ("magnitude of {} below the threshold", False, BOOK),
    35: ("upper threshold of {}", False, BOOK),
    36: ("number of times {} was above the threshold", False, BOOK),
    37: ("duration of {} above the threshold", False, BOOK),
    38: ("magnitude of {} above the threshold", False, BOOK),
    39: ("missing threshold of {}", False, BOOK),
    40: ("number of times {} was missing", False, BOOK),
    41: ("duration of missing {}", False, BOOK),
    42: ("magnitude of missing {}", False, BOOK),
    43: ("time threshold for low {}", False, BOOK),
    44: ("time threshold for high {}", False, BOOK),
    45: ("time threshold for missing {}", False, BOOK),
    46: ("contracted {}", False, BOOK),
    55: ("test average {}", False, BOOK),
}
VOLTAGE = frozenset({12, 32, 52, 72})
# The same where the quantity is a voltage: usual words.
OF_VOLTAGE: dict[int, tuple[str, bool, str]] = {
    32: ("number of sags of {}", False, _GXF),
    33: ("duration of last sag of {}", False, _GXF),
    34: ("magnitude of last sag of {}", False, _GXF),
    36: ("number of swells of {}", False, _GXF),
    37: ("duration of last swell of {}", False, _GXF),
    38: ("magnitude of last swell of {}", False, _GXF),
}


def quantities() -> Iterator[tuple[int, str, str]]:
    """Every C with its words for energy and for power, of the whole meter and of each phase."""
    for phase, words in enumerate(PHASES):
        for whole, (energy, power) in QUANTITIES.items():
            yield whole + 20 * phase, energy and energy + words, power + words
    for c, (energy, power) in OTHERS.items():
        yield c, energy, power


def measurements() -> Iterator[tuple[int, int, str, str]]:
    """C, D, the meaning without tariff, and its source."""
    for c, energy, power in quantities():
        processing = {**PROCESSING, **OF_VOLTAGE} if c in VOLTAGE else PROCESSING
        for d, (form, of_energy, origin) in processing.items():
            if quantity := energy if of_energy else power:
                yield c, d, form.format(quantity), origin


ROWS: tuple[Row, ...] = (
    *rows(1, "1:0.2.129  list version\n1:96.1.1  meter type", _SEEN),
    *rows(
        1,
        """
        0.0.*  electricity identification
        0.1.0  billing period counter
        0.1.1  number of stored billing periods
        0.1.2  time of the billing period
        0.2.0  firmware version
        0.2.1  configuration program version
        0.2.2  time switching program number
        0.2.8  firmware signature
        0.3.0  metrological LED constant, active energy
        0.3.1  metrological LED constant, reactive energy
        0.3.2  metrological LED constant, apparent energy
        0.3.3..9  pulse constant of an output
        0.4.0  reading factor for power
        0.4.1  reading factor for energy
        0.4.2  transformer ratio, current (numerator)
        0.4.3  transformer ratio, voltage (numerator)
        0.4.4  transformer ratio, overall (numerator)
        0.4.5  transformer ratio, current (denominator)
        0.4.6  transformer ratio, voltage (denominator)
        0.4.7  transformer ratio, overall (denominator)
        0.6.0  nominal voltage
        0.6.1  nominal current
        0.6.2  nominal frequency
        0.6.3  maximum current
        0.6.4  reference voltage for power quality
        0.8.0  averaging period 1
        0.8.1  averaging period 2
        0.8.2  averaging period 3
        0.8.4  recording interval of load profile 1
        0.8.5  recording interval of load profile 2
        0.8.6  length of the billing period
        0.9.1  local time
        0.9.2  local date
        0.11.*  measurement algorithm
        83.8.*  transformer and line losses
        94.*.*  electricity object of a country's own
        96.1.0..9  electricity device identification {e}
        96.5.*  internal operating status
        96.10.*  status of electricity profiles
        97.97.*  electricity error register
        98.1.*  billing profile
        99.1.*  load profile
        99.2.*  daily profile
        99.3.*  load profile during test
        99.10.1  profile of voltage dips
        99.10.2  profile of voltage swells
        99.10.3  profile of voltage cuts
        99.11.*  voltage harmonics profile
        99.12.*  current harmonics profile
        99.13.*  voltage unbalance profile
        99.98.*  event log
        """,
        BOOK,
    ),
)
