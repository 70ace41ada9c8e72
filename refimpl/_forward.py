"""Forward mode: tangents carried along with values.

Hardly a row says how. A formula is the transposed derivative of its operation and linear in the
gradient, so transposing it once more, which the engine does, gives the derivative itself. Where the
formulas do not say all, a row is marked ``linear``, and is applied to the tangents.

A tensor carries a tangent per level. Levels nest, and what belongs to an inner level is computed
from tensors that still carry the tangents of the outer ones: so no level takes another's for its
own, and derivatives of derivatives come out right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ._engine import run_backward
from ._grad_mode import enable_grad
from ._stand_ins import StandIns
from ._tensor import Tensor, new_tensor, shown


class Level:
    """Tangents live as long as their level; afterwards nothing asks for them any more."""


class _State:
    """``entered`` levels, outermost first; ``active`` are those that operations carry now."""

    entered: tuple[Level, ...] = ()
    active: tuple[Level, ...] = ()
    enabled = True

    def enter(self) -> Level:
        level = Level()
        self._set((*self.entered, level), self.enabled)
        return level

    def leave(self) -> None:
        self._set(self.entered[:-1], self.enabled)

    def enable(self, enabled: bool) -> bool:
        previous = self.enabled
        self._set(self.entered, enabled)
        return previous

    def _set(self, entered: tuple[Level, ...], enabled: bool) -> None:
        self.entered, self.enabled = entered, enabled
        self.active = entered if enabled else ()


state = _State()


def carry(
    call: Callable[..., Any],
    args: tuple[Any, ...],
    results: Sequence[Tensor],
    linear: Sequence[Tensor] = (),
) -> None:
    """Gives ``results`` of ``call(*args)`` the tangents that follow from those of ``args``.

    ``linear``: in which of them together it is linear, and may be applied to their tangents.
    """
    active = state.active
    tensors = {id(t): t for a in args for t in (a if isinstance(a, (list, tuple)) else (a,))
               if isinstance(t, Tensor)}  # fmt: skip
    carried = {level for t in tensors.values() for level in tangents(t)}
    level = next((level for level in reversed(active) if level in carried), None)
    if level is None:
        return
    moving = [t for t in tensors.values() if level in t._tangents]
    state.active = active[: active.index(level)]
    stand_ins = StandIns()
    try:
        leaves = {id(t): stand_ins.of(t) for t in moving}

        def replaced(a: Any) -> Any:
            if isinstance(a, (list, tuple)):
                return type(a)(map(replaced, a))
            return leaves.get(id(a), a)

        with stand_ins, enable_grad():
            outs = call(*map(replaced, args))
            outs = outs if isinstance(outs, tuple) else (outs,)
            given = [t._tangents[level] for t in moving]
            for result, out in zip(results, outs, strict=True):
                if out is None:  # a gradient that nobody needs
                    continue
                result._tangents = stand_ins.outside([out], stand_ins.first)[0]._tangents
                if out.requires_grad and linear:
                    tangent = call(
                        *[_at_level(a, level) if any(a is t for t in linear) else a for a in args]
                    )
                    result._tangents = {**result._tangents, level: tangent}
                elif out.requires_grad:
                    tangent = transposed_twice(out, list(leaves.values()), given)
                    if tangent is None:
                        tangent = new_tensor(np.zeros_like(out._array))
                    tangent = stand_ins.outside([tangent], stand_ins.first)[0]
                    result._tangents = {**result._tangents, level: tangent}
                if result._base is not None:
                    result._dual = next(iter(tensors.values()))._dual
                    result._tangents_version = result._version_counter[0]
                if result._grad_fn is not None:  # for formulas that name the result
                    node = result._grad_fn
                    node._tangents = {**node._tangents, result._output_nr: result._tangents}
    finally:
        state.active = active


def tangents(t: Tensor) -> dict[Level, Tensor]:
    """What ``t`` carries; a view whose memory has changed has the part that it shows."""
    base = _base(t)
    if base is not None and t._tangents_version != t._version_counter[0]:
        t._tangents_version = t._version_counter[0]
        if tangents(base) and t._again is not None:
            t._tangents = t._again(base)._tangents
        elif tangents(base) and base.dtype is t.dtype:
            t._tangents = base.as_strided(t.shape, t.stride(), t.storage_offset())._tangents
    return t._tangents


def tangent(t: Tensor) -> Tensor | None:
    """What ``t`` carries of the innermost level."""
    return tangents(t).get(state.active[-1]) if state.active else None


def printed(t: Tensor) -> str | None:
    shown = tangent(t)
    return None if shown is None else f"{shown}"


def make_dual(t: Tensor, tangent: Tensor, level: Level, call: Callable[[Tensor], Tensor]) -> Tensor:
    """``call(t)``, a view, carrying ``tangent``; to forward mode it shows nothing but itself."""
    dual = call(t)
    dual._dual, dual._tangents = dual, {**tangents(t), level: tangent}
    return dual


def unpack_dual(t: Tensor, level: Level, call: Callable[[Tensor], Tensor]) -> Tensor:
    """``call(t)``, a view, without what it carries of a level."""
    primal = call(t)
    primal._dual = primal
    primal._tangents = {key: kept for key, kept in tangents(t).items() if key is not level}
    return primal


def write(t: Tensor, result: Tensor) -> None:
    """After an in-place step ``t`` carries what its new values do; so does the base of a view."""
    levels = {*t._tangents, *result._tangents}
    t._tangents = {level: _written(t, level, _at_level(result, level)) for level in levels}
    t._tangents_version, base = t._version_counter[0], _base(t)
    if base is not None:
        geometry = t.shape, t.stride(), t.storage_offset() - base.storage_offset()
        for level in levels.union(base._tangents):
            part, whole = _at_level(t, level), _at_level(base, level)
            laid = base.new_empty_strided(base.shape, base.stride(), dtype=whole.dtype)
            whole = laid.copy_(whole)
            (whole.as_strided(*geometry) if t._again is None else t._again(whole)).copy_(part)
            base._tangents = {**base._tangents, level: _written(base, level, whole)}


def _written(t: Tensor, level: Level, new: Tensor) -> Tensor:
    """The tangent of ``t``, changed in place as its values were, unless there is a graph to it."""
    old = t._tangents.get(level)
    if old is None or old.requires_grad or new.requires_grad or old.dtype is not new.dtype:
        return new
    np.copyto(old._memory, shown(new._array, old._marks))
    old._version_counter[0] += 1
    old._tangents = new._tangents
    return old


def _at_level(t: Tensor, level: Level) -> Tensor:
    """What ``t`` carries of a level; zeros where it stands still."""
    moves = t._tangents.get(level)
    return new_tensor(np.zeros_like(t._array)) if moves is None else moves


def _base(t: Tensor) -> Tensor | None:
    """What ``t`` is a view of, to forward mode."""
    base = t._base if t._dual is None else t._dual
    return None if base is t else base


def transposed_twice(
    out: Tensor, inputs: Sequence[Tensor], given: Sequence[Tensor]
) -> Tensor | None:
    """What ``out`` moves by where ``inputs`` move by ``given``; None where it stays."""
    unknown = new_tensor(np.zeros_like(out._array))
    unknown._requires_grad = True
    pulled = run_backward([out._edge()], [unknown], True, True, [t._edge() for t in inputs])
    pairs = [
        (g._edge(), tangent)
        for g, tangent in zip(pulled, given, strict=True)
        if g is not None and g.requires_grad
    ]
    if not pairs:
        return None
    roots, tangents = map(list, zip(*pairs, strict=True))
    found: Tensor | None = run_backward(roots, tangents, True, True, [unknown._edge()])[0]
    return found
