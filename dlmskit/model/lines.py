"""On which line of a TOML text each key stands.

`tomllib` forgets positions, so the text is walked a second time. The walk assumes that `tomllib` has already accepted
it, and so needs only to know statements, keys, strings, comments and brackets.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left

Path = tuple[str | int, ...]
"""Keys and list indices from the top of the document to an element."""

_KEY = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*""")
_TOKEN = re.compile(
    r'''"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\#[^\n]*|[\[\]{}]|\n''', re.DOTALL
)
_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:\s|#[^\n]*)*")


def line_numbers(text: str) -> dict[Path, int]:
    """Line, counted from 1, of every table header, key and array element of tables in a valid TOML text.

    Keys inside inline tables are not listed: ask `nearest` for the closest enclosing element that is.
    """
    walk = _Walk(text)
    while walk.statement():
        pass
    return walk.lines


def nearest(lines: dict[Path, int], path: Path) -> int | None:
    """The line of `path` or of its closest listed ancestor."""
    for end in range(len(path), 0, -1):
        if path[:end] in lines:
            return lines[path[:end]]
    return None


class _Walk:
    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n")
        self.ends = [match.start() for match in re.finditer("\n", self.text)]
        self.at = 0
        self.table: Path = ()
        self.lines: dict[Path, int] = {}
        self.rows: dict[Path, int] = {}

    def line(self, at: int) -> int:
        return bisect_left(self.ends, at) + 1

    def statement(self) -> bool:
        self.at = _end(_BLANK, self.text, self.at)
        if self.at >= len(self.text):
            return False
        line = self.line(self.at)
        if self.text.startswith("[[", self.at):
            self.at += 2
            path = self._inside_rows(self.keys())
            self.rows[path] = self.rows.get(path, -1) + 1
            self.table = (*path, self.rows[path])
            self.lines.setdefault(path, line)
            self.lines[self.table] = line
            self.at += 2
        elif self.text[self.at] == "[":
            self.at += 1
            self.table = self._inside_rows(self.keys())
            self.lines[self.table] = line
            self.at += 1
        else:
            path = (*self.table, *self.keys())
            self.lines[path] = line
            self.at += 1
            self.value(path)
        return True

    def keys(self) -> Path:
        found: list[str] = []
        while match := _KEY.match(self.text, self.at):
            basic, literal, bare = match.groups()
            found.append(_unescaped(basic) if basic is not None else literal or bare or "")
            self.at = match.end()
            if not self.text.startswith(".", self.at):
                break
            self.at += 1
        return tuple(found)

    def value(self, path: Path) -> None:
        """Step over the value of `path`, noting where the tables and arrays of an array begin."""
        depth = element = 0
        array = self.text.startswith("[", _end(_SPACE, self.text, self.at))
        for token in _TOKEN.finditer(self.text, self.at):
            self.at = token.end()
            mark = token.group()
            if mark in "[{":
                if depth == 1 and array:
                    self.lines[(*path, element)] = self.line(token.start())
                    element += 1
                depth += 1
            elif mark in "]}":
                depth -= 1
            elif mark == "\n" and depth == 0:
                return
        self.at = len(self.text)

    def _inside_rows(self, keys: Path) -> Path:
        """The path of a header, with the index of the last row of every array of tables that it passes through."""
        path: Path = ()
        for place, key in enumerate(keys):
            path = (*path, key)
            if path in self.rows and place < len(keys) - 1:
                path = (*path, self.rows[path])
        return path


def _unescaped(basic: str) -> str:
    return str(tomllib.loads(f'key = "{basic}"')["key"]) if "\\" in basic else basic


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at
