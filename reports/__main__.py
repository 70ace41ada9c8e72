"""`python -m reports RECORD... -o OUT.html`: run records in, one HTML page out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from conformance.record import read_record
from reports.page import write
from reports.sections import summaries
from reports.tables import build


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m reports",
        description="Make one self-contained HTML page of run records. Records of one subject "
        "and oracle are merged; records of several versions are compared.",
    )
    parser.add_argument(
        "records", nargs="+", type=Path, metavar="RECORD", help="a .jsonl file, or a folder of them"
    )
    parser.add_argument(
        "-o", "--out", type=Path, default=Path("reports/out/report.html"), metavar="OUT.html"
    )
    given = parser.parse_args(arguments)
    try:
        records = [read_record(path) for name in given.records for path in files_of(name)]
    except OSError as error:
        parser.error(f"cannot read {error.filename}: {error.strerror}")
    if not records:
        parser.error(f"no .jsonl file in {', '.join(map(str, given.records))}")
    report = build(records)
    for problem in report.problems:
        print(f"warning: {problem}", file=sys.stderr)
    for summary in summaries(report.columns):
        print(summary.sentence)
    print(write(report, given.out))
    return 0


def files_of(path: Path) -> list[Path]:
    return sorted(path.glob("*.jsonl")) if path.is_dir() else [path]


if __name__ == "__main__":
    raise SystemExit(main())
