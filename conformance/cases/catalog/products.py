"""Contractions, chains of products, vector products, distances."""

from __future__ import annotations

from conformance.cases.catalog.kinds import MORE, NUMBERS, F, product
from conformance.cases.inputs import over, plans
from conformance.cases.rows import FLOATS, Row
from conformance.judge import Policy

ORDERS = ("0.0", "0.5", "1.0", "1.5", "3.0", "float('inf')")
DIFFERENCE = Policy("normwise", k=4)
"""Two products, of which the difference may be small."""
DISTANCE = Policy("normwise", k=16)
"""PyTorch's distances of more than 25 rows are differences of large squares."""

# fmt: off
ROWS: tuple[Row, ...] = (
    product("tensordot", plans(("x=2x3x4 w=3x4x5", ", 2"), ("x=2x3 w=4x3", ", ([1], [1])"),
                               ("x=2x3 w=2x3", ", 2"), ("x=2x3 w=4x5", ", 0"),
                               ("x=2x3x4 w=5x4x2", ", ([2, 0], [1, 2])"),
                               ("x=2x3 w=1x4", ", ([0], [0])"), ("x=3 w=3", ", 1")),
            invalid=plans(("x=2x3 w=2x3", ", 1"), ("x=2x3 w=2x3", ", 3"))),
    product("einsum", plans(("x=2x3 w=3x4", "ij,jk->ik"), ("x=2x3 w=2x3", "ij,ij->"),
                            ("x=2x3 w=4x3", "ij,kj->ki"), ("x=2 w=3", "i,j->ij"),
                            ("x=5x2x3 w=5x3x4", "bij,bjk->bik"), ("x=2x2x3 w=3x4", "iij,jk->ki"),
                            ("x=5x2x3 w=3x4", "...ij,jk"), ("x=5x1x3 w=2x3", "...i,...i->..."),
                            ("x=2x3 w=4", "ij,k->k"), ("x=2x3 w=2", "ba,b")),
            call="'{a}', x, w", invalid=plans(("x=2x3 w=2x3", "ij,jk->ik"), ("x=2x3 w=3", "ijk,k"),
                                              ("x=2x3 w=3", "ij,j->ii"), ("x=2x3 w=3", "ij,j->m"))),
    product("inner", plans("x=3 w=3", "x=2x3 w=3", "x=2x3 w=4x3", "x=. w=2x3", "x=2x5x3 w=4x3"),
            invalid=plans("x=2x3 w=2")),
    product("kron", plans("x=2x3 w=4x1", "x=3 w=2x2", "x=. w=2x3"), layouts=("row-major",)),
    product("linalg.vecdot", plans("x=2x3 w=2x3", ("x=2x3x5 w=3x5", ", dim=-2"), "x=3 w=3"),
            invalid=plans("x=3 w=4")),
    product("linalg.multi_dot", plans("x=2x3 w=3x4 v=4x5", "x=3 w=3x4 v=4x2", "x=2x3 w=3x4 v=4",
                                      "x=5x2 w=2x6 v=6x3"),
            call="(x, w, v)", invalid=plans("x=2x3 w=2x3 v=3x2", "x=2x3 w=3 v=3x2")),
    product("chain_matmul", plans("x=2x3 w=3x4 v=4x5"), call="x, w, v",
            invalid=plans("x=2x3 w=2x4 v=4x5", "x=3 w=3x4 v=4x5")),
    product("addbmm", plans("b=3x5 x=2x3x4 w=2x4x5", "b=5 x=2x3x4 w=2x4x5",
                            ("b=3x5 x=2x3x4 w=2x4x5", ", beta=0.5, alpha=2.0"),
                            ("b=3x1 x=2x3x4 w=2x4x5", ", beta=0, alpha=-1")),
            call="b, x, w{a}", invalid=plans("b=3x5 x=2x3x4 w=3x4x5", "b=2x5 x=2x3x4 w=2x4x5")),
    Row("addr", "b, x, w{a}", Policy("accumulate", k=4), dtypes=MORE,
        plans=plans("b=2x3 x=2 w=3", "b=3 x=2 w=3", ("b=. x=2 w=3", ", beta=0.5, alpha=2.0"),
                    ("b=2x3 x=2 w=3", ", beta=0, alpha=3")),
        invalid=plans("b=2x3 x=2x1 w=3", "b=3x3 x=2 w=3")),
    Row("linalg.cross", "x, w{a}", DIFFERENCE, dtypes=MORE,
        plans=plans("x=2x3 w=2x3", ("x=3x2 w=3x2", ", dim=0"), "x=1x3 w=4x3"),
        invalid=plans("x=2x2 w=2x2", "x=3 w=2x3")),
    Row("cross", "x, w{a}", DIFFERENCE, dtypes=MORE,
        plans=plans(("x=2x3 w=2x3", ", -1"), ("x=3x2 w=3x2", ", dim=0"), "x=3x2 w=3x2"),
        invalid=plans("x=2x2 w=2x2", ("x=2x3 w=2x3", ", 0"))),
    product(F + "bilinear", plans("x=2x3 w=2x4 v=5x3x4", ("x=2x3 w=2x4 v=5x3x4 b=5", ", b"),
                                  "x=3 w=4 v=2x3x4", "x=2x5x3 w=2x5x4 v=1x3x4"),
            call="x, w, v{a}", dtypes=FLOATS, invalid=plans("x=2x3 w=3x4 v=5x3x4")),
    product("bilinear", plans("x=2x3 w=2x4 v=5x3x4"), call="x, w, v", dtypes=FLOATS),
    Row("linalg.vander", "x{a}", Policy("accumulate", k=4), "moderate", dtypes=NUMBERS[:2],
        plans=over("3 2x4", "", ", N=2", ", N=5"), invalid=over("1 3", ", N=1")),
    Row("vander", "x{a}", Policy("accumulate", k=4), "moderate", dtypes=NUMBERS[:2],
        plans=over("3 1 0", "", ", N=2", ", 5, True"), invalid=over("2x3 .")),
    # distances
    Row("cdist", "x, w{a}", DISTANCE, dtypes=FLOATS, distinct=True,
        plans=plans("x=2x3 w=4x3", "x=5x2x3 w=4x3", "x=0x3 w=4x3", "x=2x0 w=4x0",
                    *(("x=2x3 w=4x3", f", p={p}") for p in ORDERS)),
        invalid=plans("x=2x3 w=4x2", "x=3 w=4x3", ("x=2x3 w=4x3", ", p=-1.0"))),
    Row(F + "pdist", "x{a}", DISTANCE, dtypes=FLOATS, distinct=True,
        plans=over("4x3 1x3 2x0", "", *(f", {p}" for p in ORDERS)),
        invalid=over("3", "") + over("2x3", ", -1.0")),
)
# fmt: on
