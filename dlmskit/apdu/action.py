"""ACTION of logical name referencing. Source: Green Book, COSEMpdu: ACTION-Request, ACTION-Response."""

from __future__ import annotations

from dlmskit.apdu.base import Apdu
from dlmskit.apdu.descriptors import MethodDescriptor
from dlmskit.apdu.sequence import Sequence
from dlmskit.apdu.wire import Unsigned8, Unsigned32
from dlmskit.codec.data import Data
from dlmskit.enums import ActionResult, DataAccessResult


class ActionRequestNormal(Apdu, frozen=True):
    """Invoke one method."""

    HEAD = b"\xc3\x01"
    invoke_id_and_priority: Unsigned8
    method: MethodDescriptor
    parameters: Data | None = None


class ActionRequestNextPblock(Apdu, frozen=True):
    """Ask for the block after `block_number`, the last one received."""

    HEAD = b"\xc3\x02"
    invoke_id_and_priority: Unsigned8
    block_number: Unsigned32


class ActionRequestWithList(Apdu, frozen=True):
    """Invoke several methods; `parameters` in the order of `methods`."""

    HEAD = b"\xc3\x03"
    invoke_id_and_priority: Unsigned8
    methods: tuple[MethodDescriptor, ...]
    parameters: tuple[Data, ...]


class ActionRequestWithFirstPblock(Apdu, frozen=True):
    """Begin to invoke one method with parameters in blocks."""

    HEAD = b"\xc3\x04"
    invoke_id_and_priority: Unsigned8
    method: MethodDescriptor
    last_block: bool
    block_number: Unsigned32
    raw_data: bytes


class ActionRequestWithListAndFirstPblock(Apdu, frozen=True):
    """Begin to invoke several methods with parameters in blocks.

    Unverified: no frame of this form was ever published. How the parameters of the methods divide among the blocks is
    not public either; here the blocks hold the encoded list of parameters, as those of SET do.
    """

    HEAD = b"\xc3\x05"
    invoke_id_and_priority: Unsigned8
    methods: tuple[MethodDescriptor, ...]
    last_block: bool
    block_number: Unsigned32
    raw_data: bytes


class ActionRequestWithPblock(Apdu, frozen=True):
    """A further block of parameters."""

    HEAD = b"\xc3\x06"
    invoke_id_and_priority: Unsigned8
    last_block: bool
    block_number: Unsigned32
    raw_data: bytes


class ActionResponseNormal(Apdu, frozen=True):
    """What became of one invocation, with the data that the method returned, if any."""

    HEAD = b"\xc7\x01"
    invoke_id_and_priority: Unsigned8
    result: ActionResult
    return_parameters: Data | DataAccessResult | None = None


class ActionResponseWithPblock(Apdu, frozen=True):
    """One block of an encoded answer."""

    HEAD = b"\xc7\x02"
    invoke_id_and_priority: Unsigned8
    last_block: bool
    block_number: Unsigned32
    raw_data: bytes


class ActionResponseWithOptionalData(Sequence, frozen=True):
    """What became of one invocation of a list."""

    result: ActionResult
    return_parameters: Data | DataAccessResult | None = None


class ActionResponseWithList(Apdu, frozen=True):
    """One answer a method, in the order of the request."""

    HEAD = b"\xc7\x03"
    invoke_id_and_priority: Unsigned8
    responses: tuple[ActionResponseWithOptionalData, ...]


class ActionResponseNextPblock(Apdu, frozen=True):
    """Block `block_number` has come; send the next."""

    HEAD = b"\xc7\x04"
    invoke_id_and_priority: Unsigned8
    block_number: Unsigned32
