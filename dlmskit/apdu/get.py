"""GET of logical name referencing. Source: Green Book, COSEMpdu: GET-Request, GET-Response."""

from __future__ import annotations

from dlmskit.apdu.base import Apdu
from dlmskit.apdu.descriptors import AttributeDescriptor, AttributeWithSelection, SelectiveAccess
from dlmskit.apdu.wire import Unsigned8, Unsigned32
from dlmskit.codec.data import Data
from dlmskit.enums import DataAccessResult


class GetRequestNormal(Apdu, frozen=True):
    """Read one attribute, whole or in part."""

    HEAD = b"\xc0\x01"
    invoke_id_and_priority: Unsigned8
    attribute: AttributeDescriptor
    access_selection: SelectiveAccess | None = None


class GetRequestNext(Apdu, frozen=True):
    """Ask for the block after `block_number`, the last one received."""

    HEAD = b"\xc0\x02"
    invoke_id_and_priority: Unsigned8
    block_number: Unsigned32


class GetRequestWithList(Apdu, frozen=True):
    """Read several attributes."""

    HEAD = b"\xc0\x03"
    invoke_id_and_priority: Unsigned8
    attributes: tuple[AttributeWithSelection, ...]


class GetResponseNormal(Apdu, frozen=True):
    """One value, or why there is none."""

    HEAD = b"\xc4\x01"
    invoke_id_and_priority: Unsigned8
    result: Data | DataAccessResult


class GetResponseWithDatablock(Apdu, frozen=True):
    """One block of an encoded value, counted from 1, or why there is none."""

    HEAD = b"\xc4\x02"
    invoke_id_and_priority: Unsigned8
    last_block: bool
    block_number: Unsigned32
    result: bytes | DataAccessResult


class GetResponseWithList(Apdu, frozen=True):
    """One result an attribute asked for, in the same order."""

    HEAD = b"\xc4\x03"
    invoke_id_and_priority: Unsigned8
    results: tuple[Data | DataAccessResult, ...]
