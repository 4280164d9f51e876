# dlmskit/codec/_strides.py by hand: columns of a profile at the speed of memory instead of a slice for every octet.
# Rows are taken a block at a time, all fields of it, so that a long table passes through the caches once.
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

cdef enum:
    BLOCK = 32768  # octets of the input that are looked at together


cdef bint alike(const uint8_t* field, uint8_t wanted, Py_ssize_t stride, Py_ssize_t count) noexcept nogil:
    cdef uint8_t differs = 0
    cdef Py_ssize_t index
    for index in range(count):
        differs |= field[index * stride] ^ wanted
    return differs == 0


cdef void copy(
    uint8_t* out, const uint8_t* field, Py_ssize_t stride, Py_ssize_t count, Py_ssize_t size, bint swap
) noexcept nogil:
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


def gather(bytes octets not None, Py_ssize_t stride, Py_ssize_t count, same, fields):
    cdef const uint8_t* raw = <const uint8_t*>PyBytes_AS_STRING(octets)
    cdef const uint8_t* block
    cdef list columns = [PyBytes_FromStringAndSize(NULL, size * count) for _, size, _ in fields]
    cdef Py_ssize_t rows = BLOCK // stride + 1 if stride > 0 else count
    cdef Py_ssize_t done = 0
    cdef Py_ssize_t at, size, index
    cdef bint swap
    while done < count:
        rows = min(rows, count - done)
        block = raw + done * stride
        for at in same:
            if not alike(block + at, raw[at], stride, rows):
                return None
        index = 0
        for at, size, swap in fields:
            copy(<uint8_t*>PyBytes_AS_STRING(columns[index]) + done * size, block + at, stride, rows, size, swap)
            index += 1
        done += rows
    return columns
