"""Elementwise operations: arithmetic, comparisons, functions."""

from __future__ import annotations

from typing import Any

from conformance.cases.catalog.kinds import (
    BOOLS,
    EITHER,
    MORE,
    NUMBERS,
    PAIRS,
    REALS,
    STABLE,
    WHOLE,
    binary,
    operator,
    ulps,
    unary,
)
from conformance.cases.inputs import INTEGERS, over, plans
from conformance.cases.rows import FLOATS, Row
from conformance.judge import Policy

PRODUCT = ulps(3)
"""Products of complex numbers are sqrt(5) units off (Brent, Percival, Zimmermann)."""
COMPLEX_FUNCTION = ulps(8)
SCALED = (", alpha=2", ", alpha=-0.5")
TRIPLES = plans("x=2x3 w=3 v=2x1", "x=3 w=3 v=3", "x=2 w=. v=2", "x=0 w=1 v=0")
WITHOUT_NUMBERS = plans(("x=2", ", 2"))
BITS: dict[str, Any] = {
    "dtypes": INTEGERS, "grad": False, "invalid": over("2", "torch.tensor([1, 2, 3])"),
}  # fmt: skip
BY_ZERO = plans("x=2<5 w=2<1", "x=2? w=2?")


def shift(name: str) -> Row:
    counts = over("2x3 .", ", 1", ", 3", ", 70", ", -1", ", 8", ", x")
    return Row(
        f"bitwise_{name}_shift", "x{a}", plans=counts, grad=False, inplace=True, dtypes=INTEGERS,
        invalid=over("2", ", 'a'", ", 1, 2, 3"),
    )  # fmt: skip


# fmt: off
ROWS: tuple[Row, ...] = (
    # arithmetic
    binary("add",          ulps(1), arguments=SCALED[:1], dtypes=NUMBERS, complex_policy=PRODUCT,
           refuses=plans(("x=2 w=2<5", ", alpha='a'"), ("x=2<5 w=2<5", ", alpha=0.5"))),
    binary("sub",          ulps(1), arguments=SCALED[:1], dtypes=NUMBERS, complex_policy=PRODUCT,
           refuses=plans("x=2? w=2", "x=2 w=2?", ("x=2<5 w=2<5", ", alpha=1j"))),
    binary("mul",          ulps(1), dtypes=NUMBERS, complex_policy=PRODUCT),
    binary("div",          ulps(1), also={"w": "nonzero"}, dtypes=MORE, complex_policy=ulps(4),
           refuses=plans(("x=2 w=2", ", rounding_mode='up'"),
                         ("x=2<5 w=2<1", ", rounding_mode='floor'"))),
    binary("true_divide",  ulps(1), also={"w": "nonzero"}, dtypes=(*FLOATS, *INTEGERS),
           complex_policy=ulps(4)),
    binary("rsub",         ulps(1), arguments=SCALED[:1], inplace=False, dtypes=REALS,
           refuses=plans("x=2? w=2")),
    binary("pow",          ulps(2), "positive", also={"w": "real"}, dtypes=MORE,
           complex_policy=ulps(32), refuses=plans("x=2? w=2?")),
    binary("float_power",  ulps(2), "positive", also={"w": "real"}, dtypes=FLOATS),
    binary("remainder",    ulps(1), also={"w": "nonzero"}, refuses=BY_ZERO),
    binary("fmod",         ulps(1), also={"w": "nonzero"}, refuses=BY_ZERO),
    binary("floor_divide", also={"w": "nonzero"}, grad=False, dtypes=FLOATS,
           refuses=BY_ZERO),
    binary("maximum",      EITHER, inplace=False, dtypes=REALS, refuses=WITHOUT_NUMBERS),
    binary("minimum",      EITHER, inplace=False, dtypes=REALS, refuses=WITHOUT_NUMBERS),
    binary("fmax",         EITHER, inplace=False, dtypes=REALS, refuses=WITHOUT_NUMBERS),
    binary("fmin",         EITHER, inplace=False, dtypes=REALS, refuses=WITHOUT_NUMBERS),
    binary("atan2",        ulps(2), refuses=WITHOUT_NUMBERS),
    binary("hypot",        ulps(2), refuses=plans("x=2<5 w=2<5")),
    binary("copysign",     Policy("exact", k=2), edges=False, extreme=False),
    binary("logaddexp",    ulps(4, 2), inplace=False, dtypes=FLOATS, refuses=plans("x=2<5 w=2<5")),
    binary("logaddexp2",   ulps(4, 2), inplace=False, dtypes=FLOATS, refuses=plans("x=2<5 w=2<5")),
    binary("ldexp",        ulps(2), also={"w": "moderate"}, dtypes=FLOATS,
           complex_policy=ulps(8)),
    binary("nextafter",    dtypes=(*FLOATS, "bfloat16"), refuses=plans("x=2<5 w=2<5")),
    binary("heaviside",    grad=False, dtypes=REALS, refuses=plans("x=2 w=2<5")),
    *(binary(name, grad=False, dtypes=INTEGERS, refuses=plans("x=2? w=2?"))
      for name in ("gcd", "lcm")),
    *(binary(f"bitwise_{name}", grad=False, dtypes=INTEGERS) for name in ("and", "or", "xor")),
    unary("bitwise_not", grad=False, dtypes=INTEGERS),
    shift("left"),
    shift("right"),
    Row("addcmul", "x, w, v, value=0.5", STABLE, inplace=True, dtypes=MORE, plans=TRIPLES,
        invalid=plans("x=2 w=3 v=2", "x=2? w=2? v=2?")),
    Row("addcdiv", "x, w, v, value=0.5", STABLE, inplace=True, dtypes=MORE, also={"v": "nonzero"},
        plans=TRIPLES, invalid=plans("x=2 w=3 v=2", "x=2 w=2<5 v=2<5")),
    Row("lerp", "x, w, {a}", STABLE, inplace=True, dtypes=MORE,
        plans=plans(("x=2x3 w=3", "0.25"), ("x=2x3 w=2x3", "0.75"), ("x=. w=.", "0.5"),
                    ("x=2x3 w=3 v=2x1", "v"), ("x=3 w=3 v=.", "v"), ("x=3 w=3", "-1.5")),
        invalid=plans(("x=2x3 w=2", "0.5"), ("x=2<5 w=2<5", "1"), ("x=2 w=2<5", "0.5"),
                      ("x=2 w=2", "'a'"))),
    # numbers beside tensors
    *(operator(name, ulps(1), "real", "2.5", "-1", "0", "True") for name in ("__add__", "__mul__")),
    *(operator(name, ulps(1), "real", "2.5", "-1", "0") for name in ("__sub__", "__rsub__")),
    operator("__radd__",      ulps(1), "real", "2.5", "-1"),
    operator("__rmul__",      ulps(1), "real", "2.5", "-1"),
    operator("__truediv__",   ulps(1), "real", "2.5", "-1", "3"),
    operator("__div__",       ulps(1), "real", "2.5", "3"),
    operator("__rtruediv__",  ulps(2), "nonzero", "2.5", "-1"),
    operator("__rdiv__",      ulps(2), "nonzero", "2.5", "-1"),
    operator("__pow__",       ulps(2), "positive", "2", "3", "0", "0.5", "-1", "1"),
    operator("__rpow__",      ulps(2), "real", "2", "0.5"),
    operator("__mod__",       ulps(1), "real", "2.5", "-1", "3"),
    operator("__rmod__",      ulps(1), "nonzero", "2.5", "-1", grad=False),
    operator("__floordiv__",  ulps(0), "real", "2.5", "-1", grad=False),
    operator("__rfloordiv__", ulps(0), "nonzero", "2.5", "-1", grad=False),
    *(operator(f"__{name}__", ulps(0), "real", "3", "-2", "0", "300", **BITS)
      for name in ("and", "or", "xor", "rand", "ror", "rxor")),
    *(operator(f"__{name}__", ulps(0), "real", "1", "3", **BITS)
      for name in ("lshift", "rshift", "rlshift", "rrshift")),
    *(operator(f"__{name}__", ulps(0), "real", "0.5", "2", "-1", dtypes=REALS, grad=False)
      for name in ("eq", "ne", "lt", "le", "gt", "ge")),
    *(Row(f"Tensor.__{name}__", f"x.clone().__{name}__({{a}})", ulps(1), "nonzero", edges=True,
          plans=over("2x3 .", "2.5", "-1", "x.detach()"), invalid=over("2", "1j", "torch.ones(3)"))
      for name in ("iadd", "isub", "imul", "itruediv", "imod")),
    *(Row(f"Tensor.__{name}__", f"x.clone().__{name}__({{a}})", dtypes=INTEGERS, grad=False,
          plans=over("2x3 .", "3", "x"), invalid=over("2", "1.5", "torch.tensor([1, 2, 3])"))
      for name in ("iand", "ior", "ixor", "ilshift", "irshift")),
    *(Row(f"Tensor.__{name}__", f"x.__{name}__()", dtypes=NUMBERS, plans=over("2x3 . 0"),
          invalid=BOOLS, complex_policy=ulps(2)) for name in ("neg", "pos")),
    Row("Tensor.__abs__",    "x.__abs__()", dtypes=NUMBERS, plans=over("2x3 . 0"), invalid=BOOLS,
        complex_policy=ulps(2)),
    Row("Tensor.__invert__", "x.__invert__()", dtypes=INTEGERS, plans=over("2x3 . 0"), grad=False,
        invalid=plans("x=2 v=2")),
    # comparisons
    *(binary(name, inplace=False, grad=False, dtypes=REALS)
      for name in ("eq", "ne", "lt", "le", "gt", "ge", "greater", "less", "not_equal",
                   "greater_equal", "less_equal")),
    *(binary(f"logical_{name}", inplace=False, grad=False, refuses=WITHOUT_NUMBERS)
      for name in ("and", "or", "xor")),
    *(unary(name, inplace=False, grad=False)
      for name in ("isnan", "isinf", "isfinite", "logical_not", "signbit", "isreal", "isposinf",
                   "isneginf")),
    # pointwise
    unary("neg",        dtypes=NUMBERS, invalid=BOOLS),
    unary("abs",        dtypes=NUMBERS, complex_policy=ulps(2), invalid=BOOLS),
    unary("sign",       dtypes=REALS),
    unary("floor",      dtypes=REALS, invalid=BOOLS),
    unary("ceil",       dtypes=REALS, invalid=BOOLS),
    unary("trunc",      dtypes=REALS, invalid=BOOLS),
    unary("round",      invalid=BOOLS),
    unary("frac",       ulps(1), invalid=WHOLE),
    unary("deg2rad",    ulps(1)),
    unary("rad2deg",    ulps(1)),
    unary("frexp",      inplace=False, invalid=WHOLE),
    unary("sgn",        ulps(2), dtypes=MORE),
    unary("conj_physical", dtypes=MORE),
    unary("positive",   inplace=False, dtypes=NUMBERS, invalid=BOOLS),
    unary("angle",      ulps(2), inplace=False, dtypes=MORE),
    unary("square",     ulps(1), dtypes=MORE, complex_policy=PRODUCT),
    unary("sqrt",       ulps(1), "positive", dtypes=MORE, complex_policy=COMPLEX_FUNCTION),
    unary("rsqrt",      ulps(2), "positive", dtypes=MORE, complex_policy=COMPLEX_FUNCTION),
    unary("reciprocal", ulps(1), "nonzero", dtypes=MORE, complex_policy=ulps(4)),
    unary("exp",        ulps(2), dtypes=MORE),
    unary("exp2",       ulps(2)),
    unary("expm1",      ulps(2)),
    unary("log",        ulps(2), "positive", dtypes=MORE, complex_policy=ulps(4, 4)),
    unary("log2",       ulps(2, 1), "positive", dtypes=MORE, complex_policy=ulps(4, 4)),
    unary("log10",      ulps(2, 1), "positive", dtypes=MORE, complex_policy=ulps(4, 4)),
    unary("log1p",      ulps(2), "positive"),
    unary("sin",        ulps(2), dtypes=MORE, complex_policy=COMPLEX_FUNCTION),
    unary("cos",        ulps(2), dtypes=MORE, complex_policy=COMPLEX_FUNCTION),
    unary("tan",        ulps(4), dtypes=MORE, complex_policy=COMPLEX_FUNCTION),
    unary("asin",       ulps(2), "symmetric", dtypes=MORE, complex_policy=COMPLEX_FUNCTION),
    unary("acos",       ulps(2), "symmetric", dtypes=MORE, complex_policy=COMPLEX_FUNCTION),
    unary("atan",       ulps(2), dtypes=MORE, complex_policy=COMPLEX_FUNCTION),
    unary("sinh",       ulps(4), dtypes=MORE, complex_policy=COMPLEX_FUNCTION),
    unary("cosh",       ulps(4), dtypes=MORE, complex_policy=COMPLEX_FUNCTION),
    unary("tanh",       ulps(2), dtypes=MORE, complex_policy=COMPLEX_FUNCTION),
    unary("asinh",      ulps(4), dtypes=MORE, complex_policy=COMPLEX_FUNCTION),
    unary("acosh",      ulps(4), "above one", dtypes=MORE, complex_policy=COMPLEX_FUNCTION),
    unary("atanh",      ulps(4), "symmetric", dtypes=MORE, complex_policy=COMPLEX_FUNCTION),
    unary("nan_to_num", plans=over("2x3 . 0", "", ", 1.5", ", nan=-1, posinf=2.5, neginf=-2.5"),
          invalid=over("2", ", 'a'")),
    unary("clamp",      EITHER, dtypes=FLOATS, invalid=over("2", "", ", 'a'"),
          plans=(*over("2x3 . 0", ", -0.5, 1.0", ", min=0.5", ", max=0.5"), *over("2x3", ", 1, 0"),
                 *plans(("x=2x3 w=3 v=2x1", ", w, v"), ("x=2x3 w=3", ", min=w"),
                        ("x=2x3 w=3", ", max=w")))),
    *(unary(f"clamp_{end}", EITHER, invalid=over("2", "", ", 'a'"),
            plans=(*over("2x3 .", ", 0.5", ", 0"), *plans(("x=2x3 w=3", ", w"))))
      for end in ("min", "max")),
    # other names
    *(unary(name, ulps(4), domain, plans=over("2x3"), inplace=False, dtypes=FLOATS)
      for domain, names in {"real": "absolute negative fix arctan arcsinh",
                            "symmetric": "arcsin arccos arctanh", "above one": "arccosh"}.items()
      for name in names.split()),
    *(binary(name, ulps(2), also={"w": "nonzero"}, plans=PAIRS[:2], dtypes=FLOATS, edges=False,
             extreme=False)
      for name in ("subtract", "multiply", "divide", "arctan2")),
    unary("clip", EITHER, plans=over("2x3", ", -0.5, 1.0", ", max=0.5"), dtypes=FLOATS),
)
# fmt: on
