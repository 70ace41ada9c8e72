"""A few singular values or eigenvalues of a large matrix.

Source: Halko, Martinsson and Tropp, "Finding structure with randomness".
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg

from .._op import composite, torch
from .._tensor import Tensor
from ..autograd.function import Function
from .matrices import each


def _drawn_in(A: Any) -> Any:
    """The dtype of the random numbers that go with a matrix."""
    return A.dtype if A.dtype.name in ("float16", "float64") else torch.float32


@composite("torch")
def svd_lowrank(A: Any, q: int | None = 6, niter: int | None = 2, M: Any = None) -> Any:
    """U, S, V of A - M in about q dimensions, found by ``niter`` steps from random ones."""
    q, (m, n) = 6 if q is None else q, A.shape[-2:]
    M = None if M is None else torch.broadcast_to(M, A.shape)
    if m < n:
        A, M = A.mH, None if M is None else M.mH

    def times(of: Any, other: Any) -> Any:
        """A product with A - M, which is never made."""
        product = torch.matmul(of(A), other)
        return product if M is None else product - torch.matmul(of(M), other)

    Q = torch.linalg.qr(times(lambda t: t, torch.randn(A.shape[-1], q, dtype=A.dtype if A.is_complex() else _drawn_in(A))))[0]
    for _ in range(2 if niter is None else niter):
        Q = torch.linalg.qr(times(lambda t: t.mH, Q))[0]
        Q = torch.linalg.qr(times(lambda t: t, Q))[0]
    B = torch.matmul(Q.mH, A)
    U, S, Vh = torch.linalg.svd(B if M is None else B - torch.matmul(Q.mH, M), full_matrices=False)
    V = Vh.mH
    U = torch.matmul(Q, U)
    return (V, S, U) if m < n else (U, S, V)


@composite("torch")
def pca_lowrank(A: Any, q: int | None = None, center: bool = True, niter: int = 2) -> Any:
    """U, S, V of the columns of A without their means: the principal components."""
    m, n = A.shape[-2:]
    q = min(6, m, n) if q is None else q
    if not 0 <= q <= min(m, n):
        raise ValueError(f"q(={q}) must be non-negative integer and not greater than min(m, n)={min(m, n)}")
    if niter < 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    return svd_lowrank(A - torch.mean(A, (-2,), True) if center else A, q, niter)


class LOBPCGAutogradFunction(Function):
    """PyTorch iterates; this is what the iteration comes close to."""

    @staticmethod
    def forward(ctx: Any, A: Any, B: Any, k: int, largest: bool) -> Any:
        found = each(lambda *pair: scipy.linalg.eigh(*pair), *(t._array for t in (A, B) if t is not None))
        found = tuple(np.flip(t, -1) for t in found) if largest else found
        E, X = (Tensor._wrap(np.ascontiguousarray(t[..., :k])) for t in found)
        ctx.save_for_backward(A, B, E, X)
        ctx.largest = largest
        return E, X

    @staticmethod
    def backward(ctx: Any, gE: Any, gX: Any) -> Any:
        """That of all eigenvectors: how one of them turns towards each of the others."""
        A, B, E, X = ctx.saved_tensors
        if B is not None:
            raise ValueError("lobpcg.backward does not support backward with B != I yet.")
        own = torch.eye(*X.shape[-2:], dtype=A.dtype)  # the place of each among all, which ascend
        own = torch.flip(own, (0,)) if ctx.largest else own
        L, V = torch.linalg.eigh(A)
        turns = torch.matmul(V.mT, gX) * ((1 - own) / (E[..., None, :] - L[..., :, None] + own))
        return torch.matmul(torch.matmul(V, turns) + X * gE[..., None, :], X.mT), None, None, None


@composite("torch")
def lobpcg(
    A: Any, k: int | None = None, B: Any = None, X: Any = None, n: int | None = None, iK: Any = None,
    niter: int | None = None, tol: float | None = None, largest: bool | None = None, method: str | None = None,
    tracker: Any = None, ortho_iparams: Any = None, ortho_fparams: Any = None, ortho_bparams: Any = None,
) -> Any:
    """The k largest or smallest eigenvalues with A x = e B x of symmetric matrices, and their vectors."""
    if A.requires_grad or (B is not None and B.requires_grad):
        A, B = ((t if t is None else (t + t.mT) / 2) for t in (A, B))
    m = A.shape[-1]
    if A.shape[-2] != m:
        raise AssertionError(f"A must be square, got shape {A.shape}")
    if B is not None and A.shape != B.shape:
        raise AssertionError(f"A and B must have same shape, got {A.shape} vs {B.shape}")
    k = (1 if X is None else X.shape[-1]) if k is None else k
    n = (k if n is None else n) if X is None else X.shape[-1]
    if m < 3 * n:
        raise ValueError(
            f"LOBPCG algorithm is not applicable when the number of A rows (={m}) is smaller than 3 x the number of "
            f"requested eigenpairs (={n})"
        )
    X = torch.randn(*A.shape[:-2], m, n, dtype=_drawn_in(A)) if X is None else X
    if X.shape[-2:] != (m, n):
        raise AssertionError(f"X shape mismatch: got {X.shape}, expected {(m, n)}")
    for t in (A, A if B is None else B):
        torch.matmul(t, X)  # which has the words for a dtype that does not go with it
    return LOBPCGAutogradFunction.apply(A, B, k, largest is not False)
