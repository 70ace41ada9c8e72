"""Indexing, gathering and scattering."""

from __future__ import annotations

from conformance.cases.catalog.kinds import F, moves
from conformance.cases.inputs import over, plans
from conformance.cases.rows import FLOATS, Row

# fmt: off
ROWS: tuple[Row, ...] = (
    # indexing
    moves("__getitem__", *over("4x3 4x3x2", "[1]", "[-1, 0]", "[1:3]", "[::2, 1:]", "[..., 0]",
                               "[None]", "[[0, 2]]", "[[0, 0, 3], [1, 1, 2]]", "[:, [2, 0]]"),
          call="x.clone(){a}", invalid=over("4x3", "[4]", "[0, 0, 0]", "[[5]]")),
    moves("index_select", *plans(("x=4x3 i=2<4", ", 0, i"), ("x=4x3 i=5<3", ", 1, i")),
          invalid=plans(("x=2x3 i=2<4:6", ", 0, i"))),
    moves("gather",       *plans(("x=4x3 i=2x3<4", ", 0, i"), ("x=4x3 i=4x5<3", ", 1, i")),
          invalid=plans(("x=2x3 i=2x2<4:6", ", 0, i"))),
    moves("take",          *plans(("x=2x3 i=4<6", ", i"))),
    moves("masked_select", *plans(("x=2x3 m=2x3?", ", m"), ("x=2x3 m=3?", ", m"))),
    moves("masked_fill",   *plans(("x=2x3 m=2x3?", ", m, 2"), ("x=2x3 m=3?", ", m, 7")),
          inplace=True),
    moves("where",         *plans("m=2x3? x=2x3 w=3", "m=3? x=2x1 w=."), call="m, x, w"),
    moves("index_add",     *plans(("x=4x3 i=2<4 w=2x3", ", 0, i, w")), inplace=True, dtypes=FLOATS),
    moves("index_copy",    *plans(("x=4x3 i=1<4 w=1x3", ", 0, i, w")), inplace=True, dtypes=FLOATS),
    moves("index_fill",    *plans(("x=4x3 i=2<4", ", 0, i, 2")), inplace=True),
    moves("scatter",       *plans(("x=4x3 i=1x3<4 w=1x3", ", 0, i, w")), inplace=True),
    moves("scatter_add",   *plans(("x=4x3 i=2x3<4 w=2x3", ", 0, i, w")), inplace=True,
          dtypes=FLOATS),
    moves(F + "embedding", *plans("i=2x4<5 x=5x3"), call="i, x", dtypes=FLOATS),
)
# fmt: on
