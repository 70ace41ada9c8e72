"""Factorizations by elimination: Cholesky, LU, LDL, and what is solved with them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from .. import _dtype
from .._op import NOT_IMPLEMENTED, composite, not_implemented, op, row, torch
from .._row import return_type
from .matrices import (
    I32,
    SINGULAR,
    adjoint,
    by_columns,
    check_batches,
    check_fit,
    check_info,
    check_matrix,
    check_same_dtype,
    each,
    lapack,
)
from .shapes import zeros_like_of
from .triangular import check_old, substituted

NOT_POSITIVE = (
    "The factorization could not be completed because the input is not positive-definite (the leading minor of "
    "order {} is not positive-definite)."
)

# Cholesky: A = L L^H.


def _cholesky(A: ndarray, upper: bool) -> tuple[ndarray, ndarray]:
    def factor(a: ndarray) -> Any:
        return lapack("potrf", a)(a, lower=not upper, clean=True) if a.size else (a, 0)

    L, info = each(factor, A)
    return L, info.astype(I32)


def _cholesky_grad(grad: Any, L: Any, upper: bool) -> Any:
    L, grad = (adjoint(L), adjoint(grad)) if upper else (L, grad)
    phi = torch.tril(adjoint(L) @ grad)
    phi = (phi + adjoint(torch.tril(phi, -1))) * 0.5
    return substituted(L, substituted(adjoint(L), phi, True), False, left=False)


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
    if self.numel() or self.ndim < 2:
        check_matrix("cholesky", self, "cholesky_cpu", integers=True)
        check_info("cholesky", _cholesky(self._array, upper)[1], NOT_POSITIVE)
    return row("cholesky")(self, upper)


def _solved(B: Any, L: Any, upper: bool) -> Any:
    lower = adjoint(L) if upper else L
    return substituted(adjoint(lower), substituted(lower, B, False), True)


def _factor_grad(of_matrix: Any, L: Any, upper: bool) -> Any:
    """The gradient of a factor, of which the other triangle is not read, from that of its matrix."""
    both = of_matrix + adjoint(of_matrix)
    return torch.triu(-(torch.triu(L) @ both)) if upper else torch.tril(-(both @ torch.tril(L)))


op("cholesky_solve", lambda self, input2, upper: _solved(self, input2, upper), places=(),
   self=lambda grad, input2, upper: row("cholesky_solve")(grad, input2, upper),
   input2=lambda grad, self, input2, result, upper: _factor_grad(
       row("cholesky_solve")(grad, input2, upper) @ adjoint(result), input2, upper))
op("cholesky_inverse", lambda self, upper: by_columns(_solved(np.eye(self.shape[-1], dtype=self.dtype), self, upper)),
   places=(), self=lambda grad, self, result, upper: _factor_grad(result @ (grad @ result), self, upper))


@composite()
def cholesky_solve(self: Any, input2: Any, upper: bool = False) -> Any:
    """X with A X = B, where B is ``self`` and ``input2`` the Cholesky factor of A."""
    check_old("cholesky_solve", self, input2, "")
    check_matrix("cholesky_solve", input2, "cholesky_solve_cpu", integers=True)
    return row("cholesky_solve")(self, input2, upper)


@composite()
def cholesky_inverse(self: Any, upper: bool = False) -> Any:
    check_matrix("cholesky_inverse", self, "cholesky_inverse_out_cpu", integers=True, always=True)
    zeros = np.diagonal(self._array, axis1=-2, axis2=-1) == 0
    first = np.where(zeros.any(-1), zeros.argmax(-1) + 1 if zeros.size else 0, 0)
    check_info("cholesky_inverse", first, SINGULAR)
    return row("cholesky_inverse")(self, upper)


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


def _sum(a: Any, b: Any) -> Any:
    return b if a is None else a if b is None else a + b


def _difference(a: Any, b: Any) -> Any:
    return -b if a is None else a if b is None else a - b


def _both(gL: Any, gU: Any) -> Any:
    """Gradients of L and U in one matrix, as LU has them."""
    return _sum(None if gL is None else torch.tril(gL, -1), None if gU is None else torch.triu(gU))


def _extended(t: Any, m: int, n: int) -> Any:
    """A square matrix with zeros below it or beside it."""
    k = t.shape[-1]
    rest = zeros_like_of(t, (*t.shape[:-2], m - k or k, n - k or k))
    return torch.cat([t, rest], -1 if m < n else -2)


def _lu_grad(given: Any, P: Any, L: Any, U: Any) -> Any:
    """Of a matrix that is not square, L or U has more than the square part has, which gets its gradient as it is."""
    gL, gU = given
    m, n, wide = L.shape[-2], U.shape[-1], L.shape[-2] < U.shape[-1]

    def from_left(A: Any, t: Any) -> Any:
        return substituted(adjoint(A), t, True, unit=True)

    def from_right(t: Any, A: Any) -> Any:
        return substituted(adjoint(A), t, False, left=False)

    of_l = None if gL is None else adjoint(L) @ (torch.tril(gL, -1) if m > n else gL)
    of_u = None if gU is None else (torch.triu(gU) if wide else gU) @ adjoint(U)
    if m == n:
        return P @ from_left(L, from_right(_both(of_l, of_u), U))
    if wide:
        inner, own = from_right(torch.tril(_difference(of_l, of_u), -1), U[..., :m]), gU
    else:
        inner, own = from_left(L[..., :n, :], torch.triu(_difference(of_u, of_l))), gL
    if own is None:
        return P @ _extended(from_left(L, inner) if wide else from_right(inner, U), m, n)
    if wide:
        return P @ from_left(L, torch.cat([inner + torch.triu(gU[..., :m]), gU[..., m:]], -1))
    return P @ from_right(torch.cat([inner + torch.tril(gL[..., :n, :], -1), gL[..., n:, :]], -2), U)


def _unpacked_grad(given: Any, shape: Any) -> Any:
    gL, gU = (None if g is None or g.ndim < 2 else g for g in given[-2:])
    m, n = shape[-2:]
    if m < n and gL is not None:
        return _extended(_both(gL, None), m, n) if gU is None else torch.cat([_both(gL, gU[..., :m]), gU[..., m:]], -1)
    if m > n and gU is not None:
        return _extended(_both(None, gU), m, n) if gL is None else torch.cat([_both(gL[..., :n, :], gU), gL[..., n:, :]], -2)
    return _both(gL, gU)


def _lu_factor_grad(grad: Any, LU: Any, pivots: Any) -> Any:
    k = min(LU.shape[-2:])
    return _lu_grad((torch.narrow(grad, -1, 0, k), torch.narrow(grad, -2, 0, k)), *row("lu_unpack")(LU, pivots, True, True))


op("linalg_lu_factor_ex", lambda A: lu_of(A), outputs="LU pivots info", places=(),
   A=lambda grad, LU, pivots: _lu_factor_grad(grad, LU, pivots))
op("linalg_lu", lambda A: _unpacked(*lu_of(A)[:2]), outputs="P L U", differentiable=slice(1, 3), places=(),
   A=lambda given, P, L, U: _lu_grad(given, P, L, U))
op("lu_unpack", lambda LU_data, LU_pivots, unpack_data, unpack_pivots:
       _unpacked(LU_data, LU_pivots, unpack_data, unpack_pivots),
   outputs="P L U", differentiable=slice(1, 3), places=(),
   LU_data=lambda given, LU_data_shape: _unpacked_grad(given, LU_data_shape))

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
    if not pivot and A.numel():
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
    found = lu_factor_ex(self, pivot=pivot)
    return _lu_with_info_type(*found) if get_infos else tuple(found[:2])


@composite("linalg", name="lu")
def linalg_lu(A: Any, *, pivot: bool = True) -> Any:
    """P, L, U with A = P L U."""
    _check_lu("linalg.lu", A, pivot)
    found = row("linalg_lu")(A)
    return found if pivot else found._replace(P=torch.empty(0, dtype=A.dtype))


@composite("torch")
def lu_unpack(LU_data: Any, LU_pivots: Any, unpack_data: bool = True, unpack_pivots: bool = True) -> Any:
    if LU_data.ndim < 2:
        raise RuntimeError(
            f"torch.lu_unpack: Expected tensor with 2 or more dimensions. Got size: {list(LU_data.shape)} instead"
        )
    pivots = LU_pivots._array
    if unpack_pivots and pivots.dtype != I32:
        raise RuntimeError(
            "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype.\n"
            "Note: this function is intended to be used with the output produced by torch.linalg.lu_factor"
        )
    if unpack_pivots and pivots.size and not (pivots.min() >= 1 and pivots.max() <= LU_data.shape[-2]):
        raise RuntimeError(
            "pivots passed to lu_unpack must be between 1 and LU.size(-2) inclusive."
            "Did you properly pass the result of lu_factor?"
        )
    return row("lu_unpack")(LU_data, LU_pivots, unpack_data, unpack_pivots)


def lu_solved(LU: ndarray, pivots: ndarray, B: ndarray, left: bool = True, adjointly: bool = False) -> ndarray:
    if not left:  # X A = B is A^H X^H = B^H
        return adjoint(lu_solved(LU, pivots, adjoint(B), True, not adjointly))

    def solved(lu: ndarray, p: ndarray, b: ndarray) -> Any:
        return (lapack("getrs", lu, b)(lu, p[0] - 1, b, trans=2 * adjointly)[0] if b.size else b,)

    return each(solved, LU, pivots[..., None, :], B)[0]


def _lu_solve_grad(grad: Any, LU: Any, pivots: Any, X: Any, left: bool, adjointly: bool) -> Any:
    P, L, U = row("lu_unpack")(LU, pivots, True, left == adjointly)
    if left != adjointly:
        of_u = substituted(adjoint(U), -(grad @ adjoint(X) if left else adjoint(grad) @ X), False)
        return torch.tril(substituted(adjoint(L), of_u @ adjoint(U), True, unit=True), -1) + torch.triu(of_u)
    product = adjoint(P) @ X @ adjoint(grad) if left else adjoint(P) @ adjoint(X) @ grad
    of_l = substituted(adjoint(L), -(product @ P), True, left=False, unit=True)
    return torch.tril(of_l, -1) + torch.triu(substituted(adjoint(U), adjoint(L) @ of_l, False, left=False))


op("linalg_lu_solve", lambda LU, pivots, B, left, adjoint: lu_solved(LU, pivots, B, left, adjoint), places=(),
   LU=lambda grad, LU, pivots, result, left, adjoint: _lu_solve_grad(grad, LU, pivots, result, left, adjoint),
   B=lambda grad, LU, pivots, left, adjoint: row("linalg_lu_solve")(LU, pivots, grad, left, not adjoint))


@composite("linalg", name="lu_solve")
def linalg_lu_solve(LU: Any, pivots: Any, B: Any, *, left: bool = True, adjoint: bool = False) -> Any:
    """X with A X = B, X A = B or the same with A^H, from what ``lu_factor`` gives for A."""
    name = "linalg.lu_solve"
    if pivots._array.dtype != I32:
        raise RuntimeError(f"{name}: pivots should be a Tensor of scalar type torch.int32")
    check_matrix("torch.linalg.lu_solve", LU, "lu_solve_cpu", integers=True)
    check_same_dtype(name, LU, B, "LU")
    if B.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor B must have at least 2 dimensions.")
    check_fit(name, LU, B, left)
    if LU.shape[-1] != pivots.shape[-1]:
        raise RuntimeError(f"{name}: Number of pivots per batch should be same as the dimension of the matrix")
    if LU.shape[:-2] != pivots.shape[:-1]:
        raise RuntimeError(
            f"{name}: Expected LU.shape[:-1] and pivots.shape to be the same, but got pivots with shape "
            f"{list(pivots.shape)} instead"
        )
    check_batches(LU.shape[:-2], B.shape[:-2])
    return row("linalg_lu_solve")(LU, pivots, B, left, adjoint)


@composite()
def lu_solve(self: Any, LU_data: Any, LU_pivots: Any) -> Any:
    return linalg_lu_solve(LU_data, LU_pivots, self)


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
