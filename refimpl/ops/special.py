"""Special functions: SciPy's, with PyTorch's derivatives.

Formulas: PyTorch's tools/autograd/derivatives.yaml and FunctionsManual.cpp.
"""

from __future__ import annotations

import math
from typing import Any

import ml_dtypes
import numpy as np
import scipy.special

from .. import _inplace
from .._dtype import F32, F64, I64
from .._op import alias, composite, no_derivative, pointwise, publish, row, torch
from .._row import Function, rows
from .._tensor import Tensor
from .pointwise import at_least, backward, is_number, with_numbers, zero_where

SQRT_PI, SQRT_2_PI = math.sqrt(math.pi), math.sqrt(2 * math.pi)


# The error function, the normal distribution.

pointwise("erf",     scipy.special.erf,     promotes="INT_TO_FLOAT", self=lambda grad, self: 2 / SQRT_PI * torch.exp(-(self**2)) * grad)
pointwise("erfc",    lambda self: _erfc(self),    promotes="INT_TO_FLOAT", self=lambda grad, self: -2 / SQRT_PI * torch.exp(-(self**2)) * grad)
pointwise("erfinv",  lambda self: np.where(self == 0, self, scipy.special.erfinv(self)),  promotes="INT_TO_FLOAT", self=lambda grad, self: SQRT_PI / 2 * torch.exp(torch.erfinv(self) ** 2) * grad)


def _special(name: str, kernel: Any, **formulas: Any) -> None:
    pointwise("special_" + name, kernel, promotes="INT_TO_FLOAT", places=(), inplace=False, **formulas)
    publish(name, row("special_" + name), ("special",))


_special("erfcx",    scipy.special.erfcx,    self=lambda grad, self, result: (2.0 * self * result - 2.0 / SQRT_PI) * grad)
_special("ndtri",    scipy.special.ndtri,    self=lambda grad, result: grad * SQRT_2_PI * torch.exp(result**2 / 2))
_special("log_ndtr", scipy.special.log_ndtr, self=lambda grad, self, result: grad / SQRT_2_PI * torch.exp(-(result + self**2 / 2)))
_special("entr",     scipy.special.entr,     self=lambda grad, self: grad * -(1 + torch.log(self)))


def _erfc(self: Any) -> Any:
    """The C library's, which keeps its last digits in the tail; SciPy's loses the last ten units there."""
    return np.asarray(np.frompyfunc(math.erfc, 1, 1)(self)).astype(self.dtype)


@composite("special")
def ndtr(self: Any) -> Any:
    """The area under the normal distribution up to ``self``."""
    scaled = row("_mul_number")(at_least(self, 1.0), math.sqrt(0.5))
    return row("_mul_number")(row("_add_number")(torch.erf(scaled), 1), 0.5)


# Gamma and zeta.

pointwise("lgamma",  lambda self: np.where(np.isinf(self), math.inf, scipy.special.gammaln(self)), promotes="INT_TO_FLOAT", self=lambda grad, self: grad * torch.digamma(self))
pointwise("digamma", scipy.special.digamma, promotes="INT_TO_FLOAT", self=lambda grad, self: grad * torch.polygamma(1, self))
for _node in ("PolygammaBackward0", "PolygammaBackward1"):  # out of place, in place
    pointwise("_polygamma" + _node[-1], lambda self, n: scipy.special.polygamma(n, self).astype(self.dtype),
              promotes="INT_TO_FLOAT", places=(), node=_node,
              self=lambda grad, self, n: grad * torch.polygamma(n + 1, self))
pointwise("igamma",  scipy.special.gammainc, numbers=False, self=no_derivative("igamma: input"),
          other=lambda grad, self, other: grad * torch.exp((self - 1) * torch.log(other) - other - torch.lgamma(self)))
pointwise("igammac", scipy.special.gammaincc, numbers=False, self=no_derivative("igammac: input"),
          other=lambda grad, self, other: -grad * torch.exp((self - 1) * torch.log(other) - other - torch.lgamma(self)))
pointwise("_mvlgamma", lambda self, p: scipy.special.gammaln(_multivariate(self, p)).sum(-1).astype(self.dtype)
              + self.dtype.type(p * (p - 1) * math.log(math.pi) * 0.25),
          promotes="INT_TO_FLOAT", node="MvlgammaBackward0", places=(),
          self=lambda grad, self, p: grad * torch.sum(torch.digamma(_multivariate(self, p)), -1))
with_numbers("special_zeta", lambda self, other: scipy.special.zeta(self, other),
             "SpecialZetaBackward0 SpecialZetaBackward1 SpecialZetaBackward2", promotes="INT_TO_FLOAT", places=("special",),
             self=no_derivative("zeta"),
             other=lambda grad, self, other: grad * -self * torch.special.zeta(self + 1.0, other))


def _multivariate(self: Any, p: int) -> Any:
    """What the one-dimensional functions of a p-dimensional one are taken of, in a last dimension."""
    steps = np.arange(1 - p, 1) / 2
    if isinstance(self, Tensor):
        return torch.tensor(steps, dtype=self.dtype) + torch.unsqueeze(self, -1)
    return steps.astype(self.dtype) + self[..., None]


@composite(inplace=True)
def mvlgamma(self: Any, p: int) -> Any:
    if p < 1:
        raise RuntimeError("p has to be greater than or equal to 1")
    if self.dtype is torch.bool:
        raise RuntimeError("The input tensor may not be a boolean tensor.")
    return row("_mvlgamma")(self, p)


@composite("torch", "special")
def polygamma(n: int, input: Any) -> Any:
    """The n-th derivative of digamma."""
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    return row("_polygamma0")(input, n)


publish("polygamma", lambda self, n: polygamma(n, self), ("Tensor",))
Tensor.polygamma_ = _inplace.variant("_polygamma1", row("_polygamma1"))  # type: ignore[attr-defined]

# Logarithms that are defined at zero, and the logistic function.

with_numbers("xlogy", scipy.special.xlogy, "XlogyBackward0 XlogyBackward1 XlogyBackward2", promotes="INT_TO_FLOAT",
             self=lambda grad, self, other: _zero_at_zero(self, other <= 0, _times_logarithm("xlogy", grad, other)),
             other=lambda grad, self, other: grad * self / other)
with_numbers("special_xlog1py", scipy.special.xlog1py, "SpecialXlog1PyBackward0 SpecialXlog1PyBackward1 SpecialXlog1PyBackward2",
             promotes="INT_TO_FLOAT", places=("special",),
             self=lambda grad, self, other: _zero_at_zero(self, other <= -1, _times_logarithm("special_xlog1py", grad, other)),
             other=lambda grad, self, other: grad * self / (other + 1))
def _gradient_times_logarithm(name: str, offset: int) -> None:
    pointwise(f"_{name}_gradient", rows[name].kernel, node=rows[name].Node.__name__, promotes="INT_TO_FLOAT", places=(),
              self=lambda grad, other: _times_logarithm(name, grad, other),
              other=lambda grad, self, other: grad * self / (other + offset if offset else other))


_gradient_times_logarithm("xlogy", 0)
_gradient_times_logarithm("special_xlog1py", 1)
pointwise("sigmoid", lambda self: 1 / (1 + np.exp(-self)), promotes="INT_TO_FLOAT",
          self=lambda grad, result: _sigmoid_backward(grad, result))
_sigmoid_backward: Function = backward(
    "sigmoid_backward", lambda grad_output, result: grad_output * ((1 - result) * result).conj(),
    grad_output=lambda grad, result: _sigmoid_backward(grad, result.conj()),
    result=lambda grad, grad_output, result: grad.conj() * grad_output * (-2 * result.conj() + 1))
pointwise("logit", lambda self, eps=None: _logit(self, eps), promotes="INT_TO_FLOAT",
          self=lambda grad, self, eps: _logit_grad(grad, self, eps))
pointwise("sinc", lambda self: _sinc(self), promotes="INT_TO_FLOAT",
          self=lambda grad, self: _sinc_grad(grad, self))


def _times_logarithm(name: str, grad: Any, other: Any) -> Any:
    """The gradient times the logarithm: linear in the gradient, at its zeros too."""
    return row(f"_{name}_by_number" if is_number(other) else f"_{name}_gradient")(grad, other)


def _zero_at_zero(self: Any, there: Any, value: Any) -> Any:
    """Zero where the factor is and the logarithm is not finite, or no number."""
    return value if there is False else zero_where(self == 0 if there is True else (self == 0) & there, value)


def _logit(self: Any, eps: float | None) -> Any:
    x = self if eps is None or eps < 0 else np.clip(self, eps, 1 - eps)
    return np.log(x / (1 - x))


def _logit_grad(grad: Any, self: Any, eps: float | None) -> Any:
    low, outside = (0, math.nan) if eps is None or eps < 0 else (eps, 0.0)
    slope, inside = self * (1 - self), (self >= low) & (self <= 1 - low)
    if not isinstance(self, Tensor):  # PyTorch's kernel: at -0.0 too it is infinite, upwards, and of nan nan
        slope, inside = np.abs(slope), inside | np.isnan(self)
    return torch.where(inside, grad / slope, outside)


def _sinc(self: Any) -> Any:
    x = self * math.pi
    return np.where(self == 0, 1, np.sin(x) / np.where(self == 0, 1, x)).astype(self.dtype)


def _sinc_grad(grad: Any, self: Any) -> Any:
    x, square = self * math.pi, self * self * math.pi
    return grad * torch.where(square == 0, 0.0, ((x * torch.cos(x) - torch.sin(x)) / square).conj())


# Bessel functions. Of most of them PyTorch has no derivative: their results require none.

pointwise("i0", scipy.special.i0, promotes="INT_TO_FLOAT", self=lambda grad, self: grad * torch.special.i1(self))
_special("i0e", scipy.special.i0e, self=lambda grad, self, result: grad * (torch.special.i1e(self) - torch.sgn(self) * result))
_special("i1",  scipy.special.i1,  self=lambda grad, self, result: _slope_at_zero_is_half(
             grad, self, lambda x: torch.i0(x) - result * torch.reciprocal(x)))
_special("i1e", scipy.special.i1e, self=lambda grad, self, result: _slope_at_zero_is_half(
             grad, self, lambda x: torch.special.i0e(x) - result * (torch.sgn(x) + torch.reciprocal(x))))
for _name, _kernel in {
    "airy_ai": lambda self: np.where((self > 110) & np.isfinite(self), 0, scipy.special.airy(self)[0]).astype(self.dtype),
    "bessel_j0": scipy.special.j0, "bessel_j1": scipy.special.j1,
    "bessel_y0": scipy.special.y0, "bessel_y1": scipy.special.y1,
    "modified_bessel_i0": scipy.special.i0, "modified_bessel_i1": scipy.special.i1,
    "modified_bessel_k0": scipy.special.k0, "modified_bessel_k1": scipy.special.k1,
    "scaled_modified_bessel_k0": scipy.special.k0e, "scaled_modified_bessel_k1": scipy.special.k1e,
    "spherical_bessel_j0": lambda self: scipy.special.spherical_jn(0, self).astype(self.dtype),
}.items():
    _special(_name, _kernel)


def _slope_at_zero_is_half(grad: Any, self: Any, slope: Any) -> Any:
    eps = float(ml_dtypes.finfo(getattr(self.dtype, "numpy", self.dtype)).eps)
    apart = torch.abs(self) > eps
    return grad * torch.where(apart, slope(torch.where(apart, self, eps)), 0.5)


# Polynomials of degree n: 0 below degree 0, nothing to differentiate. PyTorch's recurrences.

_MOST = {F32: 128, F64: 512}  # degrees above overflow, and are nan


def _polynomial(name: str, first: Any, step: Any, most: Any = None) -> None:
    def kernel(self: Any, n: Any) -> Any:
        degree = np.broadcast_arrays(self, n)[1].astype(I64)  # towards zero
        x = self.astype(F64) * 2 - 1 if name.startswith("shifted") else self.astype(F64)
        below, last = np.ones_like(x), first(x)
        value = np.where(degree == 1, last, degree == 0)
        for k in range(1, min(int(degree.max(initial=0)), (most or {}).get(self.dtype, math.inf))):
            below, last = last, step(k, x, last, below)
            value = np.where(degree == k + 1, last, value)
        return np.where(degree > most[self.dtype], math.nan, value) if most else value

    pointwise("special_" + name, lambda self, n: kernel(self, n).astype(self.dtype), promotes="INT_TO_FLOAT", places=(), inplace=False)
    composite("special", name=name)(lambda self, n: row("special_" + name)(self, n))


for _name, _first in {"t": lambda x: x, "u": lambda x: x + x, "v": lambda x: x + x - 1, "w": lambda x: x + x + 1}.items():
    for _shifted in ("", "shifted_"):
        _polynomial(f"{_shifted}chebyshev_polynomial_{_name}", _first, lambda k, x, q, p: (x + x) * q - p)
_polynomial("hermite_polynomial_h",  lambda x: x + x, lambda k, x, q, p: (x + x) * q - 2 * k * p, _MOST)
_polynomial("hermite_polynomial_he", lambda x: x,     lambda k, x, q, p: x * q - k * p, _MOST)
_polynomial("laguerre_polynomial_l", lambda x: 1 - x, lambda k, x, q, p: ((2 * k + 1 - x) * q - k * p) / (k + 1))
_polynomial("legendre_polynomial_p", lambda x: x,     lambda k, x, q, p: ((2 * k + 1) * x * q - k * p) / (k + 1))

# torch.special's names of what is found elsewhere.

for _name, _of in {
    "digamma": "digamma", "psi": "digamma", "erf": "erf", "erfc": "erfc", "erfinv": "erfinv", "exp2": "exp2",
    "expm1": "expm1", "expit": "sigmoid", "gammaln": "lgamma", "gammainc": "igamma", "gammaincc": "igammac",
    "i0": "i0", "log1p": "log1p", "logit": "logit", "multigammaln": "mvlgamma",
    "sinc": "sinc", "xlogy": "xlogy",
}.items():
    alias("special." + _name, _of)
composite("special", name="round")(lambda self, *, decimals=0: torch.round(self, decimals=decimals))
