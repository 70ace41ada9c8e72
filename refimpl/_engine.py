"""The engine: the graph's nodes, and the walk that carries gradients from outputs to leaves.

It knows nothing of any operation. It does once what every formula would otherwise repeat: it sums
a gradient to its input's shape, casts it to its input's dtype, adds up what arrives from several
consumers, runs hooks, accumulates into ``.grad`` and releases what was saved.

Gradients travel as bare ndarrays, or as Tensors when a graph of the gradients is wanted
(``create_graph=True``).
"""

from __future__ import annotations

import itertools
import sys
import weakref
from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

import numpy as np

from ._grad_mode import mode

if TYPE_CHECKING:
    from ._tensor import Tensor

Edge = tuple[Any, int]  # (node or None, number of the node's output)
NO_EDGE: Edge = (None, 0)
next_sequence_number = itertools.count().__next__

FREED = (
    "Trying to backward through the graph a second time (or directly access saved tensors after "
    "they have already been freed). Saved intermediate values of the graph are freed when you "
    "call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward "
    "through the graph a second time or if you need to access saved tensors after calling backward."
)


class Node:
    """One recorded operation: ``next_functions`` are the edges towards its inputs."""

    next_functions: tuple[Edge, ...] = ()
    metadata: tuple[tuple[tuple[int, ...], np.dtype[Any]], ...]  # shape and dtype of each output
    pre_hooks: list[tuple[int, Callable[..., Any]]] | None = None
    retains_grad: dict[int, weakref.ref[Tensor]] | None = None
    _sequence_nr: int

    def name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at {id(self):#x}>"

    def __lt__(self, other: Node) -> bool:  # the newest node runs first
        return self._sequence_nr > other._sequence_nr

    def apply(self, grads: list[Any], as_tensors: bool) -> Sequence[Any]:
        """The gradients of the inputs, one for each edge (None where there is none)."""
        raise NotImplementedError

    def release(self) -> None:
        """Lets go of what was saved for the backward pass."""


class AccumulateGrad(Node):
    """The end of the walk: adds what arrives to ``variable.grad``."""

    # A leaf is served as soon as its gradient is complete, so hooks on leaves run early.
    _sequence_nr = 1 << 62

    def __init__(self, variable: Tensor) -> None:
        self.variable = variable
        self.metadata = ((variable._array.shape, variable._array.dtype),)

    def name(self) -> str:
        return "torch::autograd::AccumulateGrad"

    def apply(self, grads: list[Any], as_tensors: bool) -> Sequence[Any]:
        gradient, variable = grads.pop(), self.variable
        if gradient is None:
            return ()
        if isinstance(gradient, np.generic):
            gradient = np.asarray(gradient)
        if as_tensors:
            # Out of place, since the old .grad may be part of the new graph.
            new = gradient if mode.enabled else gradient.detach()
            variable._grad = new if variable._grad is None else variable._grad + new
        elif variable._grad is None:
            owner = gradient if gradient.base is None else gradient.base
            ours = (
                sys.getrefcount(owner) <= _UNSHARED
                and type(owner) is np.ndarray
                and owner.size == gradient.size
                and gradient.flags.c_contiguous
            )
            variable._grad = type(variable)._wrap(gradient if ours else gradient.copy())
        else:  # in place: whoever holds x.grad sees the sum
            held = variable._grad
            if held._requires_grad:
                variable._grad = held.detach() + variable._wrap(gradient)
            else:
                np.add(held._array, gradient, held._array)
                held._version_counter[0] += 1
        return ()


# How many references sys.getrefcount counts in AccumulateGrad.apply when nobody else holds the
# gradient (or the memory that it shows whole). CPython versions count differently, so it is
# measured when the module is loaded.
_UNSHARED = 0


def calibrate(leaf: Tensor) -> None:
    """Measures what sys.getrefcount says of an unshared gradient on this interpreter."""
    global _UNSHARED
    node, gradient = AccumulateGrad(leaf), np.zeros(1)
    for count in range(9):
        _UNSHARED, leaf._grad, gradient = count, None, np.zeros(1)
        address = gradient.ctypes.data
        grads = [gradient]
        del gradient
        node.apply(grads, False)
        if leaf._grad is not None and leaf._grad._array.ctypes.data == address:
            break
    leaf._grad = None


class GraphRoot(Node):
    """Stands before several outputs, so that one walk serves them all."""

    metadata = ()

    def __init__(self, edges: Sequence[Edge], gradients: list[Any]) -> None:
        self.next_functions, self.gradients = tuple(edges), gradients
        self._sequence_nr = next_sequence_number()

    def apply(self, grads: list[Any], as_tensors: bool) -> Sequence[Any]:
        gradients, self.gradients = self.gradients, []
        return gradients


def run_backward(
    edges: Sequence[Edge],
    gradients: list[Any],
    retain_graph: bool,
    create_graph: bool,
    inputs: Sequence[Edge] | None = None,
) -> list[Any]:
    """Carries ``gradients`` from ``edges`` towards the leaves, which accumulate them.

    The gradients are ndarrays, or Tensors if ``create_graph``. With ``inputs`` nothing accumulates:
    only what lies on a path to them runs, and the gradients that arrive there are returned in
    order, None where none did.
    """
    buffer: Any
    if len(edges) == 1 and len(edges[0][0].metadata) == 1:
        root, buffer = edges[0][0], [gradients.pop()]
    else:
        root, buffer = GraphRoot(edges, gradients), []
    dependencies = _count_dependencies(root)
    captured = dict.fromkeys(inputs or ())
    reach: set[Node] | None = None
    on_path: set[Node] = set()
    if inputs is not None:
        reach, on_path = _paths(dependencies, inputs)
    buffers: dict[Node, Any] = {root: buffer}
    ready: list[Node] = [root]
    outs: Any
    previous = mode.enabled, mode.in_formula
    mode.enabled = mode.in_formula = create_graph
    try:
        while ready:
            node = heappop(ready)
            buffer = buffers.pop(node)
            if node.pre_hooks is not None or node.retains_grad is not None:
                _run_hooks(node, buffer, create_graph)
            if reach is not None:
                for nr, gradient in enumerate(buffer):
                    if (node, nr) in captured:
                        captured[node, nr] = gradient
                if node not in on_path:
                    continue
            outs = node.apply(buffer, create_graph)
            if not retain_graph:
                node.release()
            index = -1
            for target, nr in node.next_functions:
                index += 1
                if target is None:
                    continue
                gradient = outs[index]
                if gradient is not None:
                    shape, dtype = target.metadata[nr]
                    array = gradient._array if create_graph else gradient
                    if array.shape != shape or array.dtype is not dtype:
                        gradient = _fit(gradient, shape, dtype, node, index)
                    array = None
                buffer = buffers.get(target)
                if buffer is None:
                    buffer = buffers[target] = [None] * len(target.metadata)
                if gradient is not None:
                    buffer[nr] = gradient if buffer[nr] is None else buffer[nr] + gradient
                gradient = None
                left = dependencies[target] - 1
                if left:
                    dependencies[target] = left
                elif reach is None or target in reach:
                    heappush(ready, target)
            outs = None  # nobody but its buffer may hold a gradient when a leaf takes it
    finally:
        mode.enabled, mode.in_formula = previous
    return [captured[edge] for edge in inputs or ()]


def _count_dependencies(root: Node) -> dict[Node, int]:
    """How many edges of the graph below ``root`` lead into each node."""
    dependencies, stack = {root: 0}, [root]
    while stack:
        for node, _ in stack.pop().next_functions:
            if node in dependencies:
                dependencies[node] += 1
            elif node is not None:
                dependencies[node] = 1
                stack.append(node)
    return dependencies


def _paths(nodes: Iterable[Node], inputs: Sequence[Edge]) -> tuple[set[Node], set[Node]]:
    """The nodes from which an input can be reached, and those that must run for it."""
    reach, on_path = {node for node, _ in inputs}, set()
    # A node is newer than what it leads to; AccumulateGrad, numbered as the newest, leads nowhere.
    for node in sorted(nodes, key=lambda node: node._sequence_nr):
        if any(target in reach for target, _ in node.next_functions):
            reach.add(node)
            on_path.add(node)
    return reach, on_path


def _run_hooks(node: Node, buffer: list[Any], as_tensors: bool) -> None:
    for nr, hook in node.pre_hooks or ():
        if buffer[nr] is not None:
            changed = hook(buffer[nr] if as_tensors else _tensor(buffer[nr]))
            if changed is not None:
                buffer[nr] = changed if as_tensors else changed._array
    for nr, reference in (node.retains_grad or {}).items():
        tensor = reference()
        if tensor is not None and buffer[nr] is not None:
            gradient = buffer[nr] if as_tensors else _tensor(buffer[nr].copy())
            tensor._grad = gradient if tensor._grad is None else tensor._grad + gradient


def _fit(
    gradient: Any, shape: tuple[int, ...], dtype: np.dtype[Any], node: Node, index: int
) -> Any:
    """Sums and casts a gradient to what its input is; a real input takes the real part."""
    gradient_shape = tuple(gradient.shape)
    if gradient_shape != shape:
        if not _expandable(shape, gradient_shape):
            raise RuntimeError(
                f"Function {node.name()} returned an invalid gradient at index {index} - got "
                f"{list(gradient_shape)} but expected shape compatible with {list(shape)}"
            )
        gradient = gradient.sum_to_size(shape) if _is_tensor(gradient) else sum_to(gradient, shape)
    if _is_tensor(gradient):
        return gradient if gradient._array.dtype is dtype else gradient._cast(dtype)
    if gradient.dtype.kind == "c" and dtype.kind != "c":
        gradient = gradient.real
    return np.asarray(gradient, dtype)


def _expandable(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    tail = to[len(to) - len(shape) :]
    return len(shape) <= len(to) and (
        shape == tail or all(n in (1, m) for n, m in zip(shape, tail, strict=True))
    )


def sum_to(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Undoes broadcasting: sums over the dimensions that ``shape`` lacks or has as 1."""
    lead = array.ndim - len(shape)
    if array.shape[lead:] == shape:
        return np.add.reduce(array, tuple(range(lead)))
    axes = (
        *range(lead),
        *(i + lead for i, n in enumerate(shape) if n == 1 != array.shape[i + lead]),
    )
    return np.add.reduce(array, axes, keepdims=True).reshape(shape)


def _is_tensor(gradient: Any) -> bool:
    return hasattr(gradient, "_array")


def _tensor(array: np.ndarray) -> Tensor:
    from ._tensor import Tensor

    return Tensor._wrap(np.asarray(array))
