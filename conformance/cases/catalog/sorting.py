"""Sorting and searching: order, medians, extremes, what there is and where it would be."""

from __future__ import annotations

from conformance.cases.catalog.kinds import (
    EITHER,
    OUT_OF_RANGE,
    REALS,
    REDUCE_NONEMPTY,
    along,
    moves,
    reduction,
)
from conformance.cases.inputs import LAYOUTS, over, plans
from conformance.cases.rows import Row
from conformance.judge import EXACT

# fmt: off
ROWS: tuple[Row, ...] = (
    # Which of several medians is found is not defined. And torch reads outside of a tensor whose
    # reduced dimension is expanded: the median of torch.tensor([1.]).expand(3) over dim 0 is
    # whatever follows the 1 in memory.
    *(reduction(name, EXACT, plans=REDUCE_NONEMPTY, layouts=LAYOUTS[:-1], distinct=True,
              dtypes=REALS,
          invalid=(*OUT_OF_RANGE, *over("0x3", ", 0"))) for name in ("median", "nanmedian")),
    Row("kthvalue", "x, {a}", EXACT, plans=(*over("3 4x3", "2", "1, 0", "3, -1, True"),
              *over(".", "1")), dtypes=REALS, layouts=LAYOUTS[:-1],
          invalid=(*over("3", "4", "0", "1, 1"), *over("0x3", "1, 0")), distinct=True),
    Row("mode", "x{a}", EXACT, plans=over("3 2x3 .", "", ", 0", ", -1, True"), dtypes=REALS,
              layouts=LAYOUTS[:-1], distinct=True,
          invalid=(*OUT_OF_RANGE, *over("0x3", ", 0"))),
    *(along(name, EITHER, dtypes=REALS) for name in ("cummax", "cummin")),
    Row("msort", "x", EXACT, plans=over("3 2x3 2x3x4 . 0x3"), dtypes=REALS),
    Row("sort", "x, stable=True{a}", dtypes=REALS,
              plans=over("3 2x3 2x3x4 . 0x3", "", ", dim=0", ", descending=True"),
          invalid=over("2x3", ", dim=2")),
    Row("argsort", "x, stable=True{a}", dtypes=REALS,
              plans=over("3 2x3 .", "", ", dim=0", ", descending=True"), grad=False,
          invalid=over("2x3", ", dim=2")),
    Row("topk", "x{a}", plans=(*over("4 2x3", ", 2", ", 0"),
              *over("4x3", ", 2, 0", ", 1, 1, False"), *over(".", ", 1")), dtypes=REALS,
              layouts=LAYOUTS[:-1],
          invalid=over("3", ", 4", ", -1", ", 1, 1"), distinct=True),
    # in which order rows with nan are sorted is not defined
    moves("unique",   *over("2x3 . 0", "", ", return_inverse=True, return_counts=True"),
              *over("4x3", ", dim=0", ", dim=-1, return_inverse=True, return_counts=True"),
              grad=False, extreme=False, policy=EITHER, dtypes=REALS,
          invalid=(*over("2x3", ", dim=2"), *over("0x3", ", dim=1"))),
    moves("unique_consecutive", *over("2x3 . 0", "", ", return_inverse=True, return_counts=True"),
              *over("4x3", ", dim=0", ", dim=-1, return_counts=True"), grad=False, extreme=False,
              dtypes=REALS,
          invalid=(*over("2x3", ", dim=2"), *over("0x3", ", dim=1"))),
    moves("searchsorted", *plans(("w=5 x=2x3", ".sort().values, x"),
              ("w=2x4 x=2x3", ".sort().values, x, right=True"),
              ("w=5 x=.", ".sort().values, x, side='right', out_int32=True"),
              ("w=4 x=3", ", x, sorter=w.argsort(stable=True)"), ("w=2x0 x=2x3", ", x"),
              ("w=4 x=.", ".sort().values, 1.5")), call="w{a}", grad=False, dtypes=REALS,
          invalid=plans(("w=2x4 x=3x4", ", x"), ("w=. x=3", ", x"),
              ("w=4 x=3", ", x, side='left', right=True"), ("w=4 x=3", ", x, side='middle'"),
              ("w=4 x=3 i=4<4:6", ", x, sorter=i"), ("w=4 x=3 i=3<3", ", x, sorter=i"))),
    moves("bucketize", *plans(("x=2x3 w=5", "x, w.sort().values"),
              ("x=. w=5", "x, w.sort().values, right=True"),
              ("x=. w=5", "1.5, w.sort().values, out_int32=True")), call="{a}", grad=False,
              dtypes=REALS,
          invalid=plans(("x=2 w=2x3", "x, w"))),
    moves("isin",     *plans("x=2x3 w=4", "x=. w=4", ("x=2x3 w=0", ", invert=True"),
              ("x=4 w=4", ", assume_unique=True")), call="x, w{a}", grad=False, dtypes=REALS),
    moves("bincount", *plans("i=6<4", ("i=6<4", ", minlength=7"), ("i=6<4 w=6", ", w"),
              ("i=0<4", ", minlength=2")), call="i{a}", grad=False, extreme=False,
              dtypes=("float32", "float64", "int64"),
          invalid=plans("i=2x3<4", "i=3<-3:0", ("i=3<4 w=2", ", w"), ("i=3<4", ", minlength=-1"),
              "x=3")),
    moves("hash_tensor", *over("2x3 .", "", ", 0", ", -1, keepdim=True"), *over("2x3", ", (0, 1)"),
              grad=False, dtypes=REALS,
          invalid=(*over("2x3", ", 2", ", mode=1"), *over("0"))),
)
# fmt: on
