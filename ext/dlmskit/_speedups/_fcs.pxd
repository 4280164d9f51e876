# C types of dlmskit/codec/_fcs.py.
cimport cython
from libc.stdint cimport uint8_t, uint16_t

cdef uint16_t[2048] _TABLES

@cython.locals(data=bytes, raw="const uint8_t*", table="uint16_t*", at=Py_ssize_t, stop=Py_ssize_t, crc=cython.uint)
cpdef int fcs16(object octets, Py_ssize_t start=*, object end=*) except -1
