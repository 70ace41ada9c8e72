"""The sections of a report beside its matrix: each a function from columns to rows of a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import log
from pathlib import Path
from typing import Any

from conformance.record import Record
from reports.tables import Column, Line, as_text, row_key, shorten
from reports.verdicts import BAD, VERDICTS, facet_order

FINDINGS_SHOWN = 400
NAMES_SHOWN = 12
FACETS_SHOWN = 4


@dataclass
class Summary:
    """One column in numbers, and in a sentence to quote."""

    name: str
    rows: int
    failing_rows: int
    cases: int
    clean: int
    counts: Counter[str]

    @property
    def total(self) -> int:
        return self.counts.total()

    @property
    def share(self) -> str:
        return percent(self.counts["pass"], self.total)

    @property
    def sentence(self) -> str:
        if not self.total:
            return f"{self.name}: nothing was compared."
        others = [
            f"{self.counts[verdict.name]:,} {verdict.plural}"
            for verdict in VERDICTS
            if self.counts[verdict.name] and verdict.name != "pass"
        ]
        rest = f"; {', '.join(others)}" if others else ""
        where = f"; failures in {self.failing_rows:,} of {self.rows:,}" if self.failing_rows else ""
        return (
            f"{self.name}: {self.rows:,} operations and programs, {self.cases:,} cases, "
            f"{self.total:,} comparisons; {self.share} pass{rest}{where}."
        )


def percent(part: int, whole: int) -> str:
    """Rounded down, so that 100 % means all of them."""
    tenths = 1000 * part // whole if whole else 0
    return "100 %" if tenths == 1000 else f"{tenths / 10:.1f} %"


def summaries(columns: Sequence[Column]) -> list[Summary]:
    found = []
    for column in columns:
        bad = [case for case in column.cases.values() if fails(case)]
        found.append(
            Summary(
                str(column.pairing),
                len({row_key(case) for case in column.cases.values()}),
                len({row_key(case) for case in bad}),
                len(column.cases),
                len(column.cases) - len(bad),
                column.counts(),
            )
        )
    return found


def fails(case: Line) -> bool:
    return any(verdict["verdict"] in BAD for verdict in case["verdicts"].values())


@dataclass
class Reason:
    """Everything that has one verdict for one reason."""

    verdict: str
    text: str
    column: str
    count: int = 0
    facets: Counter[str] = field(default_factory=Counter)
    names: Counter[str] = field(default_factory=Counter)

    def facets_listed(self) -> str:
        return (
            f"{len(self.facets)} facets"
            if len(self.facets) > FACETS_SHOWN
            else ", ".join(facet_order(self.facets))
        )

    def listed(self) -> str:
        shown = [f"{name} ({count})" for name, count in self.names.most_common(NAMES_SHOWN)]
        rest = len(self.names) - len(shown)
        return ", ".join(shown) + (f" and {rest} more" if rest else "")


def reasons(columns: Sequence[Column], verdicts: Sequence[str]) -> list[Reason]:
    """The reasons given for some verdicts, the most frequent first."""
    found: dict[tuple[int, str, str], Reason] = {}
    for number, column in enumerate(columns):
        for case in column.cases.values():
            for facet, verdict in case["verdicts"].items():
                if verdict["verdict"] not in verdicts:
                    continue
                given = verdict.get("reason") or verdict.get("message") or "no reason recorded"
                text = shorten(as_text(given))
                reason = found.setdefault(
                    (number, verdict["verdict"], text),
                    Reason(verdict["verdict"], text, str(column.pairing)),
                )
                reason.count += 1
                reason.facets[facet] += 1
                reason.names[str(case.get("op") or case.get("title") or case["id"])] += 1
    return sorted(found.values(), key=lambda reason: -reason.count)


def names_of(records: Sequence[Record]) -> list[str]:
    """What records are called: by their file's name, where it tells them apart."""
    names = [Path(record.file).name for record in records]
    return names if len(set(names)) == len(names) else [record.file for record in records]


def not_run(records: Sequence[Record]) -> list[tuple[str, str, str]]:
    """Whole sources, devices or versions that were not run: what, why, in which record."""
    return [
        (as_text(line["what"]), as_text(line["reason"]), name)
        for name, record in zip(names_of(records), records, strict=True)
        for line in record.not_run
    ]


@dataclass
class Finding:
    """A place where the oracle is outside its own error bound and the subject inside."""

    name: str
    dtype: str
    facet: str
    case: str
    text: str


def findings(columns: Sequence[Column]) -> list[Finding]:
    return [
        Finding(
            str(case.get("op") or case.get("title") or ""),
            str(case.get("dtype") or ""),
            facet,
            case["id"],
            shorten(as_text(verdict["finding"])),
        )
        for column in columns
        for case in column.cases.values()
        for facet, verdict in case["verdicts"].items()
        if verdict.get("finding")
    ]


@dataclass
class Timing:
    """One workload: times in microseconds, and the ratio as a bar on a logarithmic axis."""

    workload: str
    what: str
    subject_us: float
    oracle_us: float
    ratio: float
    low: float
    high: float
    rounds: int | None


@dataclass
class Timings:
    """The workloads of one column; positions on the axis run from 0 to 100."""

    name: str
    rows: list[Timing]
    bounds: tuple[float, float]

    def place(self, ratio: float) -> float:
        low, high = self.bounds
        return round(100 * log(min(max(ratio, low), high) / low) / log(high / low), 2)


def timings(columns: Sequence[Column]) -> Iterator[Timings]:
    for column in columns:
        rows = [row for row in map(_timing, column.benchmarks.values()) if row]
        if rows:
            low = min(0.5, *(row.low for row in rows))
            high = max(2.0, *(row.high for row in rows))
            yield Timings(str(column.pairing), rows, (low / 1.2, high * 1.2))


def _timing(line: Line) -> Timing | None:
    def number(key: str) -> float | None:
        value = line.get(key)
        good = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e12
        return float(value) if good else None  # type: ignore[arg-type]

    ratio = number("ratio")
    if ratio is None:
        return None
    return Timing(
        as_text(line.get("workload", "")),
        as_text(line.get("what", "")),
        number("subject_us") or 0.0,
        number("oracle_us") or 0.0,
        ratio,
        min(ratio, number("ratio_min") or ratio),
        max(ratio, number("ratio_max") or ratio),
        line["rounds"] if isinstance(line.get("rounds"), int) else None,
    )


def environment(records: Sequence[Record]) -> list[tuple[str, list[str]]]:
    """What records say of the machine and versions they ran with: a key, a text per record."""
    flat: list[dict[str, Any]] = [
        {key: value for key, value in record.header.items() if key not in ("kind", "format")}
        | {"seconds": (record.footer or {}).get("seconds", "did not finish")}
        for record in records
    ]
    keys = dict.fromkeys(key for row in flat for key in row)
    return [(key.replace("_", " "), [as_text(row.get(key, "")) for row in flat]) for key in keys]
