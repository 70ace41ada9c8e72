"""A row of the catalog, and how Hypothesis draws cases from it.

Drawing is deterministic: the same row gives the same cases on every machine, the first of them the
plainest, and a failing case is shrunk over the same strategy that found it.
"""

from __future__ import annotations

import dataclasses
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from conformance.case import NUMPY, Case, TensorSpec
from conformance.cases.inputs import COMPLEX, INTEGERS, LAYOUTS, Plan, edge_values, tensors
from conformance.judge import EXACT, Policy

FLOATS = ("float32", "float64")
NARROW = ("float16", "bfloat16")
QUICK_DTYPES = {"float32", "float64", "int64", "complex128"}
"""The dtypes of the quick profile; the full one takes all that a row lists."""
DRAWS = {"quick": 2, "full": 8}
"""Cases per plan, the plainest included."""

PLAIN_FACETS = ("value", "dtype", "shape", "requires_grad", "is_leaf", "grad_fn", "graph")
GRAD_FACETS = ("grad", "gradgrad", "forward_ad")


@dataclass(frozen=True, eq=False)
class Row:
    """One op: how it is called, on what, and how its numbers are judged.

    `call` is the argument list, with the plan's arguments for `{a}`; for methods and Python's own
    operators (`Tensor.view`, `__getitem__`) it is the whole expression. `also` are the domains of
    inputs that have one of their own. An op that may choose among equal values is shown `distinct`
    ones; `edges` are for elementwise ops. `complex_policy` is for what is exact, or plain, for real
    numbers alone. `then` is a further line of the program, which keeps of `y` what is unique.
    What is `random` begins with a seed."""

    op: str
    call: str
    policy: Policy = EXACT
    domain: str = "real"
    plans: tuple[Plan, ...] = ()
    also: Mapping[str, str] = field(default_factory=dict)
    dtypes: tuple[str, ...] = (*FLOATS, *NARROW)
    inplace: bool = False
    grad: bool = True
    invalid: tuple[Plan, ...] = ()
    complex_policy: Policy | None = None
    extreme: bool | None = None
    layouts: tuple[str, ...] = LAYOUTS
    distinct: bool = False
    edges: bool = False
    then: str = ""
    random: bool = False

    def text(self, plan: Plan) -> str:
        call = self.call.format(a=plan.arguments)
        if not self.op.startswith(("Tensor.", "__")):
            call = f"torch.{self.op}({call})"
        lines = ["torch.manual_seed(0)"] * self.random + [f"y = {call}", *filter(None, [self.then])]
        return "".join(f"{line}\n" for line in lines)

    def in_place(self, plan: Plan) -> str | None:
        if not self.inplace:
            return None
        call = self.call.format(a=plan.arguments)
        name = self.op.rpartition(".")[2]
        rest = call.removeprefix(f"x.{name}(").removesuffix(")")
        rest = call.removeprefix("x").removeprefix(", ") if rest == call else rest
        return f"y = x.clone()\ny.{name}_({rest})\n"

    @property
    def facets(self) -> tuple[str, ...]:
        derived = (*(GRAD_FACETS if self.grad else ()), *(("inplace",) if self.inplace else ()))
        return (*PLAIN_FACETS, *derived, "no_grad", "error", "print")

    @property
    def elementwise(self) -> bool:
        """Whether its numbers may be of any kind without one of them spoiling the others."""
        if self.extreme is not None:
            return self.extreme
        return self.policy.kind in ("exact", "ulps") and not self.distinct

    def case(
        self,
        plan: Plan,
        inputs: Mapping[str, TensorSpec],
        dtype: str,
        title: str | None = None,
    ) -> Case:
        invalid = plan in self.invalid
        facets = ("error",) if invalid else self.facets_for(dtype)
        if not all(np.isfinite(spec.numpy()).all() for spec in inputs.values()):
            # 0 * inf and inf - inf depend on the order of steps, which no tangent shares with the
            # gradient's formula.
            facets = tuple(facet for facet in facets if facet != "forward_ad")
        return Case(
            text=self.text(plan),
            inputs=inputs,
            source="catalog",
            op=self.op,
            dtype=dtype,
            facets=facets,
            title="invalid" if invalid else title,
            inplace=self.in_place(plan),
        )

    def with_one_tensor_twice(self, case: Case) -> Case:
        """`mul(x, x)`. There is no in-place variant of it, and of ops that are no polynomials the
        second derivatives are left out: those of atan2(x, x) cancel, and nothing tells how large
        they were."""
        without = {"inplace"} if self.policy.kind == "accumulate" else {"inplace", "gradgrad"}
        return dataclasses.replace(
            case,
            text=re.sub(r"\bw\b", "x", case.text),
            inputs={name: spec for name, spec in case.inputs.items() if name != "w"},
            facets=tuple(facet for facet in case.facets if facet not in without),
            inplace=None,
        )

    def facets_for(self, dtype: str) -> tuple[str, ...]:
        integer = dtype in INTEGERS
        return tuple(name for name in self.facets if not (integer and name in GRAD_FACETS))

    def dtypes_of(self, profile: str) -> tuple[str, ...]:
        return tuple(d for d in self.dtypes if profile != "quick" or d in QUICK_DTYPES)


@st.composite
def cases_of(draw: DrawFn, row: Row, dtype: str, chosen: tuple[Plan, ...] = ()) -> Case:
    """A case of the row: a plan, and values in a layout for each input."""
    plan = draw(st.sampled_from(chosen or row.plans))
    floating = dtype not in INTEGERS
    inputs: dict[str, TensorSpec] = {}
    for name, wanted in plan.inputs.items():
        differentiable = floating and row.grad and isinstance(wanted, tuple)
        if differentiable and inputs:
            differentiable = draw(st.sampled_from((True, True, False)))
        domain = row.also.get(name, row.domain)
        start = 2 * len(inputs)
        values = "distinct" if row.distinct else "extreme" if row.elementwise else "usual"
        inputs[name] = draw(
            tensors(wanted, dtype, domain, values, differentiable, start, row.layouts)
        )
    first, other = inputs.get("x"), inputs.get("w")
    twice = first is not None and other is not None and first.shape == other.shape
    if twice and draw(st.sampled_from((False, False, False, True))):
        return row.with_one_tensor_twice(row.case(plan, inputs, dtype))
    return row.case(plan, inputs, dtype)


def like(row: Row, dtype: str, case: Case) -> SearchStrategy[Case]:
    """All cases of the row that are of this one's kind, for Hypothesis to shrink over."""
    return cases_of(row, dtype, row.invalid if case.title == "invalid" else row.plans)


def edges(row: Row, dtype: str) -> list[Case]:
    """Every value of the domain and every extreme one, in each pair where there are two inputs.

    Drawing would meet most of them sooner or later; a signed zero is too important for that."""
    names = [name for name, wanted in row.plans[0].inputs.items() if isinstance(wanted, tuple)]
    if not (row.edges and row.elementwise) or dtype in (*INTEGERS, *COMPLEX):
        return []
    inputs = {}
    for place, name in enumerate(names):
        values = np.array(edge_values(row.also.get(name, row.domain)))
        shaped = values.reshape([-1, *[1] * (len(names) - 1 - place)])
        with np.errstate(all="ignore"):
            array = shaped.astype(NUMPY[dtype])
        inputs[name] = TensorSpec.of(array, dtype, requires_grad=row.grad)
    plans = {plan.arguments: plan for plan in row.plans if set(plan.inputs) == set(names)}
    return [row.case(plan, inputs, dtype, title="edges") for plan in plans.values()]


def generate(row: Row, dtype: str, profile: str) -> list[Case]:
    """The row's cases: its edges, and every plan plainly and at random, more of it in the full
    profile."""
    found: dict[str, Case] = {case.id: case for case in edges(row, dtype)}
    each_plan = st.tuples(*(cases_of(row, dtype, (plan,)) for plan in (*row.plans, *row.invalid)))

    @seed(zlib.crc32(f"{row.op} {dtype}".encode()))
    @settings(
        max_examples=DRAWS[profile],
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(each_plan)
    def collect(cases: tuple[Case, ...]) -> None:
        found.update((case.id, case) for case in cases)

    collect()
    return list(found.values())
