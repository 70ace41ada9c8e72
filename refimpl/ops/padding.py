"""Padding, in ``nn.functional``, and shuffles of pixels and channels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from .._op import composite, op, row, torch
from .pooling import laid_out
from .refusals import refuse
from .shapes import zeros_like_of
from .views import _array


def _positions(mode: str, n: int, left: int, right: int) -> ndarray:
    """Where each element of a padded dimension comes from."""
    at = np.arange(-left, n + right)
    return at.clip(0, n - 1) if mode == "replication" else n - 1 - abs(n - 1 - abs(at))


def _sides(mode: str, shape: Any, padding: Any) -> Any:
    """Axis and positions of each padded dimension; the last comes first."""
    for i in range(len(padding) // 2):
        axis = len(shape) - 1 - i
        yield axis, _positions(mode, shape[axis], *padding[2 * i : 2 * i + 2])


def _pad_rows(mode: str, dims: int) -> None:
    name, title = f"{mode}_pad{dims}d", f"{mode.title()}Pad{dims}DBackward"

    def padded(self: ndarray, padding: Any) -> ndarray:
        out = self
        for axis, at in _sides(mode, self.shape, padding):
            out = np.take(out, at, axis)
        return laid_out(out, self)

    def gathered(grad_output: ndarray, self: ndarray, padding: Any) -> ndarray:
        for axis, at in _sides(mode, self.shape, padding):
            rows = np.moveaxis(grad_output, axis, 0)
            out = np.zeros((self.shape[axis], *rows.shape[1:]), rows.dtype)
            np.add.at(out, at, rows)
            grad_output = np.moveaxis(out, 0, axis)
        return np.ascontiguousarray(grad_output)

    op(name, padded, node=title + "0", places=(),
       self=lambda grad, self, padding: row(name + "_backward")(grad, self, padding))
    op(name + "_backward", gathered, node=title + "Backward0", places=(),
       grad_output=lambda grad, padding: row(name)(grad, padding),
       self=lambda grad, self_shape: zeros_like_of(grad, self_shape))


for _mode in ("reflection", "replication"):
    for _dims in (1, 2, 3):
        _pad_rows(_mode, _dims)


def _circular(input: Any, pad: Any) -> Any:
    """A copy, at whose ends further copies of its other end are written."""
    shape, ndim = _array(input).shape, input.dim()
    sides = [(ndim - 1 - i, *pad[2 * i : 2 * i + 2]) for i in range(len(pad) // 2)]
    size = list(shape)
    inner = input
    for axis, left, right in sides:
        size[axis] += left + right
        if left > shape[axis] or right > shape[axis]:
            raise RuntimeError("Padding value causes wrapping around more than once.")
        if size[axis] < 0:
            raise RuntimeError("Negative padding value is resulting in an empty dimension")
    out = torch.empty(size, dtype=input.dtype)
    target = out
    for axis, left, right in reversed(sides):
        start, end = max(left, 0), size[axis] - max(right, 0)
        target = torch.narrow(target, axis, start, end - start)
        start, end = max(-left, 0), shape[axis] - max(-right, 0)
        inner = torch.narrow(inner, axis, start, end - start)
    target.copy_(inner)
    for axis, left, right in reversed(sides):
        n = size[axis]
        if left > 0:
            torch.narrow(out, axis, 0, left).copy_(torch.narrow(out, axis, n - left - max(right, 0), left))
        if right > 0:
            torch.narrow(out, axis, n - right, right).copy_(torch.narrow(out, axis, max(left, 0), right))
    return out


@composite("nn.functional")
def pad(input: Any, pad: Any, mode: str = "constant", value: float | None = None) -> Any:
    """``pad`` has two numbers for each dimension, from the last on; negative ones cut off."""
    if len(pad) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    shape, dims = _array(input).shape, len(pad) // 2
    if len(pad) > 2 * len(shape):
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(pad)} and input of dimension {len(shape)}"
        )
    if mode == "constant":
        return torch.constant_pad_nd(input, list(pad), 0 if value is None else value)
    if value is not None and value != 0:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    kinds = {"reflect": "reflection", "replicate": "replication", "circular": "circular"}
    if mode not in kinds:
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    if dims not in (1, 2, 3) or len(shape) not in (dims + 1, dims + 2):
        lines = [f"  - {n}D or {n + 1}D input: padding size = {2 * n - 2} (pads last {f'{n - 1} dimensions' if n > 2 else 'dimension'})"
                 for n in (2, 3, 4)]  # fmt: skip
        raise NotImplementedError("\n".join((
            f"Padding size {len(pad)} is not supported for {len(shape)}D input tensor.",
            "Supported combinations for non-constant padding:", *lines)))
    if mode == "circular":
        return _circular(input, tuple(pad))
    name = f"{kinds[mode]}_pad{dims}d"
    for i in range(dims):
        sides, axis = tuple(pad[2 * i : 2 * i + 2]), len(shape) - 1 - i
        if mode == "reflect" and max(sides) >= shape[axis]:
            raise RuntimeError(
                "Argument #4: Padding size should be less than the corresponding input dimension, but got: padding "
                f"({sides[0]}, {sides[1]}) at dimension {axis} of input {list(shape)}"
            )
    refuse(input, name, "b")
    return row(name)(input, tuple(pad))


# Shuffles.


def _pixel_shuffled(self: ndarray, upscale_factor: int) -> ndarray:
    *lead, c, h, w = self.shape
    r, n = upscale_factor, len(lead)
    parts = self.reshape(*lead, c // r**2, r, r, h, w)
    return laid_out(parts.transpose(*range(n), n, n + 3, n + 1, n + 4, n + 2).reshape(*lead, c // r**2, h * r, w * r), self)


def _pixel_unshuffled(self: ndarray, downscale_factor: int) -> ndarray:
    *lead, c, h, w = self.shape
    r, n = downscale_factor, len(lead)
    parts = self.reshape(*lead, c, h // r, r, w // r, r)
    return laid_out(parts.transpose(*range(n), n, n + 2, n + 4, n + 1, n + 3).reshape(*lead, c * r**2, h // r, w // r), self)


op("pixel_shuffle", _pixel_shuffled, places=(), moves=True,
   self=lambda grad, upscale_factor: row("pixel_unshuffle")(grad, upscale_factor))
op("pixel_unshuffle", _pixel_unshuffled, places=(), moves=True,
   self=lambda grad, downscale_factor: row("pixel_shuffle")(grad, downscale_factor))
op("channel_shuffle", lambda self, groups: laid_out(np.ascontiguousarray(
       self.reshape(len(self), groups, -1, *self.shape[2:]).swapaxes(1, 2)).reshape(self.shape), self),
   places=(), moves=True,
   self=lambda grad, groups: row("channel_shuffle")(grad, grad.shape[1] // groups))


def _check_pixels(name: str, input: Any, which: str, factor: int) -> None:
    if input.dim() < 3:
        raise RuntimeError(
            f"{name} expects input to have at least 3 dimensions, but got input with {input.dim()} dimension(s)"
        )
    if factor <= 0:
        raise RuntimeError(f"{name} expects a positive {which}, but got {factor}")


@composite("torch", "nn.functional")
def pixel_shuffle(input: Any, upscale_factor: int) -> Any:
    _check_pixels("pixel_shuffle", input, "upscale_factor", upscale_factor)
    if input.shape[-3] % upscale_factor**2:
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, "
            f"but input.size(-3)={input.shape[-3]} is not divisible by {upscale_factor**2}"
        )
    return row("pixel_shuffle")(input, upscale_factor)


@composite("torch", "nn.functional")
def pixel_unshuffle(input: Any, downscale_factor: int) -> Any:
    _check_pixels("pixel_unshuffle", input, "downscale_factor", downscale_factor)
    for d, side in (-2, "height"), (-1, "width"):
        if input.shape[d] % downscale_factor:
            raise RuntimeError(
                f"pixel_unshuffle expects {side} to be divisible by downscale_factor, but input.size({d})="
                f"{input.shape[d]} is not divisible by {downscale_factor}"
            )
    return row("pixel_unshuffle")(input, downscale_factor)


@composite("torch", "nn.functional")
def channel_shuffle(input: Any, groups: int) -> Any:
    shape = list(_array(input).shape)
    if len(shape) < 3:
        raise RuntimeError(f"channel_shuffle expects input with > 2 dims, but got input with sizes {shape}")
    if groups <= 0:
        raise RuntimeError(f"Number of groups to divide channels in must be positive. Value of groups:{groups}")
    if shape[1] % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {shape[1]} channels and {groups} groups."
        )
    return row("channel_shuffle")(input, groups)
