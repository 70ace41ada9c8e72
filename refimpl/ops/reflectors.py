"""QR, and the reflectors that it is made of."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from .._op import composite, no_derivative, op, row, torch
from .._row import return_type
from .._tensor import Tensor
from .matrices import (
    COMPLEX,
    adjoint,
    array_of,
    by_columns,
    check_at_least,
    check_matrix,
    diagonal_of,
    each,
    lapack,
    skew,
)
from .shapes import zeros_like_of
from .triangular import substituted

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
    phi: Any = None if gR is None else gR @ adjoint(R)
    if gQ is not None:
        of_q = adjoint(Q) @ gQ
        phi = -of_q if phi is None else phi - of_q
    if m >= n:
        phi = torch.triu(phi)
        phi = phi + adjoint(phi)
        _halve(torch.real(diagonal_of(phi)))
        phi = Q @ phi
        return substituted(adjoint(R), phi if gQ is None else phi + gQ, False, left=False)
    phi = torch.tril(skew(-phi))
    if R.dtype in COMPLEX and 0 not in phi.shape:
        _halve(torch.imag(diagonal_of(phi)))
    first = substituted(adjoint(R[..., :m]), Q @ phi, False, left=False)
    total = torch.cat([first, zeros_like_of(first, (*first.shape[:-1], n - m))], -1)
    return total if gR is None else total + Q @ gR


def _halve(view: Any) -> None:
    view *= 0.5


op("linalg_qr", lambda A, mode: _qr(A, mode), outputs="Q R", places=(),
   A=lambda given, Q, R, mode: _qr_grad(given, Q, R, mode))


@composite("linalg", name="qr")
def linalg_qr(A: Any, mode: str = "reduced") -> Any:
    """Q with orthonormal columns and an upper triangular R; ``mode``: "reduced", "complete" or "r"."""
    if isinstance(A, Tensor) and A.ndim >= 2 and mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )
    check_matrix("linalg.qr", A, "geqrf_cpu", square=False, always=True)
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
    Q = adjoint(Q) if transpose else Q
    return by_columns(Q @ other if left else other @ Q)


def _reflect(v: Any, tau: Any, t: Any) -> Any:
    return t - (v * tau) @ (adjoint(v) @ t)


def _reflectors_grad(grad: Any, input: Any, tau: Any, of_tau: bool) -> Any:
    """The gradient of one factor after another: what stands before it moves to the gradient's side."""
    if 0 in (*tau.shape, *input.shape):
        return None
    k, (m, n), dtype = tau.shape[-1], grad.shape[-2:], array_of(input).dtype
    below = torch.tril(input[..., :k], -1) + np.eye(m, k, dtype=dtype)
    vectors = [below[..., i : i + 1] for i in range(k)]
    taus = [tau[..., i : i + 1, None] for i in range(k)]
    after = [torch.zeros_like(grad) + np.eye(m, n, dtype=dtype)]
    for v, t in zip(vectors[:0:-1], taus[:0:-1], strict=True):
        after.append(_reflect(v, t, after[-1]))
    outs = []
    for v, t, right in zip(vectors, taus, reversed(after), strict=True):
        gH_v = grad @ (adjoint(right) @ v)
        if of_tau:
            outs.append(-(adjoint(v) @ gH_v)[..., 0])
        else:
            outs.append(-(t.conj() * gH_v + t * (right @ (adjoint(grad) @ v))))
        grad = _reflect(v, t.conj(), grad)
    if of_tau:
        return torch.cat(outs, -1)
    return torch.constant_pad_nd(torch.tril(torch.cat(outs, -1), -1), (0, input.shape[-1] - k))


def _square_grad(grad: Any, other: Any, left: bool, transpose: bool) -> Any:
    """The gradient of Q in Q other and its like."""
    of_q = grad @ adjoint(other) if left else adjoint(other) @ grad
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
    check_at_least("torch.geqrf", 2, input=self)
    check_matrix("geqrf", self, "geqrf_cpu", square=False, integers=True, always=True)
    return row("geqrf")(self)


@composite("linalg")
def householder_product(input: Any, tau: Any) -> Any:
    """The first columns of the product of the reflectors that ``geqrf`` has found."""
    name = "torch.linalg.householder_product"
    check_at_least(name, 2, input=input)
    m, n = input.shape[-2:]
    if m < n:
        raise RuntimeError(f"{name}: input.shape[-2] must be greater than or equal to input.shape[-1]")
    if n < tau.shape[-1]:
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
            f"{name}: Expected batch dimensions of tau to be equal to input.shape[:-2], but got {list(tau.shape[:-1])}"
        )


@composite()
def orgqr(self: Any, input2: Any) -> Any:
    return householder_product(self, input2)


@composite()
def ormqr(self: Any, tau: Any, other: Any, left: bool = True, transpose: bool = False) -> Any:
    """The product of reflectors, square, with another matrix."""
    name, side = "torch.ormqr", -2 if left else -1
    check_at_least(name, 2, input=self, other=other)
    count = tau.shape[-1] if tau.ndim else 0
    if other.shape[side] < count:
        raise RuntimeError(f"{name}: other.shape[{side}] must be greater than or equal to tau.shape[-1]")
    if other.shape[side] != self.shape[-2]:
        raise RuntimeError(f"{name}: other.shape[{side}] must be equal to input.shape[-2]")
    if count > min(other.shape[side], self.shape[-1]):
        raise RuntimeError(
            f"{name}: tau.shape[-1] must be less than or equal to min(other.shape[{side}], input.shape[-1])"
        )
    _check_tau(name, self, tau)
    if other.ndim != self.ndim:
        raise RuntimeError(
            f"{name}: Expected other to have the same number of dimensions as input, but got other.ndim equal to "
            f"{other.ndim} and input.ndim is equal to {self.ndim}"
        )
    if other.shape[:-2] != self.shape[:-2]:
        raise RuntimeError(
            f"{name}: Expected batch dimensions of other to be equal to input.shape[:-2], but got "
            f"{list(other.shape[:-2])}"
        )
    for t, called in ((tau, "tau"), (other, "other")):
        if t.dtype is not self.dtype:
            raise RuntimeError(
                f"{name}: Expected input and {called} to have the same dtype, but input has dtype"
                f"{self.dtype.type_name} and {called} has dtype {t.dtype.type_name}"
            )
    check_matrix(name, self, "ormqr_cpu", square=False, integers=True)
    return row("ormqr")(self, tau, other, left, transpose)
