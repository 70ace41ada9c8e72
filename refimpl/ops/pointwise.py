"""Arithmetic, comparison and pointwise mathematics.

Formulas: PyTorch's tools/autograd/derivatives.yaml. The order of operations is PyTorch's, since it
decides the last bit.
"""

from __future__ import annotations

import math
from typing import Any

import ml_dtypes
import numpy as np
from numpy import ndarray

from .. import _inplace
from .._call import same_variable
from .._dtype import (
    BOOL,
    COMPLEX,
    F32,
    F64,
    FLOAT,
    as_number,
    of_numpy,
    result_type,
    scalar_category,
    wrapped,
)
from .._grad_mode import mode
from .._op import (
    EVERYWHERE,
    NOT_IMPLEMENTED,
    alias,
    composite,
    not_implemented,
    op,
    pointwise,
    row,
    torch,
)
from .._out import C_TYPES
from .._row import NUMBERS, Function, rows
from .._tensor import Tensor
from .refusals import real_gradients

LN_2, LN_10 = math.log(2), math.log(10)


def backward(name: str, kernel: Function, **formulas: Any) -> Function:
    """The row of a derivative; on bare float32 and float64 arrays its kernel at once."""
    call = op(name, kernel, places=(), **formulas)

    def apply(grad: Any, *saved: Any) -> Any:
        if type(grad) is ndarray and (grad.dtype is F32 or grad.dtype is F64):
            return kernel(grad, *saved)
        return call(grad, *saved)

    return apply


def zero_where(condition: Any, value: Any) -> Any:
    """``value``, with zeros where the condition holds whatever stood there (nan too)."""
    if isinstance(value, Tensor):
        return torch.masked_fill(value, condition, 0)
    return torch.where(condition, 0.0, value)


def conjugate(value: Any) -> Any:
    """Of an operand, which may be a number: beside 16-bit floats it keeps its precision."""
    try:
        return value.conj()
    except AttributeError:
        return value.conjugate()


def is_number(value: Any) -> bool:
    return type(value) in NUMBERS  # NumPy's scalars, which are floats too, stand for 0-d arrays


# Arithmetic.

pointwise("add", np.add,
          self=lambda grad: grad,
          other=lambda grad: grad)
pointwise("_add_alpha", lambda self, other, alpha: fused(self, alpha, other),
          node="AddBackward0", places=(),
          self=lambda grad: grad,
          other=lambda grad, alpha: grad * alpha)
pointwise("sub", lambda self, other: np.subtract(_no_bools(self), other),
          self=lambda grad: grad,
          other=lambda grad: -grad)
pointwise("_sub_alpha", lambda self, other, alpha: fused(_no_bools(self), -alpha, other),
          node="SubBackward0", places=(),
          self=lambda grad: grad,
          other=lambda grad, alpha: -grad * alpha)
pointwise("_rsub", lambda self, other: np.subtract(wrapped(other, self.dtype), self),
          node="RsubBackward1", places=(),
          self=lambda grad: -grad)
pointwise("_rsub_tensor", lambda self, other, alpha=1: np.subtract(_no_bools(other), self * as_number(alpha, self.dtype)),
          node="RsubBackward0", places=(),
          self=lambda grad, alpha: -grad if alpha == 1 else -grad * alpha,
          other=lambda grad: grad)
pointwise("mul", np.multiply,
          self=lambda grad, other: grad * conjugate(other),
          other=lambda grad, self: grad * conjugate(self))
pointwise("div", np.true_divide, promotes="INT_TO_FLOAT",
          self=lambda grad, other: grad / conjugate(other),
          other=lambda grad, self, other: -grad * ((self / other) / other).conj())
pointwise("_div_mode", lambda self, other, rounding_mode: _divide_rounded(self, other, rounding_mode),
          node="DivBackward2", places=(),
          self=lambda grad, other, rounding_mode: torch.zeros_like(grad),
          other=lambda grad, self, other: torch.zeros_like(grad))
pointwise("neg", lambda self: _negated(self), self=lambda grad: -grad)
pointwise("reciprocal", lambda self: 1 / self, promotes="INT_TO_FLOAT",
          self=lambda grad, result: -grad * (result * result).conj())
pointwise("addcmul", lambda self, tensor1, tensor2, value=1:
              self + as_number(value, self.dtype) * tensor1 * tensor2,
          self=lambda grad: grad,
          tensor1=lambda grad, tensor2, value: grad * (tensor2 * value).conj(),
          tensor2=lambda grad, tensor1, value: grad * (tensor1 * value).conj())
pointwise("_addcdiv", lambda self, tensor1, tensor2, value:
              self + as_number(value, self.dtype) * (tensor1 / tensor2),
          node="AddcdivBackward0", places=(),
          self=lambda grad: grad,
          tensor1=lambda grad, tensor2, value: grad * (value / tensor2).conj(),
          tensor2=lambda grad, tensor1, tensor2, value:
              -grad * (value * tensor1 / (tensor2 * tensor2)).conj())
pointwise("_lerp_scalar", lambda self, end, weight: _lerp(self, end, weight),
          node="LerpBackward0", places=(),
          self=lambda grad, weight: grad * (1 - weight).conjugate(),
          end=lambda grad, weight: grad * weight.conjugate())
pointwise("_lerp_tensor", lambda self, end, weight: _lerp(self, end, weight),
          node="LerpBackward1", places=(),
          self=lambda grad, weight: grad * (1 - weight).conj(),
          end=lambda grad, weight: grad * weight.conj(),
          weight=lambda grad, self, end: grad * (end - self).conj())


_WIDER = {np.dtype(np.float32): np.float64, np.dtype(np.float64): np.longdouble}


def fused(self: Any, factor: Any, other: Any) -> Any:
    """self + factor * other, rounded once (nearly so in float64), as PyTorch's fused kernels do."""
    wide = _WIDER.get(self.dtype)
    if wide is None:
        return self + as_number(factor, self.dtype) * other
    return (self + as_number(factor, self.dtype).astype(wide) * other).astype(self.dtype)


def _no_bools(self: Any) -> Any:
    if self.dtype.kind == "b":
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. "
            "Use the `^` or `logical_xor()` operator instead."
        )
    return self


def _negated(self: Any) -> Any:
    if self.dtype.kind == "b":
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. "
            "If you are trying to invert a mask, use the `~` or `logical_not()` operator instead."
        )
    return np.negative(self)


def _divide_rounded(self: Any, other: Any, rounding_mode: str) -> Any:
    if self.dtype.kind in "bc":
        name = of_numpy[self.dtype].type_name
        raise NotImplementedError(f"\"div_{rounding_mode}_cpu\" not implemented for '{name}'")
    if _divisible(self, other):
        floor = np.floor_divide(self, other)
        truncated = floor + ((self - floor * other != 0) & ((self < 0) != (other < 0)))
        return floor if rounding_mode == "floor" else truncated.astype(self.dtype)
    if rounding_mode == "trunc":
        return np.trunc(self / other)
    return np.where(other == 0, self / other, np.floor_divide(self, other))


def _divisible(self: Any, other: Any) -> bool:
    """Whether both are whole numbers, of which none may be divided by zero."""
    if self.dtype.kind == "f":
        return False
    if not np.all(other):
        raise RuntimeError("ZeroDivisionError")
    return True


def _truncated_remainder(self: Any, other: Any) -> Any:
    _divisible(self, other)
    return np.fmod(self, other)


def _remainder(self: Any, other: Any) -> Any:
    if _divisible(self, other):
        return np.remainder(self, other)
    rest = np.fmod(self, other)
    return np.where((rest != 0) & ((rest < 0) != (other < 0)), rest + other, rest)


def _lerp(self: Any, end: Any, weight: Any) -> Any:
    # From the nearer end, as PyTorch does, so that weight 1 gives `end` exactly.
    weight = as_number(weight, self.dtype)
    span = end - self
    return np.where(np.abs(weight) < 0.5, fused(self, weight, span), fused(end, weight - 1, span))


for _name in ("add", "sub", "_rsub"):
    rows[_name].Node._saved_alpha = 1  # the rows of other factors keep theirs
_add, _add_alpha = row("add"), row("_add_alpha")
_sub, _sub_alpha, _rsub = row("sub"), row("_sub_alpha"), row("_rsub")
_div, _div_mode = row("div"), row("_div_mode")


@composite(inplace=True)
def add(self: Any, other: Any, *, alpha: Any = 1) -> Any:
    return _add(self, other) if _is_one(alpha, self, other) else _add_alpha(self, other, alpha)


def _is_one(alpha: Any, *operands: Any) -> bool:
    """Whether the factor makes no difference; refuses one of a higher category than the result."""
    if type(alpha) is int:
        return alpha == 1
    result = max(scalar_category(v) if is_number(v) else v.dtype.category for v in operands)
    kind = scalar_category(alpha)
    if kind == BOOL and result != BOOL:
        raise RuntimeError("Boolean alpha only supported for Boolean results.")
    if kind == COMPLEX and result != COMPLEX:
        raise RuntimeError("For non-complex input tensors, argument alpha must not be a complex number.")
    if kind == FLOAT and result < FLOAT:
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
    return bool(alpha == 1)


def _no_bool(value: Any) -> None:
    if isinstance(value, bool) or (isinstance(value, Tensor) and value.dtype.category == 0):
        raise RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to "
            "invert a mask, use the `~` or `logical_not()` operator instead."
        )


@composite(inplace=True)
def sub(self: Any, other: Any, *, alpha: Any = 1) -> Any:
    if not (isinstance(self, Tensor) and isinstance(other, Tensor) and self.dtype is other.dtype):
        _no_bool(self)
        _no_bool(other)
    return _sub(self, other) if _is_one(alpha, self, other) else _sub_alpha(self, other, alpha)


@composite()
def rsub(self: Any, other: Any, *, alpha: Any = 1) -> Any:
    """``alpha * self`` taken from ``other``; a number on the left of ``-`` comes here."""
    _no_bool(self)
    _no_bool(other)
    if is_number(other) and mode.in_formula:
        return _sub(other, self)  # formulas are C++ to PyTorch, where `1 - x` is a plain sub
    one = _is_one(alpha, self, other)
    if is_number(other):
        return _rsub(at_least(self if one else self * alpha, other), other)
    return row("_rsub_tensor")(self, other, alpha)


@composite(inplace=True)
def div(self: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    if rounding_mode is None:
        return _div(self, other)
    if rounding_mode not in ("trunc", "floor"):
        raise RuntimeError(
            "div expected rounding_mode to be one of None, 'trunc', or 'floor' "
            f"but found '{rounding_mode}'"
        )
    return _div_mode(self, other, rounding_mode)


@composite(inplace=True)
def addcdiv(self: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    if tensor1.dtype.category < FLOAT and tensor2.dtype.category < FLOAT:
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a "
            "true division of tensor1 and tensor2. The historic addcdiv behavior can be implemented as (input + value "
            "* torch.trunc(tensor1 / tensor2)).to(input.dtype) for integer inputs and as (input + value * tensor1 / "
            "tensor2) for float inputs. The future addcdiv behavior is just the latter implementation: (input + value "
            "* tensor1 / tensor2), for all dtypes."
        )
    return row("_addcdiv")(self, tensor1, tensor2, value)


@composite(inplace=True)
def lerp(self: Any, end: Any, weight: Any) -> Any:
    if is_number(weight):
        return row("_lerp_scalar")(self, _of_dtype(self, end, "end"), weight)
    if isinstance(weight, Tensor) and not weight.ndim:
        weight = same_variable(weight, self._array.dtype)
    return row("_lerp_tensor")(self, _of_dtype(self, end, "end"), _of_dtype(self, weight, "weight"))


def _of_dtype(self: Any, other: Any, name: str) -> Any:
    if isinstance(other, Tensor) and self.dtype is not other.dtype:
        names = C_TYPES[self.dtype.name], C_TYPES[other.dtype.name]
        raise RuntimeError(f"expected dtype {names[0]} for `{name}` but got dtype {names[1]}")
    return other


def at_least(self: Any, *numbers: Any) -> Any:
    """The tensor in the dtype that it has together with the numbers (which it outranks within its category)."""
    if isinstance(self, Tensor) and any(self.dtype.category < scalar_category(n) for n in numbers):
        return same_variable(self, result_type([self._array], list(numbers)))
    return self


def with_numbers(
    name: str, kernel: Any, nodes: str, *, promotes: str = "DEFAULT", places: Any = EVERYWHERE, self: Any, other: Any
) -> None:
    """PyTorch's overloads: a row for two tensors, one for a number before a tensor, one for a number
    behind it. ``nodes`` are theirs; "-" where there is no such overload."""
    both, before, behind = nodes.split()
    pointwise(name, kernel, node=both, promotes=promotes, places=(), self=self, other=other)
    pointwise(f"_{name}_of_number", lambda other, self: kernel(wrapped(self, other.dtype), other),
              node=before, promotes=promotes, places=(), other=not_implemented(name) if before == NOT_IMPLEMENTED else other)
    pointwise(f"_{name}_by_number", lambda self, other: kernel(self, wrapped(other, self.dtype)),
              node=behind, promotes=promotes, places=(), self=self)

    def function(self: Any, other: Any) -> Any:
        if is_number(other):
            return row(f"_{name}_by_number")(at_least(self, other), other)
        if is_number(self) and before != "-":
            return row(f"_{name}_of_number")(at_least(other, self), self)
        return row(name)(self, other)

    composite(*places, name=name.removeprefix("special_"), inplace="Tensor" in places)(function)


with_numbers("floor_divide", lambda self, other: _divide_rounded(self, other, "floor"), " ".join([NOT_IMPLEMENTED] * 3),
             self=not_implemented("floor_divide"), other=not_implemented("floor_divide"))
with_numbers("fmod", lambda self, other: _truncated_remainder(self, other), "FmodBackward1 - FmodBackward0",
             self=lambda grad: grad,
             other=lambda grad, self, other: -grad * torch.div(self, other, rounding_mode="trunc"))
with_numbers("remainder", lambda self, other: _remainder(self, other), f"RemainderBackward1 {NOT_IMPLEMENTED} RemainderBackward0",
             self=lambda grad: grad,
             other=lambda grad, self, other: -grad * torch.div(self, other, rounding_mode="floor"))
with_numbers("copysign", np.copysign, "CopysignBackward0 - CopysignBackward1", promotes="INT_TO_FLOAT",
             self=lambda grad, self, result: grad * zero_where(self == 0, result / self),
             other=lambda grad: torch.zeros_like(grad))


# A tensor with a number, as formulas write it when a graph of the gradients is recorded: PyTorch's
# own formulas call the overloads with a Scalar there, which have nodes with a single edge.

pointwise("_add_number", lambda self, number: self + as_number(number, self.dtype), node="AddBackward1",
          places=(), self=lambda grad: grad)
pointwise("_sub_number", lambda self, number: self - as_number(number, self.dtype), node="SubBackward1",
          places=(), self=lambda grad: grad)
pointwise("_mul_number", lambda self, number: self * as_number(number, self.dtype), node="MulBackward1",
          places=(), self=lambda grad, number: grad * number.conjugate())
pointwise("_div_number", lambda self, number: self / as_number(number, self.dtype), node="DivBackward1",
          places=(), self=lambda grad, number: grad / number.conjugate())

# Powers, exponentials, logarithms.

pointwise("_pow_scalar", lambda self, exponent: _power_of_number(self, exponent),
          node="PowBackward0", places=(),
          self=lambda grad, self, exponent:
              torch.zeros_like(grad) if exponent == 0
              else grad * (exponent * _pow(self, exponent - 1)).conj())
pointwise("_pow_tensor", lambda self, exponent: _power(self, exponent),
          node="PowBackward1", places=(),
          self=lambda grad, self, exponent: torch.where(
              exponent == 0, 0.0, grad * (exponent * _pow(self, exponent - 1)).conj()),
          exponent=lambda grad, self, exponent, result: grad * torch.where(
              _constant_in_exponent(self, exponent), 0.0, (result * torch.log(self)).conj()))
pointwise("_pow_of_number", lambda exponent, self: _power(wrapped(self, exponent.dtype), exponent),
          node="PowBackward2", places=(),
          exponent=lambda grad, exponent, self, result: grad * _power_slope(exponent, self, result))
pointwise("exp",   np.exp,   promotes="INT_TO_FLOAT", self=lambda grad, result: grad * result.conj())
pointwise("exp2",  np.exp2,  promotes="INT_TO_FLOAT", self=lambda grad, result: grad * result.conj() * LN_2)
pointwise("expm1", np.expm1, promotes="INT_TO_FLOAT", self=lambda grad, result: grad * (result.conj() + 1))
pointwise("log",   np.log,   promotes="INT_TO_FLOAT", self=lambda grad, self: grad / self.conj())
pointwise("log2",  np.log2,  promotes="INT_TO_FLOAT", self=lambda grad, self: grad / (self.conj() * LN_2))
pointwise("log10", np.log10, promotes="INT_TO_FLOAT", self=lambda grad, self: grad / (self.conj() * LN_10))
pointwise("log1p", np.log1p, promotes="INT_TO_FLOAT", self=lambda grad, self: grad / (self + 1).conj())
pointwise("sqrt",  np.sqrt,  promotes="INT_TO_FLOAT", self=lambda grad, result: grad / (2 * result.conj()))
pointwise("rsqrt", lambda self: 1 / np.sqrt(self), promotes="INT_TO_FLOAT",
          self=lambda grad, result: -0.5 * grad * torch.pow(result, 3).conj())
pointwise("logaddexp2", np.logaddexp2, inplace=False, numbers=False,
          self=lambda grad, self, other: grad / (1 + torch.pow(2, other - self)),
          other=lambda grad, self, other: grad / (1 + torch.pow(2, self - other)))
pointwise("logaddexp", lambda self, other: _logaddexp(self, other), numbers=False,
          self=lambda grad, self, other: grad / (1 + torch.exp(other - self)).conj(),
          other=lambda grad, self, other: grad / (1 + torch.exp(self - other)).conj())


def _logaddexp(self: Any, other: Any) -> Any:
    if self.dtype.kind != "c":
        return np.logaddexp(self, other)
    swap = self.real > other.real  # no exponent is above 0
    small, large = np.where(swap, other, self), np.where(swap, self, other)
    return large + np.log1p(np.exp(small - large))


# PyTorch computes these powers by products and roots; np.power differs in the last bit.
_EXACT_POWERS: dict[float, Any] = {
    0.5: np.sqrt, 2: lambda x: x * x, 3: lambda x: x * x * x,
    -0.5: lambda x: 1 / np.sqrt(x), -1: lambda x: 1 / x, -2: lambda x: 1 / (x * x),
}


def _power_of_number(self: Any, exponent: Any) -> Any:
    if self.dtype.kind in "iu" and exponent < 0:
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    exact = _EXACT_POWERS.get(exponent) if self.dtype.kind in "fc" else None
    return _power(self, as_number(exponent, self.dtype)) if exact is None else exact(self)


def _power(self: Any, exponent: Any) -> Any:
    if self.dtype.kind not in "iu":
        result = np.power(self, exponent).astype(self.dtype)
        if self.dtype.kind == "f" and np.any(half := exponent == 0.5):
            # To NumPy a single exponent of 1/2 is a root: nan of -inf, where the power is inf.
            result = np.where(half & ((self == 0) | (self == -math.inf)), np.abs(self), result)
        return result
    inverse = np.where(np.abs(self) == 1, np.where(exponent & 1, self, 1), 0)
    return np.where(exponent < 0, inverse, np.power(self, np.maximum(exponent, 0))).astype(self.dtype)


def _constant_in_exponent(self: Any, exponent: Any) -> Any:
    """0 ** exponent is 0 for all exponents above 0: constant, though log(0) is not finite."""
    return (self == 0) & _not_negative(exponent)


def _not_negative(exponent: Any) -> Any:
    return (exponent.imag == 0) & (exponent.real >= 0) if torch.is_complex(exponent) else exponent >= 0


def _power_slope(exponent: Any, base: Any, result: Any) -> Any:
    slope = (result * np.log(complex(base) if torch.is_complex(exponent) else base).item()).conj()
    return slope if base else torch.where(_not_negative(exponent), 0.0, slope)


@composite(inplace=True, name="pow")
def _pow(self: Any, exponent: Any) -> Any:
    if is_number(exponent):
        return row("_pow_scalar")(at_least(self, exponent), exponent)
    if is_number(self):
        return row("_pow_of_number")(at_least(exponent, self), self)
    return row("_pow_tensor")(self, exponent)


def _acosh_slope(self: Any) -> Any:
    # Of complex numbers the product of two roots is not the root of the product.
    if torch.is_complex(self):
        return torch.rsqrt(self + 1) * torch.rsqrt(self - 1)
    return torch.rsqrt(self * self - 1)


@composite(inplace=True)
def square(self: Any) -> Any:
    return _pow(self, 2)


# Trigonometry.

_tanh_backward: Function = backward(
    "tanh_backward", lambda grad_output, result: grad_output * (1 - result * result).conj(),
    grad_output=lambda grad, result: _tanh_backward(grad, result.conj()),
    result=lambda grad, grad_output, result: grad * (-2 * result * grad_output).conj())
pointwise("sin",   np.sin,     promotes="INT_TO_FLOAT", self=lambda grad, self: grad * torch.cos(self).conj())
pointwise("cos",   np.cos,     promotes="INT_TO_FLOAT", self=lambda grad, self: grad * -torch.sin(self).conj())
pointwise("tan",   np.tan,     promotes="INT_TO_FLOAT", self=lambda grad, result: grad * (1 + result**2).conj())
pointwise("asin",  np.arcsin,  promotes="INT_TO_FLOAT", self=lambda grad, self: grad * torch.rsqrt(-self * self + 1).conj())
pointwise("acos",  np.arccos,  promotes="INT_TO_FLOAT", self=lambda grad, self: grad * -torch.rsqrt(-self * self + 1).conj())
pointwise("atan",  np.arctan,  promotes="INT_TO_FLOAT", self=lambda grad, self: grad / (self * self + 1).conj())
pointwise("sinh",  np.sinh,    promotes="INT_TO_FLOAT", self=lambda grad, self: grad * torch.cosh(self).conj())
pointwise("cosh",  np.cosh,    promotes="INT_TO_FLOAT", self=lambda grad, self: grad * torch.sinh(self).conj())
pointwise("tanh",  np.tanh,    promotes="INT_TO_FLOAT", self=lambda grad, result: _tanh_backward(grad, result))
pointwise("asinh", np.arcsinh, promotes="INT_TO_FLOAT", self=lambda grad, self: grad * torch.rsqrt(self**2 + 1).conj())
pointwise("acosh", np.arccosh, promotes="INT_TO_FLOAT", self=lambda grad, self: grad * _acosh_slope(self).conj())
pointwise("atanh", np.arctanh, promotes="INT_TO_FLOAT", self=lambda grad, self: grad * 1 / (1 - self**2).conj())
pointwise("atan2", lambda self, other: np.arctan2(self, other, dtype=np.float64).astype(self.dtype), numbers=False, promotes="INT_TO_FLOAT",
          self=lambda grad, self, other: grad * other * _over_square(self, other),
          other=lambda grad, self, other: grad * -self * _over_square(self, other))
pointwise("hypot", np.hypot, numbers=False,
          self=lambda grad, self, result: grad * self / result,
          other=lambda grad, other, result: grad * other / result)



def _over_square(self: Any, other: Any) -> Any:
    square = self * self + other * other
    return zero_where(square == 0, torch.reciprocal(square))


# Signs and rounding. Where a function is flat, its gradient is zero, not undefined.

def _zeros(grad: Any) -> Any:
    return torch.zeros_like(grad)


pointwise("abs",   np.abs,   self=lambda grad, self: grad * torch.sgn(self))
_abs_in_place = _inplace.variant("abs", row("abs"))


def _abs_(self: Tensor) -> Tensor:
    if self.is_complex():
        raise RuntimeError("In-place abs is not supported for complex tensors.")
    return _abs_in_place(self)


Tensor.abs_ = _abs_  # type: ignore[attr-defined]
pointwise("sgn",   lambda self: _sgn(self), self=lambda grad, self, result: _sgn_grad(grad, self, result))
pointwise("sign",  lambda self: _sgn(self), self=_zeros)
pointwise("floor", lambda self: self if self.dtype.kind in "iu" else np.floor(self), self=_zeros)
pointwise("ceil",  lambda self: self if self.dtype.kind in "iu" else np.ceil(self), self=_zeros)
pointwise("trunc", lambda self: self if self.dtype.kind in "iu" else np.trunc(self), self=_zeros)
pointwise("_round", lambda self: self if self.dtype.kind in "iu" else np.rint(self), places=(), node="RoundBackward0", self=_zeros)
pointwise("_round_decimals", lambda self, decimals: np.round(self, decimals), places=(), node="RoundBackward1", self=_zeros)
pointwise("deg2rad", lambda self: self * (math.pi / 180), promotes="INT_TO_FLOAT", self=lambda grad: grad * (math.pi / 180))
pointwise("rad2deg", lambda self: self * (180 / math.pi), promotes="INT_TO_FLOAT", self=lambda grad: grad * (180 / math.pi))
pointwise("frac",  lambda self: self - np.trunc(self), self=lambda grad: grad)


@composite(inplace=True, name="round")
def round_(self: Any, *, decimals: int | None = None) -> Any:
    """To the nearest, to even in between."""
    return row("_round")(self) if decimals is None else row("_round_decimals")(self, decimals)


def _sgn(self: Any) -> Any:
    if self.dtype.kind == "b":
        return self
    if self.dtype.kind != "c":
        return np.where(np.isnan(self), 0, np.sign(self)).astype(self.dtype)
    size = np.abs(self)
    return np.where(size == 0, 0, self / np.where(size == 0, 1, size)).astype(self.dtype)


def _sgn_grad(grad: Any, self: Any, result: Any) -> Any:
    if not torch.is_complex(self):
        return torch.zeros_like(grad)
    size = torch.abs(self)
    return zero_where(size == 0, (grad - result * result * grad.conj()) / (2.0 * size))


pointwise("_nan_to_num", lambda self, nan=None, posinf=None, neginf=None: _replaced(self, nan, posinf, neginf),
          moves=True, places=(), self=lambda grad, self: grad * torch.isfinite(self))


@composite(inplace=True)
def nan_to_num(self: Any, nan: Any = None, posinf: Any = None, neginf: Any = None) -> Any:
    real_gradients("nan_to_num", self)
    return row("_nan_to_num")(self, nan, posinf, neginf)


def _replaced(self: Any, nan: Any, posinf: Any, neginf: Any) -> Any:
    if self.dtype.kind in "biu":
        return self
    if self.dtype.kind == "c":
        out = np.empty_like(self)
        out.real, out.imag = (_replaced(part, nan, posinf, neginf) for part in (self.real, self.imag))
        return out
    limits = ml_dtypes.finfo(self.dtype)
    out = np.where(np.isnan(self), 0 if nan is None else nan, self)
    out = np.where(self == np.inf, limits.max if posinf is None else posinf, out)
    return np.where(self == -np.inf, limits.min if neginf is None else neginf, out).astype(self.dtype)


@composite()
def float_power(self: Any, exponent: Any) -> Any:
    """In float64 (complex128), whatever the operands are."""
    def wide(v: Any) -> Any:
        return v.to(torch.complex128 if torch.is_complex(v) else torch.float64) if isinstance(v, Tensor) else v

    return _pow(wide(self), wide(exponent))


def _float_power_(self: Tensor, exponent: Any) -> Tensor:
    needed = torch.complex128 if self.is_complex() or torch.is_complex(exponent) else torch.float64
    if self.dtype is not needed:
        raise RuntimeError(
            f"the base given to float_power_ has dtype {self.dtype.type_name} but the operation's result requires "
            f"dtype {needed.type_name}"
        )
    return self.pow_(exponent)


Tensor.float_power_ = _float_power_  # type: ignore[attr-defined]


# Whole numbers and bits of floats.

pointwise("gcd", np.gcd, numbers=False, promotes="WHOLE")
pointwise("lcm", lambda self, other: np.abs(np.lcm(self, other)), numbers=False, promotes="WHOLE")
for _name in ("and", "or", "xor"):
    pointwise("bitwise_" + _name, getattr(np, "bitwise_" + _name), promotes="WHOLE")
pointwise("bitwise_not", np.invert, promotes="WHOLE")
pointwise("bitwise_left_shift", lambda self, other: np.left_shift(self, other), promotes="WHOLE")
pointwise("bitwise_right_shift", lambda self, other: _shifted_right(self, other), promotes="WHOLE")
op("frexp", lambda self: _frexp(self), outputs="mantissa exponent", differentiable=1,
   self=lambda grad, exponent: grad / torch.exp2(exponent.to(grad.dtype) if grad.dtype is torch.float64 else exponent))
pointwise("ldexp", lambda self, other: self * np.exp2(other), numbers=False, promotes="INT_TO_FLOAT",
          self=lambda grad, other: grad * torch.pow(2, other).conj(),
          other=lambda grad, result: grad * result.conj() * LN_2)
pointwise("nextafter", lambda self, other: np.where(self == other, other, np.nextafter(self, other)), moves=True, numbers=False,
          self=lambda grad, self, other: torch.where(self != other, grad, 0.0),
          other=_zeros)
pointwise("heaviside", lambda self, values: np.where(self == 0, values, self > 0).astype(self.dtype), node=NOT_IMPLEMENTED, places=(), numbers=False,
          self=not_implemented("heaviside"), values=not_implemented("heaviside"))


def _frexp(self: Any) -> Any:
    if self.dtype.kind != "f":
        raise RuntimeError("torch.frexp() only supports floating-point dtypes")
    return np.frexp(self)


def _shifted_right(self: Any, other: Any) -> Any:
    most = self.dtype.itemsize * 8 - (self.dtype.kind == "i")
    return np.right_shift(self, np.where((other < 0) | (other > most), most, other).astype(self.dtype))


@composite(inplace=True)
def heaviside(self: Any, values: Any) -> Any:
    """0 below zero, 1 above, ``values`` at zero."""
    if not (isinstance(self, Tensor) and isinstance(values, Tensor)):
        return NotImplemented
    if self.dtype.is_complex or values.dtype.is_complex:
        raise RuntimeError("heaviside is not yet implemented for complex tensors.")
    if self.dtype is not values.dtype:
        raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")
    return row("heaviside")(self, values)


# Choice. What users call is in indexing.py.

pointwise("where", lambda condition, self, other: np.where(condition, self, other), places=(), inplace=False,
          self=lambda grad, condition: torch.where(condition, grad, 0.0),
          other=lambda grad, condition: torch.where(condition, 0.0, grad))
pointwise("masked_fill", lambda self, mask, value: np.asarray(np.where(mask, as_number(value, self.dtype), self), order="C"),
          node="MaskedFillBackward0", places=(), inplace=False,
          self=lambda grad, mask: torch.masked_fill(grad, mask, 0))

# Complex numbers.

pointwise("angle", lambda self: np.angle(self) if self.dtype.kind == "c" else np.where(
              np.isnan(self), self, np.where(self < 0, math.pi, 0)).astype(self.dtype), promotes="INT_TO_FLOAT",
          self=lambda grad, self: _angle_grad(grad, self))


def _angle_grad(grad: Any, self: Any) -> Any:
    if not torch.is_complex(self):
        return torch.zeros_like(grad)
    return torch.where(self == 0, 0.0, grad * self / torch.abs(self) ** 2 * 1j)


@composite()
def positive(self: Any) -> Any:
    if self.dtype is torch.bool:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return self


# Comparison, logic and bits: no gradients.

for _name, _kernel in {
    "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal,
    "gt": np.greater, "ge": np.greater_equal,
    "logical_not": np.logical_not,
    "isnan": np.isnan, "isinf": np.isinf, "isfinite": np.isfinite, "signbit": np.signbit,
}.items():
    pointwise(_name, _kernel)


def _infinite(name: str, infinity: float) -> None:
    def function(self: Any) -> Any:
        if torch.is_complex(self):
            raise RuntimeError(f"{name} does not support complex inputs.")
        return torch.eq(self, infinity)

    composite(name=name)(function)


_infinite("isposinf", math.inf)
_infinite("isneginf", -math.inf)


@composite()
def isreal(self: Any) -> Any:
    return torch.eq(self.imag, 0) if torch.is_complex(self) else torch.ones_like(self, dtype=torch.bool)


for _name in ("logical_and", "logical_or", "logical_xor"):
    pointwise(_name, getattr(np, _name), numbers=False)

# Operators.

_reflected = {
    "__radd__": lambda self, other: _add(self, other),
    "__rmul__": lambda self, other: row("mul")(self, other),
    "__rsub__": lambda self, other: rsub(self, other),
    "__rtruediv__": lambda self, other: torch.reciprocal(self) * other,
    "__rdiv__": lambda self, other: torch.reciprocal(self) * other,
    "__rpow__": lambda self, other: _pow(other, self),
    "__rfloordiv__": lambda self, other: torch.floor_divide(other, self),
    "__rmod__": lambda self, other: torch.remainder(other, self),
    "__mod__": lambda self, other: torch.remainder(self, other),
    "__pow__": lambda self, other: _pow(self, other),
    "__floordiv__": lambda self, other: torch.floor_divide(self, other),
    "__sub__": lambda self, other: sub(self, other),
    "__rlshift__": lambda self, other: row("bitwise_left_shift")(other, self),
    "__rrshift__": lambda self, other: row("bitwise_right_shift")(other, self),
    "__rmatmul__": lambda self, other: torch.matmul(other, self),
}
_direct = {
    "__add__": "add", "__mul__": "mul", "__truediv__": "div",
    "__neg__": "neg", "__abs__": "abs", "__eq__": "eq", "__ne__": "ne", "__lt__": "lt", "__le__": "le",
    "__gt__": "gt", "__ge__": "ge", "__and__": "bitwise_and", "__or__": "bitwise_or",
    "__xor__": "bitwise_xor", "__rand__": "bitwise_and", "__ror__": "bitwise_or", "__rxor__": "bitwise_xor",
    "__invert__": "bitwise_not", "__lshift__": "bitwise_left_shift", "__rshift__": "bitwise_right_shift",
}
for _name, _function in _reflected.items():
    setattr(Tensor, _name, _function)
for _name, _row in _direct.items():
    setattr(Tensor, _name, row(_row))
for _name, _row in {"__iadd__": "add_", "__isub__": "sub_", "__imul__": "mul_", "__itruediv__": "div_", "__idiv__": "div_",
                    "__div__": "div", "__ifloordiv__": "floor_divide_", "__imod__": "remainder_", "__ipow__": "pow_",
                    "__iand__": "bitwise_and_", "__ior__": "bitwise_or_", "__ixor__": "bitwise_xor_",
                    "__ilshift__": "bitwise_left_shift_", "__irshift__": "bitwise_right_shift_", "__pos__": "positive"}.items():
    setattr(Tensor, _name, getattr(Tensor, _row))
for _name, _row in {"subtract": "sub", "multiply": "mul", "divide": "div", "true_divide": "div",
                    "negative": "neg", "absolute": "abs", "arcsin": "asin", "arccos": "acos",
                    "arctan": "atan", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh", "arctan2": "atan2", "fix": "trunc"}.items():
    alias(_name, _row)
