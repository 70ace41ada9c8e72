"""Dialects: how the names, graphs and error texts of other torch versions differ from today's.

`refimpl` speaks as torch 2.13 does. When it is held to another torch, its observations are
translated to that version first; the rows of `dialects.toml` say how. What changed is a difference
between two versions of PyTorch, and no fault of the subject's.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.version import Version

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TODAY = Version("2.13")
"""The version whose names and texts refimpl speaks."""
TABLE = Path(__file__).with_name("dialects.toml")
GENERATED = re.compile(r"(?P<stem>\w+?)Backward(?P<digits>\d+)$")


@dataclass(frozen=True)
class Row:
    """One translation: of a whole name, or of what a pattern matches in an error text."""

    today: str
    then: str
    program: re.Pattern[str] | None = None
    type: str | None = None

    @classmethod
    def read(cls, row: Mapping[str, str]) -> Row:
        program = row.get("program")
        pattern = re.compile(program, re.MULTILINE) if program else None
        return cls(row["today"], row["then"], pattern, row.get("type"))

    def fits(self, program: str) -> bool:
        return self.program is None or bool(self.program.search(program))


@dataclass(frozen=True)
class Dialect:
    """The rows that apply to one version, and its digit rule."""

    names: dict[str, list[Row]]
    errors: list[Row]
    bare: bool = False
    numbered: frozenset[str] = frozenset()

    @classmethod
    def of(cls, version: str) -> Dialect:
        return _dialect(Version(version).base_version)

    def name(self, today: str, program: str = "") -> str:
        """The name that a node of today had in this version."""
        for row in self.names.get(today, ()):
            if row.fits(program):
                return row.then
        generated = GENERATED.match(today)
        if self.bare and generated and generated["stem"] not in self.numbered:
            return f"{generated['stem']}Backward"
        return today

    def error(self, type: str, message: str, program: str = "") -> tuple[str, str]:
        """The type and the text that today's exception had in this version."""
        for row in self.errors:
            if row.fits(program):
                message, count = re.subn(row.today, row.then, message)
                type = row.type if count and row.type else type
        return type, self._names_in(message, program)

    def translate(self, observation: dict[str, Any], program: str) -> dict[str, Any]:
        """The observation, as this version would have named what was seen."""
        problem = observation.get("error")
        if problem is not None:
            type, message = self.error(problem["type"], problem["message"], program)
            problem = {**problem, "type": type, "message": message}
        return {
            **observation,
            "stdout": self._names_in(observation.get("stdout", ""), program),
            "error": problem,
            "variables": {
                name: self._seen(seen, program) for name, seen in observation["variables"].items()
            },
        }

    def _names_in(self, text: str, program: str) -> str:
        """Translate the names inside a printed text, such as `grad_fn=<MulBackward0>`."""
        return re.sub(r"\b\w+Backward\d+\b", lambda match: self.name(match.group(), program), text)

    def _seen(self, seen: dict[str, Any], program: str) -> dict[str, Any]:
        if seen["kind"] == "sequence":
            return {**seen, "items": [self._seen(item, program) for item in seen["items"]]}
        if seen["kind"] == "mapping":
            return {**seen, "items": [[k, self._seen(item, program)] for k, item in seen["items"]]}
        if seen["kind"] != "tensor":
            return seen
        translated = dict(seen)  # sides that were not observed stay away
        if isinstance(seen.get("grad_fn"), str):
            translated["grad_fn"] = self.name(seen["grad_fn"], program)
        if isinstance(seen.get("graph"), list):
            translated["graph"] = [
                [self.name(name, program), edges] for name, edges in seen["graph"]
            ]
        if isinstance(seen.get("print"), str):
            translated["print"] = self._names_in(seen["print"], program)
        return translated


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


@cache
def _dialect(version: str) -> Dialect:
    table, digits = _table()["rules"], _table()["digits"]

    def applying(rows: list[dict[str, str]]) -> list[dict[str, str]]:
        return [row for row in rows if SpecifierSet(row["torch"]).contains(version)]

    names: dict[str, list[Row]] = {}
    for row in applying(table["names"]):
        names.setdefault(row["today"], []).append(Row.read(row))
    early = {stem for stem, since in digits["since"].items() if Version(version) >= Version(since)}
    return Dialect(
        names=names,
        errors=[Row.read(row) for row in applying(table.get("errors", []))],
        bare=SpecifierSet(digits["until"]).contains(version),
        numbered=frozenset(digits["numbered"]) | early,
    )
