"""dlmskit/security/_opening.py in C: the same result, without copies of what is opened."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF
from libc.stdint cimport uint8_t, uint32_t
from libc.string cimport memcpy

cdef extern from "Python.h":
    PyObject* PyObject_CallFunctionObjArgs(PyObject*, ...) except NULL
    int _PyBytes_Resize(PyObject**, Py_ssize_t) except -1

cdef extern from *:
    """
    typedef volatile uint8_t volatile_octet;
    """
    ctypedef uint8_t volatile_octet

cdef enum:
    HEADER = 5
    TITLE = 8
    TAG = 12
    LIBRARY_TAG = 16


def opened(make, dict ready not None, content, title, bint dedicated):
    """See dlmskit/security/_opening.py."""
    if not PyBytes_CheckExact(content) or not PyBytes_CheckExact(title):
        return None
    cdef Py_ssize_t count = PyBytes_GET_SIZE(content) - HEADER - TAG
    if count < 0 or PyBytes_GET_SIZE(title) != TITLE:
        return None
    cdef const uint8_t* raw = <const uint8_t*>PyBytes_AS_STRING(content)
    cdef object known = ready.get(<int>raw[0] | <int>dedicated << 8)
    if known is None:
        return None
    cdef object encrypt = (<tuple>known)[0]
    cdef bytes iv = PyBytes_FromStringAndSize(NULL, TITLE + 4)
    memcpy(PyBytes_AS_STRING(iv), PyBytes_AS_STRING(title), TITLE)
    memcpy(PyBytes_AS_STRING(iv) + TITLE, raw + 1, 4)
    cdef bytes body = PyBytes_FromStringAndSize(<const char*>raw + HEADER, count)
    cdef PyObject* first = PyObject_CallFunctionObjArgs(
        <PyObject*>encrypt, <PyObject*>iv, <PyObject*>body, <PyObject*>None, NULL
    )
    if not PyBytes_CheckExact(<object>first) or PyBytes_GET_SIZE(<object>first) != count + LIBRARY_TAG:
        Py_DECREF(<object>first)
        return None
    _PyBytes_Resize(&first, count)
    cdef object plain = <object>first
    Py_DECREF(plain)
    cdef object sealed = encrypt(iv, plain, (<tuple>known)[1])
    if not PyBytes_CheckExact(sealed) or PyBytes_GET_SIZE(sealed) != count + LIBRARY_TAG:
        return None
    cdef const uint8_t* expected = <const uint8_t*>PyBytes_AS_STRING(sealed) + count
    cdef const uint8_t* found = raw + HEADER + count
    cdef int index
    cdef volatile_octet differ = 0
    for index in range(TAG):
        differ = differ | (expected[index] ^ found[index])
    if differ != 0:
        return None
    cdef uint32_t counter = <uint32_t>raw[1] << 24 | <uint32_t>raw[2] << 16 | <uint32_t>raw[3] << 8 | raw[4]
    return make(plain, raw[0], counter, True, (<tuple>known)[2])
