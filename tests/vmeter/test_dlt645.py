"""A virtual DL/T 645-2007 meter, asked by our client over a real line and in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal

import pytest

from dlmskit.client import Client, connect
from dlmskit.exceptions import ActionError, DataAccessError, FirmwareModelError
from dlmskit.model import registry
from dlmskit.security.keys import KeySet
from dlmskit.session.dlt645 import bcd
from dlmskit.session.dlt645.identifiers import describe
from dlmskit.session.operations import ReadIdentifier, SendCommand, WriteIdentifier
from dlmskit.vmeter.dlt645 import IdentifierMeter
from dlmskit.vmeter.metrology import WATT_HOUR
from dlmskit.vmeter.sim import SimMeter, open_sim

START = datetime(2026, 11, 21, 10, 7, 30, tzinfo=UTC)
PASSWORD, OPERATOR = bytes((2, 0, 0, 0)), bytes(4)


@contextmanager
def dialogue(on: Literal["tcp", "pty"] = "tcp", password: bytes = PASSWORD) -> Iterator[tuple[SimMeter, Client]]:
    keys = KeySet(password=password)
    with (
        SimMeter("dlt645", start=START, on=on, speed=0) as meter,
        connect(meter.target, model="dlt645", keys=keys, timeout=5) as client,
    ):
        yield meter, client


def energy(meter: SimMeter) -> Decimal:
    total = meter.meter.firmware.present().truth.energy_import.total
    return Decimal(total // (10 * WATT_HOUR)).scaleb(-2)


@pytest.mark.parametrize("on", ["tcp", "pty"])
def test_identifiers_are_read_and_mean_what_our_table_says(on: Literal["tcp", "pty"]) -> None:
    with dialogue(on) as (meter, client):
        octets = client.run(ReadIdentifier(0x00010000))
        assert bcd.number(octets, 2) == energy(meter)
        known = describe(0x00010000)
        assert known is not None
        assert known.quantity(octets).value == energy(meter) * 1000
        tariffs = [bcd.number(client.run(ReadIdentifier(each)), 2) for each in (0x00010100, 0x00010200)]
        block = client.run(ReadIdentifier(0x0001FF00))
        assert [bcd.number(block[at : at + 4], 2) for at in (0, 4, 8)] == [energy(meter), *tariffs]
        assert bcd.digits(client.run(ReadIdentifier(0x04000401))) == "000000000001"


def test_every_identifier_of_the_model_is_served() -> None:
    with dialogue() as (_, client):
        for row in registry.load("dlt645").objects:
            assert client.run(ReadIdentifier(int(row.address or "", 16)))
        with pytest.raises(DataAccessError, match="no-requested-data"):
            client.run(ReadIdentifier(0x00990000))


def test_date_and_time_are_local_and_written_with_the_password() -> None:
    with dialogue() as (meter, client):
        assert bcd.digits(client.run(ReadIdentifier(0x04000101))) == "26112106"  # a Saturday
        assert bcd.digits(client.run(ReadIdentifier(0x04000102))) == "180730"
        client.run(WriteIdentifier(0x04000102, bcd.from_digits("181500")))
        assert meter.meter.firmware.clock.reading == int((START + timedelta(minutes=7, seconds=30)).timestamp() * 1000)
        with pytest.raises(DataAccessError, match="no-requested-data"):
            client.run(WriteIdentifier(0x00010000, bytes(4)))
    with dialogue(password=bytes(4)) as (_, client), pytest.raises(DataAccessError, match="wrong-password"):
        client.run(WriteIdentifier(0x04000102, bcd.from_digits("181500")))


def test_the_supply_is_tripped_permitted_and_closed() -> None:
    def control(code: int, password: bytes = PASSWORD) -> SendCommand:
        return SendCommand(0x1C, password + OPERATOR + bytes((code, 0)) + bcd.from_digits("261231235959"))

    with dialogue() as (meter, client):
        states = []
        for code in (0x1A, 0x1B, 0x1C):
            client.run(control(code))
            states.append((meter.meter.firmware.switch.closed, client.run(ReadIdentifier(0x04000503)).hex()))
        assert states == [(False, "1000"), (False, "1000"), (True, "0000")]
        with pytest.raises((DataAccessError, ActionError), match="wrong-password"):
            client.run(control(0x1A, bytes(4)))
        with pytest.raises((DataAccessError, ActionError)):
            client.run(control(0x77))
        assert meter.meter.firmware.switch.closed


def test_a_broadcast_moves_the_clock_by_minutes_only() -> None:
    meter = IdentifierMeter(registry.load("dlt645"), start=START)
    before = meter.firmware.clock.reading
    meter.set_clock(datetime(2026, 11, 21, 18, 20))
    assert meter.firmware.clock.reading == before
    meter.set_clock(datetime(2026, 11, 21, 18, 10))
    assert meter.firmware.clock.reading == before + 150_000


def test_meters_of_other_seeds_have_other_addresses_and_no_other_link() -> None:
    assert IdentifierMeter(registry.load("dlt645"), seed=42, start=START).address == "000000000042"
    open_sim("dlt645", start=START).close()
    with pytest.raises(FirmwareModelError, match="DL/T 645"):
        SimMeter("dlt645", links={"hdlc": 0})
