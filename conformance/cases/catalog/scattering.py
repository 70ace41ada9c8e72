"""Writing where an index says."""

from __future__ import annotations

from conformance.cases.catalog.kinds import MORE, NUMBERS, SUM, shown
from conformance.cases.inputs import INTEGERS, LAYOUTS, plans
from conformance.cases.rows import FLOATS, Row
from conformance.judge import Policy

REDUCED = Policy("accumulate", k=4)
NARROW = ("float16", "bfloat16")

# fmt: off
BAD_LINES = plans(("x=4x3 i=2x3<4:6 w=2x3", ", 0, i, w"), ("x=4x3 i=2x4<4 w=2x4", ", 0, i, w"),
          ("x=4x3 i=2<4 w=2x3", ", 0, i, w"), ("x=4x3 i=3x3<4 w=2x3", ", 0, i, w"),
          ("x=4x3 i=2x3<4 w=2x3", ", 2, i, w"), ("x=4x3 i=2x3<-4:0 w=2x3", ", 0, i, w"))
BAD_SLICES = plans(("x=4x3 i=2<4:6 w=2x3", ", 0, i, w"), ("x=4x3 i=2<4 w=3x3", ", 0, i, w"),
          ("x=4x3 i=2<4 w=2x2", ", 0, i, w"), ("x=4x3 i=1x2<4 w=2x3", ", 0, i, w"),
          ("x=4x3 i=2<4 w=2x3", ", 2, i, w"), ("x=4x3 i=2<-4:0 w=2x3", ", 0, i, w"))
ROWS: tuple[Row, ...] = (
    # Which of several elements that are written to one place is left is not defined.
    shown("scatter",       *plans(("x=4x3 i=1x3<4 w=1x3", ", 0, i, w"),
              ("x=4x3 i=4x1<3 w=4x1", ", 1, i, w"), ("x=4x3 i=1x2<4 w=2x3", ", 0, i, w"),
              ("x=4x3 i=2x3<4", ", 0, i, 2"), ("x=. i=.<1 w=.", ", 0, i, w"),
              ("x=4x3 i=0<4 w=2x3", ", 0, i, w")), inplace=True,
          invalid=(*BAD_LINES, *plans(("x=4x3 i=2x3<4 w=2x3", ", 0, i, w, reduce='none'")))),
    Row("scatter_add", "x{a}", SUM, plans=plans(("x=4x3 i=2x3<4 w=2x3", ", 0, i, w"),
              ("x=4x3 i=4x5<3 w=4x5", ", 1, i, w"), ("x=. i=.<1 w=.", ", 0, i, w"),
              ("x=4x3 i=0<4 w=2x3", ", 0, i, w")), inplace=True, dtypes=NUMBERS,
          invalid=BAD_LINES),
    # Of a product torch has no tangent, and says that it has none: see PyTorch's samples for it.
    Row("scatter_reduce", "x{a}", REDUCED, "moderate",
              plans=plans(*(("x=4x3 i=2x3<4 w=2x3", f", 0, i, w, '{by}'{more}")
              for by in ("sum", "mean", "amax", "amin") for more in ("",
              ", include_self=False")), ("x=4x3 i=4x5<2 w=4x5", ", -1, i, w, 'amax'"),
              ("x=. i=.<1 w=.", ", 0, i, w, 'mean'")), inplace=True,
              dtypes=(*FLOATS, *NARROW, *INTEGERS), distinct=True, layouts=LAYOUTS[:-1],
              also={"w": "unit"},
          invalid=plans(("x=4x3 i=2x3<4 w=2x3", ", 0, i, w, 'none'"),
              ("x=4x3 i=2x3<4:6 w=2x3", ", 0, i, w, 'sum'"),
              ("x=4x3 i=3x3<4 w=2x3", ", 0, i, w, 'sum'"))),
    Row("index_add", "x{a}", SUM, plans=plans(("x=4x3 i=2<4 w=2x3", ", 0, i, w"),
              ("x=4x3 i=5<3 w=4x5", ", 1, i, w"), ("x=4x3 i=2<4 w=2x3", ", 0, i, w, alpha=-2"),
              ("x=4 i=2<4 w=2", ", 0, i, w"), ("x=. i=1<1 w=1", ", 0, i, w")), inplace=True,
              dtypes=(*FLOATS, *MORE[2:]),
          invalid=BAD_SLICES),
    shown("index_copy",    *plans(("x=4x3 i=1<4 w=1x3", ", 0, i, w"),
              ("x=4x3 i=1<3 w=4x1", ", -1, i, w"), ("x=4 i=.<4 w=.", ", 0, i, w")), inplace=True,
          invalid=BAD_SLICES),
    # In 16 bits torch asserts where it takes the mean of some layouts.
    Row("index_reduce", "x{a}", REDUCED, "moderate",
              plans=plans(*(("x=4x3 i=2<4 w=2x3", f", 0, i, w, '{by}'{more}")
              for by in ("prod", "mean", "amax", "amin") for more in ("", ", include_self=False")),
              ("x=4x3 i=5<3 w=4x5", ", 1, i, w, 'amin'")), inplace=True,
              dtypes=(*FLOATS, *INTEGERS), distinct=True, layouts=LAYOUTS[:-1],
              also={"w": "unit"},
          invalid=plans(("x=4x3 i=2<4 w=2x3", ", 0, i, w, 'sum'"),
              ("x=4x3 i=2<4:6 w=2x3", ", 0, i, w, 'mean'"),
              ("x=4x3 i=2<4 w=3x3", ", 0, i, w, 'mean'"))),
    Row("index_put", "x{a}", SUM, plans=plans(("x=4x3 i=1<4 w=3", ", (i,), w"),
              ("x=4x3 i=5<-4:4 w=5x3", ", (i,), w, True"),
              ("x=4x3 i=5<3 w=.", ", (i, i), w, accumulate=True"), ("x=4x3 m=4? w=3", ", (m,), w"),
              ("x=4x3 m=4x3? w=.", ", (m,), w")), inplace=True, dtypes=NUMBERS,
          invalid=plans(("x=4x3 i=2<4:6 w=3", ", (i,), w"), ("x=4x3 i=2<4 w=2", ", (i,), w"),
              ("x=4x3 i=2<3 w=.", ", (i, i, i), w"), ("x=4x3 m=3? w=3", ", (m,), w"))),
    Row("Tensor.put", "x.put({a})", SUM, plans=plans(("x=2x3 i=1<-6:6 w=1", "i, w"),
              ("x=2x3 i=2x4<6 w=8", "i, w, True"), ("x=. i=2<1 w=2", "i, w, accumulate=True")),
              inplace=True, dtypes=NUMBERS,
          invalid=plans(("x=2x3 i=2<6:8 w=2", "i, w"), ("x=2x3 i=2<6 w=3", "i, w"))),
)
# fmt: on
