"""``torch.autograd.anomaly_mode``: which operation was it whose backward failed, or gave nan?

While the mode is on, each new node keeps the traceback of the call that made it, and the node
whose backward pass it belongs to. When a node fails, that is told as a warning.
"""

from __future__ import annotations

import os
import traceback
import warnings
from typing import Any

from .._engine import Node, anomaly, observers
from .._grad_mode import mode as grad_mode

_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def is_anomaly_enabled() -> bool:
    return anomaly.enabled


def is_anomaly_check_nan_enabled() -> bool:
    return anomaly.check_nan


def set_anomaly_enabled(enabled: bool, check_nan: bool = True) -> None:
    for place, (name, value) in enumerate((("enabled", enabled), ("check_nan", check_nan)), 1):
        if not isinstance(value, bool):
            raise TypeError(
                f"set_anomaly_enabled(): argument '{name}' (position {place}) must be bool, not "
                f"{type(value).__name__}"
            )
    if _remember in observers:
        observers.remove(_remember)
    if enabled:
        observers.append(_remember)
    anomaly.enabled, anomaly.check_nan = enabled, check_nan


class set_detect_anomaly:
    """Sets the mode at once when called; as a context manager, until the end of the block."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self.previous = anomaly.enabled, anomaly.check_nan
        set_anomaly_enabled(mode, check_nan)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        set_anomaly_enabled(*self.previous)


class detect_anomaly:
    """Turns the mode on for a block; without ``check_nan``, nan is no failure."""

    def __init__(self, check_nan: bool = True) -> None:
        self.previous, self.check_nan = (anomaly.enabled, anomaly.check_nan), check_nan
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should "
            "only be enabled for debugging.",
            stacklevel=2,
        )

    def __enter__(self) -> None:
        set_anomaly_enabled(True, self.check_nan)

    def __exit__(self, *exc: object) -> None:
        set_anomaly_enabled(*self.previous)


def _remember(node: Node) -> None:
    """The user's part of the stack: what lies between it and the node is an implementation."""
    frames = [frame for frame in traceback.extract_stack() if not frame.filename.startswith(_HERE)]
    node.metadata["traceback_"] = traceback.format_list(frames)
    if grad_mode.node is not None:
        node.metadata["parent_"] = grad_mode.node


def _report(node: Node) -> None:
    told: Any = node
    while told is not None:
        stack = told.metadata.get("traceback_")
        if stack is None:
            text = (
                f"Error detected in {told.name()}. No forward pass information available. Enable "
                "detect anomaly during forward pass for more information."
            )
        elif told is node:
            text = (
                f"Error detected in {told.name()}. Traceback of forward call that caused the "
                f"error:\n{''.join(stack)}"
            )
        else:
            text = (
                f"\n\nPrevious calculation was induced by {told.name()}. Traceback of forward call "
                f"that induced the previous calculation:\n{''.join(stack)}"
            )
        warnings.warn(text, UserWarning, stacklevel=3)
        told = told.metadata.get("parent_")


anomaly.report = _report  # type: ignore[method-assign]
