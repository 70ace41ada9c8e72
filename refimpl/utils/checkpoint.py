"""``torch.utils.checkpoint``: what the backward pass needs is computed again instead of kept.

The reentrant kind is a custom function whose ``backward`` runs the function once more, and a
backward pass of its own through it. The other kind keeps the graph: hooks on saved tensors put
nothing by, and run the function once more when the first of them is asked for.
"""

from __future__ import annotations

import contextlib
import warnings
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .. import autograd
from .._grad_mode import enable_grad, mode
from .._random import default_generator
from .._saved import Item, saved_tensors_hooks, unpack
from .._tensor import Tensor
from ..autograd.function import Function

__all__ = [
    "CheckpointError",
    "CheckpointFunction",
    "check_backward_validity",
    "checkpoint",
    "checkpoint_sequential",
    "detach_variable",
    "noop_context_fn",
    "set_checkpoint_early_stop",
]

Contexts = tuple[contextlib.AbstractContextManager[Any], contextlib.AbstractContextManager[Any]]


class CheckpointError(RuntimeError):
    """What was computed again is not what was computed first."""

    __module__ = "torch.utils.checkpoint"


def noop_context_fn() -> Contexts:
    return contextlib.nullcontext(), contextlib.nullcontext()


def detach_variable(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Leaves in the place of tensors; a RuntimeError for what is no tuple."""
    if not isinstance(inputs, tuple):
        raise RuntimeError(
            "Only tuple of tensors is supported. Got Unsupported input type: "
            f"{type(inputs).__name__}"
        )
    return tuple(
        t.detach()._set_requires_grad(t.requires_grad) if isinstance(t, Tensor) else t
        for t in inputs
    )


def check_backward_validity(inputs: Sequence[Any]) -> None:
    """Warns where no input requires grad."""
    if not any(t.requires_grad for t in inputs if isinstance(t, Tensor)):
        warnings.warn(
            "None of the inputs have requires_grad=True. Gradients will be None", stacklevel=2
        )


@contextlib.contextmanager
def _random_state(state: Any) -> Iterator[None]:
    """Draws random numbers from ``state`` on, and forgets that it did; None changes nothing."""
    outer = default_generator.get_state()
    try:
        if state is not None:
            default_generator.set_state(state)
        yield
    finally:
        if state is not None:
            default_generator.set_state(outer)


class CheckpointFunction(Function):
    """The reentrant kind: ``function`` runs unrecorded, and again in ``backward``."""

    @staticmethod
    def forward(ctx: Any, run_function: Any, preserve_rng_state: bool, *args: Any) -> Any:
        check_backward_validity(args)
        ctx.run_function = run_function
        ctx.state = default_generator.get_state() if preserve_rng_state else None
        ctx.inputs = [None if isinstance(a, Tensor) else a for a in args]
        ctx.tensor_indices = [i for i, a in enumerate(args) if isinstance(a, Tensor)]
        ctx.save_for_backward(*[a for a in args if isinstance(a, Tensor)])
        return run_function(*args)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        if mode.walk is not None and mode.walk[2] is not None:
            raise RuntimeError(
                "When use_reentrant=True, torch.utils.checkpoint is incompatible with .grad() or "
                "passing an `inputs` parameter to .backward(). To resolve this error, you can "
                "either set use_reentrant=False, or call .backward() without passing the `inputs` "
                "argument."
            )
        inputs = list(ctx.inputs)
        for index, t in zip(ctx.tensor_indices, ctx.saved_tensors, strict=True):
            inputs[index] = t
        with _random_state(ctx.state):
            detached = detach_variable(tuple(inputs))
            with enable_grad():
                outputs = ctx.run_function(*detached)
        outputs = (outputs,) if isinstance(outputs, Tensor) else outputs
        pairs = [
            (out, grad)
            for out, grad in zip(outputs, grads, strict=False)
            if isinstance(out, Tensor) and out.requires_grad
        ]
        if not pairs:
            raise RuntimeError(
                "none of output has requires_grad=True, this checkpoint() is not necessary"
            )
        autograd.backward([out for out, _ in pairs], [grad for _, grad in pairs])
        return (None, None, *[t.grad if isinstance(t, Tensor) else None for t in detached])


# The other kind.

_METADATA: dict[str, Callable[[Tensor], Any]] = {
    "default": lambda t: {"shape": t.shape, "dtype": t.dtype, "device": t.device},
    "none": lambda t: None,
}
_early_stop: bool | None = None  # overrules what each call says


@contextlib.contextmanager
def set_checkpoint_early_stop(enable: bool) -> Iterator[None]:
    """Whether functions that run again stop at the last tensor that is needed."""
    global _early_stop
    previous, _early_stop = _early_stop, enable
    try:
        yield
    finally:
        _early_stop = previous


class _StopRecomputation(Exception):
    """Nothing more is needed."""


class _Holder:
    """In the place of a saved tensor: what was computed again, by the backward pass it is for."""

    def __init__(self) -> None:
        self.values: dict[Any, Tensor | None] = {}


class _Frame:
    """A call of a function, and how it is run again."""

    def __init__(self, recompute: Callable[..., Any], args: Sequence[Any], early_stop: bool,
                 metadata: Callable[[Tensor], Any]) -> None:  # fmt: skip
        self.recompute, self.early_stop, self.metadata = recompute, early_stop, metadata
        self.args: list[Item] = [
            (a, a._version_counter, a._version_counter[0], 0) if isinstance(a, Tensor) else (a,)
            for a in args
        ]
        # Weak, so that what a partial backward pass has let go is not kept again.
        self.holders: list[weakref.ref[_Holder]] = []
        self.seen: list[Any] = []  # the metadata of what they stand for
        self.complete = self.lenient = False
        self.done: set[Any] = set()

    def hook(self) -> saved_tensors_hooks:
        return saved_tensors_hooks(self._put_by, self._find)

    def _put_by(self, t: Tensor) -> _Holder:
        holder = _Holder()
        self.holders.append(weakref.ref(holder))
        self.seen.append(self.metadata(t))
        return holder

    def _find(self, holder: _Holder) -> Tensor:
        walk = object() if mode.walk is None else mode.walk[0]
        if walk not in self.done:
            self._run_again(walk)
            self.done.add(walk)
        found = holder.values[walk]
        if found is None:
            raise CheckpointError(
                "torch.utils.checkpoint: Unpack is being triggered for a tensor that was already "
                "unpacked once. If you are calling ctx.saved_tensors in backward, make sure to do "
                "so only once. Otherwise please open an issue with details on your use case."
            )
        holder.values[walk] = None
        return found

    def _run_again(self, walk: Any) -> None:
        count = 0

        def keep(t: Tensor) -> Tensor:
            nonlocal count
            t = t.detach() if t.requires_grad else t
            count += 1
            if count > len(self.holders):
                if not self.complete:  # a backward pass within the function itself
                    self.lenient = True
                    return t
                raise CheckpointError(
                    "torch.utils.checkpoint: trying to save more tensors during recomputation than "
                    f"during the original forward pass.\n{_TIP}"
                )
            holder = self.holders[count - 1]()
            if holder is not None:
                holder.values[walk] = t
            if self.early_stop and count == len(self.holders):
                raise _StopRecomputation
            return t

        args = [unpack(item, None, True) for item in self.args]
        previous, mode.in_formula = mode.in_formula, False
        try:
            with saved_tensors_hooks(keep, lambda t: t), enable_grad():
                self.recompute(*args)
        except _StopRecomputation:
            pass
        finally:
            mode.in_formula = previous
        if not self.lenient:
            self._check(walk, count)

    def _check(self, walk: Any, count: int) -> None:
        if count != len(self.holders):
            raise CheckpointError(
                "torch.utils.checkpoint: A different number of tensors was saved during the "
                "original forward and recomputation.\nNumber of tensors saved during forward: "
                f"{len(self.holders)}\nNumber of tensors saved during recomputation: {count}.\n"
                f"{_TIP}"
            )
        different = ""
        for position, (reference, seen) in enumerate(zip(self.holders, self.seen, strict=True)):
            holder = reference()
            again = None if holder is None else holder.values[walk]
            if again is not None and seen != self.metadata(again):
                different += (
                    f"tensor at position {position}:\nsaved metadata: {seen}\n"
                    f"recomputed metadata: {self.metadata(again)}\n"
                )
        if different:
            raise CheckpointError(
                "torch.utils.checkpoint: Recomputed values for the following tensors have "
                f"different metadata than during the forward pass.\n{different}.\n{_TIP}"
            )


_TIP = """
Tip: To see a more detailed error message, either pass `debug=True` to
`torch.utils.checkpoint.checkpoint(...)` or wrap the code block
with `with torch.utils.checkpoint.set_checkpoint_debug_enabled(True):` to
enable checkpoint\N{NON-BREAKING HYPHEN}debug mode globally.

If this error occurs under torch.compile with automatic_dynamic_shapes enabled,
it may be because the recomputation selected a different compiled graph than the
forward pass (e.g., a dynamic graph instead of the original static graph).
To fix this, either:
  - Use torch._dynamo.mark_dynamic() to explicitly mark varying dimensions as
    dynamic upfront, avoiding the static-to-dynamic transition.
  - Call torch._C._dynamo.eval_frame._set_lru_cache(False) to disable LRU cache
    reordering, which can change which graph is checked first between forward
    and recompute.
See https://github.com/pytorch/pytorch/issues/166926 for more details and
workaround examples.
"""


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], Contexts] = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Any:
    """``function(*args, **kwargs)``, of which the backward pass runs what it needs again.

    ValueError for options of the other kind; ``debug`` adds nothing here.
    """
    if use_reentrant is None:
        warnings.warn(
            "torch.utils.checkpoint: the use_reentrant parameter should be passed explicitly. "
            "Starting in PyTorch 2.9, calling checkpoint without use_reentrant will raise an "
            "exception. use_reentrant=False is recommended, but if you need to preserve the "
            "current default behavior, you can pass use_reentrant=True. Refer to docs for more "
            "details on the differences between the two variants.",
            stacklevel=2,
        )
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if use_reentrant:
        if kwargs:
            raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
        if context_fn is not noop_context_fn or debug is not False:
            raise ValueError(
                "Passing `context_fn` or `debug` is only supported when use_reentrant=False."
            )
        return CheckpointFunction.apply(function, preserve, *args)
    if debug and context_fn is not noop_context_fn:
        raise ValueError("debug=True is incompatible with non-default context_fn")
    if determinism_check not in _METADATA:
        raise ValueError(
            f"determinism_check should be one of {list(_METADATA)}, but got {determinism_check}"
        )
    at_first, again = context_fn()
    state = default_generator.get_state() if preserve else None
    if not mode.grad:
        return function(*args, **kwargs)

    def recompute(*args: Any) -> None:
        with _random_state(state), again:
            function(*args, **kwargs)

    stops = early_stop if _early_stop is None else _early_stop
    frame = _Frame(recompute, args, stops, _METADATA[determinism_check])
    with frame.hook(), at_first:
        result = function(*args, **kwargs)
    frame.complete = True
    return result


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, **kwargs: Any
) -> Any:
    """Functions one after the other, all segments but the last one as checkpoints."""
    if use_reentrant is None:
        warnings.warn(_SEQUENTIAL, stacklevel=2)
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    functions = list(functions)

    def chain(start: int, end: int) -> Callable[[Any], Any]:
        def run(value: Any) -> Any:
            for function in functions[start:end]:
                value = function(value)
            return value

        return run

    size, end = len(functions) // segments, 0
    for start in range(0, size * (segments - 1), size):
        end = start + size
        input = checkpoint(
            chain(start, end), input, use_reentrant=use_reentrant, preserve_rng_state=preserve
        )
    return chain(end, len(functions))(input)


_SEQUENTIAL = (
    "torch.utils.checkpoint.checkpoint_sequential: the use_reentrant parameter should be passed "
    "explicitly. In version 2.9 we will raise an exception if use_reentrant is not passed. "
    "use_reentrant=False is recommended, but if you need to preserve the current default behavior, "
    "you can pass use_reentrant=True. Refer to docs for more details on the differences between "
    "the two variants."
)
