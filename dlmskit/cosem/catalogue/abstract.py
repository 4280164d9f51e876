"""Abstract objects (medium 0): what every kind of meter may have.

Source: Blue Book, OBIS, abstract objects; what object lists of meters in use show is tested against those.
"""

from __future__ import annotations

from dlmskit.cosem.catalogue.electricity import BOOK
from dlmskit.cosem.catalogue.rows import Row, rows

_SEEN = "seen in the Norwegian HAN lists (vectors hdlc-frame-88cf3597654c, apdu-4b2331a7fcbe)"

ROWS: tuple[Row, ...] = (
    *rows(0, "96.1.7  meter type", _SEEN),
    *rows(
        0,
        """
        0.1.0  billing period counter
        0.1.1  number of stored billing periods
        0.1.2  time of the billing period
        0.2.0  firmware identification
        0.2.1  firmware version
        0.2.8  firmware signature
        0.9.1  local time
        0.9.2  local date
        1.0.*  clock
        1.1.*  UNIX clock
        1.2.*  clock in high resolution
        2.0.*  modem configuration
        2.1.*  auto connect
        2.2.*  auto answer
        10.0.0  script table: reset
        10.0.1  script table: billing period reset
        10.0.100  script table: tariffication
        10.0.101  script table: test mode
        10.0.102  script table: normal mode
        10.0.103  script table: output signals
        10.0.104  script table: switch optical test output
        10.0.105  script table: power quality measurement
        10.0.106  script table: disconnect
        10.0.107  script table: image activation
        10.0.108  script table: push
        10.0.109  script table: load profile control
        10.0.110  script table: M-Bus profile control
        10.0.111  script table: function control
        10.0.125  script table: broadcast
        10.0.*  script table
        11.0.*  special days table
        12.0.*  schedule
        13.0.*  activity calendar
        14.0.*  register activation
        15.0.0  single action schedule: end of billing period
        15.0.1  single action schedule: disconnect
        15.0.2  single action schedule: image activation
        15.0.3  single action schedule: output control
        15.0.4  single action schedule: push
        15.0.5  single action schedule: load profile control
        15.0.6  single action schedule: M-Bus profile control
        15.0.7  single action schedule: function control
        15.*.*  single action schedule
        16.0.*  register monitor
        16.1.0..9  alarm monitor
        16.1.*  register monitor
        16.2.*  parameter monitor
        17.0.*  limiter
        18.0.*  array manager
        19.0..9.*  payment account
        19.10..19.*  payment credit
        19.20..29.*  payment charge
        19.40..49.*  token gateway
        20.0.*  optical or electrical port setup
        21.0.0  general local port readout
        21.0.1  general display readout
        21.0.2  alternate display readout
        21.0.3  service display readout
        21.0.4  list of configuration data
        21.0.*  readout profile
        22.0.*  HDLC setup
        23.0.*  twisted pair setup
        24.0.*  M-Bus slave port setup
        24.1.0  M-Bus client
        24.2.*  value of an M-Bus device
        24.3.*  profile of an M-Bus device
        24.4.*  disconnect control of an M-Bus device
        24.5.*  control log of an M-Bus device
        24.6.*  M-Bus master port setup
        24.9.*  M-Bus diagnostic
        25.0.*  TCP-UDP setup
        25.1.*  IPv4 setup
        25.2.*  MAC address
        25.3.*  PPP setup
        25.4.*  GPRS modem setup
        25.5.*  SMTP setup
        25.6.*  GSM diagnostic
        25.7.*  IPv6 setup
        25.9.*  push setup
        25.10.*  NTP setup
        25.11.*  LTE monitoring
        26.0.*  S-FSK Phy&MAC setup
        26.1.*  S-FSK active initiator
        26.2.*  S-FSK MAC synchronization timeouts
        26.3.*  S-FSK MAC counters
        26.5.*  IEC 61334-4-32 LLC setup
        26.6.*  S-FSK reporting system list
        27.0..2.*  ISO/IEC 8802-2 LLC setup
        28.0.*  PRIME LLC SSCS setup
        28.1.*  PRIME physical layer counters
        28.2.*  PRIME MAC setup
        28.3.*  PRIME MAC functional parameters
        28.4.*  PRIME MAC counters
        28.5.*  PRIME MAC network administration data
        28.6.*  PRIME MAC address
        28.7.*  PRIME application identification
        29.0.*  G3-PLC MAC layer counters
        29.1.*  G3-PLC MAC setup
        29.2.*  G3-PLC 6LoWPAN setup
        30.*.*  ZigBee setup
        40.0.*  association
        41.0.*  SAP assignment
        42.0.*  logical device name
        43.0.*  security setup
        43.1.*  invocation counter
        43.2.*  data protection
        44.0.*  image transfer
        44.1.*  function control
        44.2.*  communication port protection
        65.*.*  utility table
        66.0.*  compact data
        94.*.*  object of a country's own
        96.1.*  device identification
        96.2.0  number of configuration changes
        96.2.1  time of the last configuration change
        96.2.5  time of the last calibration
        96.2.12  time of the last clock synchronization
        96.2.*  parameter changes and calibration
        96.3.0  state of inputs and outputs
        96.3.1  state of inputs
        96.3.2  state of outputs
        96.3.3  state of internal control signals
        96.3.4  state of ripple control
        96.3.10  disconnect control
        96.3.20..29  arbitrator
        96.4.*  internal control signals
        96.5.*  internal operating status
        96.6.0  battery use time
        96.6.1  battery charge
        96.6.3  battery voltage
        96.6.6  estimated remaining battery time
        96.6.*  battery
        96.7.0  number of power failures in all three phases
        96.7.1  number of power failures in L1
        96.7.2  number of power failures in L2
        96.7.3  number of power failures in L3
        96.7.4  number of power failures of the auxiliary supply
        96.7.5  number of long power failures in all three phases
        96.7.6  number of long power failures in L1
        96.7.7  number of long power failures in L2
        96.7.8  number of long power failures in L3
        96.7.9  number of long power failures in any phase
        96.7.10..14  time of a power failure
        96.7.15..19  duration of a power failure
        96.7.20  threshold for a long power failure
        96.7.21  number of power failures in any phase
        96.7.*  power failures
        96.8.0  time of operation
        96.8.*  time of operation in tariff {e}
        96.9.*  ambient temperature
        96.10.*  profile status
        96.11.*  event code
        96.12.1  number of connections
        96.12.5  GSM field strength
        96.12.6  telephone number
        96.13.0  message to the consumer, local port
        96.13.1  message to the consumer, display
        96.14.*  active tariff
        96.15.*  event counter
        96.20.*  meter tampering
        96.50..95.*  object of the manufacturer's own
        97.97.*  error register
        97.98.0..9  alarm register
        97.98.10..19  alarm filter
        97.98.20..29  alarm descriptor
        98.1.*  billing profile
        98.2.*  billing profile 2
        98.10.*  tariff program profile
        99.1.*  load profile
        99.2.*  daily profile
        99.12.*  connection profile
        99.13.*  GSM diagnostic profile
        99.14.*  charge collection profile
        99.15.*  token profile
        99.16.*  parameter monitor log
        99.98.*  event log
        """,
        BOOK,
    ),
)
