"""Heat cost allocators (4), cooling (5), heat (6), gas (7), cold and hot water (8 and 9).

Source: Blue Book, OBIS, of each medium. No witness is at hand but for the codes that P1 telegrams and M-Bus clients
use, so only what is well known stands here.
"""

from __future__ import annotations

from dlmskit.cosem.catalogue.rows import Row, rows

_UNSEEN = "Blue Book, OBIS; no witness at hand"

_GENERAL = """
0.0.*  {medium} identification
0.1.0  billing period counter
0.1.1  number of stored billing periods
0.1.2  time of the billing period
0.2.0  firmware version
0.2.8  firmware signature
0.9.1  local time
0.9.2  local date
94.*.*  {medium} object of a country's own
96.1.*  {medium} device identification
97.97.*  {medium} error register
98.1.*  billing profile
99.1.*  load profile
99.98.*  event log
"""

_ALLOCATOR = """
1.0.*  unrated integral
1.2.*  unrated integral, set date
2.0.*  rated integral
2.2.*  rated integral, set date
3.*.*  radiator surface temperature
4.*.*  heating medium temperature
5.*.*  flow temperature
6.*.*  return temperature
7.*.*  room temperature
"""

_THERMAL = """
1.0.*  {medium} energy
1.2.*  {medium} energy, set date
2.0.*  {medium} volume
2.2.*  {medium} volume, set date
3.0.*  {medium} mass
4.0.*  flow volume
5.0.*  flow mass
6.0.*  return volume
7.0.*  return mass
8.0.*  {medium} power
9.0.*  flow rate
10.0.*  flow temperature
11.0.*  return temperature
12.0.*  temperature difference
13.0.*  pressure of the medium
"""

_GAS = """
1.0..2.*  gas volume, forward, undisturbed
2.0..2.*  gas volume, forward, disturbed
3.0.*  gas volume, forward, as metered
3.1.*  gas volume, forward, corrected
3.2.*  gas volume, forward, at base conditions
4.0..2.*  gas volume, reverse, undisturbed
5.0..2.*  gas volume, reverse, disturbed
6.0.*  gas volume, reverse, as metered
6.1.*  gas volume, reverse, corrected
6.2.*  gas volume, reverse, at base conditions
41.*.*  gas temperature
42.*.*  gas pressure
43.*.*  gas flow rate
52.*.*  conversion factor
53.*.*  compressibility
"""

_WATER = """
1.0.*  {medium} volume
1.2.*  {medium} volume, set date
2.0.*  {medium} flow rate
"""


def _all(medium: int, name: str, *tables: str) -> tuple[Row, ...]:
    return tuple(row for table in (*tables, _GENERAL) for row in rows(medium, table.replace("{medium}", name), _UNSEEN))


ROWS: tuple[Row, ...] = (
    *_all(4, "heat cost allocator", _ALLOCATOR),
    *_all(5, "cooling", _THERMAL),
    *_all(6, "heat", _THERMAL),
    *_all(7, "gas", _GAS),
    *_all(8, "cold water", _WATER),
    *_all(9, "hot water", _WATER),
)
