"""The deviations that models name in `[[quirk]]` rows, and who acts on each.

A decoder or a client accepts what has one meaning only and says that it did; a virtual meter behaves as the row says.
A name that is not here is a mistake in the model file.
"""

from __future__ import annotations

AARE_WITHOUT_USER_INFORMATION = "aare-without-user-information"
DEVIATION_NOT_SPECIFIED = "deviation-not-specified"
SYSTEM_TITLE_NOT_TOLD = "system-title-not-told"
LISTS_REFUSED = "lists-refused"
NULL_TIMESTAMPS = "null-timestamps"
ONE_ASSOCIATION_PER_LINK = "one-association-per-link"
RANGE_IN_LOCAL_TIME = "range-in-local-time"
SCALER_LIES = "scaler-lies"
SELECTION_IGNORED = "selection-ignored"

QUIRKS = {
    AARE_WITHOUT_USER_INFORMATION: "the AARE that refuses has no user-information, whatever the reason",
    DEVIATION_NOT_SPECIFIED: "stamps of the clock have no deviation (0x8000)",
    SYSTEM_TITLE_NOT_TOLD: "the AARE does not say the meter's system title; a client must know it beforehand",
    LISTS_REFUSED: "requests with a list of attributes are granted when associating and refused when they come",
    NULL_TIMESTAMPS: "rows of a profile after the first have null-data in place of the stamp",
    ONE_ASSOCIATION_PER_LINK: "after an association has ended, the link must be set up anew before the next one",
    RANGE_IN_LOCAL_TIME: "limits of a profile range are taken for local time, whatever deviation they have",
    SCALER_LIES: "registers tell another scaler than the one they count in; the row of each has both",
    SELECTION_IGNORED: "a profile is sent whole, whatever part of it was asked for",
    "date-time-carries-octet-string-tag": "the date-time of a data-notification is tagged as an octet-string",
    "event-notification-time-tagged-no-optional-flag": "an event-notification has a tagged time and no flag before it",
    "mbus-length-modulo-256": "the length octets of a long M-Bus frame count modulo 256",
}
"""What each name means"""
