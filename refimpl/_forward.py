"""Forward mode: tangents carried along with values.

No row says how. A formula is the transposed derivative of its operation and linear in the gradient,
so transposing it once more, which the engine does, gives the derivative itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ._engine import run_backward
from ._grad_mode import enable_grad
from ._tensor import Tensor, new_tensor


class _Level:
    active = False


level = _Level()


def carry(call: Callable[..., Any], args: tuple[Any, ...], results: Sequence[Tensor]) -> None:
    """Gives ``results`` of ``call(*args)`` the tangents that follow from those of ``args``."""
    flat = [t for a in args for t in (a if isinstance(a, (list, tuple)) else (a,))]
    moving = list(
        {id(t): t for t in flat if isinstance(t, Tensor) and t._tangent is not None}.values()
    )
    if not moving:
        return
    level.active = False
    try:
        stand_ins = {id(t): _stand_in(t) for t in moving}

        def replaced(a: Any) -> Any:
            if isinstance(a, (list, tuple)):
                return type(a)(map(replaced, a))
            return stand_ins.get(id(a), a)

        with enable_grad():
            outs = call(*map(replaced, args))
            outs = outs if isinstance(outs, tuple) else (outs,)
            for result, out in zip(results, outs, strict=True):
                if out.requires_grad:
                    result._tangent = _transposed_twice(out, moving, stand_ins)
    finally:
        level.active = True


def _stand_in(t: Tensor) -> Tensor:
    """The same variable to autograd, and one whose gradient is wanted in any case."""
    alias = new_tensor(t._array)
    alias._requires_grad = True
    if t.requires_grad:
        alias._grad_fn, alias._output_nr = t._edge()
    return alias


def _transposed_twice(
    out: Tensor, moving: list[Tensor], stand_ins: dict[int, Tensor]
) -> Tensor | None:
    unknown = new_tensor(np.zeros_like(out._array)).requires_grad_()
    edges = [stand_ins[id(t)]._edge() for t in moving]
    pulled = run_backward([out._edge()], [unknown], True, True, edges)
    pairs = [
        (g._edge(), t._tangent)
        for g, t in zip(pulled, moving, strict=True)
        if g is not None and g.requires_grad
    ]
    if not pairs:
        return None
    roots, tangents = map(list, zip(*pairs, strict=True))
    tangent = run_backward(roots, tangents, True, True, [unknown._edge()])[0]
    recorded = any(t.requires_grad for t in (*moving, *tangents))
    return tangent if tangent is None or recorded else tangent.detach()
