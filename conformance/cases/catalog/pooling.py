"""Pooling."""

from __future__ import annotations

from conformance.cases.catalog.kinds import F
from conformance.cases.inputs import over
from conformance.cases.rows import FLOATS, Row
from conformance.judge import EXACT, Policy

AVERAGE = Policy("accumulate", k=2)
LINE, PLANE, SOLID = "2x3x7 3x7", "2x3x6x5 3x6x5", "1x2x4x5x6 2x4x5x6"
WINDOWS = (", 2", ", 3, 2, 1", ", 3, 2, 1, ceil_mode=True")

# fmt: off
ROWS: tuple[Row, ...] = (
    *(Row(f"{F}avg_pool{d}d", "x{a}", AVERAGE, "moderate", dtypes=FLOATS,
          plans=over(shapes, *WINDOWS, ", 3, 2, 1, True, False"))
      for d, shapes in enumerate((LINE, PLANE, SOLID), 1)),
    *(Row(f"{F}max_pool{d}d", "x{a}", EXACT, dtypes=FLOATS,
          plans=over(shapes, *WINDOWS, ", 2, 1, 1, 2"))
      for d, shapes in enumerate((LINE, PLANE, SOLID), 1)),
    *(Row(f"{F}adaptive_avg_pool{d}d", "x{a}", AVERAGE, "moderate", dtypes=FLOATS,
          plans=over(shapes, ", 1", ", 3"))
      for d, shapes in enumerate((LINE, PLANE, SOLID), 1)),
    *(Row(f"{F}adaptive_max_pool{d}d", "x{a}", EXACT, dtypes=FLOATS,
          plans=over(shapes, ", 1", ", 3", ", 2, True"))
      for d, shapes in enumerate((LINE, PLANE, SOLID), 1)),
    *(Row(f"{F}lp_pool{d}d", "x{a}", Policy("stable", k=8), "positive", dtypes=FLOATS,
          plans=over(shapes, ", 2.0, 2", ", 3.0, 3, 2"))
      for d, shapes in enumerate((LINE, PLANE, SOLID), 1)),
)
# fmt: on
