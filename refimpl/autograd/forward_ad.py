"""``torch.autograd.forward_ad``: dual tensors, a value with the tangent that it carries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from .. import _forward
from .._forward import Level, state
from .._grad_mode import _GradMode
from .._inplace import check_memory
from .._op import row, view
from .._row import rows
from .._tensor import Tensor, new_tensor, strided

_fw_primal = view(
    "_fw_primal", lambda self: self[...], places=(), node="Identity", self=lambda grad: grad
)
setattr(rows["_fw_primal"].Node, "name", lambda self: "torch::autograd::Identity")  # noqa: B010

_current_level = -1
_NESTED = "Nested forward mode AD is not supported at the moment"


class UnpackedDualTensor(NamedTuple):
    primal: Tensor
    tangent: Tensor | None


def enter_dual_level() -> int:
    """Begins a level; levels do not nest."""
    global _current_level
    if state.entered:
        raise RuntimeError(_NESTED)
    state.enter()
    _current_level += 1
    return _current_level


def exit_dual_level(*, level: int | None = None) -> None:
    """Ends the level; what was carried is gone."""
    global _current_level
    level = _current_level if level is None else level
    if level != _current_level:
        raise RuntimeError(
            "Trying to exit a forward AD level that was not the last one "
            "that was created. This is not supported."
        )
    if level < 0:
        raise RuntimeError("Dual level must be a positive number.")
    state.leave()
    _current_level -= 1


def make_dual(tensor: Tensor, tangent: Tensor, *, level: int | None = None) -> Tensor:
    """A view of ``tensor`` with a tangent of its shape; both floating point or complex.

    ValueError for other dtypes, RuntimeError without a level or where there is a tangent already.
    """
    level = _current_level if level is None else level
    if level < 0:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to "
            "enter_dual_level() first."
        )
    _check_dtypes(tensor, tangent)
    current, as_view = _level(level, "_make_dual"), row("_view")
    return dual(tensor, tangent, current, lambda t: as_view(t, t.shape))


def _check_dtypes(tensor: Tensor, tangent: Tensor) -> None:
    for name, t in (("primal", tensor), ("tangent", tangent)):
        if not (t.is_floating_point() or t.is_complex()):
            raise ValueError(f"Expected {name} to be floating point or complex, but got: {t.dtype}")


def dual(tensor: Tensor, tangent: Tensor, level: Level, call: Callable[[Tensor], Tensor]) -> Tensor:
    """``call(tensor)``, a view of it, with a tangent at any level."""
    _check_dtypes(tensor, tangent)
    if level in _forward.tangents(tensor):
        raise RuntimeError(
            "Making a dual Tensor based on a Tensor that already has a forward gradient at the "
            "same level 0 is not supported."
        )
    if level in _forward.tangents(tangent):
        raise RuntimeError(
            "Setting a forward grad that itself has a forward gradient at the same level0 is not "
            "supported."
        )
    if tensor.shape != tangent.shape:
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original "
            f"Tensor, this is not supported. Tensor is of size {list(tensor.shape)} while the "
            f"given forward gradient is of size {list(tangent.shape)}."
        )
    if tangent.stride() != tensor.stride():  # it is copied into memory that lies as the tensor's
        check_memory("copy", tensor, ())
        steps = zip(tensor.shape, tensor.stride(), strict=True)
        memory = np.zeros(1 + sum(max(n - 1, 0) * step for n, step in steps), tangent._array.dtype)
        laid = new_tensor(strided(memory, tensor.shape, tensor.stride(), 0))
        tangent = laid.copy_(tangent)
    return _forward.make_dual(tensor, tangent, level, call)


def unpack_dual(tensor: Tensor, *, level: int | None = None) -> UnpackedDualTensor:
    """The value and the tangent, None where it carries none."""
    level = _current_level if level is None else level
    if level < 0:
        return UnpackedDualTensor(tensor, None)
    if not isinstance(tensor, Tensor):
        raise TypeError(
            "_unpack_dual(): argument 'dual' (position 1) must be Tensor, not "
            f"{type(tensor).__name__}"
        )
    current = _level(level if _forward.tangents(tensor) else 0, "_fw_primal")
    primal = _forward.unpack_dual(tensor, current, row("_fw_primal"))
    return UnpackedDualTensor(primal, _forward.tangent(tensor))


def _level(level: int, function: str) -> Level:
    if level != 0:
        raise RuntimeError(f"Invalid level given to {function}")
    return state.entered[0]


@contextmanager
def inner_level() -> Iterator[Level]:
    """A level of ``torch.func``: these nest, but not within ``dual_level``."""
    if _current_level >= 0:
        raise RuntimeError(_NESTED)
    level = state.enter()
    try:
        yield level
    finally:
        state.leave()


class dual_level(_GradMode):
    """Tangents live within this block."""

    def __enter__(self) -> Any:
        return enter_dual_level()

    def __exit__(self, *exc: object) -> None:
        exit_dual_level()


class _set_fwd_grad_enabled(_GradMode):
    """Whether operations carry tangents, from the call to the end of the block."""

    def __init__(self, mode: bool) -> None:
        self.mode = mode
        self.previous = state.enable(mode)

    def __enter__(self) -> None:
        """The call has done it."""

    def __exit__(self, *exc: object) -> None:
        state.enable(self.previous)

    def _again(self) -> _set_fwd_grad_enabled:
        return _set_fwd_grad_enabled(self.mode)


def _is_fwd_grad_enabled() -> bool:
    return state.enabled
