"""Custom functions: a forward and a backward that the user writes, as one node of the graph.

``forward(ctx, *args)`` computes and ``backward(ctx, *grads)`` returns a gradient for each argument.
The context is the node itself. A ``setup_context(ctx, inputs, output)`` of its own takes the
context out of ``forward``.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._engine import FREED, NO_EDGE, Edge, Node, next_sequence_number, observers
from .._forward import state as forward
from .._forward import tangents
from .._grad_mode import mode, no_grad
from .._inplace import rebase
from .._saved import Item, pack, unpack
from .._stand_ins import at
from .._tensor import Tensor, new_tensor

__all__ = [
    "BackwardCFunction",
    "Function",
    "FunctionCtx",
    "InplaceFunction",
    "NestedIOFunction",
    "once_differentiable",
]


class FunctionCtx:
    """What a custom function tells autograd about itself."""

    needs_input_grad: tuple[bool, ...] = ()
    dirty_tensors: tuple[Tensor, ...] | None = None
    non_differentiable: tuple[Tensor, ...] | None = None
    to_save: tuple[Tensor | None, ...] | None = None
    saved_for_forward: tuple[Tensor | None, ...] | None = None
    _materialize_grads = True

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keeps inputs and outputs for ``saved_tensors``; a TypeError for what is no tensor."""
        self.to_save = tensors

    def save_for_forward(self, *tensors: Tensor | None) -> None:
        """Keeps tensors for ``jvp``."""
        for tensor in tensors:
            assert isinstance(tensor, Tensor) or tensor is None, (
                "save_for_forward expects all arguments to be tensors; you should save "
                "non-tensors as attributes on ctx."
            )
        self.saved_for_forward = tensors

    def mark_dirty(self, *args: Tensor) -> None:
        """Says which inputs ``forward`` has changed in place; it must return them."""
        self.dirty_tensors = args

    def mark_shared_storage(self, *pairs: Any) -> None:
        warnings.warn(
            "`mark_shared_storage` is deprecated. Tensors with shared storages are automatically "
            "tracked. Note that calls to `set_()` are not tracked",
            FutureWarning,
            stacklevel=2,
        )

    def mark_non_differentiable(self, *args: Tensor) -> None:
        """Says which outputs have no gradient."""
        self.non_differentiable = args

    def set_materialize_grads(self, value: bool) -> None:
        """Whether ``backward`` is given zeros where nothing depends on an output, or None."""
        if not isinstance(value, bool):
            raise TypeError(
                "set_materialize_grads received an invalid combination of arguments - got (), but "
                "expected (bool)"
            )
        self._materialize_grads = value


class BackwardCFunction(Node, FunctionCtx):
    """The node of a custom function, and the context that its methods are given."""

    _forward_cls: type[Function]
    _is_variable: tuple[bool, ...]  # of the arguments
    saved: tuple[tuple[Item, ...]] | None = ((),)
    outputs: tuple[Any, ...] = ()
    tangents: dict[int, Any] = {}  # of the outputs, by number

    def __init__(self, args: Sequence[Any]) -> None:
        self._is_variable = tuple(isinstance(a, Tensor) for a in args)
        self.needs_input_grad = tuple(isinstance(a, Tensor) and a.requires_grad for a in args)
        self.next_functions = ()
        if mode.enabled:
            edges: list[Edge] = [
                a._edge() if a.requires_grad else NO_EDGE for a in args if isinstance(a, Tensor)
            ]
            self.next_functions = tuple(edges) if any(self.needs_input_grad) else ()
        self.number = next_sequence_number()

    def __repr__(self) -> str:
        return f"<torch.autograd.function.{type(self).__name__} object at {id(self):#x}>"

    def __call__(self, *grads: Any) -> Any:
        raise TypeError(f"'{type(self).__name__}' object is not callable")

    @property
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        if self.saved_for_forward is not None:
            return self.saved_for_forward
        if self.saved is None:
            raise RuntimeError(FREED)
        return tuple(unpack(item, self, True) for item in self.saved[0])

    @property
    def saved_variables(self) -> tuple[Tensor | None, ...]:
        warnings.warn(
            "'saved_variables' is deprecated; use 'saved_tensors'", DeprecationWarning, stacklevel=2
        )
        return self.saved_tensors

    def save(self, outputs: Sequence[Tensor]) -> None:
        """Once the outputs have their place in the graph: one that is saved knows it."""
        items: list[Item] = []
        for tensor in self.to_save or ():
            if tensor is None:
                items.append((None,))
                continue
            counter, ours = tensor._version_counter, tensor._grad_fn is self
            kept = tensor._array if ours and any(tensor is out for out in outputs) else tensor
            items.append((kept, counter, counter[0], tensor._output_nr))
        self.saved, self.to_save = (tuple(items),), None
        for told in observers:
            told(self)

    def pack(self, hooks: Any) -> None:
        (items,) = self.saved or ((),)
        self.saved = (
            tuple(pack(item, self, hooks, False) if len(item) == 4 else item for item in items),
        )

    def release(self) -> None:
        if self.saved is not None and self.saved[0]:
            self.saved = None

    def apply(self, grads: list[Any], as_tensors: bool) -> Sequence[Any]:
        given = [
            None if g is None else g if as_tensors else new_tensor(np.asarray(g)) for g in grads
        ]
        if self._materialize_grads:
            given = [
                new_tensor(np.zeros(*output)) if g is None and output[1] is not None else g
                for g, output in zip(given, self.outputs, strict=True)
            ]
        outs = self._gradients(self._call(self._forward_cls._backward(), given))
        return outs if as_tensors else [out if out is None else out._array for out in outs]

    def _call(self, method: Callable[..., Any], args: Sequence[Any]) -> Any:
        previous, mode.in_formula = mode.in_formula, False
        try:
            return method(self, *args)
        finally:
            mode.in_formula = previous

    def _gradients(self, returned: Any) -> list[Tensor | None]:
        """One for each argument that is a tensor, out of what ``backward`` has returned."""
        outs = returned if isinstance(returned, tuple) else (returned,)
        count = len(self._is_variable)
        if all(out is None for out in outs[count:]):
            outs = outs[:count]
        if len(outs) != count:
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected "
                f"{count}, got {len(outs)})"
            )
        gradients: list[Tensor | None] = []
        for place, (out, is_variable) in enumerate(zip(outs, self._is_variable, strict=True)):
            if is_variable:
                gradients.append(_tensor_or_none(out))
            elif out is not None:
                raise RuntimeError(
                    f"function {self.name()} returned a gradient different than None at position "
                    f"{place + 1}, but the corresponding forward input was not a Variable"
                )
        for out, (target, nr) in zip(gradients, self.next_functions, strict=True):
            if out is not None and target is not None and out.is_complex():
                dtype = target.outputs[nr][1]
                if dtype is not None and dtype.kind != "c":
                    raise RuntimeError(
                        "Expected isFloatingType(grad.scalar_type()) || (input_is_complex == "
                        "grad_is_complex) to be true, but got false.  (Could this error message be "
                        "improved?  If so, please report an enhancement request to PyTorch.)"
                    )
        return gradients


def _tensor_or_none(value: Any, where: str = "") -> Tensor | None:
    if value is not None and not isinstance(value, Tensor):
        raise RuntimeError(f"expected Variable or None (got {type(value).__name__}){where}")
    return value


class Function:
    """The base of custom functions; ``apply`` calls one."""

    _backward_cls: type[BackwardCFunction]
    generate_vmap_rule = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all "
            "static, so you should invoke them on the class itself. Instantiating an autograd "
            "function will raise an error in a future version of PyTorch.",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use "
            "new-style autograd function with static forward method. (Example: "
            "https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
        )

    def __init_subclass__(cls) -> None:
        cls._backward_cls = type(
            cls.__name__ + "Backward", (BackwardCFunction,), {"_forward_cls": cls}
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(
            "You must implement the forward function for custom autograd.Function."
        )

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom "
            "autograd.Function to use it with backward mode AD."
        )

    vjp = backward

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with "
            "forward mode AD."
        )

    @staticmethod
    def vmap(info: Any, in_dims: Any, *args: Any) -> Any:
        raise NotImplementedError(
            "To use autograd.Function with vmap, you must either override the vmap staticmethod or "
            "set generate_vmap_rule=True."
        )

    @classmethod
    def _backward(cls) -> Callable[..., Any]:
        if cls.backward is not Function.backward and cls.vjp is not Function.vjp:
            raise RuntimeError(
                "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You "
                "should only implement one of them."
            )
        return cls.vjp if cls.backward is Function.backward else cls.backward

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """``forward`` on the arguments, unrecorded; one node stands for all that it does."""
        separate = cls.setup_context is not Function.setup_context
        if separate or kwargs:
            ctx_first = () if separate else (None,)
            bound = inspect.signature(cls.forward).bind(*ctx_first, *args, **kwargs)
            bound.apply_defaults()
            args = bound.args[len(ctx_first) :]
        ctx = cls._backward_cls(args)
        active, forward.active = forward.active, ()
        try:
            with no_grad():
                output = cls.forward(*args) if separate else cls.forward(ctx, *args)
                if separate:
                    cls.setup_context(ctx, args, output)
        finally:
            forward.active = active
        raw = output if isinstance(output, tuple) else (output,)
        results = _outputs(ctx, args, raw)
        if forward.active:
            _carry(ctx, args, results)
        _check_saved(ctx.to_save)
        if ctx.next_functions:
            ctx.save([r for r in results if isinstance(r, Tensor)])
        return tuple(results) if isinstance(output, tuple) else results[0]


class InplaceFunction(Function):
    """A function that may work in place; ``inplace`` says whether it does."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace


class NestedIOFunction(Function):
    """The base of functions with nested inputs, of old; nothing is left of it but its name."""


def _check_saved(tensors: Sequence[Any] | None) -> None:
    for place, value in enumerate(tensors or ()):
        if value is not None and not isinstance(value, Tensor):
            raise TypeError(
                f"save_for_backward can only save variables, but argument {place} is of type "
                f"{type(value).__name__}"
            )


def _has(tensors: Sequence[Any] | None, t: Any) -> bool:
    return any(t is other for other in tensors or ())


def _outputs(ctx: BackwardCFunction, args: Sequence[Any], raw: Sequence[Any]) -> list[Any]:
    """What ``forward`` has returned, its tensors with their place in the graph."""
    dirty, constant = ctx.dirty_tensors or (), ctx.non_differentiable or ()
    if not all(isinstance(t, Tensor) for t in dirty):
        raise RuntimeError("mark_dirty can only accept variables, but argument ")
    if not all(isinstance(t, Tensor) for t in constant):
        raise RuntimeError("mark_non_differentiable only accepts variable arguments, but got ")
    for t in dirty:
        if not _has(args, t):
            warnings.warn(
                "ctx.mark_dirty() received a tensor that was not an input. Only input Tensors that "
                "have been mutated should be passed to ctx.mark_dirty().",
                UserWarning,
                stacklevel=3,
            )
        if not _has(raw, t):
            raise RuntimeError(
                "Some elements marked as dirty during the forward method were not returned as "
                "output. The inputs that are modified inplace must all be outputs of the Function."
            )
    ctx.outputs = tuple(
        (t._array.shape, t._array.dtype) if isinstance(t, Tensor) else ((), None) for t in raw
    )
    seen: dict[int, Any] = {}
    for nr, t in enumerate(raw):
        if isinstance(t, Tensor) and id(t) not in seen:
            seen[id(t)] = _placed(ctx, t, nr, _has(args, t), _has(dirty, t))
    return [seen.get(id(t), t) for t in raw]


def _placed(ctx: BackwardCFunction, t: Tensor, nr: int, is_input: bool, is_dirty: bool) -> Tensor:
    """An output as the function's: an input that was not changed comes back as a view of it."""
    differentiable = ctx.next_functions and (
        not _has(ctx.non_differentiable, t) and t._array.dtype.kind in "fcV"
    )
    if is_dirty and is_input:
        t._version_counter[0] += 1
        if differentiable:
            if t.is_leaf and t.requires_grad:
                raise RuntimeError(
                    "a leaf Variable that requires grad has been used in an in-place operation."
                )
            rebase(t, ctx)
            t._output_nr = nr if t._base is None else 0
        return t
    if is_input and not differentiable and t.requires_grad:
        return t.detach()
    if is_input:
        with no_grad():
            t = t.view_as(t)
    if differentiable:
        t._requires_grad, t._grad_fn, t._output_nr = True, ctx, nr
        if t._base is not None:
            t._creation = "custom"
    return t


def _carry(ctx: BackwardCFunction, args: Sequence[Any], results: Sequence[Any]) -> None:
    """Forward mode: ``jvp`` says what the outputs carry."""
    carried = {level for a in args if isinstance(a, Tensor) for level in tangents(a)}
    active = forward.active
    level = next((level for level in reversed(active) if level in carried), None)
    if level is None:
        return
    given = [
        tangents(a).get(level, new_tensor(np.zeros_like(a._array)))
        if isinstance(a, Tensor)
        else None
        for a in args
    ]
    forward.active = active[: active.index(level)]
    try:
        returned = ctx._forward_cls.jvp(ctx, *given)
    finally:
        forward.active, ctx.saved_for_forward = active, None
    outs = returned if isinstance(returned, tuple) else (returned,)
    if len(outs) != len(results):
        raise RuntimeError(
            "Function's jvp returned an invalid number of forward gradients (expected "
            f"{len(results)} but got {len(outs)})"
        )
    for nr, (result, out) in enumerate(zip(results, outs, strict=True)):
        tangent = _tensor_or_none(out, f" for grad output {nr}.")
        if (
            tangent is None
            or not isinstance(result, Tensor)
            or _has(ctx.non_differentiable, result)
        ):
            continue
        if tangent.shape != result.shape:
            raise RuntimeError(
                "Trying to set a forward gradient that has a different size than that of the "
                f"original Tensor, this is not supported. Tensor is of size {list(result.shape)} "
                f"while the given forward gradient is of size {list(tangent.shape)}."
            )
        result._tangents = {**result._tangents, level: tangent}


class Error(Node):
    """Stands where a graph may not be followed, and says so when it is."""

    def __init__(self, message: str, inputs: Sequence[Tensor]) -> None:
        self.message = message
        self.next_functions = tuple(t._edge() for t in inputs)
        self.outputs = tuple((t._array.shape, t._array.dtype) for t in inputs)
        self.number = next_sequence_number()

    def name(self) -> str:
        return "torch::autograd::Error"

    def apply(self, grads: list[Any], as_tensors: bool) -> Sequence[Any]:
        raise RuntimeError(self.message)


def once_differentiable(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Marks a ``backward`` whose own steps cannot be differentiated."""

    @functools.wraps(fn)
    def wrapper(ctx: Any, *args: Any) -> Any:
        with no_grad():
            outputs = fn(ctx, *args)
        if not mode.enabled or not any(isinstance(a, Tensor) and a.requires_grad for a in args):
            return outputs
        several = outputs if isinstance(outputs, tuple) else (outputs,)
        tensors = [out.detach().requires_grad_() for out in several if isinstance(out, Tensor)]
        node = Error(
            "trying to differentiate twice a function that was marked with @once_differentiable",
            tensors,
        )
        placed = iter([at((node, nr), t) for nr, t in enumerate(tensors)])
        results = tuple(next(placed) if isinstance(out, Tensor) else out for out in several)
        return results if isinstance(outputs, tuple) else results[0]

    return wrapper
