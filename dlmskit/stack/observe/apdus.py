"""APDUs as layers: ACSE, plain services, and what lies under the protection where a key is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from dlmskit.apdu import (
    SERVICE_NAMES,
    SUPPORTED,
    Aare,
    Aarq,
    Apdu,
    CipheredContent,
    ExceptionResponse,
    GeneralBlockTransfer,
    GeneralCiphering,
    GeneralDedCiphering,
    GeneralGloCiphering,
    InitiateRequest,
    ServiceCiphered,
    decode,
    name_of,
)
from dlmskit.apdu.acse import AcseApdu
from dlmskit.codec.ber import Tlv, tlvs
from dlmskit.codec.iec21 import Message as TextMessage
from dlmskit.enums import Mechanism
from dlmskit.exceptions import DecodeError, KeyUnavailable, LimitError
from dlmskit.limits import Tolerance
from dlmskit.security.keys import KeySet
from dlmskit.security.protection import unprotect
from dlmskit.security.suite import TITLE_OCTETS
from dlmskit.stack.blocks import Joined
from dlmskit.stack.observe.general import CARRIERS, content_fields, explain_carried
from dlmskit.stack.observe.layer import Draft
from dlmskit.stack.observe.sequences import SequenceExplainer

Side = Literal["client", "server"]
KeyLookup = Callable[[bytes | None], KeySet | None]
"""Keys shared with the system of this title, None where there are none; a title of None is not known."""
Join = Callable[[GeneralBlockTransfer], Joined]
"""Puts the blocks of one sender together."""

MOST_NESTED = 8
_CLASSES: dict[bytes, type[Apdu]] = {cls.HEAD: cls for cls in SUPPORTED}
_FROM_SERVER = frozenset({0x08, 0x0C, 0x0D, 0x0E, 0x0F, 0x18, 0x61, 0x63, 0xC2, 0xC4, 0xC5, 0xC7, 0xD8, 0xDA, 0xE7})
_FROM_SERVER_CIPHERED = frozenset(
    tag
    for tag, name in SERVICE_NAMES.items()
    if name.endswith(("-response", "-error")) or "event" in name or "report" in name
)
_TITLES = {Aarq: "calling_ap_title", Aare: "responding_ap_title"}


class Origin(msgspec.Struct, frozen=True):
    """The protection that an APDU came out of."""

    system_title: bytes
    authenticated: bool


class Message(msgspec.Struct, frozen=True):
    """One APDU that was understood, in clear; `origin` None when it travelled in clear."""

    apdu: Apdu
    octets: bytes
    side: Side
    origin: Origin | None = None
    quirks: tuple[str, ...] = ()


class Knowledge:
    """What an observer knows besides the octets, and what it has learnt from them so far."""

    def __init__(
        self,
        keys: KeyLookup | None = None,
        *,
        system_title: bytes | None = None,
        allow_unauthenticated: bool = False,
        strict: bool = False,
    ) -> None:
        self.keys = keys
        self.allow_unauthenticated = allow_unauthenticated
        self.strict = strict
        self.stated_title = system_title
        self.titles: dict[Side, bytes] = {}
        self.dedicated_key: bytes | None = None
        self.nesting = 0
        self.conversation: list[Message | TextMessage] = []

    def title_of(self, side: Side) -> bytes | None:
        """The system title of a side: from its AARQ or AARE, else as stated."""
        return self.titles.get(side, self.stated_title)

    def keys_for(self, title: bytes | None, side: Side) -> KeySet | None:
        """Keys of an association, asked for by the sender's title and then by the other side's."""
        if self.keys is None:
            return None
        other: Side = "client" if side == "server" else "server"
        found = self.keys(title)
        return found if found is not None else self.keys(self.titles.get(other))


def side_of(octets: bytes) -> Side:
    """Who sends an APDU that begins so."""
    tag = octets[0] if octets else 0
    return "server" if tag in _FROM_SERVER or tag in _FROM_SERVER_CIPHERED else "client"


def explain_apdu(
    parent: Draft,
    octets: bytes,
    knowledge: Knowledge,
    *,
    shift: int = 0,
    role: str = "",
    origin: Origin | None = None,
    join: Join | None = None,
) -> None:
    """Add the APDU that `octets` are below `parent`, in which it begins at `shift`.

    `origin` is the protection that it came out of, `join` completes general block transfers. Raises `Stopped` where
    understanding ends.
    """
    with parent.layer(name_of(octets) or "apdu", 0, role, shift=shift) as draft:
        tolerance = Tolerance(strict=knowledge.strict)
        knowledge.nesting += 1
        try:
            if knowledge.nesting > MOST_NESTED:
                raise LimitError(f"APDUs within APDUs: more than {MOST_NESTED}")
            _explain(draft, octets, knowledge, tolerance, origin)
            if join is not None and octets.startswith(GeneralBlockTransfer.HEAD):
                _explain_joined(draft, octets, knowledge, join)
        finally:
            knowledge.nesting -= 1
            draft.quirks.extend(tolerance.noticed)
        draft.reach(len(octets))


def _explain(draft: Draft, octets: bytes, knowledge: Knowledge, tolerance: Tolerance, origin: Origin | None) -> None:
    cls = (
        ServiceCiphered
        if octets[:1] and octets[0] in SERVICE_NAMES
        else _CLASSES.get(octets[:2]) or _CLASSES.get(octets[:1])
    )
    if cls is None:
        decode(octets)
        raise DecodeError("no such APDU", 0)
    if issubclass(cls, AcseApdu):
        opening = cls.from_bytes(octets, tolerance=tolerance)
        _learn(opening, knowledge)
        _note(opening, octets, knowledge, origin, tolerance)
        _explain_acse(draft, opening, octets, knowledge)
        return
    explainer = SequenceExplainer(octets, tolerance)
    if len(cls.HEAD) > 1:
        draft.field("choice", octets[1], 1, 2)
    end = _explain_exception(draft, octets) if cls is ExceptionResponse else explainer.fields(draft, cls, len(cls.HEAD))
    if end != len(octets):
        raise DecodeError(f"{len(octets) - end} octets too many", end)
    apdu = cls.from_bytes(octets, tolerance=Tolerance(strict=knowledge.strict))
    if isinstance(apdu, ServiceCiphered):
        _explain_ciphered(draft, octets, apdu.content, None, apdu.dedicated, knowledge)
    elif isinstance(apdu, GeneralGloCiphering | GeneralDedCiphering):
        dedicated = isinstance(apdu, GeneralDedCiphering)
        _explain_ciphered(draft, octets, apdu.content, apdu.system_title or None, dedicated, knowledge)
    else:
        if isinstance(apdu, InitiateRequest):
            knowledge.dedicated_key = apdu.dedicated_key
        _note(apdu, octets, knowledge, origin, tolerance)
    if isinstance(apdu, CARRIERS):

        def explain(parent: Draft, inner: bytes, shift: int, role: str) -> None:
            explain_apdu(parent, inner, knowledge, shift=shift, role=role, origin=origin)

        def opened(layer: Draft, message: GeneralCiphering) -> bool:
            return _explain_opened(layer, message, knowledge)

        explain_carried(draft, apdu, octets, explain, opened)


def _explain_joined(draft: Draft, octets: bytes, knowledge: Knowledge, join: Join) -> None:
    joined = join(GeneralBlockTransfer.from_bytes(octets))
    if joined.broken_off:
        draft.note = f"breaks off the transfer before it after {joined.broken_off} blocks"
    if joined.message is None:
        return
    with draft.layer("reassembled", 0) as layer:
        layer.reach(len(octets))
        layer.note = f"{len(joined.message)} octets of {joined.blocks} blocks"
        layer.space(joined.message)
        explain_apdu(layer, joined.message, knowledge)


def _explain_exception(draft: Draft, octets: bytes) -> int:
    apdu = ExceptionResponse.from_bytes(octets)
    draft.field("state-error", apdu.state_error, 1, 2)
    draft.field("service-error", apdu.service_error, 2, 3)
    if apdu.invocation_counter is not None:
        draft.field("invocation-counter", apdu.invocation_counter, 3, 7, "not protected: a hint only")
    return len(octets)


def _note(apdu: Apdu, octets: bytes, knowledge: Knowledge, origin: Origin | None, tolerance: Tolerance) -> None:
    knowledge.conversation.append(Message(apdu, octets, side_of(octets), origin, tuple(tolerance.noticed)))


def _learn(apdu: Apdu, knowledge: Knowledge) -> None:
    attribute = _TITLES.get(type(apdu))
    if attribute is None:
        return
    side: Side = "client" if isinstance(apdu, Aarq) else "server"
    title = getattr(apdu, attribute)
    if title is not None:
        knowledge.titles[side] = title
    if isinstance(apdu, Aarq):
        knowledge.dedicated_key = None


def _explain_acse(draft: Draft, apdu: AcseApdu, octets: bytes, knowledge: Knowledge) -> None:
    whole = next(tlvs(octets))
    inner: Tlv | None = None
    for element in tlvs(octets, whole.start, whole.end):
        row = apdu.ELEMENTS.get(element.tag)
        if row is None:
            draft.field(f"element {element.tag:02X}", octets[element.start : element.end], element.offset, element.end)
        elif row[0] == "user_information":
            inner = next(tlvs(octets, element.start, element.end))
            draft.field(row[1], None, element.offset, element.end, f"{inner.end - inner.start} octets")
        else:
            value, note = _acse_value(apdu, row[0])
            draft.field(row[1], value, element.offset, element.end, note)
    if inner is not None:
        explain_apdu(draft, octets[inner.start : inner.end], knowledge, shift=inner.start, role="user-information")


def _acse_value(apdu: AcseApdu, attribute: str) -> tuple[Any, str]:
    value = getattr(apdu, attribute)
    if attribute == "calling_authentication_value" and getattr(apdu, "mechanism_name", None) in (None, Mechanism.LOW):
        return None, f"a password of {len(value)} octets, hidden"
    if attribute == "result_source_diagnostic":
        return value.value, f"{value.source.name.lower().replace('_', '-')}: {value.label}"
    return value, ""


def _explain_ciphered(
    draft: Draft, octets: bytes, content: bytes, title: bytes | None, dedicated: bool, knowledge: Knowledge
) -> None:
    start = len(octets) - len(content)
    with draft.layer("ciphered-content", 0, shift=start) as layer:
        parts = CipheredContent.parse(content)
        content_fields(layer, parts, len(content))
        _explain_plain(layer, octets, content, parts, title, dedicated, knowledge)


def _explain_plain(
    layer: Draft,
    octets: bytes,
    content: bytes,
    parts: CipheredContent,
    title: bytes | None,
    dedicated: bool,
    knowledge: Knowledge,
) -> None:
    side = side_of(octets)
    sender = title or knowledge.title_of(side)
    keys = knowledge.keys_for(sender, side)
    if keys is None:
        whose = f" for system title {sender.hex().upper()}" if sender else ""
        layer.stop(f"{'encrypted' if parts.encrypted else 'authenticated'}, and no key is known{whose}", 5, "key")
        return
    if sender is None or len(sender) != TITLE_OCTETS:
        layer.stop("the sender's system title is not known: it is part of the nonce", 5, "key")
        return
    if dedicated and keys.dedicated_key is None:
        keys = keys.with_dedicated(knowledge.dedicated_key)
    opened = unprotect(
        content,
        keys=keys,
        system_title=sender,
        dedicated=dedicated,
        allow_unauthenticated=knowledge.allow_unauthenticated,
    )
    _add_plain(layer, opened.plain, Origin(sender, opened.authenticated), knowledge)


def _explain_opened(layer: Draft, message: GeneralCiphering, knowledge: Knowledge) -> bool:
    """Open a message under a key that both sides hold or that it brings wrapped."""
    sender = message.originator_system_title or knowledge.title_of("client")
    keys = knowledge.keys_for(sender, "client")
    if keys is None or sender is None:
        return False
    from dlmskit.security.general_ciphering import open_message, shared_key  # brings key agreement with it

    try:
        key = shared_key(message, keys)
    except KeyUnavailable:
        return False
    opened = open_message(message, key=key, gak=keys.gak, originator=sender)
    _add_plain(layer, opened.plain, Origin(sender, authenticated=True), knowledge)
    return True


def _add_plain(layer: Draft, octets: bytes, origin: Origin, knowledge: Knowledge) -> None:
    """Add what was opened; enciphering keeps the number of octets."""
    with layer.layer("plain", 0, shift=5) as plain:
        plain.reach(len(octets))
        plain.note = "authenticated" if origin.authenticated else "NOT authenticated: no authentication key was checked"
        plain.space(octets)
        if octets[:1] == b"/":
            plain.name = "text"
            plain.value = octets.decode("ascii", "replace")
            return
        explain_apdu(plain, octets, knowledge, origin=origin)
