"""The dtypes, their categories, and PyTorch's type promotion.

Two dtypes of one category promote as in NumPy; across categories the higher category decides
(bool < integer < float < complex), so that int64 with float32 is float32, where NumPy says float64.
Dimensioned tensors outrank 0-d tensors, which outrank Python numbers: a lower rank only matters
when its category is higher (PyTorch's notes on tensor attributes, "type promotion").
"""

from __future__ import annotations

from functools import cache
from typing import Any

import ml_dtypes
import numpy as np

BOOL, INTEGER, FLOAT, COMPLEX = range(4)

F16, F32, F64 = np.dtype(np.float16), np.dtype(np.float32), np.dtype(np.float64)
BF16 = np.dtype(ml_dtypes.bfloat16)
C64, C128 = np.dtype(np.complex64), np.dtype(np.complex128)
BOOLEAN, I64 = np.dtype(np.bool_), np.dtype(np.int64)


class dtype:
    """A PyTorch dtype, standing for one NumPy dtype."""

    def __init__(self, name: str, numpy: np.dtype[Any], category: int, type_name: str) -> None:
        self.name, self.numpy, self.category = name, numpy, category
        self.type_name = type_name  # the middle of "torch.FloatTensor", which messages still use
        self.itemsize = numpy.itemsize
        self.is_floating_point = category == FLOAT
        self.is_complex = category == COMPLEX
        self.is_signed = name != "bool" and not name.startswith("u")

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


_TABLE = [
    # name        NumPy               category  type name     other names
    ("bool",       BOOLEAN,            BOOL,     "Bool",       ()),
    ("uint8",      np.dtype(np.uint8), INTEGER,  "Byte",       ()),
    ("int8",       np.dtype(np.int8),  INTEGER,  "Char",       ()),
    ("int16",      np.dtype(np.int16), INTEGER,  "Short",      ("short",)),
    ("int32",      np.dtype(np.int32), INTEGER,  "Int",        ("int",)),
    ("int64",      I64,                INTEGER,  "Long",       ("long",)),
    ("uint16",     np.dtype(np.uint16), INTEGER, "UInt16",     ()),
    ("uint32",     np.dtype(np.uint32), INTEGER, "UInt32",     ()),
    ("uint64",     np.dtype(np.uint64), INTEGER, "UInt64",     ()),
    ("float16",    F16,                FLOAT,    "Half",       ("half",)),
    ("bfloat16",   BF16,               FLOAT,    "BFloat16",   ()),
    ("float32",    F32,                FLOAT,    "Float",      ("float",)),
    ("float64",    F64,                FLOAT,    "Double",     ("double",)),
    ("complex64",  C64,                COMPLEX,  "ComplexFloat",  ("cfloat",)),
    ("complex128", C128,               COMPLEX,  "ComplexDouble", ("cdouble",)),
]  # fmt: skip

# What C++ calls the types; some messages show it.
CPP_NAMES = {
    "bool": "bool", "uint8": "unsigned char", "int8": "signed char", "int16": "short int",
    "uint16": "uint16_t", "uint32": "uint32_t", "uint64": "uint64_t",
    "int32": "int", "int64": "long int", "float16": "c10::Half", "bfloat16": "c10::BFloat16",
    "float32": "float", "float64": "double", "complex64": "c10::complex<float>",
    "complex128": "c10::complex<double>",
}  # fmt: skip

names: dict[str, dtype] = {}
of_numpy: dict[np.dtype[Any], dtype] = {}
for _name, _numpy, _category, _type_name, _aliases in _TABLE:
    of_numpy[_numpy] = names[_name] = dtype(_name, _numpy, _category, _type_name)
    names.update(dict.fromkeys(_aliases, names[_name]))

_default = names["float32"]


def get_default_dtype() -> dtype:
    """The dtype of ``torch.tensor([1.0])``."""
    return _default


def set_default_dtype(d: dtype) -> None:
    """Sets the dtype that Python floats get; floating dtypes only (TypeError)."""
    global _default
    if d.category != FLOAT:
        raise TypeError("only floating-point types are supported as the default type")
    _default = d
    _promote.cache_clear()


def category(d: np.dtype[Any]) -> int:
    return of_numpy[d].category


def scalar_dtype(value: Any) -> np.dtype[Any]:
    """The dtype that a Python (or NumPy) number has on its own."""
    if isinstance(value, (bool, np.bool_)):
        return BOOLEAN
    if isinstance(value, (int, np.integer)):
        return I64
    if isinstance(value, (complex, np.complexfloating)) and not isinstance(value, float):
        return C128 if _default.numpy is F64 else C64
    return _default.numpy


def scalar_category(value: Any) -> int:
    return category(scalar_dtype(value))


@cache
def promote_types(a: np.dtype[Any], b: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype that holds both, as ``torch.promote_types`` (uint8 with int8 is int16)."""
    if a == b:
        return a
    low, high = sorted((a, b), key=category)
    if {a.name, b.name} & {"uint16", "uint32", "uint64"} and category(high) != FLOAT:
        raise RuntimeError(
            "Promotion for uint16, uint32, uint64 types is not supported, attempted to promote "
            f"{of_numpy[a].type_name} and {of_numpy[b].type_name}"
        )
    if category(low) == category(high):
        return F32 if {a, b} == {F16, BF16} else np.promote_types(a, b)
    if category(high) == COMPLEX and low is F64:
        return C128
    return high


def _combine(higher: np.dtype[Any] | None, lower: np.dtype[Any] | None) -> np.dtype[Any] | None:
    if higher is None or lower is None:
        return higher or lower
    if category(lower) <= category(higher):
        return higher
    if category(higher) == FLOAT:  # float32 with a 0-d complex128 keeps its width: complex64
        return C128 if higher is F64 else C64
    return lower


@cache
def _promote(dimensioned: Any, zero_dim: Any, numbers: Any) -> np.dtype[Any]:
    reduced: list[Any] = [None, None, None]
    for rank, group in enumerate((dimensioned, zero_dim, numbers)):
        for d in group:
            reduced[rank] = d if reduced[rank] is None else promote_types(reduced[rank], d)
    result = _combine(_combine(reduced[0], reduced[1]), reduced[2])
    assert result is not None  # there is an operand
    return result


def result_type(arrays: list[np.ndarray], numbers: list[Any]) -> np.dtype[Any]:
    """The dtype of an operation between these arrays and Python numbers."""
    return _promote(
        tuple({a.dtype: None for a in arrays if a.ndim}),
        tuple({a.dtype: None for a in arrays if not a.ndim}),
        tuple({scalar_dtype(n): None for n in numbers}),
    )


def wrapped(value: Any, dtype: np.dtype[Any]) -> np.ndarray:
    """A value, or a number as PyTorch makes a tensor of it: too large it wraps, as in C."""
    try:
        return np.asarray(value, dtype)
    except OverflowError:
        return np.asarray(value).astype(dtype)


def as_number(value: Any, dtype: np.dtype[Any]) -> np.ndarray:
    """A number as PyTorch hands it to a kernel: below zero it wraps, too large it is refused."""
    try:
        return np.asarray(value, dtype)
    except TypeError:  # a complex number, where there is no place for its imaginary part
        c_type = {"float32": "float", "float64": "double", "int64": "int64_t"}.get(
            dtype.name, "int"
        )
        raise RuntimeError(f"value cannot be converted to type {c_type} without overflow") from None
    except (OverflowError, ValueError):  # an infinity or nan among them
        if dtype.kind == "u" and -np.iinfo(dtype).max <= value < 0:
            return np.asarray(value).astype(dtype)
        c_type = {"int32": "int"}.get(dtype.name, f"{dtype.name}_t")
        raise RuntimeError(f"value cannot be converted to type {c_type} without overflow") from None


def to_float(d: np.dtype[Any]) -> np.dtype[Any]:
    """Integers and bools become the default dtype; others stay."""
    return d if category(d) >= FLOAT else _default.numpy


def to_real(d: np.dtype[Any]) -> np.dtype[Any]:
    """complex64 gives float32, complex128 gives float64; others stay."""
    parts: dict[np.dtype[Any], np.dtype[Any]] = {C64: F32, C128: F64}
    return parts.get(d, d)
