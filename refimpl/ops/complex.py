"""Complex numbers: their parts, conjugates, and tensors of pairs.

A conjugate is the same memory with a mark, and so is the negated imaginary part that one shows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _inplace
from .._op import EVERYWHERE, composite, op, pointwise, publish, row, torch, view
from .._tensor import Tensor
from .parts import select
from .views import _array

_view_as_real = view("view_as_real", lambda self: self[..., None].view(self.real.dtype), places=(), replays=True,
                     self=lambda grad: torch.view_as_complex(grad.contiguous() if isinstance(grad, Tensor) else grad))
_view_as_complex = view("view_as_complex", lambda self: (self if self.size else np.empty_like(self, order="C")).view(np.result_type(self.dtype, np.complex64))[..., 0],
                        places=(), replays=True, self=lambda grad: torch.view_as_real(torch.resolve_conj(grad)))
_conj = view("_conj", lambda self: self[...], node="ConjBackward0", places=(), replays=True, marks=(True, False),
             self=lambda grad: conj(grad))
_neg_view = view("_neg_view", lambda self: self[...], node="NegViewBackward0", places=("torch",), replays=True,
                 marks=(False, True), self=lambda grad: -grad)


@composite()
def conj(self: Any) -> Any:
    """The conjugate, as a view: computed when it is read. A real tensor is its own."""
    if not isinstance(self, Tensor):
        return np.conjugate(self)
    return _conj(self) if self.dtype.is_complex else self


for _node in ("ConjPhysicalBackward0", "ConjPhysicalBackward1"):  # out of place, in place
    pointwise("_conj_physical" + _node[-1], lambda self: np.conjugate(self) if self.dtype.kind == "c" else self,
              places=(), node=_node, self=lambda grad: torch.conj_physical(grad))
publish("conj_physical_", _inplace.variant("_conj_physical1", row("_conj_physical1")), EVERYWHERE)


@composite()
def conj_physical(self: Any) -> Any:
    return row("_conj_physical0")(self) if torch.is_complex(self) else self


def _joined(real: np.ndarray, imag: np.ndarray) -> np.ndarray:
    if real.dtype == np.float16:
        raise NotImplementedError("complex32: NumPy has no such dtype")
    out = np.empty(np.broadcast_shapes(real.shape, imag.shape), np.result_type(real, np.complex64))
    out.real, out.imag = real, imag
    return out


op("complex", _joined, places=(), promotes="DEFAULT", moves=True, real=lambda grad: torch.real(grad), imag=lambda grad: torch.imag(grad))
# At 0, and below, where torch.sgn(result), which has the same values above, has another sign; ``abs * 0`` is there for
# the second derivative, which is zero and not nothing.
op("polar", lambda abs, angle: _joined(abs * np.cos(angle), abs * np.sin(angle)), places=(),
   promotes="DEFAULT", moves=True, abs=lambda grad, abs, angle: torch.real(grad.conj() * row("polar")(abs * 0 + 1, angle)),
   angle=lambda grad, result: torch.real(grad.conj() * (result * 1j)))


def _of_two(name: str) -> None:
    def function(first: Tensor, second: Tensor) -> Tensor:
        kinds = [t.dtype.type_name for t in (first, second)]
        if not all(kind in ("Half", "Float", "Double") for kind in kinds):
            raise RuntimeError(
                f"Expected both inputs to be Half, Float or Double tensors but got {kinds[0]} and {kinds[1]}"
            )
        if kinds[0] != kinds[1]:
            raise RuntimeError(
                f"Expected object of scalar type {kinds[0]} but got scalar type {kinds[1]} for second argument"
            )
        return row(name)(first, second)

    names = ("real", "imag") if name == "complex" else ("abs", "angle")
    publish(name, lambda *args, **named: function(*args, *(named[n] for n in names if n in named)), ("torch",))


_of_two("complex")
_of_two("polar")


@composite("torch")
def view_as_real(self: Any) -> Any:
    if not torch.is_complex(self):
        raise RuntimeError("view_as_real is only supported for complex tensors")
    if isinstance(self, Tensor) and self.is_conj():
        raise RuntimeError(
            "view_as_real doesn't work on unresolved conjugated tensors.  To resolve the conjugate tensor so you "
            "can view it as real, use self.resolve_conj(); however, be warned that the resulting tensor will NOT "
            "alias the original."
        )
    return _view_as_real(self)


@composite("torch")
def view_as_complex(self: Any) -> Any:
    array = _array(self)
    if isinstance(self, Tensor):
        if array.dtype not in (np.float16, np.float32, np.float64):
            raise RuntimeError(
                "view_as_complex is only supported for half, float and double tensors, but got a tensor of "
                f"scalar type: {self.dtype.type_name}"
            )
        if array.dtype == np.float16:
            raise NotImplementedError("complex32: NumPy has no such dtype")
        if not array.ndim:
            raise RuntimeError("Input tensor must have one or more dimensions")
        if array.shape[-1] != 2:
            raise RuntimeError("Tensor must have a last dimension of size 2")
        if self.stride(-1) != 1 and self.numel():
            raise RuntimeError("Tensor must have a last dimension with stride 1")
        if any(s % 2 for s in self.stride()[:-1]):
            raise RuntimeError("Tensor must have a stride divisible by 2 for all but last dimension")
        if self.storage_offset() % 2:
            raise RuntimeError("Tensor must have a storage_offset divisible by 2")
    bare = not isinstance(self, Tensor)
    return _view_as_complex(np.ascontiguousarray(array) if bare else self)


@composite()
def real(self: Any) -> Any:
    if not isinstance(self, Tensor):
        return np.real(self)
    if not self.dtype.is_complex:
        return self
    return select(_view_as_real(conj(self) if self.is_conj() else self), -1, 0)


@composite()
def imag(self: Any) -> Any:
    if not torch.is_complex(self):
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    if not isinstance(self, Tensor):
        return self.imag
    if self.is_conj():
        return select(_neg_view(_view_as_real(conj(self))), -1, 1)
    return select(_view_as_real(self), -1, 1)


@composite()
def resolve_conj(self: Any) -> Any:
    """The tensor itself, or a copy of what a conjugate shows."""
    return torch.clone(self) if isinstance(self, Tensor) and self.is_conj() else self


@composite()
def resolve_neg(self: Any) -> Any:
    return torch.clone(self) if isinstance(self, Tensor) and self.is_neg() else self


@composite()
def is_conj(self: Tensor) -> bool:
    return self._marks[0]


@composite()
def is_neg(self: Tensor) -> bool:
    return self._marks[1]


def _part(name: str, get: Any) -> None:
    def set_part(self: Tensor, value: Any) -> None:
        get(self).copy_(value)

    setattr(Tensor, name, property(get, set_part))


_part("real", real)
_part("imag", imag)
