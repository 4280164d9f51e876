"""The tree as XML: a typed value is an element of its type's name; an item without a type is an ``<item>``.

Attributes carry nothing but the schema's name. Document types, entities and processing instructions are refused, so
that a text costs no more than its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NoReturn
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

import msgspec

from dlmskit.exceptions import DecodeError, LimitError
from dlmskit.notation.tree import Given, Typed, Written

_ITEM = "item"
_LONGEST_STEP = 60
_NO_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def fits(text: str) -> bool:
    """Whether XML gives the text back as it is."""
    return _NO_XML.search(text) is None


def write(tree: Typed, schema: str) -> str:
    """The whole text, indented by two spaces a level."""
    return "\n".join(_lines(tree.type, tree.value, "", f" schema={quoteattr(schema)}")) + "\n"


def _lines(name: str, value: Written, indent: str, attributes: str = "") -> Iterator[str]:
    if value is None or value == {} or value == []:
        yield f"{indent}<{name}{attributes}/>"
    elif isinstance(value, Typed | dict | list):
        yield f"{indent}<{name}{attributes}>"
        for inner, content in _children(value):
            yield from _lines(inner, content, indent + "  ")
        yield f"{indent}</{name}>"
    else:
        yield f"{indent}<{name}{attributes}>{escape(_scalar(value))}</{name}>"


def _children(value: Written) -> Iterator[tuple[str, Written]]:
    if isinstance(value, dict):
        yield from value.items()
        return
    for item in [value] if isinstance(value, Typed) else value:
        yield (item.type, item.value) if isinstance(item, Typed) else (_ITEM, item)


def _scalar(value: Written) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class Element(msgspec.Struct):
    """A place in an XML text, named by its line and the path to it."""

    name: str
    path: tuple[str, ...]
    line: int
    offset: int
    parts: list[str] = []
    children: list[Element] = []

    @property
    def text(self) -> str:
        """The characters directly inside."""
        return "".join(self.parts)

    @property
    def _called(self) -> str:
        return self.path[-1] if self.path else ""

    def scalar(self) -> str:
        if self.children:
            raise self.children[0].error(f"<{self.children[0].path[-1]}> where a number or text was wanted")
        return self.text

    def has(self, name: str) -> bool:
        return any(child.name == name for child in self.children)

    def fields(self) -> dict[str, Given]:
        found: dict[str, Given] = {}
        for child in self._inner():
            if child.name in found:
                raise child.error(f"<{child.path[-1]}> comes twice")
            found[child.name] = child
        return found

    def items(self) -> list[Given]:
        return [child if child.name == _ITEM else _around(child) for child in self._inner()]

    def typed(self) -> tuple[str, Given]:
        inner = self._inner()
        if len(inner) != 1:
            raise self.error(f"wanted one element that names a type in <{self._called}>, found {len(inner)}")
        return inner[0].name, inner[0]

    def error(self, reason: str) -> DecodeError:
        return DecodeError(f"line {self.line}: {reason}", self.offset, self.path)

    def _inner(self) -> list[Element]:
        if self.text.strip():
            raise self.error(f"text in <{self._called}>, where only elements may stand")
        return self.children


def _around(child: Element) -> Element:
    return Element(_ITEM, child.path[:-1], child.line, child.offset, children=[child])


def read(text: bytes, depth: int, schema: str) -> Element:
    """A place that holds the root element. Raises `DecodeError` with line and octet, `LimitError` beyond `depth`."""
    return _Reader(depth, schema).read(text)


class _Reader:
    def __init__(self, depth: int, schema: str) -> None:
        self._depth = depth
        self._schema = schema
        self._open = [Element("", (), 1, 0)]
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = lambda *_: self._refuse("a document type")
        parser.EntityDeclHandler = lambda *_: self._refuse("an entity")
        parser.ExternalEntityRefHandler = lambda *_: self._refuse("an external entity")
        parser.ProcessingInstructionHandler = lambda *_: self._refuse("a processing instruction")

    def read(self, text: bytes) -> Element:
        try:
            self._parser.Parse(text, True)
        except expat.ExpatError as error:
            words = expat.errors.messages[error.code]
            offset = min(max(self._parser.ErrorByteIndex, 0), len(text))
            raise DecodeError(f"line {error.lineno}: {words}", offset) from None
        except UnicodeError as error:
            raise DecodeError(f"not XML: {error.reason if isinstance(error, UnicodeDecodeError) else error}") from None
        except LookupError:
            raise self._error("an unknown encoding") from None
        return self._open[0]

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        parent = self._open[-1]
        path = (*parent.path, name[:_LONGEST_STEP])
        element = Element(name, path, self._parser.CurrentLineNumber, self._parser.CurrentByteIndex)
        if len(self._open) > self._depth:
            raise LimitError(f"depth: line {element.line}: elements nested deeper than {self._depth}", element.offset)
        allowed = {"schema": self._schema} if len(self._open) == 1 else {}
        for attribute, value in attributes.items():
            if allowed.get(attribute) != value:
                raise element.error(f"attribute {attribute[:40]}={value[:40]!r} has no meaning here")
        parent.children.append(element)
        self._open.append(element)

    def _end(self, name: str) -> None:
        self._open.pop()

    def _characters(self, text: str) -> None:
        self._open[-1].parts.append(text)

    def _refuse(self, what: str) -> NoReturn:
        raise self._error(f"{what} is not allowed")

    def _error(self, reason: str) -> DecodeError:
        return DecodeError(f"line {self._parser.CurrentLineNumber}: {reason}", max(self._parser.CurrentByteIndex, 0))
