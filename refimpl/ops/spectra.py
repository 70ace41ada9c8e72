"""Singular values and eigenvalues, with their vectors.

Sources of the formulas: Townsend, "Differentiating the singular value decomposition"; Giles, "An
extended collection of matrix derivative results"; Boeddeker and others, "On the computation of
complex-valued gradients with application to statistically optimum beamforming".
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from .. import _dtype
from .._op import composite, op, row, torch
from .._row import return_type
from .._tensor import Tensor
from ..linalg import LinAlgError
from .factorizations import (
    COMPLEX,
    adjoint,
    by_columns,
    check_matrix,
    diagonal_of,
    imaginary_diagonal,
    numpy_dtype,
)
from .views import _transpose

# Singular values: A = U S V^H.


def _svd(A: ndarray, full_matrices: bool, compute_uv: bool) -> tuple[ndarray, ...]:
    if not np.isfinite(A).all():
        raise LinAlgError(
            "linalg.svd: The algorithm failed to converge because the input matrix contained non-finite values."
        )
    if compute_uv:
        U, S, Vh = np.linalg.svd(A, full_matrices)
        return by_columns(U), S, by_columns(Vh)
    return np.empty(0, A.dtype), np.linalg.svd(A, full_matrices, False), np.empty(0, A.dtype)


def _skew(t: Any) -> Any:
    return t - adjoint(t)


def _differences(values: Any) -> Any:
    """values[j] - values[i], and 1 on the diagonal, where nothing is divided."""
    n = values.shape[-1]
    return values[..., None, :] - values[..., :, None] + np.eye(n, dtype=numpy_dtype(values.real))


def _svd_grad(given: Any, U: Any, S: Any, Vh: Any) -> Any:
    (gU, gS, gVh), k = given, S.shape[-1]
    m, n = U.shape[-2], Vh.shape[-1]
    U, Vh = U[..., :k], Vh[..., :k, :]  # of full matrices the rest is any basis and carries no gradient
    if gU is None and gVh is None:
        return torch.matmul(U * gS[..., None, :], Vh)
    inner: Any = 0
    E = _differences(S * S)
    if gU is not None:
        gU = gU[..., :k]
        of_u = torch.matmul(adjoint(U), gU)
        inner = inner + _skew(of_u) / E * S[..., None, :]
        if U.dtype in COMPLEX:
            inner = inner + imaginary_diagonal(of_u) / S[..., None, :]
    if gVh is not None:
        gVh = gVh[..., :k, :]
        inner = inner + S[..., :, None] * (_skew(torch.matmul(Vh, adjoint(gVh))) / E)
    if gS is not None:
        inner = inner + torch.diag_embed(gS)
    total = torch.matmul(U, torch.matmul(inner, Vh))
    if m > k and gU is not None:
        outside = gU - torch.matmul(U, torch.matmul(adjoint(U), gU))
        total = total + torch.matmul(outside / S[..., None, :], Vh)
    if n > k and gVh is not None:
        outside = gVh - torch.matmul(torch.matmul(gVh, adjoint(Vh)), Vh)
        total = total + torch.matmul(U, outside / S[..., :, None])
    return total


op("_linalg_svd", lambda A, full_matrices, compute_uv: _svd(A, full_matrices, compute_uv), outputs="U S Vh", places=(),
   A=lambda given, U, S, Vh: _svd_grad(given, U, S, Vh))


@composite("linalg", name="svd")
def linalg_svd(A: Any, full_matrices: bool = True, *, driver: str | None = None) -> Any:
    """Singular values in descending order, with their vectors as columns of U and rows of Vh."""
    check_matrix("linalg.svd", A, "linalg_svd_cpu", square=False)
    _check_driver("torch.linalg.svd", driver)
    return row("_linalg_svd")(A, full_matrices, True)


def _check_driver(name: str, driver: str | None) -> None:
    if driver is not None:
        raise RuntimeError(
            f"{name}: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend."
        )


@composite("linalg")
def svdvals(A: Any, *, driver: str | None = None) -> Any:
    """The singular values; their vectors are computed too where the gradient will need them."""
    check_matrix("linalg.svd", A, "linalg_svd_cpu", square=False)
    _check_driver("torch.linalg.svd", driver)
    return row("_linalg_svd")(A, False, torch.is_grad_enabled() and A.requires_grad)[1]


_svd_type = return_type("svd", ("U", "S", "V"))


@composite()
def svd(self: Any, some: bool = True, compute_uv: bool = True) -> Any:
    if self.ndim < 2:
        raise RuntimeError(
            f"linalg.svd: input should have at least 2 dimensions, but has {self.ndim} dimensions instead"
        )
    if not compute_uv:
        m, n = self.shape[-2:]
        zeros = [torch.zeros(*self.shape[:-2], k, k, dtype=self.dtype) for k in (m, n)]
        return _svd_type(zeros[0], svdvals(self), zeros[1])
    U, S, Vh = linalg_svd(self, not some)
    return _svd_type(U, S, adjoint(Vh) if self.is_complex() else _transpose(Vh, -2, -1))


# Eigenvalues: A V = V diag(L).


def _eigh(A: ndarray, UPLO: Any, compute_v: bool) -> tuple[ndarray, ...]:
    if not np.isfinite(A).all():
        raise LinAlgError(
            "linalg.eigh: The algorithm failed to converge because the input matrix is ill-conditioned or has too "
            f"many repeated eigenvalues (error code: {A.shape[-1] - 1})."
        )
    if compute_v:
        L, V = np.linalg.eigh(A, UPLO)
        return L, by_columns(V)
    return np.linalg.eigvalsh(A, UPLO), np.empty(0, A.dtype)


def _eig(self: ndarray) -> tuple[ndarray, ...]:
    if not np.isfinite(self).all():
        raise RuntimeError("torch.linalg.eig: input tensor should not contain infs or NaNs.")
    dtype = np.result_type(self.dtype, np.complex64)
    L, V = np.linalg.eig(self)
    return L.astype(dtype), by_columns(V.astype(dtype))


def _eigh_grad(given: Any, L: Any, V: Any) -> Any:
    gL, gV = given
    if gV is None:
        return torch.matmul(V * gL[..., None, :], adjoint(V))
    VhgV = torch.matmul(adjoint(V), gV)
    if V.dtype in COMPLEX:
        _check_phase("linalg_eigh", diagonal_of(VhgV))
    inner = torch.tril(_skew(VhgV) * 0.5 / _differences(L), -1)
    inner = inner + adjoint(inner)
    inner = inner if gL is None else inner + torch.diag_embed(gL)
    return torch.matmul(V, torch.matmul(inner, adjoint(V)))


def _eig_grad(given: Any, L: Any, V: Any) -> Any:
    gL, gV = given
    if gV is None:
        return torch.linalg.solve(adjoint(V), gL[..., None] * adjoint(V))
    VhgV = torch.matmul(adjoint(V), gV)
    diagonal = diagonal_of(VhgV)
    _check_phase("linalg_eig", diagonal)
    # Eigenvectors have length 1: what would only lengthen them is taken away.
    real = (diagonal + diagonal.conj()) * 0.5
    inner = VhgV - torch.matmul(adjoint(V), V * real[..., None, :])
    inner = inner / _differences(L).conj()
    off = inner - torch.diag_embed(diagonal_of(inner))
    off = off if gL is None else off + torch.diag_embed(gL)
    return torch.linalg.solve(adjoint(V), torch.matmul(off, adjoint(V)))


def _check_phase(name: str, diagonal: Any) -> None:
    values = diagonal._array if isinstance(diagonal, Tensor) else diagonal
    largest = np.abs(values.imag).max(initial=0)
    if largest > 1e-2 * np.abs(values).max(initial=1):
        raise RuntimeError(
            f"{name}_backward: The eigenvectors in the complex case are specified up to multiplication by e^{{i phi}}. "
            "The specified loss function depends on this quantity, so it is ill-defined."
        )


op("_linalg_eigh", lambda A, UPLO, compute_v: _eigh(A, UPLO, compute_v), outputs="eigenvalues eigenvectors", places=(),
   A=lambda given, eigenvalues, eigenvectors: _eigh_grad(given, eigenvalues, eigenvectors))
op("linalg_eig", lambda self: _eig(self), outputs="eigenvalues eigenvectors", places=(),
   self=lambda given, eigenvalues, eigenvectors: _eig_grad(given, eigenvalues, eigenvectors))


def _checked_eigh(A: Any, UPLO: str, compute_v: bool) -> Any:
    check_matrix("linalg.eigh", A, "linalg_eigh_cpu", integers=True)
    if UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    return row("_linalg_eigh")(A, UPLO.upper(), compute_v)


@composite("linalg")
def eigh(A: Any, UPLO: str = "L") -> Any:
    """Eigenvalues of a hermitian matrix in ascending order, from its lower or upper triangle."""
    return _checked_eigh(A, UPLO, True)


@composite("linalg")
def eigvalsh(A: Any, UPLO: str = "L") -> Any:
    return _checked_eigh(A, UPLO, torch.is_grad_enabled() and A.requires_grad)[0]


@composite("linalg")
def eig(self: Any) -> Any:
    """Complex eigenvalues in no order, with eigenvectors of length 1 as columns."""
    if self.dtype.category < _dtype.FLOAT:
        raise RuntimeError(f"Unknown Complex ScalarType for {self.dtype.type_name}")
    check_matrix("linalg.eig", self, "linalg_eig_out_cpu")
    return row("linalg_eig")(self)


@composite("linalg")
def eigvals(self: Any) -> Any:
    if self.dtype.category >= _dtype.FLOAT:
        check_matrix("linalg.eigvals", self)
    return eig(self)[0]
