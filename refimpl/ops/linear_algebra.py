"""Linear systems, inverses, determinants, and functions of matrices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.linalg
from numpy import ndarray

from .. import _dtype
from .._call import broadcast_error
from .._op import composite, op, row, torch
from .._row import return_type
from .._tensor import Tensor
from ..linalg import LinAlgError
from .factorizations import (
    COMPLEX,
    I32,
    SINGULAR,
    adjoint,
    by_columns,
    check_info,
    check_matrix,
    each,
    lapack,
    lu_of,
    solve_left,
)
from .shapes import zeros_like_of
from .spectra import svdvals

# Linear systems.


def _solve(A: ndarray, B: ndarray, left: bool) -> tuple[ndarray, ndarray]:
    """X with A X = B (or X A = B), and for each A where its U has a zero: NumPy says only that one has."""
    if not left:
        A, B = A.swapaxes(-2, -1), B.swapaxes(-2, -1)
    batch = np.broadcast_shapes(A.shape[:-2], B.shape[:-2])
    try:
        X, info = np.linalg.solve(A, B), np.zeros(A.shape[:-2], I32)
    except np.linalg.LinAlgError:
        LU, pivots, info = lu_of(A)
        X = _lu_solve(LU, pivots, B, True, False)
    X = by_columns(np.broadcast_to(X, (*batch, *B.shape[-2:])))
    return X if left else X.swapaxes(-2, -1), info


def _of_factor(grad: Any, X: Any, left: bool) -> Any:
    """The gradient of A from that of B."""
    return -torch.matmul(grad, adjoint(X)) if left else -torch.matmul(adjoint(X), grad)


def _solved(A: Any, B: Any, left: bool) -> Any:
    return row("linalg_solve_ex")(A, B, left, False)[0]


def _as_matrix(t: Any, vector: bool) -> Any:
    return t[..., None] if vector else t


def _solve_ex(A: ndarray, B: ndarray, left: bool, vector: bool) -> tuple[ndarray, ndarray]:
    X, info = _solve(A, _as_matrix(B, vector), left)
    return X[..., 0] if vector else X, info


def _solve_grad(grad: Any, A: Any, left: bool, vector: bool) -> Any:
    """The gradient of the right hand side, as a matrix."""
    return _solved(adjoint(A), _as_matrix(grad, vector), left)


op("linalg_solve_ex", lambda A, B, left, vector: _solve_ex(A, B, left, vector), outputs="result info", places=(),
   A=lambda grad, A, result, left, vector:
       _of_factor(_solve_grad(grad, A, left, vector), _as_matrix(result, vector), left),
   B=lambda grad, A, left, vector:
       _solve_grad(grad, A, left, vector)[..., 0] if vector else _solve_grad(grad, A, left, vector))


def _check_factors(name: str, A: Any, B: Any, left: bool, first: str = "A") -> None:
    """Both matrices, of one dtype and of sizes that fit."""
    if A.dtype is not B.dtype:
        raise RuntimeError(
            f"{name}: Expected {first} and B to have the same dtype, but found {first} of type "
            f"{A.dtype.type_name} and B of type {B.dtype.type_name} instead"
        )
    _check_fit(name, A, B, left)


def _check_fit(name: str, A: Any, B: Any, left: bool) -> None:
    (n, m), (rows, columns) = A.shape[-2:], B.shape[-2:]
    if n != (rows if left else columns):
        equation = "AX = B" if left else "XA = B"
        raise RuntimeError(
            f"{name}: Incompatible shapes of A and B for the equation {equation} ({n}x{m} and {rows}x{columns})"
        )


@composite("linalg")
def solve_ex(A: Any, B: Any, *, left: bool = True, check_errors: bool = False) -> Any:
    return _checked_solve("torch.linalg.solve_ex", A, B, left, check_errors)


@composite("linalg")
def solve(A: Any, B: Any, *, left: bool = True) -> Any:
    """X with A X = B, or X A = B; a batch of vectors B has one dimension less than A."""
    if not isinstance(A, Tensor):
        return _solved(A, B, left)
    return _checked_solve("torch.linalg.solve", A, B, left, True)[0]


def _checked_solve(name: str, A: Any, B: Any, left: bool, check: bool) -> Any:
    check_matrix("linalg.solve", A, "lu_cpu")
    vector = B.ndim == 1 or (A.ndim - 1 == B.ndim and B.shape == A.shape[:-1])
    if A.dtype is not B.dtype:
        _check_factors("linalg.solve", A, B, left)
    if not vector and B.ndim < 2:
        raise RuntimeError("linalg.solve: The input tensor B must have at least 2 dimensions.")
    if vector and not left:
        raise RuntimeError(
            "linalg.solve: Vector broadcasting of the left hand side is not supported for left=False. In this case "
            "linalg.solve is equivalent to B / A.squeeze(-1)"
        )
    n, columns = A.shape[-1], B.shape[-1:]
    if vector and B.shape[-1] != n:
        raise RuntimeError(
            f"linalg.solve: Incompatible shapes of A and B for the equation AX = B ({n}x{n} and {columns[0]}x1)"
        )
    if not vector:
        _check_fit("linalg.solve", A, B, left)
    found = row("linalg_solve_ex")(A, B, left, vector)
    if check:
        check_info(name, found[1], "The solver failed because the input matrix is singular.")
    return found


def _triangular(A: ndarray, B: ndarray, upper: bool, left: bool, unitriangular: bool) -> tuple[ndarray, ...]:
    """BLAS, which divides by zeros where LAPACK's own function refuses."""
    A, B = np.asarray(A), np.asarray(B)

    def solved(a: ndarray, b: ndarray) -> Any:
        if not b.size:
            return (b,)
        trsm = scipy.linalg.get_blas_funcs("trsm", (a, b))
        return (trsm(1, a, b, side=not left, lower=not upper, diag=unitriangular),)

    return each(solved, A, B)


def _triangle(t: Any, upper: bool, unitriangular: bool) -> Any:
    return torch.triu(t, int(unitriangular)) if upper else torch.tril(t, -int(unitriangular))


op("linalg_solve_triangular", lambda self, B, upper, left, unitriangular:
       _triangular(self, B, upper, left, unitriangular)[0], promotes="DEFAULT", places=(),
   self=lambda grad, self, result, upper, left, unitriangular: _triangle(_of_factor(
       row("linalg_solve_triangular")(adjoint(self), grad, not upper, left, unitriangular), result, left),
       upper, unitriangular),
   B=lambda grad, self, upper, left, unitriangular:
       row("linalg_solve_triangular")(adjoint(self), grad, not upper, left, unitriangular))


@composite("linalg")
def solve_triangular(A: Any, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Any:
    """X with A X = B (or X A = B) for a triangular A, of which the other triangle is not read."""
    if not isinstance(A, Tensor):
        return row("linalg_solve_triangular")(A, B, upper, left, unitriangular)
    name = "linalg.solve_triangular"
    check_matrix(name, A, "triangular_solve_cpu", integers=True)
    if B.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor B must have at least 2 dimensions.")
    _check_fit(name, A, B, left)
    _check_batches(B, A)
    return row("linalg_solve_triangular")(A, B, upper, left, unitriangular)


def _check_batches(a: Any, b: Any) -> None:
    try:
        np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    except ValueError:
        raise broadcast_error(tuple(a.shape[:-2]), tuple(b.shape[:-2])) from None


def _coefficient(A: Any, transpose: bool) -> Any:
    return torch.transpose(A, -2, -1) if transpose else A


def _old_triangular(self: Any, A: Any, upper: bool, transpose: bool, unitriangular: bool) -> Any:
    return row("linalg_solve_triangular")(_coefficient(A, transpose), self, upper != transpose, True, unitriangular)


def _old_triangular_grad(grad: Any, A: Any, upper: bool, transpose: bool, unitriangular: bool) -> Any:
    return _old_triangular(grad, A.conj(), upper, not transpose, unitriangular)


def _coefficient_grad(given: Any, A: Any, solution: Any, upper: bool, transpose: bool, unitriangular: bool) -> Any:
    of_solution, of_copy = given
    total = of_copy
    if of_solution is not None:
        of_b = _old_triangular_grad(of_solution, A, upper, transpose, unitriangular)
        total = _triangle(_coefficient(_of_factor(of_b, solution, True), transpose), upper, unitriangular)
        total = total if of_copy is None else total + of_copy
    return total


def _old_triangular_kernel(self: ndarray, A: ndarray, upper: bool, transpose: bool, unitriangular: bool) -> Any:
    batch = np.broadcast_shapes(self.shape[:-2], A.shape[:-2])
    solution = _old_triangular(self, A, upper, transpose, unitriangular)
    return solution, by_columns(np.broadcast_to(A, (*batch, *A.shape[-2:])))


op("triangular_solve", _old_triangular_kernel, outputs="solution cloned_coefficient", places=(),
   self=lambda given, A, upper, transpose, unitriangular: None if given[0] is None else
       _old_triangular_grad(given[0], A, upper, transpose, unitriangular),
   A=lambda given, A, solution, upper, transpose, unitriangular:
       _coefficient_grad(given, A, solution, upper, transpose, unitriangular))


def _check_old(name: str, self: Any, A: Any, of: str) -> None:
    """The words of the older functions, which call the right hand side b."""
    if self.ndim < 2:
        raise RuntimeError(f"{of}b {'to' if of else 'should'} have at least 2 dimensions, "
                           f"but {'it ' if of else ''}has {self.ndim} dimensions instead")
    if A.ndim < 2:
        raise RuntimeError(f"{of}{'A to' if of else 'u should'} have at least 2 dimensions, "
                           f"but {'it ' if of else ''}has {A.ndim} dimensions instead")
    if A.dtype is not self.dtype:
        raise RuntimeError(
            f"Expected b and A to have the same dtype, but found b of type {self.dtype.type_name} and A of type "
            f"{A.dtype.type_name} instead."
        )
    m, n = A.shape[-2:]
    if m != n:
        raise RuntimeError(f"A must be batches of square matrices, but they are {n} by {m} matrices")
    if n != self.shape[-2]:
        raise RuntimeError(
            f"Incompatible matrix sizes for {name}: each A matrix is {n} by {n} but each b matrix is "
            f"{self.shape[-2]} by {self.shape[-1]}"
        )
    _check_batches(self, A)


@composite()
def triangular_solve(
    self: Any, A: Any, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> Any:
    _check_old("triangular_solve", self, A, "torch.triangular_solve: Expected ")
    check_matrix("triangular_solve", A, "triangular_solve_cpu", integers=True)
    return row("triangular_solve")(self, A, upper, transpose, unitriangular)


# Solutions with a factorization that is at hand.


def _hermitian(L: Any, upper: bool) -> Any:
    """The matrix of a Cholesky factor, of which the other triangle is not read."""
    L = torch.triu(L) if upper else torch.tril(L)
    return torch.matmul(adjoint(L), L) if upper else torch.matmul(L, adjoint(L))


def _cholesky_solve(B: Any, L: Any, upper: bool) -> Any:
    lower = adjoint(L) if upper else L
    return solve_left(adjoint(lower), solve_left(lower, B, False), True)


def _factor_grad(of_matrix: Any, L: Any, upper: bool) -> Any:
    """The gradient of a Cholesky factor from that of its matrix."""
    both = of_matrix + adjoint(of_matrix)
    return torch.triu(torch.matmul(torch.triu(L), both)) if upper else torch.tril(torch.matmul(both, torch.tril(L)))


def _cholesky_inverse(self: ndarray, upper: bool) -> ndarray:
    eye = np.eye(self.shape[-1], dtype=self.dtype)
    return by_columns(_cholesky_solve(eye, self, upper))


op("cholesky_solve", lambda self, input2, upper: _cholesky_solve(self, input2, upper), places=(),
   self=lambda grad, input2, upper: torch.cholesky_solve(grad, input2, upper),
   input2=lambda grad, input2, result, upper: _factor_grad(
       _of_factor(torch.cholesky_solve(grad, input2, upper), result, True), input2, upper))
op("cholesky_inverse", lambda self, upper: _cholesky_inverse(self, upper), places=(),
   self=lambda grad, self, result, upper: _factor_grad(
       -torch.matmul(result, torch.matmul(grad, result)), self, upper))


@composite()
def cholesky_solve(self: Any, input2: Any, upper: bool = False) -> Any:
    """X with A X = B, where B is ``self`` and ``input2`` the Cholesky factor of A."""
    if isinstance(self, Tensor):
        _check_old("cholesky_solve", self, input2, "")
        check_matrix("cholesky_solve", input2, "cholesky_solve_cpu", integers=True)
    return row("cholesky_solve")(self, input2, upper)


@composite()
def cholesky_inverse(self: Any, upper: bool = False) -> Any:
    check_matrix("cholesky_inverse", self, "cholesky_inverse_out_cpu", integers=True)
    zeros = np.diagonal(self._array, axis1=-2, axis2=-1) == 0
    first = np.where(zeros.any(-1), zeros.argmax(-1) + 1 if zeros.size else 0, 0)
    check_info("cholesky_inverse", first, SINGULAR)
    return row("cholesky_inverse")(self, upper)


def _lu_solve(LU: ndarray, pivots: ndarray, B: ndarray, left: bool, adjoint: bool) -> ndarray:
    if not left:  # X A = B is A^H X^H = B^H
        return _lu_solve(LU, pivots, B.swapaxes(-2, -1).conj(), True, not adjoint).swapaxes(-2, -1).conj()

    def solved(lu: ndarray, p: ndarray, b: ndarray) -> Any:
        return (lapack("getrs", lu, b)(lu, p[0] - 1, b, trans=2 * adjoint)[0] if b.size else b,)

    return each(solved, LU, pivots[..., None, :], B)[0]


def _lu_solve_grad(grad: Any, LU: Any, pivots: Any, result: Any, left: bool, adjointly: bool) -> Any:
    of_b = row("linalg_lu_solve")(LU, pivots, grad, left, not adjointly)
    of_a = _of_factor(of_b, result, left)
    P, L, U = row("lu_unpack")(LU, pivots, True, True)
    of_a = torch.matmul(adjoint(P), adjoint(of_a) if adjointly else of_a)
    return torch.tril(torch.matmul(of_a, adjoint(U)), -1) + torch.triu(torch.matmul(adjoint(L), of_a))


op("linalg_lu_solve", lambda LU, pivots, B, left, adjoint: _lu_solve(LU, pivots, B, left, adjoint), places=(),
   LU=lambda grad, LU, pivots, result, left, adjoint: _lu_solve_grad(grad, LU, pivots, result, left, adjoint),
   B=lambda grad, LU, pivots, left, adjoint: row("linalg_lu_solve")(LU, pivots, grad, left, not adjoint))


@composite("linalg", name="lu_solve")
def linalg_lu_solve(LU: Any, pivots: Any, B: Any, *, left: bool = True, adjoint: bool = False) -> Any:
    """X with A X = B, X A = B or the same with A^H, from what ``lu_factor`` gives for A."""
    if pivots._array.dtype != I32:
        raise RuntimeError("linalg.lu_solve: pivots should be a Tensor of scalar type torch.int32")
    check_matrix("torch.linalg.lu_solve", LU, "lu_solve_cpu", integers=True)
    if LU.dtype is not B.dtype:
        _check_factors("linalg.lu_solve", LU, B, left, "LU")
    if B.ndim < 2:
        raise RuntimeError("linalg.lu_solve: The input tensor B must have at least 2 dimensions.")
    _check_fit("linalg.lu_solve", LU, B, left)
    if LU.shape[-1] != pivots.shape[-1]:
        raise RuntimeError(
            "linalg.lu_solve: Number of pivots per batch should be same as the dimension of the matrix"
        )
    if LU.shape[:-2] != pivots.shape[:-1]:
        raise RuntimeError(
            "linalg.lu_solve: Expected LU.shape[:-1] and pivots.shape to be the same, but got pivots with shape "
            f"{list(pivots.shape)} instead"
        )
    return row("linalg_lu_solve")(LU, pivots, B, left, adjoint)


@composite()
def lu_solve(self: Any, LU_data: Any, LU_pivots: Any) -> Any:
    return linalg_lu_solve(LU_data, LU_pivots, self)


# Inverses.


def _inverse(A: ndarray) -> tuple[ndarray, ndarray]:
    try:
        return by_columns(np.linalg.inv(A)), np.zeros(A.shape[:-2], I32)
    except np.linalg.LinAlgError:
        LU, pivots, info = lu_of(A)
        return _lu_solve(LU, pivots, np.eye(A.shape[-1], dtype=A.dtype), True, False), info


op("linalg_inv_ex", lambda A: _inverse(A), outputs="inverse info", places=(),
   A=lambda grad, inverse: -torch.matmul(adjoint(inverse), torch.matmul(grad, adjoint(inverse))))


@composite("linalg")
def inv_ex(A: Any, *, check_errors: bool = False) -> Any:
    check_matrix("linalg.inv", A)
    found = row("linalg_inv_ex")(A)
    if check_errors:
        check_info("linalg.inv_ex", found[1], SINGULAR)
    return found


@composite("linalg")
def inv(A: Any) -> Any:
    """The inverse of each square matrix."""
    inverse, info = inv_ex(A)
    check_info("linalg.inv", info, SINGULAR)
    return inverse


@composite()
def inverse(self: Any) -> Any:
    return inv(self)


def _thresholds(A: ndarray, atol: Any, rtol: Any) -> tuple[Any, Any]:
    """Below max(atol, rtol * the largest singular value), singular values count as zero."""
    size = max(A.shape[-2:], default=0)
    eps = np.finfo(A.dtype).eps * size
    if rtol is None:
        rtol = eps if atol is None else np.where(np.asarray(atol) > 0, 0.0, eps)
    return (0.0 if atol is None else atol), rtol


def _pinv(self: ndarray, atol: Any, rtol: Any, hermitian: bool) -> ndarray:
    if not self.size:
        return np.zeros((*self.shape[:-2], self.shape[-1], self.shape[-2]), self.dtype)
    atol, rtol = _thresholds(self, atol, rtol)
    if hermitian:
        values, U = np.linalg.eigh(self)
        Vh = U.swapaxes(-2, -1).conj()
    else:
        U, values, Vh = np.linalg.svd(self, full_matrices=False)
    size = np.abs(values)
    least = np.maximum(np.asarray(atol)[..., None], np.asarray(rtol)[..., None] * size.max(-1, keepdims=True))
    inverted = np.where(size > least.astype(size.dtype), 1 / values, 0).astype(size.dtype)
    return (Vh.swapaxes(-2, -1).conj() * inverted[..., None, :]) @ U.swapaxes(-2, -1).conj()


def _pinv_grad(grad: Any, self: Any, result: Any) -> Any:
    """Golub and Pereyra: three terms, the last two of which vanish where A has full rank."""
    A, P, gh = self, result, adjoint(grad)
    Ph = adjoint(P)
    gh_P, P_gh = torch.matmul(gh, P), torch.matmul(P, gh)
    return (
        -torch.matmul(Ph, torch.matmul(grad, Ph))
        + torch.matmul(gh_P - torch.matmul(A, torch.matmul(P, gh_P)), Ph)
        + torch.matmul(Ph, P_gh - torch.matmul(torch.matmul(P_gh, P), A))
    )


op("linalg_pinv", lambda self, atol, rtol, hermitian: _pinv(self, atol, rtol, hermitian), places=(),
   self=lambda grad, self, result: _pinv_grad(grad, self, result))


def _number(tolerance: Any) -> Any:
    return tolerance._array if isinstance(tolerance, Tensor) else tolerance


@composite("linalg")
def pinv(A: Any, rcond: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None) -> Any:
    """The pseudo-inverse, from singular values above ``max(atol, rtol * the largest)``."""
    if A.ndim < 2 or A.dtype.category < _dtype.FLOAT or A.element_size() == 2:
        raise RuntimeError(
            f"linalg.pinv({A.dtype.type_name}{{{list(A.shape)}}}): expected a tensor with 2 or more dimensions of "
            "float, double, cfloat or cdouble types"
        )
    if hermitian:
        check_matrix("linalg.eigh", A)
    return row("linalg_pinv")(A, _number(atol), _number(rcond if rtol is None else rtol), hermitian)


@composite()
def pinverse(self: Any, rcond: float = 1e-15) -> Any:
    return pinv(self, rcond)


@composite("linalg")
def matrix_rank(
    A: Any, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None
) -> Any:
    """How many singular values are above ``max(atol, rtol * the largest)``; ``tol`` is an ``atol`` alone."""
    if A.ndim < 2:
        raise RuntimeError("torch.linalg.matrix_rank: The input tensor input must have at least 2 dimensions.")
    if A.dtype.category < _dtype.FLOAT or A.element_size() == 2:
        raise RuntimeError("This function doesn't handle types other than float and double")
    if hermitian:
        check_matrix("linalg.eigh", A)
    array = A._array
    if not array.size:
        return Tensor._wrap(np.zeros(array.shape[:-2], np.int64))
    atol, rtol = (tol, 0.0) if tol is not None else (atol, rtol)
    atol, rtol = _thresholds(array, _number(atol), _number(rtol))
    values = np.abs(np.linalg.eigvalsh(array)) if hermitian else np.linalg.svd(array, compute_uv=False)
    least = np.maximum(np.asarray(atol), np.asarray(rtol) * values.max(-1))
    return Tensor._wrap(np.asarray((values > least[..., None]).sum(-1)))


# Least squares.


def _lstsq(self: ndarray, b: ndarray, rcond: Any, driver: str) -> tuple[ndarray, ...]:
    m, n = self.shape[-2:]
    real = self.real.dtype
    vector = b.ndim == self.ndim - 1
    b = b[..., None] if vector else b
    rcond = np.finfo(self.dtype).eps * max(m, n) if rcond is None else rcond
    none = np.empty(0, real)

    def solved(a: ndarray, y: ndarray) -> Any:
        if not a.size or not y.size:
            return np.zeros((n, y.shape[1]), y.dtype), 0, np.zeros(min(m, n), real)
        if driver == "gels":
            padded = np.zeros((max(m, n), y.shape[1]), y.dtype)
            padded[:m] = y
            _, x, info = lapack("gels", a, padded)(a, padded)
            if info:
                raise LinAlgError(
                    "torch.linalg.lstsq: The least squares solution could not be computed because the input matrix "
                    f"does not have full rank (error code: {info})."
                )
            return x[:n], min(m, n), np.zeros(min(m, n), real)
        x, _, rank, values = scipy.linalg.lstsq(a, y, rcond, lapack_driver=driver)
        return x, rank, np.zeros(min(m, n), real) if values is None else values

    solution, rank, values = each(solved, self, b)
    residuals = none
    if m > n and driver != "gelsy" and (rank == n).all() and self.size and b.size:
        rest = b - self @ solution
        residuals = (rest * rest.conj()).real.sum(-2)
    solution = solution[..., 0] if vector else solution
    residuals = residuals[..., 0] if vector and residuals.size else residuals
    ranks = np.empty(0, np.int64) if driver == "gels" else rank.astype(np.int64)
    return solution, residuals, ranks, values if driver in ("gelsd", "gelss") else none


def _lstsq_grads(given: Any, A: Any, b: Any, x: Any, of_b: bool) -> Any:
    """The solution is pinv(A) b; the residuals are the sums of squares of b - A x."""
    gx, gr = given
    vector = b.ndim == A.ndim - 1
    b, x, gx = (None if t is None else _as_matrix(t, vector) for t in (b, x, gx))
    total: Any = None
    if gx is not None:
        P = row("linalg_pinv")(A, None, None, False)
        total = torch.matmul(adjoint(P), gx) if of_b else _pinv_grad(torch.matmul(gx, adjoint(b)), A, P)
    if gr is not None and gr.ndim == b.ndim - 1 - vector and gr.shape[-1:] == b.shape[-1:]:
        pull = 2 * (gr[..., None, None] if vector else gr[..., None, :]) * (b - torch.matmul(A, x))
        pull = pull if of_b else -torch.matmul(pull, adjoint(x))
        total = pull if total is None else total + pull
    return total[..., 0] if vector and of_b and total is not None else total


op("linalg_lstsq", lambda self, b, rcond, driver: _lstsq(self, b, rcond, driver), places=(),
   outputs="solution residuals rank singular_values", differentiable=2,
   self=lambda given, self, b, solution: _lstsq_grads(given, self, b, solution, False),
   b=lambda given, self, b, solution: _lstsq_grads(given, self, b, solution, True))


@composite("linalg")
def lstsq(self: Any, b: Any, rcond: float | None = None, *, driver: str | None = None) -> Any:
    """The x for which the norm of A x - b is least, the shortest such x; by LAPACK's ``driver``."""
    name = "torch.linalg.lstsq"
    if self.dtype.category < _dtype.FLOAT or self.element_size() == 2:
        raise RuntimeError("This function doesn't handle types other than float and double")
    if self.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if b.ndim < 1:
        raise RuntimeError(f"{name}: other must have at least 1 dimension.")
    if self.dtype is not b.dtype:
        raise RuntimeError(
            f"{name}: Expected input and other to have the same dtype, but got input's dtype "
            f"{self.dtype.type_name} and other's dtype {b.dtype.type_name}"
        )
    if not 0 <= self.ndim - b.ndim <= 1:
        raise RuntimeError(
            f"{name}: input.dim() must be greater or equal to other.dim() and (input.dim() - other.dim()) <= 1"
        )
    vector = b.ndim == self.ndim - 1
    if self.shape[-2] != b.shape[-1 if vector else -2]:
        side = "-1" if vector else "-2"
        raise RuntimeError(f"{name}: input.size(-2) should match other.size({side})")
    if driver not in (None, "gels", "gelsy", "gelsd", "gelss"):
        raise RuntimeError(f"{name}: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)")
    rest = b.shape[: -1 if vector else -2]
    if rest != self.shape[:-2]:
        try:
            np.broadcast_shapes(rest, self.shape[:-2])
        except ValueError:
            raise broadcast_error(tuple(self.shape[:-2]), tuple(rest)) from None
    return row("linalg_lstsq")(self, b, rcond, driver or "gelsy")


# Determinants.


def _cofactors(A: Any) -> Any:
    """The derivative of the determinant, which is polynomial: determinants without a row and a column."""
    n = A.shape[-1]
    rest = np.array([[j for j in range(n) if j != i] for i in range(n)], np.int64).reshape(n, n - 1)
    minors = A[..., rest[:, None, :, None], rest[None, :, None, :]]
    signs = np.where(np.add.outer(np.arange(n), np.arange(n)) % 2, -1, 1)
    return torch.linalg.det(minors) * signs


def _det_grad(grad: Any, A: Any, result: Any) -> Any:
    if 0 in A.shape:
        return zeros_like_of(grad, A.shape)
    if A.shape[-1] == 1:
        return grad[..., None, None]
    if (np.linalg.matrix_rank(_number(A)) < A.shape[-1]).any():
        return grad[..., None, None] * _cofactors(A).conj()
    inverse = row("linalg_inv_ex")(A)[0]
    return (grad * result.conj())[..., None, None] * adjoint(inverse)


def _slogdet_grad(given: Any, A: Any, sign: Any) -> Any:
    of_sign, of_log = given
    factor = of_log
    if of_sign is not None and A.dtype in COMPLEX:
        turn = of_sign.conj() * sign  # only its imaginary part turns the sign
        turn = (turn.conj() - turn) * 0.5
        factor = turn if of_log is None else of_log + turn
    if factor is None:
        return None
    return factor[..., None, None] * adjoint(row("linalg_inv_ex")(A)[0])


op("linalg_det", lambda A: np.linalg.det(A), places=(), A=lambda grad, A, result: _det_grad(grad, A, result))
op("_linalg_slogdet", lambda A: tuple(np.linalg.slogdet(A)), outputs="sign logabsdet", places=(),
   A=lambda given, A, sign: _slogdet_grad(given, A, sign))


@composite("linalg", name="det")
def linalg_det(A: Any) -> Any:
    """The determinant of each square matrix."""
    check_matrix("linalg.det", A, "lu_cpu")
    return row("linalg_det")(A)


@composite()
def det(self: Any) -> Any:
    return linalg_det(self)


@composite("linalg", name="slogdet")
def linalg_slogdet(A: Any) -> Any:
    """The determinant's sign (or phase), and the logarithm of its absolute value."""
    check_matrix("linalg.slogdet", A, "lu_cpu")
    return row("_linalg_slogdet")(A)


_slogdet_type = return_type("slogdet", ("sign", "logabsdet"))


@composite()
def slogdet(self: Any) -> Any:
    return _slogdet_type(*linalg_slogdet(self))


@composite()
def logdet(self: Any) -> Any:
    """The logarithm of the determinant; nan where that is negative."""
    check_matrix("logdet", self, "lu_cpu")
    sign, logabsdet = row("_linalg_slogdet")(self)
    if self.is_complex():
        return torch.log(sign) + logabsdet
    return torch.where(sign.detach() == -1, math.nan, logabsdet)


# Functions of matrices.


def _exp_grad(grad: Any, self: Any) -> Any:
    """exp of [[A^H, grad], [0, A^H]] has the derivative of exp at A^H in the upper right."""
    A = adjoint(self)
    n = self.shape[-1]
    rows = [torch.cat([A, grad], -1), torch.cat([zeros_like_of(A, A.shape), A], -1)]
    return row("linalg_matrix_exp")(torch.cat(rows, -2))[..., :n, n:]


def _matrix_exp(self: ndarray) -> ndarray:
    return scipy.linalg.expm(self) if self.size else self.copy()


op("linalg_matrix_exp", lambda self: _matrix_exp(self), places=(), self=lambda grad, self: _exp_grad(grad, self))


@composite("torch", "Tensor", "linalg")
def matrix_exp(self: Any) -> Any:
    """The sum of A^k / k!."""
    if isinstance(self, Tensor) and self.element_size() > 2:
        check_matrix("linalg.matrix_exp", self)
    return row("linalg_matrix_exp")(self)


@composite("torch", "Tensor", "linalg")
def matrix_power(self: Any, n: Any) -> Any:
    """A multiplied n times by squaring; of the inverse where n is negative."""
    if not isinstance(n, int):
        raise TypeError(f"linalg_matrix_power(): argument 'n' (position 2) must be int, not {type(n).__name__}")
    if isinstance(self, Tensor) and (self.ndim < 2 or self.shape[-1] != self.shape[-2]):
        check_matrix("linalg.matrix_power", self)
    if n == 0:
        eye = torch.eye(self.shape[-1], dtype=self.dtype)
        return torch.clone(self).copy_(eye.expand(self.shape)) if self.ndim == 2 else torch.clone(self).copy_(eye)
    if n < 0:
        self, n = inv(self), -n
        if n == 1:
            return self
    elif n == 1:
        return torch.clone(self)
    if n == 3:
        return torch.matmul(torch.matmul(self, self), self)
    result, power = None, self
    while True:
        if n & 1:
            result = power if result is None else torch.matmul(result, power)
        n >>= 1
        if not n:
            return result
        power = torch.matmul(power, power)


@composite("linalg")
def cond(A: Any, p: Any = None) -> Any:
    """The norm of a matrix times that of its inverse; in the 2-norm the ratio of extreme singular values."""
    if A.ndim < 2:
        raise RuntimeError("linalg.cond: The input tensor must have at least 2 dimensions.")
    if not A.numel():
        return torch.zeros(A.shape[:-2], dtype=torch.real(A).dtype)
    if p is None or (not isinstance(p, str) and abs(p) == 2):
        values = svdvals(A)
        largest, least = torch.narrow(values, -1, 0, 1), torch.narrow(values, -1, -1, 1)
        ratio = least / largest if p == -2 else largest / least
        return torch.squeeze(ratio, -1)
    known = p in ("fro", "nuc") if isinstance(p, str) else p in (1, -1, math.inf, -math.inf)
    if not known:
        raise RuntimeError(f"linalg.cond got an invalid norm type: {p}")
    if A.shape[-1] != A.shape[-2]:
        check_matrix(f"linalg.cond(ord={p})", A)
    if p == "nuc":
        values = svdvals(A)
        return torch.sum(values, -1) * torch.sum(torch.reciprocal(values), -1)
    inverse, info = inv_ex(A)
    inverse = torch.masked_fill(inverse, Tensor._wrap((info._array != 0)[..., None, None]), math.inf)
    return torch.nan_to_num(
        torch.linalg.matrix_norm(A, p) * torch.linalg.matrix_norm(inverse, p),
        0.0, math.inf, -math.inf,
    )  # fmt: skip


@composite("linalg")
def tensorinv(self: Any, ind: int = 2) -> Any:
    """The inverse of a tensor as a matrix from its last dimensions to its first ``ind``."""
    if ind <= 0:
        raise RuntimeError(f"Expected a strictly positive integer for 'ind', but got {ind}")
    front, back = tuple(self.shape[:ind]), tuple(self.shape[ind:])
    n, m = math.prod(front), math.prod(back)
    if n != m:
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got "
            f"{m} != {n}"
        )
    inverse, info = inv_ex(torch.reshape(self, (m, m)))
    check_info("inv", info, SINGULAR)
    return torch.reshape(inverse, (*back, *front))


@composite("linalg")
def tensorsolve(self: Any, other: Any, dims: Any = None) -> Any:
    """X with tensordot(self, X, X.ndim) = other."""
    if dims is not None:
        self = torch.movedim(self, tuple(dims), tuple(range(self.ndim - len(dims), self.ndim)))
    back = tuple(self.shape[other.ndim :])
    n, m = math.prod(self.shape[: other.ndim]), math.prod(back)
    if n != m:
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), "
            f"but got {m} != {n}"
        )
    return torch.reshape(solve(torch.reshape(self, (m, m)), torch.flatten(other)), back)
