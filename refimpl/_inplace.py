"""In-place operations: the out-of-place one on a stand-in, its result written into the tensor.

The history is rebased as PyTorch does it: the tensor's ``grad_fn`` becomes the new node, and a
step on a view becomes a ``CopySlices`` of the base, from which views derive theirs anew.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from . import _dtype, _forward, _row
from ._engine import FREED, Edge, Node, next_sequence_number, observers
from ._forward import state as forward
from ._grad_mode import mode
from ._hooks import hooks_of
from ._tensor import UNMARKED, Tensor, is_dense, new_tensor, same_memory, shown, strided
from ._views import again, check_creation

OVERLAPPING = (
    "unsupported operation: {} to a single memory location. Please clone() the tensor before "
    "performing the operation."
)
_EXPANDED = "more than one element of the written-to tensor refers"
SHIFTED = "some elements of the input tensor and the written-to tensor refer"
_INFERENCE = (
    "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone "
    "to get a normal tensor before doing inplace update.See "
    "https://github.com/pytorch/rfcs/pull/17 for more details."
)


def variant(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The in-place method of an operation: ``function(self, ...)`` written into ``self``."""

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        recording = mode.enabled and any(
            isinstance(t, Tensor) and t.requires_grad for t in (self, *args, *kwargs.values())
        )
        if recording:
            _check_allowed(self)
        check_memory(name, self, args)
        row = _row.rows.get(name)
        keeps_self = row is not None and not row.saves_self
        shadow = new_tensor(self._array.copy() if recording and not keeps_self else self._array)
        if forward.active:
            shadow._tangents = _forward.tangents(self)
        if recording and self.requires_grad:
            shadow._requires_grad = True
            shadow._grad_fn, shadow._output_nr = self._edge()
        try:
            result = function(shadow, *args, **kwargs)
        except NotImplementedError:  # a dtype that fits no kernel; whether it fits self comes first
            numbers = [a for a in args if isinstance(a, (bool, int, float, complex))]
            arrays = [a._array for a in args if isinstance(a, Tensor)]
            _check_castable(self, _dtype.result_type([self._array, *arrays], numbers))
            raise
        if result is NotImplemented:
            return NotImplemented
        _check_fits(self, result)
        values = result._array if self._marks is UNMARKED else shown(result._array, self._marks)
        np.copyto(self._memory, values, casting="unsafe")
        if self._inference and not mode.inference:  # only counting the step is refused
            raise RuntimeError(_INFERENCE)
        self._version_counter[0] += 1
        if forward.active:
            _forward.write(self, result)
        if recording and result._grad_fn is not None:
            if row is None and self._base is not None and not _is_one_node(shadow, result):
                # Several nodes stand for the operation: only a copy of their result is one step.
                outputs = ((result._array.shape, result._array.dtype),)
                with_copy = _row.rows["copy"].Node(
                    (self._edge(), result._edge()), ((), ()), outputs
                )
                rebase(self, with_copy)
            else:
                _saved_are(self, result, shadow)
                rebase(self, result._grad_fn)
        return self

    method.__name__ = method.__qualname__ = name + "_"
    return method


def _check_allowed(t: Tensor) -> None:
    if t._base is not None:
        check_creation(t)
        if t._base.is_leaf and t.requires_grad:
            raise RuntimeError(
                "a view of a leaf Variable that requires grad is being used in an in-place "
                "operation."
            )
    if t.is_leaf and t.requires_grad:
        raise RuntimeError(
            "a leaf Variable that requires grad is being used in an in-place operation."
        )


def check_memory(name: str, t: Tensor, args: Sequence[Any]) -> None:
    """Refuses to write where two elements are one place, or where an operand lies half over it."""
    memory = t._memory
    if 0 in memory.strides and memory.size and any(
        stride == 0 and n > 1 for n, stride in zip(memory.shape, memory.strides, strict=True)
    ):  # fmt: skip
        if name not in _ON_EXPANDED:
            raise RuntimeError(OVERLAPPING.format(_EXPANDED))
        if _ON_EXPANDED[name]:
            warnings.warn(
                f"Use of {name}_ on expanded tensors is deprecated. Please clone() the tensor "
                "before performing this operation. This also applies to advanced indexing e.g. "
                + _ON_EXPANDED[name],
                UserWarning,
                stacklevel=3,
            )
    for other in args:
        if (
            isinstance(other, Tensor)
            and other._version_counter is t._version_counter
            and (other is not t or name in _APART)
            and name != "masked_scatter"
            and _is_shifted(memory, other._memory, name in _APART)
        ):
            raise RuntimeError(OVERLAPPING.format(SHIFTED))


_ON_EXPANDED = {  # what is done to expanded tensors all the same, and what PyTorch warns of
    "zero": "",
    "_fill_number2": "",
    "_fill_tensor3": "",
    "masked_fill": "tensor[mask] = scalar",
    "index_fill": "tensor[mask] = scalar",
    "index_put": "tensor[indices] = tensor",
}


# What may not even lie over its operand place for place, since it reads after it has written.
_APART = {
    "scatter", "scatter_add", "scatter_reduce", "index_add", "index_copy", "index_reduce",
    "index_put", "put",
}  # fmt: skip


def _is_shifted(a: ndarray, b: ndarray, exactly_too: bool) -> bool:
    """Whether two arrays without gaps lie over each other, but not place for place."""
    if not a.size or not b.size or not (is_dense(a) and is_dense(b)):
        return False
    if a.ctypes.data == b.ctypes.data and a.nbytes == b.nbytes:
        return exactly_too or a.strides != b.strides
    return np.may_share_memory(a, b)


def _check_fits(t: Tensor, result: Tensor) -> None:
    if result.shape != t.shape:
        raise RuntimeError(
            f"output with shape {list(t.shape)} doesn't match the broadcast shape "
            f"{list(result.shape)}"
        )
    _check_castable(t, result._array.dtype)


def _check_castable(t: Tensor, dtype: np.dtype[Any]) -> None:
    has, gets = _dtype.of_numpy[t._array.dtype], _dtype.of_numpy[dtype]
    if gets.category > has.category:
        raise RuntimeError(
            f"result type {gets.type_name} can't be cast to the desired output type {has.type_name}"
        )


def _is_one_node(shadow: Tensor, result: Tensor) -> bool:
    """Whether a single node stands between the operand and the result."""
    return bool(result._grad_fn.next_functions[0] == (shadow._grad_fn, shadow._output_nr))


def _saved_are(t: Tensor, result: Tensor, shadow: Tensor) -> None:
    """What the node saved as its result is now the tensor itself; as its operand, a copy of it."""
    node, counter = result._grad_fn, t._version_counter
    node._outputs = ((t._array.shape, t._array.dtype),)

    def kept(item: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(item) == 4 and item[0] is result._array:
            return (t._array, counter, counter[0], item[3])
        if len(item) == 4 and item[0] is shadow and shadow._requires_grad:
            return (_row.rows["clone"].call(shadow), *item[1:])
        return item

    node._saved = tuple([tuple([kept(item) for item in items]) for items in node._saved])


def rebase(t: Tensor, node: Node) -> None:
    """Makes ``node`` the last step of ``t``; of its base too, where ``t`` is a view."""
    if t._base is None:
        _becomes(t, node)
        return
    base = t._base
    copy = CopySlices(base._edge() if base.requires_grad else (None, 0), base, t, node)
    _becomes(base, copy)
    t._view_version = -1  # its grad_fn is derived anew from the base's


def _becomes(t: Tensor, node: Node) -> None:
    """Its new node. A gradient is kept of the new value; hooks stay with the old one."""
    before = t._grad_fn
    if before is not None and before._hooks is not None:
        kept = before._hooks.retained.pop(t._output_nr, None)
        if kept is not None:
            hooks_of(node).retained[0] = kept
    t._grad_fn, t._output_nr, t._requires_grad = node, 0, True


def reshaping(function: Callable[..., Any], node: str) -> Callable[..., Any]:
    """The in-place method of a view operation: the tensor itself gets the view's geometry.

    Its node is that of the operation, under the next free number."""

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if mode.enabled and self.requires_grad:
            _check_allowed(self)
        shadow = same_memory(self._memory, self._marks)
        if forward.active:
            shadow._tangents = _forward.tangents(self)
        if self.requires_grad:
            shadow._requires_grad = True
            shadow._grad_fn, shadow._output_nr = self._edge()
        view = function(shadow, *args, **kwargs)
        if view._marks is UNMARKED:
            self._array = view._array
        else:
            self._memory = view._memory  # type: ignore[misc]
        self._version_counter[0] += 1
        self._view_version = self._tangents_version = self._version_counter[0]
        self._tangents = view._tangents
        if view._grad_fn is not None:
            view._grad_fn.__class__ = _numbered(node, type(view._grad_fn))
            _becomes(self, view._grad_fn)
        return self

    return method


_IN_PLACE_AFTER = {"Squeeze": 3}  # how many overloads of the operation come before it, if not one


def _numbered(node: str, made: Any) -> Any:
    name = f"{node}Backward{int(made.__name__[-1]) + _IN_PLACE_AFTER.get(node, 1)}"
    return _nodes_in_place.setdefault(name, type(name, (made,), {}))


_nodes_in_place: dict[str, Any] = {}


class CopySlices(Node):
    """An in-place step on a view, seen from its base."""

    def name(self) -> str:
        return "torch::autograd::CopySlices"

    def __init__(self, base_edge: Edge, base: Tensor, view: Tensor, fn: Node) -> None:
        self.next_functions = (base_edge, *fn.next_functions[1:])
        self._outputs = ((base._array.shape, base._array.dtype),)
        self._number = next_sequence_number()
        self.fn: Node | None = fn
        self.strides = base.stride()
        self.view = again(view)
        for told in observers:
            told(self)

    def apply(self, grads: list[Any], as_tensors: bool) -> Sequence[Any]:
        """The gradient of the base, with that of the view in the view's place."""
        if self.fn is None:
            raise RuntimeError(FREED)
        if grads[0] is None:
            return [None] * len(self.next_functions)
        whole = new_tensor(self._laid_out())
        whole.copy_(grads[0] if as_tensors else new_tensor(np.asarray(grads[0])))
        place = self.view(whole)
        copy = place.clone()
        part, *others = self.fn.apply([copy if as_tensors else copy._array], as_tensors)
        if part is None:
            place.zero_()
        else:
            place.copy_(part if as_tensors else new_tensor(np.asarray(part)))
        return [whole if as_tensors else whole._array, *others]

    def _laid_out(self) -> ndarray:
        """Memory laid out as the base's, where the view's geometry holds."""
        shape, dtype = self._outputs[0]
        span = 1 + sum((n - 1) * s for n, s in zip(shape, self.strides, strict=True))
        return strided(np.empty(max(span, 0), dtype), shape, self.strides, 0)

    def release(self) -> None:
        if self.fn is not None:
            self.fn.release()
        self.fn = None
