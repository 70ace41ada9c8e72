"""The catalog: one row per op, from which its cases are made and by which its numbers are judged.

A row is the op's name as PyTorch spells it, its arguments, the shapes it is tried on, the domain of
its values and its arithmetic (the `Policy`). The program follows: `unary("exp", ulps(2))` is
`y = torch.exp(x)`, and in place `y = x.clone(); y.exp_()`.
"""

from __future__ import annotations

from typing import Any

from conformance.case import Case
from conformance.cases.inputs import COMPLEX, INTEGERS, LAYOUTS, Plan, over, plans
from conformance.cases.rows import FLOATS, NARROW, Row
from conformance.judge import EXACT, Policy

# Arithmetic


def ulps(k: float, floor: float = 0.0) -> Policy:
    """Elementwise, within k units in the last place; `floor` for zeros away from the origin."""
    return Policy("ulps", k, floor)


EITHER = Policy("ulps", k=0)
"""One of its inputs, to the bit; of a negative and a positive zero either."""
SUM = Policy("accumulate")
STABLE = Policy("stable", k=4)
EXPONENTIAL = Policy("stable", k=16)
"""exp(x - max): the rounding of x - max becomes as many units in the last place as it is large."""
LOGARITHMIC = Policy("stable", k=4, floor=1)
"""A logarithm of a sum: where the sum is close to 1, its last bit is all that is left."""
OTHER = Policy("stable", k=8)
"""For ops without a row: OpInfo has hundreds, most of them composed of several steps."""

TUTORIAL = Policy("accumulate", terms=64)
"""Sums of up to 5 x 5 positive numbers and short chains: in which order a machine adds depends on
the width of its vectors, so the last bits are nobody's rule."""

# Shapes

ONE = over("3 2x3 . 2x1x4 0x3 1")
PAIRS = plans(
    "x=3 w=3", "x=2x3 w=3", "x=2x1 w=1x3", "x=4x1x3 w=2x1", "x=2x3 w=.", "x=. w=2", "x=0x3 w=3",
    "x=. w=.",
)  # fmt: skip
UNBROADCASTABLE = plans("x=2x3 w=2", "x=4 w=3x1x2")
REDUCE = (
    *over("2x3 . 4 0x3 2x3x4"),
    *over("2x3 2x3x4", ", 0", ", -1", ", 1, True"),
    *over(". 1 0x3", ", 0"),
)
REDUCE_MANY = (*REDUCE, *over("2x3x4", ", (0, 2)", ", (0, -1), True"))
REDUCE_NONEMPTY = tuple(plan for plan in REDUCE if 0 not in plan.shape("x"))
REDUCE_MATRIX = tuple(plan for plan in REDUCE_MANY if len(plan.shape("x")) > 1)
ALONG = over("3 2x3 2x3x4 1x3 .", ", 0", ", -1")
OUT_OF_RANGE = over("2x3 .", ", 2", ", -3")
MATRICES = plans("x=2x3 w=3x4", "x=1x3 w=3x2", "x=2x0 w=0x3")
BATCHES = plans("x=2x3x4 w=2x4x5", "x=1x3x1 w=1x1x2")
MATMUL = (
    *MATRICES,
    *plans("x=3 w=3", "x=2x3 w=3", "x=3 w=3x2", "x=4x2x3 w=3", "x=3 w=4x3x2", "x=4x2x3 w=3x5"),
    *plans("x=2x3 w=4x3x5", "x=4x2x3 w=4x3x5", "x=2x1x2x3 w=4x3x5"),
)
MISMATCHED = plans("x=2x3 w=2x3", "x=2x4 w=3x5")
CLASSES = plans(
    "x=2x3 t=2<3",
    ("x=2x3 t=2<3", ", reduction='none'"),
    "x=3 t=.<3",
    ("x=2x3x4 t=2x4<3", ", reduction='sum'"),
    ("x=4x3 t=4<3", ", ignore_index=1"),
)

# Kinds of rows

F = "nn.functional."
MORE = (*FLOATS, *NARROW, *COMPLEX)
REALS = (*FLOATS, *NARROW, *INTEGERS)
NUMBERS = (*FLOATS, *NARROW, *COMPLEX, *INTEGERS)


def unary(op: str, policy: Policy = EXACT, domain: str = "real", **more: Any) -> Row:
    given = {"plans": ONE, "inplace": True, "edges": True, **more}
    return Row(op, "x{a}", policy, domain, **given)


def activation(op: str, policy: Policy = EXACT, *arguments: str, **more: Any) -> Row:
    given = {"plans": over("2x3 . 0", *arguments), "edges": True, **more}
    return Row(F + op, "x{a}", policy, **given)


def binary(op: str, policy: Policy = EXACT, domain: str = "real", **more: Any) -> Row:
    given = {"plans": PAIRS, "inplace": True, "edges": True, "invalid": UNBROADCASTABLE, **more}
    return Row(op, "x, w", policy, domain, **given)


def operator(name: str, policy: Policy, domain: str, *scalars: str) -> Row:
    """A tensor with a Python number."""
    plans = over("2x3 .", *scalars)
    return Row(f"Tensor.{name}", f"x.{name}({{a}})", policy, domain, plans, edges=True)


def reduction(op: str, policy: Policy, **more: Any) -> Row:
    return Row(op, "x{a}", policy, **{"plans": REDUCE, "invalid": OUT_OF_RANGE, **more})


def along(op: str, policy: Policy, **more: Any) -> Row:
    return Row(op, "x{a}", policy, **{"plans": ALONG, "invalid": OUT_OF_RANGE, **more})


def product(op: str, pairs: tuple[Plan, ...], call: str = "x, w{a}", **more: Any) -> Row:
    return Row(op, call, SUM, plans=pairs, **{"dtypes": MORE, **more})


def loss(op: str, domain: str = "real", **more: Any) -> Row:
    arguments = ("", ", reduction='sum'", ", reduction='none'")
    pairs = plans(*((f"x={s} w={s}", more) for s in ("2x3", "4", ".") for more in arguments))
    return Row(F + op, "x, w{a}", STABLE, domain, pairs, **{"dtypes": FLOATS, **more})


def moves(op: str, *rows: Plan, call: str = "x{a}", **more: Any) -> Row:
    """Data movement: exact in every dtype."""
    return Row(op, call, plans=rows, **{"dtypes": NUMBERS, **more})


def method(name: str, *rows: Plan, **more: Any) -> Row:
    return moves(f"Tensor.{name}", *rows, call=f"x.{name}({{a}})", **more)


# fmt: off
ROWS: tuple[Row, ...] = (
    # arithmetic
    binary("add",          ulps(1), dtypes=NUMBERS),
    binary("sub",          ulps(1), dtypes=NUMBERS),
    binary("mul",          ulps(1), dtypes=NUMBERS),
    binary("div",          ulps(1), also={"w": "nonzero"}, dtypes=MORE),
    binary("rsub",         ulps(1), inplace=False, dtypes=REALS),
    binary("pow",          ulps(2), "positive", also={"w": "real"}),
    binary("float_power",  ulps(2), "positive", also={"w": "real"}, dtypes=FLOATS),
    binary("remainder",    ulps(1), also={"w": "nonzero"}),
    binary("fmod",         ulps(1), also={"w": "nonzero"}),
    binary("floor_divide", also={"w": "nonzero"}, grad=False, dtypes=FLOATS),
    binary("maximum",      EITHER, inplace=False, dtypes=REALS),
    binary("minimum",      EITHER, inplace=False, dtypes=REALS),
    binary("fmax",         EITHER, inplace=False, dtypes=REALS),
    binary("fmin",         EITHER, inplace=False, dtypes=REALS),
    binary("atan2",        ulps(2)),
    binary("hypot",        ulps(2)),
    binary("copysign",     Policy("exact", k=2), edges=False, extreme=False),
    binary("logaddexp",    ulps(4, 2), inplace=False, dtypes=FLOATS),
    binary("xlogy",        ulps(3), also={"w": "positive"}),
    Row("addcmul", "x, w, v, value=0.5", STABLE, inplace=True, dtypes=MORE,
        plans=plans("x=2x3 w=3 v=2x1", "x=3 w=3 v=3", "x=2 w=. v=2")),
    Row("addcdiv", "x, w, v, value=0.5", STABLE, inplace=True, dtypes=MORE, also={"v": "nonzero"},
        plans=plans("x=2x3 w=3 v=2x1", "x=3 w=3 v=3", "x=2 w=. v=2")),
    Row("lerp", "x, w, {a}", STABLE, inplace=True, dtypes=FLOATS,
        plans=plans(("x=2x3 w=3", "0.25"), ("x=2x3 w=2x3", "0.75"), ("x=. w=.", "0.5"))),
    # numbers beside tensors
    *(operator(name, ulps(1), "real", "2.5", "-1", "0", "True") for name in ("__add__", "__mul__")),
    *(operator(name, ulps(1), "real", "2.5", "-1", "0") for name in ("__sub__", "__rsub__")),
    operator("__radd__",     ulps(1), "real", "2.5", "-1"),
    operator("__rmul__",     ulps(1), "real", "2.5", "-1"),
    operator("__truediv__",  ulps(1), "real", "2.5", "-1", "3"),
    operator("__rtruediv__", ulps(2), "nonzero", "2.5", "-1"),
    operator("__pow__",      ulps(2), "positive", "2", "3", "0", "0.5", "-1", "1"),
    operator("__rpow__",     ulps(2), "real", "2", "0.5"),
    # comparisons
    *(binary(name, inplace=False, grad=False, dtypes=REALS)
      for name in ("eq", "ne", "lt", "le", "gt", "ge")),
    *(binary(f"logical_{name}", inplace=False, grad=False) for name in ("and", "or", "xor")),
    *(unary(name, inplace=False, grad=False)
      for name in ("isnan", "isinf", "isfinite", "logical_not")),
    # pointwise
    unary("neg",        dtypes=NUMBERS),
    unary("abs",        dtypes=REALS),
    unary("sign",       dtypes=REALS),
    unary("floor"),
    unary("ceil"),
    unary("trunc"),
    unary("round"),
    unary("frac",       ulps(1)),
    unary("square",     ulps(1), dtypes=MORE),
    unary("sqrt",       ulps(1), "positive"),
    unary("rsqrt",      ulps(2), "positive"),
    unary("reciprocal", ulps(1), "nonzero"),
    unary("exp",        ulps(2), dtypes=MORE),
    unary("exp2",       ulps(2)),
    unary("expm1",      ulps(2)),
    unary("log",        ulps(2), "positive"),
    unary("log2",       ulps(2, 1), "positive"),
    unary("log10",      ulps(2, 1), "positive"),
    unary("log1p",      ulps(2), "positive"),
    unary("sin",        ulps(2)),
    unary("cos",        ulps(2)),
    unary("tan",        ulps(4)),
    unary("asin",       ulps(2), "symmetric"),
    unary("acos",       ulps(2), "symmetric"),
    unary("atan",       ulps(2)),
    unary("sinh",       ulps(4)),
    unary("cosh",       ulps(4)),
    unary("tanh",       ulps(2)),
    unary("asinh",      ulps(4)),
    unary("acosh",      ulps(4), "above one"),
    unary("atanh",      ulps(4), "symmetric"),
    unary("sigmoid",    ulps(3)),
    unary("logit",      ulps(3, 2), "unit"),
    unary("erf",        ulps(3)),
    unary("erfc",       ulps(8)),
    unary("erfinv",     ulps(4), "symmetric"),
    unary("lgamma",     ulps(4, 8), "positive", dtypes=FLOATS, edges=False, extreme=False),
    unary("digamma",    ulps(8, 8), "positive", dtypes=FLOATS, edges=False, extreme=False),
    unary("sinc",       ulps(3, 2), "moderate", extreme=False),
    unary("nan_to_num"),
    unary("clamp", plans=over("2x3 . 0", ", -0.5, 1.0", ", min=0.5", ", max=0.5"), dtypes=FLOATS),
    unary("clamp_min",  plans=over("2x3 .", ", 0.5")),
    unary("clamp_max",  plans=over("2x3 .", ", 0.5")),
    # activations
    unary("relu",             dtypes=REALS),
    activation("relu",        dtypes=REALS),
    activation("relu6"),
    activation("hardtanh",    EXACT, "", ", -0.5, 0.5"),
    activation("leaky_relu",  ulps(1), "", ", 0.2"),
    activation("elu",         ulps(3), "", ", 0.5"),
    activation("celu",        ulps(3), "", ", 0.5"),
    activation("selu",        ulps(3)),
    activation("gelu",        ulps(6, 2), "", ", approximate='tanh'"),
    activation("silu",        ulps(4)),
    activation("mish",        ulps(6)),
    activation("softplus",    ulps(6), "", ", 2.0, 3.0"),
    activation("softsign",    ulps(2)),
    activation("tanhshrink",  ulps(2, 4)),
    activation("hardsigmoid", ulps(2, 2)),
    activation("hardswish",   ulps(4)),
    activation("hardshrink"),
    activation("softshrink",  ulps(1)),
    activation("logsigmoid",  ulps(4)),
    activation("threshold",   EXACT, ", 0.5, -1.0"),
    activation("glu",         ulps(4), plans=over("2x4 6", "") + over("4x3", ", 0"), dtypes=FLOATS,
               edges=False),
    Row(F + "prelu", "x, w", SUM, plans=plans("x=2x3 w=3", "x=2x3x4 w=1"), dtypes=FLOATS),
    # softmax
    along("softmax",     EXPONENTIAL),
    along("log_softmax", LOGARITHMIC),
    along("logsumexp",   LOGARITHMIC),
    activation("softmin", EXPONENTIAL, plans=over("2x3 3", ", 0", ", -1"), edges=False),
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
    # Which of several medians is found is not defined. And torch reads outside of a tensor whose
    # reduced dimension is expanded: the median of torch.tensor([1.]).expand(3) over dim 0 is
    # whatever follows the 1 in memory.
    reduction("median", EXACT, plans=REDUCE_NONEMPTY, layouts=LAYOUTS[:-1], distinct=True),
    reduction("argmax", EXACT, plans=REDUCE_NONEMPTY, dtypes=REALS, grad=False),
    reduction("argmin", EXACT, plans=REDUCE_NONEMPTY, dtypes=REALS, grad=False),
    reduction("all",    EXACT, dtypes=REALS, grad=False),
    reduction("any",    EXACT, dtypes=REALS, grad=False),
    reduction("norm",   STABLE, plans=over("2x3 3", "", ", 1", ", 2", ", float('inf')", ", 2, 0")),
    reduction("linalg.vector_norm", STABLE, plans=over("2x3 3", "", ", 1", ", 3", ", 2, 0"),
              dtypes=MORE, invalid=()),
    along("cumsum",  SUM, dtypes=NUMBERS, inplace=True),
    along("cumprod", Policy("accumulate", k=4), domain="moderate", dtypes=FLOATS),
    Row("sort", "x, stable=True{a}", dtypes=REALS,
        plans=over("3 2x3 2x3x4", "", ", dim=0", ", descending=True")),
    Row("topk", "x{a}", plans=over("4 2x3", ", 2") + over("4x3", ", 2, 0", ", 1, 1, False"),
        dtypes=FLOATS, layouts=LAYOUTS[:-1], invalid=over("3", ", 4"), distinct=True),
    # matrix products and linear layers
    product("matmul", MATMUL, invalid=MISMATCHED),
    product("mm",     MATRICES, invalid=MISMATCHED),
    product("bmm",    BATCHES, invalid=MISMATCHED),
    product("mv",     plans("x=2x3 w=3", "x=4x1 w=1"), invalid=plans("x=2x3 w=2")),
    product("dot",    plans("x=3 w=3", "x=0 w=0"), invalid=plans("x=3 w=2")),
    product("outer",  plans("x=2 w=3", "x=0 w=3")),
    product("linalg.vecdot", plans("x=2x3 w=2x3", ("x=2x3x5 w=3x5", ", dim=-2"))),
    product("addmm", plans("b=2x4 x=2x3 w=3x4", "b=4 x=2x3 w=3x4",
                           ("b=2x1 x=2x3 w=3x4", ", beta=0.5, alpha=2.0")),
            call="b, x, w{a}", invalid=plans("b=4 x=2x3 w=2x4")),
    product("addmv", plans("b=2 x=2x3 w=3", "b=. x=2x3 w=3"), call="b, x, w"),
    product("baddbmm", plans("b=2x3x5 x=2x3x4 w=2x4x5", "b=5 x=2x3x4 w=2x4x5"), call="b, x, w"),
    product("tensordot", plans(("x=2x3x4 w=3x4x5", ", 2"), ("x=2x3 w=4x3", ", ([1], [1])")),
            dtypes=FLOATS),
    product("einsum", plans(("x=2x3 w=3x4", "ij,jk->ik"), ("x=2x3 w=2x3", "ij,ij->"),
                            ("x=2x3 w=4x3", "ij,kj->ki"), ("x=2 w=3", "i,j->ij"),
                            ("x=5x2x3 w=5x3x4", "bij,bjk->bik")),
            call="'{a}', x, w", dtypes=FLOATS),
    product(F + "linear", plans("x=2x3 w=4x3", "x=3 w=4x3", "x=2x5x3 w=4x3",
                                ("x=2x3 w=4x3 b=4", ", b"), ("x=3 w=4x3 b=4", ", b"),
                                ("x=2x5x3 w=4x3 b=4", ", b")),
            dtypes=FLOATS, invalid=plans("x=2x3 w=4x2")),
    # losses
    loss("mse_loss", dtypes=(*FLOATS, *NARROW)),
    loss("l1_loss",  dtypes=(*FLOATS, *NARROW)),
    loss("smooth_l1_loss"),
    loss("huber_loss"),
    loss("soft_margin_loss"),
    loss("binary_cross_entropy", "unit"),
    loss("binary_cross_entropy_with_logits", also={"w": "unit"}),
    loss("kl_div", "log-probability", also={"w": "unit"}),
    loss("poisson_nll_loss", also={"w": "positive"}),
    Row(F + "nll_loss", "x, t{a}", STABLE, "log-probability", CLASSES, dtypes=FLOATS),
    Row(F + "cross_entropy", "x, t{a}", LOGARITHMIC, dtypes=FLOATS, invalid=plans("x=2x3 t=3<3"),
        plans=CLASSES + plans(("x=4x3 t=4<3", ", label_smoothing=0.1"))),
    Row(F + "layer_norm", "x, {a}", Policy("stable", k=8), "moderate", dtypes=FLOATS,
        plans=plans(("x=2x3", "(3,)"), ("x=2x3x4", "(3, 4)"), ("x=2x3 w=3 b=3", "(3,), w, b"))),
    Row(F + "normalize", "x{a}", STABLE, dtypes=FLOATS,
        plans=over("2x3 4", ", dim=0", ", p=1.0, dim=-1")),
    Row(F + "cosine_similarity", "x, w, dim=-1", STABLE, dtypes=FLOATS,
        plans=plans("x=2x3 w=2x3", "x=2x3 w=3")),
    # shapes and views
    moves("reshape",  *over("2x3 6", ", (3, 2)", ", (-1,)"), *over(".", ", (1, 1)"),
          invalid=over("2x3", ", (4,)", ", (-1, 4)")),
    moves("flatten",  *over("2x3x4 2x3", "", ", 1"), *over(".")),
    moves("transpose", *over("2x3 2x3x4", ", 0, 1", ", -1, 0"), invalid=over("2x3", ", 0, 2")),
    moves("t",        *over("2x3 3 ."), invalid=over("2x3x4")),
    moves("permute",  *over("2x3x4", ", (2, 0, 1)", ", (0, -1, 1)"),
          invalid=over("2x3", ", (0, 0)")),
    moves("movedim",  *over("2x3x4", ", 0, 2", ", (0, 1), (1, 2)")),
    moves("squeeze",  *over("2x1x3 1x1 ."), *over("2x1x3", ", 1", ", 0"), invalid=over("2", ", 2")),
    moves("unsqueeze", *over("2x3 .", ", 0", ", -1"), invalid=over("2", ", 3")),
    moves("broadcast_to", *over("3 2x1", ", (4, 2, 3)")),
    moves("narrow",   *over("4x3", ", 0, 1, 2", ", 1, 0, 1"), invalid=over("2x3", ", 0, 1, 2")),
    moves("select",   *over("4x3", ", 0, 1", ", -1, -1"), invalid=over("2x3", ", 0, 2")),
    moves("diagonal", *over("2x3 3x2x4", "", ", 1")),
    moves("diag",     *over("3 2x3", "", ", 1")),
    moves("tril",     *over("2x3 4x3x3", "", ", 1", ", -1")),
    moves("triu",     *over("2x3 4x3x3", "", ", 1", ", -1")),
    moves("flip",     *over("2x3", ", (0,)", ", (0, 1)", ", (-1,)")),
    moves("roll",     *over("2x3 4", ", 1", ", -1, 0")),
    moves("unbind",   *over("2x3", "", ", 1")),
    moves("split",    *over("4x3", ", 2", ", 3", ", (1, 3)", ", 2, 1")),
    moves("chunk",    *over("4x3", ", 2", ", 3", ", 2, 1")),
    moves("tile",     *over("2x3", ", (2,)", ", (2, 1, 2)")),
    moves("repeat_interleave", *over("3 2x3", ", 2", ", 2, 0")),
    moves("clone",    *ONE),
    moves("trace",    *over("3x3 2x3")),
    moves("cat",      *plans("x=2x3 w=4x3", ("x=3x2 w=3x4", ", 1"), "x=0 w=2"),
          call="(x, w){a}", invalid=plans("x=2x3 w=2x4")),
    moves("stack",    *plans("x=2x3 w=2x3", ("x=2x3 w=2x3", ", -1"), "x=. w=."),
          call="(x, w){a}", invalid=plans("x=2x3 w=3x2")),
    method("view",    *over("6", "3, 2", "-1, 2"), *over(".", "1"), invalid=over("6", "4")),
    method("expand",  *over("3 1 2x1", "2, 3"), *over(".", "4"), invalid=over("2", "3")),
    method("repeat",  *over("2 2x3", "2, 1, 3", "1, 2")),
    method("unfold",  *over("5 4x3", "0, 2, 1", "0, 3, 2")),
    method("contiguous", *over("2x3 .")),
    # indexing
    moves("__getitem__", *over("4x3 4x3x2", "[1]", "[-1, 0]", "[1:3]", "[::2, 1:]", "[..., 0]",
                               "[None]", "[[0, 2]]", "[[0, 0, 3], [1, 1, 2]]", "[:, [2, 0]]"),
          call="x.clone(){a}", invalid=over("4x3", "[4]", "[0, 0, 0]", "[[5]]")),
    moves("index_select", *plans(("x=4x3 i=2<4", ", 0, i"), ("x=4x3 i=5<3", ", 1, i")),
          invalid=plans(("x=2x3 i=2<4:6", ", 0, i"))),
    moves("gather",       *plans(("x=4x3 i=2x3<4", ", 0, i"), ("x=4x3 i=4x5<3", ", 1, i")),
          invalid=plans(("x=2x3 i=2x2<4:6", ", 0, i"))),
    moves("take",          *plans(("x=2x3 i=4<6", ", i"))),
    moves("masked_select", *plans(("x=2x3 m=2x3?", ", m"), ("x=2x3 m=3?", ", m"))),
    moves("masked_fill",   *plans(("x=2x3 m=2x3?", ", m, 2"), ("x=2x3 m=3?", ", m, 7")),
          inplace=True),
    moves("where",         *plans("m=2x3? x=2x3 w=3", "m=3? x=2x1 w=."), call="m, x, w"),
    moves("index_add",     *plans(("x=4x3 i=2<4 w=2x3", ", 0, i, w")), inplace=True, dtypes=FLOATS),
    moves("index_copy",    *plans(("x=4x3 i=1<4 w=1x3", ", 0, i, w")), inplace=True, dtypes=FLOATS),
    moves("index_fill",    *plans(("x=4x3 i=2<4", ", 0, i, 2")), inplace=True),
    moves("scatter",       *plans(("x=4x3 i=1x3<4 w=1x3", ", 0, i, w")), inplace=True),
    moves("scatter_add",   *plans(("x=4x3 i=2x3<4 w=2x3", ", 0, i, w")), inplace=True,
          dtypes=FLOATS),
    moves(F + "embedding", *plans("i=2x4<5 x=5x3"), call="i, x", dtypes=FLOATS),
    moves(F + "pad",       *over("2x3", ", (1, 2)", ", (1, 0, 0, 2)", ", (-1, 1)")),
)
# fmt: on

BY_OP: dict[str, Row] = {row.op: row for row in ROWS}


def policy_of(case: Case) -> Policy:
    """How the numbers of a case are judged: by its op's row, in every source of cases.

    The semantics programs are compared exactly: their numbers are chosen to leave no choice. The
    tutorial draws its numbers at random; what it prints of them is compared to the digit."""
    if case.op is None:
        return TUTORIAL if case.source == "tutorial" else EXACT
    row = BY_OP.get(case.op) or BY_OP.get(f"Tensor.{case.op}") or BY_OP.get(F + case.op)
    return OTHER if row is None else row.policy
