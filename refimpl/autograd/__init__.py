"""``torch.autograd``: starting the engine, and asking it for gradients."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import _grad_mode as grad_mode
from .._dtype import of_numpy
from .._engine import Edge, run_backward
from .._forward import state as forward
from .._grad_mode import (
    enable_grad,
    inference_mode,
    mode,
    no_grad,
    set_grad_enabled,
    set_multithreading_enabled,
)
from .._row import rows
from .._saved import SavedTensor
from .._stand_ins import detached
from .._tensor import Size, Tensor, new_tensor
from .._warn import warn_once
from . import anomaly_mode, forward_ad, function, graph
from .anomaly_mode import detect_anomaly, set_detect_anomaly
from .function import Function
from .graph import GradientEdge

__all__ = [
    "Function",
    "SavedTensor",
    "Variable",
    "anomaly_mode",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "forward_ad",
    "function",
    "functional",
    "grad",
    "grad_mode",
    "gradcheck",
    "gradgradcheck",
    "graph",
    "inference_mode",
    "no_grad",
    "set_detect_anomaly",
    "set_grad_enabled",
    "set_multithreading_enabled",
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
    if grad_variables is not None:
        warnings.warn(
            "`grad_variables` is deprecated. Use `grad_tensors` instead.",
            FutureWarning,
            stacklevel=2,
        )
        if grad_tensors is not None:
            raise RuntimeError(
                "`grad_tensors` and `grad_variables` (deprecated) arguments both passed to "
                "`backward()`. Please only use `grad_tensors`."
            )
        grad_tensors = grad_variables
    wanted = None if inputs is None else _inputs(inputs, "backward")
    edges, gradients = _roots(_sequence(tensors), grad_tensors, False, create_graph)
    targets = None if wanted is None else _input_edges(wanted, True)
    if create_graph:
        warn_once(_CYCLE)
    retain = bool(create_graph if retain_graph is None else operator.index(retain_graph))
    if edges:
        run_backward(edges, gradients, retain, bool(create_graph), targets, True)


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
) -> Any:
    """The gradients of ``outputs`` with respect to ``inputs``; ``.grad`` stays as it is.

    A tuple, or a dict where ``inputs`` is one. With ``is_grads_batched``, ``grad_outputs`` and the
    gradients have a further first dimension.
    """
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: "
            "allow_unused=False."
        )
    wanted, outputs = _inputs(inputs, "grad"), _sequence(outputs)
    if not only_inputs:
        warnings.warn(
            "only_inputs argument is deprecated and is ignored now (defaults to True). To "
            "accumulate gradient for other parts of the graph, please use torch.autograd.backward.",
            FutureWarning,
            stacklevel=2,
        )
    recorded = bool(create_graph or forward.active)  # tangents too
    edges, gradients = _roots(outputs, grad_outputs, is_grads_batched, recorded)
    targets = _input_edges(wanted, False)
    retain = bool(create_graph if retain_graph is None else operator.index(retain_graph))
    walk = _batched if is_grads_batched else run_backward
    found = walk(edges, gradients, retain, recorded, targets)
    results = [_own(gradient, create_graph) for gradient in found]
    for index, (t, gradient) in enumerate(zip(wanted, results, strict=True)):
        if gradient is None and materialize_grads:
            if isinstance(t, GradientEdge):
                raise RuntimeError(
                    "materialize_grads cannot be used when the given input is a GradientEdge"
                )
            zeros = new_tensor(np.zeros_like(t._array))
            results[index] = zeros.requires_grad_() if create_graph else zeros
        elif gradient is None and not allow_unused:
            raise RuntimeError(
                f"The differentiated Tensor at index {index} appears to not have been used in the "
                "graph. Set allow_unused=True if this is the desired behavior."
            )
    return dict(zip(inputs, results, strict=True)) if type(inputs) is dict else tuple(results)


def _batched(
    edges: list[Edge], gradients: list[Any], retain: bool, create: bool, targets: list[Edge]
) -> list[Any]:
    """A walk for each place of the first dimension, and what they find stacked."""
    sizes = [len(gradient) for gradient in gradients]
    if len(set(sizes)) > 1:
        raise ValueError(
            "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
            f"{sizes} for the mapped dimension"
        )
    walks = [
        run_backward(edges, [g[i] for g in gradients], retain or i + 1 < sizes[0], create, targets)
        for i in range(sizes[0])
    ]
    stack = rows["stack"].call
    return [
        None if found[0] is None else stack([_own(gradient, create) for gradient in found], 0)
        for found in zip(*walks, strict=True)
    ]


def _own(gradient: Any, recorded: bool) -> Tensor | None:
    """A gradient as a tensor that may be written to, unless it is expanded."""
    if gradient is None:
        return None
    if isinstance(gradient, Tensor):
        return gradient if recorded else detached(gradient)
    array = np.asarray(gradient)
    expanded = 0 in array.strides
    return new_tensor(array if array.flags.writeable or expanded else array.copy())


def _sequence(tensors: Any) -> tuple[Any, ...]:
    return (tensors,) if isinstance(tensors, (Tensor, GradientEdge)) else tuple(tensors)


def _inputs(inputs: Any, caller: str) -> tuple[Any, ...]:
    if isinstance(inputs, Mapping) and type(inputs) is not dict:
        raise TypeError(
            f"`inputs` argument to `{caller}()` must be a dict, not {type(inputs).__name__}. Other "
            "Mapping types are not supported."
        )
    wanted = _sequence(inputs.values() if type(inputs) is dict else inputs)
    if not wanted:
        raise RuntimeError(f"`inputs` argument to `{caller}()` cannot be empty.")
    return wanted


def _input_edges(inputs: Sequence[Any], accumulate: bool) -> list[Edge]:
    edges = []
    for t in inputs:
        if isinstance(t, GradientEdge):
            edges.append((t.node, t.output_nr))
            continue
        if not isinstance(t, Tensor):
            raise RuntimeError(
                f"all inputs have to be Tensors or GradientEdges, but got {type(t).__name__}"
            )
        if accumulate:
            t.retain_grad()
        if not t.requires_grad:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
        edges.append(t._edge())
    return edges


class _Output(NamedTuple):
    """What a tensor or an edge says of the gradient it takes."""

    edge: Edge | None
    shape: Size
    dtype: Any


def _output(t: Any) -> _Output:
    if isinstance(t, GradientEdge):
        shape, dtype = t.node._outputs[t.output_nr]
        return _Output((t.node, t.output_nr), Size(shape), of_numpy[dtype])
    if not isinstance(t, Tensor):
        raise AssertionError("Expected output to be a torch.Tensor")
    return _Output(t._edge() if t.requires_grad else None, t.shape, t.dtype)


def _roots(
    outputs: Sequence[Any], given: Any, batched: bool, create_graph: bool
) -> tuple[list[Edge], list[Any]]:
    """Where the walk begins and with which gradients, checked against the outputs."""
    given = [None] * len(outputs) if given is None else _sequence(given)
    edges: list[Edge] = []
    gradients: list[Any] = []
    kinds = [_output(t) for t in outputs[: len(given)]]
    for index, (kind, gradient) in enumerate(zip(kinds, given, strict=False)):
        if gradient is None:
            gradients.append(None if kind.edge is None else _implicit(kind))
        else:
            _check_gradient(kind, gradient, index, batched)
            gradients.append(gradient)
    if len(gradients) != len(outputs):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(gradients)} gradients")
    for index, kind in enumerate(kinds):
        if kind.edge is None:
            raise RuntimeError(
                f"element {index} of tensors does not require grad and does not have a grad_fn"
            )
        edges.append(kind.edge)
        gradient, dtype = gradients[index], kind.dtype.numpy
        if gradient._array.dtype is not dtype:
            gradient = gradient._cast(dtype)
        gradients[index] = gradient if create_graph else gradient._array
    return edges, gradients


def _implicit(kind: _Output) -> Tensor:
    if kind.shape.numel() != 1:
        raise RuntimeError("grad can be implicitly created only for scalar outputs")
    if not kind.dtype.is_floating_point:
        raise RuntimeError(
            f"grad can be implicitly created only for real scalar outputs but got {kind.dtype}"
        )
    return new_tensor(np.ones(kind.shape, kind.dtype.numpy))


def _check_gradient(kind: _Output, gradient: Any, index: int, batched: bool) -> None:
    if not isinstance(gradient, Tensor):
        raise TypeError(
            f"gradients can be either Tensors or None, but got {type(gradient).__name__}"
        )
    shape = gradient.shape[1:] if batched else gradient.shape
    if shape != kind.shape and batched:
        raise RuntimeError(
            "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as "
            "the batch dimension. The sizes of the remaining dimensions are expected to match the "
            f"shape of corresponding output, but a mismatch was detected: grad_output[{index}] has "
            f"a shape of {shape[1:]} and output[{index}] has a shape of {kind.shape}. If you "
            "only want some tensors in `grad_output` to be considered batched, consider using vmap."
        )
    if shape != kind.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[{index}] has a shape of {shape} and output[{index}] "
            f"has a shape of {kind.shape}."
        )
    if kind.dtype.is_complex != gradient.is_complex():
        raise RuntimeError(
            "For complex Tensors, both grad_output and output are required to have the same dtype. "
            f"Mismatch in dtype: grad_output[{index}] has a dtype of {gradient.dtype} and "
            f"output[{index}] has a dtype of {kind.dtype}."
        )


_CYCLE = (
    "Using backward() with create_graph=True will create a reference cycle between the parameter "
    "and its gradient which can cause a memory leak. We recommend using autograd.grad when "
    "creating the graph to avoid this. If you have to use this function, make sure to reset the "
    ".grad fields of your parameters to None after use to break the cycle and avoid the leak."
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


from . import functional  # noqa: E402 - these ask for the functions above
from .gradcheck import gradcheck, gradgradcheck  # noqa: E402
