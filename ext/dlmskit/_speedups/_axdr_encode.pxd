# C types of dlmskit/codec/_axdr_encode.py.
cimport cython
from libc.stdint cimport int64_t, uint8_t

cdef int _OCTETS, _BITS
cdef bytes _SIZE

@cython.locals(size=int)
cdef object _put(bytearray out, uint8_t tag, object value)

@cython.locals(wide=int64_t, bound=int64_t, fits=cython.bint)
cdef object _put_integer(bytearray out, uint8_t tag, int size, object value)

cdef object _put_length(bytearray out, int64_t length)

cdef object _misfit(object tag, object value)
cdef bytes _text(object tag, str value)
cdef bytes _plain_bytes(object tag, object value)
cdef bytes _float(object tag, object value)

@cython.locals(contents=bytearray)
cdef object _put_node(bytearray out, object node, bint tagged)

cdef object _described(object description)

@cython.locals(tag=uint8_t, count=Py_ssize_t, index=Py_ssize_t)
cdef object _put_item(bytearray out, object kind, object value, bint tagged)
