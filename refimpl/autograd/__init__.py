"""``torch.autograd``: starting the engine, and asking it for gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._engine import NO_EDGE, Edge, run_backward
from .._forward import state as forward
from .._grad_mode import enable_grad, mode, no_grad, set_grad_enabled
from .._stand_ins import at
from .._tensor import Tensor, new_tensor
from . import forward_ad

__all__ = [
    "Variable",
    "backward",
    "enable_grad",
    "forward_ad",
    "grad",
    "no_grad",
    "set_grad_enabled",
]


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Accumulates the gradients of ``tensors`` into the ``.grad`` of leaves (or of ``inputs``).

    ``grad_tensors`` weigh the outputs; one may be missing (None) where an output has one element.
    """
    if mode.transforms:
        raise RuntimeError(
            "backward() called inside a functorch transform. This is not supported, please use "
            "functorch.grad or functorch.vjp instead or call backward() outside of functorch "
            "transforms."
        )
    if inputs is not None and not isinstance(inputs, Tensor) and len(inputs) == 0:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    tensors = _sequence(tensors)
    edges, gradients = _roots(tensors, grad_tensors, create_graph)
    retain_graph = create_graph if retain_graph is None else retain_graph
    if inputs is None:
        run_backward(edges, gradients, retain_graph, create_graph)
        return
    inputs = _sequence(inputs)
    targets = _input_edges(inputs)
    found = run_backward(edges, gradients, retain_graph, create_graph, targets)
    for t, gradient in zip(inputs, found, strict=True):
        if gradient is not None:
            gradient = gradient if isinstance(gradient, Tensor) else new_tensor(np.array(gradient))
            t._grad = gradient if t._grad is None else t._grad + gradient


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients of ``outputs`` with respect to ``inputs``; ``.grad`` stays as it is."""
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: "
            "allow_unused=False."
        )
    outputs, inputs = _sequence(outputs), _sequence(inputs)
    retain_graph = create_graph if retain_graph is None else retain_graph
    wanted, create_graph = create_graph, create_graph or bool(forward.active)  # tangents too
    edges, gradients = _roots(outputs, grad_outputs, create_graph)
    targets = _input_edges(inputs)
    found = run_backward(edges, gradients, retain_graph, create_graph, targets)
    results: list[Tensor | None] = []
    for index, (t, gradient) in enumerate(zip(inputs, found, strict=True)):
        if gradient is None and materialize_grads:
            gradient = np.zeros(t._array.shape, t._array.dtype)
        elif gradient is None and not allow_unused:
            raise RuntimeError(
                f"The differentiated Tensor at index {index} appears to not have been used in the "
                "graph. Set allow_unused=True if this is the desired behavior."
            )
        if gradient is not None and not isinstance(gradient, Tensor):
            gradient = new_tensor(np.array(gradient))
        results.append(gradient if wanted or gradient is None else at(NO_EDGE, gradient))
    return tuple(results)


def _sequence(tensors: Any) -> tuple[Tensor, ...]:
    return (tensors,) if isinstance(tensors, Tensor) else tuple(tensors)


def _input_edges(inputs: Sequence[Tensor]) -> list[Edge]:
    for t in inputs:
        if not t.requires_grad:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
    return [t._edge() for t in inputs]


def _roots(
    outputs: Sequence[Tensor], given: Any, create_graph: bool
) -> tuple[list[Edge], list[Any]]:
    """Where the walk begins and with which gradients, checked against the outputs."""
    given = [None] * len(outputs) if given is None else _sequence(given)
    if len(given) != len(outputs):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(given)} gradients")
    edges, gradients = [], []
    for index, (t, gradient) in enumerate(zip(outputs, given, strict=True)):
        if gradient is None:
            gradient = _implicit(t)
        else:
            _check_gradient(t, gradient, index)
        if not t.requires_grad:
            raise RuntimeError(
                f"element {index} of tensors does not require grad and does not have a grad_fn"
            )
        edges.append(t._edge())
        if gradient._array.dtype is not t._array.dtype:
            gradient = gradient._cast(t._array.dtype)
        gradients.append(gradient if create_graph else gradient._array)
    return edges, gradients


def _implicit(t: Tensor) -> Tensor:
    if t.requires_grad and t._array.size != 1:
        raise RuntimeError("grad can be implicitly created only for scalar outputs")
    if t.requires_grad and not t.is_floating_point():
        raise RuntimeError(
            f"grad can be implicitly created only for real scalar outputs but got {t.dtype}"
        )
    return new_tensor(np.ones_like(t._array))


def _check_gradient(t: Tensor, gradient: Any, index: int) -> None:
    if not isinstance(gradient, Tensor):
        raise TypeError(
            f"gradients can be either Tensors or None, but got {type(gradient).__name__}"
        )
    if gradient.shape != t.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[{index}] has a shape of {gradient.shape} and "
            f"output[{index}] has a shape of {t.shape}."
        )
    if t.is_complex() != gradient.is_complex():
        raise RuntimeError(
            "For complex Tensors, both grad_output and output are required to have the same dtype. "
            f"Mismatch in dtype: grad_output[{index}] has a dtype of {gradient.dtype} and "
            f"output[{index}] has a dtype of {t.dtype}."
        )


class _VariableMeta(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor)


class Variable(metaclass=_VariableMeta):
    """What tensors with gradients were, before all tensors could have them; returns a tensor."""

    def __new__(cls, data: Tensor, requires_grad: bool = False) -> Any:
        if not isinstance(data, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        variable = data.detach()
        return variable.requires_grad_() if requires_grad else variable
