"""What is only done in place: copying into a tensor, filling it, comparing it, giving it another shape."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from .. import _inplace
from .._call import broadcast_error
from .._creation import checked_number
from .._op import alias, composite, namespace, op, publish, row, torch
from .._row import rows
from .._tensor import Tensor, preserve_format
from .strides import as_strided
from .views import squeeze, t, transpose, unsqueeze, without_imaginary


def no_grad_to(grad: Any) -> Any:
    """What was overwritten gets zeros."""
    return torch.zeros_like(grad)


def _copied(self: ndarray, src: ndarray) -> ndarray:
    try:
        shape = np.broadcast_shapes(self.shape, src.shape)
    except ValueError:
        raise broadcast_error(self.shape, src.shape) from None
    if shape != self.shape:
        raise RuntimeError(
            f"output with shape {list(self.shape)} doesn't match the broadcast shape {list(shape)}"
        )
    return np.broadcast_to(without_imaginary(src, self.dtype), shape).astype(self.dtype)


def _filled(self: ndarray, value: Any) -> ndarray:
    out = preserve_format.lay(self)
    out[...] = value
    return out


op("copy", _copied, node="CopyBackwards", places=(), moves=True, self=no_grad_to, src=lambda grad: grad)
for _node in ("FillBackward0", "FillBackward2"):  # out of place, in place
    op("_fill_number" + _node[-1], lambda self, value: _filled(self, checked_number(value, self.dtype)), node=_node, places=(),
       self=no_grad_to)
for _node in ("FillBackward1", "FillBackward3"):
    op("_fill_tensor" + _node[-1], lambda self, value: _filled(self, value), node=_node, places=(),
       self=no_grad_to, value=lambda grad: torch.sum(grad))
setattr(rows["copy"].Node, "name", lambda self: "torch::autograd::CopyBackwards")  # noqa: B010 - for mypy
op("zero", lambda self: np.zeros(self.shape, self.dtype), places=(), self=no_grad_to)
_copy = _inplace.variant("copy", row("copy"))
_fill_number = _inplace.variant("_fill_number2", row("_fill_number2"))
_fill_tensor = _inplace.variant("_fill_tensor3", row("_fill_tensor3"))


def copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """Converts to the dtype of ``self`` and broadcasts to its shape."""
    return _copy(self, src if isinstance(src, Tensor) else torch.tensor(src))


def fill_(self: Tensor, value: Any) -> Tensor:
    return (_fill_tensor if _is_value(self, value) else _fill_number)(self, value)


@composite("torch")
def fill(self: Any, value: Any) -> Any:
    return row("_fill_tensor1" if _is_value(self, value) else "_fill_number0")(self, value)


def _is_value(self: Tensor, value: Any) -> bool:
    if not isinstance(value, Tensor):
        checked_number(value, self._array.dtype)
    elif value.dim():
        raise RuntimeError(
            f"fill_ only supports 0-dimension value tensor but got tensor with {value.dim()} dimensions."
        )
    return isinstance(value, Tensor)


@composite("Tensor", name="fill_diagonal_")
def fill_diagonal_(self: Tensor, fill_value: Any, wrap: bool = False) -> Tensor:
    """``wrap``: of a tall matrix a diagonal begins again, a row below the last one's end."""
    if self.dim() < 2:
        raise RuntimeError("dimensions must larger than 1")
    rows, columns = self.shape[:2]
    if self.dim() > 2 and len(set(self.shape)) > 1:
        raise RuntimeError("all dimensions of input must be of equal length")
    length = min(rows, columns)
    if wrap and self.dim() == 2 and rows > columns + 1:
        length = (self.numel() + columns) // (columns + 1)
    self.as_strided((length,), (sum(self.stride()),), self.storage_offset()).fill_(fill_value)
    return self


_methods: dict[str, Any] = {"copy_": copy_, "fill_": fill_, "zero_": _inplace.variant("zero", row("zero"))}
for _name, _method in _methods.items():
    setattr(Tensor, _name, _method)
    if _name != "copy_":
        namespace[_name] = _method

# Comparisons. Out of place they have no gradient; in place they overwrite what had one.


def _compares(name: str) -> None:
    node, compare = name.title() + "Backward", rows[name].compute
    op(f"_{name}_number", lambda self, other: compare(self, other).astype(self.dtype), node=node + "0", places=(), self=no_grad_to)
    op(f"_{name}_tensor", lambda self, other: compare(self, other).astype(self.dtype), node=node + "1", places=(),
       self=no_grad_to, other=no_grad_to)
    with_number, with_tensor = (
        _inplace.variant(f"_{name}_{kind}", row(f"_{name}_{kind}")) for kind in ("number", "tensor")
    )

    def method(self: Tensor, other: Any) -> Tensor:
        return (with_tensor if isinstance(other, Tensor) else with_number)(self, other)

    publish(name + "_", method, ("Tensor",))


for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    _compares(_name)
for _name, _of in {"greater": "gt", "less": "lt", "not_equal": "ne", "greater_equal": "ge", "less_equal": "le"}.items():
    alias(_name, _of)

# Other shapes for the same tensor.

for _name, _function, _node in (
    ("squeeze", squeeze, "Squeeze"), ("unsqueeze", unsqueeze, "Unsqueeze"), ("t", t, "T"),
    ("transpose", transpose, "Transpose"), ("swapaxes", transpose, "Transpose"),
    ("swapdims", transpose, "Transpose"), ("as_strided", as_strided, "AsStrided"),
):
    publish(_name + "_", _inplace.reshaping(_function, _node), ("Tensor",))
