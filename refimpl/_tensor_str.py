"""The printed form of a tensor, character for character PyTorch's.

Two passes: the first finds how the elements are to be written and how wide the widest is
(`_column`), the second lays them out in brackets and lines (`_layout`). What is known beside the
elements (size, dtype, grad_fn) follows as suffixes, each on a new line where the old one is full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from math import inf, isfinite
from typing import Any

import numpy as np


@dataclass
class PrintOptions:
    precision: int = 4  # digits behind the point
    threshold: float = 1000  # more elements than this are summarized
    edgeitems: int = 3  # how many a summary keeps at each end of an axis
    linewidth: int = 80
    sci_mode: bool | None = None  # None: as the values need it


PROFILES: dict[str, dict[str, Any]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short":   {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full":    {"precision": 4, "threshold": inf, "edgeitems": 3, "linewidth": 80},
}  # fmt: skip

options = PrintOptions()


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Changes the options that are given, after those of ``profile``.

    As in PyTorch, ``sci_mode`` falls back to automatic whenever it is not given, and an unknown
    profile changes nothing.
    """
    given = {
        "precision": precision,
        "threshold": threshold,
        "edgeitems": edgeitems,
        "linewidth": linewidth,
    }
    changes = PROFILES.get(profile or "", {}) | {k: v for k, v in given.items() if v is not None}
    for name, value in changes.items():
        setattr(options, name, value)
    options.sci_mode = sci_mode


def get_printoptions() -> dict[str, Any]:
    """The options in force, as keyword arguments for `set_printoptions`."""
    return asdict(options)


@contextmanager
def printoptions(**changes: Any) -> Iterator[None]:
    """Has `set_printoptions(**changes)` in force for the length of a ``with`` block."""
    before = get_printoptions()
    set_printoptions(**changes)
    try:
        yield
    finally:
        set_printoptions(**before)


Writer = Callable[[Any], str]


def _column(values: np.ndarray) -> tuple[int, Writer]:
    """The common width of the elements, and the function that writes one of them that wide."""
    if values.dtype.kind in "biu":
        extremes = [values.min().item(), values.max().item()] if values.size else []
        width = max([1, *(len(str(v)) for v in extremes)])
        return width, lambda value: str(value).rjust(width)

    # Zeros, infinities and nans decide nothing: a column of them alone is "0." and "nan" wide.
    finite = values[np.isfinite(values) & (values != 0)]
    integral = bool(np.all(finite == np.ceil(finite)))
    scientific = bool(finite.size) and _needs_exponent(np.abs(finite))
    if scientific:
        spec = f".{options.precision}e"
    else:
        spec = ".0f" if integral else f".{options.precision}f"
    whole = integral and not scientific  # finite whole numbers show that they are floats: "2."

    def write(value: float) -> str:
        text = format(value, spec)
        return f"{text}." if whole and isfinite(value) else text

    # Text grows with magnitude (or, in the exponent, with either end), so that of all numbers of
    # one sign the largest or the smallest is the longest.
    signs = [part for part in (finite[finite > 0], finite[finite < 0]) if part.size]
    extremes = [end.item() for part in signs for end in (part.min(), part.max())]
    width = max([1, *(len(write(v)) for v in extremes)])
    return width, lambda value: write(value).rjust(width)


def _needs_exponent(magnitudes: np.ndarray) -> bool:
    if options.sci_mode is not None:
        return options.sci_mode
    low, high = float(magnitudes.min()), float(magnitudes.max())
    return high / low > 1000.0 or high > 1.0e8 or low < 1.0e-4


def _complex_column(values: np.ndarray) -> tuple[int, Writer]:
    real_width, real = _column(values.real)
    imag_width, imag = _column(values.imag)

    def write(value: complex) -> str:
        tail = imag(value.imag).lstrip()
        return real(value.real) + ("" if tail.startswith("-") else "+") + tail + "j"

    return real_width + imag_width + 1, write


def _edges(array: np.ndarray) -> tuple[np.ndarray, list[bool]]:
    """What a summary shows of an array, and of each axis whether its middle is left out."""
    kept = options.edgeitems
    cut = [array.size > options.threshold and n > 2 * kept for n in array.shape]
    for axis, is_cut in enumerate(cut):
        if is_cut:
            n = array.shape[axis]
            array = array.take([*range(kept), *range(n - kept, n)], axis)
    return array, cut


def _layout(shown: np.ndarray, cut: list[bool], indent: int, width: int, write: Writer) -> str:
    if not shown.ndim:
        return write(shown.item())
    edge = options.edgeitems
    if shown.ndim == 1:
        items = [write(value) for value in shown.tolist()]
        if cut[0]:
            items.insert(edge, " ..." if edge else "...")
        per_line = max(1, (options.linewidth - indent) // (width + len(", ")))
        parts = [", ".join(items[i : i + per_line]) for i in range(0, len(items), per_line)]
        newlines = "\n"
    else:
        parts = [_layout(row, cut[1:], indent + 1, width, write) for row in shown]
        if cut[0]:
            parts.insert(edge, "...")
        newlines = "\n" * (shown.ndim - 1)
    return "[" + ("," + newlines + " " * (indent + 1)).join(parts) + "]"


def _elements(array: np.ndarray, indent: int) -> str:
    if not array.size:
        return "[]"
    shown, cut = _edges(array)
    if shown.dtype.kind == "c":
        return _layout(shown, cut, indent, *_complex_column(shown))
    if shown.dtype.kind not in "biu":
        shown = shown.astype(np.float64)  # exact, and ml_dtypes' types know it
    return _layout(shown, cut, indent, *_column(shown))


def tensor_str(
    array: np.ndarray,
    *,
    dtype_name: str,
    default_dtype_name: str,
    requires_grad: bool,
    grad_fn: str | None,
    indent: int = 0,
    prefix: str = "tensor(",
    tangent: str | None = None,
) -> str:
    """What ``repr`` says of a tensor with the elements of ``array`` (any shape).

    ``dtype_name`` and ``default_dtype_name`` are PyTorch's ("bfloat16", not "V2"); ``grad_fn`` is
    the name between ``grad_fn=<`` and ``>``; ``tangent`` the printed tangent of a dual tensor.
    Continuation lines start under the first character after ``prefix``'s last line, moved right
    by ``indent``. The result depends on `options`.
    """
    indent += len(prefix) - (prefix.rfind("\n") + 1)
    if array.size:
        default_complex = "complex128" if default_dtype_name == "float64" else "complex64"
        implied = {default_dtype_name, default_complex, "int64", "bool"}
        sized = not options.edgeitems
    else:  # no element tells an integer or a bool by its looks, nor what the shape is
        implied = {default_dtype_name}
        sized = array.ndim != 1

    suffixes = []
    if sized:
        suffixes.append(f"size={array.shape}")
    if dtype_name not in implied:
        suffixes.append(f"dtype=torch.{dtype_name}")
    if grad_fn is not None:
        suffixes.append(f"grad_fn=<{grad_fn}>")
    elif requires_grad:
        suffixes.append("requires_grad=True")
    if tangent is not None:
        suffixes.append(f"tangent={tangent}")

    text = prefix + _elements(array, indent)
    column = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        if column + len(suffix) + 2 > options.linewidth:
            text += ",\n" + " " * indent + suffix
            column = indent + len(suffix)
        else:
            text += ", " + suffix
            column += len(suffix) + 2
    return text + ")"
