"""Hooks: functions of the user that run when a gradient passes a tensor or a node.

A hook sees Tensors, also where gradients travel as bare ndarrays, and may return others in their
place, of the same shape and dtype. A gradient that nothing was added to is None.
"""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ._grad_mode import mode

if TYPE_CHECKING:
    from ._engine import Node
    from ._tensor import Tensor

Hook = Callable[..., Any]
Registered = OrderedDict[int, Hook]  # by number, in the order in which they run


class Hooks:
    """The hooks of one node."""

    def __init__(self) -> None:
        self.arriving: dict[int, Registered] = {}  # of tensors, by the output that each one is
        self.retained: dict[int, weakref.ref[Tensor]] = {}  # tensors that keep their gradient
        self.before, self.after = Registered(), Registered()  # of the node itself
        self.accumulated = Registered()  # of a leaf, once its .grad is there

    def run_arriving(self, buffer: list[Any], as_tensors: bool) -> None:
        """The hooks of tensors, then ``retain_grad``, which keeps what they leave."""
        for nr, hooks in self.arriving.items():
            given = _tensors(buffer[nr : nr + 1])[0]
            left = given
            for hook in tuple(hooks.values()):
                left = _replaced(hook, left, _called(hook, left))
            if left is not given:
                buffer[nr] = left if as_tensors else left._array
        for nr, reference in self.retained.items():
            tensor, gradient = reference(), _tensors(buffer[nr : nr + 1])[0]
            if tensor is not None and gradient is not None:
                kept = gradient.clone()
                tensor._grad = kept if tensor._grad is None else kept + tensor._grad

    def run_before(self, buffer: list[Any], as_tensors: bool) -> None:
        given = _tensors(buffer)
        for hook in tuple(self.before.values()):
            given = _all_replaced(hook, given, _called(hook, given))
        buffer[:] = given if as_tensors else _bare(given)

    def run_after(self, outs: Sequence[Any], grads: list[Any], as_tensors: bool) -> Sequence[Any]:
        left, given = _tensors(outs), _tensors(grads)
        for hook in tuple(self.after.values()):
            left = _all_replaced(hook, left, _called(hook, left, given))
        return left if as_tensors else _bare(left)

    def run_accumulated(self, variable: Tensor) -> None:
        for hook in tuple(self.accumulated.values()):
            _replaced(hook, variable, _called(hook, variable))


def hooks_of(node: Node) -> Hooks:
    if node._hooks is None:
        node._hooks = Hooks()
    return node._hooks


class RemovableHandle:
    """What registering a hook returns: ``remove()``, or the end of a block, takes it off again."""

    __module__ = "torch.utils.hooks"  # where users of PyTorch know it
    next_id = 0

    def __init__(self, hooks_dict: Registered) -> None:
        self.hooks_dict_ref = weakref.ref(hooks_dict)
        self.id = RemovableHandle.next_id
        RemovableHandle.next_id += 1

    @classmethod
    def of(cls, hooks: Registered, hook: Hook) -> RemovableHandle:
        handle = cls(hooks)
        hooks[handle.id] = hook
        return handle

    def remove(self) -> None:
        hooks = self.hooks_dict_ref()
        if hooks is not None:
            hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()


def _called(hook: Hook, *args: Any) -> Any:
    """What a hook returns; its operations are the user's, and no formula's."""
    before, mode.in_formula = mode.in_formula, False
    try:
        return hook(*args)
    finally:
        mode.in_formula = before


def _tensors(values: Sequence[Any]) -> tuple[Any, ...]:
    from ._tensor import Tensor, new_tensor

    return tuple(
        v if v is None or isinstance(v, Tensor) else new_tensor(np.asarray(v)) for v in values
    )


def _bare(values: Sequence[Any]) -> list[Any]:
    return [v if v is None else v._array for v in values]


def _all_replaced(hook: Hook, given: tuple[Any, ...], returned: Any) -> tuple[Any, ...]:
    if returned is None:
        return given
    if not isinstance(returned, tuple):
        raise TypeError(f"expected tuple, but hook returned '{type(returned).__name__}'")
    if len(returned) != len(given):
        raise RuntimeError(
            f"hook '{_name(hook)}' has returned an incorrect number of values "
            f"(got {len(returned)}, but expected {len(given)})"
        )
    return tuple(
        None if new is None else _replaced(hook, old, new)
        for old, new in zip(given, returned, strict=True)
    )


def _replaced(hook: Hook, given: Any, returned: Any) -> Any:
    """What a hook leaves of one gradient: the one that it was given, or the one it returned."""
    from ._tensor import Tensor

    if returned is None:
        return given
    if given is None:
        raise RuntimeError("can't replace a None gradient with a non-None value")
    if not isinstance(returned, Tensor):
        raise TypeError(f"expected Variable, but hook returned '{type(returned).__name__}'")
    if returned.dtype is not given.dtype:
        raise RuntimeError(
            f"hook '{_name(hook)}' has changed the type of value "
            f"(was {_type(given)} got {_type(returned)})"
        )
    if returned.shape != given.shape:
        raise RuntimeError(f"hook '{_name(hook)}' has changed the size of value")
    return returned


def _name(hook: Hook) -> str:
    return getattr(hook, "__name__", "<unknown>")


def _type(t: Tensor) -> str:
    """PyTorch's older dtypes have a legacy name, the others only that of their C++ type."""
    name: str = t.dtype.type_name
    legacy = ("Float", "Double", "Half", "Byte", "Char", "Short", "Int", "Long")
    return f"torch.{name}Tensor" if name in legacy else f"CPU{name}Type"
