"""What autograd keeps of views: their base, how they were made, and how they are made again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ._grad_mode import enable_grad, mode
from ._row import Op, rows
from ._tensor import UNMARKED, Tensor, same_memory


def share(
    row: Op, view: Tensor, of: Tensor, rest: tuple[Any, ...], several: bool = False
) -> Tensor:
    """Makes ``view`` a view of ``of``: one version counter, and in-place steps reach the base."""
    if row.replays or of._marks is not UNMARKED or of._again is not None:
        pairs = zip(of._marks, row.marks, strict=True)
        view = same_memory(view._array, tuple([has != gets for has, gets in pairs]))
        if row.replays:
            earlier = again(of)
            view._again = lambda base: row.call(earlier(base), *rest)
        elif of._again is not None:
            view._again = _placed(view, of, of._again)
    view._base = of if of._base is None else of._base
    view._version_counter = of._version_counter
    view._view_version = of._version_counter[0]
    view._creation = "no_grad" if not mode.enabled else "several" if several else of._creation
    if mode.inference or of._inference:
        view._inference, view._creation = of._inference, "" if of._inference else "inference"
    return view


def again(view: Tensor) -> Callable[[Tensor], Tensor]:
    """What makes the view from its base once more, or from a copy of the base."""
    if view._again is not None:
        return view._again
    base = view._base
    return (lambda base: base) if base is None else _placed(view, base, lambda base: base)


def _placed(
    view: Tensor, of: Tensor, earlier: Callable[[Tensor], Tensor]
) -> Callable[[Tensor], Tensor]:
    size, stride = tuple(view.shape), view.stride()
    offset = view.storage_offset() - of.storage_offset()

    def make(base: Tensor) -> Tensor:
        t = earlier(base)
        start = t.storage_offset()
        return rows["as_strided"].call(t, (t.stride(), start), size, stride, start + offset)

    return make


def refresh(view: Tensor) -> None:
    """A view whose memory has changed since derives its ``grad_fn`` anew from its base."""
    if view._base is not None and view._base.requires_grad:
        check_creation(view, "its base or another view of its base has been")
        with enable_grad():
            new = again(view)(view._base)
        view._grad_fn, view._output_nr, view._requires_grad = new._grad_fn, 0, True
    view._view_version = view._version_counter[0]


# How a view was made, where that forbids in-place steps while gradients are recorded.

_AMBIGUOUS = (
    " Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your "
    "code by moving both the view and the inplace either both inside the {mode} block (if you "
    "don't want the inplace to be tracked) or both outside (if you want the inplace to be tracked)."
)
_REASONS = {
    "several": " This view is the output of a function that returns multiple views. Such "
    "functions do not allow the output views to be modified inplace. You should replace the "
    "inplace operation by an out-of-place one.",
    "no_grad": _AMBIGUOUS.format(mode="no_grad"),
    "inference": _AMBIGUOUS.format(mode="inference_mode"),
    "custom": " This view was created inside a custom Function (or because an input was returned "
    "as-is) and the autograd logic to handle view+inplace would override the custom backward "
    "associated with the custom Function, leading to incorrect gradients. This behavior is "
    "forbidden. You can fix this by cloning the output of the custom Function.",
}


def check_creation(view: Tensor, changed: str = "is being") -> None:
    """Refuses an in-place step on a view that was made where it could not be followed."""
    how, node = view._creation, view._grad_fn
    if not how:
        return
    origin = "" if node is None else f"Output {view._output_nr} of {node.operation()} is a view"
    if how in ("no_grad", "inference") or node is None:
        where = "inference mode" if how == "inference" else "no_grad mode"
        when = "in normal mode" if how == "inference" else "with grad mode enabled"
        start = f"{origin} of a view which was created in" if origin else "A view was created in"
        said = f"{start} {where} and {changed} modified inplace {when}."
    else:
        said = f"{origin} and {changed} modified inplace."
    raise RuntimeError(said + _REASONS[how])
