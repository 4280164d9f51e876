# dlmskit/codec/_strides.py by hand: columns of a profile at the speed of memory instead of a slice for every octet.
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy


def same(bytes octets not None, Py_ssize_t at, Py_ssize_t stride, Py_ssize_t count):
    cdef const uint8_t* field = <const uint8_t*>PyBytes_AS_STRING(octets) + at
    cdef uint8_t wanted = field[0] if count > 0 else 0
    cdef uint8_t differs = 0
    cdef Py_ssize_t index
    for index in range(count):
        differs |= field[index * stride] ^ wanted
    return differs == 0


def gather(bytes octets not None, Py_ssize_t at, Py_ssize_t stride, Py_ssize_t count, Py_ssize_t size, bint swap):
    cdef const uint8_t* field = <const uint8_t*>PyBytes_AS_STRING(octets) + at
    cdef bytes result = PyBytes_FromStringAndSize(NULL, size * count)
    cdef uint8_t* out = <uint8_t*>PyBytes_AS_STRING(result)
    cdef Py_ssize_t index
    cdef uint64_t wide
    cdef uint32_t narrow
    cdef uint16_t short
    if swap and size == 4:
        for index in range(count):
            narrow = (<uint32_t>field[0] << 24) | (<uint32_t>field[1] << 16) | (<uint32_t>field[2] << 8) | field[3]
            memcpy(out + 4 * index, &narrow, 4)
            field += stride
    elif swap and size == 2:
        for index in range(count):
            short = <uint16_t>((field[0] << 8) | field[1])
            memcpy(out + 2 * index, &short, 2)
            field += stride
    elif swap and size == 8:
        for index in range(count):
            wide = (<uint64_t>field[0] << 56) | (<uint64_t>field[1] << 48) | (<uint64_t>field[2] << 40)
            wide |= (<uint64_t>field[3] << 32) | (<uint64_t>field[4] << 24) | (<uint64_t>field[5] << 16)
            wide |= (<uint64_t>field[6] << 8) | <uint64_t>field[7]
            memcpy(out + 8 * index, &wide, 8)
            field += stride
    elif size == 1:
        for index in range(count):
            out[index] = field[index * stride]
    elif size == 12:
        for index in range(count):
            memcpy(out + 12 * index, field, 12)
            field += stride
    else:
        for index in range(count):
            memcpy(out, field, size)
            out += size
            field += stride
    return result
