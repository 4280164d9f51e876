# C types of dlmskit/codec/_axdr.py. The path mirrors the compiled name, or Cython would not look here.
# Wire fields are unsigned and wider than the wire: through `int` they would turn negative at bit 31.
# Lengths are `int64_t`: 84 FFFFFFFF does not fit Py_ssize_t on 32-bit machines.
cimport cython
from libc.stdint cimport int64_t, uint8_t, uint64_t

cdef int _SKIP, _VALUE, _TREE
cdef int _DEEPEST
cdef int _UNKNOWN, _OCTETS, _BITS, _ELEMENTS, _COMPACT, _VALUES_PER_OCTET
cdef int _COUNTED_OCTETS, _COUNTED_BITS, _REPEAT, _UNROLLED
cdef list _NO_STEPS, _STEPS
cdef dict _NO_REPEATS
cdef bytes _SIZE

cdef int64_t[256] _PLAIN
cdef int _ROW

@cython.final
@cython.freelist(8)
cdef class Cursor:
    cdef bytes octets
    cdef const uint8_t* raw
    cdef Py_ssize_t pos
    cdef Py_ssize_t end
    cdef Py_ssize_t spec
    cdef Py_ssize_t loose
    cdef bint padded
    cdef dict repeats

    cdef object begin(self, bytes octets, Py_ssize_t pos)

    @cython.locals(start=Py_ssize_t, pos=Py_ssize_t, stop=Py_ssize_t, size=int, length=int64_t)
    cdef int64_t length(self) except -1

    @cython.locals(start=Py_ssize_t, tag=uint8_t, size=int)
    cdef object element(self, int mode, int depth)

    @cython.locals(count=int64_t, index=int64_t, items=list)
    cdef object composite(self, uint8_t tag, Py_ssize_t start, int mode, int depth)

    @cython.locals(
        raw="const uint8_t*", end=Py_ssize_t, pos=Py_ssize_t, at=Py_ssize_t, tag=uint8_t, index=int64_t, row=cython.bint,
        items=list
    )
    cdef list values(self, int64_t count, int depth)

    @cython.locals(count=int64_t)
    cdef int64_t count(self, uint8_t tag, Py_ssize_t start, int depth) except -1

    @cython.locals(
        raw="const uint8_t*", end=Py_ssize_t, pos=Py_ssize_t, at=Py_ssize_t, size=int, room=int64_t, total=int64_t,
        left=int64_t, count=int64_t, nested=int
    )
    cdef object skip(self, int depth)

    cdef object fail(self, Py_ssize_t start, int depth)

    @cython.locals(
        raw="const uint8_t*", length=int64_t, spec=Py_ssize_t, body=Py_ssize_t, outer=Py_ssize_t, index=int64_t,
        items=list, steps=list
    )
    cdef object compact(self, Py_ssize_t start, int mode, int depth)

    @cython.locals(
        start=Py_ssize_t, tag=uint8_t, size=int, raw="const uint8_t*", end=Py_ssize_t, pos=Py_ssize_t, count=int64_t,
        plain=int64_t, fixed=int64_t
    )
    cdef tuple describe(self, int depth, list steps)

    @cython.locals(count=int64_t, spec=int64_t, inner=list)
    cdef tuple describe_array(self, Py_ssize_t start, int depth, list steps)

    @cython.locals(
        raw="const uint8_t*", end=Py_ssize_t, pos=Py_ssize_t, begin=Py_ssize_t, at=Py_ssize_t, step=int64_t,
        size=int64_t, done=int64_t, count=int64_t, place=int64_t, mark=Py_ssize_t
    )
    cdef int64_t run(self, list steps, Py_ssize_t first, Py_ssize_t last, int64_t most) except -1

    @cython.locals(start=Py_ssize_t, spec=Py_ssize_t, tag=uint8_t, count=int64_t, items=list)
    cdef object described(self, int mode)

    @cython.locals(start=Py_ssize_t, spec=Py_ssize_t, count=int64_t)
    cdef int64_t described_count(self, uint8_t tag) except -1

    @cython.locals(
        raw="const uint8_t*", end=Py_ssize_t, spec=Py_ssize_t, stop=Py_ssize_t, tag=uint8_t, size=int, count=int64_t,
        index=int64_t
    )
    cdef object blame(self)

    @cython.locals(kind=int, keep=cython.bint)
    cdef object leaf(self, uint8_t tag, object value, Py_ssize_t start, Py_ssize_t body)

    @cython.locals(kind=int, size=int64_t, count=int64_t, at=Py_ssize_t)
    cdef object scalar(self, uint8_t tag, Py_ssize_t start, int mode)

    @cython.locals(raw="const uint8_t*", value=uint64_t, negative=int64_t)
    cdef object simple(self, uint8_t tag, Py_ssize_t at)

@cython.locals(cursor=Cursor)
cdef Cursor _cursor(object octets, object offset)

@cython.locals(unused=int, last=Py_ssize_t)
cdef object _bits(bytes octets, int64_t count)
cdef object _octets(uint8_t tag, bytes octets)
