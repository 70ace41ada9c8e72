"""Reductions and running sums."""

from __future__ import annotations

from conformance.cases.catalog.kinds import (
    EITHER,
    MORE,
    NUMBERS,
    REALS,
    REDUCE_MANY,
    REDUCE_MATRIX,
    REDUCE_NONEMPTY,
    STABLE,
    SUM,
    along,
    reduction,
)
from conformance.cases.inputs import COMPLEX, INTEGERS, over
from conformance.cases.rows import FLOATS, Row
from conformance.judge import EXACT, Policy

# fmt: off
ROWS: tuple[Row, ...] = (
    # reductions
    reduction("sum",    SUM, dtypes=NUMBERS, plans=REDUCE_MANY),
    reduction("mean",   SUM, dtypes=MORE, plans=REDUCE_MANY),
    reduction("prod",   Policy("accumulate", k=4), domain="moderate",
              dtypes=(*FLOATS, *COMPLEX, *INTEGERS)),
    reduction("nansum", SUM, extreme=True),
    reduction("var",    STABLE, plans=REDUCE_MATRIX),
    reduction("std",    STABLE, plans=REDUCE_MATRIX),
    reduction("amax",   EITHER, plans=REDUCE_NONEMPTY, dtypes=REALS),
    reduction("amin",   EITHER, plans=REDUCE_NONEMPTY, dtypes=REALS),
    reduction("max",    EITHER, plans=REDUCE_NONEMPTY, dtypes=REALS),
    reduction("min",    EITHER, plans=REDUCE_NONEMPTY, dtypes=REALS),
    reduction("argmax", EXACT, plans=REDUCE_NONEMPTY, dtypes=REALS, grad=False),
    reduction("argmin", EXACT, plans=REDUCE_NONEMPTY, dtypes=REALS, grad=False),
    reduction("all",    EXACT, dtypes=REALS, grad=False),
    reduction("any",    EXACT, dtypes=REALS, grad=False),
    reduction("norm",   STABLE, plans=over("2x3 3", "", ", 1", ", 2", ", float('inf')", ", 2, 0")),
    reduction("linalg.vector_norm", STABLE, plans=over("2x3 3", "", ", 1", ", 3", ", 2, 0"),
              dtypes=MORE, invalid=()),
    Row("trace", "x", SUM, plans=over("3x3 2x3 0x3"), dtypes=NUMBERS, invalid=over("3")),
    Row("aminmax", "x{a}", EITHER, plans=over("2x3 . 4", "", ", dim=0", ", dim=-1, keepdim=True"),
        dtypes=REALS, invalid=over("0")),
    reduction("nanmean", SUM, dtypes=FLOATS),
    reduction("count_nonzero", EXACT, plans=over("2x3 . 0x3 2x3x4", "", ", 0"), dtypes=NUMBERS,
              grad=False),
    along("cumsum",  SUM, dtypes=NUMBERS, inplace=True),
    along("cumprod", Policy("accumulate", k=4), domain="moderate", dtypes=FLOATS),
)
# fmt: on
