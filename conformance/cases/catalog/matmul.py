"""Matrix products and linear layers."""

from __future__ import annotations

from conformance.cases.catalog.kinds import (
    BATCHES,
    MATMUL,
    MATRICES,
    MISMATCHED,
    MORE,
    F,
    product,
)
from conformance.cases.inputs import plans
from conformance.cases.rows import FLOATS, Row
from conformance.judge import Policy

# fmt: off
ROWS: tuple[Row, ...] = (
    # matrix products and linear layers
    product("matmul", (*MATMUL, *plans("x=2x0x3 w=3x4", "x=5x2x0 w=0x4", "x=3 w=0x3x4",
                                       "x=1x2x3 w=4x3x5")),
            invalid=(*MISMATCHED, *plans("x=. w=3", "x=2x2x3 w=3x3x4"))),
    product("linalg.matmul", plans("x=2x3 w=3x4", "x=4x2x3 w=3"), invalid=MISMATCHED),
    product("mm",     MATRICES, invalid=MISMATCHED),
    product("bmm",    BATCHES, invalid=MISMATCHED),
    product("mv",     plans("x=2x3 w=3", "x=4x1 w=1"), invalid=plans("x=2x3 w=2")),
    product("dot",    plans("x=3 w=3", "x=0 w=0"), invalid=plans("x=3 w=2")),
    product("vdot",   plans("x=3 w=3", "x=0 w=0"), invalid=plans("x=3 w=2", "x=2x3 w=3")),
    product("outer",  plans("x=2 w=3", "x=0 w=3"), invalid=plans("x=2x3 w=3")),
    product("ger",    plans("x=2 w=3"), invalid=plans("x=2 w=.")),
    product("addmm", plans("b=2x4 x=2x3 w=3x4", "b=4 x=2x3 w=3x4",
                           ("b=2x1 x=2x3 w=3x4", ", beta=0.5, alpha=2.0"),
                           ("b=2x4 x=2x3 w=3x4", ", beta=0, alpha=-1"), "b=2x4 x=2x0 w=0x4"),
            call="b, x, w{a}",
            invalid=plans("b=4 x=2x3 w=2x4", "b=3 x=2x3 w=3x4", "b=4 x=3 w=3x4")),
    product("addmv", plans("b=2 x=2x3 w=3", "b=. x=2x3 w=3",
                           ("b=2 x=2x3 w=3", ", beta=0, alpha=2")),
            call="b, x, w{a}", invalid=plans("b=2 x=2x3 w=2", "b=3 x=2x3 w=3", "b=2 x=3 w=3")),
    Row("baddbmm", "b, x, w{a}", Policy("accumulate", k=4), dtypes=MORE,
        plans=plans("b=2x3x5 x=2x3x4 w=2x4x5", "b=5 x=2x3x4 w=2x4x5",
                    ("b=2x3x5 x=2x3x4 w=2x4x5", ", beta=-1, alpha=0.5")),
        invalid=plans("b=2x3x5 x=2x3x4 w=3x4x5", "b=3 x=2x3x4 w=2x4x5")),
    product(F + "linear", plans("x=2x3 w=4x3", "x=3 w=4x3", "x=2x5x3 w=4x3",
                                ("x=2x3 w=4x3 b=4", ", b"), ("x=3 w=4x3 b=4", ", b"),
                                ("x=2x5x3 w=4x3 b=4", ", b"), ("x=2x5x3 w=4x3 b=.", ", b"),
                                "x=3 w=3",
                                ("x=2x5x3 w=4x3 b=5x4", ", b"), ("x=2x5x0 w=4x0 b=4", ", b")),
            dtypes=FLOATS, invalid=plans("x=2x3 w=4x2", ("x=2x3 w=3 b=2", ", b"), "x=. w=4x3")),
)
# fmt: on
