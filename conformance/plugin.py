"""The pytest side of the suite: options, one session per run, verdicts as test outcomes.

    pytest conformance                                  hold refimpl to the installed torch
    pytest conformance --subject module:mytorch         hold something else to it
    pytest conformance --device cuda                    hold refimpl to torch on the GPU
    pytest conformance --benchmark-only                 how long both take

`unsupported` and `not-run` are skips with the reason, `xfail` is pytest's, `fail`, `crash`,
`timeout` and `xpass` fail. Everything is written to a run record as it happens, so that a run that
is killed has lost nothing; at its end the record becomes a report.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import math
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from importlib import metadata
from itertools import zip_longest
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.errors import NoSuchExample
from packaging.version import Version

from conformance import ledger, subjects
from conformance.case import Case, script
from conformance.cases.catalog import policy_of
from conformance.dialects import TODAY, Dialect
from conformance.facets import facets_of
from conformance.groups import Group, has_samples
from conformance.record import VERDICTS, RunRecord
from conformance.run import Run, Verdict, Verdicts
from conformance.subjects import Subject

LEDGER = Path(__file__).with_name("ledger.toml")
OUT = Path("reports/out")
INSTALL = "install it with: pip install 'torch~=2.13.0'"
NO_SAMPLES = "PyTorch's samples are read from a torch in this interpreter, which has none"
FAILED = ("fail", "crash", "timeout", "xpass")
SHRINK_SECONDS = 5.0
"""Time to look for a smaller program that fails in the same way."""
SHRINK_BUDGET = 60.0
"""The same for a whole run: a subject that fails everywhere is not to take an hour."""


class Session:
    """One run: both subjects, the record, and the verdicts so far."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.device: str = config.getoption("--device")
        self.profile: str = config.getoption("--profile")
        self.wanted: dict[Group, set[str]] = {}
        self.programs: dict[Group, set[str]] = {}
        self.done: dict[Group, list[tuple[Case, Verdicts]]] = {}
        self.counts: dict[str, Counter[str]] = {}
        self.findings = 0
        self.shrinking = 0.0
        self.narrowed = False
        self.refusal: str | None = None
        self.problems: list[str] = []
        self.record: RunRecord | None = None
        self.report: Path | None = None
        self.run: Run | None = None

    # -- Start and end

    def start(self) -> None:
        """Start both sides and the record; where that fails, every case is not run."""
        oracle = self.config.getoption("--oracle")
        if self.device == "cuda":
            oracle = f"{oracle}:cuda" if oracle == "torch" else oracle
        subject = self.config.getoption("--subject")
        timeout = self.config.getoption("--timeout-per-program")
        try:
            entries = ledger.read(Path(self.config.getoption("--ledger")))
            # Opening starts both processes; asking for `ready` waits for them.
            self.oracle = subjects.open_subject(oracle, timeout)
            self.subject = subjects.open_subject(subject, timeout)
        except (ledger.LedgerError, ValueError, OSError) as error:
            raise pytest.UsageError(str(error)) from None
        self.record = self._open_record()
        if not has_samples():
            self.record.not_run("opinfo", NO_SAMPLES)
        for side in (self.oracle, self.subject):
            if not side.ready:
                self.refusal = f"{side.spec} cannot run: {side.reason}"
                if side is self.oracle and "No module named 'torch'" in str(side.reason):
                    self.refusal = f"{side.spec} cannot run: torch is not installed; {INSTALL}"
                self.record.not_run(side.spec, str(side.reason))
                return
        version = Version(str(self.oracle.about["version"]))
        conditions = ledger.Conditions(self.subject.spec, version, self.device, self.profile)
        speaks_today = self.subject.about.get("namespace", "torch") != "torch"
        other_version = version.release[:2] != TODAY.release[:2]
        lacking = {}
        if any(side.spec.startswith("torch:compile") for side in (self.oracle, self.subject)):
            lacking["graph"] = "a compiled program has a graph of its own"
        self.run = Run(
            self.oracle,
            self.subject,
            policy_of,
            ledger.Ledger(entries, conditions),
            Dialect.of(str(version)) if speaks_today and other_version else None,
            lacking,
        )

    def _open_record(self) -> RunRecord:
        given = self.config.getoption("--record")
        stamp = datetime.now().strftime("%Y%m%d-%H%M%S-%f")
        self.record_path = Path(given) if given else self.config.rootpath / OUT / f"{stamp}.jsonl"
        try:
            return RunRecord(self.record_path, self._header())
        except FileExistsError:
            message = f"--record: {self.record_path} exists; name a new file"
            raise pytest.UsageError(message) from None

    def _header(self) -> dict[str, Any]:
        def about(side: Subject) -> dict[str, Any]:
            return side.about if side.ready else {}

        return {
            "project": _project_version(),
            "subject": self.subject.spec,
            "subject_version": about(self.subject).get("version"),
            "oracle": self.oracle.spec,
            "oracle_version": about(self.oracle).get("version"),
            "device": self.device,
            "flags": {**about(self.oracle).get("flags", {})},
            "seed": 0,
            "profile": self.profile,
        }

    def finish(self, interrupted: bool) -> None:
        """The footer, what the ledger has to say, and the report."""
        if self.record is None:
            return
        if self.run is not None and self.run.ledger is not None:
            complete = not (interrupted or self.narrowed)
            self.problems = list(self.run.ledger.problems(complete))
        if not interrupted:
            self.record.finish()
        self.record.close()
        self.oracle.close()
        self.subject.close()
        if self.config.getoption("--report") and importlib.util.find_spec("reports"):
            page = self.record_path.with_suffix(".html")
            command = [sys.executable, "-m", "reports", str(self.record_path), "-o", str(page)]
            made = subprocess.run(command, capture_output=True, text=True, check=False)
            if made.returncode == 0:
                self.report = page
            else:
                said = made.stderr.strip().splitlines() or ["no reason given"]
                self.problems.append(f"no report: {said[-1]}")

    # -- Verdicts

    def verdicts(self, group: Group) -> list[tuple[Case, Verdicts]]:
        """The verdicts of a group, which is run once for all of its items."""
        if group not in self.done:
            self.done[group] = self._judge(group)
        return self.done[group]

    def _judge(self, group: Group) -> list[tuple[Case, Verdicts]]:
        cases = list(group.make())
        if group in self.programs:
            cases = [case for case in cases if case.id in self.programs[group]]
        else:
            wanted = self.wanted.get(group, set(group.facets))
            narrowed = [
                dataclasses.replace(case, facets=tuple(f for f in case.facets if f in wanted))
                for case in cases
            ]
            cases = [case for case in narrowed if case.facets]
        if self.run is None:
            reason = self.refusal or "not started"
            found: list[Verdicts] = [
                {facet: Verdict("not-run", reason=reason) for facet in facets_of(case)}
                for case in cases
            ]
        else:
            found = self.run.judge(cases)
        judged = list(zip(cases, found, strict=True))
        for case, verdicts in judged:
            self._keep(group, case, verdicts)
        return judged

    def _keep(self, group: Group, case: Case, verdicts: Verdicts) -> None:
        counts = self.counts.setdefault(group.source.partition(".")[0], Counter())
        counts.update(verdict.verdict for verdict in verdicts.values())
        self.findings += sum(verdict.finding is not None for verdict in verdicts.values())
        if self.record is not None:
            rows = {facet: verdict.to_json() for facet, verdict in verdicts.items()}
            keys = ("id", "source", "op", "dtype", "title", "text")
            line = {key: getattr(case, key) for key in keys}
            self.record.case({**line, "verdicts": rows})

    def check(self, group: Group, facet: str, rerun: str) -> None:
        """One facet of all cases of an op as an outcome of pytest's."""
        found = [
            (case, verdicts[facet]) for case, verdicts in self.verdicts(group) if facet in verdicts
        ]
        bad = [entry for entry in found if entry[1].verdict in FAILED]
        if bad:
            case, verdict = self._smallest(group, facet, bad)
            more = f"{len(bad)} of {len(found)} cases" if len(found) > 1 else "the case"
            head = f"{more} of {group.name} fail: {facet}"
            pytest.fail(f"{head}\n{_explain(self, case, verdict, rerun)}", pytrace=False)
        _without_failure(verdict for _, verdict in found)

    def check_program(self, group: Group, case: Case, rerun: str) -> None:
        """All facets of one hand-written program as an outcome of pytest's."""
        verdicts = next(found for other, found in self.verdicts(group) if other.id == case.id)
        bad = {name: verdict for name, verdict in verdicts.items() if verdict.verdict in FAILED}
        if bad:
            parts = [f"{case.title}: {', '.join(bad)}"]
            parts += [f"{name}: {_cause(verdict)}" for name, verdict in bad.items()]
            parts.append(_explain(self, case, next(iter(bad.values())), rerun))
            pytest.fail("\n".join(parts), pytrace=False)
        _without_failure(verdicts.values())

    def _smallest(
        self, group: Group, facet: str, bad: Sequence[tuple[Case, Verdict]]
    ) -> tuple[Case, Verdict]:
        """The smallest case that fails; where the group can draw more, Hypothesis looks further."""
        first = min(bad, key=lambda entry: _size(entry[0]))
        started = time.monotonic()
        if (
            group.more is None
            or self.run is None
            or first[1].verdict != "fail"
            or self.shrinking > SHRINK_BUDGET
            or self.subject.spec.startswith("recording:")
        ):
            return first
        known: dict[str, tuple[Case, Verdict]] = {case.id: (case, v) for case, v in bad}
        run = dataclasses.replace(self.run, ledger=None)

        def fails(case: Case) -> bool:
            if case.id not in known:
                if time.monotonic() - started > SHRINK_SECONDS:
                    return False
                case = dataclasses.replace(case, facets=(facet,))
                found = run.judge([case])[0].get(facet, Verdict("pass"))
                known[case.id] = (case, found)
            return known[case.id][1].verdict == "fail"

        options = settings(
            max_examples=100,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        try:
            smaller = find(group.more(first[0]), fails, settings=options, random=Random(0))
        except NoSuchExample:
            return first
        finally:
            self.shrinking += time.monotonic() - started
        return min(first, known[smaller.id], key=lambda entry: _size(entry[0]))


def _without_failure(verdicts: Iterable[Verdict]) -> None:
    """Skip, xfail or pass: a pass only where one was observed."""
    found = list(verdicts)
    expected = [verdict for verdict in found if verdict.verdict == "xfail"]
    if expected:
        pytest.xfail(str(expected[0].reason))
    if any(verdict.verdict == "pass" for verdict in found):
        return
    for kind in ("unsupported", "not-run"):
        for verdict in found:
            if verdict.verdict == kind:
                pytest.skip(f"{kind}: {verdict.reason}")
    pytest.skip("not-run: nothing to compare, since the oracle refuses these programs")


# What a failure shows.


def _size(case: Case) -> tuple[int, int]:
    elements = sum(math.prod(spec.shape) for spec in case.inputs.values())
    return elements, len(script(case))


def _cause(verdict: Verdict) -> str:
    if verdict.verdict == "xpass":
        return f"passes, but {verdict.reason}"
    return f"{verdict.verdict}: {verdict.message}" if verdict.message else verdict.verdict


def _explain(session: Session, case: Case, verdict: Verdict, rerun: str) -> str:
    parts = [f"case {case.id}", _cause(verdict)]
    if verdict.expected is not None and verdict.actual is not None:
        about = session.oracle.about, session.subject.about
        heads = [
            f"{role} ({side.spec} {seen.get('version', '')})"
            for role, side, seen in zip(
                ("expected", "actual"), (session.oracle, session.subject), about, strict=True
            )
        ]
        parts += ["", *_beside(heads[0], verdict.expected, heads[1], verdict.actual)]
    if verdict.reproducer is not None:
        parts += ["", "the smallest failing program:", ""]
        parts += [f"    {line}".rstrip() for line in verdict.reproducer.splitlines()]
    return "\n".join([*parts, "", f"again: {rerun}"])


def _beside(left_head: str, left: str, right_head: str, right: str) -> Iterator[str]:
    """Two texts in two columns, or one under the other where they are too wide."""
    lefts, rights = [left_head, *left.splitlines()], [right_head, *right.splitlines()]
    width = max(map(len, lefts))
    if width + max(map(len, rights)) > 110:
        yield from (*lefts, "", *rights)
    else:
        for a, b in zip_longest(lefts, rights, fillvalue=""):
            yield f"{a:<{width}}   {b}".rstrip()


def _rerun(item: pytest.Item) -> str:
    option = item.config.getoption
    words = [f'pytest "{item.nodeid}"', f"--subject {option('--subject')}"]
    words += [
        f"{name} {option(name)}"
        for name, usual in (("--oracle", "torch"), ("--device", "cpu"), ("--profile", "quick"))
        if option(name) != usual
    ]
    return " ".join(words)


def _relative(path: Path) -> Path:
    """Short where it can be: what lies below the current folder is shown from there."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _project_version() -> str:
    try:
        return metadata.version("autograd-conformance")
    except metadata.PackageNotFoundError:
        return "not installed"


# pytest's hooks.

SESSION: pytest.StashKey[Session] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance", "conformance to PyTorch")
    known = ", ".join(subjects.SPECS)
    group.addoption("--subject", default="refimpl", help=f"who is judged: {known}")
    group.addoption("--oracle", default="torch", help="who is right (default: torch)")
    group.addoption("--device", default="cpu", choices=("cpu", "cuda"), help="the oracle's device")
    group.addoption(
        "--record", metavar="FILE", help=f"the run record (default: a new one in {OUT})"
    )
    group.addoption("--ledger", metavar="FILE", default=str(LEDGER), help="known deviations (TOML)")
    group.addoption(
        "--timeout-per-program",
        metavar="SECONDS",
        type=float,
        default=30.0,
        help="after which a subject is taken to hang (default: 30; a busy machine needs some)",
    )
    group.addoption("--profile", default="quick", choices=("quick", "full"), help="how much is run")
    group.addoption("--report", action="store_true", default=True, help="make a report (default)")
    group.addoption("--no-report", action="store_false", dest="report", help="make no report")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SESSION] = Session(config)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Timing runs time; other runs do not."""
    timing = bool(config.getoption("--benchmark-only", default=False))
    kept = [item for item in items if ("benchmark" in _fixtures(item)) == timing]
    if len(kept) != len(items):
        config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
        items[:] = kept


def _fixtures(item: pytest.Item) -> Sequence[str]:
    return getattr(item, "fixturenames", ())


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was selected decides what is run: a single facet costs its own program only."""
    ours = session.config.stash[SESSION]
    for item in session.items:
        spec = getattr(item, "callspec", None)
        given: dict[str, Any] = {} if spec is None else spec.params
        if given.get("facet") is not None:
            ours.wanted.setdefault(given["group"], set()).add(given["facet"])
        elif "program" in given:
            group, case = given["program"]
            ours.programs.setdefault(group, set()).add(case.id)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Both sides start once it is certain that something will be run."""
    config = session.config
    broken = session.testsfailed and not config.option.continue_on_collection_errors
    if session.items and not config.option.collectonly and not broken:
        ours = config.stash[SESSION]
        ours.narrowed = _is_narrowed(config) or not has_samples()
        ours.start()


def _is_narrowed(config: pytest.Config) -> bool:
    """Whether less than the whole suite was asked for."""
    option = config.option
    asked = any(
        bool(getattr(option, name, None))
        for name in ("keyword", "markexpr", "deselect", "lf", "last_failed", "stepwise", "ignore")
    )
    folder = Path(__file__).parent
    start = config.invocation_params.dir
    whole = any(folder.is_relative_to((start / arg).resolve()) for arg in config.args)
    return asked or not whole or bool(config.getoption("--benchmark-only", default=False))


@pytest.fixture
def check(request: pytest.FixtureRequest) -> Any:
    """Judge one facet of a group of op cases."""
    session = request.config.stash[SESSION]

    def judged(group: Group, facet: str) -> None:
        session.check(group, facet, _rerun(request.node))

    return judged


@pytest.fixture
def check_program(request: pytest.FixtureRequest) -> Any:
    """Judge one hand-written program."""
    session = request.config.stash[SESSION]

    def judged(group: Group, case: Case) -> None:
        session.check_program(group, case, _rerun(request.node))

    return judged


@pytest.fixture
def run_record(request: pytest.FixtureRequest) -> RunRecord | None:
    return request.config.stash[SESSION].record


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    ours = session.config.stash[SESSION]
    interrupted = exitstatus in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR)
    stopped = bool(session.shouldstop or session.shouldfail)
    ours.narrowed = ours.narrowed or stopped
    ours.finish(interrupted)
    no_gpu = ours.device == "cuda" and "no CUDA device" in (ours.refusal or "")
    if exitstatus == pytest.ExitCode.OK and (ours.problems or (ours.refusal and not no_gpu)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    ours = config.stash[SESSION]
    if ours.record is None:
        return
    write = terminalreporter.write_line
    terminalreporter.section("conformance")
    kinds = [kind for kind in VERDICTS if any(counts[kind] for counts in ours.counts.values())]
    if kinds:
        write(f"{'source':<12}" + "".join(f"{kind:>13}" for kind in kinds))
        for source, counts in ours.counts.items():
            write(f"{source:<12}" + "".join(f"{counts[kind]:>13}" for kind in kinds))
    if ours.findings:
        write(f"{ours.findings} findings: the oracle is outside its own bound, the subject inside")
    if ours.record.benchmarks:
        subject, oracle = config.getoption("--subject"), config.getoption("--oracle")
        write(f"{'workload':<24}{subject}'s time over {oracle}'s: median (range)")
    for row in ours.record.benchmarks:
        span = f"({row['ratio_min']:.2f} to {row['ratio_max']:.2f})"
        write(f"{row['workload']:<24}{row['ratio']:.2f} {span:<16} {row['what']}")
    for problem in ours.problems:
        write(f"ERROR {problem}", red=True)
    if ours.refusal:
        write(f"nothing was run: {ours.refusal}", red=True)
    write(f"record: {_relative(ours.record_path)}")


def pytest_unconfigure(config: pytest.Config) -> None:
    """The last line, where a reader and a script find it."""
    ours = config.stash.get(SESSION, None)
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if ours is not None and ours.report is not None and reporter is not None:
        reporter.write_line(f"report: {_relative(ours.report)}")


__all__ = [name for name in globals() if name.startswith("pytest_")] + [
    "check",
    "check_program",
    "run_record",
]
