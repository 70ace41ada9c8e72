"""Attention."""

from __future__ import annotations

from conformance.cases.catalog.kinds import F
from conformance.cases.inputs import LAYOUTS, plans
from conformance.cases.rows import FLOATS, NARROW, Row
from conformance.judge import Policy

ATTENTION = Policy("stable", k=16, gain=16)
"""exp makes the rounding of a score as many units in the last place as the score is large; the
gradient of a score is a difference of cotangents times values, and meets keys."""

# Few numbers in all: Hypothesis draws each of them.
FOUR, THREE, TWO = "x=2x1x3x2 w=2x1x4x2 v=2x1x4x2", "x=2x4x3 w=2x5x3 v=2x5x3", "x=4x3 w=5x3 v=5x2"
ATTENDED = plans(
    (FOUR, ""), (FOUR, ", None, 0.0, True"), (FOUR, ", scale=-0.5"), (FOUR, ", dropout_p=0.5"),
    (FOUR + " m=3x4?", ", m"), (FOUR + " m=2x1x1x4?", ", m"), (FOUR + " m=1x3x4", ", m"),
    (FOUR + " m=3x4", ", m"), (FOUR + " m=3x4?", ", m, is_causal=True"),
    (THREE, ""), (THREE, ", is_causal=True, scale=2.0"), (THREE, ", scale=-2.0"),
    (THREE + " m=4x5?", ", m"), (THREE + " m=5", ", m"), (TWO, ""), (TWO + " m=4x5", ", m"),
    ("x=1x4x3x2 w=1x2x5x2 v=1x2x5x2", ", enable_gqa=True"),
    ("x=1x4x3x2 w=1x1x5x2 v=1x2x5x2", ", enable_gqa=True"),
    ("x=3x1x3x2 w=3x2x4x2 v=1x2x4x2", ""),
    ("x=2x1x2x1x2 w=2x1x2x3x2 v=2x1x2x3x2", ""),
    ("x=2x3x0x2 w=2x3x1x2 v=2x3x1x2", ""),
    ("x=2x3x4x1 w=2x3x0x1 v=2x3x0x1", ""),
    ("x=3x4x0 w=3x2x0 v=3x2x5", ""),
)  # fmt: skip
UNATTENDED = plans(
    (THREE + " m=4x5?", ", m, is_causal=True"), (FOUR + " m=4?", ", m"), (FOUR + " m=2x3?", ", m"),
    (TWO + " i=4x5<3", ", i"), (FOUR, ", dropout_p=2.0"), (FOUR, ", dropout_p=-0.5"),
    (FOUR, ", is_causal=1"), (FOUR, ", None, 0.0, False, 1.0"), (TWO, ", enable_gqa=True"),
    ("x=5 w=6x5 v=6x5", ""), ("x=4x5 w=6x3 v=6x5", ""),
    ("x=1x5x3x2 w=1x2x4x2 v=1x2x4x2", ", enable_gqa=True"),
)  # fmt: skip

SELF, CROSS = "x=3x2x4 w=12x4 b=12 v=4x4", "x=3x2x4 k=5x2x4 w=12x4 b=12 v=4x4"
SINGLE, PARTED = "x=3x4 w=12x4 b=12 v=4x4", "x=3x2x4 k=5x2x1 w=4x4 u=4x1 v=4x4"
PARTS = ", use_separate_proj_weight=True, q_proj_weight=w, k_proj_weight=u, v_proj_weight=u"


def heads(inputs: str, more: str = "", w: str = "w, b", extra: str = "None, None, False") -> str:
    """Two heads, and a product with `v` at the end."""
    return f"{inputs}, 4, 2, {w}, {extra}, 0.0, v, None{more}"


MANY_HEADS = plans(
    (SELF, heads("x, x, x")), (CROSS, heads("x, k, k")), (SELF, heads("x, x, x.clone()")),
    (SINGLE, heads("x, x, x")), (SINGLE + " m=3x3?", heads("x, x, x", ", attn_mask=m")),
    (SELF, heads("x, x, x", ", need_weights=False", "w, None")),
    (CROSS, heads("x, k, k", ", average_attn_weights=False")),
    (CROSS + " m=2x5?", heads("x, k, k", ", key_padding_mask=m")),
    (CROSS + " m=2x5 n=3x5", heads("x, k, k", ", True, m, False, n")),
    (SELF + " m=3x3", heads("x, x, x", ", False, None, False, m, is_causal=True")),
    (SELF + " m=4x3x3?", heads("x, x, x", ", need_weights=False, attn_mask=m")),
    (CROSS + " i=1x1x4 j=1x1x4 m=2x5", heads("x, k, k", ", True, m", extra="i, j, True")),
    (CROSS + " i=4x5x2", heads("x, k, k", ", static_k=i")),
    (PARTED, heads("x, k, k", PARTS, "None, None")),
    (PARTED + " b=12", heads("x, k, k", PARTS, "None, b")),
)  # fmt: skip
NO_HEADS = plans(
    ("x=3x2x5 w=12x4 b=12 v=4x4", heads("x, x, x")),
    ("x=3x1x2x4 w=12x4 b=12 v=4x4", heads("x, x, x")),
    (CROSS, heads("x, k, x")), (CROSS, heads("x, k, k[0]")),
    (CROSS, heads("x, k, k", "", "None, b")), (SELF, heads("x, x, x", ", is_causal=True")),
    (SELF + " m=4x3?", heads("x, x, x", ", attn_mask=m")),
    (SELF + " m=4x3?", heads("x, x, x", ", key_padding_mask=m")),
    (SELF + " m=4?", heads("x, x, x", ", attn_mask=m")),
    (SINGLE + " m=1x4?", heads("x, x, x", ", key_padding_mask=m")),
    (SELF + " i=3x3<2", heads("x, x, x", ", attn_mask=i")),
    (SELF, heads("x, x, x", ", static_k=x")),
    (SELF + " i=1x1x4", heads("x, x, x", extra="i, None, False")),
    (PARTED, heads("x, k, k", PARTS.replace("v_proj_weight=u", ""), "None, None")),
)  # fmt: skip

ROWS: tuple[Row, ...] = (
    Row(
        F + "scaled_dot_product_attention", "x, w, v{a}", ATTENTION, "symmetric",
        plans=ATTENDED, invalid=UNATTENDED, dtypes=(*FLOATS, *NARROW),
        # How a widened copy of an expanded tensor lies is another matter.
        layouts=tuple(layout for layout in LAYOUTS if layout != "expanded"),
    ),
    Row(
        F + "multi_head_attention_forward", "{a}", ATTENTION, "symmetric",
        plans=MANY_HEADS, invalid=NO_HEADS, dtypes=(*FLOATS, *NARROW),
    ),
)  # fmt: skip
