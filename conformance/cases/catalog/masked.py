"""Reductions of what a mask keeps."""

from __future__ import annotations

from typing import Any

from conformance.cases.catalog.kinds import EITHER, EXPONENTIAL, LOGARITHMIC, MORE, STABLE, SUM
from conformance.cases.inputs import LAYOUTS, plans
from conformance.cases.rows import FLOATS, Row
from conformance.judge import Policy

M = "masked."
WHOLE = plans(
    "x=2x3", ("x=2x3 m=2x3?", ", mask=m"), ("x=2x3x4 m=4?", ", (0, 2), keepdim=True, mask=m"),
    ("x=4x3 m=4x1?", ", 0, mask=m"), ("x=. m=.?", ", mask=m"), ("x=0x3 m=3?", ", 1, mask=m"),
)  # fmt: skip
ALONG = plans(
    ("x=2x3", ", 1"), ("x=2x3 m=2x3?", ", 1, mask=m"), ("x=2x3x4 m=4?", ", -1, mask=m"),
    ("x=4x3 m=4x1?", ", 0, mask=m"),
)  # fmt: skip
WIDER = plans(("x=3 m=2x3?", ", mask=m"))


def masked(op: str, policy: Policy, **more: Any) -> Row:
    given = {"plans": WHOLE, "dtypes": FLOATS, "invalid": WIDER, "extreme": False, **more}
    return Row(M + op, "x{a}", policy, **given)


# fmt: off
ROWS: tuple[Row, ...] = (
    masked("sum", SUM, dtypes=(*MORE, "int64")),
    masked("prod", Policy("accumulate", k=4), domain="moderate", dtypes=MORE),
    masked("mean", SUM),
    *(masked(name, EITHER, plans=WHOLE[:-1]) for name in ("amax", "amin")),
    *(masked(name, STABLE, plans=WHOLE[:-2]) for name in ("var", "std")),
    masked("norm", STABLE),
    masked("logsumexp", LOGARITHMIC, plans=WHOLE[:-1]),
    masked("cumsum", SUM, plans=ALONG, invalid=()),
    masked("cumprod", Policy("stable", k=4, floor=1), domain="moderate", plans=ALONG, invalid=()),
    *(masked(name, EXPONENTIAL, plans=ALONG, invalid=()) for name in ("softmax", "softmin")),
    masked("log_softmax", LOGARITHMIC, plans=ALONG, invalid=()),
    masked("median", Policy("exact"), plans=ALONG, invalid=(), distinct=True,
           layouts=LAYOUTS[:-1]),
    *(masked(name, Policy("exact"), plans=ALONG, invalid=(), grad=False, distinct=True)
      for name in ("argmax", "argmin")),
    Row(M + "normalize", "x, {a}", STABLE, dtypes=FLOATS,
        plans=plans(("x=2x3", "2., 1"), ("x=2x3 m=3?", "1., 1, mask=m"))),
    Row(M + "logaddexp", "x, w{a}", LOGARITHMIC, dtypes=FLOATS, extreme=False,
        plans=plans("x=2x3 w=2x3", ("x=2x3 w=2x3 m=3?", ", input_mask=m"),
                    ("x=2x3 w=2x3 m=2x3?", ", other_mask=m"))),
)
# fmt: on
