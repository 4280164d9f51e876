"""Invariant: each kernel written in C by hand, and the Python that it stands in for, give and refuse the same.

- Message fields and ACSE bodies: value, end, quirks met or the whole error; and the octets that the value encodes to.
- HDLC: frames, losses and octets waited for, and frames written.
- Ciphered content: what opens, and None for a changed octet anywhere.
- Rows of a profile and OBIS codes: octets or text, or the error.

`fuzz.differential` runs it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dlmskit import _obis
from dlmskit._speedups import _axdr_encode as encode_twin
from dlmskit._speedups import _obis as obis_kernel
from dlmskit._speedups import _opening as opening_kernel
from dlmskit._speedups import _rows as rows_kernel
from dlmskit.apdu import _elements, _fields, dispatch
from dlmskit.apdu.acse import AcseApdu
from dlmskit.apdu.base import Apdu
from dlmskit.apdu.elements import ACCELERATED as _BODIES_IN_C
from dlmskit.apdu.fields import ACCELERATED as _FIELDS_IN_C
from dlmskit.apdu.sequence import Sequence
from dlmskit.apdu.wire import Choice, Nested, Optional, SequenceOf
from dlmskit.codec import _axdr_encode, axdr
from dlmskit.exceptions import DlmskitError, FrameError
from dlmskit.limits import DEFAULT_LIMITS, Tolerance
from dlmskit.link.hdlc import Control, FrameReader, HdlcAddress, HdlcFrame, _fast, fast, frame, stream
from dlmskit.security import _opening
from dlmskit.security.suite import TAG_OCTETS

assert _FIELDS_IN_C
assert _BODIES_IN_C
assert fast.ACCELERATED


def told(call: Callable[..., Any], *arguments: Any) -> Any:
    """What a call gives, or all that its error says."""
    try:
        return call(*arguments)
    except DlmskitError as error:
        return type(error), str(error)


def same(kernel: Callable[..., Any], python: Callable[..., Any], *arguments: Any) -> Any:
    """What both give or say of the same arguments."""
    found, wanted = told(kernel, *arguments), told(python, *arguments)
    assert type(found) is type(wanted), (found, wanted)
    assert found == wanted, (found, wanted)
    return wanted


def read(reader: Any, octets: bytes, strict: bool, *arguments: Any) -> Any:
    """What a reader of fields or elements makes of octets, and the quirks that it met."""
    tolerance = Tolerance(strict=strict)
    return told(reader.read, octets, *arguments, tolerance), tolerance.noticed


def check_fields(octets: bytes) -> None:
    """The octets as an APDU of the class that they name, or behind the head of any."""
    cls = dispatch._BY_CHOICE.get(octets[:2]) or dispatch._BY_TAG.get(octets[0] if octets else 0)
    if cls is None or issubclass(cls, AcseApdu):
        cls = _WITH_FIELDS[len(octets) % len(_WITH_FIELDS)]
        octets = cls.HEAD + octets
    python, start = python_fields(cls), len(cls.HEAD)
    for strict in (False, True):
        found = read(cls.FIELDS, octets, strict, start, DEFAULT_LIMITS)
        wanted = read(python, octets, strict, start, DEFAULT_LIMITS)
        assert found == wanted, (found, wanted)
    (value, end), _ = wanted
    whole = None if isinstance(value, type) or end != len(octets) else value
    assert cls.FIELDS.whole(octets, DEFAULT_LIMITS) == whole
    if not isinstance(value, type):
        same(cls.FIELDS.write, python.write, value)


def check_elements(octets: bytes) -> None:
    """The octets as an ACSE APDU, whose tag they begin with or get."""
    cls = dispatch._BY_TAG.get(octets[0] if octets else 0)
    if cls is None or not issubclass(cls, AcseApdu):
        cls = _WITH_BODY[len(octets) % len(_WITH_BODY)]
        octets = cls.HEAD + octets
    for strict in (False, True):
        found, wanted = read(cls.BODY, octets, strict, 0), read(python_body(cls), octets, strict, 0)
        assert found == wanted, (found, wanted)
        value = wanted[0][0]
        if not isinstance(value, type):
            same(cls.BODY.write, python_body(cls).write, value)


@cache
def python_fields(cls: type[Sequence]) -> _fields.Fields:
    """The Python reader of a class, with Python readers of the classes inside."""
    return _fields.Fields(cls, tuple((attribute, name, python_wire(wire)) for attribute, name, wire in cls.WIRES))


@cache
def python_body(cls: type[AcseApdu]) -> _elements.Elements:
    return _elements.Elements(cls, tuple(cls.ELEMENTS.values()))


def python_wire(wire: Any) -> Any:
    match wire:
        case Nested(sequence) if sequence.read.__func__ is Sequence.read.__func__:
            return python_fields(sequence)
        case Optional(inner):
            return Optional(python_wire(inner))
        case SequenceOf(item):
            return SequenceOf(python_wire(item))
        case Choice(alternatives, numbers):
            return Choice(tuple((kind, python_wire(inner)) for kind, inner in alternatives), numbers)
    return wire


def control_of(octet: int) -> Control | None:
    try:
        return Control.from_octet(octet)
    except FrameError:
        return None


_CONTROLS = [control for control in map(control_of, range(256)) if control]


def check_hdlc(octets: bytes) -> None:
    """The octets as a stream, and as what a frame holds that follows it there."""
    address = HdlcAddress(len(octets) & 0x7F, octets[0] >> 1) if octets else HdlcAddress(1)
    control = _CONTROLS[sum(octets) % len(_CONTROLS)]
    made = HdlcFrame(address, HdlcAddress(16), control, octets[:2040], len(octets) % 3 == 0)
    for each in same_frames(octets):
        if isinstance(each, HdlcFrame):
            same_writing(each)
    written = same_writing(made)
    if isinstance(written, bytes):
        assert made in same_frames(written)
        half = len(octets) // 2
        same_frames(written[:-1] + octets[:half] + written + octets[half:])


def same_frames(octets: bytes) -> Any:
    return same(lambda: heard(octets, fast.read_frames), lambda: heard(octets, _fast.read_frames))


def same_writing(made: HdlcFrame) -> Any:
    return same(lambda: put(made, fast.write_frame), lambda: put(made, _fast.write_frame))


def heard(octets: bytes, reading: Callable[..., Any]) -> list[Any]:
    """What comes of a stream that is cut in two."""
    usual, stream.read_frames = stream.read_frames, reading
    try:
        reader, cut = FrameReader(), len(octets) * 2 // 3
        first = [*reader.feed(octets[:cut]), reader.pending]
        return [*first, *reader.feed(octets[cut:]), reader.pending, *reader.abandon()]
    finally:
        stream.read_frames = usual


def put(made: HdlcFrame, writing: Callable[..., Any]) -> bytes:
    usual, frame.write_frame = frame.write_frame, writing
    try:
        return made.to_bytes()
    finally:
        frame.write_frame = usual


_TITLE = bytes.fromhex("4d4d4d0000bc614e")
_ENCRYPT = AESGCM(bytes(range(16))).encrypt
_READY = {control: (_ENCRYPT, bytes((control & 0xFF,)) + bytes(range(16)), "key") for control in (0x30, 0x70, 0x130)}


def check_opening(octets: bytes) -> None:
    """The octets as ciphered content; and sealed, once whole and once with an octet changed."""
    for dedicated in (False, True):
        same_opening(octets, dedicated)
    control = (0x30, 0x70, 0x130)[len(octets) % 3]
    counter = (octets[:4] + bytes(4))[:4]
    _, aad, purpose = _READY[control]
    sealed = _ENCRYPT(_TITLE + counter, octets, aad)
    content = bytes((control & 0xFF,)) + counter + sealed[: TAG_OCTETS - 16]
    wanted = (octets, control & 0xFF, int.from_bytes(counter, "big"), True, purpose)
    assert same_opening(content, control > 0xFF) == wanted
    place = sum(octets[:8]) % len(content)
    changed = content[:place] + bytes((content[place] ^ (1 << len(octets) % 8),)) + content[place + 1 :]
    assert same_opening(changed, control > 0xFF) is None
    same_opening(content[:place], control > 0xFF)


def same_opening(content: bytes, dedicated: bool) -> Any:
    arguments = (lambda *made: made, _READY, content, _TITLE, dedicated)
    return same(opening_kernel.opened, _opening.opened, *arguments)


# types of the rows of a profile, and some that the kernel leaves to the twin
_CELLS = bytes((15, 16, 5, 20, 17, 18, 6, 21, 22, 9, 9, 3, 10, 28, 30, 33, 0))


def check_rows(octets: bytes) -> None:
    """Two rows of values that fit nearly always, types and values out of the octets."""
    width = octets[0] % 8 if octets else 0
    types = bytes(_CELLS[octet % len(_CELLS)] for octet in octets[1 : 1 + width])
    rows = [cells(types, octets[at:]) for at in (1 + width, 1 + 2 * width)]
    items: Any = [rows[0], tuple(rows[1]), rows[1]][: 1 + len(octets) % 3]
    for tagged in (False, True):
        arguments = (bytes((2, len(types))) + types, items, tagged, octets[:3])
        same(rows_kernel.encode_items, _axdr_encode.encode_items, *arguments)
        same(encode_twin.encode_items, _axdr_encode.encode_items, *arguments)


def cells(types: bytes, octets: bytes) -> list[Any]:
    return [cell(tag, octets[9 * index : 9 * index + 9]) for index, tag in enumerate(types)]


def cell(tag: int, octets: bytes) -> Any:
    """A value for a type; now and then one that is none."""
    if not octets or tag == 0 or octets[0] == 0xFF:
        return None
    if tag in (9, 10):
        return octets[1:] * (octets[0] % 20)
    sizes = {16: 2, 18: 2, 5: 4, 6: 4, 30: 4, 33: 4, 20: 8, 21: 8}
    number = int.from_bytes(octets[1 : 1 + sizes.get(tag, 1)], "big", signed=tag in (15, 16, 5, 20, 28, 30))
    return number + (octets[0] == 0xFE) * (1 << 8 * sizes.get(tag, 1)) if tag != 3 else bool(number)


def check_obis(octets: bytes) -> None:
    """The octets as text; six of them as a code, in both spellings, whole and with an octet put in or left out."""
    same(obis_kernel.octets_of, _obis.octets_of, octets.decode("latin-1"))
    code = (octets + bytes(6))[:6]
    text = same(obis_kernel.text_of, _obis.text_of, code)
    place = len(octets) % (len(text) + 1)
    extra = octets[-1:].decode("latin-1")
    for spelt in (text, ".".join(map(str, code))):
        assert same(obis_kernel.octets_of, _obis.octets_of, spelt) == code
        same(obis_kernel.octets_of, _obis.octets_of, spelt[:place] + extra + spelt[place:])
        same(obis_kernel.octets_of, _obis.octets_of, spelt[:place] + spelt[place + 1 :])


_WITH_FIELDS: tuple[type[Apdu], ...] = tuple(cls for cls in dispatch.SUPPORTED if not issubclass(cls, AcseApdu))
_WITH_BODY = tuple(cls for cls in dispatch.SUPPORTED if issubclass(cls, AcseApdu))
assert axdr.ACCELERATED
