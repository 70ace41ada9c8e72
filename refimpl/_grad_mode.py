"""Whether operations are recorded: one flag per thread, and the context managers that set it."""

from __future__ import annotations

import functools
import inspect
import threading
import warnings
from collections.abc import Callable
from typing import Any


class _Mode(threading.local):
    enabled = True  # whether operations are recorded: what grad mode says, and no inference mode
    grad = True  # what grad mode says
    inference = False
    in_formula = False  # whether a backward pass records its own graph right now
    walk: Any = None  # the backward pass that runs now
    node: Any = None  # and the node, while somebody watches
    packing: tuple[Any, ...] = ()  # pairs of hooks on saved tensors; the last one counts
    packing_refused: str | None = None
    transforms = 0  # how many of ``torch.func``'s are at work


mode = _Mode()


def is_grad_enabled() -> bool:
    """Whether grad mode of this thread says that operations are recorded."""
    return mode.grad


def is_inference_mode_enabled() -> bool:
    """Whether this thread makes inference tensors now."""
    return mode.inference


def set_mode(grad: bool, inference: bool) -> None:
    mode.grad, mode.inference, mode.enabled = grad, inference, grad and not inference


class _GradMode:
    """A context manager that is a decorator too, as all of PyTorch's grad modes are."""

    enabled: bool
    previous: bool

    def __enter__(self) -> None:
        self.previous = mode.grad
        set_mode(self.enabled, mode.inference)

    def __exit__(self, *exc: object) -> None:
        set_mode(self.previous, mode.inference)

    def _again(self) -> _GradMode:
        """A fresh instance: one that is entered twice would forget the outer mode."""
        return type(self)()

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        if inspect.isclass(function):
            warnings.warn(_NO_CLASSES, FutureWarning, stacklevel=2)
        if inspect.isgeneratorfunction(function):
            return self._wrap_generator(function)

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with self._again():
                return function(*args, **kwargs)

        return wrapped

    def _wrap_generator(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            # The mode holds while the generator runs, and not while it is suspended.
            generator = function(*args, **kwargs)
            resume: Callable[[], Any] = lambda: next(generator)
            while True:
                try:
                    with self._again():
                        item = resume()
                except StopIteration as stop:
                    return stop.value
                try:
                    sent = yield item
                    resume = functools.partial(generator.send, sent)
                except GeneratorExit:
                    with self._again():
                        generator.close()
                    raise
                except BaseException as error:  # noqa: BLE001 - whatever was thrown goes inside
                    resume = functools.partial(generator.throw, error)

        return wrapped


class _Bare(_GradMode):
    """Modes that need no argument can decorate bare: ``@torch.no_grad``."""

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        instance = super().__new__(cls)
        return instance if function is None else instance(function)


class no_grad(_Bare):
    """Nothing is recorded within; results do not require grad."""

    enabled = False


class enable_grad(_Bare):
    """Recording within, also inside ``no_grad``."""

    enabled = True


class set_grad_enabled(_GradMode):
    """Sets the mode at once when called; as a context manager, until the end of the block."""

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            raise TypeError(
                "set_grad_enabled(): argument 'enabled' (position 1) must be bool, "
                f"not {type(mode).__name__}"
            )
        self.enabled = mode
        self.previous = _set(mode)

    def __enter__(self) -> None:
        set_mode(self.enabled, mode.inference)

    def _again(self) -> _GradMode:
        return set_grad_enabled(self.enabled)

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        _set(self.previous)  # as a decorator it must not leave its mark here
        return super().__call__(function)

    def __repr__(self) -> str:
        return f"{type(self).__module__}.{type(self).__name__}(mode={self.enabled})"


def _set(enabled: bool) -> bool:
    previous = mode.grad
    set_mode(enabled, mode.inference)
    return previous


class inference_mode(_GradMode):
    """Nothing is recorded, and results are inference tensors: without version, never saved."""

    entered = 0  # how many blocks are open, in all threads
    when_entered: Callable[[bool], None]  # has new tensors marked, and stops that again

    def __new__(cls, mode: Any = True) -> Any:
        instance = super().__new__(cls)
        return instance if isinstance(mode, bool) else cls()(mode)

    def __init__(self, mode: bool = True) -> None:
        self.mode = mode

    def __enter__(self) -> None:
        self.outer = mode.grad, mode.inference
        set_mode(not self.mode, self.mode)
        inference_mode.entered += 1
        inference_mode.when_entered(True)

    def __exit__(self, *exc: object) -> None:
        set_mode(*self.outer)
        inference_mode.entered -= 1
        inference_mode.when_entered(inference_mode.entered > 0)

    def _again(self) -> _GradMode:
        fresh: _GradMode = inference_mode(self.mode)
        return fresh


class set_multithreading_enabled(_GradMode):
    """Accepted for PyTorch's sake: the walk here is in one thread."""

    def __init__(self, mode: bool) -> None:
        self.mode = mode

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        pass

    def _again(self) -> _GradMode:
        return set_multithreading_enabled(self.mode)


_NO_CLASSES = (
    "Decorating classes is deprecated and will be disabled in future versions. You should only "
    "decorate functions or methods. To preserve the current behavior of class decoration, you can "
    "directly decorate the `__init__` method and nothing else."
)

for _class in (no_grad, enable_grad, set_grad_enabled, inference_mode, set_multithreading_enabled):
    _class.__module__ = "torch.autograd.grad_mode"  # where users of PyTorch know them
