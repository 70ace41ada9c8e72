"""Quantiles, covariances, histograms, integrals and differences along a dimension.

All but ``renorm`` and the histograms are made of other operations, in PyTorch's order, so that
their graphs are PyTorch's.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from numpy import ndarray

from .. import _dtype
from .._dtype import F32, F64, I64
from .._op import NOT_IMPLEMENTED, alias, composite, not_implemented, op, row, torch
from .._row import return_type
from .._tensor import Tensor, new_tensor
from .pointwise import at_least
from .refusals import refuse
from .views import _array, wrap_dim, wrap_dims

_by, _times, _over, _minus = (row(f"_{name}_number") for name in ("add", "mul", "div", "sub"))

# Quantiles: the sorted values are read at the ranks below and above, and lerp is between them.

_INTERPOLATIONS = {"lower": "floor", "higher": "ceil", "nearest": "round", "linear": None, "midpoint": None}


def _quantile(name: str, skips_nan: bool) -> None:
    def function(self: Any, q: Any, dim: int | None = None, keepdim: bool = False, *,
                 interpolation: str = "linear") -> Any:  # fmt: skip
        q = _checked_quantiles(self, q, interpolation)
        at = None if dim is None else wrap_dim(dim, self.ndim)
        shape = [1] * self.ndim if keepdim and at is None else []
        if at is not None and self.ndim:
            shape = [1 if d == at else n for d, n in enumerate(self.shape) if keepdim or d != at]
        if at is None:
            ordered = torch.sort(torch.flatten(self)).values
        elif at == self.ndim - 1:
            ordered = torch.sort(self).values
        else:
            ordered = torch.sort(torch.transpose(torch.unsqueeze(self, -1), at, -1)).values
        ordered = ordered.view(*shape, ordered.shape[-1])
        found = _at_ranks(ordered, _ranks(ordered, q, skips_nan), interpolation)
        if not q.ndim:
            return found.squeeze_(-1)
        return found.unsqueeze_(0).transpose_(0, -1).squeeze_(-1)

    composite(name=name)(function)


def _checked_quantiles(self: Tensor, q: Any, interpolation: str) -> Tensor:
    if not isinstance(q, Tensor):
        if not 0 <= q <= 1:
            raise RuntimeError(f"quantile() q must be in the range [0, 1] but got {q:g}")
        q = torch.tensor(q, dtype=self.dtype)
    if not self.numel():
        raise RuntimeError("quantile() input tensor must be non-empty")
    if q.ndim > 1:
        raise RuntimeError("quantile() q must be a scalar or 1D tensor")
    if self._array.dtype not in (F32, F64):
        raise RuntimeError("quantile() input tensor must be either float or double dtype")
    if self.dtype is not q.dtype:
        raise RuntimeError("quantile() q tensor must be same dtype as the input tensor")
    if interpolation not in _INTERPOLATIONS:
        raise RuntimeError(
            "quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, but got "
            + interpolation
        )
    if not ((q._array >= 0) & (q._array <= 1)).all():
        raise RuntimeError("quantile() q values must be in the range [0, 1]")
    return q


def _ranks(ordered: Tensor, q: Tensor, skips_nan: bool) -> Tensor:
    """Positions in the last dimension, between which the quantiles lie; nans are last, and win unless skipped."""
    missing = torch.isnan(ordered.detach())
    if skips_nan:
        ranks = q * (torch.sum(torch.logical_not(missing), -1, True) - 1)
        return torch.masked_fill(ranks, ranks < 0, 0)
    last = ordered.shape[-1] - 1
    ranks, any_missing = torch.broadcast_tensors(_times(q, last), torch.any(missing, -1, True))
    return torch.masked_fill(ranks, any_missing, last)


def _at_ranks(ordered: Tensor, ranks: Tensor, interpolation: str) -> Tensor:
    rounding = _INTERPOLATIONS[interpolation]
    if rounding is not None:
        return torch.gather(ordered, -1, getattr(torch, rounding)(ranks).to(torch.int64))
    below, above = (f(ranks.detach()).to(torch.int64) for f in (torch.floor, torch.ceil))
    weights = torch.full_like(ranks, 0.5) if interpolation == "midpoint" else ranks - below
    return torch.gather(ordered, -1, below).lerp_(torch.gather(ordered, -1, above), weights)


_quantile("quantile", False)
_quantile("nanquantile", True)

# Covariance.


def _weights(name: str, w: Tensor, observations: int, integral: bool) -> None:
    if w.ndim > 1:
        raise RuntimeError(
            f"cov(): expected {name} to have one or fewer dimensions but got {name} with {w.ndim} dimensions"
        )
    if (w.dtype.category == _dtype.INTEGER) != integral:
        kind = "integral" if integral else "floating point"
        raise RuntimeError(f"cov(): expected {name} to have {kind} dtype but got {name} with {w.dtype.type_name} dtype")
    if w.numel() != observations:
        raise RuntimeError(
            f"cov(): expected {name} to have the same numel as there are observations in the input but got "
            f"{w.numel()} != {observations}"
        )
    if (w._array < 0).any():
        raise RuntimeError(f"cov(): {name} cannot be negative")


@composite()
def cov(self: Any, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Any:
    """The covariances of the rows, whose columns are observations, counted and weighted."""
    if self.ndim > 2:
        raise RuntimeError(
            f"cov(): expected input to have two or fewer dimensions but got an input with {self.ndim} dimensions"
        )
    if self.dtype is torch.bool:
        raise RuntimeError("cov(): bool dtype is not supported for input")
    values, w = self if self.ndim == 2 else self.view(1, -1), fweights
    if fweights is not None:
        _weights("fweights", fweights, values.shape[1], True)
    if aweights is not None:
        _weights("aweights", aweights, values.shape[1], False)
        w = aweights if w is None else w * aweights
    total = torch.tensor(values.shape[1]) if w is None else torch.sum(w)
    if w is not None and not total.item():
        raise RuntimeError("cov(): weights sum to zero, can't be normalized")
    average = torch.sum(values if w is None else values * w, 1) / total
    if aweights is not None and correction:
        free = total - _times(torch.sum(w * aweights), correction) / total
    else:
        free = _minus(total, correction) if correction else total
    if free.item() <= 0:
        warnings.warn(_FEW, UserWarning, stacklevel=3)
        free = torch.zeros_like(free)
    away = values - torch.unsqueeze(average, 1)
    product = torch.mm(away, torch.conj(torch.t(away if w is None else away * w)))
    if product.dtype.is_complex and product.shape[0] == 1:  # a variance is real
        size = torch.real(product)
        product = torch.complex(size, torch.zeros_like(size))
    return torch.squeeze(torch.true_divide(product, free))


_FEW = (
    "cov(): degrees of freedom is <= 0. Correction should be strictly less than the number of observations."
)


@composite()
def corrcoef(self: Any) -> Any:
    """Covariances of rows divided by both standard deviations."""
    if self.ndim > 2:
        raise RuntimeError(
            "corrcoef(): expected input to have two or fewer dimensions but got an input with "
            f"{self.ndim} dimensions"
        )
    c = cov(self)
    if not c.ndim:
        return c / c
    spread = torch.sqrt(torch.real(torch.diagonal(c)))
    c = c / spread.view(-1, 1) / spread.view(1, -1)
    if not c.dtype.is_complex:
        return torch.clamp(c, -1, 1)
    return torch.complex(torch.clamp(torch.real(c), -1, 1), torch.clamp(torch.imag(c), -1, 1))


# Histograms.


def _bounds(name: str, values: ndarray, low: float, high: float) -> tuple[float, float]:
    if low == high and values.size:
        low, high = values.min(), values.max()
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RuntimeError(f"torch.{name}: range of [{low:g}, {high:g}] is not finite")
    if low > high:
        raise RuntimeError(f"torch.{name}: max must be larger than min")
    return (low - 1, high + 1) if low == high else (low, high)


def _check_bins(bins: int, dimension: int = 0) -> None:
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension {dimension}")


@composite()
def histc(self: Any, bins: int = 100, min: float = 0, max: float = 0) -> Any:
    """How many values lie in each of ``bins`` equal parts from ``min`` to ``max``, the last closed."""
    _check_bins(bins)
    values = self._array.reshape(-1)
    bounds = _bounds("histc", values, min, max)
    refuse(self, "histogram_cpu", "biuc")
    low, high = map(values.dtype.type, bounds)
    inside = values[(values >= low) & (values <= high)]
    places = ((inside - low) * bins / (high - low)).astype(I64)  # rounded as often as PyTorch does
    return new_tensor(np.bincount(np.minimum(places, bins - 1), minlength=bins).astype(values.dtype))


def _linspace(values: ndarray, bins: int, low: Any, high: Any) -> ndarray:
    return torch.linspace(float(low), float(high), bins + 1, dtype=_dtype.of_numpy[values.dtype])._array


def _counted(values: ndarray, edges: list[ndarray], weight: Any, density: bool) -> ndarray:
    """Points per box; a box has its lower edges, the last of a column its upper one too."""
    if weight is not None and weight.size != len(values):
        raise RuntimeError(
            "torch.histogramdd: if weight tensor is provided it should have the same shape as the input tensor "
            f"excluding its innermost dimension, but got input with shape {list(values.shape)} and weight with "
            f"shape {list(weight.shape)}"
        )
    counts = np.zeros([len(e) - 1 for e in edges], values.dtype)
    inside = np.ones(len(values), bool)
    places = []
    for column, edge in zip(values.T, edges, strict=True):
        inside &= (column >= edge[0]) & (column <= edge[-1])
        places.append(np.clip(np.searchsorted(edge, column, "right") - 1, 0, len(edge) - 2))
    weights = np.ones(len(values), values.dtype) if weight is None else np.reshape(weight, -1)
    np.add.at(counts, tuple(place[inside] for place in places), weights[inside])
    if density:
        counts = counts / counts.sum()
        for d, edge in enumerate(edges):
            counts = counts / np.diff(edge).reshape((-1,) + (1,) * (len(edges) - d - 1))
    return counts


def _edges(values: ndarray, bins: Any, range: Any) -> list[ndarray]:
    """The edges of the bins of each column."""
    columns = values.shape[1]
    if isinstance(bins, (list, tuple)) and bins and not isinstance(bins[0], int):
        return list(map(_array, bins))
    bins = [bins] * columns if isinstance(bins, int) else list(bins)
    if len(bins) != columns:
        raise RuntimeError("histogramdd: The size of bins must be equal to the innermost dimension of the input.")
    found = []
    for d, count in enumerate(bins):
        low, high = (0, 1) if not values.size else (values[:, d].min(), values[:, d].max())
        if range is not None:
            low, high = range[2 * d : 2 * d + 2]
        if not (math.isfinite(low) and math.isfinite(high)):
            raise RuntimeError(f"torch.histogramdd: dimension {d}'s range [{low:g}, {high:g}] is not finite")
        if low > high:
            raise RuntimeError(
                f"torch.histogramdd: min should not exceed max, but got min {low:g} max {high:g} for dimension {d}"
            )
        found.append(_linspace(values, count, *((low - 0.5, high + 0.5) if low == high else (low, high))))
    return found


def _histogram_kernel(self: ndarray, bins: Any, range: Any, weight: Any, density: bool) -> tuple[ndarray, ...]:
    flat = self.reshape(-1, 1)
    edges = _edges(flat, bins, range)
    return _counted(flat, edges, weight, density), edges[0]


op("histogram", _histogram_kernel, node=NOT_IMPLEMENTED, outputs="hist bin_edges", places=(), moves=True,
   self=not_implemented("histogram"))


def _check_values(self: Tensor, bins: Any, range: Any) -> None:
    """Where edges are found from the values, fewer dtypes will do."""
    counts = isinstance(bins, int) or (isinstance(bins, (list, tuple)) and isinstance(bins[0], int))
    for d, count in enumerate(([bins] if isinstance(bins, int) else bins) if counts else ()):
        _check_bins(count, d)
    if counts and range is None and self.numel() and self._array.dtype not in (F32, F64):
        raise NotImplementedError(f'"histogramdd" not implemented for \'{self.dtype.type_name}\'')
    refuse(self, "histogram_cpu", "biuc")


@composite()
def histogram(self: Any, bins: Any, *, range: Any = None, weight: Any = None, density: bool = False) -> Any:
    """Counts (or a density) and the edges between which they lie."""
    _check_values(self, bins, range)
    return row("histogram")(self, [bins] if isinstance(bins, Tensor) else bins, range, weight, density)


_HISTOGRAMDD = return_type("histogramdd", ("hist", "bin_edges"))


@composite("torch")
def histogramdd(self: Any, bins: Any, range: Any = None, weight: Any = None, density: bool = False) -> Any:
    """As histogram, over points: the last dimension has their coordinates."""
    if self.ndim < 2:
        raise RuntimeError("torch.histogramdd: input tensor should have at least 2 dimensions, but got " + str(self.ndim))
    _check_values(self, bins, range)
    values = self._array.reshape(-1, self.shape[-1])
    edges = _edges(values, bins, range)
    return _HISTOGRAMDD(new_tensor(_counted(values, edges, None if weight is None else weight._array, density)), tuple(map(new_tensor, edges)))


# Integrals by the trapezoid rule, and differences.


def _sides(t: Tensor, dim: int) -> tuple[Any, Any]:
    """All but the last, and all but the first."""
    n = t.shape[dim]
    return torch.narrow(t, dim, 0, max(n - 1, 0)), torch.narrow(t, dim, min(1, n), max(n - 1, 0))


def _integral(name: str, whole: bool) -> None:
    def function(y: Any, x: Any = None, *, dx: Any = 1, dim: int = -1) -> Any:
        if y.dtype is torch.bool:
            raise RuntimeError(f"{name}: received a bool input for `y`, but bool is not supported")
        if not y.ndim:
            raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
        dim = wrap_dim(dim, y.ndim)
        if whole and not y.shape[dim]:
            return torch.zeros([n for d, n in enumerate(y.shape) if d != dim], dtype=y.dtype)
        if x is None and whole:
            ends = at_least(torch.select(y, dim, 0) + torch.select(y, dim, -1), 1.0)
            return _times(torch.sum(y, dim) - _times(ends, 0.5), dx)
        left, right = _sides(y, dim)
        if x is None:
            return torch.cumsum(_times(at_least(left + right, 1.0), dx / 2.0), dim)
        before, after = _sides(_positions(name, x, y, dim), dim)
        areas = (left + right) * (after - before)
        return _over(at_least(torch.sum(areas, dim) if whole else torch.cumsum(areas, dim), 1.0), 2.0)

    composite("torch", name=name)(function)


def _positions(name: str, x: Tensor, y: Tensor, dim: int) -> Tensor:
    """``x`` with the dimensions of ``y``."""
    if x.dtype is torch.bool:
        raise RuntimeError(f"{name}: received a bool input for `x`, but bool is not supported")
    if x.ndim == 1:
        if x.shape[0] != y.shape[dim]:
            raise RuntimeError(f"{name}: There must be one `x` value for each sample point")
        return x.view([-1 if d == dim else 1 for d in range(y.ndim)])
    return x.view((1,) * (y.ndim - x.ndim) + tuple(x.shape)) if x.ndim < y.ndim else x


_integral("trapezoid", True)
_integral("cumulative_trapezoid", False)
alias("trapz", "trapezoid")


@composite("torch")
def gradient(self: Any, *, spacing: Any = None, dim: Any = None, edge_order: int = 1) -> Any:
    """Central differences of second order along each dimension, one-sided at the ends."""
    if self.dtype is torch.uint8:
        raise RuntimeError("torch.gradient does not support uint8 input.")
    dims = wrap_dims(dim, self.ndim) if dim != () else ()
    if isinstance(spacing, Tensor) and not spacing.ndim:
        spacing = spacing.item()
    if not isinstance(spacing, (list, tuple)):
        spacing = [1 if spacing is None else spacing] * len(dims)
    if len(spacing) != len(dims):
        raise RuntimeError(
            "torch.gradient expected spacing to be unspecified, a scalar or it's spacing and dim arguments to have "
            f"the same length, but got a spacing argument of length {len(spacing)} and a dim argument of length "
            f"{len(dims)}."
        )
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    for d in dims:
        if self.shape[d] < edge_order + 1:
            raise RuntimeError("torch.gradient expected each dimension size to be at least edge_order+1")
    for s in spacing:
        if isinstance(s, Tensor) and s.ndim != 1:
            raise RuntimeError(
                "torch.gradient expected each element of spacing to have one dimension, but got an element with "
                f"{s.ndim} dimensions!"
            )
    self = at_least(self, 1.0)
    between = _uneven_differences if spacing and isinstance(spacing[0], Tensor) else _even_differences
    return tuple(torch.cat(between(self, d, s, edge_order), d) for d, s in zip(dims, spacing, strict=True))


def _even_differences(self: Tensor, dim: int, step: float, edge_order: int) -> list[Tensor]:
    n = self.shape[dim]

    def at(start: int, count: int = 1) -> Tensor:
        return torch.narrow(self, dim, start % n, count)

    if edge_order == 1:
        first, last = at(1) - at(0), at(-1) - at(-2)
    else:
        first = _times(at(0), -1.5) + _times(at(1), 2) - _times(at(2), 0.5)
        last = _times(at(-3), 0.5) - _times(at(-2), 2) + _times(at(-1), 1.5)
    center = _over(_over(at(2, n - 2) - at(0, n - 2), step), 2)
    return [_over(first, step), center, _over(last, step)]


def _uneven_differences(self: Tensor, dim: int, positions: Tensor, edge_order: int) -> list[Tensor]:
    n, steps = self.shape[dim], torch.diff(positions, 1, 0)
    line = [-1 if d == dim else 1 for d in range(self.ndim)]
    before, after = _sides(steps, 0)

    def at(start: int, count: int = 1) -> Tensor:
        return torch.narrow(self, dim, start % n, count)

    def through(a: Any, b: Any, c: Any, start: int, count: int) -> Tensor:
        """A sum of three neighbours."""
        return a * at(start, count) + b * at(start + 1, count) + c * at(start + 2, count)

    a, b = -after / (before * (before + after)), (after - before) / (before * after)
    center = through(a.view(line), b.view(line), (before / (after * (before + after))).view(line), 0, n - 2)
    if edge_order == 1:
        return [(at(1) - at(0)) / steps[0], center, (at(-1) - at(-2)) / steps[-1]]
    h, k = steps[0], steps[1]
    first = through(-(_times(h, 2.0) + k) / (h * (h + k)), (h + k) / (h * k), -h / (k * (h + k)), 0, 1)
    h, k = steps[-2], steps[-1]
    last = through(k / (h * (h + k)), -(k + h) / (h * k), (_times(k, 2.0) + h) / (k * (h + k)), n - 3, 1)
    return [first, center, last]


@composite()
def nonzero_static(self: Any, *, size: int, fill_value: int = -1) -> Any:
    """The first ``size`` rows of ``nonzero``, or as many with rows of ``fill_value`` behind them."""
    if size < 0:
        raise RuntimeError("nonzero_static: 'size' must be an non-negative integer")
    found = torch.nonzero(self)._array[:size]
    return new_tensor(np.concatenate([found, np.full((size - len(found), self.ndim), fill_value, I64)]))
