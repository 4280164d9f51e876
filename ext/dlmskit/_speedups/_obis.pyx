"""OBIS codes in the two spellings that programs write, in C; see dlmskit/_obis.py, which this equals."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.unicode cimport PyUnicode_DecodeASCII
from libc.stdint cimport uint8_t

cdef extern from "Python.h":
    bint PyUnicode_IS_COMPACT_ASCII(object)
    void *PyUnicode_DATA(object)
    Py_ssize_t PyUnicode_GET_LENGTH(object)

cdef enum:
    GROUPS = 6
    LONGEST = 23  # 255-255:255.255.255*255


def octets_of(str text not None):
    """The 6 octets of a code, None where it is not spelt in one of the two ways; a missing F is 255."""
    cdef Py_ssize_t size = PyUnicode_GET_LENGTH(text)
    if size > LONGEST or not PyUnicode_IS_COMPACT_ASCII(text):
        return None
    cdef const uint8_t *octet = <const uint8_t *>PyUnicode_DATA(text)
    cdef const uint8_t *end = octet + size
    cdef uint8_t found[GROUPS]
    cdef int count = 0, digits, value
    cdef uint8_t mark
    cdef bint dotted = False
    while True:
        value = digits = 0
        while octet < end and 48 <= octet[0] <= 57:
            value = 10 * value + octet[0] - 48
            digits += 1
            octet += 1
            if digits > 3:
                return None
        if digits == 0 or value > 255:
            return None
        found[count] = <uint8_t>value
        count += 1
        if octet == end:
            break
        if count == GROUPS:
            return None
        mark = octet[0]
        octet += 1
        if count == 1:
            dotted = mark == c"."
            if not dotted and mark != c"-":
                return None
        elif dotted or count == 3 or count == 4:
            if mark != c".":
                return None
        elif count == 2:
            if mark != c":":
                return None
        elif mark != c"*" and mark != c"&" and mark != c".":
            return None
    if count == GROUPS - 1 and not dotted:
        found[count] = 255
        count += 1
    if count < GROUPS:
        return None
    return PyBytes_FromStringAndSize(<const char *>found, GROUPS)


def text_of(bytes octets not None):
    """The usual spelling of a code's 6 octets."""
    cdef char text[LONGEST]
    cdef const uint8_t *group = <const uint8_t *>PyBytes_AS_STRING(octets)
    cdef const char *marks = b"-:..*"
    cdef int index, size = 0
    if len(octets) != GROUPS:
        raise ValueError("an OBIS code has 6 octets")
    for index in range(GROUPS):
        if group[index] > 99:
            text[size] = 48 + group[index] // 100
            size += 1
        if group[index] > 9:
            text[size] = 48 + group[index] // 10 % 10
            size += 1
        text[size] = 48 + group[index] % 10
        size += 1
        if index < GROUPS - 1:
            text[size] = marks[index]
            size += 1
    return PyUnicode_DecodeASCII(text, size, NULL)
