"""From run records to the tables of a report: columns, rows, cells, details.

A *column* is one pairing of subject and oracle on one device; records of the same pairing share it.
A *row* is an op, or a hand-written program.  A *cell* is what a column saw of a row: verdicts
counted by facet, and details of those that did not pass.  Details are the bulk of a report, so they
are kept within a budget, spread evenly: the first of each kind in each cell before the second of
any.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from packaging.version import InvalidVersion, Version

from conformance.record import Record
from reports.verdicts import BY_NAME, facet_order, worst

Line = dict[str, Any]
DETAIL_BYTES = 6_000_000  # all details of a page together
TEXT_LIMIT = 6_000  # characters of one text of a detail
LINE_LIMIT = 140  # and of what is said in passing
DETAILS_PER_CELL = 60
TOLD_ONCE = ("unsupported", "not-run")  # one detail per reason says everything


@dataclass(frozen=True, order=True)
class Pairing:
    """Who was compared with whom, where."""

    subject: str
    subject_version: str
    oracle: str
    oracle_version: str
    device: str

    @classmethod
    def of(cls, header: Line) -> Pairing:
        return cls(
            who(header.get("subject")),
            str(header.get("subject_version") or ""),
            who(header.get("oracle")),
            str(header.get("oracle_version") or ""),
            str(header.get("device") or "cpu"),
        )

    def __str__(self) -> str:
        subject = f"{self.subject} {self.subject_version}".strip()
        oracle = f"{self.oracle} {self.oracle_version}".strip()
        return f"{subject} against {oracle} on {self.device}"

    def sort_key(self) -> tuple[Any, ...]:
        return (
            self.subject,
            self.oracle,
            self.device,
            version_key(self.oracle_version),
            version_key(self.subject_version),
        )


def who(spec: Any) -> str:
    """The torch of another interpreter is a torch like any other; where it lay says nothing."""
    text = str(spec or "unknown")
    return "torch" if text.startswith("python:") else text


def version_key(text: str) -> tuple[int, Any]:
    """Versions in their own order, anything else before them as text."""
    try:
        return 1, Version(text)
    except InvalidVersion:
        return 0, text


@dataclass
class Cell:
    """What one column saw of one row."""

    # (source, dtype) -> facet -> verdict -> how often
    groups: dict[tuple[str, str], dict[str, Counter[str]]] = field(default_factory=dict)
    cases: Counter[tuple[str, str]] = field(default_factory=Counter)
    details: list[Line] = field(default_factory=list)
    left_out: int = 0
    told: set[tuple[str, str]] = field(default_factory=set)

    def facets(self) -> dict[str, Counter[str]]:
        total: dict[str, Counter[str]] = defaultdict(Counter)
        for group in self.groups.values():
            for facet, verdicts in group.items():
                total[facet].update(verdicts)
        return total

    def worst(self) -> str:
        return worst(name for counts in self.facets().values() for name in counts)


class RowKey(NamedTuple):
    """Ops are told apart by name; programs by name within their chapter."""

    is_op: bool
    chapter: str
    name: str


@dataclass
class Row:
    """An op or a program, with the cells of the columns that met it."""

    key: RowKey
    example: str = ""
    example_id: str = ""
    cells: dict[int, Cell] = field(default_factory=dict)


@dataclass
class Column:
    """A pairing and everything its records say, case by case."""

    pairing: Pairing
    records: list[Record] = field(default_factory=list)
    cases: dict[str, Line] = field(default_factory=dict)
    benchmarks: dict[str, Line] = field(default_factory=dict)

    def counts(self) -> Counter[str]:
        return Counter(
            verdict["verdict"]
            for case in self.cases.values()
            for verdict in case["verdicts"].values()
        )


@dataclass
class Report:
    """Everything a page shows."""

    records: list[Record]
    columns: list[Column]
    facets: list[str]
    rows: list[Row]
    problems: list[str]


def build(records: Iterable[Record]) -> Report:
    records = sorted(records, key=lambda record: (str(record.header.get("started")), record.file))
    problems = [problem for record in records for problem in _record_problems(record)]
    columns = _columns(records, problems)
    rows = _rows(columns)
    facets = {
        facet for column in columns for case in column.cases.values() for facet in case["verdicts"]
    }
    _spend(rows, DETAIL_BYTES)
    return Report(records, columns, facet_order(facets), rows, problems)


def _record_problems(record: Record) -> Iterator[str]:
    yield from map(str, record.problems)
    if record.header and not record.complete:
        yield (
            f"{record.file}: no footer, so the run died after {len(record.cases):,} cases; "
            "what it saw until then is below, repeat the run for the rest"
        )


def _columns(records: list[Record], problems: list[str]) -> list[Column]:
    columns: dict[Pairing, Column] = {}
    twice: Counter[Pairing] = Counter()
    for record in records:
        pairing = Pairing.of(record.header)
        column = columns.setdefault(pairing, Column(pairing))
        column.records.append(record)
        seen: Counter[str] = Counter()
        for case in record.cases:
            problem = _wrong_case(case)
            if problem:
                problems.append(f"{record.file}: {problem}; the case is left out, repeat the run")
                continue
            twice[pairing] += case["id"] in column.cases
            column.cases[case["id"]] = case
            seen.update(verdict["verdict"] for verdict in case["verdicts"].values())
        column.benchmarks |= {str(line["workload"]): line for line in record.benchmarks}
        problems.extend(_footer_problems(record, seen))
    for pairing, count in twice.items():
        if count:
            problems.append(f"{pairing}: {count:,} cases were recorded twice; the later run counts")
    return sorted(columns.values(), key=lambda column: column.pairing.sort_key())


def _wrong_case(line: Line) -> str | None:
    """Why a case line cannot be shown, if it cannot."""
    if not isinstance(line.get("id"), str):
        return f"the case's id is {line.get('id')!r}, it should be text"
    verdicts = line.get("verdicts")
    if not isinstance(verdicts, dict):
        return f"{line['id']} has no verdicts"
    for facet, verdict in verdicts.items():
        name = verdict.get("verdict") if isinstance(verdict, dict) else verdict
        if not isinstance(verdict, dict) or not isinstance(name, str) or name not in BY_NAME:
            return f"{line['id']}, facet {facet}: {name!r} is none of {', '.join(BY_NAME)}"
    return None


def _footer_problems(record: Record, seen: Counter[str]) -> Iterator[str]:
    counted = (record.footer or {}).get("counts")
    if not isinstance(counted, dict):
        return
    for name in BY_NAME:
        if name in counted and counted[name] != seen[name]:
            yield (
                f"{record.file}: its footer counts {counted[name]} x {name}, its lines hold "
                f"{seen[name]}; lines are missing, so run it again"
            )


def _rows(columns: list[Column]) -> list[Row]:
    """Ops by name; then programs by chapter, both in the order in which they ran."""
    rows: dict[RowKey, Row] = {}
    for number, column in enumerate(columns):
        for case in column.cases.values():
            key = row_key(case)
            row = rows.setdefault(key, Row(key))
            if not row.example:
                row.example, row.example_id = str(case.get("text") or ""), case["id"]
            _add(row.cells.setdefault(number, Cell()), case)
    ops = sorted((row for row in rows.values() if row.key.is_op), key=lambda row: row.key.name)
    chapters = {key.chapter: place for place, key in enumerate(reversed(rows))}
    programs = [row for row in rows.values() if not row.key.is_op]
    return ops + sorted(programs, key=lambda row: -chapters[row.key.chapter])


def row_key(case: Line) -> RowKey:
    if case.get("op"):
        return RowKey(True, "", str(case["op"]))
    return RowKey(
        False, str(case.get("source") or "programs"), str(case.get("title") or case["id"])
    )


def _add(cell: Cell, case: Line) -> None:
    key = (str(case.get("source") or "-"), str(case.get("dtype") or "-"))
    group = cell.groups.setdefault(key, {})
    cell.cases[key] += 1
    for facet, verdict in case["verdicts"].items():
        name = verdict["verdict"]
        group.setdefault(facet, Counter())[name] += 1
        if name in TOLD_ONCE:
            why = (name, as_text(verdict.get("reason")))
            if why in cell.told:
                continue
            cell.told.add(why)
        if name != "pass":
            cell.details.append({"case": case, "facet": facet, **verdict})


def _spend(rows: list[Row], budget: int) -> None:
    """Keep as many details as the budget allows, the worst first, each kind of a cell in turn."""
    queues = []
    for row in rows:
        for cell in row.cells.values():
            kinds: dict[tuple[str, str], list[Line]] = defaultdict(list)
            for detail in cell.details:
                kinds[detail["verdict"], detail["facet"]].append(detail)
            ordered = sorted(kinds, key=lambda kind: list(BY_NAME).index(kind[0]))
            turns = [kinds[kind] for kind in ordered]
            in_turn = [
                kind[place] for place in range(max(map(len, turns), default=0))
                for kind in turns if place < len(kind)
            ]  # fmt: skip
            cell.left_out = len(in_turn)
            cell.details = []
            queues.append((cell, in_turn[:DETAILS_PER_CELL]))
    for place in range(DETAILS_PER_CELL):
        for cell, in_turn in queues:
            if place < len(in_turn) and budget > 0:
                budget -= weight(in_turn[place])
                cell.details.append(in_turn[place])
                cell.left_out -= 1


def weight(detail: Line) -> int:
    return 200 + sum(len(value) for value in texts_of(detail).values())


def texts_of(detail: Line) -> dict[str, str]:
    """The texts of a detail, each cut to a readable length."""
    given = {
        "program": detail["case"].get("text"),
        **{
            key: detail.get(key)
            for key in ("message", "reason", "expected", "actual", "reproducer")
        },
    }
    return {key: shorten(as_text(value)) for key, value in given.items() if value not in (None, "")}


def as_text(value: Any) -> str:
    """What a record holds of an observation, as text to read."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "\n".join(f"{key}: {as_text(part)}" for key, part in value.items())
    if isinstance(value, list) and any(isinstance(part, dict | list) for part in value):
        return "\n".join(as_text(part) for part in value)
    return str(value)


def one_line(value: Any) -> str:
    text = " ".join(as_text(value).split())
    return text if len(text) <= LINE_LIMIT else f"{text[:LINE_LIMIT]} ..."


def shorten(text: str) -> str:
    if len(text) <= TEXT_LIMIT:
        return text
    return f"{text[:TEXT_LIMIT]}\n[{len(text) - TEXT_LIMIT} more characters are in the record]"
