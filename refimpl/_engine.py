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
from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _dtype
from ._grad_mode import mode, set_mode
from ._hooks import Hooks, RemovableHandle, hooks_of

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
    _outputs: tuple[tuple[tuple[int, ...], Any], ...]  # shape and dtype of each output
    _hooks: Hooks | None = None
    _number: int
    requires_grad = True

    def name(self) -> str:
        return type(self).__name__

    def operation(self) -> str:
        """What error messages call it: ``Mul`` for MulBackward0, ``Pow2`` for PowBackward2."""
        stem, backward, number = self.name().rpartition("Backward")
        return stem + number if backward and number != "0" else stem or number

    def _sequence_nr(self) -> int:
        return self._number

    @property
    def metadata(self) -> dict[str, Any]:
        """Whatever anybody keeps with the node; anomaly mode keeps the forward traceback here."""
        held: dict[str, Any] = self.__dict__.setdefault("_metadata", {})
        return held

    @property
    def _input_metadata(self) -> tuple[InputMetadata, ...]:
        return tuple(InputMetadata(*output) for output in self._outputs)

    def register_prehook(self, fn: Callable[..., Any]) -> RemovableHandle:
        """Calls ``fn(grad_outputs)`` before the node runs; it may return another tuple."""
        return RemovableHandle.of(hooks_of(self).before, fn)

    def register_hook(self, fn: Callable[..., Any]) -> RemovableHandle:
        """Calls ``fn(grad_inputs, grad_outputs)`` after it; it may return other grad_inputs."""
        return RemovableHandle.of(hooks_of(self).after, fn)

    def __call__(self, *grads: Any) -> Any:
        """The formulas alone: what users of the graph call to walk it by themselves."""
        if len(grads) != len(self._outputs):
            raise TypeError(f"expected {len(self._outputs)} arguments, got {len(grads)} instead")
        for place, grad in enumerate(grads):
            if grad is not None and not is_tensor(grad):
                raise TypeError(f"argument {place} is not a Variable")
        outs = tuple(self.apply(list(grads), True))
        return outs[0] if len(outs) == 1 else outs

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at {id(self):#x}>"

    def __lt__(self, other: Node) -> bool:  # the newest node runs first
        return self._number > other._number

    def apply(self, grads: list[Any], as_tensors: bool) -> Sequence[Any]:
        """The gradients of the inputs, one for each edge (None where there is none)."""
        raise NotImplementedError

    def release(self) -> None:
        """Lets go of what was saved for the backward pass."""


class InputMetadata:
    """What a node expects of the gradient of one of its outputs."""

    is_nested_tensor = is_cpp_nested_tensor = False

    def __init__(self, shape: tuple[int, ...], dtype: Any) -> None:
        self.shape, self.dtype = list(shape), _dtype.of_numpy.get(dtype)

    @property
    def device(self) -> Any:
        from ._tensor import device

        return device("cpu")


# What is told of each new node: anomaly mode, hooks on saved tensors, inference mode.
observers: list[Callable[[Node], None]] = []


class Anomaly:
    """Anomaly mode; ``autograd/anomaly_mode.py`` says what is done with it."""

    enabled = False
    check_nan = True

    @staticmethod
    def report(node: Node) -> None:
        """Tells where the operation was called whose backward has failed."""


anomaly = Anomaly()


class AccumulateGrad(Node):
    """The end of the walk: adds what arrives to ``variable.grad``."""

    # A leaf is served as soon as its gradient is complete, so hooks on leaves run early.
    _number = (1 << 64) - 1

    def __init__(self, variable: Tensor) -> None:
        self.variable = variable
        self._outputs = ((variable._array.shape, variable._array.dtype),)
        for told in observers:
            told(self)

    def name(self) -> str:
        return "torch::autograd::AccumulateGrad"

    def apply(self, grads: list[Any], as_tensors: bool) -> Sequence[Any]:
        gradient, variable = grads.pop(), self.variable
        if gradient is None:
            return ()
        if isinstance(gradient, np.generic):
            gradient = np.asarray(gradient)
        held = variable._grad
        if as_tensors and mode.enabled:
            # Out of place, since the old .grad may be part of the new graph.
            if held is None:
                copy = _laid_out_like(variable._array, gradient._array)
                variable._grad = type(variable)._wrap(copy).copy_(gradient)
            else:
                variable._grad = held + gradient
        elif as_tensors:
            return self.apply([gradient._array], False)
        elif held is None:
            param = variable._array
            owner = gradient if gradient.base is None else gradient.base
            ours = (
                sys.getrefcount(owner) <= _UNSHARED
                and type(owner) is np.ndarray
                and owner.size == gradient.size
                and gradient.flags.c_contiguous
                and param.flags.c_contiguous
            )
            if not ours:
                copy = _laid_out_like(param, gradient)
                np.copyto(copy, gradient)
                gradient = copy
            variable._grad = type(variable)._wrap(gradient)
        else:  # in place: whoever holds x.grad sees the sum
            np.add(held._array, gradient, held._array)
            held._version_counter[0] += 1
        if self._hooks is not None:
            self._hooks.run_accumulated(variable)
        return ()


def _laid_out_like(param: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """Empty memory for a gradient: dense parameters give it their strides, others row-major."""
    like = np.empty_like(param, gradient.dtype)
    dense = like.strides == param.strides or like.flags.c_contiguous
    return like if dense else np.empty(param.shape, gradient.dtype)


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

    _outputs = ()

    def __init__(self, edges: Sequence[Edge], gradients: list[Any]) -> None:
        self.next_functions, self.gradients = tuple(edges), gradients
        self._number = next_sequence_number()

    def apply(self, grads: list[Any], as_tensors: bool) -> Sequence[Any]:
        gradients, self.gradients = self.gradients, []
        return gradients


_next_walk = itertools.count().__next__


def run_backward(
    edges: Sequence[Edge],
    gradients: list[Any],
    retain_graph: bool,
    create_graph: bool,
    inputs: Sequence[Edge] | None = None,
    accumulate: bool = False,
) -> list[Any]:
    """Carries ``gradients`` from ``edges`` towards the leaves, which accumulate them.

    The gradients are ndarrays, or Tensors if ``create_graph``. With ``inputs`` only what lies on a
    path to them runs; either they ``accumulate`` too, or nothing does and the gradients that arrive
    there are returned in order, None where none did.
    """
    buffer: Any
    if len(edges) == 1 and len(edges[0][0]._outputs) == 1:
        root, buffer = edges[0][0], [gradients.pop()]
    else:
        root, buffer = GraphRoot(edges, gradients), []
    dependencies = _count_dependencies(root)
    captured = dict.fromkeys(inputs or ())
    reach: set[Node] | None = None
    on_path: set[Node] = set()
    if inputs is not None:
        reach, on_path = _paths(dependencies, inputs)
        if accumulate:
            on_path = reach
    buffers: dict[Node, Any] = {root: buffer}
    ready: list[Node] = [root]
    plain = not anomaly.enabled
    outs: Any
    previous = mode.grad, mode.in_formula, mode.walk
    set_mode(create_graph, mode.inference)
    mode.in_formula = create_graph
    # Its number, its nodes, those that run where not all do, and whether leaves accumulate.
    mode.walk = _next_walk(), dependencies, reach, inputs is None or accumulate
    try:
        while ready:
            node = heappop(ready)
            buffer = buffers.pop(node)
            if node._hooks is not None:
                node._hooks.run_arriving(buffer, create_graph)
            if reach is not None:
                for nr, gradient in enumerate(buffer):
                    if (node, nr) in captured:
                        captured[node, nr] = gradient
                if node not in on_path:
                    continue
            if node._hooks is None and plain:
                outs = node.apply(buffer, create_graph)
            else:
                outs = _apply_watched(node, buffer, create_graph)
            if not retain_graph:
                node.release()
            index = -1
            for target, nr in node.next_functions:
                index += 1
                if target is None:
                    continue
                gradient = outs[index]
                if gradient is not None:
                    shape, dtype = target._outputs[nr]
                    array = gradient._array if create_graph else gradient
                    if array.shape != shape or array.dtype is not dtype:
                        gradient = _fit(gradient, shape, dtype, node, index)
                    array = None
                buffer = buffers.get(target)
                if buffer is None:
                    buffer = buffers[target] = [None] * len(target._outputs)
                if gradient is not None:
                    buffer[nr] = gradient if buffer[nr] is None else buffer[nr] + gradient
                gradient = None
                left = dependencies[target] - 1
                if left:
                    dependencies[target] = left
                elif reach is None or target in reach:
                    heappush(ready, target)
            outs = None  # nobody but its buffer may hold a gradient when a leaf takes it
    except Exception:
        if anomaly.enabled:
            anomaly.report(node)
        raise
    finally:
        grad, mode.in_formula, mode.walk = previous
        set_mode(grad, mode.inference)
    return [captured[edge] for edge in inputs or ()]


def _apply_watched(node: Node, buffer: list[Any], as_tensors: bool) -> Sequence[Any]:
    """``node.apply`` where it has hooks, or where anomaly mode looks at what it returns."""
    hooks = node._hooks or Hooks()
    if hooks.before:
        hooks.run_before(buffer, as_tensors)
    grads = list(buffer) if hooks.after else []
    mode.node, previous = node, mode.node
    try:
        outs = node.apply(buffer, as_tensors)
    finally:
        mode.node = previous
    if hooks.after:
        outs = list(outs)
        for index, (target, nr) in enumerate(node.next_functions):
            if outs[index] is not None and target is not None:
                shape, dtype = target._outputs[nr]
                outs[index] = _fit(outs[index], shape, dtype, node, index)
        outs = hooks.run_after(outs, grads, as_tensors)
    if anomaly.enabled and anomaly.check_nan:
        for index, out in enumerate(outs):
            array = out._array if is_tensor(out) else out
            if array is not None and array.dtype.kind in "fcV" and np.isnan(array).any():
                raise RuntimeError(
                    f"Function '{node.name()}' returned nan values in its {index}th output."
                )
    return outs


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
    for node in sorted(nodes, key=lambda node: node._number):
        if any(target in reach for target, _ in node.next_functions):
            reach.add(node)
            on_path.add(node)
    return reach, on_path


def _fit(
    gradient: Any, shape: tuple[int, ...], dtype: np.dtype[Any], node: Node, index: int
) -> Any:
    """Sums and casts a gradient to what its input is; a real input takes the real part."""
    gradient_shape = tuple(gradient.shape)
    if dtype is None:  # any is taken as it is
        dtype = gradient._array.dtype if is_tensor(gradient) else gradient.dtype
    if gradient_shape != shape:
        if not _expandable(shape, gradient_shape):
            raise RuntimeError(
                f"Function {node.name()} returned an invalid gradient at index {index} - got "
                f"{list(gradient_shape)} but expected shape compatible with {list(shape)}"
            )
        gradient = gradient.sum_to_size(shape) if is_tensor(gradient) else sum_to(gradient, shape)
    if is_tensor(gradient):
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
    if array.dtype.itemsize == 2 and array.dtype.kind in "fV":  # added up in float32
        return sum_to(array.astype(np.float32), shape).astype(array.dtype)
    lead = array.ndim - len(shape)
    if array.shape[lead:] == shape:
        return np.add.reduce(array, tuple(range(lead)))
    axes = (
        *range(lead),
        *(i + lead for i, n in enumerate(shape) if n == 1 != array.shape[i + lead]),
    )
    return np.add.reduce(array, axes, keepdims=True).reshape(shape)


def is_tensor(gradient: Any) -> bool:
    return hasattr(gradient, "_array")
