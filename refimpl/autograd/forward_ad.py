"""``torch.autograd.forward_ad``: dual tensors, a value with the tangent that it carries."""

from __future__ import annotations

from typing import NamedTuple

from .. import _forward
from .._row import rows
from .._tensor import Tensor


class UnpackedDualTensor(NamedTuple):
    primal: Tensor
    tangent: Tensor | None


class dual_level:
    """Tangents live within this block; levels do not nest."""

    def __enter__(self) -> int:
        if _forward.level.active:
            raise RuntimeError("Nested forward mode AD is not supported at the moment")
        _forward.level.active = True
        return 0

    def __exit__(self, *exc: object) -> None:
        _forward.level.active = False


def make_dual(tensor: Tensor, tangent: Tensor) -> Tensor:
    """``tensor`` with a tangent of its shape and dtype."""
    if not _forward.level.active:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to "
            "enter_dual_level() first."
        )
    if tensor.shape != tangent.shape:
        raise RuntimeError(
            f"Expected tangent of shape {list(tensor.shape)}, as the primal, but got "
            f"{list(tangent.shape)}"
        )
    dual: Tensor = rows["_alias"].call(tensor)
    dual._tangent = tangent
    return dual


def unpack_dual(tensor: Tensor) -> UnpackedDualTensor:
    """The value and the tangent, None where it carries none."""
    if not _forward.level.active:
        return UnpackedDualTensor(tensor, None)
    return UnpackedDualTensor(rows["_alias"].call(tensor), tensor._tangent)
