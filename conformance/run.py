"""From cases to verdicts: run both sides, compare them, ask the oracle for what is missing.

Most cases cost each side one run per derived program. Only where bits differ, and the op's policy
allows that at all, the oracle runs the program again in double precision (see
conformance/judge.py); those runs are gathered over the whole batch, so that the oracle is never
waited for one at a time.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from conformance.case import Case, TensorSpec, script
from conformance.dialects import Dialect
from conformance.facets import (
    FACETS,
    RUNS,
    Difference,
    Numbers,
    Observation,
    arrays,
    facets_of,
    root,
    run_of,
    sides_of,
    walk,
)
from conformance.judge import (
    EXACT,
    PERTURBATION,
    WIDER,
    Array,
    Outcome,
    Policy,
    Reference,
    decode,
    is_inexact,
    judge,
    sensitivity,
    terms_of,
    wide,
)
from conformance.ledger import Judged, Ledger, VerdictName
from conformance.subjects.base import Subject


@dataclass(frozen=True)
class Verdict:
    """One facet of one case."""

    verdict: VerdictName
    error_over_bound: float | None = None
    message: str | None = None
    reason: str | None = None
    finding: str | None = None
    expected: str | None = None
    actual: str | None = None
    reproducer: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {key: value for key, value in dataclasses.asdict(self).items() if value is not None}


Verdicts = dict[str, Verdict]


@dataclass
class _Pending:
    """One facet of one case whose numbers have yet to be judged."""

    case: Case
    facet: str
    run: str
    expected: Observation
    actual: Observation
    differences: list[Difference]
    numbers: list[Numbers]


@dataclass
class Run:
    """Everything that one run compares with: both sides, and what is known beforehand."""

    oracle: Subject
    subject: Subject
    policy_of: Callable[[Case], Policy]
    ledger: Ledger | None = None
    dialect: Dialect | None = None
    lacking: Mapping[str, str] = field(default_factory=dict)
    """What the subject does not have (see `Facet.needs`), with the reason."""

    def judge(self, cases: Sequence[Case]) -> list[Verdicts]:
        """The verdicts of a batch of cases, in the light of the ledger."""
        verdicts: list[Verdicts] = [{} for _ in cases]
        pending: list[tuple[int, _Pending]] = []
        programs = [
            (index, case, run, text, facets)
            for index, case in enumerate(cases)
            for run, text, facets in self._programs(case)
        ]
        sides = [sides_of(facets) for *_, facets in programs]
        requests = [case.with_text(text) for _, case, _, text, _ in programs]
        seen = _observe_both(self.oracle, self.subject, requests, sides)
        failed_plainly = {
            index
            for (index, case, run, _, _), (expected, _) in zip(programs, seen, strict=True)
            if case.op is not None and run == "plain" and expected.get("error")
        }
        for (index, case, run, text, facets), (expected, actual) in zip(
            programs, seen, strict=True
        ):
            if index in failed_plainly:
                # Where the oracle refuses the program there is only the refusal to compare.
                facets = [facet for facet in facets if facet == "error"] if run == "plain" else []
            for facet in facets:
                found = self._compare(case, facet, run, text, expected, actual)
                if isinstance(found, Verdict):
                    verdicts[index][facet] = found
                else:
                    pending.append((index, found))
        for (index, entry), verdict in zip(
            pending, self._weigh([entry for _, entry in pending]), strict=True
        ):
            verdicts[index][entry.facet] = verdict
        ordered = [
            {facet: found[facet] for facet in facets_of(case) if facet in found}
            for case, found in zip(cases, verdicts, strict=True)
        ]
        return ordered if self.ledger is None else self._review(self.ledger, cases, ordered)

    def _programs(self, case: Case) -> Iterator[tuple[str, str, list[str]]]:
        """The programs that the case's facets are read off, each with these facets."""
        runs: dict[str, list[str]] = {}
        for facet in facets_of(case):
            runs.setdefault(run_of(case, facet), []).append(facet)
        for run, facets in runs.items():
            text = RUNS[run](case)
            if text is not None:
                yield run, text, facets

    def _compare(
        self,
        case: Case,
        facet: str,
        run: str,
        text: str,
        expected: Observation,
        actual: Observation,
    ) -> Verdict | _Pending:
        """A verdict where structure decides; else what the numbers have yet to decide."""
        outcome = self._without_comparison(facet, expected, actual)
        if outcome is not None:
            if outcome.verdict in ("crash", "timeout"):
                return dataclasses.replace(outcome, reproducer=script(case, text))
            return outcome
        if self.dialect is not None:
            actual = self.dialect.translate(actual, text)
        row = FACETS[facet]
        compare = row.compare
        refused = case.op is not None and facet != "error"
        if refused and (expected["error"] or actual["error"]):
            # A derived program that one side refuses is compared by the refusal.
            compare = FACETS["error"].compare
        found = list(compare(case, expected, actual))
        differences = [entry for entry in found if isinstance(entry, Difference)]
        numbers = [entry for entry in found if isinstance(entry, Numbers)]
        differing = [n for n in numbers if n.expected["value"] != n.actual["value"]]
        if not differences and not differing:
            return Verdict("pass", error_over_bound=0.0 if numbers else None)
        return _Pending(case.with_text(text), facet, run, expected, actual, differences, differing)

    def _without_comparison(
        self, facet: str, expected: Observation, actual: Observation
    ) -> Verdict | None:
        needs = FACETS[facet].needs
        if needs is not None and needs in self.lacking:
            return Verdict("not-run", reason=self.lacking[needs])
        for how in ("crash", "timeout", "not-run"):
            if how in expected:
                return Verdict("not-run", reason=f"the oracle: {_ending(how, expected[how])}")
        if expected.get("unsupported"):
            return Verdict("not-run", reason=f"{self.oracle.spec} has no {expected['unsupported']}")
        refusal = (expected.get("error") or {}).get("message", "")
        if facet == "forward_ad" and refusal.startswith("Trying to use forward AD with "):
            # An operation without forward mode says so, since the formulas were added one by one.
            return Verdict("not-run", reason=f"{self.oracle.spec}: {refusal}")
        if "not-run" in actual:
            return Verdict("not-run", reason=_ending("not-run", actual["not-run"]))
        if "crash" in actual:
            return Verdict("crash", message=_ending("crash", actual["crash"]))
        if "timeout" in actual:
            return Verdict("timeout", message=_ending("timeout", actual["timeout"]))
        # A subject may refuse in the oracle's own words: then it has the operation.
        refusals = [(seen.get("error") or {}).get("message") for seen in (expected, actual)]
        if actual.get("unsupported") and refusals[0] != refusals[1]:
            return Verdict("unsupported", reason=f"no {actual['unsupported']}")
        return None

    def _weigh(self, entries: Sequence[_Pending]) -> list[Verdict]:
        """Judge the numbers of a batch, with one more round of oracle runs for all of them."""
        wanted: dict[int, dict[str, Case]] = {}
        for index, entry in enumerate(entries):
            policy = self.policy_of(entry.case)
            if any(_needs_reference(n, policy, entry) for n in entry.numbers):
                wanted[index] = dict(_reference_programs(entry, policy))
        flat = [
            (index, name, case) for index, runs in wanted.items() for name, case in runs.items()
        ]
        seen = _observe(self.oracle, [case for *_, case in flat], [["value", "grad"]] * len(flat))
        references: dict[int, dict[str, Observation]] = {}
        for (index, name, _), observation in zip(flat, seen, strict=True):
            if "variables" in observation and not observation.get("error"):
                references.setdefault(index, {})[name] = observation
        return [
            self._verdict(entry, references.get(index, {})) for index, entry in enumerate(entries)
        ]

    def _verdict(self, entry: _Pending, runs: Mapping[str, Observation]) -> Verdict:
        policy = self.policy_of(entry.case)
        named = {name: _wide_arrays(observation) for name, observation in runs.items()}
        sizes = [math.prod(seen["shape"]) for seen in arrays(entry.expected).values()]
        sizes += [math.prod(spec.shape) for spec in entry.case.inputs.values()]
        outcomes: list[tuple[Numbers, Outcome]] = []
        for numbers in entry.numbers:
            outcomes.append((numbers, _judge_one(numbers, policy, named, entry, max(sizes))))
        worst = max((outcome.subject for _, outcome in outcomes), default=0.0)
        theirs = max((outcome.oracle for _, outcome in outcomes), default=0.0)
        ratio = round(min(worst, 1e9), 6)
        wrong = [(n.where, outcome.message) for n, outcome in outcomes if outcome.message]
        if not entry.differences and not wrong:
            finding = None
            if theirs > 1:
                finding = (
                    f"{self.oracle.spec} is {min(theirs, 1e9):.3g} times its bound from the truth, "
                    f"{self.subject.spec} {worst:.3g}"
                )
            return Verdict("pass", error_over_bound=ratio, finding=finding)
        parts = [f"{d.where} is {d.actual}, expected {d.expected}" for d in entry.differences]
        parts += [f"{where}{message}" for where, message in wrong]
        if entry.differences:
            expected, actual = entry.differences[0].expected, entry.differences[0].actual
        else:
            first = next(n for n, outcome in outcomes if outcome.message)
            expected, actual = _shown(first.expected), _shown(first.actual)
        return Verdict(
            "fail",
            error_over_bound=ratio if wrong else None,
            message="; ".join(parts[:3]) + (f"; and {len(parts) - 3} more" if parts[3:] else ""),
            expected=expected,
            actual=actual,
            reproducer=script(entry.case),
        )

    def _review(
        self, ledger: Ledger, cases: Sequence[Case], verdicts: Sequence[Verdicts]
    ) -> list[Verdicts]:
        rows = [
            (found, facet, Judged(case.id, case.op, case.dtype, facet, verdict.verdict))
            for case, found in zip(cases, verdicts, strict=True)
            for facet, verdict in found.items()
        ]
        reviewed = ledger.review([judged for *_, judged in rows])
        for (found, facet, judged), (name, reason) in zip(rows, reviewed, strict=True):
            if name != judged.verdict:
                found[facet] = dataclasses.replace(found[facet], verdict=name, reason=reason)
        return list(verdicts)


# Observing.


def _observe(
    subject: Subject, requests: Sequence[Case], sides: Sequence[list[str]]
) -> list[Observation]:
    for request, wanted in zip(requests, sides, strict=True):
        subject.submit(request, wanted)
    return [subject.result() for _ in requests]


def _observe_both(
    oracle: Subject, subject: Subject, requests: Sequence[Case], sides: Sequence[list[str]]
) -> list[tuple[Observation, Observation]]:
    """Both sides work at the same time, each in its own process."""
    for request, wanted in zip(requests, sides, strict=True):
        oracle.submit(request, wanted)
        subject.submit(request, wanted)
    return [(oracle.result(), subject.result()) for _ in requests]


def _ending(how: str, what: Any) -> str:
    words = {"crash": "the process ended: {}", "timeout": "no answer within {} s", "not-run": "{}"}
    return words[how].format(what)


# Truth, magnitude and sensitivity: the same program on other inputs.

ONES = "cotangent = lambda y, _like=cotangent: torch.ones_like(_like(y))\n"
POSITIVE = "cotangent = lambda y, _like=cotangent: _like(y).abs().to(y.dtype)\n"


def _is_exact(numbers: Numbers, policy: Policy, entry: _Pending) -> bool:
    """Inputs that the oracle left alone, and programs written to leave no choice. The gradients of
    an exact op are sums, which may be added up in any order."""
    return numbers.kept or (policy.kind == "exact" and entry.case.op is None)


def _needs_reference(numbers: Numbers, policy: Policy, entry: _Pending) -> bool:
    dtype = numbers.expected["dtype"].removeprefix("torch.")
    if _is_exact(numbers, policy, entry) or not is_inexact(dtype):
        return False
    if entry.case.op is None:  # a program that draws its own numbers draws others in float64
        return False
    return policy.kind != "exact" or numbers.order > 0


def _reference_programs(entry: _Pending, policy: Policy) -> Iterator[tuple[str, Case]]:
    """What the oracle has to run to weigh these numbers."""
    case = entry.case
    text = _widened_text(case)
    yield "truth", _with(case, text, lambda array: array)
    if policy.kind in ("exact", "accumulate"):
        yield "magnitude", _with(case, POSITIVE + text, lambda a: np.abs(a).astype(a.dtype))
    elif entry.run not in ("plain", "no_grad"):
        # The sums of a gradient cancel as its cotangents do; the op itself may not be shown other
        # inputs, since nothing relates exp(|x|) to exp(x).
        yield "magnitude", _with(case, POSITIVE + text, lambda array: array)
    if policy.kind in ("stable", "normwise") or (policy.kind == "ulps" and entry.run != "plain"):
        for draw in (1, 2):
            yield f"moved {draw}", _with(case, text, _perturbed(draw))
    if policy.terms is None and policy.kind != "ulps":
        yield "ones", _with(case, ONES + text, np.ones_like)


def _widened_text(case: Case) -> str:
    """The program in double precision: its own dtype, where it names one, becomes the wide one."""
    text = case.text
    if case.dtype in WIDER:
        text = re.sub(rf"\btorch\.{case.dtype}\b", f"torch.{WIDER[case.dtype]}", text)
    return f"torch.set_default_dtype(torch.float64)\n{text}"


def _with(case: Case, text: str, change: Callable[[Array], Array]) -> Case:
    inputs = {
        name: _widened(spec, change) if spec.dtype in WIDER else spec
        for name, spec in case.inputs.items()
    }
    return dataclasses.replace(case, text=text, inputs=inputs)


def _widened(spec: TensorSpec, change: Callable[[Array], Array]) -> TensorSpec:
    """The spec with its storage converted to the wide dtype, exactly, and then changed."""
    length = TensorSpec.storage_length(spec.shape, spec.strides, spec.offset)
    storage = wide(decode(spec.bits, spec.dtype, (length,)))
    bits = change(storage).astype(storage.dtype.newbyteorder("<")).tobytes().hex()
    return dataclasses.replace(spec, dtype=WIDER[spec.dtype], bits=bits)


def _perturbed(draw: int) -> Callable[[Array], Array]:
    def change(array: Array) -> Array:
        signs = np.random.default_rng([draw, array.size]).choice([-1.0, 1.0], array.shape)
        with np.errstate(all="ignore"):
            return np.asarray(array * (1 + PERTURBATION * signs))

    return change


def _wide_arrays(observation: Observation) -> dict[str, Array]:
    found = {}
    for where, seen in arrays(observation).items():
        dtype = seen["dtype"].removeprefix("torch.")
        if is_inexact(dtype) and isinstance(seen.get("value"), str):
            found[where] = wide(decode(seen["value"], dtype, seen["shape"]))
    return found


def _judge_one(
    numbers: Numbers,
    policy: Policy,
    runs: Mapping[str, Mapping[str, Array]],
    entry: _Pending,
    largest: int,
) -> Outcome:
    """Judge one pair of tensors with what the oracle's extra runs said about it."""
    dtype = numbers.expected["dtype"].removeprefix("torch.")
    shape = numbers.expected["shape"]
    expected = decode(numbers.expected["value"], dtype, shape)
    actual = decode(numbers.actual["value"], dtype, shape)
    exactly = _is_exact(numbers, policy, entry)
    if exactly:
        policy = EXACT

    def reference() -> Reference:
        def of(name: str) -> Array | None:
            found = runs.get(name, {}).get(numbers.where)
            return found if found is not None and found.shape == expected.shape else None

        truth = of("truth")
        base = wide(expected) if truth is None else truth
        draws = [array for draw in (1, 2) if (array := of(f"moved {draw}")) is not None]
        weight = _largest_cotangent(entry) ** numbers.order if numbers.order else 0.0
        return Reference(
            truth=None if WIDER.get(dtype) == dtype else truth,
            magnitude=of("magnitude"),
            sensitivity=sensitivity(base, draws, weight) if draws else None,
            terms=terms_of(of("ones"), largest, expected.size, policy.kind),
            floor=weight,
        )

    return judge(expected, actual, dtype, policy, 0 if exactly else numbers.order, reference)


def _largest_cotangent(entry: _Pending) -> float:
    """The largest weight that `cotangent` gives to any output: they grow by 1/32 an element."""
    sizes = [
        math.prod(seen["shape"])
        for where, seen in walk(entry.expected["variables"]).items()
        if seen["kind"] == "tensor" and root(where) == "y"
    ]
    return 1 + max(sizes, default=1) / 32


def _shown(seen: Mapping[str, Any]) -> str:
    dtype = seen["dtype"].removeprefix("torch.")
    array = decode(seen["value"], dtype, seen["shape"])
    return np.array2string(
        wide(array) if is_inexact(dtype) else array, threshold=60, separator=", "
    )


def counts(verdicts: Iterable[Verdicts]) -> dict[str, int]:
    """How many verdicts of each kind."""
    found: dict[str, int] = {}
    for case in verdicts:
        for verdict in case.values():
            found[verdict.verdict] = found.get(verdict.verdict, 0) + 1
    return found
