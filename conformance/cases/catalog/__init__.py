"""The catalog: one row per op, from which its cases are made and by which its numbers are judged.

A row is the op's name as PyTorch spells it, its arguments, the shapes it is tried on, the domain of
its values and its arithmetic (the `Policy`). The program follows: `unary("exp", ulps(2))` is
`y = torch.exp(x)`, and in place `y = x.clone(); y.exp_()`. A module per family, as in refimpl/ops.
"""

from __future__ import annotations

from conformance.case import Case
from conformance.cases.catalog import (
    activations,
    attention,
    complex,
    convolutions,
    creation,
    embeddings,
    fft,
    indexing,
    linear_algebra,
    losses,
    masked,
    matmul,
    normalization,
    padding,
    pointwise,
    pooling,
    products,
    random,
    reductions,
    scattering,
    shapes,
    sorting,
    special,
    statistics,
    upsampling,
    views,
)
from conformance.cases.catalog.kinds import OTHER, TUTORIAL, F
from conformance.cases.inputs import COMPLEX
from conformance.cases.rows import Row
from conformance.judge import EXACT, Policy

FAMILIES = (
    pointwise,
    special,
    activations,
    reductions,
    statistics,
    masked,
    matmul,
    linear_algebra,
    products,
    convolutions,
    pooling,
    padding,
    normalization,
    attention,
    upsampling,
    embeddings,
    fft,
    complex,
    creation,
    random,
    losses,
    views,
    shapes,
    indexing,
    scattering,
    sorting,
)
ROWS: tuple[Row, ...] = tuple(row for family in FAMILIES for row in family.ROWS)

BY_OP: dict[str, Row] = {row.op: row for row in ROWS}


def policy_of(case: Case) -> Policy:
    """How the numbers of a case are judged: by its op's row, in every source of cases.

    The semantics programs are compared exactly: their numbers are chosen to leave no choice. The
    tutorial draws its numbers at random; what it prints of them is compared to the digit."""
    if case.op is None:
        return TUTORIAL if case.source == "tutorial" else EXACT
    for name in (case.op, f"Tensor.{case.op}", F + case.op, case.op.removeprefix("masked.")):
        if name in BY_OP:
            row = BY_OP[name]
            return (case.dtype in COMPLEX and row.complex_policy) or row.policy
    return OTHER
