"""The larger, the smaller, the nearer: maxima and minima of two, and bounds."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._dtype import as_number
from .._op import alias, composite, pointwise, row, torch
from .._tensor import Tensor
from .pointwise import at_least, is_number, zero_where

pointwise("maximum", np.maximum, numbers=False,
          self=lambda grad, self, other: zero_where(self < other, torch.where(self == other, grad / 2, grad)),
          other=lambda grad, self, other: zero_where(other < self, torch.where(self == other, grad / 2, grad)))
pointwise("minimum", np.minimum, numbers=False,
          self=lambda grad, self, other: zero_where(self > other, torch.where(self == other, grad / 2, grad)),
          other=lambda grad, self, other: zero_where(other > self, torch.where(self == other, grad / 2, grad)))
pointwise("fmax", np.fmax, numbers=False,
          self=lambda grad, self, other: zero_where(~((self >= other) | torch.isnan(other)), grad),
          other=lambda grad, self, other: zero_where((self >= other) | torch.isnan(other), grad))
pointwise("fmin", np.fmin, numbers=False,
          self=lambda grad, self, other: zero_where(~((self <= other) | torch.isnan(other)), grad),
          other=lambda grad, self, other: zero_where((self <= other) | torch.isnan(other), grad))
# PyTorch 2.13 passes the gradient at the bounds themselves; nan is not within them.
pointwise("_clamp_scalar", lambda self, min=None, max=None: _clip(self, min, max),
          node="ClampBackward1", places=(),
          self=lambda grad, self, min, max: torch.where(_within(self, min, max), grad, 0.0))
pointwise("_clamp_tensor", lambda self, min=None, max=None: _clip(self, min, max),
          node="ClampBackward0", places=(),
          self=lambda grad, self, min, max: torch.where(_within(self, min, max), grad, 0.0),
          min=lambda grad, self, min, max: torch.where(self < min if max is None else (self < min) & (min <= max), grad, 0.0),
          max=lambda grad, self, min, max: torch.where(self > max if min is None else (self > max) | (max < min), grad, 0.0))
pointwise("_clamp_min_number", lambda self, min: _clip(self, min, None), node="ClampMinBackward0", places=(),
          self=lambda grad, self, min: torch.where(self >= min, grad, 0.0))
pointwise("_clamp_max_number", lambda self, max: _clip(self, None, max), node="ClampMaxBackward0", places=(),
          self=lambda grad, self, max: torch.where(self <= max, grad, 0.0))
pointwise("_clamp_min", lambda self, min: _clip(self, min, None), node="ClampMinBackward1", places=(), numbers=False,
          self=lambda grad, self, min: torch.where(self >= min, grad, 0.0),
          min=lambda grad, self, min: torch.where(self < min, grad, 0.0))
pointwise("_clamp_max", lambda self, max: _clip(self, None, max), node="ClampMaxBackward1", places=(), numbers=False,
          self=lambda grad, self, max: torch.where(self <= max, grad, 0.0),
          max=lambda grad, self, max: torch.where(self > max, grad, 0.0))


@composite(inplace=True)
def clamp_min(self: Any, min: Any) -> Any:
    return row("_clamp_min_number")(at_least(self, min), min) if is_number(min) else row("_clamp_min")(self, min)


@composite(inplace=True)
def clamp_max(self: Any, max: Any) -> Any:
    return row("_clamp_max_number")(at_least(self, max), max) if is_number(max) else row("_clamp_max")(self, max)


def _clip(self: Any, low: Any, high: Any) -> Any:
    # In this order -0.0 stays -0.0 beside 0.0.
    out = self if low is None else np.maximum(as_number(low, self.dtype), self)
    return np.array(out) if high is None else np.minimum(as_number(high, self.dtype), out)


def _within(self: Any, low: Any, high: Any) -> Any:
    if high is None:
        return self >= low
    return self <= high if low is None else (self >= low) & (self <= high)


@composite(inplace=True)
def clamp(self: Any, min: Any = None, max: Any = None) -> Any:
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if isinstance(min, Tensor) or isinstance(max, Tensor):
        return row("_clamp_tensor")(self, min, max)
    numbers = [n for n in (min, max) if n is not None]
    return row("_clamp_scalar")(at_least(self, *numbers), min, max)


alias("clip", "clamp")
