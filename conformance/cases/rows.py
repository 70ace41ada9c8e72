"""A row of the catalog, and how Hypothesis draws cases from it.

Drawing is deterministic: the same row gives the same cases on every machine, the first of them the
plainest, and a failing case is shrunk over the same strategy that found it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from conformance.case import Case, TensorSpec
from conformance.cases.inputs import INTEGERS, LAYOUTS, Plan, tensors
from conformance.judge import EXACT, Policy

FLOATS = ("float32", "float64")
NARROW = ("float16", "bfloat16")
QUICK_DTYPES = {"float32", "float64", "int64", "complex128"}
"""The dtypes of the quick profile; the full one takes all that a row lists."""
DRAWS = {"quick": 2, "full": 8}
"""Cases per plan, the plainest included."""

PLAIN_FACETS = ("value", "dtype", "shape", "requires_grad", "is_leaf", "grad_fn", "graph")
GRAD_FACETS = ("grad", "gradgrad")


@dataclass(frozen=True, eq=False)
class Row:
    """One op: how it is called, on what, and how its numbers are judged.

    `call` is the argument list, with the plan's arguments for `{a}`. A call that starts with `x.`
    is a method's. `also` are the domains of inputs that have one of their own."""

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
    extreme: bool | None = None
    layouts: tuple[str, ...] = LAYOUTS

    def text(self, plan: Plan) -> str:
        call = self.call.format(a=plan.arguments)
        if call.startswith("x."):
            return f"y = {call}\n"
        return f"y = torch.{self.op}({call})\n"

    def in_place(self, plan: Plan) -> str | None:
        if not self.inplace:
            return None
        call = self.call.format(a=plan.arguments)
        name = self.op.rpartition(".")[2]
        rest = call.removeprefix("x").removeprefix(", ")
        return f"y = x.clone()\ny.{name}_({rest})\n"

    @property
    def facets(self) -> tuple[str, ...]:
        derived = (*(GRAD_FACETS if self.grad else ()), *(("inplace",) if self.inplace else ()))
        return (*PLAIN_FACETS, *derived, "no_grad", "error", "print")

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
    extreme = row.policy.kind in ("exact", "ulps") if row.extreme is None else row.extreme
    inputs: dict[str, TensorSpec] = {}
    for name, wanted in plan.inputs.items():
        differentiable = floating and row.grad and isinstance(wanted, tuple)
        if differentiable and inputs:
            differentiable = draw(st.sampled_from((True, True, False)))
        domain = row.also.get(name, row.domain)
        start = 2 * len(inputs)
        inputs[name] = draw(
            tensors(wanted, dtype, domain, extreme, differentiable, start, row.layouts)
        )
    text, inplace = row.text(plan), row.in_place(plan)
    first, other = inputs.get("x"), inputs.get("w")
    # An op may be given one tensor twice.
    twice = first is not None and other is not None and first.shape == other.shape
    twice = twice and draw(st.sampled_from((False, False, False, True)))
    if twice:
        text = re.sub(r"\bw\b", "x", text)
        inplace, inputs = None, {name: spec for name, spec in inputs.items() if name != "w"}
    invalid = plan in row.invalid
    facets = ("error",) if invalid else row.facets_for(dtype)
    if twice and row.policy.kind != "accumulate":
        # The second derivatives of atan2(x, x) cancel, and nothing tells how large they were.
        facets = tuple(name for name in facets if name != "gradgrad")
    return Case(
        text=text,
        inputs=inputs,
        source="catalog",
        op=row.op,
        dtype=dtype,
        facets=tuple(name for name in facets if inplace or name != "inplace"),
        title="invalid" if invalid else None,
        inplace=inplace,
    )


def like(row: Row, dtype: str, case: Case) -> SearchStrategy[Case]:
    """All cases of the row that are of this one's kind, for Hypothesis to shrink over."""
    return cases_of(row, dtype, row.invalid if case.title == "invalid" else row.plans)


def generate(row: Row, dtype: str, profile: str) -> list[Case]:
    """The row's cases: every plan plainly and at random, more of it in the full profile."""
    found: dict[str, Case] = {}
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
