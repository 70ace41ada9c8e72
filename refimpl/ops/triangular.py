"""Triangular systems, by substitution."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg
from numpy import ndarray

from .._op import composite, op, row, torch
from .matrices import adjoint, by_columns, check_batches, check_fit, check_matrix, each


def _triangular(A: ndarray, B: ndarray, upper: bool, left: bool, unitriangular: bool) -> ndarray:
    """BLAS, which divides by zeros where LAPACK's own function refuses."""
    A, B = np.asarray(A), np.asarray(B)

    def solved(a: ndarray, b: ndarray) -> Any:
        if not b.size:
            return (b,)
        trsm = scipy.linalg.get_blas_funcs("trsm", (a, b))
        return (trsm(1, a, b, side=not left, lower=not upper, diag=unitriangular),)

    return each(solved, A, B)[0]


def _triangle(t: Any, upper: bool, unitriangular: bool) -> Any:
    return torch.triu(t, int(unitriangular)) if upper else torch.tril(t, -int(unitriangular))


def substituted(A: Any, B: Any, upper: bool, left: bool = True, unit: bool = False) -> Any:
    """inverse(A) B, or B inverse(A), for a triangular A."""
    return row("linalg_solve_triangular")(A, B, upper, left, unit)


def of_factor(grad: Any, X: Any, left: bool) -> Any:
    """The gradient of A from that of B, where A X = B or X A = B."""
    return -(grad @ adjoint(X)) if left else -(adjoint(X) @ grad)


op("linalg_solve_triangular", lambda self, B, upper, left, unitriangular: _triangular(self, B, upper, left, unitriangular),
   places=(),
   self=lambda grad, self, result, upper, left, unitriangular: _triangle(of_factor(
       substituted(adjoint(self), grad, not upper, left, unitriangular), result, left), upper, unitriangular),
   B=lambda grad, self, upper, left, unitriangular: substituted(adjoint(self), grad, not upper, left, unitriangular))


@composite("linalg")
def solve_triangular(A: Any, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Any:
    """X with A X = B (or X A = B) for a triangular A, of which the other triangle is not read."""
    name = "linalg.solve_triangular"
    check_matrix(name, A, "triangular_solve_cpu", integers=True)
    if B.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor B must have at least 2 dimensions.")
    check_fit(name, A, B, left)
    check_batches(B.shape[:-2], A.shape[:-2])
    return substituted(A, B if B.dtype is A.dtype else B.to(A.dtype), upper, left, unitriangular)


# The older function, which also returns a copy of the coefficients.


def _transposed(A: Any, transpose: bool) -> Any:
    return torch.transpose(A, -2, -1) if transpose else A


def _solution(self: ndarray, A: ndarray, upper: bool, transpose: bool, unitriangular: bool) -> Any:
    batch = np.broadcast_shapes(self.shape[:-2], A.shape[:-2])
    solution = substituted(_transposed(A, transpose), self, upper != transpose, True, unitriangular)
    return solution, by_columns(np.broadcast_to(A, (*batch, *A.shape[-2:])))


def _of_self(grad: Any, A: Any, upper: bool, transpose: bool, unitriangular: bool) -> Any:
    return None if grad is None else row("triangular_solve")(grad, A.conj(), upper, not transpose, unitriangular)[0]


def _of_coefficient(given: Any, A: Any, X: Any, upper: bool, transpose: bool, unitriangular: bool) -> Any:
    of_x, of_copy = given
    if of_x is None:
        return of_copy
    of_b = _of_self(of_x, A, upper, transpose, unitriangular)
    of_a = -(X.conj() @ _transposed(of_b, True)) if transpose else -(of_b @ adjoint(X))
    of_a = _triangle(of_a, upper, unitriangular)
    return of_a if of_copy is None else of_a + of_copy


op("triangular_solve", _solution, outputs="solution cloned_coefficient", places=(),
   self=lambda given, self, A, upper, transpose, unitriangular: _of_self(given[0], A, upper, transpose, unitriangular),
   A=lambda given, A, solution, upper, transpose, unitriangular:
       _of_coefficient(given, A, solution, upper, transpose, unitriangular))


def check_old(name: str, self: Any, A: Any, of: str) -> None:
    """The words of the older functions, which call the right hand side b."""
    for t, called in ((self, "b to" if of else "b should"), (A, "A to" if of else "u should")):
        if t.ndim < 2:
            it = "it " if of else ""
            raise RuntimeError(f"{of}{called} have at least 2 dimensions, but {it}has {t.ndim} dimensions instead")
    if A.dtype is not self.dtype:
        raise RuntimeError(
            f"Expected b and A to have the same dtype, but found b of type {self.dtype.type_name} and A of type "
            f"{A.dtype.type_name} instead."
        )
    (m, n), (rows, columns) = A.shape[-2:], self.shape[-2:]
    if m != n:
        raise RuntimeError(f"A must be batches of square matrices, but they are {m} by {n} matrices")
    if n != rows:
        raise RuntimeError(
            f"Incompatible matrix sizes for {name}: each A matrix is {n} by {n} but each b matrix is {rows} by {columns}"
        )
    check_batches(self.shape[:-2], A.shape[:-2])


@composite()
def triangular_solve(
    self: Any, A: Any, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> Any:
    check_old("triangular_solve", self, A, "torch.triangular_solve: Expected ")
    check_matrix("triangular_solve", A, "triangular_solve_cpu", integers=True)
    return row("triangular_solve")(self, A, upper, transpose, unitriangular)
