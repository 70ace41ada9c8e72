"""Normalisation."""

from __future__ import annotations

from conformance.cases.catalog.kinds import F
from conformance.cases.inputs import COMPLEX, over, plans
from conformance.cases.rows import FLOATS, NARROW, Row
from conformance.judge import Policy

NORMALIZED = Policy("stable", k=8, floor=8)
"""torch takes the mean off where both are over the deviation already, so where a number is the mean
its roundings stay; gradients are differences of products of cotangents and weights."""
MORE = (*FLOATS, *NARROW)

RUNNING = "torch.tensor([0.5, -1.0, 2.0]).to(x.dtype), torch.tensor([1.5, 0.25, 3.0]).to(x.dtype)"
# torch reads past the end of strided parameters.
W, B = "w.contiguous()", "b.contiguous()"


LAYERS = (
    ("x=2x3", "(3,), None, None, 0.1"), ("x=2x3x4", "(3, 4), None, None, 0.5"),
    ("x=2x3 w=3 b=3", "(3,), w, b, 0.1"), ("x=2x4x3 w=4x3", "(4, 3), w, None, 0.1"),
    ("x=0x3 w=3 b=3", "(3,), w, b, 0.1"), ("x=2x0", "(0,), None, None, 0.1"),
    ("x=3 w=3", "[3], w, None, 2.0"),
)  # fmt: skip
NOT_LAYERS = (
    ("x=2x3", "(2,), None, None, 0.1"), ("x=2x3", "(), None, None, 0.1"),
    ("x=2x3", "3, None, None, 0.1"), ("x=3", "(2, 3), None, None, 0.1"),
    ("x=2x3 w=2", "(3,), w, None, 0.1"), ("x=2x3 w=1x3", "(3,), None, w, 0.1"),
)  # fmt: skip
BATCHES = (
    ("x=2x3x4", "None, None, None, None, True, 0.1, 0.1"),
    ("x=4x3", f"None, None, {RUNNING}, True, 0.3, 0.1"),
    ("x=2x3x4x5 w=3 b=3", f"{W}, {B}, {RUNNING}, True, 0.1, 0.5"),
    ("x=2x3x4 w=3 b=3", f"{W}, {B}, {RUNNING}, False, 0.1, 0.1"),
    ("x=4x3 w=3", f"{W}, None, {RUNNING}, False, 0.1, 0.0"),
    ("x=2x3x1x2 w=3", f"{W}, None, None, None, True, 0.1, 0.1"),
)
GROUPS = (
    ("x=2x6x3", "2, None, None, 0.1"), ("x=4x6 w=6 b=6", "3, w, b, 0.5"),
    ("x=2x4x3x5 w=4", "1, w, None, 0.1"), ("x=2x3x4 w=3", "3, w, None, 0.1"),
    ("x=0x4x3 w=4", "2, w, None, 0.1"), ("x=2x4x0", "2, None, None, 0.1"),
)  # fmt: skip
NOT_GROUPS = (
    ("x=2x6x3", "4"), ("x=2x6x3", "-2"), ("x=6", "2"), ("x=2x6x3 w=3", "2, w"),
    ("x=2x6x3 w=2x3", "2, None, w"), ("x=2x6x3", "2.0"),
)  # fmt: skip

# fmt: off
ROWS: tuple[Row, ...] = (
    *(Row(op, "x, {a}", NORMALIZED, "moderate", dtypes=MORE, distinct=True,
          plans=plans(*LAYERS, *more), invalid=plans(*NOT_LAYERS))
      for op, *more in ((F + "layer_norm",), ("layer_norm",),
                        ("native_layer_norm", ("x=2x3 b=3", "(3,), None, b, 0.1")))),
    *(Row(op, "x, {a}", NORMALIZED, "moderate", dtypes=(*MORE, *COMPLEX), distinct=True,
          plans=plans(("x=2x3", "(3,), None, 0.1"), ("x=2x3x4 w=3x4", "(3, 4), w"),
                      ("x=2x3 w=3", "(3,), w, 2.0"), ("x=0x3", "(3,)"), ("x=2x0", "(0,)")),
          invalid=plans(("x=2x3", "(2,)"), ("x=2x3", "()"), ("x=2x3", "3"),
                        ("x=2x3 w=2", "(3,), w")))
      for op in (F + "rms_norm", "rms_norm")),
    Row("native_batch_norm", "x, {a}", NORMALIZED, "moderate", dtypes=MORE, distinct=True,
        plans=plans(*BATCHES),
        invalid=plans(("x=3", "None, None, None, None, True, 0.1, 0.1"),
                      ("x=0x3", "None, None, None, None, True, 0.1, 0.1"),
                      ("x=2x3", "None, None, x[0], None, True, 0.1, 0.1"))),
    Row("batch_norm", "x, {a}, False", NORMALIZED, "moderate", dtypes=MORE, distinct=True,
        plans=plans(*BATCHES, ("x=0x3x4 w=3 b=3", "w, b, None, None, True, 0.1, 0.1"),
                    ("x=4x3 b=3", f"None, {B}, {RUNNING}, False, 0.1, 0.1")),
        invalid=plans(("x=3", "None, None, None, None, True, 0.1, 0.1"),
                      ("x=2x3x4", "None, None, None, None, False, 0.1, 0.1"),
                      ("x=2x3x4 w=4", f"{W}, None, None, None, True, 0.1, 0.1"))),
    Row(F + "batch_norm", "x, {a}", NORMALIZED, "moderate", dtypes=MORE, distinct=True,
        plans=plans(("x=2x3x4", "None, None, None, None, True, eps=0.1"),
                    ("x=4x3 w=3 b=3", f"{RUNNING}, {W}, {B}"),
                    ("x=2x3x4x5 w=3 b=3", f"{RUNNING}, {W}, {B}, True, 0.3, 0.5"),
                    ("x=0x3x4 b=3", "None, None, None, b, True"),
                    ("x=2x3x4", f"{RUNNING}, eps=0.0")),
        invalid=plans(("x=1x3", "None, None, None, None, True"),
                      ("x=2x3x4", "None, None"), ("x=2x3x4", f"{RUNNING}, eps=-1.0"),
                      ("x=2x3x4", "None, None, None, None, True, eps=0.0"),
                      ("x=2x4", f"{RUNNING}"), ("x=2x3 w=4", f"{RUNNING}, {W}"))),
    Row("instance_norm", "x, {a}, 0.1, 0.1, False", NORMALIZED, "moderate", dtypes=MORE,
        distinct=True,
        plans=plans(("x=2x3x4", "None, None, None, None, True"),
                    ("x=4x3x2x5 w=3 b=3", f"{W}, {B}, {RUNNING}, True"),
                    ("x=2x3x4 w=3", f"{W}, None, {RUNNING}, False")),
        invalid=plans(("x=2x3x4", "None, None, None, None, False"),
                      ("x=3", f"None, None, {RUNNING}, True"))),
    Row(F + "instance_norm", "x{a}", NORMALIZED, "moderate", dtypes=MORE, distinct=True,
        plans=plans(("x=2x3x4", ", eps=0.1"),
                    ("x=4x3x2x5 w=3 b=3", f", {RUNNING}, {W}, {B}, eps=0.1"),
                    ("x=2x3x4 w=3", f", {RUNNING}, {W}, None, False")),
        invalid=over("2x3x1 2x3 3") + plans(("x=2x3x4", ", use_input_stats=False"),
                                            ("x=2x3x4 w=4", f", None, None, {W}"))),
    *(Row(op, "x, {a}", NORMALIZED, "moderate", dtypes=MORE, distinct=True,
          plans=plans(*GROUPS, *more), invalid=plans(*NOT_GROUPS))
      for op, *more in ((F + "group_norm",), ("group_norm", ("x=2x3x4 b=3", "3, None, b, 0.1")))),
    Row("native_group_norm", "x, {a}, 0.1", NORMALIZED, "moderate", dtypes=MORE, distinct=True,
        plans=plans(("x=2x6x3", "None, None, 2, 6, 3, 2"),
                    ("x=4x6 w=6 b=6", f"{W}, {B}, 4, 6, 1, 3"),
                    ("x=0x4x3 w=4", f"{W}, None, 0, 4, 3, 2"),
                    ("x=2x4x0", "None, None, 2, 4, 0, 2")),
        invalid=plans(("x=2x6x3", "None, None, 2, 6, 3, 4"), ("x=2x6x3", "None, None, 2, 6, 4, 2"),
                      ("x=2x6x3", "None, None, 2, 6, 3, 0"),
                      ("x=2x6x3 w=3", f"{W}, None, 2, 6, 3, 2"))),
    Row(F + "local_response_norm", "x, {a}", NORMALIZED, "moderate", dtypes=MORE,
        plans=plans(("x=2x5x3", "2"), ("x=2x5x3", "3, 0.5, 0.25, 2.0"),
                    ("x=1x4x3x2", "3, alpha=0.5"),
                    ("x=1x6x2x3x2", "4, beta=1.0"), ("x=0x3x2", "2")),
        invalid=plans(("x=2x5", "2"))),
)
# fmt: on
