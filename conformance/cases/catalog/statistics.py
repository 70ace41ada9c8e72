"""Quantiles, covariances, histograms, integrals and differences."""

from __future__ import annotations

from conformance.cases.catalog.kinds import MORE, OTHER, STABLE
from conformance.cases.inputs import LAYOUTS, over, plans
from conformance.cases.rows import FLOATS, Row

# fmt: off
ROWS: tuple[Row, ...] = (
    *(Row(name, "x, {a}", STABLE, dtypes=FLOATS, layouts=LAYOUTS[:-1], distinct=True,
          invalid=over("0", "0.5") + over("3", "1.5", "0.5, 1"),
          plans=over("2x3 . 4", "0.5", "0.25, dim=0", "1, dim=-1, keepdim=True",
                     "0.3, keepdim=True")
          + over("2x3x4", *(f"0.4, 1, interpolation='{how}'" for how in
                            ("lower", "higher", "nearest", "midpoint"))))
      for name in ("quantile", "nanquantile")),
    Row("cov", "x{a}", STABLE, dtypes=MORE, invalid=over("2x3x4"),
        plans=over("3x4 4", "", ", correction=0")),
    Row("corrcoef", "x{a}", OTHER, dtypes=FLOATS, plans=over("3x4", "")),
    Row("histc", "x{a}", dtypes=FLOATS, grad=False, extreme=False, invalid=over("3", ", bins=0"),
        plans=over("2x3 . 4", ", bins=4", ", bins=3, min=-2, max=2")),
    Row("histogram", "x.detach(), {a}", dtypes=FLOATS, grad=False, extreme=False,
        plans=over("2x3 4", "4", "3, range=(-2., 2.)", "2, density=True")),
    Row("trapezoid", "x{a}", STABLE, dtypes=MORE, invalid=over("."),
        plans=over("2x3 4 1", "", ", dx=0.5") + plans(("x=2x3 w=3", ", w"), ("x=2x3 w=2x3", ", w"))
        + over("2x3x4", ", dim=1")),
    Row("cumulative_trapezoid", "x{a}", STABLE, dtypes=MORE, invalid=over("."),
        plans=over("2x3 4 1", "", ", dx=0.5") + plans(("x=2x3 w=3", ", w")) +
        over("2x3x4", ", dim=1")),
    Row("gradient", "x{a}", STABLE, dtypes=MORE, invalid=over("1") + over("3", ", edge_order=3"),
        plans=over("4x3 5", "", ", spacing=2.", ", edge_order=2") + over("4x3", ", dim=1")
        + plans(("x=4 w=4", ", spacing=(w,)"),
                ("x=3x5 w=3", ", spacing=(w.detach(),), dim=0, edge_order=2"))),
    Row("nonzero_static", "x{a}", dtypes=FLOATS, grad=False,
        plans=over("2x3 4 .", ", size=3", ", size=9, fill_value=7")),
)
# fmt: on
