"""Every program that a run of the suite puts to a subject, as a file of cases.

    python -m conformance.programs --out programs.jsonl
    python -m conformance.subjects.recording --subject torch:cuda --cases programs.jsonl \\
        --out gpu.jsonl
    pytest conformance --subject recording:gpu.jsonl

The second line may run on another machine. Derived programs (with backward appended, under
`no_grad`, in place) are cases of their own there, since a recording answers by the id of what was
run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from conformance.case import Case, write_cases
from conformance.facets import RUNS, facets_of, run_of
from conformance.groups import (
    Group,
    catalog_groups,
    opinfo_groups,
    semantics_groups,
    tutorial_groups,
)

SAMPLES = Path("reports/out/samples")


def _of_programs(pairs: Sequence[tuple[Group, Case]]) -> list[Group]:
    return list(dict.fromkeys(group for group, _ in pairs))


SOURCES: dict[str, Callable[[str], list[Group]]] = {
    "tutorial": lambda profile: _of_programs(tutorial_groups()),
    "semantics": lambda profile: _of_programs(semantics_groups()),
    "catalog": catalog_groups,
    "opinfo": lambda profile: opinfo_groups(profile, SAMPLES),
}


def programs_of(case: Case) -> Iterator[Case]:
    """The case's programs, derived ones included, as the suite runs them."""
    for run in dict.fromkeys(run_of(case, facet) for facet in facets_of(case)):
        text = RUNS[run](case)
        if text is not None:
            yield case.with_text(text)


def programs(sources: Sequence[str], profile: str) -> Iterator[Case]:
    """Each program once."""
    seen: set[str] = set()
    for source in sources:
        for group in SOURCES[source](profile):
            for case in group.make():
                for program in programs_of(case):
                    if program.id not in seen:
                        seen.add(program.id)
                        yield program


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m conformance.programs")
    parser.add_argument("--out", required=True, type=Path, help="the file of cases to write")
    parser.add_argument("--profile", default="quick", choices=("quick", "full"))
    parser.add_argument(
        "--source", action="append", choices=tuple(SOURCES), help="one or more; none means all"
    )
    options = parser.parse_args(arguments)
    found = list(programs(options.source or tuple(SOURCES), options.profile))
    write_cases(options.out, found)
    sys.stdout.write(f"{options.out}: {len(found)} programs\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
