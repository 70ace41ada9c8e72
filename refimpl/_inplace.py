"""In-place operations: the out-of-place one on a stand-in, its result written into the tensor.

The history is rebased as PyTorch does it: the tensor's ``grad_fn`` becomes the new node, and a
step on a view becomes a ``CopySlices`` of the base, from which views derive theirs anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from . import _dtype, _forward, _op, _row
from ._engine import FREED, Edge, Node, next_sequence_number
from ._forward import state as forward
from ._grad_mode import mode
from ._tensor import Tensor, new_tensor, strided

_MULTI_OUTPUT = (
    "Output {nr} of {name} is a view and is being modified inplace. This view is the output of a "
    "function that returns multiple views. Such functions do not allow the output views to be "
    "modified inplace. You should replace the inplace operation by an out-of-place one."
)
_OVERLAPPING = (
    "unsupported operation: more than one element of the written-to tensor refers to a single "
    "memory location. Please clone() the tensor before performing the operation."
)
_MADE_IN_NO_GRAD = (
    "A view was created in no_grad mode and is being modified inplace with grad mode enabled. "
    "Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your "
    "code by moving both the view and the inplace either both inside the no_grad block (if you "
    "don't want the inplace to be tracked) or both outside (if you want the inplace to be tracked)."
)


def variant(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The in-place method of an operation: ``function(self, ...)`` written into ``self``."""

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        _check_allowed(self)
        array = self._array
        if 0 in array.strides and array.size and name != "zero" and any(
            stride == 0 and n > 1 for n, stride in zip(array.shape, array.strides, strict=True)
        ):  # fmt: skip
            raise RuntimeError(_OVERLAPPING)
        recording = mode.enabled and any(
            isinstance(t, Tensor) and t.requires_grad for t in (self, *args, *kwargs.values())
        )
        row = _row.rows.get(name)
        keeps_self = row is not None and not row.saves_self
        shadow = new_tensor(self._array.copy() if recording and not keeps_self else self._array)
        if forward.active:
            shadow._tangents = _forward.tangents(self)
        if recording and self.requires_grad:
            shadow._requires_grad = True
            shadow._grad_fn, shadow._output_nr = self._edge()
        result = function(shadow, *args, **kwargs)
        if result is NotImplemented:
            raise _op.argument_error(name + "_", (self, *args))
        _check_fits(self, result)
        np.copyto(self._array, result._array, casting="unsafe")
        self._version_counter[0] += 1
        if forward.active:
            _forward.write(self, result)
        if recording and result._grad_fn is not None:
            if row is None and self._base is not None:
                # Several nodes stand for the operation: only a copy of their result is one step.
                outputs = ((result._array.shape, result._array.dtype),)
                with_copy = _row.rows["copy"].Node(
                    (self._edge(), result._edge()), ((), ()), outputs
                )
                rebase(self, with_copy)
            else:
                _saved_result_is(self, result)
                rebase(self, result._grad_fn)
        return self

    method.__name__ = method.__qualname__ = name + "_"
    return method


def _check_allowed(t: Tensor) -> None:
    if not (mode.enabled and t.requires_grad):
        return
    if t._base is not None:
        if t._multi_output:
            node: Any = t.grad_fn
            name = node.name().removesuffix("Backward0")
            raise RuntimeError(_MULTI_OUTPUT.format(nr=t._output_nr, name=name))
        if t._made_in_no_grad:
            raise RuntimeError(_MADE_IN_NO_GRAD)
        if t._base.is_leaf and t._base.requires_grad:
            raise RuntimeError(
                "a view of a leaf Variable that requires grad is being used in an in-place "
                "operation."
            )
    if t.is_leaf:
        raise RuntimeError(
            "a leaf Variable that requires grad is being used in an in-place operation."
        )


def _check_fits(t: Tensor, result: Tensor) -> None:
    if result.shape != t.shape:
        raise RuntimeError(
            f"output with shape {list(t.shape)} doesn't match the broadcast shape "
            f"{list(result.shape)}"
        )
    has, gets = _dtype.of_numpy[t._array.dtype], _dtype.of_numpy[result._array.dtype]
    if gets.category > has.category:
        raise RuntimeError(
            f"result type {gets.type_name} can't be cast to the desired output type {has.type_name}"
        )


def _saved_result_is(t: Tensor, result: Tensor) -> None:
    """What the node saved as its result is now the tensor itself, at its new version."""
    node, counter = result._grad_fn, t._version_counter
    node.outputs = ((t._array.shape, t._array.dtype),)
    node.saved = tuple([
        tuple([
            (t._array, counter, counter[0], item[3])
            if len(item) == 4 and item[0] is result._array else item
            for item in items
        ])
        for items in node.saved
    ])  # fmt: skip


def rebase(t: Tensor, node: Node) -> None:
    """Makes ``node`` the last step of ``t``; of its base too, where ``t`` is a view."""
    if t._base is None:
        t._grad_fn, t._output_nr, t._requires_grad = node, 0, True
        return
    base = t._base
    copy = CopySlices(base._edge() if base.requires_grad else (None, 0), base, t, node)
    base._grad_fn, base._output_nr, base._requires_grad = copy, 0, True
    t._view_version = -1  # its grad_fn is derived anew from the base's


class CopySlices(Node):
    """An in-place step on a view, seen from its base."""

    def __init__(self, base_edge: Edge, base: Tensor, view: Tensor, fn: Node) -> None:
        self.next_functions = (base_edge, *fn.next_functions[1:])
        self.outputs = ((base._array.shape, base._array.dtype),)
        self.number = next_sequence_number()
        self.fn: Node | None = fn
        self.strides = base.stride()
        offset = view.storage_offset() - base.storage_offset()
        self.geometry = (view._array.shape, view.stride(), offset)

    def apply(self, grads: list[Any], as_tensors: bool) -> Sequence[Any]:
        if self.fn is None:
            raise RuntimeError(FREED)
        grad = grads[0]
        if grad is None:
            return [None] * len(self.next_functions)
        if as_tensors:
            key = self._key()
            part, *others = self.fn.apply([_row.rows["index"].call(grad, key)], True)
            if part is None:
                part = _op.namespace["zeros"](self.geometry[0], dtype=grad.dtype)
            return [_row.rows["index_put"].call(grad, part, key, False), *others]
        whole = self._laid_out(grad)
        view = strided(whole, *self.geometry)
        part, *others = self.fn.apply([view.copy()], False)
        view[...] = 0 if part is None else part
        return [whole, *others]

    def _laid_out(self, values: ndarray) -> ndarray:
        """A copy in memory laid out as the base's, where the view's geometry holds."""
        shape = self.outputs[0][0]
        span = 1 + sum((n - 1) * s for n, s in zip(shape, self.strides, strict=True))
        whole = strided(np.empty(max(span, 0), values.dtype), shape, self.strides, 0)
        whole[...] = values
        return whole

    def _key(self) -> tuple[ndarray, ...]:
        """Where in the base the view is."""
        shape = self.outputs[0][0]
        count = np.arange(int(np.prod(shape))).reshape(shape)
        places = strided(self._laid_out(count), *self.geometry)
        return np.unravel_index(places, shape) if shape else (places,)

    def release(self) -> None:
        if self.fn is not None:
            self.fn.release()
        self.fn = None
