# C types of dlmskit/codec/_columns.py.
cimport cython
from libc.stdint cimport int64_t, uint8_t

cdef int _OCTETS, _COMPACT, _PADDED
cdef bytes _SIZE
cdef tuple _SIGNED, _UNSIGNED

@cython.final
cdef class Builder:
    cdef int tag
    cdef Py_ssize_t size
    cdef Py_ssize_t count
    cdef Py_ssize_t nulls
    cdef Py_ssize_t least
    cdef Py_ssize_t most
    cdef bytearray data
    cdef bytearray valid
    cdef object ends

    @cython.locals(size=Py_ssize_t)
    cdef bint add(self, int tag, bytes octets) except -1

    cdef bint admit(self, int tag, Py_ssize_t size) except -1

    @cython.locals(at=Py_ssize_t, valid=uint8_t, data=bytearray)
    cdef tuple finish(self)

cdef object _swapped(object numbers)

@cython.locals(
    raw="const uint8_t*", start=Py_ssize_t, count=int64_t, size=int64_t, width=Py_ssize_t, index=Py_ssize_t,
    done=int64_t, tag=int, builder=Builder, builders=list
)
cpdef object walk(bytes octets, Py_ssize_t pos, Py_ssize_t end, int64_t rows, bytes tags, Py_ssize_t most)
