# cython: cdivision=True
"""dlmskit/apdu/_elements.py in C, for APDUs that follow the standard in every octet.

Whatever is not so (a long length, an unknown element, a wrong order, any error) is left to the Python class, which
begins anew and says what is wrong, or tolerates it. So this has no error of its own.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.object cimport PyObject
from libc.stdint cimport uint8_t
from libc.string cimport memcpy, memset

from dlmskit.apdu import ber_forms as _forms
from dlmskit.apdu._elements import Elements as _Elements

cdef extern from "Python.h":
    long long PyLong_AsLongLongAndOverflow(object, int*)
    PyObject** PySequence_Fast_ITEMS(object)
    object PyObject_Vectorcall(object, PyObject**, size_t, object)

cdef enum:
    MOST = 1024
    MOST_ROWS = 32

cdef enum Kind:
    FOREIGN
    PLAIN
    WITHIN
    NUMBER
    RESULT
    DIAGNOSTIC
    NAME

cdef object _NOT_MINE = object()
cdef dict _SOURCES = {0xA0 | source: source for source in _forms.DiagnosticSource}
cdef object _Diagnostic = _forms.ResultSourceDiagnostic


cdef dict _diagnostics = {}


cdef object diagnostic(int value, source):
    """A diagnostic; there are few that meters say, and they cannot be changed."""
    cdef object key = 256 * value | source  # a negative number must not be shifted
    found = _diagnostics.get(key)
    if found is None:
        found = _diagnostics[key] = _Diagnostic(value, source)
    return found


cdef Py_ssize_t contents(const uint8_t* raw, Py_ssize_t at, Py_ssize_t end, Py_ssize_t* stop):
    """Where the contents of the element at `at` begin, and `stop`; -1 unless length and tag have their short forms."""
    cdef Py_ssize_t start
    if end - at < 2 or raw[at] & 0x1F == 0x1F:
        return -1
    if raw[at + 1] < 0x80:
        start = at + 2
        stop[0] = start + raw[at + 1]
    elif raw[at + 1] == 0x81 and end - at > 2 and raw[at + 2] >= 0x80:
        start = at + 3
        stop[0] = start + raw[at + 2]
    else:
        return -1
    return start if stop[0] <= end else -1


cdef Py_ssize_t inner(const uint8_t* raw, Py_ssize_t at, Py_ssize_t end, int tag):
    """Where the contents of the one element in ``raw[at:end]`` begin, -1 unless it is a `tag` with contents."""
    cdef Py_ssize_t stop
    cdef Py_ssize_t start = contents(raw, at, end, &stop)
    return start if start >= 0 and raw[at] == tag and stop == end and start < end else -1


@cython.final
cdef class Row:
    cdef str attribute
    cdef int tag
    cdef bint required
    cdef Kind kind
    cdef int within
    cdef Py_ssize_t size
    cdef dict known
    cdef dict spelled
    cdef type members

    def __init__(self, attribute, element):
        form = element.form
        self.attribute, self.tag, self.required = attribute, element.tag, element.required
        self.kind, self.within, self.size = FOREIGN, 0, 0
        if type(form) is _forms.Plain:
            self.kind = PLAIN
        elif type(form) is _forms.Within:
            self.kind, self.within, self.size = WITHIN, form.tag, form.size or 0
        elif type(form) is _forms.Number:
            self.kind, self.within = NUMBER, 2 if form.explicit else 0
        elif type(form) is _forms.Result:
            self.kind = RESULT
            self.known = {int(member): member for member in _forms.AssociationResult}
        elif type(form) is _forms.Diagnostic:
            self.kind = DIAGNOSTIC
        elif type(form) is _forms.Name:
            self.kind, self.within = NAME, 6 if form.explicit else 0
            self.spelled = {member: form.encode(member) for member in form.known.values()}
            self.known = {octets[2 if form.explicit else 0 :]: member for member, octets in self.spelled.items()}
            self.members = type(next(iter(self.spelled)))

    cdef object read(self, const uint8_t* raw, Py_ssize_t at, Py_ssize_t end):
        """The value in ``raw[at:end]``, `_NOT_MINE` where Python must look."""
        cdef Py_ssize_t start = at
        cdef Py_ssize_t stop
        if self.kind == DIAGNOSTIC:
            start = contents(raw, at, end, &stop)
            source = _SOURCES.get(raw[at]) if start >= 0 and stop == end else None
            if source is None or stop - start != 3 or raw[start] != 2 or raw[start + 1] != 1:
                return _NOT_MINE
            return diagnostic(<signed char>raw[start + 2], source)
        if self.kind == RESULT:
            if end - at != 3 or raw[at] != 2 or raw[at + 1] != 1:
                return _NOT_MINE
            return self.known.get(<signed char>raw[at + 2], _NOT_MINE)
        if self.within:
            start = inner(raw, at, end, self.within)
        if start < 0 or start == end or (self.size and end - start != self.size):
            return _NOT_MINE
        if self.kind == NUMBER:
            return <signed char>raw[start] if end - start == 1 else _NOT_MINE
        octets = PyBytes_FromStringAndSize(<const char*>raw + start, end - start)
        if self.kind == NAME:
            return self.known.get(octets, _NOT_MINE)
        return octets if self.kind != FOREIGN else _NOT_MINE

    cdef Py_ssize_t write(self, uint8_t* raw, object value) except -2:
        """How many octets the whole element has, -1 where Python must write it. `raw` has room for `MOST`."""
        cdef Py_ssize_t size
        cdef bytes octets
        cdef int beyond
        cdef long long number
        raw[0] = self.tag
        if self.kind == PLAIN or self.kind == WITHIN:
            if type(value) is not bytes:
                return -1
            octets = value
            size = PyBytes_GET_SIZE(octets)
            if size > 0x7D or (self.kind == WITHIN and (size == 0 or (self.size and self.size != size))):
                return -1
            if self.kind == PLAIN:
                raw[1] = size
                memcpy(raw + 2, PyBytes_AS_STRING(octets), size)
                return 2 + size
            raw[1], raw[2], raw[3] = size + 2, self.within, size
            memcpy(raw + 4, PyBytes_AS_STRING(octets), size)
            return 4 + size
        if self.kind == NAME:
            if type(value) is not self.members:
                return -1
            octets = self.spelled[value]
            size = PyBytes_GET_SIZE(octets)
            raw[1] = size
            memcpy(raw + 2, PyBytes_AS_STRING(octets), size)
            return 2 + size
        if self.kind == DIAGNOSTIC:
            if type(value) is not _Diagnostic or type(value.value) is not int:
                return -1
            number = PyLong_AsLongLongAndOverflow(value.value, &beyond)
            raw[1], raw[2], raw[3], raw[4], raw[5], raw[6] = 5, 0xA0 | <int>value.source, 3, 2, 1, number & 0xFF
            return 7 if not beyond and -0x80 <= number < 0x80 else -1
        if self.kind == RESULT or self.kind == NUMBER:
            if not isinstance(value, int):
                return -1
            number = PyLong_AsLongLongAndOverflow(value, &beyond)
            if beyond or not -0x80 <= number < 0x80:
                return -1
            if self.kind == NUMBER and not self.within:
                raw[1], raw[2] = 1, number & 0xFF
                return 3
            raw[1], raw[2], raw[3], raw[4] = 3, 2, 1, number & 0xFF
            return 5
        return -1


@cython.final
cdef class Elements:
    """See dlmskit/apdu/_elements.py."""
    cdef object make
    cdef object python
    cdef tuple rows
    cdef tuple attributes
    cdef tuple ascending
    cdef uint8_t[256] place

    def __init__(self, make, rows):
        self.make = make
        self.python = _Elements(make, rows)
        self.rows = tuple(Row(attribute, element) for attribute, _, element in rows)
        self.attributes = tuple(attribute for attribute, _, _ in rows)
        self.ascending = tuple(sorted(self.rows, key=lambda row: (<Row>row).tag & 0x1F))
        if len(self.rows) > MOST_ROWS:
            raise ValueError(f"{len(self.rows)} elements, {MOST_ROWS} at most")
        memset(self.place, MOST_ROWS, sizeof(self.place))
        for index in range(len(self.rows)):
            self.place[(<Row>self.rows[index]).tag] = index

    def read(self, bytes octets not None, Py_ssize_t offset, tolerance):
        """See dlmskit/apdu/_elements.py."""
        cdef Py_ssize_t end
        made = self.made(octets, offset, &end)
        return (made, end) if made is not None else self.python.read(octets, offset, tolerance)

    def whole(self, bytes octets not None, limits):
        """See dlmskit/apdu/_elements.py."""
        cdef Py_ssize_t end = -1
        if PyBytes_GET_SIZE(octets) > limits.apdu_octets:
            return None
        made = self.made(octets, 0, &end)
        return made if end == PyBytes_GET_SIZE(octets) else None

    cdef object made(self, bytes octets, Py_ssize_t offset, Py_ssize_t* end):
        """The APDU at `offset` and its `end`, None where Python must look; what does not come has None as default."""
        cdef const uint8_t* raw = <const uint8_t*>PyBytes_AS_STRING(octets)
        cdef Py_ssize_t at = contents(raw, offset, PyBytes_GET_SIZE(octets), end)
        cdef Py_ssize_t count = len(self.rows)
        cdef Py_ssize_t start
        cdef Py_ssize_t stop
        cdef Py_ssize_t index
        cdef int last = -1
        cdef list values
        if at < 0:
            return None
        values = [None] * count
        while at < end[0]:
            start = contents(raw, at, end[0], &stop)
            index = self.place[raw[at]]
            if start < 0 or index == MOST_ROWS or (raw[at] & 0x1F) <= last:
                return None
            last = raw[at] & 0x1F
            value = (<Row>self.rows[index]).read(raw, start, stop)
            if value is _NOT_MINE:
                return None
            values[index] = value
            at = stop
        for index in range(count):
            if (<Row>self.rows[index]).required and values[index] is None:
                return None
        return PyObject_Vectorcall(self.make, PySequence_Fast_ITEMS(values), 0, self.attributes)

    def write(self, message):
        """See dlmskit/apdu/_elements.py."""
        cdef uint8_t[3 * MOST] raw
        cdef Py_ssize_t size = 3
        cdef Py_ssize_t more
        if not message.unknown:
            for row in self.ascending:
                value = getattr(message, (<Row>row).attribute)
                if value is None:
                    continue
                more = (<Row>row).write(raw + size, value) if size < MOST else -1
                if more < 0:
                    break
                size += more
            else:
                size -= 3
                if size < 0x80:
                    raw[2] = size
                    return PyBytes_FromStringAndSize(<char*>raw + 2, size + 1)
                if size < 0x100:
                    raw[1], raw[2] = 0x81, size
                    return PyBytes_FromStringAndSize(<char*>raw + 1, size + 2)
        return self.python.write(message)
