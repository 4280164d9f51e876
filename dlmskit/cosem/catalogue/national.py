"""What countries add to the catalogue, or mean otherwise; they count only when the country is asked for.

Marks of `source`: GXF is the Dutch profiles of OSGP/open-smart-grid-platform; GB the decoded reference commands of
GBCS 4.5.0; IN the table of IS 15959 codes in use, as several independent programs have it.
"""

from __future__ import annotations

from dlmskit.cosem.catalogue.rows import Row, rows

_NL = "GXF: DSMR 2.2 to SMR 5.5"
_GB = "GB reference commands"
_IN = "IN: IS 15959 as in use"

ROWS: tuple[Row, ...] = (
    *rows(
        0,
        """
        15.1.4  phase outage test schedule
        15.2.4  last gasp test schedule
        24.2.6  status of an M-Bus device
        24.2.7..11  configuration of an M-Bus device
        24.3.0  hourly profile of an M-Bus device
        24.3.1  daily profile of an M-Bus device
        24.3.2  monthly profile of an M-Bus device
        1..4:96.1.1  equipment identifier of an M-Bus device
        94.31.0  administrative in or out
        94.31.3  meter configuration
        94.31.6  definable load profile
        94.31.10  clear status of an M-Bus device
        94.31.12  randomisation
        94.31.21  hysteresis for current THD
        94.31.22..23  minimum duration for current THD
        94.31.24  current THD fingerprint L1
        94.31.25  current THD fingerprint L2
        94.31.26  current THD fingerprint L3
        96.11.0  code of the standard event log
        96.11.1  code of the fraud detection log
        96.11.3  code of the M-Bus event log
        96.11.4  code of the communication log
        96.11.5  code of the power quality log
        98.1.0  monthly billing profile
        99.98.0  standard event log
        99.98.1  fraud detection log
        99.98.3  M-Bus event log
        99.98.4  communication event log
        99.98.5  power quality event log
        99.98.6  auxiliary event log
        99.98.7  extended power quality event log
        99.98.8  power quality event log, THD
        """,
        _NL,
        "NL",
    ),
    *rows(
        1,
        """
        1:0.2.0  firmware of the module
        2:0.2.0  firmware of the communication module
        3:0.2.0  version of the P1 port
        4:0.2.0  firmware of the M-Bus driver
        99.1.1  power quality profile 1
        99.1.2  power quality profile 2
        """,
        _NL,
        "NL",
    ),
    *rows(
        0,
        """
        94.44.34*F1  active energy import by tariff
        94.44.34*F2  active energy import by tariff and block
        94.44.34*F10  active energy import
        94.44.34*F20  active power import
        94.44.100  seconds since 2000
        96.1.1  EUI-64 of the device
        98.1.8  prepayment daily log
        98.1.9  daily log of active energy import
        98.1.10  daily log of export
        99.98.0  event log
        99.98.1  security log
        99.98.2  auxiliary load log
        99.98.4  power event log
        99.98.20  boost button log
        """,
        _GB,
        "GB",
    ),
    *rows(
        1,
        """
        32.32.0*F4  number of sags of voltage L1
        32.36.0*F4  number of swells of voltage L1
        """,
        _GB,
        "GB",
    ),
    *rows(
        0,
        """
        94.91.9  meter type
        99.98.0  voltage event log
        99.98.1  current event log
        99.98.2  power event log
        99.98.3  transaction log
        99.98.4  other tamper event log
        99.98.5  non-rollover event log
        99.98.6  control event log
        """,
        _IN,
        "IN",
    ),
    *rows(
        1,
        """
        94.91.0  instantaneous profile
        94.91.3  scalers of the instantaneous profile
        94.91.4  scalers of the block load profile
        94.91.5  scalers of the daily load profile
        94.91.6  scalers of the billing profile
        94.91.7  scalers of the event log
        99.1.0  block load profile
        99.2.0  daily load profile
        """,
        _IN,
        "IN",
    ),
)
