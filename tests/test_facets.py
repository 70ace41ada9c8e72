"""Each facet sees its own side of an observation, and only that."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from conformance.case import Case, TensorSpec
from conformance.facets import (
    FACETS,
    PROGRAM_FACETS,
    RUNS,
    Difference,
    Numbers,
    Observation,
    Seen,
    draw_graph,
    facets_of,
    run_of,
    sides_of,
    walk,
)

X = TensorSpec.of([1.0, 2.0], "float32", requires_grad=True)
OP = Case("y = torch.exp(x)\n", {"x": X}, "catalog", op="exp", facets=tuple(FACETS))
PROGRAM = Case("y = torch.ones(2)\n", {}, "semantics")


def bits(*numbers: float) -> str:
    return struct.pack(f"<{len(numbers)}f", *numbers).hex()


def tensor(**changed: Any) -> Seen:
    """What is seen of a tensor of two ones."""
    seen = {
        "kind": "tensor",
        "dtype": "torch.float32",
        "shape": [2],
        "value": bits(1, 1),
        "requires_grad": True,
        "is_leaf": False,
        "grad_fn": "ExpBackward0",
        "graph": [["ExpBackward0", [[1, 0]]], ["AccumulateGrad(x)", []]],
        "grad": None,
        "version": 0,
        "print": "tensor([1., 1.])",
    }
    return {**seen, **changed}


def plain(value: Any) -> Seen:
    return {"kind": "plain", "type": type(value).__name__, "value": value}


def seen(y: Seen | None = None, error: dict[str, Any] | None = None, **more: Seen) -> Observation:
    variables = {"y": tensor() if y is None else y, **more}
    return {"variables": variables, "stdout": "", "warnings": [], "error": error}


def compare(
    facet: str, expected: Observation, actual: Observation, case: Case = OP
) -> list[Difference | Numbers]:
    return list(FACETS[facet].compare(case, expected, actual))


GRAD = {"dtype": "torch.float32", "shape": [2], "value": bits(1, 2)}
CHANGES: list[tuple[dict[str, Any], set[str]]] = [
    # what changed                              facets that see it
    ({"dtype": "torch.float64"},                {"dtype", "value", "no_grad", "inplace", "out"}),
    ({"shape": [2, 1]},                         {"shape", "value", "no_grad", "inplace", "out"}),
    ({"requires_grad": False},                  {"requires_grad", "no_grad", "inplace", "out"}),
    ({"is_leaf": True},                         {"is_leaf", "no_grad", "inplace"}),
    ({"grad_fn": "LogBackward0"},               {"grad_fn", "no_grad", "inplace"}),
    ({"graph": [["ExpBackward0", [None]]]},     {"graph"}),
    ({"grad": GRAD},                            {"grad", "inplace"}),
    ({"version": 1},                            {"inplace", "out"}),
    ({"print": "tensor([1.0000, 1.0000])"},     {"print"}),
]  # fmt: skip


@pytest.mark.parametrize(("change", "facets"), CHANGES, ids=[next(iter(c)) for c, _ in CHANGES])
def test_a_change_is_seen_by_its_facets_alone(change: dict[str, Any], facets: set[str]) -> None:
    found = {
        name
        for name in FACETS
        if any(
            isinstance(entry, Difference) for entry in compare(name, seen(), seen(tensor(**change)))
        )
    }
    assert found == facets


def test_equal_observations_differ_in_nothing() -> None:
    for name in FACETS:
        found = compare(name, seen(), seen())
        assert all(isinstance(entry, Numbers) for entry in found)
        assert all(n.expected == n.actual for n in found if isinstance(n, Numbers))


def test_values_are_left_to_the_judge() -> None:
    (numbers,) = compare("value", seen(), seen(tensor(value=bits(1, 3))))
    assert isinstance(numbers, Numbers)
    assert (numbers.where, numbers.order, numbers.kept) == ("y", 0, False)


@pytest.mark.parametrize(("x", "kept"), [(bits(1, 2), True), (bits(1, 3), False)])
def test_inputs_may_be_changed_only_by_an_op_that_changes_them(x: str, kept: bool) -> None:
    both = seen(x=tensor(value=x))
    found = [n for n in compare("value", both, both) if isinstance(n, Numbers)]
    assert {n.where: n.kept for n in found} == {"y": False, "x": kept}


def test_none_and_zero_gradients_are_different_things() -> None:
    zero = {**GRAD, "value": bits(0, 0)}
    (found,) = compare("grad", seen(), seen(tensor(grad=zero)))
    assert found == Difference("y.grad", "None", "a torch.float32 gradient of shape (2,)")
    (other,) = compare("grad", seen(tensor(grad=zero)), seen(tensor(grad=GRAD)))
    assert isinstance(other, Numbers)
    assert other.order == 1


def test_variables_have_to_be_the_same_ones() -> None:
    found = compare("value", seen(a=plain(1)), seen(b=plain(1)))
    assert [entry.where for entry in found if isinstance(entry, Difference)] == ["a", "b"]


def test_plain_values_are_compared_with_their_type() -> None:
    assert compare("value", seen(plain(1)), seen(plain(1))) == []
    assert compare("value", seen(plain(1)), seen(plain(True))) != []


def test_sequences_are_compared_item_by_item() -> None:
    pair = {"kind": "sequence", "type": "tuple", "items": [tensor(), plain(2)]}
    other = {"kind": "sequence", "type": "tuple", "items": [tensor(), plain(3)]}
    found = compare("value", seen(pair), seen(other))
    assert [entry.where for entry in found] == ["y[0]", "y[1]"]
    assert walk({"y": pair})["y[1]"] == plain(2)


def test_a_side_that_raised_is_compared_by_its_error() -> None:
    broken = tensor(value={"error": "RuntimeError: no storage"})
    assert compare("value", seen(broken), seen(broken)) == []
    (found,) = compare("value", seen(), seen(broken))
    assert "no storage" in str(found)


RAISED = {"type": "RuntimeError", "message": "sizes differ", "line": 1}


@pytest.mark.parametrize(
    ("side", "other", "op_cases", "programs"),
    [
        ("type", "ValueError", True, True),
        ("message", "shapes differ", False, True),
        ("line", 2, False, True),
    ],
)
def test_op_cases_compare_types_of_errors_and_programs_all_of_them(
    side: str, other: Any, op_cases: bool, programs: bool
) -> None:
    expected, actual = seen(error=RAISED), seen(error={**RAISED, side: other})
    assert bool(compare("error", expected, actual, OP)) is op_cases
    assert bool(compare("error", expected, actual, PROGRAM)) is programs


def test_an_error_is_missed_and_an_unexpected_one_is_seen() -> None:
    (missed,) = compare("error", seen(error=RAISED), seen())
    assert missed == Difference(
        "the exception", "RuntimeError: sizes differ (line 1)", "no exception"
    )
    assert len(compare("error", seen(), seen(error=RAISED))) == 1


def test_programs_have_their_warnings_compared_and_op_cases_have_not() -> None:
    warned = {**seen(), "warnings": [["UserWarning", "careful"]]}
    assert compare("error", seen(), warned, OP) == []
    (found,) = compare("error", seen(), warned, PROGRAM)
    assert found == Difference("the warnings", "none", "UserWarning: careful")


def test_prints_are_compared_only_where_the_bits_are_equal() -> None:
    other = tensor(value=bits(1, 3), print="tensor([1., 3.])")
    expected, actual = seen(), {**seen(other), "stdout": "3\n"}
    assert compare("print", expected, actual) == []
    assert len(compare("print", expected, {**seen(), "stdout": "3\n"})) == 1


def test_gradients_of_gradients_are_of_second_order() -> None:
    first = {"kind": "sequence", "type": "tuple", "items": [tensor()]}
    both = seen(first=first, x=tensor(grad=GRAD))
    found = [n for n in compare("gradgrad", both, both) if isinstance(n, Numbers)]
    assert {n.where: n.order for n in found} == {"first[0]": 1, "x.grad": 2}


def test_derived_programs_are_text_that_begins_with_the_case_s() -> None:
    assert RUNS["plain"](OP) == OP.text
    for run in ("grad", "gradgrad"):
        text = RUNS[run](OP)
        assert text is not None
        assert text.startswith(OP.text)
        compile(text, "<program>", "exec")
    assert RUNS["no_grad"](OP) == "with torch.no_grad():\n    y = torch.exp(x)\n"
    assert RUNS["inplace"](OP) is None
    assert RUNS["out"](OP) is None


def test_inputs_of_forward_mode_are_dual_tensors_and_the_result_is_its_tangents() -> None:
    lines = (RUNS["forward_ad"](OP) or "").splitlines()
    assert lines[2] == "    x = forward_ad.make_dual(x, cotangent(x))"
    assert lines[3] == "    y = torch.exp(x)"
    assert lines[4].startswith("    tangents = ")


def test_only_differentiable_inputs_are_differentiated_twice() -> None:
    fixed = TensorSpec.of([1.0], "float32")
    text = RUNS["gradgrad"](Case("y = x * w\n", {"x": X, "w": fixed}, "catalog", op="mul"))
    assert text is not None
    assert "differentiable([x])" in text


def test_programs_are_read_off_one_run() -> None:
    assert facets_of(PROGRAM) == PROGRAM_FACETS
    assert {run_of(PROGRAM, facet) for facet in PROGRAM_FACETS} == {"plain"}
    assert run_of(OP, "grad") == "grad"


def test_only_the_sides_that_are_read_are_asked_for() -> None:
    assert sides_of(["error"]) == ["dtype", "shape"]
    assert sides_of(["value", "grad_fn"]) == ["dtype", "grad_fn", "shape", "value"]


def test_a_graph_is_drawn_as_a_term() -> None:
    nodes = [
        ["MulBackward0", [[1, 0], [2, 1], None]],
        ["AccumulateGrad(x)", []],
        ["UnbindBackward0", [[1, 0]]],
    ]
    term = "MulBackward0(AccumulateGrad(x), UnbindBackward0(AccumulateGrad(x))#1, -)"
    assert draw_graph(nodes) == term
    assert draw_graph([]) == "no graph"
