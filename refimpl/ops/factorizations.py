"""Factorizations: Cholesky, LU, LDL, QR and its reflectors.

Kernels are NumPy's where it has them for batches, else LAPACK through SciPy, matrix by matrix. What
LAPACK reports of each matrix comes out as ``info``. Source of the formulas: Giles, "An extended
collection of matrix derivative results".
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg
from numpy import ndarray

from .. import _dtype
from .._op import NOT_IMPLEMENTED, composite, no_derivative, not_implemented, op, row, torch
from .._row import return_type
from .._tensor import Tensor
from ..linalg import LinAlgError

I32 = np.dtype(np.int32)
COMPLEX = {_dtype.C64, _dtype.C128, _dtype.names["complex64"], _dtype.names["complex128"]}


def each(routine: Any, *matrices: ndarray) -> tuple[ndarray, ...]:
    """A routine for one matrix on every matrix of batches that broadcast; it returns a tuple."""
    batch = np.broadcast_shapes(*[m.shape[:-2] for m in matrices])
    spread = [np.broadcast_to(m, (*batch, *m.shape[-2:])) for m in matrices]
    done = [routine(*[m[place] for m in spread]) for place in np.ndindex(batch)]
    like = done[0] if done else routine(*[np.ones(m.shape[-2:], m.dtype) for m in matrices])
    shapes = [(*batch, *np.shape(out)) for out in like]
    if not done:
        return tuple(np.empty(shape, np.asarray(out).dtype) for shape, out in zip(shapes, like, strict=True))
    outs = [np.reshape(out, shape) for shape, out in zip(shapes, zip(*done, strict=True), strict=True)]
    return tuple(by_columns(o) if np.ndim(one) == 2 else o for o, one in zip(outs, like, strict=True))


def by_columns(matrices: ndarray) -> ndarray:
    """The same values, in the order in which LAPACK, and therefore PyTorch, lays out its results."""
    return np.ascontiguousarray(matrices.swapaxes(-2, -1)).swapaxes(-2, -1)


def lapack(name: str, *arrays: ndarray) -> Any:
    return scipy.linalg.get_lapack_funcs((name,), arrays)[0]


def adjoint(t: Any) -> Any:
    return t.swapaxes(-2, -1).conj() if isinstance(t, ndarray) else torch.transpose(t, -2, -1).conj()


def diagonal_of(t: Any) -> Any:
    return torch.diagonal(t, 0, -2, -1)


def check_matrix(name: str, A: Any, kernel: str = "", square: bool = True, integers: bool = False) -> None:
    """PyTorch's words for what is no matrix, not square, or of a dtype that LAPACK lacks.

    ``kernel`` is the one that refuses 16-bit floats; with ``integers``, it refuses integers too.
    """
    if not isinstance(A, Tensor):
        return
    if A.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor A must have at least 2 dimensions.")
    m, n = A.shape[-2:]
    if square and m != n:
        raise RuntimeError(f"{name}: A must be batches of square matrices, but they are {m} by {n} matrices")
    if A.dtype.category < _dtype.FLOAT and not integers:
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {A.dtype.type_name}")
    if A.dtype.category < _dtype.FLOAT or A.element_size() == 2:
        if kernel:
            raise NotImplementedError(f"\"{kernel}\" not implemented for '{A.dtype.type_name}'")
        raise RuntimeError(f"{name}: Low precision dtypes not supported. Got {A.dtype.type_name}")


def check_info(name: str, info: Any, words: str, error: type[Exception] = LinAlgError) -> None:
    """Raises if LAPACK complained of a matrix; ``{}`` in the words is what it said."""
    values = info._array if isinstance(info, Tensor) else info
    failed = np.flatnonzero(values)
    if failed.size:
        batch = f"(Batch element {failed[0]}): " if values.ndim else ""
        raise error(f"{name}: {batch}{words.format(values.flat[failed[0]])}")


NOT_POSITIVE = (
    "The factorization could not be completed because the input is not positive-definite (the leading minor of "
    "order {} is not positive-definite)."
)
SINGULAR = "The diagonal element {} is zero, the inversion could not be completed because the input matrix is singular."

# Cholesky: A = L L^H.


def _cholesky(A: ndarray, upper: bool) -> tuple[ndarray, ndarray]:
    def factor(a: ndarray) -> Any:
        if not a.size:
            return a, np.int32(0)
        return lapack("potrf", a)(a, lower=not upper, clean=True)

    L, info = each(factor, A)
    return L, info.astype(I32)


def _cholesky_grad(grad: Any, L: Any, upper: bool) -> Any:
    L, grad = (adjoint(L), adjoint(grad)) if upper else (L, grad)
    phi = torch.matmul(adjoint(L), grad)
    phi = (torch.tril(phi) + adjoint(torch.tril(phi, -1))) * 0.5
    return _right(solve_left(adjoint(L), phi, True), adjoint(L))


def solve_left(A: Any, B: Any, upper: bool, unit: bool = False) -> Any:
    """inverse(A) B for a triangular A."""
    return row("linalg_solve_triangular")(A, B, upper, True, unit)


def _right(B: Any, U: Any) -> Any:
    """B inverse(U)^H."""
    return adjoint(solve_left(U, adjoint(B), True))


op("linalg_cholesky_ex", lambda A, upper: _cholesky(A, upper), outputs="L info", places=(),
   A=lambda grad, L, upper: _cholesky_grad(grad, L, upper))
op("cholesky", lambda self, upper: _cholesky(self, upper)[0], places=(),
   self=lambda grad, result, upper: _cholesky_grad(grad, result, upper))


@composite("linalg")
def cholesky_ex(A: Any, *, upper: bool = False, check_errors: bool = False) -> Any:
    """L with A = L L^H, from the lower triangle of A; ``upper``: U with A = U^H U, from the upper one."""
    check_matrix("linalg.cholesky", A, "cholesky_cpu")
    found = row("linalg_cholesky_ex")(A, upper)
    if check_errors:
        check_info("linalg.cholesky_ex", found[1], NOT_POSITIVE)
    return found


@composite("linalg", name="cholesky")
def linalg_cholesky(A: Any, *, upper: bool = False) -> Any:
    L, info = cholesky_ex(A, upper=upper)
    check_info("linalg.cholesky", info, NOT_POSITIVE)
    return L


@composite()
def cholesky(self: Any, upper: bool = False) -> Any:
    check_matrix("cholesky", self, "cholesky_cpu", integers=True)
    check_info("cholesky", _cholesky(self._array, upper)[1], NOT_POSITIVE)
    return row("cholesky")(self, upper)


# LU: A = P L U.


def lu_of(A: ndarray) -> tuple[ndarray, ndarray, ndarray]:
    """L and U in one matrix, pivots counted from 1, and where U has its first zero."""

    def factor(a: ndarray) -> Any:
        if not a.size:
            return a, np.zeros(min(a.shape), np.int32), 0
        lu, pivots, info = lapack("getrf", a)(a)
        return lu, pivots + 1, info

    LU, pivots, info = each(factor, A)
    return LU, pivots.astype(I32), info.astype(I32)


def _permutation(pivots: ndarray, m: int) -> ndarray:
    """The matrix P of A = P L U, from the exchanges of rows."""

    def permute(exchanges: ndarray) -> Any:
        order = np.arange(m)
        for i, j in enumerate(exchanges[0] - 1):
            order[[i, j]] = order[[j, i]]
        return (np.eye(m)[:, order],)

    return each(permute, pivots[..., None, :])[0]


def _unpacked(LU: ndarray, pivots: ndarray, data: bool = True, with_pivots: bool = True) -> tuple[ndarray, ...]:
    m, n = LU.shape[-2:]
    k, none = min(m, n), np.empty(0, LU.dtype)
    P = _permutation(pivots, m).astype(LU.dtype, order="C") if with_pivots else none
    if not data:
        return P, none, none.copy()
    LU = np.ascontiguousarray(LU)
    return P, np.tril(LU[..., :, :k], -1) + np.eye(m, k, dtype=LU.dtype), np.triu(LU[..., :k, :])


def _lu_grad(gL: Any, gU: Any, P: Any, L: Any, U: Any) -> Any:
    """The square case; of a tall or wide A, the rest of L or of U is a solution with the other factor."""
    m, n = L.shape[-2], U.shape[-1]
    k = min(m, n)
    rest = None
    if m > k:
        rest = _right(gL[..., k:, :], U)
        gU = gU - torch.matmul(adjoint(L[..., k:, :]), rest)
        L, gL = L[..., :k, :], gL[..., :k, :]
    if n > k:
        rest = solve_left(adjoint(L), gU[..., k:], True, True)
        gL = gL - torch.matmul(rest, adjoint(U[..., k:]))
        U, gU = U[..., :k], gU[..., :k]
    phi = torch.tril(torch.matmul(adjoint(L), gL), -1) + torch.triu(torch.matmul(gU, adjoint(U)))
    square = _right(solve_left(adjoint(L), phi, True, True), U)
    if rest is not None:
        square = torch.cat([square, rest], -2 if m > k else -1)
    return torch.matmul(P, square)


def _lu_factor_grad(grad: Any, LU: Any, pivots: Any) -> Any:
    m, n = LU.shape[-2:]
    k = min(m, n)
    P, L, U = row("lu_unpack")(LU, pivots, True, True)
    return _lu_grad(grad[..., :k], grad[..., :k, :], P, L, U)


def _put_lu(given: Any, shape: Any) -> Any:
    """Gradients of L and U in the places that they had in LU."""
    (_, gL, gU), (m, n) = given if len(given) == 3 else (None, *given), shape[-2:]
    parts = []
    if gL is not None and gL.ndim >= 2:
        parts.append(torch.constant_pad_nd(torch.tril(gL, -1), (0, max(n - m, 0))))
    if gU is not None and gU.ndim >= 2:
        parts.append(torch.constant_pad_nd(torch.triu(gU), (0, 0, 0, max(m - n, 0))))
    return sum(parts[1:], parts[0]) if parts else None


op("linalg_lu_factor_ex", lambda A: lu_of(A), outputs="LU pivots info", places=(),
   A=lambda grad, LU, pivots: _lu_factor_grad(grad, LU, pivots))
op("linalg_lu", lambda A: _unpacked(*lu_of(A)[:2]), outputs="P L U", differentiable=slice(1, 3), places=(),
   A=lambda grads, P, L, U: _lu_grad(grads[0], grads[1], P, L, U))
op("lu_unpack", lambda LU_data, LU_pivots, unpack_data, unpack_pivots:
       _unpacked(LU_data, LU_pivots, unpack_data, unpack_pivots),
   outputs="P L U", differentiable=slice(1, 3), places=(),
   LU_data=lambda given, LU_data_shape: _put_lu(given, LU_data_shape))

LU_HAS_ZERO = (
    "U[{0},{0}] is zero and using it on lu_solve would result in a division by zero. If you still want to perform "
    "the factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)"
)
_lu_factor_type = return_type("linalg_lu_factor", ("LU", "pivots"))
_lu_with_info_type = return_type("_lu_with_info", ("LU", "pivots", "info"))


def _check_lu(name: str, A: Any, pivot: bool) -> None:
    if A.ndim < 2:
        raise RuntimeError(f"{name}: Expected tensor with 2 or more dimensions. Got size: {list(A.shape)} instead")
    check_matrix(name, A, "lu_cpu", square=False, integers=True)
    if not pivot:
        raise RuntimeError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")


@composite("linalg")
def lu_factor_ex(A: Any, *, pivot: bool = True, check_errors: bool = False) -> Any:
    _check_lu("torch.lu_factor", A, pivot)
    found = row("linalg_lu_factor_ex")(A)
    if check_errors:
        check_info("torch.linalg.lu_factor_ex", found[2], LU_HAS_ZERO, RuntimeError)
    return found


@composite("linalg")
def lu_factor(A: Any, *, pivot: bool = True) -> Any:
    """L and U of A = P L U in one matrix, and the pivots, counted from 1."""
    LU, pivots, info = lu_factor_ex(A, pivot=pivot)
    check_info("torch.linalg.lu_factor", info, LU_HAS_ZERO, RuntimeError)
    return _lu_factor_type(LU, pivots)


@composite()
def lu(self: Any, pivot: bool = True, get_infos: bool = False) -> Any:
    LU, pivots, info = lu_factor_ex(self, pivot=pivot)
    return _lu_with_info_type(LU, pivots, info) if get_infos else (LU, pivots)


@composite("linalg", name="lu")
def linalg_lu(A: Any, *, pivot: bool = True) -> Any:
    """P, L, U with A = P L U."""
    _check_lu("linalg.lu", A, pivot)
    return row("linalg_lu")(A)


@composite("torch")
def lu_unpack(LU_data: Any, LU_pivots: Any, unpack_data: bool = True, unpack_pivots: bool = True) -> Any:
    if LU_data.ndim < 2:
        raise RuntimeError(
            f"torch.lu_unpack: Expected tensor with 2 or more dimensions. Got size: {list(LU_data.shape)} instead"
        )
    if unpack_pivots:
        if LU_pivots._array.dtype != I32:
            raise RuntimeError(
                "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype.\n"
                "Note: this function is intended to be used with the output produced by torch.linalg.lu_factor"
            )
        pivots = LU_pivots._array
        if pivots.size and not (pivots.min() >= 1 and pivots.max() <= LU_data.shape[-2]):
            raise RuntimeError(
                "pivots passed to lu_unpack must be between 1 and LU.size(-2) inclusive."
                "Did you properly pass the result of lu_factor?"
            )
    return row("lu_unpack")(LU_data, LU_pivots, unpack_data, unpack_pivots)


# LDL: A = L D L^T, or L D L^H where A is hermitian.


def _of_symmetric(name: str, A: ndarray, hermitian: bool) -> Any:
    return lapack(("he" if hermitian and A.dtype.kind == "c" else "sy") + name, A)


def _ldl(self: ndarray, hermitian: bool) -> tuple[ndarray, ...]:
    def factor(a: ndarray) -> Any:
        if not a.size:
            return a, np.zeros(len(a), np.int32), 0
        ldl, pivots, info = _of_symmetric("trf", a, hermitian)(a, lower=True)
        return np.tril(ldl), pivots, info

    LD, pivots, info = each(factor, self)
    return LD, pivots.astype(I32), info.astype(I32)


def _ldl_solve(LD: ndarray, pivots: ndarray, B: ndarray, hermitian: bool) -> ndarray:
    def solved(ld: ndarray, p: ndarray, b: ndarray) -> Any:
        return (_of_symmetric("trs", ld, hermitian)(ld, p[0], b, lower=True)[0] if b.size else b,)

    return each(solved, LD, pivots[..., None, :], B)[0]


op("linalg_ldl_factor_ex", lambda self, hermitian: _ldl(self, hermitian), outputs="LD pivots info", places=(),
   node=NOT_IMPLEMENTED, self=not_implemented("linalg_ldl_factor_ex"))
op("linalg_ldl_solve", lambda LD, pivots, B, hermitian: _ldl_solve(LD, pivots, B, hermitian), places=(),
   node=NOT_IMPLEMENTED, LD=not_implemented("linalg_ldl_solve"), B=not_implemented("linalg_ldl_solve"))
_ldl_factor_type = return_type("linalg_ldl_factor", ("LD", "pivots"))


@composite("linalg")
def ldl_factor_ex(self: Any, *, hermitian: bool = False, check_errors: bool = False) -> Any:
    return _checked_ldl("torch.linalg.ldl_factor_ex", self, hermitian, check_errors)


@composite("linalg")
def ldl_factor(self: Any, *, hermitian: bool = False) -> Any:
    """L and D of A = L D L^T (L^H, if ``hermitian``), from the lower triangle; D has blocks of 1 or 2."""
    return _ldl_factor_type(*_checked_ldl("torch.linalg.ldl_factor", self, hermitian, True)[:2])


def _checked_ldl(name: str, self: Any, hermitian: bool, check: bool) -> Any:
    check_matrix("torch.linalg.ldl_factor_ex", self, "ldl_factor_kernel_cpu")
    found = row("linalg_ldl_factor_ex")(self, hermitian)
    failed = found[2]._array[found[2]._array != 0]
    if check and failed.size:
        raise RuntimeError(
            'false INTERNAL ASSERT FAILED at "/__w/pytorch/pytorch/aten/src/ATen/native/BatchLinearAlgebra.cpp":1642, '
            f"please report a bug to PyTorch. {name}: Unknown error code: {failed.flat[0]}."
        )
    return found


@composite("linalg")
def ldl_solve(LD: Any, pivots: Any, B: Any, *, hermitian: bool = False) -> Any:
    """X with A X = B, from what ``ldl_factor`` gives for A."""
    if pivots.dtype.category >= _dtype.FLOAT:
        raise RuntimeError(f"torch.linalg.ldl_solve: Expected pivots to be integers. Got {pivots.dtype.type_name}")
    if pivots.shape != LD.shape[:-1]:
        raise RuntimeError(
            "torch.linalg.ldl_solve: Expected LD.shape[:-1] and pivots.shape to be the same, but got pivots with "
            f"shape {list(pivots.shape)} instead"
        )
    return row("linalg_ldl_solve")(LD, pivots, B, hermitian)


# QR: A = Q R.


def _qr(A: ndarray, mode: Any) -> tuple[ndarray, ndarray]:
    if mode == "r":
        return np.empty(0, A.dtype), by_columns(np.asarray(np.linalg.qr(A, "r")))
    Q, R = np.linalg.qr(A, mode)
    return by_columns(Q), by_columns(R)


def _qr_grad(given: Any, Q: Any, R: Any, mode: str) -> Any:
    if mode == "r":
        raise RuntimeError(
            "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use "
            "linalg.qr(A, mode='reduced') if you are going to differentiate through linalg.qr."
        )
    (gQ, gR), m, n = given, Q.shape[-2], R.shape[-1]
    if mode == "complete" and m > n:
        raise RuntimeError("The QR decomposition is not differentiable when mode='complete' and nrows > ncols.")
    rest = None
    if m < n and gR is not None:  # A = [Q R1, Q R2]
        rest = torch.matmul(Q, gR[..., m:])
        through = torch.matmul(Q, torch.matmul(R[..., m:], adjoint(gR[..., m:])))
        gQ = through if gQ is None else gQ + through
        gR = gR[..., :m]
    R = R[..., :m]
    inner = 0 if gR is None else torch.matmul(gR, adjoint(R))
    inner = inner if gQ is None else inner - torch.matmul(adjoint(Q), gQ)
    inner = torch.triu(inner)
    both = torch.matmul(Q, (inner + adjoint(torch.triu(inner, 1))) - imaginary_diagonal(inner))
    first = _right(both if gQ is None else both + gQ, R)
    if m < n:
        rest = torch.zeros_like(torch.sum(Q, -1, True)).expand(*Q.shape[:-1], n - m) if rest is None else rest
        return torch.cat([first, rest], -1)
    return first


def imaginary_diagonal(t: Any) -> Any:
    """What the diagonal lacks of being real."""
    diagonal = diagonal_of(t)
    return torch.diag_embed((diagonal - diagonal.conj()) * 0.5)


op("linalg_qr", lambda A, mode: _qr(A, mode), outputs="Q R", places=(),
   A=lambda given, Q, R, mode: _qr_grad(given, Q, R, mode))


@composite("linalg", name="qr")
def linalg_qr(A: Any, mode: str = "reduced") -> Any:
    """Q with orthonormal columns and an upper triangular R; ``mode``: "reduced", "complete" or "r"."""
    if isinstance(A, Tensor) and A.ndim >= 2 and mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )
    check_matrix("linalg.qr", A, "geqrf_cpu", square=False)
    return row("linalg_qr")(A, mode)


_qr_type = return_type("qr", ("Q", "R"))


@composite()
def qr(self: Any, some: bool = True) -> Any:
    return _qr_type(*linalg_qr(self, "reduced" if some else "complete"))


# Reflectors: Q = H_1 H_2 ... H_k with H_i = 1 - tau_i v_i v_i^H, and v_i below the diagonal of column i.


def _raw_qr(self: ndarray) -> tuple[ndarray, ndarray]:
    a, tau = np.linalg.qr(self, "raw")
    return by_columns(a.swapaxes(-2, -1)), tau


def _reflected(input: ndarray, tau: ndarray) -> ndarray:
    def product(a: ndarray, t: ndarray) -> Any:
        return (lapack("orgqr", a)(a, t[0])[0] if t.size else np.eye(*a.shape, dtype=a.dtype),)

    return each(product, input, tau[..., None, :])[0]


def _multiplied(self: ndarray, tau: ndarray, other: ndarray, left: bool, transpose: bool) -> ndarray:
    """Q other, or as ``left`` and ``transpose`` say, with the square Q."""
    m = self.shape[-2]
    wide = np.zeros((*self.shape[:-1], m), self.dtype)
    wide[..., : self.shape[-1]] = self[..., :m]
    Q = _reflected(wide, tau)
    Q = Q.swapaxes(-2, -1).conj() if transpose else Q
    return by_columns(Q @ other if left else other @ Q)


def _vectors(input: Any, count: int) -> list[Any]:
    below = torch.tril(input[..., :count], -1) + np.eye(input.shape[-2], count, dtype=numpy_dtype(input))
    return [below[..., i : i + 1] for i in range(count)]


def numpy_dtype(t: Any) -> Any:
    return t.dtype if isinstance(t, ndarray) else t._array.dtype


def _reflect(v: Any, tau: Any, t: Any) -> Any:
    return t - torch.matmul(v * tau, torch.matmul(adjoint(v), t))


def _reflectors_grad(grad: Any, input: Any, tau: Any, of_tau: bool) -> Any:
    """The gradient of one factor after another: what stands before it moves to the gradient's side."""
    if 0 in (*tau.shape, *input.shape):
        return None
    k, (m, n) = tau.shape[-1], grad.shape[-2:]
    vectors = _vectors(input, k)
    taus = [tau[..., i : i + 1, None] for i in range(k)]
    after = [torch.zeros_like(grad) + np.eye(m, n, dtype=numpy_dtype(input))]
    for v, t in zip(vectors[:0:-1], taus[:0:-1], strict=True):
        after.append(_reflect(v, t, after[-1]))
    outs = []
    for v, t, right in zip(vectors, taus, reversed(after), strict=True):
        gH_v = torch.matmul(grad, torch.matmul(adjoint(right), v))
        if of_tau:
            outs.append(-torch.matmul(adjoint(v), gH_v)[..., 0])
        else:
            v_gH = torch.matmul(right, torch.matmul(adjoint(grad), v))
            outs.append(-(t.conj() * gH_v + t * v_gH))
        grad = _reflect(v, t.conj(), grad)
    if of_tau:
        return torch.cat(outs, -1)
    rest = input.shape[-1] - k
    return torch.constant_pad_nd(torch.tril(torch.cat(outs, -1), -1), (0, rest))


def _square_grad(grad: Any, other: Any, left: bool, transpose: bool) -> Any:
    """The gradient of Q in Q other and its like."""
    of_q = torch.matmul(grad, adjoint(other)) if left else torch.matmul(adjoint(other), grad)
    return adjoint(of_q) if transpose else of_q


op("geqrf", lambda self: _raw_qr(self), outputs="a tau", places=(), self=no_derivative("geqrf"))
op("linalg_householder_product", lambda input, tau: _reflected(input, tau), places=(),
   input=lambda grad, input, tau: _reflectors_grad(grad, input, tau, False),
   tau=lambda grad, input, tau: _reflectors_grad(grad, input, tau, True))
op("ormqr", lambda self, tau, other, left, transpose: _multiplied(self, tau, other, left, transpose), places=(),
   self=lambda grad, self, tau, other, left, transpose:
       _reflectors_grad(_square_grad(grad, other, left, transpose), self, tau, False),
   tau=lambda grad, self, tau, other, left, transpose:
       _reflectors_grad(_square_grad(grad, other, left, transpose), self, tau, True),
   other=lambda grad, self, tau, left, transpose: row("ormqr")(self, tau, grad, left, not transpose))


@composite()
def geqrf(self: Any) -> Any:
    if self.ndim < 2:
        raise RuntimeError("torch.geqrf: input must have at least 2 dimensions.")
    check_matrix("geqrf", self, "geqrf_cpu", square=False, integers=True)
    return row("geqrf")(self)


@composite("linalg")
def householder_product(input: Any, tau: Any) -> Any:
    """The first columns of the product of the reflectors that ``geqrf`` has found."""
    name = "torch.linalg.householder_product"
    if input.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if input.shape[-2] < input.shape[-1]:
        raise RuntimeError(f"{name}: input.shape[-2] must be greater than or equal to input.shape[-1]")
    if input.shape[-1] < (tau.shape[-1] if tau.ndim else 0):
        raise RuntimeError(f"{name}: input.shape[-1] must be greater than or equal to tau.shape[-1]")
    _check_tau(name, input, tau)
    if tau.dtype is not input.dtype:
        raise RuntimeError(
            f"{name}: tau dtype {tau.dtype.type_name} does not match input dtype {input.dtype.type_name}"
        )
    check_matrix(name, input, "orgqr_cpu", square=False, integers=True)
    return row("linalg_householder_product")(input, tau)


def _check_tau(name: str, input: Any, tau: Any) -> None:
    if tau.ndim != input.ndim - 1:
        raise RuntimeError(
            f"{name}: Expected tau to have one dimension less than input, but got tau.ndim equal to {tau.ndim} "
            f"and input.ndim is equal to {input.ndim}"
        )
    if tau.shape[:-1] != input.shape[:-2]:
        raise RuntimeError(
            f"{name}: Expected batch dimensions of tau to be equal to input.shape[:-2], but got "
            f"{list(tau.shape[:-1])}"
        )


@composite()
def orgqr(self: Any, input2: Any) -> Any:
    return householder_product(self, input2)


@composite()
def ormqr(self: Any, tau: Any, other: Any, left: bool = True, transpose: bool = False) -> Any:
    """The product of reflectors, square, with another matrix."""
    for t, name in ((self, "input"), (other, "other")):
        if t.ndim < 2:
            raise RuntimeError(f"torch.ormqr: {name} must have at least 2 dimensions.")
    side = -2 if left else -1
    if other.shape[side] < (tau.shape[-1] if tau.ndim else 0):
        raise RuntimeError(f"torch.ormqr: other.shape[{side}] must be greater than or equal to tau.shape[-1]")
    if other.shape[side] != self.shape[-2]:
        raise RuntimeError(f"torch.ormqr: other.shape[{side}] must be equal to input.shape[-2]")
    if tau.ndim == self.ndim - 1 and tau.shape[-1] > min(other.shape[side], self.shape[-1]):
        raise RuntimeError(
            f"torch.ormqr: tau.shape[-1] must be less than or equal to min(other.shape[{side}], input.shape[-1])"
        )
    _check_tau("torch.ormqr", self, tau)
    if other.ndim != self.ndim or other.shape[:-2] != self.shape[:-2]:
        raise RuntimeError(
            "torch.ormqr: Expected other to have the same number of dimensions as input, but got other.ndim equal "
            f"to {other.ndim} and input.ndim is equal to {self.ndim}"
            if other.ndim != self.ndim else
            "torch.ormqr: Expected batch dimensions of other to be equal to input.shape[:-2], but got "
            f"{list(other.shape[:-2])}"
        )
    for t, name in ((tau, "tau"), (other, "other")):
        if t.dtype is not self.dtype:
            raise RuntimeError(
                f"torch.ormqr: Expected input and {name} to have the same dtype, but input has dtype"
                f"{self.dtype.type_name} and {name} has dtype {t.dtype.type_name}"
            )
    check_matrix("torch.ormqr", self, "ormqr_cpu", square=False, integers=True)
    return row("ormqr")(self, tau, other, left, transpose)
