"""Whether operations are recorded: one flag per thread, and the context managers that set it."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable
from typing import Any


class _Mode(threading.local):
    enabled = True
    in_formula = False  # whether a backward pass records its own graph right now


mode = _Mode()


def is_grad_enabled() -> bool:
    """Whether operations of this thread are recorded now."""
    return mode.enabled


class _GradMode:
    """A context manager that is a decorator too, as all of PyTorch's grad modes are."""

    enabled: bool
    previous: bool

    def __enter__(self) -> None:
        self.previous = mode.enabled
        mode.enabled = self.enabled

    def __exit__(self, *exc: object) -> None:
        mode.enabled = self.previous

    def _again(self) -> _GradMode:
        """A fresh instance: one that is entered twice would forget the outer mode."""
        return type(self)()

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
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
        mode.enabled = self.enabled

    def _again(self) -> _GradMode:
        return set_grad_enabled(self.enabled)

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        mode.enabled = self.previous  # as a decorator it must not leave its mark here
        return super().__call__(function)

    def __repr__(self) -> str:
        return f"{type(self).__module__}.{type(self).__name__}(mode={self.enabled})"


def _set(enabled: bool) -> bool:
    previous, mode.enabled = mode.enabled, enabled
    return previous
