"""What all of linear algebra shares: LAPACK for batches, adjoints, and what PyTorch refuses.

Kernels are NumPy's where it has them for batches, else LAPACK through SciPy, matrix by matrix. What
LAPACK reports of each matrix comes out as ``info``. Source of the formulas of all these files: Giles,
"An extended collection of matrix derivative results".
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg
from numpy import ndarray

from .. import _dtype
from .._call import broadcast_error
from .._op import torch
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


# What formulas use: on arrays and on tensors.


def adjoint(t: Any) -> Any:
    return t.swapaxes(-2, -1).conj() if isinstance(t, ndarray) else torch.transpose(t, -2, -1).conj()


def diagonal_of(t: Any) -> Any:
    """A view, to be written through as well."""
    return np.einsum("...ii->...i", t) if isinstance(t, ndarray) else torch.diagonal(t, 0, -2, -1)


def with_diagonal(t: Any, values: Any) -> Any:
    """The matrix, in which the diagonal is now this."""
    diagonal = diagonal_of(t)
    if isinstance(t, ndarray):
        diagonal[...] = values
    elif isinstance(values, Tensor):
        diagonal.copy_(values)
    else:
        diagonal.fill_(values)
    return t


def pairwise_differences(values: Any) -> Any:
    """values[j] - values[i]; infinite on the diagonal, so that what is divided vanishes there."""
    return with_diagonal(values[..., None, :] - values[..., :, None], np.inf)


def skew(t: Any) -> Any:
    return t - adjoint(t)


def array_of(t: Any) -> Any:
    return t._array if isinstance(t, Tensor) else t


# What PyTorch refuses.


def check_matrix(
    name: str, A: Any, kernel: str = "", square: bool = True, integers: bool = False, always: bool = False,
    narrow: bool = False,
) -> None:
    """PyTorch's words for what is no matrix, not square, or of a dtype that LAPACK lacks.

    ``kernel`` is the one that refuses 16-bit floats, even without elements if ``always``; with ``integers``, it
    refuses integers too. ``narrow``: 16-bit floats are as good as others.
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
    if A.dtype.category < _dtype.FLOAT or (A.element_size() == 2 and not narrow):
        if not kernel:
            raise RuntimeError(f"{name}: Low precision dtypes not supported. Got {A.dtype.type_name}")
        if always or A.numel():
            raise NotImplementedError(f"\"{kernel}\" not implemented for '{A.dtype.type_name}'")


def check_at_least(name: str, ndim: int, **tensors: Any) -> None:
    for argument, t in tensors.items():
        if t.ndim < ndim:
            raise RuntimeError(f"{name}: {argument} must have at least {ndim} dimension{'s' * (ndim > 1)}.")


def check_info(name: str, info: Any, words: str, error: type[Exception] = LinAlgError) -> None:
    """Raises if LAPACK complained of a matrix; ``{}`` in the words is what it said."""
    values = array_of(info)
    failed = np.flatnonzero(values)
    if failed.size:
        batch = f"(Batch element {failed[0]}): " if values.ndim else ""
        raise error(f"{name}: {batch}{words.format(values.flat[failed[0]])}")


def check_finite(A: ndarray, words: str, error: type[Exception] = LinAlgError) -> None:
    if not np.isfinite(A).all():
        raise error(words)


def check_same_dtype(name: str, A: Any, B: Any, first: str = "A") -> None:
    if A.dtype is not B.dtype:
        raise RuntimeError(
            f"{name}: Expected {first} and B to have the same dtype, but found {first} of type {A.dtype.type_name} and "
            f"B of type {B.dtype.type_name} instead"
        )


def check_fit(name: str, A: Any, B: Any, left: bool) -> None:
    """That there may be an X with A X = B, or X A = B."""
    (n, m), (rows, columns) = A.shape[-2:], B.shape[-2:]
    if n != (rows if left else columns):
        equation = "AX = B" if left else "XA = B"
        raise RuntimeError(
            f"{name}: Incompatible shapes of A and B for the equation {equation} ({n}x{m} and {rows}x{columns})"
        )


def check_batches(a: Any, b: Any) -> None:
    try:
        np.broadcast_shapes(a, b)
    except ValueError:
        raise broadcast_error(tuple(a), tuple(b)) from None


SINGULAR = "The diagonal element {} is zero, the inversion could not be completed because the input matrix is singular."
