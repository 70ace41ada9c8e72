"""Cases: small programs over a namespace called `torch`, with named input tensors.

A case is data. It serialises to JSON with the exact bits of its inputs, and `script` turns it into
a program that stands alone, so that whoever reads a verdict can run what was judged.
"""

from __future__ import annotations

import ast
import cmath
import dataclasses
import hashlib
import inspect
import json
import math
import re
import struct
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import ml_dtypes
import numpy as np

from conformance.observe import CODES, PRELUDE, nested, row_major, unpack

# NumPy's name for each dtype that a tensor can have; complex32 has none, so its parts stand for it.
NUMPY: dict[str, np.dtype[Any]] = {
    name: np.dtype(name) for name in CODES if name not in ("bfloat16", "complex32")
} | {"bfloat16": np.dtype(ml_dtypes.bfloat16)}
_NAMES = {dtype: name for name, dtype in NUMPY.items()}

ITEM_SIZE = {
    name: struct.calcsize("<" + code) * (2 if name.startswith("complex") else 1)
    for name, code in CODES.items()
}

LINE = 100  # columns of a reproducer's lines


class CaseError(ValueError):
    """A case that cannot be read: one line that says where, what and how to cure it."""


@dataclass(frozen=True)
class TensorSpec:
    """A tensor as data. Its storage is just long enough for its last element."""

    dtype: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int
    bits: str
    requires_grad: bool = False

    def __post_init__(self) -> None:
        if self.dtype not in CODES:
            raise CaseError(f"no dtype {self.dtype!r}; there are {', '.join(CODES)}")
        if len(self.shape) != len(self.strides):
            raise CaseError(
                f"{len(self.shape)} sizes but {len(self.strides)} strides; give one stride per size"
            )
        if min((*self.shape, *self.strides, self.offset), default=0) < 0:
            raise CaseError("sizes, strides and offset of a tensor are 0 or more")
        try:
            length = len(bytes.fromhex(self.bits))
        except ValueError as error:
            raise CaseError(f"bits are not hex digits: {error}") from None
        needed = self.storage_length(self.shape, self.strides, self.offset) * ITEM_SIZE[self.dtype]
        if length != needed:
            raise CaseError(
                f"bits hold {length} bytes, but {self.dtype} of shape {list(self.shape)} with "
                f"strides {list(self.strides)} and offset {self.offset} needs {needed}"
            )

    @staticmethod
    def storage_length(shape: Sequence[int], strides: Sequence[int], offset: int) -> int:
        """How many elements the storage holds."""
        if 0 in shape:
            return 0
        spans = ((size - 1) * step for size, step in zip(shape, strides, strict=True))
        return offset + 1 + sum(spans)

    @classmethod
    def of(
        cls,
        values: Any,
        dtype: str | None = None,
        *,
        strides: Sequence[int] | None = None,
        offset: int = 0,
        requires_grad: bool = False,
    ) -> TensorSpec:
        """The spec of an array or of nested lists, laid out row-major or with the strides given."""
        array = np.asarray(values, None if dtype is None else NUMPY[dtype])
        name = dtype or _NAMES[array.dtype]
        shape = array.shape
        steps = tuple(row_major(list(shape)) if strides is None else strides)
        storage = np.zeros(cls.storage_length(shape, steps, offset), array.dtype)
        if array.size:
            _strided(storage, shape, steps, offset)[...] = array
        return cls(name, shape, steps, offset, storage.tobytes().hex(), requires_grad)

    def numpy(self) -> np.ndarray[Any, Any]:
        """The tensor as an array with these strides (read-only); complex32 widened to complex64."""
        if self.dtype == "complex32":
            storage = np.asarray(unpack(self.dtype, self.bits), np.complex64)
        else:
            storage = np.frombuffer(bytes.fromhex(self.bits), NUMPY[self.dtype])
        if 0 in self.shape:
            return np.empty(self.shape, storage.dtype)
        return _strided(storage, self.shape, self.strides, self.offset)

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self) | {"shape": list(self.shape), "strides": list(self.strides)}

    @classmethod
    def from_json(cls, data: Any) -> TensorSpec:
        row = _row(data, "tensor", _TENSOR_KEYS, required=_TENSOR_KEYS)
        return cls(**row | {"shape": tuple(row["shape"]), "strides": tuple(row["strides"])})

    def source(self) -> str:
        """The expression over `torch` that makes this tensor as the observer makes it."""
        dtype = f"dtype=torch.{self.dtype}"
        grad = ", requires_grad=True" if self.requires_grad else ""
        plain = list(self.strides) == row_major(list(self.shape)) and not self.offset
        if plain and 0 in self.shape:
            return f"torch.empty({list(self.shape)}, {dtype}{grad})"
        numbers = [number_source(number, self.dtype) for number in unpack(self.dtype, self.bits)]
        if plain:
            return f"torch.tensor({_layout(nested(numbers, list(self.shape)))}, {dtype}{grad})"
        return (
            f"torch.tensor({_layout(numbers)}, {dtype})"
            f".as_strided({self.shape}, {self.strides}, {self.offset}).detach()"
            f"{'.requires_grad_()' if self.requires_grad else ''}"
        )


def _strided(
    storage: np.ndarray[Any, Any], shape: Sequence[int], strides: Sequence[int], offset: int
) -> np.ndarray[Any, Any]:
    steps = [step * storage.itemsize for step in strides]
    return np.lib.stride_tricks.as_strided(storage[offset:], shape, steps)


@dataclass(frozen=True)
class Case:
    """A program and its inputs, with what is known of it beforehand."""

    text: str
    inputs: Mapping[str, TensorSpec]
    source: str  # where it comes from: tutorial, semantics.views, catalog, opinfo
    op: str | None = None
    dtype: str | None = None
    facets: tuple[str, ...] = ()  # empty: those that the facet table gives to any program
    title: str | None = None
    inplace: str | None = None  # the same computation by the op's in-place variant, if it has one
    out: str | None = None  # the same computation into given tensors, if the op takes `out=`
    note: str | None = None
    id: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        words = (self.op or self.source, self.title, self.dtype, self.digest())
        object.__setattr__(self, "id", "/".join(slug(word) for word in words if word))

    def digest(self) -> str:
        """Six hex digits of what is run, so that an id changes if and only if this does."""
        inputs = {name: spec.to_json() for name, spec in self.inputs.items()}
        content = json.dumps([self.text, inputs], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:6]

    def with_text(self, text: str) -> Case:
        """Another program over the same inputs, such as this one with a backward pass appended."""
        return dataclasses.replace(self, text=text)

    def to_json(self) -> dict[str, Any]:
        data: dict[str, Any] = {
            "id": self.id,
            "source": self.source,
            "op": self.op,
            "dtype": self.dtype,
            "title": self.title,
            "text": self.text,
            "inputs": {name: spec.to_json() for name, spec in self.inputs.items()},
            "facets": list(self.facets),
        }
        optional = {"inplace": self.inplace, "out": self.out, "note": self.note}
        return data | {key: value for key, value in optional.items() if value is not None}

    @classmethod
    def from_json(cls, data: Any) -> Case:
        row = _row(data, "case", _CASE_KEYS, required=("text", "source"))
        stated = row.pop("id", None)
        specs = _row({"inputs": row.pop("inputs", {})}, "case", {"inputs": dict})["inputs"]
        inputs = {}
        for name, spec in specs.items():
            if not name.isidentifier():
                raise CaseError(f"input name {name!r} is no variable name; use one like x")
            try:
                inputs[name] = TensorSpec.from_json(spec)
            except CaseError as error:
                raise CaseError(f"input {name}: {error}") from None
        case = cls(inputs=inputs, **row | {"facets": tuple(row.get("facets", ()))})
        if stated not in (None, case.id):
            raise CaseError(
                f"id {stated!r} does not fit the text and inputs, which give {case.id!r}; "
                "leave the id out or restore the program"
            )
        return case


_TEXT = (str, type(None))
_TENSOR_KEYS: dict[str, Any] = {
    "dtype": str,
    "shape": list,
    "strides": list,
    "offset": int,
    "bits": str,
    "requires_grad": bool,
}
_CASE_KEYS: dict[str, Any] = {
    "id": str,
    "source": str,
    "op": _TEXT,
    "dtype": _TEXT,
    "title": _TEXT,
    "text": str,
    "inputs": dict,
    "facets": list,
    "inplace": _TEXT,
    "out": _TEXT,
    "note": _TEXT,
}


def _row(
    data: Any, what: str, known: Mapping[str, Any], required: Iterable[str] = ()
) -> dict[str, Any]:
    """The data as an object of the known keys and types."""
    if not isinstance(data, dict):
        raise CaseError(f"a {what} is a JSON object, not {type(data).__name__}")
    for key in required:
        if key not in data:
            raise CaseError(f"the {what} lacks {key!r}; add it")
    for key, value in data.items():
        if key not in known:
            raise CaseError(f"the {what} has an unknown key {key!r}; known: {', '.join(known)}")
        if not isinstance(value, known[key]) or (known[key] is int and isinstance(value, bool)):
            kinds = known[key] if isinstance(known[key], tuple) else (known[key],)
            wanted = " or ".join("null" if kind is type(None) else kind.__name__ for kind in kinds)
            raise CaseError(f"{key} of the {what} is {type(value).__name__}; it must be {wanted}")
        if known[key] is list:
            item = str if key == "facets" else int
            if any(type(part) is not item for part in value):
                raise CaseError(f"{key} of the {what} must be a list of {item.__name__}")
    return dict(data)


def slug(text: str) -> str:
    """Text as one readable part of an id."""
    return re.sub(r"[^A-Za-z0-9_.+=-]+", "-", text).strip("-")


# Files of cases: JSON Lines.


def write_cases(path: Path | str, cases: Iterable[Case]) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(case.to_json()) + "\n" for case in cases)


def read_cases(path: Path | str) -> Iterator[Case]:
    """The cases of a file; CaseError at the first line that is none."""
    with open(path, encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                yield Case.from_json(json.loads(line))
            except json.JSONDecodeError as error:
                cut = "" if line.endswith("\n") else "the file is cut off here; "
                raise CaseError(
                    f"{path}, line {number}: not JSON ({error.msg} at column {error.colno}); "
                    f"{cut}write the file again or remove the line"
                ) from None
            except CaseError as error:
                raise CaseError(f"{path}, line {number}: {error}") from None


# Programs written by hand, as functions.


def program(function: Callable[..., Any]) -> str:
    """The body of a function as a program: its source, without docstring and indentation."""
    lines = textwrap.dedent(inspect.getsource(function)).splitlines()
    tree = ast.parse("\n".join(lines)).body[0]
    assert isinstance(tree, ast.FunctionDef)
    body, first = tree.body, tree.body[0].lineno
    if first == tree.lineno:
        raise CaseError(f"{function.__qualname__}: write the body on lines of its own")
    start = tree.lineno
    while not lines[start - 1].split("#")[0].rstrip().endswith(":"):
        start += 1  # a signature of several lines
    if ast.get_docstring(tree, clean=False) is not None:
        start = body[0].end_lineno or first
    return textwrap.dedent("\n".join(lines[start:])).strip("\n") + "\n"


def cases_from(module: ModuleType, source: str | None = None) -> list[Case]:
    """A case for each public function of a module that takes exactly `torch`, in source order."""
    name = module.__name__.removeprefix("conformance.cases.")
    functions = [
        function
        for function in vars(module).values()
        if isinstance(function, FunctionType)
        and function.__module__ == module.__name__
        and not function.__name__.startswith("_")
        and list(inspect.signature(function).parameters) == ["torch"]
    ]
    functions.sort(key=lambda function: function.__code__.co_firstlineno)
    return [
        Case(
            text=program(function),
            inputs={},
            source=source or name,
            title=function.__name__.replace("_", " "),
            note=(inspect.getdoc(function) or "").split("\n")[0] or None,
        )
        for function in functions
    ]


# Reproducers.

_RANDOM = re.compile(
    "rand|drop|normal|bernoulli|uniform|poisson|multinomial|exponential|rrelu|init|nn[.][A-Z]"
)


def script(case: Case, text: str | None = None, namespace: str = "torch") -> str:
    """The case as a program that stands alone: imports, the helpers it uses, inputs, text."""
    text = case.text if text is None else text
    imports = "import torch" if namespace == "torch" else f"import {namespace} as torch"
    parts = [imports + "\n"]
    if _RANDOM.search(text):
        parts.append("torch.manual_seed(0)\n")
    parts += [helper for name, helper in PRELUDE.items() if re.search(rf"\b{name}\(", text)]
    if case.inputs:
        rows = [f"{name} = {spec.source()}" for name, spec in case.inputs.items()]
        parts.append("\n".join(rows) + "\n")
    return "\n".join([*parts, text if text.endswith("\n") else text + "\n"])


def number_source(value: Any, dtype: str) -> str:
    """Python source of a number, as short as gives this number of this dtype again."""
    if isinstance(value, complex):
        part = _PARTS[dtype]
        real, imag = number_source(value.real, part), number_source(value.imag, part)
        if value.real and value.imag and cmath.isfinite(value):
            return f"{real}{imag if imag.startswith('-') else '+' + imag}j"
        return f"complex({real}, {imag})"  # a sum would lose signs of zero and make inf into nan
    if not isinstance(value, float):
        return repr(value)
    if not math.isfinite(value):
        sign = "-" if math.copysign(1, value) < 0 else ""
        return f'{sign}float("{"nan" if math.isnan(value) else "inf"}")'
    short = repr(value)
    if dtype != "float64":  # ml_dtypes prints bfloat16 as 0.100098 or 3e+38, NumPy the rest as 0.1
        kind = NUMPY[dtype].type
        short = str(kind(value))
        short = short if kind(float(short)) == value else repr(value)
    return short if re.search(r"[.e]", short) else short + ".0"


_PARTS = {"complex32": "float16", "complex64": "float32", "complex128": "float64"}


def _layout(numbers: Any, depth: int = 1) -> str:
    """Lists of numbers as source, in rows when one line is too short for them."""
    if isinstance(numbers, str):
        return numbers
    indent = " " * 4 * depth
    parts = [_layout(part, depth + 1) for part in numbers]
    line = "[" + ", ".join(parts) + "]"
    if len(line) + len(indent) <= LINE - 20 and "\n" not in line:
        return line
    if isinstance(numbers[0], str):
        rows = [indent]
        for part in parts:
            if len(rows[-1]) + len(part) + 2 > LINE:
                rows.append(indent)
            rows[-1] += part + ", "
        body = "\n".join(row.rstrip() for row in rows)
    else:
        body = "\n".join(f"{indent}{part}," for part in parts)
    return f"[\n{body}\n{indent[4:]}]"
