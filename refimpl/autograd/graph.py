"""``torch.autograd.graph``: the graph itself, its edges, and hooks on what it saves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from .. import _grad_mode
from .._engine import AccumulateGrad, Node
from .._hooks import RemovableHandle
from .._saved import saved_tensors_hooks
from .._tensor import Tensor

__all__ = [
    "GradientEdge",
    "Node",
    "allow_mutation_on_saved_tensors",
    "disable_saved_tensors_hooks",
    "get_gradient_edge",
    "increment_version",
    "register_multi_grad_hook",
    "save_on_cpu",
    "saved_tensors_hooks",
]


class GradientEdge(NamedTuple):
    """Where a tensor's gradient arrives: a node, and the number of its output."""

    node: Node
    output_nr: int
    ownership_token: Node | None = None


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """The edge of a tensor; it may stand for it in ``backward`` and ``grad``."""
    if not tensor.requires_grad:
        raise RuntimeError(
            "It is not possible to get the gradient edge for a Tensor that does not require "
            "gradients"
        )
    return GradientEdge(*tensor._edge())


def increment_version(tensor: Tensor | Iterable[Tensor]) -> None:
    """Says that a tensor's memory has been changed by something that PyTorch knows nothing of."""
    tensors = (tensor,) if isinstance(tensor, Tensor) else tensor
    if not isinstance(tensors, Iterable):
        raise RuntimeError("increment_version expect a Iterable[Tensor] as input")
    for t in tensors:
        if not isinstance(t, Tensor):
            raise RuntimeError(
                "increment_version expects each element of the iterable to be a tensor"
            )
        t._version_counter[0] += 1


class save_on_cpu(saved_tensors_hooks):
    """Saved tensors are copied to the CPU, where they are here in any case."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(
            lambda tensor: (tensor.device, tensor.clone() if pin_memory else tensor),
            lambda packed: packed[1],
        )


@contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """Within, hooks on saved tensors raise a RuntimeError with this message."""
    mode = _grad_mode.mode
    previous = mode.packing_refused
    if mode.packing and previous is None:
        raise RuntimeError(error_message)
    mode.packing_refused = error_message
    try:
        yield
    finally:
        mode.packing_refused = previous


class _MultiHandle(RemovableHandle):
    __module__ = "torch.autograd.graph"

    def __init__(self, handles: Iterable[RemovableHandle]) -> None:
        self.handles = tuple(handles)

    def remove(self) -> None:
        for handle in self.handles:
            handle.remove()


def register_multi_grad_hook(
    tensors: Sequence[Tensor], fn: Callable[[Any], None], *, mode: str = "all"
) -> RemovableHandle:
    """Calls ``fn`` once in a backward pass: with the gradients of all ``tensors`` when the last of
    them is there (None for those without one), or with the first ("any")."""
    if mode == "any":
        ran: set[int] = set()

        def first(grad: Tensor) -> None:
            if _walk()[0] not in ran:
                ran.add(_walk()[0])
                fn(grad)

        return _MultiHandle(t.register_hook(first) for t in tensors if t.requires_grad)
    if mode != "all":
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    if not all(t.requires_grad for t in tensors):
        raise AssertionError("Expected gradient function to be set")
    nodes = [t._edge()[0] for t in tensors]
    lock, arrived = threading.Lock(), dict[int, tuple[int, list[Tensor | None]]]()

    def gather(index: int) -> Callable[[Tensor], None]:
        def hook(grad: Tensor) -> None:
            number = _walk()[0]
            with lock:
                left, grads = arrived.get(number) or (
                    sum(map(_will_run, nodes)),
                    [None] * len(nodes),
                )
                grads[index] = grad
                arrived[number] = left - 1, grads
            if left == 1:
                fn(grads)
                del arrived[number]

        return hook

    return _MultiHandle([t.register_hook(gather(i)) for i, t in enumerate(tensors)])


def _walk() -> Any:
    if _grad_mode.mode.walk is None:
        raise AssertionError("expected this hook to be called inside a backward call")
    return _grad_mode.mode.walk


def _will_run(node: Node) -> bool:
    _, nodes, runs, accumulates = _walk()
    if runs is None:
        return node in nodes
    if isinstance(node, AccumulateGrad) and node in runs and not accumulates:
        raise RuntimeError(
            "A leaf node was passed to _will_engine_execute_node but we are currently running "
            "autograd.grad(). This is currently not supported."
        )
    return node in runs


class _AllowMutationOnSavedContext:
    """The block in which saved tensors may be changed; only there they can be had back."""


_mutating: list[_AllowMutationOnSavedContext] = []


@contextmanager
def allow_mutation_on_saved_tensors() -> Iterator[_AllowMutationOnSavedContext]:
    """Within, tensors that were saved may be changed: the backward pass has what they were."""
    context = _AllowMutationOnSavedContext()

    def unpack_hook(copy: Tensor) -> Tensor:
        if context not in _mutating:
            raise AssertionError(
                "Trying to backward outside of the 'allow_mutation_on_saved_tensors' contextin "
                "which the graph was originally recorded."
            )
        return copy

    if _mutating:
        raise RuntimeError("allow_mutation_on_saved_tensors contexts cannot be nested")
    with saved_tensors_hooks(lambda tensor: tensor.detach().clone(), unpack_hook):
        _mutating.append(context)
        try:
            yield context
        finally:
            _mutating.remove(context)
