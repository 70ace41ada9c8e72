"""The matmul family. ``matmul`` and ``linear`` decompose as PyTorch's do, so that graphs agree."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy import ndarray

from .._call import broadcast_error
from .._dtype import F32, F64
from .._op import alias, composite, op, row, torch
from .._out import C_TYPES
from .._tensor import Tensor
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


def _right_grad(grad: Any, left: Any, strides: Any) -> Any:
    """The gradient of the right factor, in its layout: that of ``weight.t()`` comes out transposed."""
    if isinstance(grad, ndarray) and strides and strides[0] < strides[1]:
        return _product(grad.T, left.conj()).T
    return _product(_adjoint(left), grad)


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
   self=lambda grad, mat2: _product(grad, _adjoint(mat2)),
   mat2=lambda grad, self, mat2_strides: _right_grad(grad, self, mat2_strides))
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
    product = product if alpha == 1 else product * np.asarray(alpha, product.dtype)
    if beta == 0:  # the ignored operand may hold anything, nan too
        shape = np.broadcast_shapes(self.shape, product.shape)
        return np.array(np.broadcast_to(product, shape), order="C")
    self = self if beta == 1 else self * np.asarray(beta, product.dtype)
    fits = product.ndim >= self.ndim and product.flags.c_contiguous and product.ndim > 0
    return np.add(product, self, out=product) if fits else np.add(product, self, order="C")


op("addmm", lambda self, mat1, mat2, beta=1, alpha=1: _affine(self, _matrix_product(mat1, mat2), beta, alpha), places=(),
   self=lambda grad, beta: _scaled(grad, beta),
   mat1=lambda grad, mat2, alpha: _scaled(_product(grad, _adjoint(mat2)), alpha),
   mat2=lambda grad, mat1, mat2_strides, alpha: _scaled(_right_grad(grad, mat1, mat2_strides), alpha))
op("addmv", lambda self, mat, vec, beta=1, alpha=1: _affine(self, mat @ vec, beta, alpha), places=(),
   self=lambda grad, beta: _scaled(grad, beta),
   mat=lambda grad, vec, alpha: _scaled(torch.outer(grad, vec.conj()), alpha),
   vec=lambda grad, mat, alpha: _scaled(torch.mv(_adjoint(mat), grad), alpha))
op("addr", lambda self, vec1, vec2, beta=1, alpha=1: _affine(self, np.outer(vec1, vec2), beta, alpha), places=(),
   self=lambda grad, beta: _scaled(grad, beta),
   vec1=lambda grad, vec2, alpha: _scaled(torch.mv(grad, vec2.conj()), alpha),
   vec2=lambda grad, vec1, alpha: _scaled(torch.mv(torch.t(grad), vec1.conj()), alpha))
op("baddbmm", lambda self, batch1, batch2, beta=1, alpha=1: _affine(self, batch1 @ batch2, beta, alpha), places=(),
   self=lambda grad, beta: _scaled(grad, beta),
   batch1=lambda grad, batch2, alpha: _scaled(torch.bmm(grad, _adjoint(batch2)), alpha),
   batch2=lambda grad, batch1, alpha: _scaled(torch.bmm(_adjoint(batch1), grad), alpha))


# What users call checks shapes and dtypes first; a formula's bare arrays have been checked.


def _multiplicable(a: Tensor, b: Tensor) -> None:
    (n, k), (rows, m) = a._array.shape, b._array.shape
    if k != rows:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({n}x{k} and {rows}x{m})")
    if a.dtype is not b.dtype:
        raise RuntimeError(
            "expected m1 and m2 to have the same dtype, but got: "
            f"{C_TYPES[a.dtype.name]} != {C_TYPES[b.dtype.name]}"
        )


@composite()
def mm(self: Any, mat2: Any) -> Any:
    """[n, k] with [k, m] gives [n, m]."""
    if isinstance(self, Tensor):
        for t, name in ((self, "self"), (mat2, "mat2")):
            if t._array.ndim != 2:
                raise RuntimeError(f"{name} must be a matrix")
        _multiplicable(self, mat2)
    return row("mm")(self, mat2)


@composite()
def bmm(self: Any, mat2: Any) -> Any:
    """[b, n, k] with [b, k, m] gives [b, n, m]."""
    if isinstance(self, Tensor):
        for t, name in ((self, "batch1"), (mat2, "batch2")):
            if t._array.ndim != 3:
                raise RuntimeError(f"{name} must be a 3D tensor")
        b, _, k = self._array.shape
        if mat2._array.shape[:2] != (b, k):
            raise RuntimeError(
                f"Expected size for first two dimensions of batch2 tensor to be: [{b}, {k}] but got: "
                f"{list(mat2._array.shape[:2])}."
            )
    return row("bmm")(self, mat2)


@composite()
def mv(self: Any, vec: Any) -> Any:
    """[n, k] with [k] gives [n]."""
    if self.ndim != 2 or vec.ndim != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got 1, {self.ndim}, {vec.ndim}")
    if self.shape[1] != vec.shape[0]:
        n, k = self.shape
        raise RuntimeError(f"size mismatch, got input ({n}), mat ({n}x{k}), vec ({vec.shape[0]})")
    return row("mv")(self, vec)


@composite()
def dot(self: Any, tensor: Any) -> Any:
    """[n] with [n] gives a 0-d tensor."""
    if self.ndim != 1 or tensor.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {self.ndim}D and {tensor.ndim}D tensors")
    n, m = self.shape[0], tensor.shape[0]
    if n != m:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{n}] and src [{m}] to have the same number of "
            f"elements, but got {n} and {m} elements respectively"
        )
    if isinstance(self, Tensor) and self.dtype is not tensor.dtype:
        raise RuntimeError(
            "dot : expected both vectors to have same dtype, but found "
            f"{self.dtype.type_name} and {tensor.dtype.type_name}"
        )
    return row("dot")(self, tensor)


@composite()
def vdot(self: Any, other: Any) -> Any:
    return row("vdot")(self, other)


@composite()
def outer(self: Any, vec2: Any) -> Any:
    return torch.reshape(self, (-1, 1)) * vec2


alias("ger", "outer")


def _affine_function(name: str, second: str, third: str) -> None:
    def function(self: Any, *factors: Any, beta: Any = 1, alpha: Any = 1, **named: Any) -> Any:
        a, b = (*factors, *(named[p] for p in (second, third) if p in named))
        if name == "addmm" and isinstance(a, Tensor):
            _multiplicable(a, b)
        return row(name)(self, a, b, beta, alpha)

    composite(name=name, inplace=True)(function)


_affine_function("addmm", "mat1", "mat2")
_affine_function("addmv", "mat", "vec")
_affine_function("addr", "vec1", "vec2")
_affine_function("baddbmm", "batch1", "batch2")


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
    if bias is None:
        return matmul(input, torch.t(weight) if weight.dim() == 2 else weight)
    if weight.dim() == 1:
        return matmul(input, weight) + bias
    if input.dim() == 2:
        columns = _t(weight)
        _multiplicable(input, columns)
        return row("addmm")(bias, input, columns, 1, 1)
    if not (input.is_contiguous() and bias.is_contiguous()):
        return matmul(input, torch.t(weight)) + bias
    rows = torch.reshape(input, (-1, input.shape[-1]))
    out = torch.addmm(bias, rows, torch.t(weight))
    return out.view(*input.shape[:-1], weight.shape[0])
