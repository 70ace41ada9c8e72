"""Singular values and eigenvalues, with their vectors.

Sources of the formulas: Townsend, "Differentiating the singular value decomposition"; Boeddeker and
others, "On the computation of complex-valued gradients with application to statistically optimum
beamforming".
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from .. import _dtype
from .._op import composite, op, row, torch
from .._row import return_type
from .matrices import (
    COMPLEX,
    adjoint,
    array_of,
    by_columns,
    check_finite,
    check_matrix,
    diagonal_of,
    pairwise_differences,
    skew,
    with_diagonal,
)
from .views import _transpose


def check_phase(name: str, imaginary: ndarray) -> None:
    """Complex vectors are known up to a phase, on which no gradient may depend."""
    if not (np.abs(imaginary) <= 1e-2).all():
        vectors, depends = ("singular vectors", "phase term, making it") if name == "svd" else ("eigenvectors", "quantity, so it is")
        raise RuntimeError(
            f"{name}_backward: The {vectors} in the complex case are specified up to multiplication by e^{{i phi}}. The "
            f"specified loss function depends on this {depends} ill-defined."
        )


# Singular values: A = U S V^H.


def _svd(A: ndarray, full_matrices: bool, compute_uv: bool) -> tuple[ndarray, ...]:
    check_finite(
        A, "linalg.svd: The algorithm failed to converge because the input matrix contained non-finite values."
    )
    if compute_uv:
        U, S, Vh = np.linalg.svd(A, full_matrices)
        return by_columns(U), S, by_columns(Vh)
    return np.empty(0, A.dtype), np.linalg.svd(A, full_matrices, False), np.empty(0, A.dtype)


def _svd_grad(given: Any, U: Any, S: Any, Vh: Any, full_matrices: bool) -> Any:
    (gU, gS, gVh), k = given, S.shape[-1]
    if full_matrices:  # the rest of the vectors is any basis and carries no gradient
        U, gU, Vh, gVh = (None if t is None else torch.narrow(t, d, 0, k) for t, d in ((U, -1), (gU, -1), (Vh, -2), (gVh, -2)))
    m, n = U.shape[-2], Vh.shape[-1]
    if gU is None and gVh is None:
        return U @ (gS[..., None] * Vh) if m >= n else (U * gS[..., None, :]) @ Vh
    of_u = None if gU is None else skew(adjoint(U) @ gU)
    of_v = None if gVh is None else skew(Vh @ adjoint(gVh))
    if U.dtype in COMPLEX:
        phases = sum(diagonal_of(array_of(t)).imag for t in (of_u, of_v) if t is not None)
        check_phase("svd", phases / 2)
    E = pairwise_differences(S * S)
    if of_u is None:
        inner = S[..., :, None] * (of_v / E)
    elif of_v is None:
        inner = (of_u / E) * S[..., None, :]
    else:
        inner = (of_u * S[..., None, :] + S[..., :, None] * of_v) / E
    if gS is not None:
        inner = inner + torch.diag_embed(gS)
    if U.dtype in COMPLEX and of_u is not None:  # of the phase that both share
        inner = inner + torch.diag_embed(diagonal_of(of_u) / (2 * S))
    if m > n and gU is not None:
        outside = gU / S[..., None, :]
        return (U @ inner + outside - U @ (adjoint(U) @ outside)) @ Vh
    if m < n and gVh is not None:
        outside = gVh / S[..., :, None]
        return U @ (inner @ Vh + outside - (outside @ adjoint(Vh)) @ Vh)
    return U @ (inner @ Vh) if m >= n else (U @ inner) @ Vh


op("_linalg_svd", lambda A, full_matrices, compute_uv: _svd(A, full_matrices, compute_uv), outputs="U S Vh", places=(),
   A=lambda given, U, S, Vh, full_matrices: _svd_grad(given, U, S, Vh, full_matrices))


def _checked_svd(A: Any, full_matrices: bool, driver: str | None, compute_uv: bool) -> Any:
    check_matrix("linalg.svd", A, "linalg_svd_cpu", square=False)
    if driver is not None and A.numel():
        raise RuntimeError(
            "torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend."
        )
    return row("_linalg_svd")(A, full_matrices, compute_uv)


@composite("linalg", name="svd")
def linalg_svd(A: Any, full_matrices: bool = True, *, driver: str | None = None) -> Any:
    """Singular values in descending order, with their vectors as columns of U and rows of Vh."""
    return _checked_svd(A, full_matrices, driver, True)


@composite("linalg")
def svdvals(A: Any, *, driver: str | None = None) -> Any:
    """The singular values; their vectors are computed too where the gradient will need them."""
    return _checked_svd(A, False, driver, torch.is_grad_enabled() and A.requires_grad)[1]


_svd_type = return_type("svd", ("U", "S", "V"))


@composite()
def svd(self: Any, some: bool = True, compute_uv: bool = True) -> Any:
    if self.ndim < 2:
        raise RuntimeError(
            f"linalg.svd: input should have at least 2 dimensions, but has {self.ndim} dimensions instead"
        )
    if not compute_uv:
        U, V = (torch.zeros(*self.shape[:-2], k, k, dtype=self.dtype) for k in self.shape[-2:])
        return _svd_type(U, svdvals(self), V)
    U, S, Vh = linalg_svd(self, not some)
    return _svd_type(U, S, adjoint(Vh) if self.is_complex() else _transpose(Vh, -2, -1))


# Eigenvalues: A V = V diag(L).


def _eigh(A: ndarray, UPLO: Any, compute_v: bool) -> tuple[ndarray, ...]:
    if not A.size:
        return np.empty(A.shape[:-1], A.real.dtype), A.copy()
    check_finite(
        A, "linalg.eigh: The algorithm failed to converge because the input matrix is ill-conditioned or has too many "
        f"repeated eigenvalues (error code: {A.shape[-1] - 1})."
    )
    if compute_v:
        L, V = np.linalg.eigh(A, UPLO)
        return L, by_columns(V)
    return np.linalg.eigvalsh(A, UPLO), np.empty(0, A.dtype)


def _eig(self: ndarray) -> tuple[ndarray, ...]:
    check_finite(self, "torch.linalg.eig: input tensor should not contain infs or NaNs.", RuntimeError)
    dtype = np.result_type(self.dtype, np.complex64)
    L, V = np.linalg.eig(self)
    return L.astype(dtype), by_columns(V.astype(dtype))


def _eig_grad(given: Any, L: Any, V: Any, hermitian: bool) -> Any:
    gL, gV = given

    def back(t: Any) -> Any:
        """From the eigenvectors' coordinates: V^-H t V^H."""
        return V @ (t @ adjoint(V)) if hermitian else torch.linalg.solve(adjoint(V), t @ adjoint(V))

    if gV is None:
        return (V * gL[..., None, :]) @ adjoint(V) if hermitian else torch.linalg.solve(
            adjoint(V), gL[..., None] * adjoint(V))
    inner = adjoint(V) @ gV
    diagonal = diagonal_of(inner)
    if V.dtype in COMPLEX:
        check_phase("linalg_eigh" if hermitian else "linalg_eig", array_of(diagonal).imag)
    if hermitian:
        inner = skew(inner) * 0.5
    else:  # eigenvectors have length 1: what would only lengthen them is taken away
        inner = inner - adjoint(V) @ (V * torch.real(diagonal)[..., None, :])
    inner = inner / pairwise_differences(L.conj() if L.dtype in COMPLEX else L)
    return back(inner if gL is None and hermitian else with_diagonal(inner, 0 if gL is None else gL))


op("_linalg_eigh", lambda A, UPLO, compute_v: _eigh(A, UPLO, compute_v), outputs="eigenvalues eigenvectors", places=(),
   A=lambda given, eigenvalues, eigenvectors: _eig_grad(given, eigenvalues, eigenvectors, True))
op("linalg_eig", lambda self: _eig(self), outputs="eigenvalues eigenvectors", places=(),
   self=lambda given, eigenvalues, eigenvectors: _eig_grad(given, eigenvalues, eigenvectors, False))


def _checked_eigh(A: Any, UPLO: str, compute_v: bool) -> Any:
    if UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    check_matrix("linalg.eigh", A, "linalg_eigh_cpu", integers=True)
    return row("_linalg_eigh")(A, UPLO.upper(), compute_v)


@composite("linalg")
def eigh(A: Any, UPLO: str = "L") -> Any:
    """Eigenvalues of a hermitian matrix in ascending order, from its lower or upper triangle."""
    return _checked_eigh(A, UPLO, True)


@composite("linalg")
def eigvalsh(A: Any, UPLO: str = "L") -> Any:
    return _checked_eigh(A, UPLO, torch.is_grad_enabled() and A.requires_grad)[0]


def _checked_eig(name: str, self: Any) -> Any:
    if self.dtype.category < _dtype.FLOAT:
        raise RuntimeError(f"Unknown Complex ScalarType for {self.dtype.type_name}")
    check_matrix(name, self, "linalg_eig_out_cpu", always=True)
    return row("linalg_eig")(self)


@composite("linalg")
def eig(self: Any) -> Any:
    """Complex eigenvalues in no order, with eigenvectors of length 1 as columns."""
    return _checked_eig("linalg.eig", self)


@composite("linalg")
def eigvals(self: Any) -> Any:
    return _checked_eig("linalg.eigvals", self)[0]
