"""ACCESS of logical name referencing: reads, writes and invocations in one request.

Specifications, data and results go together by their place in the lists; the standard's forms do not tie their lengths,
so lists of other lengths decode and it is the dialogue that refuses them.

Source: Green Book, COSEMpdu: Access-Request, Access-Response.
"""

from __future__ import annotations

from dlmskit.apdu.base import Apdu
from dlmskit.apdu.descriptors import AttributeDescriptor, MethodDescriptor, SelectiveAccess
from dlmskit.apdu.notification import DateTime
from dlmskit.apdu.sequence import Sequence
from dlmskit.apdu.wire import Unsigned32
from dlmskit.codec.data import Data
from dlmskit.enums import ActionResult, DataAccessResult


class AccessRequestGet(Sequence, frozen=True):
    """Read one attribute; its place in the list of data holds null-data."""

    CHOICE = 1
    attribute: AttributeDescriptor


class AccessRequestSet(Sequence, frozen=True):
    """Write one attribute."""

    CHOICE = 2
    attribute: AttributeDescriptor


class AccessRequestAction(Sequence, frozen=True):
    """Invoke one method."""

    CHOICE = 3
    method: MethodDescriptor


class AccessRequestGetWithSelection(Sequence, frozen=True):
    """Read a part of one attribute."""

    CHOICE = 4
    attribute: AttributeDescriptor
    access_selection: SelectiveAccess


class AccessRequestSetWithSelection(Sequence, frozen=True):
    """Write a part of one attribute."""

    CHOICE = 5
    attribute: AttributeDescriptor
    access_selection: SelectiveAccess


AccessRequestSpecification = (
    AccessRequestGet
    | AccessRequestSet
    | AccessRequestAction
    | AccessRequestGetWithSelection
    | AccessRequestSetWithSelection
)


class AccessRequest(Apdu, frozen=True):
    """What to do, and the data for each of it in the same order."""

    HEAD = b"\xd9"
    long_invoke_id_and_priority: Unsigned32
    date_time: DateTime
    specifications: tuple[AccessRequestSpecification, ...]
    data: tuple[Data, ...]


class AccessResponseGet(Sequence, frozen=True):
    """What became of one read."""

    CHOICE = 1
    result: DataAccessResult


class AccessResponseSet(Sequence, frozen=True):
    """What became of one write."""

    CHOICE = 2
    result: DataAccessResult


class AccessResponseAction(Sequence, frozen=True):
    """What became of one invocation."""

    CHOICE = 3
    result: ActionResult


AccessResponseSpecification = AccessResponseGet | AccessResponseSet | AccessResponseAction


class AccessResponse(Apdu, frozen=True):
    """Data and results in the order of the request, whose specifications may be repeated in front."""

    HEAD = b"\xda"
    long_invoke_id_and_priority: Unsigned32
    date_time: DateTime
    specifications: tuple[AccessRequestSpecification, ...] | None
    data: tuple[Data, ...]
    results: tuple[AccessResponseSpecification, ...]
