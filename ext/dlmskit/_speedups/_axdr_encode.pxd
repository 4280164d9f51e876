# C types of dlmskit/codec/_axdr_encode.py.
cimport cython
from libc.stdint cimport int64_t, uint8_t, uint64_t

cdef int _OCTETS, _BITS, _ELEMENTS, _SHORT
cdef int64_t _HIGHEST
cdef uint64_t _HIGHEST_UNSIGNED
cdef bytes _SIZE

@cython.final
cdef class Writer:
    cdef bytearray out
    cdef uint8_t* raw
    cdef Py_ssize_t room
    cdef Py_ssize_t pos
    cdef bytes types
    cdef Py_ssize_t spec

    cdef bytes octets(self)
    cdef inline int reserve(self, Py_ssize_t size) except -1
    cdef int grow(self, Py_ssize_t size) except -1
    cdef inline int octet(self, uint8_t value) except -1

    @cython.locals(size=Py_ssize_t, pos=Py_ssize_t, raw="uint8_t*", octet=uint8_t)
    cdef int write(self, bytes octets) except -1

    cdef int length(self, int64_t length) except -1

    @cython.locals(size=int, octets=bytes)
    cdef int put(self, uint8_t tag, object value) except -1

    @cython.locals(wide=int64_t, top=int64_t, bits=uint64_t, fits=cython.bint, raw="uint8_t*", pos=Py_ssize_t)
    cdef int integer(self, uint8_t tag, int size, object value) except -1

    @cython.locals(tag=uint8_t)
    cdef int item(self, object value, bint tagged) except -1

    @cython.locals(count=int64_t, spec=Py_ssize_t)
    cdef int items(self, uint8_t tag, object value, bint tagged) except -1

    @cython.locals(count=int64_t, size=int)
    cdef int64_t described_count(self, uint8_t tag) except -1

    @cython.locals(contents=Writer)
    cdef int node(self, object node, bint tagged) except -1

cdef int _described(bytes description) except -1

cdef object _misfit(object tag, object value)
cdef bytes _string(object tag, object value)
cdef bytes _plain_bytes(object tag, object value)
cdef bytes _float(object tag, object value)
