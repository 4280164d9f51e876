"""What a push says: readings with OBIS code, name, value, unit and time.

A body that carries codes, scalers and units says it all. For the others the push templates of device models add what
is missing. A template counts only when it fits in every type, code and identifier, and when no other fits with another
result: a value that might be wrong is not given. What nobody knows is shown as a tree, with the beginning of a
template.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from dlmskit.apdu.notification import DataNotification, EventNotificationRequest
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDate, CosemDateTime, CosemTime
from dlmskit.codec.values import BitString, Node
from dlmskit.cosem import Unit, describe, scale, unit_of
from dlmskit.cosem.quantity import NUMBERS
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError
from dlmskit.model.push import PushField, PushTemplate
from dlmskit.obis import Obis
from dlmskit.translate import push_body
from dlmskit.translate.push_body import Item

Value = Decimal | int | bool | str | bytes | CosemDateTime | CosemDate | CosemTime | BitString | Data | None


class Reading(msgspec.Struct, frozen=True):
    """One value of a push.

    `value` is a Decimal in `unit` for a metered value, and otherwise the number, text or stamp that was sent; None
    where the meter sent null. `scaled` is False for a number whose scaler is not known: then it is the number on the
    wire and `unit` is None. `time` is the stamp that came with it. `authenticated` says whether a tag was verified,
    None when whoever asked for the reading did not say.
    """

    name: str
    value: Value
    obis: Obis | None = None
    unit: Unit | None = None
    time: CosemDateTime | None = None
    scaled: bool = True
    authenticated: bool | None = None


class UnknownBody(msgspec.Struct, frozen=True):
    """A body that no grammar and no template reads: why, the typed tree, and the beginning of a template in TOML."""

    reason: str
    tree: Node
    stub: str


class Push(msgspec.Struct, frozen=True):
    """A push explained. `template` is the name of the one that was used, empty when the body needed none."""

    readings: tuple[Reading, ...]
    time: CosemDateTime | None = None
    grammar: str = ""
    template: str = ""
    unknown: UnknownBody | None = None


class Candidate(msgspec.Struct, frozen=True):
    """One way to read a body; `sources` are the places of the readings in it, and what the template says of them."""

    grammar: str
    template: str
    readings: tuple[Reading, ...]
    sources: tuple[tuple[Item, PushField | None], ...]


def label(
    notification: DataNotification | EventNotificationRequest,
    templates: Iterable[PushTemplate] = (),
    *,
    authenticated: bool | None = None,
) -> tuple[Reading, ...]:
    """The readings of a notification, empty when its body is unknown: `explain` says more."""
    return explain(notification, templates, authenticated=authenticated).readings


def explain(
    notification: DataNotification | EventNotificationRequest,
    templates: Iterable[PushTemplate] = (),
    *,
    authenticated: bool | None = None,
) -> Push:
    """What a notification says, and how that is known. Any body gives a `Push`; nothing is raised."""
    return explained(notification, tuple(templates), authenticated)[0]


def explained(
    notification: DataNotification | EventNotificationRequest,
    templates: tuple[PushTemplate, ...],
    authenticated: bool | None,
) -> tuple[Push, Candidate | None]:
    """What a notification says, and the candidate that was chosen, None where several had to agree or none fitted."""
    if isinstance(notification, EventNotificationRequest):
        return _event(notification, authenticated), None
    sent = moment_of(notification.date_time)
    body = notification.notification_body.tree()
    # a bare number is taken for the one that a template knows only where at least the meter's clock came with it
    usable = tuple(template for template in templates if sent is not None or not template.anonymous)
    complete, partial = _candidates(body, notification.notification_body, usable)
    distinct = {candidate.readings: candidate for candidate in complete}
    if len(distinct) == 1:
        return _push(complete[0], sent, authenticated), complete[0] if len(complete) == 1 else None
    if partial is not None:
        return _push(partial, sent, authenticated), None if complete else partial
    names = ", ".join(candidate.template for candidate in distinct.values())
    reason = f"templates that fit do not agree: {names}" if distinct else "no grammar and no template fits"
    return Push((), sent, unknown=UnknownBody(reason, body, _stub(body))), None


def _candidates(
    body: Node, octets: Data, templates: tuple[PushTemplate, ...]
) -> tuple[list[Candidate], Candidate | None]:
    """Readings that are complete, and readings of which some are unscaled."""
    for grammar, read in (("object-list", push_body.read_object_list), ("codes", push_body.read_codes)):
        items = read(body)
        if items is None:
            continue
        bare = _candidate(grammar, "", [(item, None) for item in items if not _is_list(item)], octets)
        if all(reading.scaled for reading in bare.readings):
            return [bare], None
        rows = [row for row in templates if row.grammar == grammar]
        return [found for row in rows if (found := _by_code(row, items, octets)) is not None], bare
    values = push_body.read_positions(body)
    rows = [row for row in templates if row.grammar == "positions"] if values is not None else []
    return [found for row in rows if (found := _by_position(row, values or (), octets)) is not None], None


def _by_code(row: PushTemplate, items: tuple[Item, ...], octets: Data) -> Candidate | None:
    """The template's readings, None where it does not fit."""
    lead = [(field.obis, field.attribute) for field in row.lead]
    if [(item.obis, item.attribute) for item in items if item.class_id == 40] != lead:
        return None
    fields = {(field.obis, field.attribute): field for field in row.field}
    met = set()
    sources = []
    for item in items:
        field = fields.get((item.obis, item.attribute))
        if field is None and item.measured and item.scaler is None:
            return None
        if field is not None:
            if not _fits(field, item.value):
                return None
            met.add(field)
        if not _is_list(item):
            sources.append((item, field))
    required = {field for field in row.field if field.text is not None}
    return _candidate(row.grammar, row.name, sources, octets) if required <= met else None


def _by_position(row: PushTemplate, values: tuple[Node, ...], octets: Data) -> Candidate | None:
    if len(row.field) != len(values):
        return None
    pairs = list(zip(row.field, values, strict=True))
    if not all(_fits(field, value) for field, value in pairs):
        return None
    sources = [(Item(value, field.obis, field.attribute), field) for field, value in pairs]
    return _candidate(row.grammar, row.name, sources, octets)


def _candidate(
    grammar: str, template: str, sources: Sequence[tuple[Item, PushField | None]], octets: Data
) -> Candidate:
    readings = tuple(_reading(item, field, octets) for item, field in sources)
    return Candidate(grammar, template, readings, tuple(sources))


def _fits(field: PushField, value: Node) -> bool:
    if field.type is not None and value.tag != field.type:
        return False
    if field.unit is not None and value.tag not in NUMBERS | {DataType.NULL_DATA}:
        return False
    if field.time and not isinstance(_plain(value, stamp=True), CosemDateTime):
        return False
    if field.octets is not None and (not isinstance(value.value, str | bytes) or len(value.value) != field.octets):
        return False
    return field.text is None or _plain(value) == field.text


def _reading(item: Item, field: PushField | None, octets: Data) -> Reading:
    described = describe(item.obis) if item.obis is not None else "identifier"
    name = (field.name if field is not None else "") or described or ""
    stamp = _is_clock(item) or (field.time if field is not None else item.obis is None)
    value = _plain(item.value, stamp=stamp, octets=octets)
    scaler, unit = scaling(item, field)
    if not item.measured or (field is not None and scaler is None and unit is None):
        return Reading(name, value, item.obis)
    if scaler is None or (scaler == "unknown" and value != 0):
        return Reading(name, value, item.obis, scaled=False)
    scaled = scale(value, 0 if scaler == "unknown" else scaler)  # type: ignore[arg-type]
    return Reading(name, scaled, item.obis, unit)


def scaling(item: Item, field: PushField | None) -> tuple[int | str | None, Unit | None]:
    """Scaler and unit, the body's own first; both None for what is no metered value or not known."""
    if item.scaler is not None:
        return item.scaler, unit_of(item.unit) if item.unit is not None else None
    if field is not None and (field.unit is not None or field.scaler == "unknown"):
        return field.scaler, field.unit
    return None, None


def _plain(value: Node, *, stamp: bool = False, octets: Data | None = None) -> Value:
    """The node's value as a reading shows it: text where the octets are text, a stamp where one is meant."""
    if value.tag == DataType.OCTET_STRING:
        if stamp and (found := moment_of(value.value)) is not None:
            return found
        printable = value.value.isascii() and value.value.decode("latin-1").isprintable()
        return value.value.decode("ascii") if value.value and printable else bytes(value.value)
    if value.tag in (DataType.FLOAT32, DataType.FLOAT64):
        return Decimal(value.value)
    if isinstance(value.value, tuple):
        return Data(octets.to_bytes()[value.offset : value.end]) if octets is not None else None
    plain: Value = value.value
    return plain


def moment_of(octets: bytes | None) -> CosemDateTime | None:
    if octets is None or len(octets) != 12:
        return None
    try:
        return CosemDateTime.from_bytes(octets)
    except DecodeError:
        return None


def _is_clock(item: Item) -> bool:
    return item.obis is not None and (item.obis.a, item.obis.c, item.obis.d) == (0, 1, 0)


def _is_list(item: Item) -> bool:
    """The push setup tells about the push itself, not about what is metered."""
    return item.class_id == 40


def _push(found: Candidate, sent: CosemDateTime | None, authenticated: bool | None) -> Push:
    """The candidate with the stamp put on every reading: the one in the body, else the one of the notification."""
    inside = [
        reading.value
        for reading in found.readings
        if isinstance(reading.value, CosemDateTime) and (reading.obis is None or reading.obis.d == 0)
    ]
    time = inside[0] if inside else sent
    readings = tuple(
        msgspec.structs.replace(reading, time=time, authenticated=authenticated)
        for reading in found.readings
        if not (reading.obis is None and isinstance(reading.value, CosemDateTime))
    )
    return Push(readings, time, found.grammar, found.template)


def _event(event: EventNotificationRequest, authenticated: bool | None) -> Push:
    """One attribute, with its code; a register's value comes without its scaler."""
    attribute = event.attribute
    time = moment_of(event.time)
    item = Item(event.value.tree(), attribute.instance_id, attribute.attribute_id, class_id=attribute.class_id)
    reading = _reading(item, None, event.value)
    return Push((msgspec.structs.replace(reading, time=time, authenticated=authenticated),), time, "event")


def _stub(body: Node) -> str:
    """A `[[push]]` table to be completed: one field a value, with its type and place."""
    nodes = body.value if isinstance(body.value, tuple) else (body,)
    row = '  {{ name = "", type = "{}" }},  # octet {}\n'
    rows = "".join(row.format(DataType(node.tag).label, node.offset) for node in nodes)
    return (
        '[[push]]\nname = "my-list"\ngrammar = "positions"\nsource = ""\nconfidence = "unwitnessed"\n'
        f"field = [\n{rows}]\n"
    )
