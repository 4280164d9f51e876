# cython: cdivision=True
"""HDLC frames in C where nothing is wrong with them; all others are left to dlmskit/link/hdlc, which says what is.

So this has no error of its own, and the work on bad octets stays what it is there.
"""

from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_GET_SIZE
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t, uint16_t, uint64_t
from libc.string cimport memcpy

from dlmskit.codec._fcs import _TABLES
from dlmskit.exceptions import FrameError
from dlmskit.link.hdlc.address import HdlcAddress
from dlmskit.link.hdlc.control import Control, FrameKind

cdef enum:
    FLAG = 0x7E
    SEGMENTED = 0x08
    POLL_FINAL = 0x10
    MIN_LENGTH = 7
    MAX_LENGTH = 0x7FF
    SLOTS = 64
    REMEMBERED = 8

cdef uint16_t table[2048]
cdef int index
for index in range(2048):
    table[index] = _TABLES[index]


def _control(octet):
    try:
        return Control.from_octet(octet)
    except FrameError:
        return None


# A line has few addresses and controls, and both are immutable: each slot keeps the address that it met last.
cdef tuple _controls = tuple(_control(octet) for octet in range(256))
cdef dict _kinds = {kind: Control(kind, False, 0, 0).to_octet() for kind in FrameKind}
cdef object _Control = Control
cdef list _addresses = [None] * SLOTS
cdef uint64_t _keys[SLOTS]
cdef list _senders = [None] * REMEMBERED
cdef list _spelled = [b""] * REMEMBERED
cdef int _oldest = 0


cdef uint16_t fcs(uint16_t crc, const uint8_t* raw, Py_ssize_t count) noexcept:
    """The register after `count` more octets; see dlmskit/codec/_fcs.py."""
    while count >= 8:
        crc = (
            table[1792 + ((crc ^ raw[0]) & 0xFF)]
            ^ table[1536 + ((crc >> 8) ^ raw[1])]
            ^ table[1280 + raw[2]]
            ^ table[1024 + raw[3]]
            ^ table[768 + raw[4]]
            ^ table[512 + raw[5]]
            ^ table[256 + raw[6]]
            ^ table[raw[7]]
        )
        raw += 8
        count -= 8
    while count > 0:
        crc = (crc >> 8) ^ table[(crc ^ raw[0]) & 0xFF]
        raw += 1
        count -= 1
    return crc


cdef inline bint checks(uint16_t crc, const uint8_t* raw) noexcept:
    return (crc ^ 0xFFFF) == (raw[0] | raw[1] << 8)


cdef int address_size(const uint8_t* raw, Py_ssize_t room) noexcept:
    """1, 2 or 4; 0 where no whole address stands in `room` octets."""
    cdef int size = 0
    while size < room and size < 4:
        size += 1
        if raw[size - 1] & 1:
            return size if size != 3 else 0
    return 0


cdef object address(const uint8_t* raw, int size):
    cdef uint64_t key = size
    cdef int at
    for at in range(size):
        key = key << 8 | raw[at]
    at = (key * 0x9E3779B97F4A7C15ULL >> 58) % SLOTS
    if _keys[at] != key:
        _addresses[at] = HdlcAddress.parse(PyBytes_FromStringAndSize(<const char*>raw, size))[0]
        _keys[at] = key
    return _addresses[at]


def read_frames(bytearray buffer not None, Py_ssize_t start, list found not None, make):
    """See dlmskit/link/hdlc/_fast.py."""
    cdef const uint8_t* raw = <const uint8_t*>PyByteArray_AS_STRING(buffer)
    cdef Py_ssize_t count = PyByteArray_GET_SIZE(buffer)
    cdef const uint8_t* frame
    cdef Py_ssize_t length
    cdef Py_ssize_t head
    cdef Py_ssize_t room
    cdef int to_size
    cdef int from_size
    cdef uint16_t crc
    cdef object information
    while start < count and raw[start] == FLAG:
        while start + 1 < count and raw[start + 1] == FLAG:
            start += 1
        if count - start < MIN_LENGTH + 2:
            break
        frame = raw + start
        length = (frame[1] & 0x07) << 8 | frame[2]
        if frame[1] >> 4 != 0xA or length < MIN_LENGTH:
            break
        room = min(length - 1, count - start)
        to_size = address_size(frame + 3, room - 3)
        from_size = address_size(frame + 3 + to_size, room - 3 - to_size) if to_size else 0
        head = 4 + to_size + from_size  # the octet after the control octet
        if not from_size or head > room or _controls[frame[head - 1]] is None:
            break
        crc = fcs(0xFFFF, frame + 1, head - 1)
        information = b""
        if length > head + 1:
            if length < head + 4 or count - start < head + 2 or not checks(crc, frame + head):
                break
            if count - start < length + 2:
                return start, True
            crc = fcs(crc, frame + head, length - 1 - head)
            information = PyBytes_FromStringAndSize(<const char*>frame + head + 2, length - 3 - head)
        if count - start < length + 2 or frame[length + 1] != FLAG or not checks(crc, frame + length - 1):
            break
        found.append(
            make(
                address(frame + 3, to_size),
                address(frame + 3 + to_size, from_size),
                _controls[frame[head - 1]],
                information,
                (frame[1] & SEGMENTED) != 0,
            )
        )
        start += length + 1
    return start, start + 1 == count and raw[start] == FLAG


cdef bytes spelled(object address):
    """The octets of an address; a link sends with the same two all the time."""
    global _oldest
    cdef int at
    for at in range(REMEMBERED):
        if _senders[at] is address:
            return <bytes>_spelled[at]
    if type(address) is not HdlcAddress:
        return None
    octets = address.to_bytes()
    _senders[_oldest], _spelled[_oldest] = address, octets
    _oldest = (_oldest + 1) % REMEMBERED
    return octets


def write_frame(frame):
    """The frame from flag to flag, None where Python must write it."""
    cdef bytes destination = spelled(frame.destination)
    cdef bytes source = spelled(frame.source)
    cdef object information = frame.information
    cdef object control = frame.control
    cdef Py_ssize_t to_size
    cdef Py_ssize_t from_size
    cdef Py_ssize_t size
    cdef Py_ssize_t head
    cdef Py_ssize_t length
    cdef int octet
    cdef uint16_t crc
    cdef uint8_t* raw
    cdef bytes octets
    if destination is None or source is None or type(information) is not bytes or type(control) is not _Control:
        return None
    kind = _kinds.get(control.kind)
    sending, receiving = control.send_sequence, control.receive_sequence
    if kind is None:
        return None
    octet = kind
    if control.poll_final:
        octet |= POLL_FINAL
    if sending is not None:
        if type(sending) is not int or not 0 <= sending < 8:
            return None
        octet |= <int>sending << 1
    if receiving is not None:
        if type(receiving) is not int or not 0 <= receiving < 8:
            return None
        octet |= <int>receiving << 5
    to_size, from_size, size = PyBytes_GET_SIZE(destination), PyBytes_GET_SIZE(source), PyBytes_GET_SIZE(information)
    head = 4 + to_size + from_size
    length = head + 1 + (size + 2 if size else 0)
    if length > MAX_LENGTH:
        return None
    octets = PyBytes_FromStringAndSize(NULL, length + 2)
    raw = <uint8_t*>PyBytes_AS_STRING(octets)
    raw[0], raw[length + 1] = FLAG, FLAG
    raw[1] = 0xA0 | (SEGMENTED if frame.segmented else 0) | length >> 8
    raw[2] = length & 0xFF
    memcpy(raw + 3, PyBytes_AS_STRING(destination), to_size)
    memcpy(raw + 3 + to_size, PyBytes_AS_STRING(source), from_size)
    raw[head - 1] = octet
    crc = fcs(0xFFFF, raw + 1, head - 1)
    raw[head], raw[head + 1] = (crc ^ 0xFFFF) & 0xFF, (crc ^ 0xFFFF) >> 8
    if size:
        memcpy(raw + head + 2, PyBytes_AS_STRING(information), size)
        crc = fcs(crc, raw + head, size + 2)
        raw[length - 1], raw[length] = (crc ^ 0xFFFF) & 0xFF, (crc ^ 0xFFFF) >> 8
    return octets
