"""What OBIS codes mean, in our own words: described, explained with channel and billing period, and searched by text.

Codes are described by rules, not one by one: an electricity code is a quantity (group C), what was done with it (group
D) and a tariff or harmonic (group E); the other media and the abstract objects are rows with ranges. What a country
adds or means otherwise stands apart and counts only when its country is named; the role name that a device model
gives goes before all of it.
"""

from __future__ import annotations

from dlmskit.cosem.catalogue.index import COUNTRIES, MEDIA, describe, explain, source
from dlmskit.cosem.catalogue.search import Found, search

__all__ = ["COUNTRIES", "MEDIA", "Found", "describe", "explain", "search", "source"]
