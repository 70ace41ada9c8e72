"""Linear systems, inverses, determinants, least squares, and functions of matrices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.linalg
from numpy import ndarray

from .. import _dtype
from .._op import composite, op, row, torch
from .._row import return_type
from .._tensor import Tensor
from ..linalg import LinAlgError
from .factorizations import lu_of, lu_solved
from .matrices import (
    COMPLEX,
    I32,
    SINGULAR,
    adjoint,
    array_of,
    by_columns,
    check_at_least,
    check_batches,
    check_fit,
    check_info,
    check_matrix,
    check_same_dtype,
    each,
    lapack,
)
from .shapes import zeros_like_of
from .spectra import svdvals
from .triangular import of_factor

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
        X = lu_solved(LU, pivots, B)
    X = by_columns(np.broadcast_to(X, (*batch, *B.shape[-2:])))
    return X if left else X.swapaxes(-2, -1), info


def _as_matrix(t: Any, vector: bool) -> Any:
    return t[..., None] if vector else t


def _solve_ex(A: ndarray, B: ndarray, left: bool, vector: bool) -> tuple[ndarray, ndarray]:
    X, info = _solve(A, _as_matrix(B, vector), left)
    return X[..., 0] if vector else X, info


def solved(A: Any, B: Any, left: bool = True) -> Any:
    return row("linalg_solve_ex")(A, B, left, False)[0]


def _solve_grad(grad: Any, A: Any, left: bool, vector: bool) -> Any:
    """The gradient of the right hand side, as a matrix."""
    return solved(adjoint(A), _as_matrix(grad, vector), left)


op("linalg_solve_ex", lambda A, B, left, vector: _solve_ex(A, B, left, vector), outputs="result info", places=(),
   A=lambda grad, A, result, left, vector:
       of_factor(_solve_grad(grad, A, left, vector), _as_matrix(result, vector), left),
   B=lambda grad, A, left, vector:
       torch.squeeze(_solve_grad(grad, A, left, vector), -1) if vector else _solve_grad(grad, A, left, vector))


@composite("linalg")
def solve_ex(A: Any, B: Any, *, left: bool = True, check_errors: bool = False) -> Any:
    return _checked_solve("torch.linalg.solve_ex", A, B, left, check_errors)


@composite("linalg")
def solve(A: Any, B: Any, *, left: bool = True) -> Any:
    """X with A X = B, or X A = B; a batch of vectors B has one dimension less than A."""
    if not isinstance(A, Tensor):
        return solved(A, B, left)
    return _checked_solve("torch.linalg.solve", A, B, left, True)[0]


def _checked_solve(name: str, A: Any, B: Any, left: bool, check: bool) -> Any:
    check_same_dtype("linalg.solve", A, B)
    check_matrix("linalg.solve", A, "lu_cpu")
    vector = B.ndim == 1 or (A.ndim - 1 == B.ndim and B.shape == A.shape[:-1])
    if not vector and B.ndim < 2:
        raise RuntimeError("linalg.solve: The input tensor B must have at least 2 dimensions.")
    if vector and not left:
        raise RuntimeError(
            "linalg.solve: Vector broadcasting of the left hand side is not supported for left=False. In this case "
            "linalg.solve is equivalent to B / A.squeeze(-1)"
        )
    check_fit("linalg.solve", A, _as_matrix(B, vector), left)
    check_batches(B.shape[: -1 if vector else -2], A.shape[:-2])
    found = row("linalg_solve_ex")(A, B, left, vector)
    if check:
        check_info(name, found[1], "The solver failed because the input matrix is singular.")
    return found


# Inverses.


def _inverse(A: ndarray) -> tuple[ndarray, ndarray]:
    try:
        return by_columns(np.linalg.inv(A)), np.zeros(A.shape[:-2], I32)
    except np.linalg.LinAlgError:
        LU, pivots, info = lu_of(A)
        return lu_solved(LU, pivots, np.eye(A.shape[-1], dtype=A.dtype)), info


op("linalg_inv_ex", lambda A: _inverse(A), outputs="inverse info", places=(),
   A=lambda grad, inverse: -(adjoint(inverse) @ (grad @ adjoint(inverse))))


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


def _pinv_grad(grad: Any, A: Any, P: Any) -> Any:
    """Golub and Pereyra: three terms, of which the last two vanish where A has full rank."""
    gh, Ph = adjoint(grad), adjoint(P)
    if A.shape[-2] <= A.shape[-1]:
        K = gh @ P
        KPh = K @ Ph
        return -adjoint(P @ K) + KPh - (A @ P) @ KPh + (Ph @ P) @ (gh - K @ A)
    K = P @ gh
    PhK = Ph @ K
    return -adjoint(K @ P) + ((gh - A @ K) @ P) @ Ph + PhK - (PhK @ P) @ A


op("linalg_pinv", lambda self, atol, rtol, hermitian: _pinv(self, atol, rtol, hermitian), places=(),
   self=lambda grad, self, result: _pinv_grad(grad, self, result))


def _tolerances(name: str, **tolerances: Any) -> Any:
    """As numbers or arrays."""
    for called, t in tolerances.items():
        if isinstance(t, Tensor) and t.is_complex():
            raise RuntimeError(
                f"torch.linalg.{name}: {called} tensor of complex type is not supported. Got {t.dtype.type_name}"
            )
        yield array_of(t)


def _check_spectrum(A: Any, hermitian: bool) -> None:
    """The words of the functions that find singular values or eigenvalues first."""
    if hermitian:
        check_matrix("linalg.eigh", A, "linalg_eigh_cpu", integers=True)
    else:
        check_matrix("linalg.svd", A, "linalg_svd_cpu", square=False)


@composite("linalg")
def pinv(A: Any, rcond: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None) -> Any:
    """The pseudo-inverse, from singular values above ``max(atol, rtol * the largest)``."""
    atol, rtol = _tolerances("pinv", atol=atol, rtol=rcond if rtol is None else rtol)
    if A.ndim < 2 or A.dtype.category < _dtype.FLOAT or A.element_size() == 2:
        raise RuntimeError(
            f"linalg.pinv({A.dtype.type_name}{{{list(A.shape)}}}): expected a tensor with 2 or more dimensions of "
            "float, double, cfloat or cdouble types"
        )
    _check_spectrum(A, hermitian)
    return row("linalg_pinv")(A, atol, rtol, hermitian)


@composite()
def pinverse(self: Any, rcond: float = 1e-15) -> Any:
    return pinv(self, rcond)


@composite("linalg")
def matrix_rank(
    A: Any, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None
) -> Any:
    """How many singular values are above ``max(atol, rtol * the largest)``; ``tol`` is an ``atol`` alone."""
    old, atol, rtol = _tolerances("matrix_rank", tol=tol, atol=atol, rtol=rtol)
    if A.ndim < 2:
        raise RuntimeError("torch.linalg.matrix_rank: The input tensor input must have at least 2 dimensions.")
    if tol is None and (A.dtype.category < _dtype.FLOAT or A.element_size() == 2):
        raise RuntimeError("This function doesn't handle types other than float and double")
    _check_spectrum(A, hermitian)
    array = A._array
    if not array.size:
        return Tensor._wrap(np.zeros(array.shape[:-2], np.int64))
    atol, rtol = _thresholds(array, atol, rtol) if tol is None else (old, 0.0)
    values = np.abs(np.linalg.eigvalsh(array)) if hermitian else np.linalg.svd(array, compute_uv=False)
    least = np.maximum(np.asarray(atol), np.asarray(rtol) * values.max(-1))
    return Tensor._wrap(np.asarray((values > least[..., None]).sum(-1)))


# Least squares.


def _lstsq(self: ndarray, b: ndarray, rcond: Any, driver: str) -> tuple[ndarray, ...]:
    m, n = self.shape[-2:]
    real = self.real.dtype
    vector = b.shape == self.shape[:-1]
    b = _as_matrix(b, vector)
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


def _lstsq_grad(given: Any, A: Any, b: Any, x: Any, of_b: bool) -> Any:
    """The solution is pinv(A) b; the residuals are the sums of squares of b - A x."""
    vector = b.shape == A.shape[:-1]
    (gx, gr), total = given, None
    b, x, gx = (None if t is None else _as_matrix(t, vector) for t in (b, x, gx))
    if gx is not None:
        P = row("linalg_pinv")(A, None, None, False)
        total = adjoint(P) @ gx if of_b else _pinv_grad(gx @ adjoint(b), A, P)
    if gr is not None and gr.ndim == b.ndim - 1 - vector and gr.shape[-1:] == b.shape[-1:]:
        pull = 2 * (gr[..., None, None] if vector else gr[..., None, :]) * (b - A @ x)
        pull = pull if of_b else -(pull @ adjoint(x))
        total = pull if total is None else total + pull
    return total[..., 0] if vector and of_b and total is not None else total


op("linalg_lstsq", lambda self, b, rcond, driver: _lstsq(self, b, rcond, driver), places=(),
   outputs="solution residuals rank singular_values", differentiable=2,
   self=lambda given, self, b, solution: _lstsq_grad(given, self, b, solution, False),
   b=lambda given, self, b, solution: _lstsq_grad(given, self, b, solution, True))


@composite("linalg")
def lstsq(self: Any, b: Any, rcond: float | None = None, *, driver: str | None = None) -> Any:
    """The x for which the norm of A x - b is least, the shortest such x; by LAPACK's ``driver``."""
    name = "torch.linalg.lstsq"
    check_at_least(name, 2, input=self)
    check_at_least(name, 1, other=b)
    if self.dtype is not b.dtype:
        raise RuntimeError(
            f"{name}: Expected input and other to have the same dtype, but got input's dtype "
            f"{self.dtype.type_name} and other's dtype {b.dtype.type_name}"
        )
    if self.dtype.category < _dtype.FLOAT or self.element_size() == 2:
        raise RuntimeError("This function doesn't handle types other than float and double")
    if not 0 <= self.ndim - b.ndim <= 1:
        raise RuntimeError(
            f"{name}: input.dim() must be greater or equal to other.dim() and (input.dim() - other.dim()) <= 1"
        )
    side = -1 if b.ndim == 1 or b.shape == self.shape[:-1] else -2
    if self.shape[-2] != b.shape[side]:
        raise RuntimeError(f"{name}: input.size(-2) should match other.size({side})")
    if driver not in (None, "gels", "gelsy", "gelsd", "gelss"):
        raise RuntimeError(f"{name}: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)")
    check_batches(self.shape[:-2], b.shape[:-2] if b.ndim == self.ndim else b.shape[:-1])
    return row("linalg_lstsq")(self, b, rcond, driver or "gelsy")


# Determinants.


def _cofactors(A: Any) -> Any:
    """The derivative of the determinant, which is polynomial: determinants without a row and a column."""
    n = A.shape[-1]
    rest = np.array([[j for j in range(n) if j != i] for i in range(n)], np.int64).reshape(n, n - 1)
    minors = A[..., rest[:, None, :, None], rest[None, :, None, :]]
    signs = np.where(np.add.outer(np.arange(n), np.arange(n)) % 2, -1, 1)
    return torch.linalg.det(minors) * signs


def _identity(values: Any, n: int) -> Any:
    """Multiples of the identity, one per matrix."""
    diagonal = torch.broadcast_to(torch.unsqueeze(values, -1), (*values.shape, n))
    return torch.transpose(torch.diag_embed(diagonal), -2, -1)


def _det_grad(grad: Any, A: Any, result: Any) -> Any:
    n = A.shape[-1]
    if 0 in A.shape:
        return zeros_like_of(grad, A.shape)
    if n == 1:
        return torch.broadcast_to(grad[..., None, None], A.shape)
    if (np.linalg.matrix_rank(array_of(A)) < n).any():
        return grad[..., None, None] * _cofactors(A).conj()
    return solved(adjoint(A), _identity(grad * result.conj(), n))


def _slogdet_grad(given: Any, A: Any, sign: Any) -> Any:
    of_sign, of_log = given
    factor = of_log
    if of_sign is not None and A.dtype in COMPLEX:
        turn = of_sign.conj() * sign  # only its imaginary part turns the sign
        turn = (turn.conj() - turn) * 0.5
        factor = turn if of_log is None else of_log + turn
    elif of_log is not None and isinstance(A, Tensor):
        factor = of_log.to(A.dtype)
    return None if factor is None else solved(adjoint(A), _identity(factor, A.shape[-1]))


op("linalg_det", lambda A: np.linalg.det(A), places=(), A=lambda grad, A, result: _det_grad(grad, A, result))
op("_linalg_slogdet", lambda A: tuple(np.linalg.slogdet(A)), outputs="sign logabsdet", places=(),
   A=lambda given, A, sign: _slogdet_grad(given, A, sign))


@composite("linalg", "torch", "Tensor")
def det(A: Any) -> Any:
    """The determinant of each square matrix."""
    check_matrix("linalg.det", A, "lu_cpu")
    return row("linalg_det")(A)


@composite("linalg", name="slogdet")
def linalg_slogdet(A: Any) -> Any:
    """The determinant's sign (or phase), and the logarithm of its absolute value."""
    check_matrix("linalg.slogdet", A)
    return row("_linalg_slogdet")(A)


_slogdet_type = return_type("slogdet", ("sign", "logabsdet"))


@composite()
def slogdet(self: Any) -> Any:
    return _slogdet_type(*linalg_slogdet(self))


@composite()
def logdet(self: Any) -> Any:
    """The logarithm of the determinant; nan where that is negative."""
    check_matrix("logdet", self)
    sign, logabsdet = row("_linalg_slogdet")(self)
    if self.is_complex():
        return torch.log(sign) + logabsdet
    return torch.where(sign.detach() == -1, math.nan, logabsdet)


# Functions of matrices.


def _exp_grad(grad: Any, self: Any) -> Any:
    """exp of [[A^H, grad], [0, A^H]] has the derivative of exp at A^H in the upper right."""
    A = adjoint(self)
    n = self.shape[-1]
    both = zeros_like_of(A, (*A.shape[:-2], 2 * n, 2 * n))
    both[..., :n, :n] = A
    both[..., n:, n:] = A
    both[..., :n, n:] = grad
    return row("linalg_matrix_exp")(both)[..., :n, n:]


def _matrix_exp(self: ndarray) -> ndarray:
    return scipy.linalg.expm(self) if self.size else self.copy()


op("linalg_matrix_exp", lambda self: _matrix_exp(self), places=(), self=lambda grad, self: _exp_grad(grad, self))


@composite("torch", "Tensor", "linalg")
def matrix_exp(self: Any) -> Any:
    """The sum of A^k / k!."""
    check_matrix("linalg.matrix_exp", self, narrow=True)
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
    spectral = p is None or (not isinstance(p, str) and abs(p) == 2)
    if A.ndim < 2 and not isinstance(p, str):
        raise RuntimeError("linalg.cond: The input tensor must have at least 2 dimensions.")
    p = int(p) if isinstance(p, bool) else p
    if isinstance(p, str) or (not spectral and A.shape[-1] != A.shape[-2]):
        check_matrix(f"linalg.cond(ord={p})", A)
    known = spectral or (p in ("fro", "nuc") if isinstance(p, str) else p in (1, -1, math.inf, -math.inf))
    if not known:
        raise RuntimeError(f"linalg.cond got an invalid norm type: {p}")
    if not A.numel():
        return torch.zeros(A.shape[:-2], dtype=torch.real(A).dtype)
    if spectral:
        values = svdvals(A)
        largest, least = torch.narrow(values, -1, 0, 1), torch.narrow(values, -1, -1, 1)
        ratio = least / largest if p == -2 else largest / least
        return torch.squeeze(ratio, -1)
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
    if ind > self.ndim:
        raise RuntimeError(f"ArrayRef: invalid slice, N = {ind}; size = {self.ndim}")
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
    n, m = math.prod(other.shape), math.prod(back)
    if n != m:
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), "
            f"but got {m} != {n}"
        )
    return torch.reshape(solve(torch.reshape(self, (m, m)), torch.flatten(other)), back)
