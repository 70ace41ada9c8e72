"""Special functions."""

from __future__ import annotations

from typing import Any

from conformance.cases.catalog.kinds import ONE, PAIRS, binary, ulps, unary
from conformance.cases.inputs import over
from conformance.cases.rows import FLOATS, Row
from conformance.judge import Policy

S = "special."
FOUR = ulps(4)


def special(op: str, policy: Policy = FOUR, domain: str = "real", **more: Any) -> Row:
    return unary(S + op, policy, domain, **{"inplace": False, "dtypes": FLOATS, **more})


def polynomial(op: str) -> Row:
    """PyTorch adds up a recurrence, in the dtype of the argument."""
    degrees = over("2x3 .", ", 0", ", 1", ", 3", ", 7", ", -1", ", 2.5")
    return Row(
        S + op, "x{a}", ulps(64, 64), "symmetric", degrees, dtypes=FLOATS, grad=False, extreme=False
    )


# fmt: off
ROWS: tuple[Row, ...] = (
    unary("sigmoid",    ulps(3)),
    unary("logit",      ulps(3, 2), "unit", plans=(*ONE, *over("2x3", ", 0.3"))),
    unary("erf",        ulps(3)),
    unary("erfc",       ulps(8)),
    unary("erfinv",     ulps(4), "symmetric"),
    unary("lgamma",     ulps(4, 8), "positive", dtypes=FLOATS, edges=False, extreme=False),
    unary("digamma",    ulps(8, 8), "positive", dtypes=FLOATS, edges=False, extreme=False),
    Row("polygamma", "{a}, x", ulps(8), "positive", over("2x3 .", "1", "2", "3"), dtypes=FLOATS,
        extreme=False, invalid=over("2", "-1", "0.5")),
    unary("mvlgamma",   ulps(8, 8), "above one", plans=over("2x3 . 0", ", 1", ", 3"), dtypes=FLOATS,
          invalid=over("2", ", 0", ", 1.5"),
          edges=False, extreme=False),
    unary("sinc",       ulps(3, 2), "moderate", extreme=False,
          complex_policy=Policy("stable", k=8)),
    unary("i0",         ulps(4), "moderate", edges=False, extreme=False),
    binary("xlogy",     ulps(3), also={"w": "positive"}),
    *(binary(name, ulps(128), "above one", also={"w": "positive"}, dtypes=FLOATS, edges=False,
             extreme=False) for name in ("igamma", "igammac")),
    binary(S + "xlog1py", ulps(3), also={"w": "positive"}, inplace=False, dtypes=FLOATS),
    Row(S + "zeta", "x, w", ulps(8), "above one", PAIRS, {"w": "positive"}, FLOATS, grad=False,
        extreme=False),
    special("entr",     ulps(3), "positive"),
    special("erfcx",    ulps(4), "moderate", edges=False, extreme=False),
    # PyTorch adds erf to 1, whose last bit is then all that is known of small results.
    special("ndtr",     ulps(4, 2), "moderate", edges=False, extreme=False),
    special("ndtri",    ulps(8, 4), "unit"),
    special("log_ndtr", ulps(8), "moderate", edges=False, extreme=False),
    special("i0e",      domain="moderate", edges=False, extreme=False),
    special("i1",       domain="moderate", edges=False, extreme=False),
    special("i1e",      domain="moderate", edges=False, extreme=False),
    *(special(name, ulps(8, 8), grad=False, edges=False, extreme=False)
      for name in ("airy_ai", "bessel_j0", "bessel_j1")),
    *(special(name, ulps(8, 8), "positive", grad=False)
      for name in ("bessel_y0", "bessel_y1", "modified_bessel_k0", "modified_bessel_k1",
                   "scaled_modified_bessel_k0", "scaled_modified_bessel_k1")),
    *(special(name, ulps(8), "moderate", grad=False)
      for name in ("modified_bessel_i0", "modified_bessel_i1", "spherical_bessel_j0")),
    *(polynomial(f"{shifted}chebyshev_polynomial_{kind}")
      for shifted in ("", "shifted_") for kind in "tuvw"),
    *(polynomial(name) for name in ("hermite_polynomial_h", "hermite_polynomial_he",
                                    "laguerre_polynomial_l", "legendre_polynomial_p")),
    # what is found elsewhere too
    *(special(name, ulps(4, 2), domain, plans=over("2x3", arguments), edges=False, extreme=False)
      for name, domain, arguments in (
          ("expit", "real", ""), ("erf", "real", ""), ("erfc", "real", ""),
          ("erfinv", "symmetric", ""), ("exp2", "real", ""), ("expm1", "real", ""),
          ("log1p", "positive", ""), ("logit", "unit", ", 0.1"), ("i0", "moderate", ""),
          ("sinc", "symmetric", ""), ("round", "real", ", decimals=1"))),
    *(special(name, ulps(8, 8), "above one", plans=over("2x3", arguments), grad=False, edges=False,
              extreme=False)
      for name, arguments in (("psi", ""), ("digamma", ""), ("gammaln", ""),
                              ("multigammaln", ", 2"))),
    binary(S + "xlogy", ulps(3), also={"w": "positive"}, plans=PAIRS[:2], inplace=False,
           dtypes=FLOATS, edges=False, extreme=False),
    *(binary(S + name, ulps(128), "above one", also={"w": "positive"}, plans=PAIRS[:2],
             inplace=False, dtypes=FLOATS, edges=False, extreme=False)
      for name in ("gammainc", "gammaincc")),
    Row(S + "polygamma", "1, x", ulps(8), "positive", over("2x3"), dtypes=FLOATS, extreme=False),
)
# fmt: on
