# `encode_items` of dlmskit/codec/_axdr_encode.py by hand, for the rows of a profile: lists of int and bytes.
# All else, and all that does not fit, goes to the compiled twin, which encodes it or says what is wrong.
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.list cimport PyList_CheckExact, PyList_GET_ITEM, PyList_GET_SIZE
from cpython.long cimport PyLong_AsLongLongAndOverflow, PyLong_CheckExact
from cpython.mem cimport PyMem_Free, PyMem_Realloc
from cpython.object cimport PyObject
from cpython.tuple cimport PyTuple_CheckExact, PyTuple_GET_ITEM, PyTuple_GET_SIZE
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy

from dlmskit._speedups._axdr_encode import encode_items as _encode_any
from dlmskit.codec.tags import SIZE

cdef enum:
    CELL = 9  # octets that a cell takes at most, those of a string apart
    SIGNED = 16
    STRING = 32
    OTHER = 64

# Of each tag: octets of an integer, with SIGNED where it has a sign, or another way to go.
cdef uint8_t[256] FORM
for _tag in range(256):
    FORM[_tag] = SIZE[_tag] if SIZE[_tag] in (1, 2, 4, 8) and _tag not in (3, 21, 23, 24, 27) else OTHER
for _tag in (15, 16, 5, 20, 28, 29, 30):
    FORM[_tag] |= SIGNED
FORM[9] = STRING


cdef struct Buffer:
    uint8_t* raw
    Py_ssize_t pos
    Py_ssize_t room


cdef bint _reserve(Buffer* out, Py_ssize_t size) except False:
    cdef Py_ssize_t room
    cdef void* raw
    if size > out.room - out.pos:
        room = 2 * out.room + size
        raw = PyMem_Realloc(out.raw, room)
        if raw == NULL:
            raise MemoryError
        out.raw = <uint8_t*>raw
        out.room = room
    return True


cdef int _integer(uint8_t* to, int size, bint signed, PyObject* value) except -1:
    """Whether the value was written."""
    cdef int overflow = 0
    cdef int64_t wide
    cdef int64_t top = (<int64_t>0x7FFFFFFFFFFFFFFF) >> (64 - 8 * size)
    if not PyLong_CheckExact(<object>value):
        return False
    wide = PyLong_AsLongLongAndOverflow(<object>value, &overflow)
    if overflow or (wide > top or wide < -top - 1 if signed else wide < 0 or (size < 8 and wide > 2 * top + 1)):
        return False
    while size > 0:
        size -= 1
        to[size] = <uint8_t>(<uint64_t>wide & 0xFF)
        wide >>= 8
    return True


cdef int _string(Buffer* out, PyObject* value, Py_ssize_t rest) except -1:
    """Whether the value was written; `rest` octets stay reserved."""
    cdef Py_ssize_t size
    if not PyBytes_CheckExact(<object>value):
        return False
    size = PyBytes_GET_SIZE(<object>value)
    if size >= 0x80:
        return False
    _reserve(out, size + 1 + rest)
    out.raw[out.pos] = <uint8_t>size
    memcpy(out.raw + out.pos + 1, PyBytes_AS_STRING(<object>value), size)
    out.pos += size + 1
    return True


cdef int _row(Buffer* out, const uint8_t* tags, Py_ssize_t width, object row, bint tagged) except -1:
    """Whether the row was written."""
    cdef Py_ssize_t index
    cdef PyObject* value
    cdef bint is_list = PyList_CheckExact(row)
    cdef uint8_t form
    if not (is_list or PyTuple_CheckExact(row)):
        return False
    if (PyList_GET_SIZE(row) if is_list else PyTuple_GET_SIZE(row)) != width:
        return False
    _reserve(out, 2 + CELL * width)
    if tagged:
        out.raw[out.pos] = 2
        out.raw[out.pos + 1] = <uint8_t>width
        out.pos += 2
    for index in range(width):
        value = PyList_GET_ITEM(row, index) if is_list else PyTuple_GET_ITEM(row, index)
        if tagged:
            out.raw[out.pos] = tags[index]
            out.pos += 1
        form = FORM[tags[index]]
        if form < STRING:
            if not _integer(out.raw + out.pos, form & 15, (form & SIGNED) != 0, value):
                return False
            out.pos += form & 15
        elif not _string(out, value, CELL * (width - index)):
            return False
    return True


cdef bint _ours(const uint8_t* raw, Py_ssize_t size) noexcept:
    """Whether a description is that of a structure of integers and octet-strings."""
    cdef Py_ssize_t index
    if not (2 < size < 0x80 and raw[0] == 2 and raw[1] == size - 2):
        return False
    for index in range(2, size):
        if FORM[raw[index]] == OTHER:
            return False
    return True


def encode_items(description, items, bint tagged, bytes head not None=b""):
    """As `dlmskit.codec._axdr_encode.encode_items`."""
    cdef bytes types = bytes(description)
    cdef const uint8_t* raw = <const uint8_t*>PyBytes_AS_STRING(types)
    cdef Py_ssize_t size = PyBytes_GET_SIZE(head)
    cdef Py_ssize_t width = PyBytes_GET_SIZE(types) - 2
    cdef Buffer out = Buffer(NULL, 0, 0)
    cdef bint whole = PyList_CheckExact(items) and _ours(raw, width + 2)
    try:
        if whole:
            _reserve(&out, size + 1)
            memcpy(out.raw, PyBytes_AS_STRING(head), size)
            out.pos = size
            for row in <list>items:
                whole = _row(&out, raw + 2, width, row, tagged)
                if not whole:
                    break
        if whole:
            return PyBytes_FromStringAndSize(<char*>out.raw, out.pos)
    finally:
        PyMem_Free(out.raw)
    return _encode_any(description, items, tagged, head)
