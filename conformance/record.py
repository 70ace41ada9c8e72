"""Run records: one JSON line per fact, written and flushed at once, so that a run that dies has
lost nothing that it knew.

The first line is the header, the last the footer; a record without a footer is of a run that died.
"""

from __future__ import annotations

import json
import platform
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import Any

FORMAT = 1

VERDICTS = ("pass", "fail", "crash", "timeout", "unsupported", "not-run", "xfail", "xpass")

# kind of line -> the keys without which it says nothing
KINDS: dict[str, tuple[str, ...]] = {
    "header": ("format", "subject", "oracle", "started"),
    "case": ("id", "verdicts"),
    "not-run": ("what", "reason"),
    "benchmark": ("workload", "subject_us"),
    "footer": ("finished", "counts"),
}

Row = dict[str, Any]


def now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def machine() -> Row:
    """What the header says of this machine."""
    import numpy

    return {
        "machine": " ".join(filter(None, [platform.machine(), platform.processor()])),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "numpy": numpy.__version__,
    }


class RunRecord:
    """A record being written. Leaving it regularly writes the footer; an exception does not."""

    def __init__(self, path: Path | str, header: Mapping[str, Any]) -> None:
        self.counts: Counter[str] = Counter()
        self.benchmarks: list[Mapping[str, Any]] = []
        self.start = time.monotonic()
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        # "x": a record is evidence, and is never overwritten
        self.file = open(path, "x", encoding="utf-8")  # noqa: SIM115 - closed by close()
        self.write({"kind": "header", "format": FORMAT, "started": now(), **machine(), **header})

    def write(self, row: Mapping[str, Any]) -> None:
        kind = row.get("kind")
        if kind not in KINDS:
            raise ValueError(f"no kind of line {kind!r}; there are {', '.join(KINDS)}")
        missing = [key for key in KINDS[kind] if key not in row]
        if missing:
            raise ValueError(f"a {kind} line needs {', '.join(missing)}")
        # Encoded before anything is written: a line is whole or absent.
        self.file.write(json.dumps(row, allow_nan=False) + "\n")
        self.file.flush()

    def case(self, row: Mapping[str, Any]) -> None:
        """A case line: what the case is, and a verdict per facet."""
        for facet, verdict in row["verdicts"].items():
            if verdict["verdict"] not in VERDICTS:
                known = ", ".join(VERDICTS)
                raise ValueError(f"{facet}: no verdict {verdict['verdict']!r}; there are {known}")
        self.write({"kind": "case", **row})
        self.counts.update(verdict["verdict"] for verdict in row["verdicts"].values())

    def not_run(self, what: str, reason: str) -> None:
        self.write({"kind": "not-run", "what": what, "reason": reason})

    def benchmark(self, row: Mapping[str, Any]) -> None:
        self.write({"kind": "benchmark", **row})
        self.benchmarks.append(row)

    def finish(self) -> None:
        """The footer: the run came to its end."""
        seconds = round(time.monotonic() - self.start, 3)
        counts = {verdict: self.counts[verdict] for verdict in VERDICTS if self.counts[verdict]}
        self.write({"kind": "footer", "finished": now(), "seconds": seconds, "counts": counts})
        self.close()

    def close(self) -> None:
        self.file.close()

    def __enter__(self) -> RunRecord:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None and not self.file.closed:
            self.finish()
        self.close()


@dataclass(frozen=True)
class RecordProblem:
    """A line of a record that could not be used."""

    file: str
    line: int
    what: str
    cure: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.what}; {self.cure}"


@dataclass
class Record:
    """A record that was read: every good line of it, and what was wrong with the others."""

    file: str
    header: Row = field(default_factory=dict)
    cases: list[Row] = field(default_factory=list)
    not_run: list[Row] = field(default_factory=list)
    benchmarks: list[Row] = field(default_factory=list)
    footer: Row | None = None
    problems: list[RecordProblem] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether the run came to its end."""
        return self.footer is not None


def read_record(path: Path | str) -> Record:
    """All that can be read of a record; OSError only where there is no such file."""
    record = Record(str(path))
    lines = Path(path).read_bytes().split(b"\n")
    tail = lines.pop()  # what follows the last line end: nothing, unless the file is cut off
    for number, line in enumerate(lines, start=1):
        if line.strip():
            _take(record, number, line)
    if tail.strip():
        _take(record, len(lines) + 1, tail, cut=True)
    if not record.header:
        cure = "this is no run record, or its start was lost; repeat the run"
        record.problems.append(RecordProblem(record.file, 1, "there is no header line", cure))
    return record


def _take(record: Record, number: int, line: bytes, cut: bool = False) -> None:
    """Put one line where it belongs, or note why it belongs nowhere."""

    def problem(what: str, cure: str) -> None:
        record.problems.append(RecordProblem(record.file, number, what, cure))

    try:
        row = json.loads(line)
    except ValueError as error:  # bad JSON or bad UTF-8
        if cut:
            problem("the line is cut off", "the run died while writing it; repeat the run")
        else:
            problem(f"not JSON ({error})", "remove the line, or repeat the run")
        return
    kind = row.get("kind") if isinstance(row, dict) else None
    if kind not in KINDS:
        known = ", ".join(KINDS)
        problem(f"no known kind of line: {kind!r}", f"kinds are {known}; remove the line")
        return
    missing = [key for key in KINDS[kind] if key not in row]
    if missing:
        problem(f"a {kind} line without {', '.join(missing)}", "add it, or remove the line")
    elif kind == "header" and row["format"] != FORMAT:
        problem(f"format {row['format']!r}", f"this version reads format {FORMAT}; repeat the run")
    elif kind == "header" and record.header:
        problem("a second header", "keep one record per file")
    elif kind == "header":
        record.header = row
    elif kind == "footer":
        record.footer = row
    else:
        {"case": record.cases, "not-run": record.not_run, "benchmark": record.benchmarks}[
            kind
        ].append(row)


@dataclass(frozen=True)
class Merged:
    """Several records side by side: per case id, the line of each run that has one."""

    records: list[Record]
    cases: dict[str, dict[str, Row]]  # case id -> file of the record -> case line

    @property
    def problems(self) -> list[RecordProblem]:
        return [problem for record in self.records for problem in record.problems]


def merge(records: Iterable[Record]) -> Merged:
    """Records of several machines, subjects or times as one; nothing is averaged or dropped."""
    kept = list(records)
    cases: dict[str, dict[str, Row]] = {}
    for record in kept:
        for row in record.cases:
            cases.setdefault(row["id"], {})[record.file] = row
    return Merged(kept, cases)
