"""The matmul family. ``matmul`` and ``linear`` decompose as PyTorch's do, so that graphs agree."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy import ndarray

from .. import _dtype
from .._call import broadcast_error
from .._dtype import F32, F64, as_number
from .._op import alias, composite, op, row, torch
from .._out import C_TYPES
from .._tensor import Tensor
from .refusals import refuse
from .views import _squeeze_multiple, _t, _unsafe_view

# The gradient of a product is a product with the other factor, transposed and conjugated.


def _adjoint(t: Any) -> Any:
    """Transposed over the last two dimensions and conjugated; on bare arrays at NumPy's speed."""
    if isinstance(t, ndarray):
        return t.swapaxes(-2, -1).conj()
    return (torch.t(t) if t.ndim == 2 else torch.transpose(t, -2, -1)).conj()


def _product(left: Any, right: Any) -> Any:
    """``mm`` inside a formula; on bare arrays at NumPy's speed."""
    if isinstance(left, ndarray) and left.dtype in (F32, F64):
        return left @ right
    return torch.mm(left, right)


def _by_columns(shape: Any, strides: Any) -> bool:
    """Whether a matrix is laid out so; the gradient of such a factor is, too."""
    return bool(strides[0] == 1 and strides[1] == shape[0])


def _left_grad(grad: Any, right: Any, shape: Any, strides: Any, alpha: Any = 1) -> Any:
    if _by_columns(shape, strides):
        return _scaled(_t(_product(right.conj(), _t(grad))), alpha)
    return _scaled(_product(grad, _adjoint(right)), alpha)


def _right_grad(grad: Any, left: Any, shape: Any, strides: Any, alpha: Any = 1) -> Any:
    if _by_columns(shape, strides):
        return _scaled(_t(_product(_t(grad), left.conj())), alpha)
    return _scaled(_product(_adjoint(left), grad), alpha)


def _matrix_product(left: ndarray, right: ndarray) -> ndarray:
    """``left @ right``; a few rows with a large ``weight.t()`` are multiplied from the weight's side.

    OpenBLAS 0.3.31 takes 10 to 45 % less time for it in float32. The result is then not contiguous.
    """
    if right.dtype is F32 and right.strides[0] < right.strides[1] and left.size > 8192 and 2 * len(left) <= right.shape[1]:
        return (right.T @ left.T).T
    return left @ right


def _scaled(value: Any, factor: Any) -> Any:
    return value if factor == 1 else value * factor.conjugate()


op("mm", lambda self, mat2: np.ascontiguousarray(_matrix_product(self, mat2)), places=(),
   self=lambda grad, mat2, self_shape, self_strides: _left_grad(grad, mat2, self_shape, self_strides),
   mat2=lambda grad, self, mat2_shape, mat2_strides: _right_grad(grad, self, mat2_shape, mat2_strides))
op("bmm", lambda self, mat2: self @ mat2, places=(),
   self=lambda grad, mat2: torch.bmm(grad, _adjoint(mat2)),
   mat2=lambda grad, self: torch.bmm(_adjoint(self), grad))
op("mv", lambda self, vec: self @ vec, places=(),
   self=lambda grad, vec: torch.outer(grad, vec.conj()),
   vec=lambda grad, self: torch.mv(_adjoint(self), grad))
op("dot", lambda self, tensor: np.dot(self, tensor), places=(),
   self=lambda grad, tensor: grad * tensor.conj(),
   tensor=lambda grad, self: grad * self.conj())
op("vdot", lambda self, other: np.vdot(self, other), places=(),
   self=lambda grad, other: grad.conj() * other,
   other=lambda grad, self: grad * self)


def _affine(self: ndarray, product: ndarray, beta: Any, alpha: Any) -> ndarray:
    product = product if alpha == 1 else product * as_number(alpha, product.dtype)
    if beta == 0:  # the ignored operand may hold anything, nan too
        return np.array(product, order="C")
    self = self if beta == 1 else self * as_number(beta, product.dtype)
    fits = product.flags.c_contiguous and product.ndim > 0
    return np.add(product, self, out=product) if fits else np.add(product, self, order="C")


op("addmm", lambda self, mat1, mat2, beta, alpha: _affine(self, _matrix_product(mat1, mat2), beta, alpha), places=(),
   self=lambda grad, beta: _scaled(grad, beta),
   mat1=lambda grad, mat2, mat1_shape, mat1_strides, alpha: _left_grad(grad, mat2, mat1_shape, mat1_strides, alpha),
   mat2=lambda grad, mat1, mat2_shape, mat2_strides, alpha: _right_grad(grad, mat1, mat2_shape, mat2_strides, alpha))
op("addmv", lambda self, mat, vec, beta, alpha: _affine(self, mat @ vec, beta, alpha), places=(),
   self=lambda grad, beta: _scaled(grad, beta),
   mat=lambda grad, vec, alpha: _scaled(torch.outer(grad, vec.conj()), alpha),
   vec=lambda grad, mat, alpha: _scaled(torch.mv(_adjoint(mat), grad), alpha))
op("addr", lambda self, vec1, vec2, beta, alpha: _affine(self, np.outer(vec1, vec2), beta, alpha), places=(),
   promotes="DEFAULT",
   self=lambda grad, beta: _scaled(grad, beta),
   vec1=lambda grad, vec2, alpha: _scaled(torch.mv(grad, vec2.conj()), alpha),
   vec2=lambda grad, vec1, alpha: _scaled(torch.mv(torch.t(grad), vec1.conj()), alpha))
op("baddbmm", lambda self, batch1, batch2, beta, alpha: _affine(self, batch1 @ batch2, beta, alpha), places=(),
   self=lambda grad, beta: _scaled(grad, beta),
   batch1=lambda grad, batch2, alpha: _scaled(torch.bmm(grad, _adjoint(batch2)), alpha),
   batch2=lambda grad, batch1, alpha: _scaled(torch.bmm(_adjoint(batch1), grad), alpha))
op("addbmm", lambda self, batch1, batch2, beta, alpha:
       _affine(self, np.tensordot(batch1, batch2, ([0, 2], [0, 1])), beta, alpha), places=(),
   self=lambda grad, beta: _scaled(grad, beta),
   batch1=lambda grad, batch1_shape, batch2, alpha: _scaled(
       torch.bmm(_for_each(grad, batch1_shape[0]), _adjoint(batch2)), alpha),
   batch2=lambda grad, batch1, batch1_shape, alpha: _scaled(
       torch.bmm(_adjoint(batch1), _for_each(grad, batch1_shape[0])), alpha))


def _for_each(grad: Any, count: int) -> Any:
    return torch.broadcast_to(torch.unsqueeze(grad, 0), (count, *grad.shape))


# What users call checks dtypes and shapes first, in PyTorch's order; a formula's arrays have been checked.


def _no_bools(name: str, a: Tensor, b: Tensor) -> None:
    if a._array.dtype.kind == "b" and a.numel() and b.numel():
        refuse(a, name, "b")


def _multiplicable(a: Tensor, b: Tensor) -> None:
    (n, k), (rows, m) = a._array.shape, b._array.shape
    if k != rows:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({n}x{k} and {rows}x{m})")
    if a.dtype is not b.dtype:
        raise RuntimeError(
            "expected m1 and m2 to have the same dtype, but got: "
            f"{C_TYPES[a.dtype.name]} != {C_TYPES[b.dtype.name]}"
        )
    _no_bools("addmm_impl_cpu_", a, b)


def _check_batches(a: Tensor, b: Tensor, name: str) -> None:
    for at, t in enumerate((a, b), 1):
        if t._array.ndim != 3:
            raise RuntimeError(f"batch{at} must be a 3D tensor")
    (n, _, k), has = a._array.shape, b._array.shape[:2]
    if has != (n, k):
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{n}, {k}] but got: {list(has)}."
        )
    if a.dtype is not b.dtype:
        raise RuntimeError(f"expected scalar type {a.dtype.type_name} but found {b.dtype.type_name}")
    _no_bools(name, a, b)


def _check_mv(n: int, ndim: int, dtype: Any, mat: Any, vec: Any) -> None:
    if ndim > 1 or mat.ndim != 2 or vec.ndim != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {ndim}, {mat.ndim}, {vec.ndim}")
    rows, columns = mat.shape
    if columns != vec.shape[0] or n not in (rows, 1):
        raise RuntimeError(f"size mismatch, got input ({n}), mat ({rows}x{columns}), vec ({vec.shape[0]})")
    if not dtype is mat.dtype is vec.dtype:
        names = [d.type_name for d in (dtype, mat.dtype, vec.dtype)]
        raise RuntimeError("addmv input tensors must have the same dtype, but got {}, {}, and {}".format(*names))
    _no_bools("addmv_impl_cpu", mat, vec)


@composite()
def mm(self: Any, mat2: Any) -> Any:
    """[n, k] with [k, m] gives [n, m]."""
    if isinstance(self, Tensor):
        if self._array.ndim != 2 or mat2._array.ndim != 2:
            raise RuntimeError(f"{'mat2' if self.ndim == 2 else 'self'} must be a matrix")
        _multiplicable(self, mat2)
    return row("mm")(self, mat2)


@composite()
def bmm(self: Any, mat2: Any) -> Any:
    """[b, n, k] with [b, k, m] gives [b, n, m]."""
    if isinstance(self, Tensor):
        _check_batches(self, mat2, "bmm")
    return row("bmm")(self, mat2)


@composite()
def mv(self: Any, vec: Any) -> Any:
    """[n, k] with [k] gives [n]."""
    if isinstance(self, Tensor):
        _check_mv(self.shape[0], 1, vec.dtype, self, vec)
    return row("mv")(self, vec)


@composite()
def dot(self: Any, tensor: Any) -> Any:
    """[n] with [n] gives a 0-d tensor."""
    _check_vectors(self, tensor)
    return row("dot")(self, tensor)


@composite()
def vdot(self: Any, other: Any) -> Any:
    _check_vectors(self, other)
    return row("vdot")(self, other)


def _check_vectors(a: Any, b: Any) -> None:
    if a.ndim != 1 or b.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {a.ndim}D and {b.ndim}D tensors")
    if isinstance(a, Tensor) and a.dtype is not b.dtype:
        raise RuntimeError(
            "dot : expected both vectors to have same dtype, but found "
            f"{a.dtype.type_name} and {b.dtype.type_name}"
        )
    n, m = a.shape[0], b.shape[0]
    if n != m:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{n}] and src [{m}] to have the same number of "
            f"elements, but got {n} and {m} elements respectively"
        )
    refuse(a, "dot", "b")


@composite()
def outer(self: Any, vec2: Any) -> Any:
    _check_vector("outer", self=self, vec2=vec2)
    return torch.reshape(self, (-1, 1)) * vec2


alias("ger", "outer")


# Sums of a tensor and a product: beta self + alpha product.


def _check_expands(self: Any, target: tuple[int, ...]) -> None:
    shape = self._array.shape
    if shape == target or (shape and shape == target[-len(shape) :]):
        return
    if len(shape) > len(target) or any(n not in (1, m) for n, m in zip(shape[::-1], target[::-1], strict=False)):
        self.expand(*target)  # which has the words for what does not fit


def _check_addmm(self: Any, a: Any, b: Any) -> tuple[int, ...]:
    for t, name in ((self, "self"), (a, "mat1")):
        if t.dtype is not b.dtype:
            raise RuntimeError(
                f"{name} and mat2 must have the same dtype, but got {t.dtype.type_name} and {b.dtype.type_name}"
            )
    for at, t in enumerate((a, b), 1):
        if t._array.ndim != 2:
            raise RuntimeError(f"mat{at} must be a matrix, got {t.ndim}-D tensor")
    _multiplicable(a, b)
    return (a._array.shape[0], b._array.shape[1])


def _check_addmv(self: Any, mat: Any, vec: Any) -> tuple[int, ...]:
    n = self.shape[0] if self.ndim or mat.ndim != 2 or mat.shape[1:] != vec.shape else 1
    _check_mv(n, self.ndim, self.dtype, mat, vec)
    return (mat.shape[0],)


def _check_addr(self: Any, vec1: Any, vec2: Any) -> tuple[int, ...]:
    _check_vector("addr", vec1=vec1, vec2=vec2)
    return (vec1.shape[0], vec2.shape[0])


def _check_vector(name: str, **vectors: Any) -> None:
    for argument, t in vectors.items():
        if t.ndim != 1:
            raise RuntimeError(f"{name}: Expected 1-D argument {argument}, but got {t.ndim}-D")


def _check_baddbmm(self: Any, a: Any, b: Any) -> tuple[int, ...]:
    target = (a.size(0), a.size(1), b.size(2))
    _check_expands(self, target)
    if self.dtype is not a.dtype:
        names = [C_TYPES[t.dtype.name] for t in (self, a, b)]
        raise RuntimeError("Input dtypes must be the same, got: input {}, batch1: {}, batch2: {}".format(*names))
    _check_batches(a, b, "baddbmm")
    return target


def _check_addbmm(self: Any, a: Any, b: Any) -> tuple[int, ...]:
    target = (a.size(1), b.size(2))
    _check_expands(self, target)
    for at, t in enumerate((a, b), 1):
        if t.ndim != 3:
            raise RuntimeError(f"batch{at} must be a 3D tensor")
    if a.shape[0] != b.shape[0]:
        raise RuntimeError(f"batch1 and batch2 must have same number of batches, got {a.shape[0]} and {b.shape[0]}")
    if a.shape[2] != b.shape[1]:
        (_, n, k), (_, rows, m) = a.shape, b.shape
        raise RuntimeError(f"Incompatible matrix sizes for bmm ({n}x{k} and {rows}x{m})")
    if a.shape[0]:
        _check_addmm(self, a[0], b[0])
    return target


def _affine_function(name: str, check: Any, second: str, third: str) -> Any:
    def function(self: Any, *factors: Any, beta: Any = 1, alpha: Any = 1, **named: Any) -> Any:
        a, b = (*factors, *(named[p] for p in (second, third) if p in named))
        target = check(self, a, b)
        _check_expands(self, target)
        if name == "addr":
            _check_factors(_dtype.result_type([t._array for t in (self, a, b)], []), beta=beta, alpha=alpha)
        return row(name)(self, a, b, beta, alpha)

    return composite(name=name, inplace=True)(function)


def _check_factors(dtype: Any, **factors: Any) -> None:
    """Of what kinds numbers beside tensors may be."""
    for name, value in factors.items():
        if isinstance(value, bool) and dtype.kind != "b":
            raise RuntimeError(f"Boolean {name} only supported for Boolean results.")
        if isinstance(value, (float, complex)) and dtype.kind in "biu":
            raise RuntimeError(f"For integral input tensors, argument {name} must not be a floating point number.")


addmm = _affine_function("addmm", _check_addmm, "mat1", "mat2")
_affine_function("addmv", _check_addmv, "mat", "vec")
_affine_function("addr", _check_addr, "vec1", "vec2")
_affine_function("baddbmm", _check_baddbmm, "batch1", "batch2")
_affine_function("addbmm", _check_addbmm, "batch1", "batch2")


@composite("torch", "Tensor", "linalg")
def matmul(self: Any, other: Any) -> Any:
    """Vectors, matrices and batches of them; batch dimensions broadcast.

    Two dimensions or fewer are one product. More fold the batch into the rows where the other
    factor has no batch, or broadcast both batches and multiply one by one.
    """
    if not isinstance(self, Tensor) or not isinstance(other, Tensor):
        return self @ other if isinstance(self, ndarray) and isinstance(other, ndarray) else NotImplemented
    a, b = self._array.ndim, other._array.ndim
    if (a, b) == (2, 2):
        return mm(self, other)
    if (a, b) == (2, 1):
        return mv(self, other)
    if (a, b) == (1, 1):
        return dot(self, other)
    if not a or not b:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {a}D and {b}D")
    if (a, b) == (1, 2):
        return _squeeze_multiple(mm(torch.unsqueeze(self, 0), other), (0,))
    return _folded(self, other) if _folds(self, other) else _batched(self, other)


def _folds(self: Tensor, other: Tensor) -> bool:
    """Whether the batch of the larger factor becomes rows of a single product.

    Always where the smaller factor's gradient is wanted, which would be summed over the batch
    otherwise; else only where that needs no copy.
    """
    larger, smaller = (self, other) if self.ndim >= other.ndim else (torch.transpose(other, -2, -1), self)
    if larger.ndim < 3 or smaller.ndim > 2:
        return False
    if smaller.requires_grad:
        return True
    if self.ndim == 2:
        return False
    shape, stride = larger.shape, larger.stride()
    return not larger.numel() or all(
        stride[d] == stride[d + 1] * shape[d + 1] for d in range(larger.ndim - 2)
    )


def _folded(self: Tensor, other: Tensor) -> Tensor:
    direct = self.ndim >= other.ndim
    larger, smaller = self, other
    if not direct:
        larger, smaller = torch.transpose(other, -2, -1), torch.t(self) if self.ndim == 2 else self
    rows = torch.reshape(larger, (math.prod(larger.shape[:-1]), larger.shape[-1]))
    if smaller.ndim == 1:
        return _unsafe_view(mv(rows, smaller), tuple(larger.shape[:-1]))
    out = _unsafe_view(mm(rows, smaller), (*larger.shape[:-1], smaller.shape[1]))
    return out if direct else torch.transpose(out, -2, -1).contiguous()


def _batched(self: Tensor, other: Tensor) -> Tensor:
    a, b = self.shape, other.shape
    if len(a) == len(b) == 3 and a[0] != b[0]:
        # As in _folds: a gradient that would be summed over the batch anyway.
        if a[0] == 1 and self.requires_grad:
            return matmul(torch.squeeze(self, 0), other)
        if b[0] == 1 and other.requires_grad:
            return matmul(self, torch.squeeze(other, 0))
    rows, columns = a[-2:-1], b[-1:] if len(b) > 1 else ()
    inner = b[-2] if len(b) > 1 else b[-1]
    try:
        batch = np.broadcast_shapes(a[:-2], b[:-2])
    except ValueError:
        raise broadcast_error(tuple(a[:-2]), tuple(b[:-2])) from None
    left = torch.reshape(self.expand(*batch, *(rows or (1,)), a[-1]), (math.prod(batch), *(rows or (1,)), a[-1]))
    right = torch.reshape(other.expand(*batch, inner, *columns), (math.prod(batch), inner, *columns))
    right = right if columns else torch.unsqueeze(right, 2)
    out = bmm(left, right)
    return _unsafe_view(out if columns else torch.squeeze(out, -1), (*batch, *rows, *columns))


Tensor.__matmul__ = matmul


@composite("nn.functional")
def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """[..., in] with weight [out, in] and bias [out] gives [..., out]."""
    if not input.ndim or not weight.ndim:
        raise RuntimeError(
            f"both arguments to linear need to be at least 1D, but they are {input.ndim}D and {weight.ndim}D"
        )
    columns = _t(weight) if weight._array.ndim == 2 else torch.t(weight)
    if bias is not None and input._array.ndim == 2:
        return addmm(bias, input, columns)
    if bias is None or bias.ndim != 1 or not (input.is_contiguous() and bias.is_contiguous()):
        out = matmul(input, columns)
        return out if bias is None else out + bias
    rows = torch.reshape(input, (math.prod(input.shape[:-1]), input.shape[-1]))
    return addmm(bias, rows, columns).view(*input.shape[:-1], weight.shape[0])
