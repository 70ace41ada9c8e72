"""The ledger of known deviations, and why it can never go stale.

`ledger.toml` holds one `[[deviation]]` per known difference between a subject and the oracle. An
entry that applies turns a `fail` (or crash, or timeout) into an `xfail`. It is strict both ways:
where the deviation is gone the verdict is `xpass`, which fails the run, and an entry that met
nothing in a complete run fails it too.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from conformance.facets import FACETS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

KEYS = {
    "case": "the id of a case, a pattern such as 'tutorial/*', or a list of them",
    "op": "the name of an op, or a pattern such as 'linalg.*'",
    "facet": "a facet or a list of facets",
    "subject": "the subject that deviates, or a pattern; left out, refimpl",
    "torch": "versions of the oracle, such as '>=2.13,<2.14'",
    "device": "cpu or cuda",
    "dtype": "a dtype, or a pattern such as 'complex*'",
    "profile": "quick or full, for what only one of them runs",
    "reason": "why it deviates",
    "error_of": "whose error it is: torch or refimpl",
}
VerdictName = Literal[
    "pass", "fail", "crash", "timeout", "unsupported", "not-run", "xfail", "xpass"
]
EXCUSED = {"fail", "crash", "timeout"}
ERROR_OF = ("torch", "refimpl")


class LedgerError(ValueError):
    """The ledger cannot be read; the message names the file, the line and the cure."""


@dataclass(frozen=True)
class Conditions:
    """What a run is, as far as entries depend on it."""

    subject: str
    torch: Version
    device: str
    profile: str = "quick"


@dataclass(frozen=True)
class Entry:
    """One known deviation. Patterns are those of fnmatch."""

    where: str
    reason: str
    cases: tuple[str, ...] = ("*",)
    op: str = "*"
    facets: tuple[str, ...] = ()
    subject: str = "refimpl"
    torch: SpecifierSet = field(default_factory=SpecifierSet)
    device: str = "*"
    dtype: str = "*"
    profile: str = "*"
    error_of: str | None = None

    def applies_to(self, run: Conditions) -> bool:
        return (
            fnmatchcase(run.subject, self.subject)
            and fnmatchcase(run.device, self.device)
            and fnmatchcase(run.profile, self.profile)
            and self.torch.contains(run.torch.base_version, prereleases=True)
        )

    def matches(self, case: str, op: str | None, dtype: str | None, facet: str) -> str | None:
        """The pattern among ``cases`` that the case matches, if all the rest matches too."""
        if (
            (not self.facets or facet in self.facets)
            and (self.op == "*" or fnmatchcase(op or "", self.op))
            and (self.dtype == "*" or fnmatchcase(dtype or "", self.dtype))
        ):
            return next((pattern for pattern in self.cases if fnmatchcase(case, pattern)), None)
        return None


@dataclass(frozen=True)
class Judged:
    """One facet of one case, as judged."""

    case: str
    op: str | None
    dtype: str | None
    facet: str
    verdict: VerdictName


class Ledger:
    """The entries that apply to one run, and which of them met something."""

    def __init__(self, entries: list[Entry], run: Conditions) -> None:
        self.entries = [entry for entry in entries if entry.applies_to(run)]
        self.met: set[tuple[int, str]] = set()
        self.passed: dict[int, str] = {}

    def review(self, group: Sequence[Judged]) -> list[tuple[VerdictName, str | None]]:
        """The verdicts of a group (an op in a dtype, a chapter of programs) in the light of the
        ledger, each with the reason that changed it.

        An entry excuses the cases that deviate. It need not be that all of them do (an empty
        tensor has no wrong digits), but where none of a facet does any more, those that the entry
        names are unexpected passes."""
        reviewed: list[tuple[VerdictName, str | None]] = [(row.verdict, None) for row in group]
        named: dict[tuple[int, str], list[int]] = {}
        for place, row in enumerate(group):
            if row.verdict == "pass" or row.verdict in EXCUSED:
                for number, entry in enumerate(self.entries):
                    pattern = entry.matches(row.case, row.op, row.dtype, row.facet)
                    if pattern is not None:
                        self.met.add((number, pattern))
                        named.setdefault((number, row.facet), []).append(place)
                        break
        for (number, facet), places in named.items():
            entry = self.entries[number]
            deviating = [place for place in places if group[place].verdict in EXCUSED]
            for place in deviating:
                reviewed[place] = "xfail", entry.reason
            if not deviating:
                self.passed.setdefault(number, f"{group[places[0]].case}, facet {facet}")
                for place in places:
                    reviewed[place] = "xpass", f"{entry.where} expects it: {entry.reason}"
        return reviewed

    def problems(self, complete: bool) -> Iterator[str]:
        """Why the ledger fails the run, one line each.

        Only a complete run can say that an entry met nothing: a run narrowed by -k met little."""
        for number, example in self.passed.items():
            entry = self.entries[number]
            yield f"{entry.where}: the deviation is gone ({example} passes); narrow or remove it"
        if complete:
            for number, entry in enumerate(self.entries):
                for pattern in entry.cases:
                    if (number, pattern) not in self.met:
                        what = f"{pattern} " if len(entry.cases) > 1 else ""
                        yield (
                            f"{entry.where}: {what}met no verdict in this run; correct or remove "
                            "the entry"
                        )


def read(path: Path) -> list[Entry]:
    """Every entry of the ledger, checked."""
    text = path.read_text(encoding="utf-8")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LedgerError(f"{path.name}: not valid TOML: {error}; correct the line") from error
    lines = [
        number
        for number, line in enumerate(text.splitlines(), 1)
        if re.match(r"\s*\[\[\s*deviation\s*\]\]", line)
    ]
    unknown = sorted(set(table) - {"deviation"})
    if unknown:
        raise LedgerError(
            f"{path.name}: unknown table {unknown[0]!r}; entries are written as [[deviation]]"
        )
    found = table.get("deviation", [])
    if not isinstance(found, list) or len(lines) != len(found):
        raise LedgerError(f"{path.name}: write every entry as a [[deviation]] table of its own")
    return [
        _entry(f"{path.name}, line {line} (entry {number})", row)
        for number, (line, row) in enumerate(zip(lines, found, strict=True), 1)
    ]


def _entry(where: str, row: dict[str, Any]) -> Entry:
    for key in row:
        if key not in KEYS:
            raise LedgerError(f"{where}: unknown key {key!r}; known are {', '.join(KEYS)}")
    lists = {}
    for key, default in (("facet", []), ("case", ["*"])):
        given = row.get(key, default)
        given = [given] if isinstance(given, str) else given
        if not isinstance(given, list) or not all(isinstance(g, str) and g.strip() for g in given):
            raise LedgerError(f"{where}: {key} is {row[key]!r}; it has to be {KEYS[key]}")
        lists[key] = tuple(given)
    texts = {key: value for key, value in row.items() if key not in lists}
    for key, value in texts.items():
        if not isinstance(value, str) or not value.strip():
            raise LedgerError(f"{where}: {key} is {value!r}; it has to be {KEYS[key]}")
    if "reason" not in row:
        raise LedgerError(f"{where}: no reason; say why the subject deviates")
    if "case" not in row and "op" not in row:
        raise LedgerError(f"{where}: neither case nor op; say where the subject deviates")
    for facet in lists["facet"]:
        if facet not in FACETS:
            raise LedgerError(f"{where}: unknown facet {facet!r}; facets are {', '.join(FACETS)}")
    if texts.get("error_of", "torch") not in ERROR_OF:
        raise LedgerError(
            f"{where}: error_of is {row['error_of']!r}; it has to be torch or refimpl"
        )
    try:
        versions = SpecifierSet(texts.pop("torch", ""))
    except InvalidSpecifier as error:
        raise LedgerError(f"{where}: {error}; write it like '>=2.13,<2.14'") from error
    return Entry(where, cases=lists["case"], facets=lists["facet"], torch=versions, **texts)
