"""Services of short name referencing: read, write, unconfirmed write, information report.

A list of data that is too long for one APDU travels in blocks: what was asked for in `ReadDataBlockAccess`, what is
written as one octet-string behind `WriteDataBlockAccess`, what was read in `ReadDataBlock`; all are counted from 1.

Source: Green Book, COSEMpdu: ReadRequest, ReadResponse, WriteRequest, WriteResponse, UnconfirmedWriteRequest,
InformationReportRequest, Variable-Access-Specification.
"""

from __future__ import annotations

from dlmskit.apdu.base import Apdu
from dlmskit.apdu.sequence import Sequence
from dlmskit.apdu.wire import Unsigned8, Unsigned16
from dlmskit.codec.data import Data
from dlmskit.enums import DataAccessResult


class VariableName(Sequence, frozen=True):
    """A whole attribute, or a method, by its short name."""

    CHOICE = 2
    variable_name: Unsigned16


class ParameterizedAccess(Sequence, frozen=True):
    """A part of an attribute, or a method with a parameter."""

    CHOICE = 4
    variable_name: Unsigned16
    selector: Unsigned8
    parameter: Data


class BlockNumberAccess(Sequence, frozen=True):
    """Ask for the block after `block_number`, the last one received."""

    CHOICE = 5
    block_number: Unsigned16


class ReadDataBlockAccess(Sequence, frozen=True):
    """One block of an encoded read request."""

    CHOICE = 6
    last_block: bool
    block_number: Unsigned16
    raw_data: bytes


class WriteDataBlockAccess(Sequence, frozen=True):
    """One block of an encoded write request; its octets stand in the list of data."""

    CHOICE = 7
    last_block: bool
    block_number: Unsigned16


VariableAccessSpecification = (
    VariableName | ParameterizedAccess | BlockNumberAccess | ReadDataBlockAccess | WriteDataBlockAccess
)


class ReadDataBlock(Sequence, frozen=True):
    """One block of an encoded list of results: the Data-Block-Result."""

    last_block: bool
    block_number: Unsigned16
    raw_data: bytes


class BlockNumber(Sequence, frozen=True):
    """Block `block_number` has come; send the next."""

    block_number: Unsigned16


class WriteSuccess(Sequence, frozen=True):
    """One variable was written."""


class ReadRequest(Apdu, frozen=True):
    """Read variables."""

    HEAD = b"\x05"
    variables: tuple[VariableAccessSpecification, ...]


class ReadResponse(Apdu, frozen=True):
    """One result a variable, in the order of the request; or one block of them, or a call for the next block."""

    HEAD = b"\x0c"
    results: tuple[Data | DataAccessResult | ReadDataBlock | BlockNumber, ...]


class WriteRequest(Apdu, frozen=True):
    """Write variables; `data` in the order of `variables`, whose number the form does not tie to that of `data`."""

    HEAD = b"\x06"
    variables: tuple[VariableAccessSpecification, ...]
    data: tuple[Data, ...]


class WriteResponse(Apdu, frozen=True):
    """One result a variable, in the order of the request; or a call for the next block."""

    HEAD = b"\x0d"
    results: tuple[WriteSuccess | DataAccessResult | BlockNumber, ...]


class UnconfirmedWriteRequest(Apdu, frozen=True):
    """Write variables and get no answer."""

    HEAD = b"\x16"
    variables: tuple[VariableAccessSpecification, ...]
    data: tuple[Data, ...]


class InformationReportRequest(Apdu, frozen=True):
    """Values that the server sends on its own; `current_time` is the octets of its GeneralizedTime."""

    HEAD = b"\x18"
    current_time: bytes | None
    variables: tuple[VariableAccessSpecification, ...]
    data: tuple[Data, ...]
