# cython: cdivision=True
"""dlmskit/apdu/_fields.py in C: the same class over the same wire forms, same values, errors, offsets and paths.

A wire form of `dlmskit.apdu.wire` becomes a `Form` that C follows; any other is called as Python calls it.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.dict cimport PyDict_GetItem
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.object cimport PyObject, PyTypeObject
from cpython.ref cimport Py_INCREF
from cpython.tuple cimport PyTuple_New, PyTuple_SET_ITEM
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcmp, memcpy

from dlmskit._speedups._axdr cimport Cursor

from dlmskit.apdu import wire as _wire
from dlmskit.codec.axdr import survey as _survey
from dlmskit.codec.data import Data
from dlmskit.exceptions import DecodeError, EncodeError, LimitError, TruncatedError
from dlmskit.limits import Tolerance
from dlmskit.obis import Obis

cdef extern from "Python.h":
    ctypedef object (*newfunc)(PyTypeObject*, object, PyObject*)
    int PyObject_GenericSetAttr(object, object, object) except -1
    object PyObject_CallObject(object, object)
    object PyObject_CallFunctionObjArgs(object, ...)
    long long PyLong_AsLongLongAndOverflow(object, int*)

cdef type _Data = Data
cdef type _Obis = Obis
cdef str _OCTETS_SLOT = "_octets"
cdef tuple _NONE = ()
cdef object _STRICT = Tolerance(strict=True)
cdef object _Conformance = _wire.Conformance
cdef enum:
    MOST_KEPT = 64
cdef dict _conformances = {}
cdef const char* _CONFORMANCE_HEAD = b"\x5f\x1f\x04\x00"
cdef enum:
    DEEPEST = 200
    MOST_CHOICES = 16

cdef enum Kind:
    FOREIGN
    INTEGER
    BOOLEAN
    STRING
    DATA
    NAME
    ENUMERATED
    NESTED
    OPTIONAL
    CHOICE
    LIST
    DEFAULT_TRUE
    CONFORMANCE


cdef object conformance(int bits):
    """A Conformance; peers say few different ones, and making one anew takes long."""
    made = _conformances.get(bits)
    if made is None:
        made = _Conformance(bits)
        if len(_conformances) < MOST_KEPT:
            _conformances[bits] = made
    return made


cdef inline object _trusted(type cls, bytes octets):
    """A value of a class that keeps checked octets; its constructor would only cost time."""
    cdef object made = (<newfunc>(<PyTypeObject*>cls).tp_new)(<PyTypeObject*>cls, _NONE, NULL)
    PyObject_GenericSetAttr(made, _OCTETS_SLOT, octets)
    return made


cdef bint _plain(sequence):
    """Whether its fields are all that there is to read and to write."""
    from dlmskit.apdu.sequence import Sequence

    same = sequence.read.__func__ is Sequence.read.__func__ and sequence.write is Sequence.write
    return same and type(sequence.FIELDS) is Fields


cdef Py_ssize_t bounded(object bound, Py_ssize_t most) except? -1:
    """A bound of `Limits`, or `most` where it is above that."""
    cdef int beyond
    cdef long long found = PyLong_AsLongLongAndOverflow(bound, &beyond)
    return most if beyond > 0 or found > most else <Py_ssize_t>found


@cython.final
@cython.freelist(8)
cdef class Reader:
    cdef bytes octets
    cdef const uint8_t* raw
    cdef Py_ssize_t pos
    cdef Py_ssize_t end
    cdef object limits
    cdef object tolerance

    cdef int want(self, Py_ssize_t count) except -1:
        if count > self.end - self.pos:
            raise TruncatedError(f"wanted {count} octets, {max(self.end - self.pos, 0)} left", self.pos)
        return 0

    cdef int octet(self) except -1:
        self.want(1)
        return self.raw[self.pos]

    cdef object tolerates(self):
        """The tolerance, made when the first deviation or foreign form wants one."""
        if self.tolerance is None:
            self.tolerance = Tolerance()
        return self.tolerance

    cdef Py_ssize_t count(self) except -1:
        """A length or count; moves behind it."""
        cdef Py_ssize_t room = self.end - self.pos
        cdef const uint8_t* raw = self.raw + self.pos
        if room > 0 and raw[0] < 0x80:
            self.pos += 1
            return raw[0]
        if room > 1 and raw[0] == 0x81 and raw[1] >= 0x80:
            self.pos += 2
            return raw[1]
        if room > 2 and raw[0] == 0x82 and raw[1] > 0:
            self.pos += 3
            return raw[1] << 8 | raw[2]
        count, self.pos = _wire.count_at(self.octets, self.pos, self.tolerates())
        return count

    cdef bytes data(self):
        """The octets of a whole Data; moves behind it."""
        cdef Py_ssize_t start = self.pos
        cdef Cursor cursor
        if not 0 <= start <= self.end:
            _survey(self.octets, start)  # says what is wrong
        cursor = Cursor.__new__(Cursor)
        cursor.begin(self.octets, start)
        cursor.skip(<int>bounded(self.limits.depth, DEEPEST))
        if cursor.loose >= 0:
            self.tolerates().accept("length-not-minimal", cursor.loose)
        self.pos = cursor.pos
        return PyBytes_FromStringAndSize(<const char*>self.raw + start, self.pos - start)


cdef Reader begun(bytes octets, Py_ssize_t offset, object limits, object tolerance):
    cdef Reader reader = Reader.__new__(Reader)
    reader.octets = octets
    reader.raw = <const uint8_t*>PyBytes_AS_STRING(octets)
    reader.pos = offset
    reader.end = PyBytes_GET_SIZE(octets)
    reader.limits = limits
    reader.tolerance = tolerance
    return reader


@cython.final
@cython.freelist(8)
cdef class Writer:
    cdef uint8_t small[256]
    cdef uint8_t* large
    cdef uint8_t* raw
    cdef Py_ssize_t size
    cdef Py_ssize_t room

    def __cinit__(self):
        self.raw = self.small
        self.large = NULL
        self.size = 0
        self.room = sizeof(self.small)

    def __dealloc__(self):
        PyMem_Free(self.large)

    cdef uint8_t* take(self, Py_ssize_t count) except NULL:
        """Where `count` more octets go."""
        cdef uint8_t* grown
        cdef Py_ssize_t room = self.room
        if count > room - self.size:
            while count > room - self.size:
                room *= 2
            grown = <uint8_t*>PyMem_Realloc(self.large, room)
            if grown == NULL:
                raise MemoryError()
            if self.large == NULL:
                memcpy(grown, self.small, self.size)
            self.large = self.raw = grown
            self.room = room
        self.size += count
        return self.raw + self.size - count

    cdef int octet(self, uint8_t value) except -1:
        self.take(1)[0] = value
        return 0

    cdef int octets(self, bytes octets) except -1:
        cdef Py_ssize_t count = PyBytes_GET_SIZE(octets)
        memcpy(self.take(count), PyBytes_AS_STRING(octets), count)
        return 0

    cdef int count(self, Py_ssize_t count) except -1:
        if count < 0x80:
            return self.octet(<uint8_t>count)
        return self.octets(_wire.encode_length(count))


@cython.final
cdef class Form:
    """One wire form; `wire` is the Python one, which says it all again."""
    cdef Kind kind
    cdef object wire
    cdef int width
    cdef bint signed
    cdef int64_t least
    cdef int64_t most
    cdef Form inner
    cdef Fields fields
    cdef object make
    cdef list members
    cdef tuple types
    cdef tuple forms
    cdef uint8_t[MOST_CHOICES] numbers

    def __init__(self, wire):
        cdef object form = type(wire)
        self.kind = FOREIGN
        self.wire = wire
        if form is _wire.Integer and 0 < wire.width <= 8:
            self.kind, self.width, self.signed = INTEGER, wire.width, wire.signed
            bits = 8 * wire.width
            # what lies between is written here, all else by the Python form
            self.least = -(1 << bits - 1) if wire.signed else 0
            self.most = (1 << min(bits - wire.signed, 63)) - 1
        elif wire is _wire.BOOLEAN:
            self.kind = BOOLEAN
        elif wire is _wire.OCTET_STRING:
            self.kind = STRING
        elif wire is _wire.DATA:
            self.kind = DATA
        elif wire is _wire.LOGICAL_NAME:
            self.kind = NAME
        elif wire is _wire.BOOLEAN_DEFAULT_TRUE:
            self.kind = DEFAULT_TRUE
        elif wire is _wire.CONFORMANCE:
            self.kind = CONFORMANCE
        elif form is _wire.Enumerated:
            self.kind, self.make = ENUMERATED, wire.members
            self.members = [None] * 256
            for member in wire.members:
                if 0 <= member < 256:
                    self.members[member] = member
        elif form is _wire.Nested and _plain(wire.sequence):
            self.kind, self.make, self.fields = NESTED, wire.sequence, wire.sequence.FIELDS
        elif form is _wire.Optional:
            self.kind, self.inner = OPTIONAL, Form(wire.inner)
        elif form is _wire.SequenceOf:
            self.kind, self.inner = LIST, Form(wire.item)
        elif form is _wire.Choice and len(wire.alternatives) <= MOST_CHOICES:
            self.kind = CHOICE
            self.types = tuple(python_type for python_type, _ in wire.alternatives)
            self.forms = tuple(Form(inner) for _, inner in wire.alternatives)
            for index, number in enumerate(wire.numbers or range(len(wire.alternatives))):
                self.numbers[<int>index] = number

    cdef object read(self, Reader reader):
        cdef int found
        cdef Py_ssize_t start, count
        cdef Py_ssize_t index
        cdef const uint8_t* raw
        cdef uint64_t value
        cdef bytes octets
        cdef object made
        if self.kind == INTEGER:
            reader.want(self.width)
            raw = reader.raw + reader.pos
            reader.pos += self.width
            value = 0
            for index in range(self.width):
                value = value << 8 | raw[index]
            if self.signed:
                return <int64_t>(value << (64 - 8 * self.width)) >> (64 - 8 * self.width)
            return value
        if self.kind == DATA:
            return _trusted(_Data, reader.data())
        if self.kind == NAME:
            reader.want(6)
            octets = PyBytes_FromStringAndSize(<const char*>reader.raw + reader.pos, 6)
            reader.pos += 6
            return _trusted(_Obis, octets)
        if self.kind == STRING:
            count = reader.count()
            reader.want(count)
            octets = PyBytes_FromStringAndSize(<const char*>reader.raw + reader.pos, count)
            reader.pos += count
            return octets
        if self.kind == NESTED:
            return self.fields.made(reader)
        if self.kind == OPTIONAL:
            found = reader.octet()
            if found > 1:
                raise DecodeError(f"presence octet must be 0 or 1, found {found}", reader.pos)
            reader.pos += 1
            return self.inner.read(reader) if found else None
        if self.kind == CHOICE:
            found = reader.octet()
            for index in range(len(self.forms)):
                if found == self.numbers[index]:
                    reader.pos += 1
                    return (<Form>self.forms[index]).read(reader)
            self.wire.chosen(reader.octets, reader.pos)
        if self.kind == ENUMERATED:
            found = reader.octet()
            made = self.members[found]
            if made is None:
                raise DecodeError(f"{found} is no {self.make.__name__}", reader.pos)
            reader.pos += 1
            return made
        if self.kind == BOOLEAN:
            found = reader.octet()
            if found > 1:
                raise DecodeError(f"a boolean is 0 or 1, found {found}", reader.pos)
            reader.pos += 1
            return found != 0
        if self.kind == LIST:
            return self.read_items(reader)
        if self.kind == DEFAULT_TRUE and reader.octet() == 0:
            reader.pos += 1
            return True
        if self.kind == CONFORMANCE:
            reader.want(7)
            raw = reader.raw + reader.pos
            if memcmp(raw, _CONFORMANCE_HEAD, 4) == 0:
                reader.pos += 7
                return conformance(raw[4] << 16 | raw[5] << 8 | raw[6])
        made, end = self.wire.read(reader.octets, reader.pos, reader.limits, reader.tolerates())
        reader.pos = end
        return made

    cdef tuple read_items(self, Reader reader):
        cdef Py_ssize_t count = reader.count()
        cdef list items = []
        if count > reader.end - reader.pos:
            raise TruncatedError(f"{count} items announced, {reader.end - reader.pos} octets left", reader.pos)
        if count > reader.limits.items:
            raise LimitError(f"items: {count} above {reader.limits.items}", reader.pos)
        try:
            for _ in range(count):
                items.append(self.inner.read(reader))
        except DecodeError as error:
            raise error.within(f"[{len(items)}]") from None
        return tuple(items)

    cdef int write(self, Writer writer, object value) except -1:
        cdef Py_ssize_t index
        cdef uint64_t number
        cdef int64_t given
        cdef int beyond
        cdef uint8_t* raw
        if self.kind == INTEGER and type(value) is int:
            given = PyLong_AsLongLongAndOverflow(value, &beyond)
            if beyond or given < self.least or given > self.most:
                return writer.octets(self.wire.write(value))
            number = <uint64_t>given
            raw = writer.take(self.width)
            for index in range(self.width - 1, -1, -1):
                raw[index] = number & 0xFF
                number >>= 8
            return 0
        if self.kind == NAME and type(value) is _Obis:
            return writer.octets(value._octets)
        if self.kind == DATA and type(value) is _Data:
            return writer.octets(value.to_bytes())
        if self.kind == STRING and type(value) is bytes:
            writer.count(PyBytes_GET_SIZE(value))
            return writer.octets(value)
        if self.kind == NESTED and type(value) is self.make:
            return self.fields.put(writer, value)
        if self.kind == OPTIONAL:
            writer.octet(value is not None)
            return 0 if value is None else self.inner.write(writer, value)
        if self.kind == ENUMERATED and type(value) is self.make:
            return writer.octets(self.wire.write(value)) if not 0 <= value < 256 else writer.octet(value)
        if self.kind == CHOICE:
            for index in range(len(self.types)):
                if isinstance(value, self.types[index]):
                    writer.octet(self.numbers[index])
                    return (<Form>self.forms[index]).write(writer, value)
        if self.kind == LIST and type(value) is tuple:
            writer.count(len(<tuple>value))
            for item in <tuple>value:
                self.inner.write(writer, item)
            return 0
        return writer.octets(self.wire.write(value))


def short_way(dict ways not None, octets, limits):
    """See dlmskit/apdu/_fields.py."""
    if not PyBytes_CheckExact(octets) or PyBytes_GET_SIZE(octets) < 2:
        return None
    cdef const uint8_t* raw = <const uint8_t*>PyBytes_AS_STRING(octets)
    cdef PyObject* way = PyDict_GetItem(ways, 1 << 16 | <int>raw[0] << 8 | raw[1])
    if way == NULL:
        way = PyDict_GetItem(ways, 1 << 8 | <int>raw[0])
    return None if way == NULL else PyObject_CallFunctionObjArgs(<object>way, <PyObject*>octets, <PyObject*>limits, NULL)


@cython.final
cdef class Fields:
    """See dlmskit/apdu/_fields.py."""
    cdef object make
    cdef Py_ssize_t count
    cdef tuple attributes
    cdef tuple names
    cdef tuple forms
    cdef Py_ssize_t skip

    def __init__(self, make, wires, skip=0):
        self.make = make
        self.skip = skip
        self.count = len(wires)
        self.attributes = tuple(attribute for attribute, _, _ in wires)
        self.names = tuple(name for _, name, _ in wires)
        self.forms = tuple(Form(wire) for _, _, wire in wires)

    cdef object made(self, Reader reader):
        cdef Py_ssize_t index = 0
        cdef object value
        cdef tuple values = PyTuple_New(self.count)
        try:
            while index < self.count:
                value = (<Form>self.forms[index]).read(reader)
                Py_INCREF(value)
                PyTuple_SET_ITEM(values, index, value)
                index += 1
        except DecodeError as error:
            raise error.within(self.names[index]) from None
        return PyObject_CallObject(self.make, values)

    cdef int put(self, Writer writer, object message) except -1:
        cdef Py_ssize_t index = 0
        try:
            while index < self.count:
                (<Form>self.forms[index]).write(writer, getattr(message, <str>self.attributes[index]))
                index += 1
        except EncodeError as error:
            raise EncodeError(f"{self.names[index]}: {error}") from None
        return 0

    def read(self, bytes octets not None, Py_ssize_t offset, limits, tolerance):
        """See dlmskit/apdu/_fields.py."""
        cdef Reader reader = begun(octets, offset, limits, tolerance)
        return self.made(reader), reader.pos

    def whole(self, bytes octets not None, limits):
        """See dlmskit/apdu/_fields.py."""
        cdef Reader reader = begun(octets, self.skip, limits, _STRICT)
        cdef object message
        if reader.end > bounded(limits.apdu_octets, reader.end):
            return None
        try:
            message = self.made(reader)
        except DecodeError:
            return None
        return message if reader.pos == reader.end else None

    def write(self, message):
        """See dlmskit/apdu/_fields.py."""
        cdef Writer writer = Writer.__new__(Writer)
        self.put(writer, message)
        return PyBytes_FromStringAndSize(<char*>writer.raw, writer.size)
