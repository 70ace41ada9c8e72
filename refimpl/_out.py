"""``out=``: results that are written into tensors which are there already.

The function computes as ever, without recording, and what comes out is written: converted, into a
tensor that is given the result's shape. Which functions take ``out=`` is in PyTorch's overloads
(``signatures.txt``); which dtypes each one writes to is in ``ops/out.py``.
"""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import numpy as np

from ._arguments import overloads
from ._grad_mode import mode, no_grad
from ._inplace import OVERLAPPING, SHIFTED, check_memory
from ._row import Function, return_type, rows
from ._tensor import Tensor, resized, shown
from .ops.out import (
    APART,
    BOOL,
    CASTS,
    COPIES,
    FOUND,
    FOUND_BESIDE_NUMBERS,
    IN_ITS_DTYPE,
    MAKES,
    NO_GRADIENT,
    RULES,
    SAME,
    SPEAKS,
    TAKE_IT,
    WRITES,
)

_DIFFERENTIATED = (
    "{}(): functions with out=... arguments don't support automatic differentiation, "
    "but one of the arguments requires grad."
)
_RESIZED = (
    "An output with one or more elements was resized since it had shape {has}, which does not "
    "match the required output shape {gets}. This behavior is deprecated, and in a future PyTorch "
    "release outputs will not be resized unless they have zero elements. You can explicitly reuse "
    "an out tensor t by resizing it, inplace, to zero elements with t.resize_(0)."
)


C_TYPES = {
    "int64": "long int", "int16": "short int", "int8": "signed char", "uint8": "unsigned char",
    "int32": "int", "float64": "double", "float16": "c10::Half", "bfloat16": "c10::BFloat16",
    "float32": "float", "complex64": "c10::complex<float>", "complex128": "c10::complex<double>",
    "bool": "bool",
}  # fmt: skip


@cache
def takes_out(place: str, name: str) -> bool:
    return (
        name.endswith("_copy")
        or _public(place, name) in TAKE_IT
        or any(p.name == "out" for overload in overloads(place, name) for p in overload.parameters)
    )


def _public(place: str, name: str) -> str:
    return name if place == "torch" else f"{place}.{name}"


def call_into(place: str, name: str, function: Function, args: Any, kwargs: dict[str, Any]) -> Any:
    """``function(*args, **kwargs)`` written into ``kwargs["out"]``, which is returned."""
    out = kwargs.pop("out")
    if out is None:
        return function(*args, **kwargs)
    public = _public(place, name)
    outs = list(out) if isinstance(out, (tuple, list)) else [out]
    if public in COPIES and mode.enabled:
        result = _checked(public, function(*args, **kwargs), out, args)
        _fit(public, result, out)
        return out.copy_(result)
    _refuse_gradients(public, outs, args, kwargs)
    if public in IN_ITS_DTYPE and kwargs.get("dtype") is None:
        kwargs["dtype"] = out.dtype if public != "mean" or out.dtype.category > 1 else None
    with no_grad():
        result = function(*args, **kwargs)
    if result is NotImplemented:
        return result
    results = list(result) if isinstance(result, (tuple, list)) else [result]
    if len(results) != len(outs):
        raise TypeError(f"expected tuple of {len(results)} elements but got {len(outs)}")
    for one, into in zip(results, outs, strict=True):
        if public in APART:
            _check_apart(into, args)
        _write(public, _checked(public, one, into, args), into, args)
    if not isinstance(result, tuple):
        return out
    fields = getattr(result, "_fields", None)
    return tuple(outs) if fields is None else return_type(f"{name}_out", fields)(*outs)


def _refuse_gradients(name: str, outs: list[Any], args: Any, kwargs: dict[str, Any]) -> None:
    """What is differentiable, and wanted, is not written elsewhere."""
    if not mode.enabled:
        return
    row = rows.get(name.rpartition(".")[2])
    if name in NO_GRADIENT or (row is not None and not row.formulas):
        return
    given = [*outs, *args, *kwargs.values()]
    flat = [v for a in given for v in (a if isinstance(a, (list, tuple)) else (a,))]
    if any(isinstance(v, Tensor) and v.requires_grad for v in flat):
        made = "aten::" + name if name in MAKES else name.replace(".", "_")
        raise RuntimeError(_DIFFERENTIATED.format(SPEAKS.get(name, made)))


def _checked(name: str, result: Tensor, out: Tensor, args: Any) -> Tensor:
    """The result, if it may be written into a tensor of the dtype of ``out``."""
    gets, has = result.dtype, out.dtype
    row = rows.get(name)
    casts = name.startswith("special.") or (row is not None and row.promotes is not None)
    rule = RULES.get(name) or (CASTS if casts else SAME)
    if name in FOUND_BESIDE_NUMBERS and not any(isinstance(a, Tensor) for a in args[1:]):
        rule = FOUND
    allowed = (
        gets is has
        or rule.takes == "any"
        or (rule.takes == "alike" and gets.category == has.category)
        or (rule.takes == "higher" and gets.category <= has.category)
        or (rule.takes == "bool" and has.name == "uint8" and rule is BOOL)
        or (rule is FOUND and args and args[0].dtype.is_complex and gets.category < has.category)
    )
    if not allowed:
        raise rule.error(
            rule.words.format(
                name=name, result=gets.type_name, out=has.type_name,
                result_c=C_TYPES[gets.name], out_c=C_TYPES[has.name],
            )
        )  # fmt: skip
    return result


def _check_apart(out: Tensor, args: Any) -> None:
    for a in args:
        if isinstance(a, (list, tuple)):
            _check_apart(out, a)
        elif a is out:
            raise RuntimeError(OVERLAPPING.format(SHIFTED))
        elif isinstance(a, Tensor):
            check_memory("gather", out, [a])


def _fit(name: str, result: Tensor, out: Tensor) -> None:
    """Gives ``out`` the shape of the result."""
    if out.shape != result.shape:
        if out.numel() and name not in MAKES:
            has, gets = list(out.shape), list(result.shape)
            warnings.warn(_RESIZED.format(has=has, gets=gets), UserWarning, stacklevel=4)
        elif out.numel() and name == "arange":
            warnings.warn(
                f"The number of elements in the out tensor of shape {list(out.shape)} is "
                f"{out.numel()} which does not match the computed number of elements "
                f"{result.numel()}. Note that this may occur as a result of rounding error. The "
                f"out tensor will be resized to a tensor of shape ({result.numel()},).",
                UserWarning,
                stacklevel=4,
            )
        out._array = resized(out._memory, tuple(result.shape))


def _write(name: str, result: Tensor, out: Tensor, args: Any) -> None:
    fitted = out.shape != result.shape
    _fit(name, result, out)
    check_memory(name, out, args[1:] if args and args[0] is out else args)
    np.copyto(out._memory, shown(result._array, out._marks), casting="unsafe")
    writes = WRITES.get(name, 1)
    out._version_counter[0] += writes(fitted, *args) if callable(writes) else writes
