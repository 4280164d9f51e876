"""SET of logical name referencing. Source: Green Book, COSEMpdu: SET-Request, SET-Response."""

from __future__ import annotations

from dlmskit.apdu.base import Apdu
from dlmskit.apdu.descriptors import AttributeDescriptor, AttributeWithSelection, SelectiveAccess
from dlmskit.apdu.wire import Unsigned8, Unsigned32
from dlmskit.codec.data import Data
from dlmskit.enums import DataAccessResult


class SetRequestNormal(Apdu, frozen=True):
    """Write one attribute."""

    HEAD = b"\xc1\x01"
    invoke_id_and_priority: Unsigned8
    attribute: AttributeDescriptor
    access_selection: SelectiveAccess | None
    value: Data


class SetRequestWithFirstDatablock(Apdu, frozen=True):
    """Begin to write one attribute in blocks; `raw_data` is the first part of the encoded value."""

    HEAD = b"\xc1\x02"
    invoke_id_and_priority: Unsigned8
    attribute: AttributeDescriptor
    access_selection: SelectiveAccess | None
    last_block: bool
    block_number: Unsigned32
    raw_data: bytes


class SetRequestWithDatablock(Apdu, frozen=True):
    """A further block of a value being written."""

    HEAD = b"\xc1\x03"
    invoke_id_and_priority: Unsigned8
    last_block: bool
    block_number: Unsigned32
    raw_data: bytes


class SetRequestWithList(Apdu, frozen=True):
    """Write several attributes; `values` in the order of `attributes`."""

    HEAD = b"\xc1\x04"
    invoke_id_and_priority: Unsigned8
    attributes: tuple[AttributeWithSelection, ...]
    values: tuple[Data, ...]


class SetRequestWithListAndFirstDatablock(Apdu, frozen=True):
    """Begin to write several attributes in blocks; the blocks hold the encoded list of values."""

    HEAD = b"\xc1\x05"
    invoke_id_and_priority: Unsigned8
    attributes: tuple[AttributeWithSelection, ...]
    last_block: bool
    block_number: Unsigned32
    raw_data: bytes


class SetResponseNormal(Apdu, frozen=True):
    """Whether one attribute was written."""

    HEAD = b"\xc5\x01"
    invoke_id_and_priority: Unsigned8
    result: DataAccessResult


class SetResponseDatablock(Apdu, frozen=True):
    """Block `block_number` has come; send the next."""

    HEAD = b"\xc5\x02"
    invoke_id_and_priority: Unsigned8
    block_number: Unsigned32


class SetResponseLastDatablock(Apdu, frozen=True):
    """The last block has come: whether the attribute was written."""

    HEAD = b"\xc5\x03"
    invoke_id_and_priority: Unsigned8
    result: DataAccessResult
    block_number: Unsigned32


class SetResponseLastDatablockWithList(Apdu, frozen=True):
    """The last block has come: one result an attribute."""

    HEAD = b"\xc5\x04"
    invoke_id_and_priority: Unsigned8
    results: tuple[DataAccessResult, ...]
    block_number: Unsigned32


class SetResponseWithList(Apdu, frozen=True):
    """One result an attribute, in the order of the request."""

    HEAD = b"\xc5\x05"
    invoke_id_and_priority: Unsigned8
    results: tuple[DataAccessResult, ...]
