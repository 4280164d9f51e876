"""Data that fits a declared type."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.codec.values import BitString
from dlmskit.cosem import types
from dlmskit.cosem.interface import Attribute, Method
from dlmskit.cosem.types import Kind, Type
from dlmskit.cosem.units import Unit
from dlmskit.enums import DataType
from dlmskit.testing import trees
from dlmskit.testing.apdus import DATA

_CARRIED: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.LOGICAL_NAME: st.binary(min_size=6, max_size=6),
    Kind.DATE_TIME: trees.date_times.map(lambda value: value.to_bytes()),
    Kind.DATE: trees.dates.map(lambda value: value.to_bytes()),
    Kind.TIME: trees.times.map(lambda value: value.to_bytes()),
    Kind.TEXT: st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20).map(str.encode)
    | st.binary(max_size=20),
}
_NUMBERS = st.sampled_from([5, 6, 15, 16, 17, 18, 20, 21, 23, 24])


def data_of(form: Type) -> st.SearchStrategy[Data]:
    """Any Data that fits `form`, in the encoding that dlmskit writes."""
    match form:
        case types.Structure(fields):
            return st.tuples(*(data_of(field.type) for field in fields)).map(lambda items: data.structure(*items))
        case types.ArrayOf(item):
            return st.lists(data_of(item), max_size=4).map(lambda items: data.array(*items))
        case types.Choice(alternatives):
            return st.one_of(*map(data_of, alternatives))
        case types.Any():
            return DATA
        case types.Scaled():
            return _NUMBERS.flatmap(lambda tag: st.builds(data.of, st.just(tag), trees.SCALARS[tag])) | DATA
        case types.Enumerated(labels, tag):
            return st.builds(data.of, st.just(tag), st.sampled_from(sorted(labels)) | _numbers(tag))
        case types.UnitCode():
            return st.builds(data.enum, st.sampled_from(list(Unit)).map(int) | st.integers(0, 255))
        case types.Flags(labels, tag) if tag is DataType.BIT_STRING:
            bits = st.text("01", min_size=len(labels), max_size=len(labels))
            return bits.map(BitString.from_str).map(data.bit_string)
        case types.Flags(_, tag):
            return st.builds(data.of, st.just(tag), _numbers(tag))
        case types.OctetString(kind, size):
            length = {} if size is None else {"min_size": size, "max_size": size}
            return st.builds(data.octet_string, _CARRIED.get(kind, st.binary(**length)))
    (tag,) = form.tags
    return st.builds(data.of, st.just(tag), trees.SCALARS[tag])


def _numbers(tag: int) -> st.SearchStrategy[Any]:
    return trees.SCALARS[tag]


def attribute_data(attribute: Attribute) -> st.SearchStrategy[Data]:
    """Any Data that fits an attribute of an interface class."""
    return data_of(attribute.form)


def parameter_data(method: Method) -> st.SearchStrategy[Data]:
    """Any Data that fits the parameter of a method."""
    return data_of(method.form)
