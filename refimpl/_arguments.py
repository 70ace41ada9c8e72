"""What PyTorch says to arguments that no overload of a function takes.

Its Python bindings read every call against the overloads of the function, written as strings such
as ``sum(Tensor input, *, ScalarType? dtype=None)``; `signatures.txt` has them by place. Here they
are read only when a call has failed already, so that calls that succeed pay nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np

from . import _dtype
from ._random import Generator
from ._tensor import Tensor, device

Check = Callable[[Any], bool]

# Functions whose tensors may be numbers too.
_NUMBERS_AS_TENSORS = {
    name + suffix
    for name in ("add", "sub", "subtract", "mul", "multiply", "div", "divide", "true_divide",
                 "floor_divide", "remainder")
    for suffix in ("", "_")
}  # fmt: skip

# NumPy's names for parameters.
_OTHER_NAMES = {
    "dim": ("axis",), "keepdim": ("keepdims",), "input": ("x", "a", "x1"), "other": ("x2",),
}  # fmt: skip


def _is_scalar_tensor(value: Any) -> bool:
    return isinstance(value, Tensor) and value.dim() == 0 and not value.requires_grad


def _is_int(value: Any) -> bool:
    if isinstance(value, Tensor):
        return _is_scalar_tensor(value) and value.dtype.category == _dtype.INTEGER
    return not isinstance(value, (bool, np.bool_)) and hasattr(value, "__index__")


def _is_float(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) or (
        _is_scalar_tensor(value) and not value.is_complex()
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, (complex, np.number, np.bool_)) or (
        _is_scalar_tensor(value) or _is_float(value)
    )


def _is_dtype(value: Any) -> bool:
    return isinstance(value, _dtype.dtype) or value in (bool, int, float, complex)


def _is_tensor_or_none(value: Any) -> bool:
    return value is None or isinstance(value, Tensor)


def _sequence_of(check: Check, size: str | None = None, first_only: bool = True) -> Check:
    """A list or tuple; PyTorch looks at the first element alone. One value, where a size is set."""

    def is_sequence(value: Any) -> bool:
        if isinstance(value, (list, tuple)):
            return all(map(check, value[:1] if first_only else value))
        return size is not None and check(value)

    return is_sequence


# C++ type: what messages call it, and what it takes. Sequences have the check of their elements.
_TYPES: dict[str, tuple[str, Check]] = {
    "Tensor": ("Tensor", lambda value: isinstance(value, Tensor)),
    "Scalar": ("Number", _is_number),
    "int64_t": ("int", _is_int),
    "SymInt": ("int", _is_int),
    "DeviceIndex": ("int", _is_int),
    "double": ("float", _is_float),
    "complex": ("complex", _is_number),
    "bool": ("bool", lambda value: isinstance(value, bool)),
    "Generator": ("torch.Generator", lambda value: isinstance(value, Generator)),
    "PyObject*": ("object", lambda value: True),
    "ScalarType": ("torch.dtype", _is_dtype),
    "Layout": ("torch.layout", lambda value: repr(value).startswith("torch.")),
    "MemoryFormat": ("torch.memory_format", lambda value: repr(value).startswith("torch.")),
    "Device": ("torch.device", lambda value: isinstance(value, (str, device)) or _is_int(value)),
    "c10::string_view": ("str", lambda value: isinstance(value, str)),
    "std::string_view": ("str", lambda value: isinstance(value, str)),
    "Storage": ("torch.Storage", lambda value: type(value).__name__.endswith("Storage")),
}  # fmt: skip
_SEQUENCES: dict[str, tuple[str, Check]] = {
    "TensorList": ("tuple of Tensors", _TYPES["Tensor"][1]),
    "IntArrayRef": ("tuple of ints", _is_int),
    "SymIntArrayRef": ("tuple of ints", _is_int),
    "ArrayRef<double>": ("tuple of floats", _is_number),
    "ScalarList": ("tuple of Scalars", _is_number),
    "c10::List<::std::optional<Tensor>>": ("tuple of Tensors", _is_tensor_or_none),
}  # fmt: skip


class Parameter(NamedTuple):
    name: str
    type: str  # as messages call it
    accepts: Check
    element: Check | None  # of a sequence
    default: str | None
    optional: bool  # may be left out
    allows_none: bool
    keyword_only: bool

    def __str__(self) -> str:
        default = "" if self.default is None else " = " + self.default
        return f"{self.type} {self.name}{default}"


class Overload(NamedTuple):
    name: str
    parameters: tuple[Parameter, ...]
    hidden: bool  # deprecated: taken, never named

    @property
    def positional(self) -> int:
        return sum(not p.keyword_only for p in self.parameters)

    @property
    def required(self) -> int:
        return sum(not p.optional for p in self.parameters)

    def __str__(self) -> str:
        parts = [str(p) for p in self.parameters]
        parts[self.positional : self.positional] = ["*"] * (self.positional < len(parts))
        return f"({', '.join(parts)})"


def _parameter(text: str, function: str, keyword_only: bool) -> Parameter:
    spelled, _, rest = text.partition(" ")
    name, equals, default = rest.partition("=")
    base, size = re.fullmatch(r"(.*?)(?:\[(\d*)\])?\??", spelled).groups()  # type: ignore[union-attr]
    if base in _SEQUENCES:
        type_name, element = _SEQUENCES[base]
        check = _sequence_of(element, None if base == "TensorList" else size, base != "TensorList")
    else:
        (type_name, check), element = _TYPES[base], None
    if base == "Tensor" and function in _NUMBERS_AS_TENSORS and name != "out":
        check = lambda value: isinstance(value, Tensor) or _is_number(value)
    return Parameter(
        name, type_name, check, element, default if equals else None, bool(equals),
        spelled.endswith("?") or default == "None", keyword_only,
    )  # fmt: skip


def _overload(line: str) -> Overload:
    name, body = line.split("(", 1)
    body, flag = body.rsplit(")", 1)
    parts = re.split(r", (?![^<{]*[>}])", body) if body else []
    star = parts.index("*") if "*" in parts else len(parts)
    parameters = [
        _parameter(part, name, index > star) for index, part in enumerate(parts) if part != "*"
    ]
    return Overload(name, tuple(parameters), bool(flag))


@cache
def _table() -> dict[str, dict[str, list[str]]]:
    places: dict[str, dict[str, list[str]]] = {}
    for line in (files(__package__) / "signatures.txt").read_text().splitlines():
        if line.startswith("["):
            place = places.setdefault(line.strip("[]"), {})
        elif line:
            public, _, overload = line.rpartition(": ")
            name = public or overload.split("(")[0]
            place.setdefault(name, []).append(overload)
    return places


@cache
def overloads(place: str, name: str) -> tuple[Overload, ...]:
    """The overloads of a function, or nothing where PyTorch's is written in Python."""
    return tuple(map(_overload, _table().get(place, {}).get(name, ())))


def check_arguments(place: str, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """PyTorch's TypeError, where no overload takes these arguments; bare arrays are let pass.

    Whether the types alone tell that one does: of a tensor in a number's place they do not.
    """
    found = overloads(place, name)
    flat = [v for a in args for v in (a if isinstance(a, (list, tuple)) else (a,))]
    if any(isinstance(v, (np.ndarray, np.generic)) for v in flat) and not any(
        isinstance(v, Tensor) for v in flat
    ):
        return True
    if place == "Tensor":
        args = args[1:]
    if place == "Tensor" and len(found) == 1 and not found[0].parameters:
        if kwargs:
            raise TypeError(f"TensorBase.{name}() takes no keyword arguments")
        if args:
            raise TypeError(f"TensorBase.{name}() takes no arguments ({len(args)} given)")
    problems = [_problem(overload, args, kwargs) for overload in found]
    if not found:
        return True
    if None in problems:
        overload = found[problems.index(None)]
        _check_elements(overload, args, kwargs)
        named = {p.name: p for p in overload.parameters}
        pairs = [*zip(overload.parameters, args, strict=False)] + [
            (named[key], value) for key, value in kwargs.items() if key in named
        ]
        return all("Tensor" in p.type or not isinstance(value, Tensor) for p, value in pairs)
    if len(found) > 1:
        given = len(args) + len(kwargs)
        plausible = [
            problem
            for overload, problem in zip(found, problems, strict=True)
            if overload.required <= given <= len(overload.parameters) and not overload.hidden
        ]
        problems = plausible if len(plausible) == 1 else []
    raise TypeError(problems[0] if problems else _invalid_combination(found, args, kwargs))


def _lookup(parameter: Parameter, kwargs: dict[str, Any]) -> Any:
    for name in (parameter.name, *_OTHER_NAMES.get(parameter.name, ())):
        if name in kwargs:
            return name, kwargs[name]
    return None, None


def _problem(overload: Overload, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str | None:
    """Why an overload does not take the arguments; None: it does."""
    name, parameters = overload.name, overload.parameters
    variadic = overload.positional == 1 and parameters[0].type == "tuple of ints"
    if len(args) > overload.positional and not variadic:
        return _too_many(overload, len(args))
    at, used = 0, set()
    for index, p in enumerate(parameters):
        by_name = None
        if at < len(args):
            if p.keyword_only:
                return _too_many(overload, len(args))
            value, given = args[at], True
        else:
            by_name, value = _lookup(p, kwargs)
            given = by_name is not None
        if not given:
            if not p.optional:
                return _missing(overload, index)
            continue
        if p.type == "tuple of Tensors" and isinstance(value, (list, tuple)):
            for element, item in enumerate(value):
                if p.element and not p.element(item):
                    return (
                        f"expected Tensor as element {element} in argument {index}, "
                        f"but got {_type(item)}"
                    )
        if (value is None and p.allows_none) or p.accepts(value):
            pass
        elif variadic and at == 0 and by_name is None and args and p.element and p.element(args[0]):
            at = len(args)
            continue
        elif by_name is not None:
            return f"{name}(): argument '{p.name}' must be {p.type}, not {_type(value)}"
        else:
            return _wrong_type(name, p, value, at)
        if by_name is None:
            at += 1
        else:
            used.add(by_name)
    for key in kwargs:
        if key not in used:
            known = [p.name for p in parameters]
            if key in known:
                return f"{name}() got multiple values for argument '{key}'"
            return f"{name}() got an unexpected keyword argument '{key}'"
    return None


def _check_elements(overload: Overload, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Only the first number of a sequence decides on the overload; the others are read later."""
    given = list(args)
    if overload.positional == 1 and len(args) > 1:
        given = [args]
    for p, value in zip(overload.parameters, given, strict=False):
        if p.element is not None and isinstance(value, (list, tuple)):
            for at, item in enumerate(value):
                if not p.element(item):
                    raise TypeError(
                        f"{overload.name}(): argument '{p.name}' failed to unpack the object at "
                        f'pos {at + 1} with error "type must be {p.type},but got {_type(item)}"'
                    )


def _wrong_type(name: str, p: Parameter, value: Any, at: int) -> str:
    where = f"{name}(): argument '{p.name}' (position {at + 1}) must be {p.type}, "
    if p.element is not None and isinstance(value, (list, tuple)):
        wrong = next(i for i, item in enumerate(value) if not p.element(item))
        return f"{where}but found element of type {_type(value[wrong])} at pos {wrong}"
    return f"{where}not {_type(value)}"


def _too_many(overload: Overload, given: int) -> str:
    most, least = overload.positional, overload.required
    takes = f"{overload.name}() takes {most} positional argument{'s' * (most != 1)}"
    if least != most:
        takes = f"{overload.name}() takes from {least} to {most} positional arguments"
        return f"{takes} but {given} were given"
    return f"{takes} but {given} {'was' if given == 1 else 'were'} given"


def _missing(overload: Overload, index: int) -> str:
    missing = [f'"{p.name}"' for p in overload.parameters[index:] if not p.optional]
    plural = "s" * (len(missing) == 1)  # so it is in PyTorch
    return (
        f"{overload.name}() missing {len(missing)} required positional argument{plural}: "
        f"{', '.join(missing)}"
    )


def _type(value: Any) -> str:
    """The name of a value's type as CPython's ``tp_name`` has it."""
    kind = type(value)
    if isinstance(value, Tensor):
        return kind.__name__
    return f"{kind.__module__}.{kind.__name__}" if isinstance(value, np.generic) else kind.__name__


def _invalid_combination(
    found: tuple[Overload, ...], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> str:
    shown = [overload for overload in found if not overload.hidden]
    names = list(reversed(kwargs))  # as PyTorch's hash table hands them out
    given = [_type(a) for a in args] + [f"{n}={_type(kwargs[n])}" for n in names]
    got = f"({', '.join(given)}{'' if args or not kwargs else ', '})"
    head = f"{found[0].name}() received an invalid combination of arguments - got "
    if len(shown) == 1:
        unknown = _unknown(shown[0], kwargs)
        if unknown:
            unrecognized = "".join(f"{n}, " for n in unknown)
            return f"{head}unrecognized keyword arguments: {unrecognized}"
        if _same_count(shown[0], args, kwargs):
            got = _marked(shown[0], args, kwargs)
        return f"{head}{got}, but expected {shown[0]}"
    lines = [f"{head}{got}, but expected one of:"]
    for overload in shown:
        lines.append(f" * {overload}")
        if _same_count(overload, args, kwargs):
            reason = "didn't match because some of the "
            unknown = _unknown(overload, kwargs)
            if unknown:
                lines.append(f"      {reason}keywords were incorrect: {', '.join(unknown)}")
            else:
                marked = _marked(overload, args, kwargs)
                lines.append(f"      {reason}arguments have invalid types: {marked}")
    return "\n".join(lines) + "\n"


def _unknown(overload: Overload, kwargs: dict[str, Any]) -> list[str]:
    known = {name for _, name in _options(overload)}
    return [name for name in reversed(kwargs) if name not in known]


def _options(overload: Overload) -> list[tuple[str, str]]:
    """Type and name of each parameter as the message's author reads them: cut at the blank."""
    options = (part.partition(" ") for part in str(overload)[1:-1].split(", "))
    return [(kind, name) for kind, _, name in options]


def _same_count(overload: Overload, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    return len(args) + len(kwargs) == len(_options(overload))


def _marked(overload: Overload, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """The types that were given, between exclamation marks where they look wrong."""
    parts = []
    given = [*args, *(kwargs[name] for _, name in _options(overload)[len(args) :])]
    for index, ((kind, name), value) in enumerate(zip(_options(overload), given, strict=True)):
        text = _type(value)
        fits = text == kind or (kind == "float" and text == "int")
        if isinstance(value, (list, tuple)):
            items = ", ".join(map(_type, value))
            comma = "," if isinstance(value, tuple) and len(value) == 1 else ""
            text += f" of ({items}{comma})" if isinstance(value, tuple) else f" of [{items}]"
        text = f"{name}={text}" if index >= len(args) else text
        parts.append(text if fits else f"!{text}!")
    return f"({', '.join(parts)}{'' if args else ', '})"
