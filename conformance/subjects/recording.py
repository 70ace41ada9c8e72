"""Recordings: what a machine that is not here saw of each case, and the tool that makes them.

    python -m conformance.subjects.recording --subject torch:cuda --cases c.jsonl --out gpu.jsonl

A recording is JSON Lines: how the subject introduced itself, then an observation per case id. An id
covers text and inputs, so that an observation can never be taken for that of a changed program.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from conformance.case import Case, CaseError, read_cases
from conformance.subjects.base import Observation, Subject


class RecordedSubject(Subject):
    """Answers with what a file recorded; a case that it does not hold was not run."""

    def __init__(self, spec: str, file: Path | str) -> None:
        self.spec = spec
        self.due: deque[Observation] = deque()
        self.observations: dict[str, Observation] = {}
        self.problems: list[str] = []  # lines that could not be read; the others count all the same
        self.header: dict[str, Any] = {
            "ready": False,
            "reason": f"{file} is empty; record it again",
        }
        try:
            self._read(file)
        except OSError as error:
            reason = f"cannot read {file}: {error.strerror}"
            self.header = {"ready": False, "reason": reason}

    def _read(self, file: Path | str) -> None:
        with open(file, encoding="utf-8", errors="replace") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    row = json.loads(line)
                    if number == 1:
                        self.header = _header(row)
                    else:
                        self.observations[row["id"]] = row["observation"]
                except (json.JSONDecodeError, KeyError, TypeError):
                    self.problems.append(
                        f"{file}, line {number}: no line of a recording; record the case again"
                    )
                    if number == 1:
                        self.header = {"ready": False, "reason": self.problems[0]}

    @property
    def about(self) -> dict[str, Any]:
        return self.header

    @property
    def pending(self) -> int:
        return len(self.due)

    def submit(self, case: Case, sides: Sequence[str] | None = None) -> None:
        missing = {"not-run": f"{self.spec} holds no observation of {case.id}"}
        self.due.append(self.observations.get(case.id, missing))

    def result(self) -> Observation:
        return self.due.popleft()


def _header(row: dict[str, Any]) -> dict[str, Any]:
    if row["kind"] != "recording":
        raise KeyError("kind")
    return {key: row[key] for key in ("ready", "version", "python", "device", "flags")} | row


class Recorder(Subject):
    """A subject whose observations are written down as they come."""

    def __init__(self, subject: Subject, file: IO[str]) -> None:
        self.subject, self.file, self.spec = subject, file, subject.spec
        self.ids: deque[str] = deque()
        self._write({"kind": "recording", "subject": subject.spec, **subject.about})

    def _write(self, row: dict[str, Any]) -> None:
        self.file.write(json.dumps(row) + "\n")
        self.file.flush()

    @property
    def about(self) -> dict[str, Any]:
        return self.subject.about

    @property
    def pending(self) -> int:
        return self.subject.pending

    def submit(self, case: Case, sides: Sequence[str] | None = None) -> None:
        self.ids.append(case.id)
        self.subject.submit(case, None)  # all sides: who reads it may ask for any

    def result(self) -> Observation:
        observation = self.subject.result()
        self._write({"id": self.ids.popleft(), "observation": observation})
        return observation

    def close(self) -> None:
        self.subject.close()


def main(arguments: Sequence[str] | None = None) -> int:
    from conformance.subjects import open_subject  # which imports this module

    parser = argparse.ArgumentParser(
        prog="python -m conformance.subjects.recording",
        description="Run the cases of a file under a subject and record what is observed.",
    )
    parser.add_argument("--subject", required=True, help="who runs them, such as torch:cuda")
    parser.add_argument("--cases", required=True, type=Path, help="cases, JSON Lines")
    parser.add_argument("--out", required=True, type=Path, help="the recording")
    parser.add_argument("--timeout", type=float, default=10.0, help="seconds per case")
    options = parser.parse_args(arguments)
    try:
        cases = list(read_cases(options.cases))
        subject = open_subject(options.subject, options.timeout)
    except (CaseError, ValueError, OSError) as error:
        parser.error(str(error))
    with subject:
        if not subject.ready:
            parser.exit(1, f"{options.subject}: {subject.reason}\n")
        with open(options.out, "w", encoding="utf-8") as file:
            recorder = Recorder(subject, file)
            for case in cases:
                recorder.submit(case)
            count = sum(1 for _ in recorder.results())
    print(f"{options.out}: {count} observations by {options.subject}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
