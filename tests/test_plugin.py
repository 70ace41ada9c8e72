"""A run of the suite, as whoever starts it sees it: exit status, words, record and report."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.record import Record, read_record

pytest.importorskip("torch", reason="these runs hold PyTorch to itself")

ROOT = Path(__file__).parent.parent
CATALOG = "conformance/test_catalog.py::test_catalog"


@dataclass(frozen=True)
class Finished:
    """What a run left behind."""

    status: int
    output: str
    record_path: Path

    @property
    def record(self) -> Record:
        return read_record(self.record_path)

    @property
    def lines(self) -> list[str]:
        return self.output.strip().splitlines()


def command(record: Path, *arguments: str) -> list[str]:
    quiet = ["-q", "-p", "no:cacheprovider", "--record", str(record)]
    return [sys.executable, "-m", "pytest", *quiet, *arguments]


def run(tmp_path: Path, *arguments: str, report: bool = False) -> Finished:
    record = tmp_path / "run.jsonl"
    more = [] if report else ["--no-report"]
    done = subprocess.run(
        [*command(record, *arguments), *more], cwd=ROOT, capture_output=True, text=True
    )
    return Finished(done.returncode, done.stdout + done.stderr, record)


def planted(name: str) -> list[str]:
    return ["--subject", f"module:tests.miniatures.{name}"]


def test_a_run_that_passes_leaves_a_record_and_a_report(tmp_path: Path) -> None:
    node = f"{CATALOG}[exp-float32-value]"
    done = run(tmp_path, node, "--subject", "torch", report=True)
    assert done.status == 0, done.output
    page = done.record_path.with_suffix(".html")
    assert done.lines[-1] == f"report: {page}"
    assert page.read_text("utf-8").startswith("<!doctype html>")
    record = done.record
    assert record.complete
    assert record.problems == []
    assert record.header["subject"] == record.header["oracle"] == "torch"
    assert record.footer is not None
    assert record.footer["counts"] == {"pass": len(record.cases)}
    # Of all facets only the selected one was run.
    assert {facet for case in record.cases for facet in case["verdicts"]} == {"value"}
    assert re.search(r"source +pass\ncatalog +\d+\n", done.output)


def test_a_failure_shows_the_smallest_program_both_sides_and_how_to_see_it_again(
    tmp_path: Path,
) -> None:
    node = f"{CATALOG}[exp-float32-value]"
    done = run(tmp_path, node, *planted("value_off"))
    assert done.status == 1
    assert "of exp-float32 fail: value" in done.output
    assert re.search(
        r"expected \(torch 2\.\d+.*\)   actual \(module:tests\.miniatures", done.output
    )
    again = f'again: pytest "{node}" --subject module:tests.miniatures.value_off'
    assert again in done.lines
    program = done.output.partition("the smallest failing program:")[2].partition("again:")[0]
    text = "\n".join(line[4:] for line in program.splitlines())
    assert "import torch\n" in text
    assert "y = torch.exp(x)" in text
    seen: dict[str, object] = {}
    exec(text, seen)
    assert getattr(seen["x"], "numel")() == 1, "Hypothesis found nothing smaller"  # noqa: B009


def test_a_failing_program_lists_its_facets(tmp_path: Path) -> None:
    node = "conformance/test_semantics.py"
    done = run(tmp_path, node, "-k", "printing", *planted("print_short"))
    assert done.status == 1
    assert re.search(r"\nprint: fail: ", done.output)


def test_what_a_subject_lacks_is_skipped_with_its_name(tmp_path: Path) -> None:
    done = run(tmp_path, f"{CATALOG}[tan-float32-grad]", "-rs", *planted("lacking"))
    assert done.status == 0
    assert "unsupported: no torch.tan" in done.output
    assert "1 skipped" in done.output
    assert "passed" not in done.output


def test_an_oracle_that_cannot_start_fails_the_run_with_one_clear_line(tmp_path: Path) -> None:
    node = f"{CATALOG}[exp-float32-value]"
    done = run(tmp_path, node, "--subject", "torch", "--oracle", "python:/nowhere/python")
    assert done.status == 1
    (line,) = [line for line in done.lines if line.startswith("nothing was run")]
    assert "python:/nowhere/python cannot run: cannot run /nowhere/python" in line
    assert "1 skipped" in done.output
    (not_run,) = done.record.not_run
    assert not_run["what"] == "python:/nowhere/python"
    verdicts = {v["verdict"] for case in done.record.cases for v in case["verdicts"].values()}
    assert verdicts == {"not-run"}


def test_a_machine_without_a_gpu_runs_nothing_and_says_so(tmp_path: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("not-run: this machine has a GPU")
    node = f"{CATALOG}[exp-float32-value]"
    done = run(tmp_path, node, "--subject", "torch", "--device", "cuda")
    assert done.status == 0
    assert "nothing was run: torch:cuda cannot run: no CUDA device" in done.lines
    assert "passed" not in done.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--subject", "tensorflow"], "unknown subject 'tensorflow'; a subject is one of"),
        (["--ledger", "nowhere.toml"], "No such file or directory: 'nowhere.toml'"),
    ],
)
def test_a_wrong_option_is_one_line(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = run(tmp_path, f"{CATALOG}[exp-float32-value]", *arguments)
    assert done.status == 4
    assert [line for line in done.lines if line.startswith("ERROR: ") and said in line]
    assert "Traceback" not in done.output


def test_a_record_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "run.jsonl").write_text("evidence")
    done = run(tmp_path, f"{CATALOG}[exp-float32-value]", "--subject", "torch")
    assert done.status == 4
    assert "exists; name a new file" in done.output
    assert (tmp_path / "run.jsonl").read_text() == "evidence"


def ledger(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "ledger.toml"
    path.write_text(text)
    return ["--ledger", str(path)]


KNOWN = '[[deviation]]\nop = "exp"\nfacet = "value"\nsubject = "*"\nreason = "a planted fault"\n'


def test_a_known_deviation_is_an_xfail(tmp_path: Path) -> None:
    options = [*planted("value_off"), *ledger(tmp_path, KNOWN)]
    done = run(tmp_path, f"{CATALOG}[exp-float32-value]", *options)
    assert done.status == 0, done.output
    assert "1 xfailed" in done.output
    assert done.record.footer is not None
    assert set(done.record.footer["counts"]) == {"xfail", "pass"}  # an empty tensor passes


def test_a_deviation_that_is_gone_fails_the_run(tmp_path: Path) -> None:
    options = ["--subject", "torch", *ledger(tmp_path, KNOWN)]
    done = run(tmp_path, f"{CATALOG}[exp-float32-value]", *options)
    assert done.status == 1
    assert "passes, but ledger.toml, line 1 (entry 1) expects it: a planted fault" in done.output
    assert re.search(r"ERROR ledger\.toml, line 1 \(entry 1\): the deviation is gone", done.output)


def test_an_entry_that_a_narrowed_run_does_not_meet_is_no_problem(tmp_path: Path) -> None:
    options = ["--subject", "torch", *ledger(tmp_path, KNOWN)]
    assert run(tmp_path, f"{CATALOG}[neg-float32-value]", *options).status == 0


def test_a_malformed_ledger_stops_the_run_with_one_line(tmp_path: Path) -> None:
    options = ["--subject", "torch", *ledger(tmp_path, '[[deviation]]\nop = "exp"\n')]
    done = run(tmp_path, f"{CATALOG}[neg-float32-value]", *options)
    assert done.status == 4
    assert "ERROR: ledger.toml, line 1 (entry 1): no reason; say why the subject deviates" in (
        done.lines
    )


def test_timing_is_for_timing_runs_alone(tmp_path: Path) -> None:
    node = "conformance/test_performance.py"
    skipped = run(tmp_path, node, "--subject", "torch", "-k", "w1")
    assert skipped.status == 5
    assert "deselected" in skipped.output
    timed = run(tmp_path, node, "--subject", "torch", "-k", "w1", "--benchmark-only")
    assert timed.status == 0, timed.output
    (row,) = timed.record.benchmarks
    assert row["workload"] == "w1"
    assert row["ratio_min"] <= row["ratio"] <= row["ratio_max"]
    assert row["rounds"] >= 30
    assert f"\nw1{row['ratio']:>26.2f} (" in timed.output


def test_a_run_that_is_killed_has_lost_nothing_that_it_knew(tmp_path: Path) -> None:
    record = tmp_path / "run.jsonl"
    arguments = ["conformance/test_catalog.py", "--subject", "torch", "--no-report"]
    process = subprocess.Popen(
        command(record, *arguments),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and process.poll() is None:
            if record.exists() and record.read_text("utf-8").count("\n") > 50:
                break
            time.sleep(0.05)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    found = read_record(record)
    assert not found.complete
    assert len(found.cases) >= 49
    assert len(found.problems) <= 1  # the line that was being written


def test_what_another_machine_saw_is_judged_like_a_subject_that_is_here(tmp_path: Path) -> None:
    from conformance.programs import main as write_programs
    from conformance.subjects.recording import main as record

    cases, recording = tmp_path / "programs.jsonl", tmp_path / "recording.jsonl"
    assert write_programs(["--out", str(cases), "--source", "tutorial"]) == 0
    told = ["--subject", "torch", "--cases", str(cases), "--out", str(recording)]
    assert record(told) == 0
    subject = ["--subject", f"recording:{recording}"]
    done = run(tmp_path, "conformance/test_tutorial.py", *subject)
    assert done.status == 0, done.output
    assert done.record.footer is not None
    assert set(done.record.footer["counts"]) == {"pass"}
    (tmp_path / "run.jsonl").unlink()
    other = run(tmp_path, f"{CATALOG}[exp-float32-value]", "-rs", *subject)
    assert "not-run: recording:" in other.output
    assert "holds no observation of exp/" in other.output
