"""Windows of signal processing, ``torch.signal.windows``: SciPy's, in PyTorch's dtypes."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._creation import finish, numpy_dtype
from .._op import composite
from .._tensor import Tensor

# Parameters beside the length, with their usual values, as PyTorch names them; and SciPy's names.
_WINDOWS: dict[str, dict[str, Any]] = {
    "bartlett": {}, "blackman": {}, "cosine": {}, "hamming": {"alpha": 0.54}, "hann": {}, "nuttall": {},
    "exponential": {"center": None, "tau": 1.0}, "gaussian": {"std": 1.0}, "kaiser": {"beta": 12.0},
    "general_cosine": {"a": None}, "general_hamming": {"alpha": 0.54},
}  # fmt: skip
_REFUSED: dict[str, tuple[str, Any, str]] = {
    "gaussian": ("std", lambda v: v <= 0, "Standard deviation must be positive, got: {} instead."),
    "exponential": ("tau", lambda v: v <= 0, "Tau must be positive, got: {} instead."),
    "kaiser": ("beta", lambda v: v < 0, "beta must be non-negative, got: {} instead."),
    "general_cosine": ("a", lambda v: not v, "Coefficients cannot be empty"),
}


def _window(name: str, usual: dict[str, Any]) -> None:
    def function(M: int, *, sym: bool = True, dtype: Any = None, layout: Any = None, device: Any = None,
                 requires_grad: bool = False, **given: Any) -> Tensor:  # fmt: skip
        import scipy.signal.windows  # takes a second, which few programs need

        if M < 0:
            raise ValueError(f"{name} requires non-negative window length, got M={M}")
        target = numpy_dtype(dtype)
        if target.name not in ("float32", "float64"):
            raise ValueError(f"{name} expects float32 or float64 dtypes, got: {dtype}")
        parameters = {**usual, **given}
        if name in _REFUSED:
            parameter, wrong, words = _REFUSED[name]
            if wrong(parameters[parameter]):
                raise ValueError(words.format(parameters[parameter]))
        scipy_name = "general_hamming" if name == "hamming" else name
        made = getattr(scipy.signal.windows, scipy_name)(M, sym=sym, **parameters)
        return finish(np.asarray(made).astype(target), requires_grad, device)

    composite("signal.windows", name=name)(function)


for _name, _usual in _WINDOWS.items():
    _window(_name, _usual)
