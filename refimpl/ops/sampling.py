"""Sampling at given places: ``nn.functional.grid_sample``, and grids of affine maps.

Each output is a weighted sum of the inputs around its place, and the weights are polynomials in how
far it lies behind the first of them. So a sparse matrix says what is sampled, another one, of the
derivatives of the weights, how that moves with the places, and gradients go through transposes.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from numpy import ndarray
from scipy.sparse import csr_array

from .._op import composite, op, publish, row, together, torch
from .._row import Function
from .._tensor import Tensor, new_tensor
from .refusals import refuse
from .views import _array

Ints = tuple[int, ...]

# For each mode (linear, nearest, cubic) the first input and the weight of each, as polynomials.
_WEIGHTS: tuple[tuple[int, list[list[float]]], ...] = (
    (0, [[-1, 1], [1, 0]]),
    (0, [[1]]),
    (-1, [[-0.75, 1.5, -0.75, 0], [1.25, -2.25, 0, 1], [-1.25, 1.5, 0.75, 0], [0.75, -0.75, 0, 0]]),
)


def _kept_inside(x: ndarray, n: int, padding_mode: int, align_corners: bool) -> tuple[ndarray, ndarray]:
    """Places beyond the border, brought back, and which way they move then."""
    way = np.ones_like(x)
    if padding_mode == 2:
        low, span = (0, n - 1) if align_corners else (-0.5, n)
        turns, beyond = np.divmod(abs(x - low), x.dtype.type(span or math.inf))
        way[(x < low) ^ (turns % 2 == 1)] = -1
        x = np.where(turns % 2, span - beyond, beyond) + low
    if padding_mode:
        way[(x <= 0) | (x >= n - 1)] = 0
        x = np.where(x > 0, np.minimum(x, n - 1), 0)  # nan becomes 0
    return x, way


def _along(place: ndarray, n: int, how: Any, order: int) -> tuple[ndarray, ndarray]:
    """The inputs along one dimension [..., taps] and the derivative of their weights by the place."""
    mode, padding_mode, align_corners = how
    real = place.dtype.type
    slope = real((n - 1) / 2 if align_corners else n / 2)
    x = (place + 1) * slope - real(0 if align_corners else 0.5)
    x, way = _kept_inside(x, n, 0 if mode == 2 else padding_mode, align_corners)
    first = np.rint(x) if mode == 1 else np.floor(x)
    start, polynomials = _WEIGHTS[mode]
    at = first[..., None] + np.arange(start, start + len(polynomials))
    if mode == 2:
        at, _ = _kept_inside(at, n, padding_mode, align_corners)
    weights = [np.polyval(np.polyder(np.array(p, real), order).astype(real), x - first) for p in polynomials]
    return at, np.stack(weights, -1) * ((way * slope) ** order)[..., None]


def _matrix(grid: ndarray, size: Ints, how: Any, orders: Ints) -> Any:
    """[places, inputs], of all batches."""
    flat: Any = np.arange(len(grid)).reshape(-1, 1, 1)
    exists, weights = np.ones(flat.shape, bool), np.ones(flat.shape, grid.dtype)
    for d, (n, order) in enumerate(zip(size, orders, strict=True), 1):
        at, w = _along(grid[..., -d].reshape(len(grid), math.prod(grid.shape[1:-1])), n, how, order)
        inside = (at >= 0) & (at < n)
        places = (*at.shape[:2], -1 if at.size else 0)
        flat = (flat[..., None] * n + np.where(inside, at, 0).astype(np.int64)[..., None, :]).reshape(places)
        exists = (exists[..., None] & inside[..., None, :]).reshape(places)
        weights = (weights[..., None] * w[..., None, :]).reshape(places)
    ends = np.concatenate(([0], np.cumsum(exists.sum(-1))))
    return csr_array((weights[exists], flat[exists], ends), shape=(len(ends) - 1, len(grid) * math.prod(size)))


def _columns(x: ndarray) -> ndarray:
    """[batches and places, channels]"""
    return np.moveaxis(x, 1, -1).reshape(-1 if x.size else len(x) * math.prod(x.shape[2:]), x.shape[1])


def _shaped(columns: ndarray, batches: int, size: Ints) -> ndarray:
    return np.array(np.moveaxis(columns.reshape(batches, *size, columns.shape[1]), -1, 1), order="C")


def _sampled(input: ndarray, grid: ndarray, how: Any, orders: Ints) -> ndarray:
    return _shaped(_matrix(grid, input.shape[2:], how, orders) @ _columns(input), len(grid), grid.shape[1:-1])


def _splat_back(self: ndarray, grid: ndarray, size: Ints, how: Any, orders: Ints) -> ndarray:
    """The transpose: inputs made of outputs."""
    return _shaped(_matrix(grid, size, how, orders).T @ _columns(self), len(grid), size)


def _by_grid(grad: Any, input: Any, grid: Any, how: Any, orders: Ints) -> Any:
    """The last dimension is the first of a place."""
    return torch.stack([torch.sum(grad * _sample(input, grid, how, more), 1) for more in _further(orders)[::-1]], -1)


def _further(orders: Ints) -> list[Ints]:
    """Differentiated once more, by each dimension."""
    return [tuple(order + (d == e) for e, order in enumerate(orders)) for d in range(len(orders))]


_sample: Function = op("_sample", _sampled, places=(),
    input=lambda grad, grid, input_shape, how, orders: _splat(grad, grid, input_shape[2:], how, orders),
    grid=lambda grad, input, grid, how, orders: _by_grid(grad, input, grid, how, orders))
_splat: Function = op("_splat", _splat_back, places=(),
    self=lambda grad, grid, how, orders: _sample(grad, grid, how, orders),
    grid=lambda grad, self, grid, how, orders: _by_grid(self, grad, grid, how, orders))


def _none(input: Any) -> Ints:
    return (0,) * (input.ndim - 2)


def _gradients(grad_output: Any, input: Any, grid: Any, needed: Any, how: Any) -> Any:
    return (_splat(grad_output, grid, input.shape[2:], how, _none(input)) if needed[0] else None,
            _by_grid(grad_output, input, grid, how, _none(input)) if needed[1] else None)


def _seconds(given: Any, grad_output: Any, input: Any, grid: Any, how: Any) -> Any:
    """From the gradients of both gradients those of what they were made of.

    All that arrives is ``grad_output`` times a sum of what is sampled, scaled."""
    by_input, by_grid = given if how[0] != 1 else (given[0], None)  # the nearest one stays, and PyTorch has nothing
    terms: list[Any] = [] if by_input is None else [(by_input, _none(input), 1)]
    further = [] if by_grid is None else [
        (input, orders, torch.unsqueeze(by_grid[..., -1 - d], 1)) for d, orders in enumerate(_further(_none(input)))]
    terms += further

    def total(parts: Any) -> Any:
        return sum(parts[1:], parts[0]) if parts else None

    return (total([_sample(x, grid, how, orders) * scale for x, orders, scale in terms]),
            total([_splat(grad_output * scale, grid, input.shape[2:], how, orders) for _, orders, scale in further]),
            total([_by_grid(grad_output * scale, x, grid, how, orders) for x, orders, scale in terms]))


def _rows(name: str) -> None:
    op(name, lambda input, grid, interpolation_mode, padding_mode, align_corners: _sampled(
           input, grid, (interpolation_mode, padding_mode, align_corners), _none(input)), places=(),
       **together("input grid",
           lambda grad, needed, input, grid, interpolation_mode, padding_mode, align_corners: row(name + "_backward")(
               grad, input, grid, needed, interpolation_mode, padding_mode, align_corners)))
    op(name + "_backward", lambda grad_output, input, grid, needed, interpolation_mode, padding_mode, align_corners:
           _gradients(grad_output, input, grid, needed, (interpolation_mode, padding_mode, align_corners)), places=(),
       **together("grad_output input grid",
           lambda given, needed, grad_output, input, grid, interpolation_mode, padding_mode, align_corners: _seconds(
               given, grad_output, input, grid, (interpolation_mode, padding_mode, align_corners))))

    def sampler(input: Any, grid: Any, interpolation_mode: int, padding_mode: int, align_corners: bool) -> Any:
        _check(input, grid, int(name[-2]), interpolation_mode)
        return row(name)(input, grid, interpolation_mode, padding_mode, bool(align_corners))

    publish(name, sampler, ("torch",))


def _check(input: Any, grid: Any, dims: int, interpolation_mode: int) -> None:
    if input.dtype is not grid.dtype:
        raise RuntimeError(f"grid_sampler(): expected input and grid to have same dtype, but input has {input.dtype} "
                           f"and grid has {grid.dtype}")
    shapes = f"but got input with sizes {list(input.shape)} and grid with sizes {list(grid.shape)}"
    if input.dim() != dims + 2 or grid.dim() != dims + 2:
        raise RuntimeError(f"grid_sampler(): expected {dims + 2}D input and grid with same number of dimensions, {shapes}")
    if len(input) != len(grid):
        raise RuntimeError(f"grid_sampler(): expected grid and input to have same batch size, {shapes}")
    if grid.shape[-1] != dims:
        raise RuntimeError(f"grid_sampler(): expected grid to have size {dims} in last dimension, but got grid with "
                           f"sizes {list(grid.shape)}")
    if 0 in input.shape[2:]:
        raise RuntimeError("grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes "
                           f"{list(input.shape)}")
    if dims == 3 and interpolation_mode == 2:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")
    refuse(input, "grid_sampler", "iubc")


for _name in ("grid_sampler_2d", "grid_sampler_3d"):
    _rows(_name)


@composite("torch")
def grid_sampler(input: Any, grid: Any, interpolation_mode: int, padding_mode: int, align_corners: bool) -> Any:
    solid = input.dim() == 5
    return getattr(torch, f"grid_sampler_{3 if solid else 2}d")(input, grid, interpolation_mode, padding_mode, align_corners)


def _said(align_corners: bool | None) -> bool:
    if align_corners is None:
        warnings.warn("Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. "
                      "Please specify align_corners=True if the old behavior is desired. See the documentation of "
                      "grid_sample for details.", stacklevel=4)
    return bool(align_corners)


@composite("nn.functional")
def grid_sample(input: Any, grid: Any, mode: str = "bilinear", padding_mode: str = "zeros",
                align_corners: bool | None = None) -> Any:  # fmt: skip
    """[n, c, ...] at the places [n, ..., dimensions]: from -1 to 1, the last dimension of the input first."""
    modes, paddings = ("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection")
    for name, known, value in ("mode", modes, mode), ("padding_mode", paddings, padding_mode):
        if value not in known:
            raise ValueError(f"nn.functional.grid_sample(): expected {name} to be one of {known}, but got: '{value}'")
    return grid_sampler(input, grid, modes.index(mode), paddings.index(padding_mode), _said(align_corners))


# Places to sample at: those of an image, mapped.


def _mapped(theta: ndarray, size: Ints, align_corners: bool) -> ndarray:
    places = _regular(size, align_corners, theta.dtype) @ theta.swapaxes(1, 2)
    return places.reshape(len(theta), *size[2:], len(size) - 2)


def _regular(size: Ints, align_corners: bool, dtype: Any) -> ndarray:
    """Where the entries of an image lie [entries, dimensions and 1], the last dimension first."""
    lines = [np.linspace(-1, 1, n, dtype=dtype) * dtype.type(1 if align_corners else (n - 1) / n) if n > 1 else
             np.zeros(1, dtype) for n in size[2:]]  # fmt: skip
    ones = np.ones((1,) * len(lines), dtype)
    return np.stack([*np.meshgrid(*lines, indexing="ij")[::-1], np.broadcast_to(ones, size[2:])], -1).reshape(
        -1, len(size) - 1)


def _by_theta(grad: Any, size: Ints, align_corners: bool) -> Any:
    places = _regular(size, align_corners, _array(grad).dtype).T
    places = np.broadcast_to(places, (len(grad), *places.shape))
    columns = torch.reshape(grad, (len(grad), math.prod(size[2:]), len(size) - 2))
    return torch.transpose(torch.bmm(new_tensor(places) if isinstance(grad, Tensor) else places, columns), 1, 2)


op("affine_grid_generator", _mapped, places=(),
   theta=lambda grad, size, align_corners: _by_theta(grad, size, align_corners))


@composite("nn.functional")
def affine_grid(theta: Any, size: Any, align_corners: bool | None = None) -> Any:
    """The places [n, ..., dimensions] to which [n, dimensions, dimensions + 1] map those of an image."""
    align_corners, dims = _said(align_corners), len(size) - 2
    if not theta.is_floating_point():
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    if dims not in (2, 3):
        raise NotImplementedError("affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, "
                                  f"respectively. Got size {size}.")
    if theta.dim() != 3 or theta.shape[1:] != (dims, dims + 1):
        raise ValueError(f"Expected a batch of {dims}D affine matrices of shape Nx{dims}x{dims + 1} for size {size}. "
                         f"Got {theta.shape}.")
    if align_corners and min(size[2:]) == 1:
        warnings.warn("Since version 1.3.0, affine_grid behavior has changed for unit-size grids when "
                      "align_corners=True. This is not an intended use case of affine_grid. See the documentation of "
                      "affine_grid for details.", stacklevel=3)
    elif min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {size}")
    if 1 in size[2:] and theta._array.itemsize == 2:
        raise NotImplementedError(f"\"tensor_cpu\" not implemented for '{theta.dtype.type_name}'")
    return row("affine_grid_generator")(theta, tuple(size), align_corners)
