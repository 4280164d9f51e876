"""The market's messages: their JSON is a contract, so it is compared octet by octet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from dlmskit.exceptions import DecodeError, EncodeError, UnsupportedService
from dlmskit.market.outcome import Outcome
from dlmskit.market.services import (
    SERVICES,
    AnyRequest,
    ClockResult,
    DisableSupply,
    EnableSupply,
    ImportProfile,
    ImportRegisters,
    MarketResponse,
    ProfileRow,
    ReadActiveImportProfile,
    ReadImportRegisters,
    ReadSupplyStatus,
    SupplyStatus,
    SynchroniseClock,
    from_pairs,
    request_from_json,
    response_from_json,
    to_json,
)

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)

REQUESTS: dict[str, AnyRequest] = {
    '{"service":"read-import-registers","schema":"dlmskit/market-request/1"}': ReadImportRegisters(),
    '{"service":"read-active-import-profile","start":"2026-06-30T12:00:00Z","end":"2026-07-01T14:00:00+02:00",'
    '"schema":"dlmskit/market-request/1"}': ReadActiveImportProfile(
        NOON - timedelta(days=1), NOON.astimezone(timezone(timedelta(hours=2)))
    ),
    '{"service":"synchronise-clock","time":null,"maximum_correction":60,"schema":"dlmskit/market-request/1"}': (
        SynchroniseClock(maximum_correction=60)
    ),
    '{"service":"read-supply-status","schema":"dlmskit/market-request/1"}': ReadSupplyStatus(),
    '{"service":"disable-supply","schema":"dlmskit/market-request/1"}': DisableSupply(),
    '{"service":"enable-supply","schema":"dlmskit/market-request/1"}': EnableSupply(),
}

RESPONSES = {
    '{"service":"read-import-registers","outcome":"data","reason":null,"data":{"type":"import-registers",'
    '"active_energy_import":"4294967.2950","read_time":"2026-07-01T12:00:00Z"},"schema":"dlmskit/market-response/1"}': (
        MarketResponse(
            "read-import-registers", Outcome.DATA, data=ImportRegisters(Decimal("4294967.2950"), read_time=NOON)
        )
    ),
    '{"service":"read-active-import-profile","outcome":"data","reason":null,"data":{"type":"import-profile",'
    '"rows":[{"time":"2026-07-01T12:00:00Z","active_energy_import":"0.001","status":8},'
    '{"time":"2026-07-01T12:15:00Z","active_energy_import":null,"status":null}]},'
    '"schema":"dlmskit/market-response/1"}': MarketResponse(
        "read-active-import-profile",
        Outcome.DATA,
        data=ImportProfile(
            (ProfileRow(NOON, Decimal("0.001"), 8), ProfileRow(NOON + timedelta(minutes=15), None, None))
        ),
    ),
    '{"service":"synchronise-clock","outcome":"acknowledged","reason":null,"data":{"type":"clock",'
    '"clock_time":"2026-07-01T12:00:00Z","clock_status":128,"drift":"-3.25"},"schema":"dlmskit/market-response/1"}': (
        MarketResponse(
            "synchronise-clock", Outcome.ACKNOWLEDGED, data=ClockResult(NOON, clock_status=128, drift=Decimal("-3.25"))
        )
    ),
    '{"service":"enable-supply","outcome":"acknowledged","reason":"the consumer has to close","data":'
    '{"type":"supply-status","control_state":"ready-for-reconnection","output_state":false,"control_mode":1},'
    '"schema":"dlmskit/market-response/1"}': MarketResponse(
        "enable-supply",
        Outcome.ACKNOWLEDGED,
        "the consumer has to close",
        SupplyStatus("ready-for-reconnection", False, 1),
    ),
}


@pytest.mark.parametrize(("text", "request_"), REQUESTS.items(), ids=[each.service for each in REQUESTS.values()])
def test_request_json_both_ways(text: str, request_: AnyRequest) -> None:
    assert to_json(request_).decode() == text
    assert request_from_json(text) == request_


def test_every_service_is_among_the_requests() -> None:
    assert {request.service for request in REQUESTS.values()} == set(SERVICES)


@pytest.mark.parametrize(("text", "response"), RESPONSES.items(), ids=[each.service for each in RESPONSES.values()])
def test_response_json_both_ways(text: str, response: MarketResponse) -> None:
    assert to_json(response).decode() == text
    assert response_from_json(text) == response


def test_parameters_from_key_value_pairs() -> None:
    request = from_pairs("read-active-import-profile", ("start=2026-06-30T12:00:00Z", "end=2026-07-01T14:00:00+02:00"))
    assert isinstance(request, ReadActiveImportProfile)
    assert (request.start, request.end) == (NOON - timedelta(days=1), NOON)
    assert from_pairs("synchronise-clock", ("maximum_correction=60",)) == SynchroniseClock(maximum_correction=60)
    assert from_pairs("read-import-registers", ()) == ReadImportRegisters()


@pytest.mark.parametrize(
    ("pairs", "told"),
    [
        (("start=2026-06-30T12:00:00Z",), "end"),
        (("start=2026-06-30T12:00:00", "end=2026-07-01T12:00:00Z"), "start needs a zone"),
        (("start=2026-07-01T12:00:00Z", "end=2026-06-30T12:00:00Z"), "before its start"),
        (("start=yesterday", "end=2026-07-01T12:00:00Z"), "start"),
        (("start=2026-06-30T12:00:00Z", "end=2026-07-01T12:00:00Z", "tariff=1"), "tariff"),
        (("start=2026-06-30T12:00:00Z", "start=2026-06-30T12:00:00Z"), "start is given twice"),
        (("start",), "key=value"),
    ],
)
def test_bad_parameters_are_named(pairs: tuple[str, ...], told: str) -> None:
    with pytest.raises(EncodeError, match=told):
        from_pairs("read-active-import-profile", pairs)


def test_an_unknown_service_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnsupportedService, match="read-import-registers"):
        from_pairs("read-import-register", ())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"service":"no-such-service"}',
        '{"service":"disable-supply","when":"now"}',
        '{"service":"disable-supply","schema":"dlmskit/market-request/2"}',
        '{"service":"read-active-import-profile","start":"2026-07-01T12:00:00","end":"2026-07-01T12:00:00"}',
        '{"service":"synchronise-clock","maximum_correction":-1}',
        '{"service":"synchronise-clock","maximum_correction":1e999}',
        '{"a":' * 100_000,
        "\ud800",
    ],
    ids=lambda text: repr(text[:40]),
)
def test_what_is_no_request_is_refused_as_ours(text: str) -> None:
    with pytest.raises(DecodeError):
        request_from_json(text)


@pytest.mark.parametrize("text", ["\xff", '{"service":"x","outcome":"perhaps"}', '{"service":"x"}'])
def test_what_is_no_response_is_refused_as_ours(text: str) -> None:
    with pytest.raises(DecodeError):
        response_from_json(text)


REGISTERS = '{"type":"import-registers","active_energy_import":%s,"read_time":"%s"}'
ROWS = '{"type":"import-profile","rows":[{"time":"%s","active_energy_import":%s}]}'


@pytest.mark.parametrize(
    ("data", "told"),
    [
        *(
            (REGISTERS % (number, "2026-07-01T12:00:00Z"), "number of at most")
            for number in ('"NaN"', '"sNaN"', '"-Infinity"', "1e400", '"1E+999999999"', '"0E-999999999"', "9" * 301)
        ),
        (REGISTERS % ("true", "2026-07-01T12:00:00Z"), "Expected `decimal`"),
        (REGISTERS % ("1", "2026-07-01T12:00:00"), "timezone"),
        (REGISTERS % ('1,"unit":"Wh"', "2026-07-01T12:00:00Z"), "unknown field `unit`"),
        (ROWS % ("2026-07-01T12:00:00", "1"), "timezone"),
        (ROWS % ("2026-07-01T12:00:00Z", '"NaN"'), "number of at most"),
        (ROWS % ("2026-07-01T12:00:00Z", '1,"unit":"Wh"'), "unknown field `unit`"),
        ('{"type":"clock","drift":"Infinity"}', "number of at most"),
        ('{"type":"supply-status","control_state":"open"}', "open"),
    ],
)
def test_data_that_is_no_plain_number_or_instant_is_refused(data: str, told: str) -> None:
    with pytest.raises(DecodeError, match=told):
        response_from_json(f'{{"service":"x","outcome":"data","data":{data}}}')
    assert response_from_json(
        '{"service":"x","outcome":"data","data":' + REGISTERS % ('"1E+3"', "2026-07-01T12:00:00Z") + "}"
    ).data
