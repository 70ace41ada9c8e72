"""A run record keeps whatever a run lived to write, and says what it could not read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.record import Record, RunRecord, merge, read_record

HEADER = {"subject": "refimpl", "oracle": "torch", "oracle_version": "2.13.0", "profile": "quick"}


def verdicts(**facets: str) -> dict[str, Any]:
    return {facet: {"verdict": verdict} for facet, verdict in facets.items()}


def case(id: str, **facets: str) -> dict[str, Any]:
    return {"id": id, "source": "test", "verdicts": verdicts(**facets)}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A complete record of two cases."""
    path = tmp_path / "run.jsonl"
    with RunRecord(path, HEADER) as record:
        record.case(case("a/1", value="pass", grad="fail"))
        record.case(case("b/2", value="pass"))
        record.not_run("torch:cuda", "no CUDA device")
        record.benchmark({"workload": "w1", "subject_us": 12.1, "oracle_us": 24.5})
    return path


def ids(record: Record) -> list[str]:
    return [row["id"] for row in record.cases]


def test_what_was_written_is_read(file: Path) -> None:
    record = read_record(file)
    assert record.problems == []
    assert record.complete
    assert record.header.items() >= {"format": 1, **HEADER}.items()
    assert {"machine", "platform", "python", "numpy", "started"} <= set(record.header)
    assert record.cases[0]["verdicts"]["grad"] == {"verdict": "fail"}
    assert record.not_run == [{"kind": "not-run", "what": "torch:cuda", "reason": "no CUDA device"}]
    assert record.benchmarks[0]["subject_us"] == 12.1


def test_the_footer_counts_verdicts(file: Path) -> None:
    footer = read_record(file).footer
    assert footer is not None
    assert footer["counts"] == {"pass": 2, "fail": 1}
    assert footer["seconds"] >= 0


def test_every_line_is_in_the_file_before_the_next_is_made(tmp_path: Path) -> None:
    record = RunRecord(tmp_path / "run.jsonl", HEADER)
    assert len((tmp_path / "run.jsonl").read_text().splitlines()) == 1
    record.case(case("a/1", value="pass"))
    assert ids(read_record(tmp_path / "run.jsonl")) == ["a/1"]
    record.close()


def test_a_run_that_dies_has_no_footer(tmp_path: Path) -> None:
    def run() -> None:
        with RunRecord(tmp_path / "run.jsonl", HEADER) as record:
            record.case(case("a/1", value="pass"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run()
    died = read_record(tmp_path / "run.jsonl")
    assert not died.complete
    assert ids(died) == ["a/1"]


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_truncated_record_loses_only_its_last_line(file: Path, cut: int) -> None:
    whole = file.read_bytes()
    lines = whole.splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:2]) + lines[2][:-cut])
    record = read_record(file)
    assert ids(record) == (["a/1", "b/2"] if cut == 1 else ["a/1"])
    assert not record.complete
    if cut > 1:
        [problem] = record.problems
        assert (problem.file, problem.line) == (str(file), 3)
        assert str(problem).startswith(f"{file}, line 3: the line is cut off; ")


FULL_HEADER = {"kind": "header", "format": 1, "started": "2026-01-01T00:00:00", **HEADER}
MALFORMED = {
    "no JSON": ("{'id': 1}", "not JSON"),
    "no UTF-8": (b"\xff\xfe".decode("latin-1"), "not JSON"),
    "a list": ("[1, 2]", "no known kind of line: None"),
    "an unknown kind": ('{"kind": "cases"}', "no known kind of line: 'cases'"),
    "a case without verdicts": ('{"kind": "case", "id": "c/3"}', "a case line without verdicts"),
    "a second header": (json.dumps(FULL_HEADER), "a second header"),
    "another format": (json.dumps(FULL_HEADER | {"format": 2}), "format 2"),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_line_costs_only_itself(file: Path, what: str) -> None:
    line, complaint = MALFORMED[what]
    lines = file.read_bytes().splitlines()
    lines.insert(2, line.encode("latin-1"))
    file.write_bytes(b"\n".join(lines) + b"\n")
    record = read_record(file)
    assert ids(record) == ["a/1", "b/2"]
    assert record.complete
    [problem] = record.problems
    assert problem.line == 3
    assert complaint in problem.what
    assert problem.cure
    assert "\n" not in str(problem)


@pytest.mark.parametrize("content", ["", "\n", '{"kind": "case", "id": "a/1", "verdicts": {}}\n'])
def test_a_file_without_a_header_is_no_complete_record(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.jsonl").write_text(content)
    record = read_record(tmp_path / "run.jsonl")
    assert [problem.what for problem in record.problems] == ["there is no header line"]


def test_a_record_is_never_overwritten(file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(FileExistsError):
        RunRecord(file, HEADER)
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"id": "a/1"}, "no kind of line None"),
        ({"kind": "case", "id": "a/1"}, "a case line needs verdicts"),
        (
            {"kind": "case", "id": "a/1", "verdicts": {}, "error": float("nan")},
            "not JSON compliant",
        ),
    ],
)
def test_a_bad_line_is_never_written(tmp_path: Path, row: dict[str, Any], complaint: str) -> None:
    with RunRecord(tmp_path / "run.jsonl", HEADER) as record:
        with pytest.raises(ValueError, match=complaint):
            record.write(row)
        with pytest.raises(ValueError, match="value: no verdict 'passed'"):
            record.case(case("a/1", value="passed"))
    again = read_record(tmp_path / "run.jsonl")
    assert (again.cases, again.problems) == ([], [])


def test_records_of_several_runs_merge(file: Path, tmp_path: Path) -> None:
    with RunRecord(tmp_path / "gpu.jsonl", HEADER | {"subject": "torch:cuda"}) as record:
        record.case(case("a/1", value="fail"))
        record.case(case("c/3", value="pass"))
    gpu = tmp_path / "gpu.jsonl"
    gpu.write_text(gpu.read_text() + "half a li")
    merged = merge([read_record(file), read_record(gpu)])
    assert {id: sorted(rows) for id, rows in merged.cases.items()} == {
        "a/1": sorted([str(file), str(gpu)]),
        "b/2": [str(file)],
        "c/3": [str(gpu)],
    }
    assert merged.cases["a/1"][str(gpu)]["verdicts"]["value"]["verdict"] == "fail"
    assert [problem.line for problem in merged.problems] == [5]
