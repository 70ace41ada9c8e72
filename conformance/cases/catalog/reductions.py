"""Reductions and running sums."""

from __future__ import annotations

from conformance.cases.catalog.kinds import (
    ALONG,
    EITHER,
    MORE,
    NUMBERS,
    OUT_OF_RANGE,
    REALS,
    REDUCE,
    REDUCE_MANY,
    REDUCE_MATRIX,
    REDUCE_NONEMPTY,
    STABLE,
    SUM,
    along,
    reduction,
)
from conformance.cases.inputs import COMPLEX, INTEGERS, over, plans
from conformance.cases.rows import FLOATS, Row
from conformance.judge import EXACT, Policy

EMPTY = (*over("0x3 0", ""), *over("2x0", ", 1"))
"""What has no largest element."""
REFUSED = (*OUT_OF_RANGE, *over("2x3", ", (0, 0)"))
LARGEST = (*REDUCE_NONEMPTY, *over("0x3", ", 1"))
NORMS = (
    "", ", 0", ", 1", ", 2", ", 3", ", 0.5", ", 1.5", ", -1", ", float('inf')", ", -float('inf')",
)  # fmt: skip

# fmt: off
ROWS: tuple[Row, ...] = (
    # sums and products
    reduction("sum",    SUM, dtypes=NUMBERS, invalid=REFUSED,
              plans=(*REDUCE_MANY, *over("1x37 33"), *over("2x3", ", (), True", ", None"))),
    reduction("mean",   SUM, dtypes=MORE, invalid=(*REFUSED, *over("2x3", ", dtype=torch.int64")),
              plans=(*REDUCE_MANY, *over("1x37 33"), *over("2x3", ", (), True", ", None"))),
    reduction("prod",   Policy("accumulate", k=4), domain="moderate",
              plans=(*REDUCE, *over("1 3 1x3", "", ", -1")),
              dtypes=(*FLOATS, *COMPLEX, *INTEGERS)),
    reduction("nansum", SUM, extreme=True, plans=REDUCE_MANY, invalid=REFUSED),
    reduction("nanmean", SUM, dtypes=FLOATS, plans=REDUCE_MANY, invalid=REFUSED),
    reduction("count_nonzero", EXACT, dtypes=NUMBERS, grad=False, invalid=REFUSED,
              plans=over("2x3 . 0x3 2x3x4", "", ", 0") + over("2x3x4", ", (0, -1)", ", ()")),
    *(reduction(name, EXACT, dtypes=NUMBERS, grad=False, invalid=REFUSED,
                plans=(*REDUCE_MANY, *over("2x3 .", ", ()", ", None, True")))
      for name in ("all", "any")),
    Row("trace", "x", SUM, plans=over("3x3 2x3 0x3 5x2 1x1"), dtypes=NUMBERS,
        invalid=over("3 . 2x3x4")),
    # spread
    *(reduction(name, STABLE, invalid=REFUSED, plans=(
          *REDUCE_MATRIX, *over("1 ."), *over("2x3x4", ", False", ", (0, 1), False, True"),
          *over("2x3x4", ", correction=0", ", 0, correction=1.5", ", 1, correction=7")))
      for name in ("var", "std")),
    *(reduction(name, Policy("stable", k=4, floor=1), dtypes=FLOATS, invalid=REFUSED,
                plans=over("2x3 2x3x4", "", ", 0", ", 1, keepdim=True")
                + over("2x3x4", ", (0, 2)", ", correction=0"))
      for name in ("std_mean", "var_mean")),
    # extremes
    *(reduction(name, EITHER, dtypes=REALS, invalid=(*REFUSED, *EMPTY),
                plans=(*LARGEST, *over("2x3x4", ", (0, 2)", ", (), True")))
      for name in ("amax", "amin")),
    *(reduction(name, EITHER, dtypes=REALS, invalid=(*OUT_OF_RANGE, *EMPTY),
                plans=(*LARGEST, *plans(("x=2x3 w=3", ", w")))) for name in ("max", "min")),
    Row("aminmax", "x{a}", EITHER, dtypes=REALS,
        plans=over("2x3 . 4", "", ", dim=0", ", dim=-1, keepdim=True") + over("0x3", ", dim=1"),
        invalid=over("0 0x3") + over("2x0", ", dim=1") + over("2x3", ", dim=2")),
    *(reduction(name, EXACT, dtypes=REALS, grad=False, invalid=(*OUT_OF_RANGE, *EMPTY),
                plans=(*LARGEST, *over("2x3", ", keepdim=True"))) for name in ("argmax", "argmin")),
    # running sums
    along("cumsum",  SUM, dtypes=NUMBERS, inplace=True,
          plans=(*ALONG, *over("0x3 2x0 1x37", ", 1"))),
    along("cumprod", Policy("accumulate", k=4), domain="moderate", inplace=True,
          dtypes=(*FLOATS, *COMPLEX, *INTEGERS), plans=(*ALONG, *over("0x3 2x0", ", 1"))),
    along("logcumsumexp", Policy("stable", k=8, floor=1), domain="moderate",
          dtypes=(*FLOATS, *COMPLEX)),
    Row("diff", "x{a}", SUM, dtypes=NUMBERS,
        invalid=over(".") + over("2x3", ", -1", ", 1, 2") + plans(("x=2x3 w=3x1", ", append=w")),
        plans=over("2x3 4 1 0x3", "", ", 2", ", 0", ", 1, 0", ", 9")
        + plans(("x=2x3 w=2x1", ", 1, -1, w"), ("x=2x3 w=2x3", ", 2, 0, w, w"),
                ("x=2x3 w=2x1", ", append=w"), ("x=2x3 w=2x1", ", 0, append=w"))),
    # norms
    reduction("norm", STABLE, domain="moderate", dtypes=MORE,
              plans=over("2x3 3", *NORMS, ", 2, 0", ", 'fro', -1, True", ", None, -1"),
              invalid=over("2x3", ", 2, 3", ", 'nuc', 0", ", 'x'") + over("2x3x4 3", ", 'nuc'")),
    reduction("linalg.vector_norm", STABLE, domain="moderate", dtypes=MORE,
              plans=(*over("2x3 3 .", *NORMS), *over("2x3x4", ", 2, 0", ", 3, (0, -1), True"),
                     *over("0 0x3", ", 2", ", 0")),
              invalid=over("2x3", ", dtype=torch.float16", ", dtype=torch.int64", ", 2, 3")
              + over("0", ", float('inf')", ", -1")),
    Row("linalg.norm", "x{a}", STABLE, "moderate", dtypes=MORE,
        plans=over("3", *NORMS) + over("2x3x4", "", ", 1, (0, 2)", ", 3, 1, True"),
        invalid=over("2x3x4 .", ", 2", ", 'fro'")
        + over("2x3", ", 2, (0, 1, 0)", ", 0", ", 'nuc', 0")),
    Row("linalg.matrix_norm", "x{a}", STABLE, "moderate", dtypes=MORE,
        plans=over("2x3 4x2x3", "", ", 1", ", -1", ", float('inf')", ", -float('inf')")
        + over("2x3x4", ", 1, (0, 1), True", ", float('inf'), (2, 0)")
        + over("0x3 3x0", "", ", 1", ", 2", ", float('inf')"),
        invalid=over("3") + over("0x3", ", -2", ", -float('inf')")
        + over("2x3", ", 'x'", ", 2, (0,)", ", 2, (0, 0)", ", 2, (0, 2)", ", 3, (0, 1)")),
    # At p = 0 torch has no gradient by the second tensor; it says that None is no tensor.
    Row("dist", "x, w{a}", STABLE, "moderate", dtypes=MORE, invalid=plans("x=2x3 w=2"),
        plans=plans(*((shapes, p) for shapes in ("x=2x3 w=2x3", "x=2x3 w=3", "x=. w=2")
                      for p in ("", ", 1", ", 3", ", 0.5", ", float('inf')")))),
    Row("renorm", "x{a}", STABLE, dtypes=(*FLOATS, *COMPLEX), inplace=True,
        invalid=over("3", ", 2, 0, 1.") + over("2x3", ", -1, 0, 1.", ", 2, 2, 1.", ", 2, 0, -1."),
        plans=over("2x3 2x3x4", ", 2, 0, 1.", ", 1, -1, 0.5", ", 3, 1, 100.")
        + over("2x3", ", float('inf'), 0, 1.")),
)
# fmt: on
