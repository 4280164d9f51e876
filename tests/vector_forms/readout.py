"""IEC 62056-21 read-outs in the JSON form of the vectors."""

from __future__ import annotations

from typing import Any

from dlmskit.codec.iec21 import DataValue, Telegram, format_data_sets


def readout_form(telegram: Telegram) -> dict[str, Any]:
    data_sets = [
        {"id": data_set.address, "values": [_value_form(value) for value in data_set.values]}
        for data_set in telegram.data_sets
    ]
    form = {"identification": telegram.identification, "data_sets": data_sets}
    return form if telegram.checked is None else form | {"bcc_valid": telegram.checked}


def _value_form(value: DataValue) -> dict[str, str]:
    return {"value": value.value} | ({"unit": value.unit} if value.unit else {})


def readout_again(telegram: Telegram, octets: bytes) -> bytes:
    """The data sets encoded anew, one a line, between what stands before and behind them."""
    first = telegram.data_sets[0].address.encode("ascii") + b"("
    head, tail = octets[: octets.index(first)], octets[octets.index(b"!", octets.index(first)) :]
    return head + format_data_sets(telegram.data_sets, "\r\n").encode("ascii") + tail
