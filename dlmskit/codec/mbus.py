"""What a wired or wireless M-Bus meter says about itself and its counters: the application layer behind CI.

::

    72 | identification 4, manufacturer 2, version, medium, access number, status, configuration 2 | records
    7A | access number, status, configuration 2                                                    | records
    78 |                                                                                           | records

    record   DIF [DIFE..] VIF [VIFE..] value         numbers least significant octet first
    0F, 1F   the maker's own octets through the end; 1F says that more records follow in another telegram
    2F       filler

Values stay as they are on the wire; what a VIF means is not decided here.

Source: EN 13757-3, variable data structure.
"""

from __future__ import annotations

import struct

import msgspec

from dlmskit.exceptions import DecodeError, KeyUnavailable, TruncatedError

LONG_HEADER, SHORT_HEADER, NO_HEADER = 0x72, 0x7A, 0x78
_HEADERS = {LONG_HEADER: 12, SHORT_HEADER: 4, NO_HEADER: 0}
_FILLER, _MAKERS_OWN, _MORE_FOLLOWS = 0x2F, 0x0F, 0x1F
_PLAIN_TEXT_VIF = 0x7C
_EXTENSION = 0x80
_MAX_EXTENSIONS = 10
_BLOCK = 16
_NO_MODE, _CBC_MODE = 0, 5

_BINARY = {0x1: 1, 0x2: 2, 0x3: 3, 0x4: 4, 0x6: 6, 0x7: 8}
_DECIMAL = {0x9: 1, 0xA: 2, 0xB: 3, 0xC: 4, 0xE: 6}
_NONE, _REAL, _VARIABLE = 0x0, 0x5, 0xD

Value = int | float | str | None


class Record(msgspec.Struct, frozen=True):
    """One data record.

    `function` is 0 for an instantaneous, 1 maximum, 2 minimum value, 3 a value during an error. `vif` holds the VIF and
    its extensions, `unit` the text of a plain-text VIF. `value` is None where there is none, or where the digits of a
    BCD number are none (`raw` has the octets).
    """

    function: int
    storage: int
    tariff: int
    subunit: int
    vif: bytes
    unit: str
    value: Value
    raw: bytes


class MeterTelegram(msgspec.Struct, frozen=True):
    """The content of one telegram; header fields that its form does not have are None.

    `records` of an encrypted telegram are not there: `encrypted` holds its octets, and `plain_records` raises.
    """

    control_information: int
    identification: str | None
    manufacturer: str | None
    version: int | None
    medium: int | None
    access_number: int | None
    status: int | None
    configuration: int
    records: tuple[Record, ...] = ()
    makers_own: bytes = b""
    more_follows: bool = False
    encrypted: bytes = b""

    @property
    def mode(self) -> int:
        """The encryption mode, 0 for none."""
        return self.configuration >> 8 & 0x1F

    def plain_records(self) -> tuple[Record, ...]:
        """`records`. Raises `KeyUnavailable` where they are encrypted."""
        if self.mode != _NO_MODE:
            raise KeyUnavailable(f"the records are encrypted with mode {self.mode}")
        return self.records

    @classmethod
    def from_bytes(cls, octets: bytes) -> MeterTelegram:
        """Decode everything from CI on. Raises `DecodeError`, `TruncatedError` where octets run out."""
        if not octets:
            raise TruncatedError("no octets, wanted a CI field", 0)
        information = octets[0]
        size = _HEADERS.get(information)
        if size is None:
            raise DecodeError(f"CI {information:02X} is no variable data of a meter", 0)
        header, start = _take(octets, 1, size)
        link = header[-4:] if header else None
        configuration = int.from_bytes(header[-2:], "little")
        telegram = cls(
            information,
            header[3::-1].hex() if size == 12 else None,
            _manufacturer(header) if size == 12 else None,
            header[6] if size == 12 else None,
            header[7] if size == 12 else None,
            link[0] if link else None,
            link[1] if link else None,
            configuration,
        )
        if telegram.mode != _NO_MODE:
            return _encrypted(telegram, octets, start)
        return _with_records(telegram, octets, start)


def _manufacturer(header: bytes) -> str:
    number = int.from_bytes(header[4:6], "little")
    return "".join(chr(64 + (number >> shift & 0x1F)) for shift in (10, 5, 0))


def _encrypted(telegram: MeterTelegram, octets: bytes, start: int) -> MeterTelegram:
    blocks = telegram.configuration >> 4 & 0x0F
    if telegram.mode == _CBC_MODE and blocks * _BLOCK > len(octets) - start:
        raise TruncatedError(f"{blocks} encrypted blocks announced, {len(octets) - start} octets left", start)
    return msgspec.structs.replace(telegram, encrypted=octets[start:])


def _with_records(telegram: MeterTelegram, octets: bytes, offset: int) -> MeterTelegram:
    records: list[Record] = []
    while offset < len(octets):
        dif = octets[offset]
        if dif == _FILLER:
            offset += 1
        elif dif in (_MAKERS_OWN, _MORE_FOLLOWS):
            return msgspec.structs.replace(
                telegram,
                records=tuple(records),
                makers_own=octets[offset + 1 :],
                more_follows=dif == _MORE_FOLLOWS,
            )
        else:
            try:
                record, offset = _record(octets, offset)
            except DecodeError as error:
                raise error.within(f"[{len(records)}]") from None
            records.append(record)
    return msgspec.structs.replace(telegram, records=tuple(records))


def _record(octets: bytes, offset: int) -> tuple[Record, int]:
    start = offset
    dif, *extensions = chain = _chain(octets, offset, "DIF")
    offset += len(chain)
    storage, tariff, subunit = dif >> 6 & 1, 0, 0
    for place, octet in enumerate(extensions):
        storage |= (octet & 0x0F) << (1 + 4 * place)
        tariff |= (octet >> 4 & 3) << (2 * place)
        subunit |= (octet >> 6 & 1) << place
    vif, unit, offset = _vif(octets, offset)
    raw, value, offset = _value(octets, offset, dif & 0x0F, start)
    return Record(dif >> 4 & 3, storage, tariff, subunit, vif, unit, value, raw), offset


def _chain(octets: bytes, offset: int, what: str) -> bytes:
    """An information field and its extensions."""
    end = offset
    while True:
        if end >= len(octets):
            raise TruncatedError(f"octets ran out in a {what}", end)
        if end - offset > _MAX_EXTENSIONS:
            raise DecodeError(f"more than {_MAX_EXTENSIONS} extensions of a {what}", end)
        end += 1
        if not octets[end - 1] & _EXTENSION:
            return octets[offset:end]


def _vif(octets: bytes, offset: int) -> tuple[bytes, str, int]:
    first, after = _take(octets, offset, 1)
    if first[0] & ~_EXTENSION != _PLAIN_TEXT_VIF:
        chain = _chain(octets, offset, "VIF")
        return chain, "", offset + len(chain)
    length, after = _take(octets, after, 1)
    text, after = _take(octets, after, length[0])
    rest = _chain(octets, after, "VIF") if first[0] & _EXTENSION else b""
    return first + rest, text[::-1].decode("latin-1"), after + len(rest)


def _value(octets: bytes, offset: int, field: int, start: int) -> tuple[bytes, Value, int]:
    if field == _NONE:
        return b"", None, offset
    if field == _VARIABLE:
        return _variable(octets, offset)
    size = 4 if field == _REAL else _BINARY.get(field) or _DECIMAL.get(field)
    if size is None:
        raise DecodeError(f"data field {field:X} carries no value in an answer", start)
    raw, end = _take(octets, offset, size)
    if field == _REAL:
        return raw, float(struct.unpack("<f", raw)[0]), end
    return raw, int.from_bytes(raw, "little", signed=True) if field in _BINARY else _decimal(raw), end


def _variable(octets: bytes, offset: int) -> tuple[bytes, Value, int]:
    head, start = _take(octets, offset, 1)
    length = head[0]
    if length < 0xC0:
        raw, end = _take(octets, start, length)
        return raw, raw[::-1].decode("latin-1"), end
    if length >= 0xF0:
        raise DecodeError(f"LVAR {length:02X} is reserved", offset)
    raw, end = _take(octets, start, length & 0x0F)
    if length >= 0xE0:
        return raw, int.from_bytes(raw, "little", signed=True), end
    digits = _decimal(raw)
    return raw, -digits if digits is not None and length >= 0xD0 else digits, end


def _decimal(raw: bytes) -> int | None:
    """A BCD number, F in the highest digit being a minus sign; None where other digits are no digits."""
    digits = raw[::-1].hex()
    sign = -1 if digits.startswith("f") else 1
    digits = digits.removeprefix("f")
    return sign * int(digits) if digits.isdecimal() else None


def _take(octets: bytes, offset: int, count: int) -> tuple[bytes, int]:
    end = offset + count
    if end > len(octets):
        raise TruncatedError(f"wanted {count} octets, {len(octets) - offset} left", offset)
    return octets[offset:end], end
