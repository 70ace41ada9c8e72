"""``torch.autograd.Function``: operations whose derivatives the user writes.

``apply`` runs ``forward`` unrecorded and gives its outputs one node, which is also the ``ctx`` that
``forward`` and ``backward`` are handed.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from .. import _forward
from .._engine import FREED, NO_EDGE, Edge, Node, next_sequence_number, observers
from .._forward import state as forward_state
from .._grad_mode import is_grad_enabled, mode, no_grad
from .._inplace import rebase
from .._saved import Item, SavedTensor, pack, unpack
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
    """What ``forward`` tells of its tensors, each with one call."""

    to_save: tuple[Any, ...] | None = None
    saved_for_forward: tuple[Any, ...] | None = None
    dirty_tensors: tuple[Any, ...] | None = None
    non_differentiable: tuple[Any, ...] | None = None
    _materializes = True

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keeps tensors for ``backward``, which finds them in ``saved_tensors``."""
        self.to_save = tensors

    def save_for_forward(self, *tensors: Tensor | None) -> None:
        """Keeps tensors for ``jvp``, which finds them in ``saved_tensors``."""
        for tensor in tensors:
            if not (isinstance(tensor, Tensor) or tensor is None):
                raise AssertionError(
                    "save_for_forward expects all arguments to be tensors; you should save "
                    "non-tensors as attributes on ctx."
                )
        self.saved_for_forward = tensors

    def mark_dirty(self, *args: Tensor) -> None:
        """These inputs have been changed in place, and are outputs."""
        self.dirty_tensors = args

    def mark_shared_storage(self, *pairs: Any) -> None:
        warnings.warn(
            "`mark_shared_storage` is deprecated. Tensors with shared storages are automatically "
            "tracked. Note that calls to `set_()` are not tracked",
            FutureWarning,
            stacklevel=2,
        )

    def mark_non_differentiable(self, *args: Tensor) -> None:
        """These outputs do not require gradients."""
        self.non_differentiable = args

    def set_materialize_grads(self, value: bool) -> None:
        """Whether gradients that do not exist arrive as zeros (as they do), or as None."""
        if not isinstance(value, bool):
            raise TypeError(
                "set_materialize_grads received an invalid combination of arguments - got (), but "
                "expected (bool)"
            )
        self._materializes = value


class BackwardCFunction(Node, FunctionCtx):
    """The node of a Function, its ``ctx``."""

    _forward_cls: ClassVar[type[Function]]
    needs_input_grad: tuple[bool, ...] = ()
    _saved: tuple[tuple[Item], ...] | None = ()
    _outputs: tuple[Any, ...] = ()
    _tangents: dict[int, Any] = {}  # of the outputs, by number
    # Of each output, shape and dtype, or None where it is no tensor.
    _shapes: tuple[Any, ...] = ()

    def __init__(self) -> None:
        self._number = next_sequence_number()

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.{type(self).__name__} object at {id(self):#x}>"

    def __call__(self, *grads: Any) -> Any:
        raise TypeError(f"'{type(self).__name__}' object is not callable")

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What was saved; a RuntimeError if it has been changed since, or released."""
        if self.saved_for_forward is not None:
            return self.saved_for_forward
        if self._saved is None:
            raise RuntimeError(FREED)
        return tuple(unpack(item, self, True) for (item,) in self._saved)

    @property
    def saved_variables(self) -> tuple[Any, ...]:
        warnings.warn(
            "'saved_variables' is deprecated; use 'saved_tensors'", DeprecationWarning, stacklevel=2
        )
        return self.saved_tensors

    @property
    def _raw_saved_tensors(self) -> tuple[SavedTensor, ...]:
        if self._saved is None:
            raise RuntimeError(FREED)
        return tuple(SavedTensor(self, nr) for nr in range(len(self._saved)))

    def item(self, nr: int) -> Item | None:
        """One saved tensor, None where None was saved."""
        item = self._saved[nr][0] if self._saved else (None,)
        return None if item == (None,) else item

    def pack(self, hooks: Any, only: int | None = None) -> None:
        """Has hooks keep the saved tensors, or one of them."""
        self._saved = tuple(
            (pack(item, self, hooks, only is not None),)
            if len(item) == 4 and only in (None, nr)
            else (item,)
            for nr, (item,) in enumerate(self._saved or ())
        )

    def release(self) -> None:
        self._saved = None

    def _save(self) -> None:
        tensors, self.to_save = self.to_save or (), None
        for nr, t in enumerate(tensors):
            if not (t is None or isinstance(t, Tensor)):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument {nr} is of type "
                    f"{type(t).__name__}"
                )
        self._saved = tuple((self._kept(t),) for t in tensors)
        for told in observers:
            told(self)

    def _kept(self, t: Tensor | None) -> Item:
        if t is None:
            return (None,)
        counter = t._version_counter
        if t.grad_fn is self:  # the array, not the tensor, which holds the node
            return (t._array, counter, counter[0], t._output_nr)
        return (t, counter, counter[0], 0)

    def apply(self, grads: list[Any], as_tensors: bool) -> Sequence[Any]:
        """Hands the gradients to ``backward`` as tensors, and checks what it returns."""
        backward, vjp = self._forward_cls.backward, self._forward_cls.vjp
        if backward is not Function.backward and vjp is not Function.vjp:
            raise RuntimeError(
                "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You "
                "should only implement one of them."
            )
        given = [
            g if g is None or as_tensors else new_tensor(np.asarray(g)) for g in grads
        ]  # fmt: skip
        if self._materializes:
            given = [
                new_tensor(np.zeros(*like)) if g is None and like is not None else g
                for g, like in zip(given, self._shapes, strict=True)
            ]
        previous, mode.in_formula = mode.in_formula, False  # the user's numbers are plain numbers
        try:
            found = (backward if vjp is Function.vjp else vjp)(self, *given)
        finally:
            mode.in_formula = previous
        found = found if isinstance(found, tuple) else (found,)
        return [
            out if out is None or as_tensors else out._array
            for out, is_tensor in zip(self._checked(found), self._are_tensors, strict=True)
            if is_tensor
        ]

    _are_tensors: tuple[bool, ...] = ()

    def _checked(self, found: tuple[Any, ...]) -> tuple[Any, ...]:
        expected = len(self._are_tensors)
        if len(found) < expected or any(out is not None for out in found[expected:]):
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected "
                f"{expected}, got {len(found)})"
            )
        edges = iter(self.next_functions)
        for nr, (out, is_tensor) in enumerate(zip(found, self._are_tensors, strict=False), 1):
            if not is_tensor and out is not None:
                raise RuntimeError(
                    f"function {self.name()} returned a gradient different than None at position "
                    f"{nr}, but the corresponding forward input was not a Variable"
                )
            if not (out is None or isinstance(out, Tensor)):
                raise RuntimeError(f"expected Variable or None (got {type(out).__name__})")
            node, output_nr = next(edges) if is_tensor else NO_EDGE
            if out is not None and node is not None and out.is_complex():
                dtype = node._outputs[output_nr][1]
                if dtype is not None and dtype.kind != "c":
                    raise RuntimeError(_COMPLEX)
        return found[:expected]


_COMPLEX = (
    "Expected isFloatingType(grad.scalar_type()) || (input_is_complex == grad_is_complex) to be "
    "true, but got false.  (Could this error message be improved?  If so, please report an "
    "enhancement request to PyTorch.)"
)


class Function(FunctionCtx):
    """To be subclassed, with static methods ``forward``, ``backward`` (or ``vjp``) and ``jvp``.

    ``forward(ctx, *args)`` may be parted into ``forward(*args)`` and
    ``setup_context(ctx, inputs, output)``. Only ``apply`` is called.
    """

    _backward_cls: ClassVar[type[BackwardCFunction]]
    generate_vmap_rule = False

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        described = {"_forward_cls": cls, "__module__": "torch.autograd.function"}
        cls._backward_cls = type(cls.__name__ + "Backward", (BackwardCFunction,), described)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn(
            f"{self.__class__} should not be instantiated. Methods on autograd functions are all "
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
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """The outputs of ``forward``, recorded as one step."""
        separate = cls.setup_context is not Function.setup_context
        if separate:
            bound = inspect.signature(cls.forward).bind(*args, **kwargs)
            bound.apply_defaults()
            args, kwargs = bound.args, bound.kwargs
        elif mode.transforms:
            raise RuntimeError(
                "In order to use an autograd.Function with functorch transforms (vmap, grad, jvp, "
                "jacrev, ...), it must override the setup_context staticmethod. For more details, "
                "please see https://pytorch.org/docs/main/notes/extending.func.html"
            )
        ctx, every = cls._backward_cls(), (*args, *kwargs.values())
        inputs = [a for a in every if isinstance(a, Tensor)]
        ctx._are_tensors = tuple(isinstance(a, Tensor) for a in every)
        ctx.needs_input_grad = tuple(isinstance(a, Tensor) and a.requires_grad for a in every)
        recording = mode.enabled and any(ctx.needs_input_grad)
        if recording:
            ctx.next_functions = tuple(
                t._edge() if t.requires_grad else NO_EDGE for t in inputs
            )  # fmt: skip
        carrying = forward_state.enable(False)
        try:
            with no_grad():
                if separate:
                    output = cls.forward(*args, **kwargs)
                    cls.setup_context(ctx, args, output)
                else:
                    output = cls.forward(ctx, *args, **kwargs)
        finally:
            forward_state.enable(carrying)
        outputs = list(output) if isinstance(output, tuple) else [output]
        settled = _Outputs(ctx, inputs, separate, recording)
        settled.settle(outputs)
        if forward_state.active:
            _carry(ctx, every, outputs, settled)
        if recording:
            ctx._save()
        ctx.to_save = ctx.saved_for_forward = ctx.non_differentiable = ctx.dirty_tensors = None
        return tuple(outputs) if isinstance(output, tuple) else outputs[0]


class _Outputs:
    """What becomes of the outputs of ``forward``: which of them the node gets, and how."""

    def __init__(
        self, ctx: BackwardCFunction, inputs: list[Tensor], separate: bool, recording: bool
    ) -> None:
        self.ctx, self.recording = ctx, recording
        self.inputs = set(map(id, inputs))
        self.dirty = {id(t): t for t in ctx.dirty_tensors or ()}
        for t in self.dirty.values():
            if not isinstance(t, Tensor):
                raise RuntimeError("mark_dirty can only accept variables, but argument ")
            t._version_counter[0] += 1
        for t in ctx.non_differentiable or ():
            if recording and not isinstance(t, Tensor):
                raise RuntimeError(
                    "mark_non_differentiable only accepts variable arguments, but got "
                )
        self.constant = set(map(id, ctx.non_differentiable or ()))
        self.saved = set(map(id, ctx.to_save or ())) if separate else set()

    def settle(self, outputs: list[Any]) -> None:
        """Replaces the outputs by those that the user gets."""
        given = set(map(id, outputs))
        self.differentiable = [self._is_differentiable(t) for t in outputs]
        differentiable = [self.recording and one for one in self.differentiable]
        like = [
            (t._array.shape, t._array.dtype) if isinstance(t, Tensor) else None for t in outputs
        ]
        self.ctx._shapes = tuple(like)
        self.ctx._outputs = tuple(
            shape if one and shape else ((), None)
            for shape, one in zip(like, differentiable, strict=True)
        )
        for nr, t in enumerate(outputs):
            if isinstance(t, Tensor):
                outputs[nr] = self._settled(t, nr, differentiable[nr], len(outputs))
        views = [t for t in outputs if isinstance(t, Tensor) and t._base is not None]
        for t in views:
            if sum(differentiable) > 1:
                t._creation = "several"
            elif id(t) not in self.dirty:
                t._creation = "custom"
        if not given.issuperset(self.dirty):
            raise RuntimeError(
                "Some elements marked as dirty during the forward method were not returned as "
                "output. The inputs that are modified inplace must all be outputs of the Function."
            )

    def _is_differentiable(self, t: Any) -> bool:
        return isinstance(t, Tensor) and id(t) not in self.constant and t._array.dtype.kind in "fcV"

    def check_tangent(self, t: Any, nr: int, tangent: Tensor, version: int | None) -> None:
        """What PyTorch asks of what ``jvp`` returns; ``version`` is that of the input's tangent."""
        if not self.differentiable[nr]:
            raise RuntimeError(
                f"Function's jvp returned a gradient at position {nr}, but  the corresponding "
                "forward output is not a differentiable Tensor.You should return None at that "
                "position instead."
            )
        if id(t) in self.dirty:
            if version is not None and tangent._version_counter[0] == version:
                raise RuntimeError(_TANGENT_KEPT)
        elif t._base is not None and tangent._base is None:
            raise RuntimeError(
                "A custom Function's forward is returning a view (or an input as-is) but the jvp "
                "is not returning a view."
            )
        if t.shape != tangent.shape:
            raise RuntimeError(
                "Trying to set a forward gradient that has a different size than that of the "
                f"original Tensor, this is not supported. Tensor is of size {list(t.shape)} while "
                f"the given forward gradient is of size {list(tangent.shape)}."
            )

    def _settled(self, t: Tensor, nr: int, differentiable: bool, count: int) -> Tensor:
        is_input, modified = id(t) in self.inputs, id(t) in self.dirty
        if modified and not is_input:
            warnings.warn(_NOT_AN_INPUT, UserWarning, stacklevel=4)
        if not differentiable:
            if t.requires_grad:
                if is_input:
                    return t.detach()
                if not modified:
                    t.detach_()
            elif is_input and not modified:
                return _alias(t)
            return t
        if modified:
            if t.is_leaf and t.requires_grad:
                raise RuntimeError(
                    "a leaf Variable that requires grad has been used in an in-place operation."
                )
            if t._base is not None and count > 1:
                raise RuntimeError(_VIEW_AMONG_SEVERAL)
            rebase(t, self.ctx)
            t._output_nr = nr if t._base is None else 0
            return t
        if is_input:
            if id(t) in self.saved:
                raise RuntimeError(_RETURNED_AND_SAVED)
            t = _alias(t)
        t._grad_fn, t._output_nr, t._requires_grad = self.ctx, nr, True
        t._view_version = t._version_counter[0]
        return t


def _alias(t: Tensor) -> Tensor:
    carrying = forward_state.enable(False)
    try:
        with no_grad():
            view: Tensor = t.view_as(t)
            return view
    finally:
        forward_state.enable(carrying)


_NOT_AN_INPUT = (
    "ctx.mark_dirty() received a tensor that was not an input. Only input Tensors that have been "
    "mutated should be passed to ctx.mark_dirty()."
)
_TANGENT_KEPT = (
    "An inplace custom Function is not modifying the forward mode gradients inplace. If the "
    "forward is modifying an input inplace, then the jvp function must modify the corresponding "
    "gradient inplace."
)
_VIEW_AMONG_SEVERAL = (
    "If your Function modifies inplace an input that is a view of another Tensor, your Function "
    "cannot return more than one Tensor. This is not supported by the current autograd engine. You "
    "should either make sure the input is not a view (using .clone() for example) or make your "
    "Function only return one Tensor (potentially splitting it into two Functions: one doing the "
    "inplace that returns a single Tensor and a second one that does the other operations). You "
    "can ask on the forum https://discuss.pytorch.org/ if you need help to do this change."
)
_RETURNED_AND_SAVED = (
    "An input that has been returned as-is as output is being saved for backward. This is not "
    "supported if you override setup_context. You should return and save a view of the input "
    "instead, e.g. with x.view_as(x) or setup ctx inside the forward function itself."
)


def _carry(
    ctx: BackwardCFunction, args: tuple[Any, ...], outputs: list[Any], settled: _Outputs
) -> None:
    """Forward mode: asks ``jvp``, level by level, for the tangents of the outputs."""
    carried = [_forward.tangents(a) if isinstance(a, Tensor) else {} for a in args]
    active = forward_state.active
    for depth, level in enumerate(active):
        if not any(level in tangents for tangents in carried):
            continue
        moves = [
            new_tensor(np.zeros_like(a._array))
            if ctx._materializes and isinstance(a, Tensor) and level not in tangents
            else tangents.get(level)
            for a, tangents in zip(args, carried, strict=True)
        ]
        versions = {
            id(a): None if m is None else m._version_counter[0]
            for a, m in zip(args, moves, strict=True)
        }
        forward_state.active = active[:depth]
        try:
            found = ctx._forward_cls.jvp(ctx, *moves)
        finally:
            forward_state.active = active
        found = found if isinstance(found, tuple) else (found,)
        for nr, tangent in enumerate(found):
            if not (tangent is None or isinstance(tangent, Tensor)):
                raise RuntimeError(
                    f"expected Variable or None (got {type(tangent).__name__}) for grad output "
                    f"{nr}."
                )
        if len(found) != len(outputs):
            raise RuntimeError(
                "Function's jvp returned an invalid number of forward gradients (expected "
                f"{len(outputs)} but got {len(found)})"
            )
        for nr, (t, tangent) in enumerate(zip(outputs, found, strict=True)):
            if tangent is not None:
                settled.check_tangent(t, nr, tangent, versions.get(id(t)))
                t._tangents = {**t._tangents, level: tangent}
                t._tangents_version = t._version_counter[0]
                ctx._tangents = {**ctx._tangents, nr: t._tangents}


class InplaceFunction(Function):
    """A Function that remembers whether it works in place; kept by PyTorch for old programs."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace


class NestedIOFunction(Function):
    """The base of functions with nested inputs, of old; nothing is left of it but its name."""


class Error(Node):
    """Stands where a gradient was computed that cannot be differentiated."""

    def __init__(self, message: str, edges: tuple[Edge, ...], outputs: tuple[Any, ...]) -> None:
        self.message, self.next_functions, self._outputs = message, edges, outputs
        self._number = next_sequence_number()
        for told in observers:
            told(self)

    def name(self) -> str:
        return "torch::autograd::Error"

    def apply(self, grads: list[Any], as_tensors: bool) -> Sequence[Any]:
        raise RuntimeError(self.message)


def once_differentiable(fn: Callable[..., Any]) -> Callable[..., Any]:
    """For ``backward``: it runs unrecorded, and a graph of its results raises when it is walked."""

    @functools.wraps(fn)
    def wrapper(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        with no_grad():
            found = fn(ctx, *args, **kwargs)
        if not (is_grad_enabled() and any(isinstance(a, Tensor) and a.requires_grad for a in args)):
            return found
        outputs = found if isinstance(found, tuple) else (found,)
        fresh = [None if t is None else t.detach().requires_grad_() for t in outputs]
        node = Error(
            "trying to differentiate twice a function that was marked with @once_differentiable",
            tuple(NO_EDGE if t is None else t._edge() for t in fresh),
            tuple(((), None) if t is None else (t._array.shape, t._array.dtype) for t in fresh),
        )
        for nr, t in enumerate(fresh):
            if t is not None:
                t = fresh[nr] = t.detach()
                t._grad_fn, t._output_nr, t._requires_grad = node, nr, True
        return tuple(fresh) if len(fresh) > 1 else fresh[0]

    return wrapper
