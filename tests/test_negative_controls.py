"""A checker is believed once it has caught what was planted: a miniature turns its facets red."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from conformance.case import Case, TensorSpec
from conformance.cases.catalog import BY_OP, ROWS, policy_of
from conformance.cases.rows import generate
from conformance.facets import FACETS
from conformance.run import Run
from conformance.subjects import Subject, open_subject

pytest.importorskip("torch", reason="miniatures are PyTorch with a fault")

NAMES = {"grad_fn", "graph", "print"}
"""What a node of another name shows in."""
DERIVED = {"grad", "gradgrad", "forward_ad"}
"""What is derived from a result."""

PLANTED = [
    # miniature            op        facets that turn red
    ("value_off",           "exp",    {"value", "no_grad", "grad", "gradgrad"}),
    ("zero_unsigned",       "neg",    {"value", "no_grad"}),
    ("nan_swallowed",       "sqrt",   {"value", "no_grad", "grad", "gradgrad"}),
    ("dtype_wide",          "mean",   {"value", "dtype", "no_grad", "gradgrad", "forward_ad"}),
    ("shape_kept",          "sum",    {"value", "shape", "no_grad", "print"} | DERIVED - {"grad"}),
    ("history_lost",        "tanh",   NAMES | DERIVED | {"requires_grad", "is_leaf"}),
    ("leaf_made",           "tanh",   NAMES | DERIVED | {"is_leaf"}),
    ("node_named",          "square", NAMES),
    ("edges_swapped",       "add",    {"graph"}),
    ("gradient_scaled",     "sin",    {"grad", "gradgrad"}),
    ("gradient_zero",       "floor",  NAMES | {"grad", "gradgrad"}),
    ("gradient_transposed", "mm",     NAMES | {"grad", "gradgrad"}),
    ("second_order_lost",   "cos",    {"gradgrad"}),
    ("no_grad_ignored",     "log",    {"no_grad"}),
    ("version_kept",        "exp",    {"inplace"}),
    ("error_typed",         "mul",    {"error"}),
    ("error_missing",       "sub",    {"error"}),
    ("print_short",         "exp2",   {"print"}),
    ("input_changed",       "ceil",   {"value", "no_grad"}),
]  # fmt: skip


@pytest.fixture(scope="module")
def oracle() -> Iterator[Subject]:
    with open_subject("torch") as subject:
        yield subject


@contextmanager
def miniature(name: str, timeout: float = 10.0) -> Iterator[Subject]:
    with open_subject(f"module:tests.miniatures.{name}", timeout) as subject:
        assert subject.ready, subject.reason
        yield subject


def verdicts(
    oracle: Subject, subject: Subject, op: str, count: int | None = None
) -> dict[str, set[str]]:
    """Which verdicts each facet of an op got, over the quick profile's float32 cases."""
    cases = generate(BY_OP[op], "float32", "quick")[:count]
    found: dict[str, set[str]] = {}
    for case in Run(oracle, subject, policy_of).judge(cases):
        for facet, verdict in case.items():
            found.setdefault(facet, set()).add(verdict.verdict)
    return found


@pytest.mark.parametrize(("name", "op", "red"), PLANTED, ids=[row[0] for row in PLANTED])
def test_a_planted_fault_turns_exactly_its_facets_red(
    oracle: Subject, name: str, op: str, red: set[str]
) -> None:
    with miniature(name) as subject:
        found = verdicts(oracle, subject, op)
    assert {facet for facet, kinds in found.items() if "fail" in kinds} == red
    assert {kind for kinds in found.values() for kind in kinds} == {"pass", "fail"}


def case(op: str, facet: str, out: str | None = None) -> Case:
    inputs = {"x": TensorSpec.of([0.5, 1.0], "float32", requires_grad=facet == "forward_ad")}
    return Case(f"y = torch.{op}(x)", inputs, "here", op, "float32", ("value", facet), out=out)


PLANTED_ALONE = [  # in facets that the cases of an operation do not have, or not by themselves
    ("out_ignored", case("expm1", "out", "y = torch.empty(0)\ntorch.expm1(x, out=y)")),
    ("tangent_scaled", case("sinh", "forward_ad")),
]


@pytest.mark.parametrize(("name", "planted"), PLANTED_ALONE)
def test_a_planted_fault_is_seen_in_the_one_facet_that_shows_it(
    oracle: Subject, name: str, planted: Case
) -> None:
    value, facet = planted.facets
    with miniature(name) as subject:
        (found,) = Run(oracle, subject, policy_of).judge([planted])
    seen = {facet: verdict.verdict for facet, verdict in found.items()}
    assert seen == {value: "pass", facet: "fail"}


def test_no_row_of_the_catalog_hides_another() -> None:
    assert len(BY_OP) == len(ROWS)


def test_every_facet_has_a_control() -> None:
    elsewhere = (planted.facets for _, planted in PLANTED_ALONE)
    assert set().union(*elsewhere, *(red for _, _, red in PLANTED)) == set(FACETS)


def test_a_process_that_dies_is_a_crash_of_each_case_and_no_more(oracle: Subject) -> None:
    with miniature("crashing") as subject:
        assert verdicts(oracle, subject, "sinh", 1)["value"] == {"crash"}
        assert verdicts(oracle, subject, "exp", 2)["value"] == {"pass"}


def test_an_answer_that_does_not_come_is_a_timeout(oracle: Subject) -> None:
    with miniature("hanging", timeout=1.0) as subject:
        assert verdicts(oracle, subject, "cosh", 1)["value"] == {"timeout"}


def test_an_op_that_is_not_there_is_unsupported_and_never_passes(oracle: Subject) -> None:
    with miniature("lacking") as subject:
        found = verdicts(oracle, subject, "tan")
    found.pop("inplace")  # x.tan_() is a method of the tensor, which has it
    assert {kind for kinds in found.values() for kind in kinds} == {"unsupported"}


def test_pytorch_held_to_itself_passes_everything(oracle: Subject) -> None:
    with open_subject("torch") as subject:
        found = [verdicts(oracle, subject, op) for op in ("matmul", "softmax", "var", "gather")]
    assert {kind for op in found for kinds in op.values() for kind in kinds} == {"pass"}
