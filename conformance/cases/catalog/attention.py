"""Attention."""

from __future__ import annotations

from conformance.cases.catalog.kinds import F
from conformance.cases.inputs import plans
from conformance.cases.rows import FLOATS, NARROW, Row
from conformance.judge import Policy

ATTENTION = Policy("stable", k=16, gain=16)
"""exp makes the rounding of a score as many units in the last place as the score is large; the
gradient of a score is a difference of cotangents times values, and meets keys."""

FOUR, THREE, TWO = "x=2x3x4x5 w=2x3x6x5 v=2x3x6x5", "x=3x4x5 w=3x6x5 v=3x6x5", "x=4x5 w=6x5 v=6x2"
ATTENDED = plans(
    (FOUR, ""), (FOUR, ", None, 0.0, True"), (FOUR, ", scale=-0.5"), (FOUR, ", dropout_p=0.5"),
    (FOUR + " m=4x6?", ", m"), (FOUR + " m=2x1x1x6?", ", m"), (FOUR + " m=3x4x6", ", m"),
    (FOUR + " m=4x6", ", m"), (FOUR + " m=4x6?", ", m, is_causal=True"),
    (THREE, ""), (THREE, ", is_causal=True, scale=2.0"), (THREE, ", scale=-2.0"),
    (THREE + " m=4x6?", ", m"), (THREE + " m=6", ", m"), (TWO, ""), (TWO + " m=4x6", ", m"),
    ("x=2x6x4x5 w=2x3x2x5 v=2x3x2x5", ", enable_gqa=True"),
    ("x=2x6x4x5 w=2x1x2x5 v=2x2x2x5", ", enable_gqa=True"),
    ("x=4x1x3x2 w=4x2x5x2 v=1x2x5x2", ""),
    ("x=2x1x2x3x2 w=2x1x2x4x2 v=2x1x2x4x2", ""),
    ("x=2x3x0x5 w=2x3x6x5 v=2x3x6x5", ""),
    ("x=2x3x4x5 w=2x3x0x5 v=2x3x0x5", ""),
    ("x=3x4x0 w=3x6x0 v=3x6x5", ""),
)  # fmt: skip
UNATTENDED = plans(
    (THREE + " m=4x6?", ", m, is_causal=True"), (FOUR + " m=6?", ", m"), (FOUR + " m=4x5?", ", m"),
    (TWO + " i=4x6<3", ", i"), (FOUR, ", dropout_p=2.0"), (FOUR, ", dropout_p=-0.5"),
    (FOUR, ", is_causal=1"), (FOUR, ", None, 0.0, False, 1.0"), (TWO, ", enable_gqa=True"),
    ("x=5 w=6x5 v=6x5", ""), ("x=4x5 w=6x3 v=6x5", ""),
    ("x=2x5x4x5 w=2x3x2x5 v=2x3x2x5", ", enable_gqa=True"),
)  # fmt: skip

SELF, CROSS = "x=4x2x6 w=18x6 b=18 v=6x6", "x=4x2x6 k=5x2x6 w=18x6 b=18 v=6x6"
SINGLE, PARTED = "x=4x6 w=18x6 b=18 v=6x6", "x=4x2x6 k=5x2x3 w=6x6 u=6x3 v=6x6"
PARTS = ", use_separate_proj_weight=True, q_proj_weight=w, k_proj_weight=u, v_proj_weight=u"


def heads(inputs: str, more: str = "", w: str = "w, b", extra: str = "None, None, False") -> str:
    """Two heads, and a product with `v` at the end."""
    return f"{inputs}, 6, 2, {w}, {extra}, 0.0, v, None{more}"


MANY_HEADS = plans(
    (SELF, heads("x, x, x")), (CROSS, heads("x, k, k")), (SELF, heads("x, x, x.clone()")),
    (SINGLE, heads("x, x, x")), (SINGLE + " m=4x4?", heads("x, x, x", ", attn_mask=m")),
    (SELF, heads("x, x, x", ", need_weights=False", "w, None")),
    (CROSS, heads("x, k, k", ", average_attn_weights=False")),
    (CROSS + " m=2x5?", heads("x, k, k", ", key_padding_mask=m")),
    (CROSS + " m=2x5 n=4x5", heads("x, k, k", ", True, m, False, n")),
    (SELF + " m=4x4", heads("x, x, x", ", False, None, False, m, is_causal=True")),
    (SELF + " m=4x4x4?", heads("x, x, x", ", need_weights=False, attn_mask=m")),
    (CROSS + " i=1x1x6 j=1x1x6 m=2x5", heads("x, k, k", ", True, m", extra="i, j, True")),
    (CROSS + " i=4x5x3", heads("x, k, k", ", static_k=i")),
    (PARTED, heads("x, k, k", PARTS, "None, None")),
    (PARTED + " b=18", heads("x, k, k", PARTS, "None, b")),
)  # fmt: skip
NO_HEADS = plans(
    ("x=4x2x5 w=18x6 b=18 v=6x6", heads("x, x, x")),
    ("x=4x1x2x6 w=18x6 b=18 v=6x6", heads("x, x, x")),
    (CROSS, heads("x, k, x")), (CROSS, heads("x, k, k[0]")),
    (CROSS, heads("x, k, k", "", "None, b")), (SELF, heads("x, x, x", ", is_causal=True")),
    (SELF + " m=3x4?", heads("x, x, x", ", attn_mask=m")),
    (SELF + " m=3x4?", heads("x, x, x", ", key_padding_mask=m")),
    (SELF + " m=4?", heads("x, x, x", ", attn_mask=m")),
    (SINGLE + " m=1x4?", heads("x, x, x", ", key_padding_mask=m")),
    (SELF + " i=4x4<2", heads("x, x, x", ", attn_mask=i")),
    (SELF, heads("x, x, x", ", static_k=x")),
    (SELF + " i=1x1x6", heads("x, x, x", extra="i, None, False")),
    (PARTED, heads("x, k, k", PARTS.replace("v_proj_weight=u", ""), "None, None")),
)  # fmt: skip

ROWS: tuple[Row, ...] = (
    Row(
        F + "scaled_dot_product_attention", "x, w, v{a}", ATTENTION, "symmetric",
        plans=ATTENDED, invalid=UNATTENDED, dtypes=(*FLOATS, *NARROW),
    ),
    Row(
        F + "multi_head_attention_forward", "{a}", ATTENTION, "symmetric",
        plans=MANY_HEADS, invalid=NO_HEADS, dtypes=(*FLOATS, *NARROW),
    ),
)  # fmt: skip
