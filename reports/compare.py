"""What changed between two versions: the columns of one subject and oracle, side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from reports.tables import Column, Line, RowKey, one_line, row_key

ROWS_SHOWN = 500


@dataclass
class Change:
    """What changed in one way for one op or program: in which facets, and how often."""

    row: RowKey
    was: str
    now: str
    facets: Counter[str] = field(default_factory=Counter)
    example: str = ""
    said: str = ""

    @property
    def direction(self) -> str:
        """`worse`, `better`, or `different`: passing on neither side, for another reason."""
        if self.was == "pass":
            return "worse"
        return "better" if self.now == "pass" else "different"


@dataclass
class Diff:
    """All changes from one column to the next."""

    title: str
    before: int
    after: int
    compared: int = 0
    changes: list[Change] = field(default_factory=list)
    only_before: int = 0
    only_after: int = 0

    def count(self, direction: str) -> int:
        return sum(
            change.facets.total() for change in self.changes if change.direction == direction
        )


def diffs(columns: Sequence[Column]) -> Iterator[Diff]:
    """A diff for each step from one version to the next, of the same subject, oracle and device."""

    def line_of(numbered: tuple[int, Column]) -> tuple[str, str, str]:
        pairing = numbered[1].pairing
        return pairing.subject, pairing.oracle, pairing.device

    # Columns are sorted by these and then by version.
    for _, same in groupby(enumerate(columns), key=line_of):
        for (before, old), (after, new) in pairwise(same):
            yield _diff(before, old, after, new)


def _diff(before: int, old: Column, after: int, new: Column) -> Diff:
    shared = [key for key in new.cases if key in old.cases]
    changes: dict[tuple[RowKey, str, str], Change] = {}
    for key in shared:
        case = new.cases[key]
        earlier = old.cases[key]["verdicts"]
        row = row_key(case)
        for facet, verdict in case["verdicts"].items():
            if facet not in earlier or not _differs(earlier[facet], verdict):
                continue
            was, now = earlier[facet]["verdict"], verdict["verdict"]
            change = changes.setdefault((row, was, now), Change(row, was, now))
            change.facets[facet] += 1
            if not change.example:
                told = verdict if now != "pass" else earlier[facet]
                change.example = key
                change.said = one_line(told.get("message") or told.get("reason") or "")
    order = {"worse": 0, "different": 1, "better": 2}
    return Diff(
        _title(old, new),
        before,
        after,
        len(shared),
        sorted(changes.values(), key=lambda c: (order[c.direction], c.row, c.was, c.now)),
        len(old.cases) - len(shared),
        len(new.cases) - len(shared),
    )


def _differs(was: Line, now: Line) -> bool:
    """Another verdict, or the same that is not a pass, with other observations."""
    if was["verdict"] != now["verdict"]:
        return True
    return now["verdict"] != "pass" and any(
        was.get(side) != now.get(side) for side in ("expected", "actual")
    )


def _title(old: Column, new: Column) -> str:
    """`torch 2.13.0 → 2.15.0`: what moved, and what stayed."""
    was, now = old.pairing, new.pairing
    moved = [
        f"{name} {before or '?'} → {after or '?'}"
        for name, before, after in (
            (now.oracle, was.oracle_version, now.oracle_version),
            (now.subject, was.subject_version, now.subject_version),
        )
        if before != after
    ]
    return f"{', '.join(moved)}: {now.subject} against {now.oracle} on {now.device}"
