"""The grammar of IEC 62056-21: messages, rate characters and data sets. Text in, text out; no dialogue, no line.

It stands in the codec layer because the link (which follows line rates) and the session (which holds the dialogue)
both need it and may not import each other.
"""

from dlmskit.codec.iec21.block import BlockReader, bcc, with_bcc, without_bcc
from dlmskit.codec.iec21.dataset import DataSet, DataValue, format_data_sets, parse_data_sets
from dlmskit.codec.iec21.message import (
    Ack,
    Command,
    DataMessage,
    Identification,
    Message,
    Nak,
    OptionSelect,
    Request,
    decode,
)
from dlmskit.codec.iec21.rates import MODE_B_RATES, MODE_C_RATES, rate_of
from dlmskit.codec.iec21.telegram import Telegram

__all__ = [
    "MODE_B_RATES",
    "MODE_C_RATES",
    "Ack",
    "BlockReader",
    "Command",
    "DataMessage",
    "DataSet",
    "DataValue",
    "Identification",
    "Message",
    "Nak",
    "OptionSelect",
    "Request",
    "Telegram",
    "bcc",
    "decode",
    "format_data_sets",
    "parse_data_sets",
    "rate_of",
    "with_bcc",
    "without_bcc",
]
