"""How long subject and oracle take for the same work: `pytest conformance --benchmark-only`.

Both run in this process, with one thread each, in turns: each round times the oracle and then the
subject, so that a noisy neighbour meets both, and the ratio is taken within the round. Nothing is
asserted about time. That both compute the same gradients is asserted first.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from conformance.judge import gamma, unit
from conformance.record import RunRecord
from conformance.workloads import WORKLOADS, Prepare, Workload

ROUNDS = 31
SHORTEST = 1e-3
"""Seconds that a round of one side takes at least; shorter work is repeated within it."""


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """A second thread is worth whatever the machine's other users leave of it."""
    with threadpool_limits(limits=1):
        yield


def namespace(spec: str) -> Any:
    """The module behind a subject that can run in this process."""
    name = spec.removeprefix("module:")
    if name not in ("torch", "refimpl") and name == spec:
        pytest.skip(f"not-run: {spec} does not run in this process")
    module = pytest.importorskip(name, reason=f"not-run: {name} is not installed")
    if hasattr(module, "set_num_threads"):
        module.set_num_threads(1)
    return module


def built(workload: Workload, spec: str) -> tuple[Prepare, Sequence[Any]]:
    """The workload in a namespace, run once: what it lacks shows now."""
    module = namespace(spec)
    try:
        prepare, leaves = workload.build(module)
        prepare(1)()
    except (AttributeError, NotImplementedError) as error:
        pytest.skip(f"unsupported: {spec}: {error}")
    return prepare, leaves


def same_gradients(ours: Sequence[Any], theirs: Sequence[Any], terms: int) -> bool:
    for mine, other in zip(ours, theirs, strict=True):
        a, b = (np.asarray(tensor.grad.tolist()) for tensor in (mine, other))
        allowed = gamma(4 * terms, unit("float32")) * np.abs(b).max()
        if a.shape != b.shape or np.abs(a - b).max() > allowed:
            return False
    return True


def seconds(prepare: Prepare, count: int) -> float:
    run = prepare(count)
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def repetitions(prepare: Prepare) -> int:
    """How often work has to be repeated to take long enough to be timed."""
    count = 1
    while (taken := min(seconds(prepare, count) for _ in range(3))) < SHORTEST:
        count = max(count + 1, round(count * 1.2 * SHORTEST / taken))
    return count


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name)
def test_performance(
    benchmark: Any, request: pytest.FixtureRequest, run_record: RunRecord | None, workload: Workload
) -> None:
    option = request.config.getoption
    ours, our_leaves = built(workload, option("--subject"))
    theirs, their_leaves = built(workload, option("--oracle"))
    assert same_gradients(our_leaves, their_leaves, workload.terms), "the gradients differ"

    count = repetitions(theirs)
    oracle: list[float] = []
    subject: list[float] = []

    def setup() -> tuple[tuple[Any], dict[str, Any]]:
        oracle.append(seconds(theirs, count))
        return (ours(count),), {}

    def timed(run: Any) -> None:
        start = time.perf_counter()
        run()
        subject.append(time.perf_counter() - start)

    benchmark.pedantic(timed, setup=setup, rounds=ROUNDS, iterations=1, warmup_rounds=2)
    # Warm-up rounds were timed as well; only the last ROUNDS count.
    pairs = list(zip(subject, oracle, strict=True))[-ROUNDS:]
    ratios = sorted(mine / other for mine, other in pairs)
    row = {
        "workload": workload.name,
        "what": workload.what,
        "subject_us": _microseconds([mine for mine, _ in pairs], count),
        "oracle_us": _microseconds([other for _, other in pairs], count),
        "ratio": round(statistics.median(ratios), 4),
        "ratio_min": round(ratios[0], 4),
        "ratio_max": round(ratios[-1], 4),
        "rounds": len(ratios),
    }
    benchmark.extra_info.update(row, repetitions=count)
    if run_record is not None:
        run_record.benchmark(row)


def _microseconds(taken: Sequence[float], count: int) -> float:
    return round(statistics.median(taken) / count * 1e6, 3)
