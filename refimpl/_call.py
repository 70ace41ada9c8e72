"""From a row to a function that computes, records and carries tangents: three paths.

One-argument and two-argument pointwise operations have a short path each, since small tensors spend
their time here; everything else takes the general one. On bare ndarrays each is the kernel alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from . import _dtype, _forward
from ._dtype import F32, F64
from ._engine import NO_EDGE, Edge
from ._forward import state as forward
from ._grad_mode import mode
from ._row import ARRAYS, LOW, NUMBERS, Function, Op, rows
from ._tensor import NUMBER, Tensor, new_tensor
from ._views import share


def function_of(row: Op) -> Function:
    """The function of a row; NotImplemented from it means that an argument is no operand."""
    saves = set().union(*row.saves)
    if row.parameters == ("self",) and not row.outputs and not row.is_view and (
        saves <= {"self", "result"} or row.saves == [("self_shape",)]
    ):  # fmt: skip
        return _unary(row)
    if (
        row.parameters == ("self", "other")
        and len(row.formulas) == 2
        and saves <= {"self", "other"}
    ):
        return _binary(row) if row.promotes is not None else _general(row)
    return _general(row)


def _unary(row: Op) -> Function:
    kernel, compute, make_node = row.kernel, row.compute, row.Node
    fast = row.promotes != "WHOLE"
    saves = row.saves[0] if row.saves else ()
    by_shape = saves == ("self_shape",)
    differentiable, by_self, by_result = bool(row.formulas), "self" in saves, "result" in saves

    def call(self: Any) -> Any:
        try:
            x = self._array
        except AttributeError:
            return compute(self) if isinstance(self, ARRAYS) else NotImplemented
        out = kernel(x) if fast and (x.dtype is F32 or x.dtype is F64) else compute(x)
        if type(out) is not ndarray:
            out = np.asarray(out)
        t = new_tensor(out)
        requires_grad = self._requires_grad or (self._base is not None and self.requires_grad)
        if requires_grad and differentiable and mode.enabled:
            saved: tuple[Any, ...] = ()
            if by_result:
                saved = ((out, t._version_counter, 0, 0),)
                if by_self:
                    counter = self._version_counter
                    saved = tuple(
                        saved[0] if s == "result" else (self, counter, counter[0], 0) for s in saves
                    )
            elif by_self:
                counter = self._version_counter
                saved = ((self, counter, counter[0], 0),)
            elif by_shape:
                saved = ((x.shape,),)
            t._requires_grad = True
            t._grad_fn = make_node((self._edge(),), (saved,), ((out.shape, out.dtype),))
        if forward.active:
            _forward.carry(call, (self,), [t], (self,) if row.linear else ())
        return t

    return call


# What a formula of a binary operation saves, from the items of its two operands.
_PICKS: dict[tuple[str, ...], Function] = {
    (): lambda a, b: (),
    ("self",): lambda a, b: (a,),
    ("other",): lambda a, b: (b,),
    ("self", "other"): lambda a, b: (a, b),
    ("other", "self"): lambda a, b: (b, a),
}
NOTHING_SAVED: tuple[Any, ...] = ((), ())


def _binary(row: Op) -> Function:
    kernel, compute, make_node = row.kernel, row.compute, row.Node
    saves_a, saves_b = row.saves
    pick_a, pick_b = _PICKS[saves_a], _PICKS[saves_b]
    general, bare = _general(row), row.operand_types[1:]
    fast = row.promotes == "DEFAULT" or row.promotes == "INT_TO_FLOAT"

    def call(self: Any, other: Any) -> Any:
        try:
            x, y = self._array, other._array
        except AttributeError:
            if not isinstance(self, Tensor) and not isinstance(other, Tensor):
                both = isinstance(self, bare) and isinstance(other, bare)
                return compute(self, other) if both else NotImplemented
            if mode.in_formula and f"_{row.name}_number" in rows and type(other) in NUMBERS:
                return rows[f"_{row.name}_number"].call(self, other)
            x = y = None
        if x is None or x.dtype is not y.dtype:
            operands = _operands(row, self, other)
            if operands is None:
                return general(self, other)
            self, other = operands
            x, y = self._array, other._array
        try:
            out = kernel(x, y) if fast and (x.dtype is F32 or x.dtype is F64) else compute(x, y)
        except ValueError:
            raise broadcast_error(x.shape, y.shape) from None
        if type(out) is not ndarray:
            out = np.asarray(out)
        t = new_tensor(out)
        if mode.enabled:
            a = self._requires_grad or (self._base is not None and self.requires_grad)
            b = other._requires_grad or (other._base is not None and other.requires_grad)
            if a or b:
                saved = NOTHING_SAVED
                if saves_a or saves_b:
                    counter = self._version_counter
                    item_self = (self, counter, counter[0], 0)
                    counter = other._version_counter
                    item_other = (other, counter, counter[0], 0)
                    saved = (
                        pick_a(item_self, item_other) if a else (),
                        pick_b(item_self, item_other) if b else (),
                    )
                t._requires_grad = True
                t._grad_fn = make_node(
                    (self._edge() if a else NO_EDGE, other._edge() if b else NO_EDGE),
                    saved,
                    ((out.shape, out.dtype),),
                )
        if forward.active:
            _forward.carry(call, (self, other), [t])
        return t

    return call


def _operands(row: Op, self: Any, other: Any) -> Any:
    """Both operands as tensors of the dtype in which they meet.

    None where the general path must decide: a number that meets 16-bit floats keeps the precision
    in which they are computed, and what is neither tensor nor number is not an operand.
    """
    number = other if isinstance(self, Tensor) else self
    if isinstance(number, Tensor):
        dtype = _dtype.result_type([self._array, other._array], [])
    elif isinstance(number, row.operand_types):
        array = (self if number is other else other)._array
        dtype = array.dtype
        if type(number) is complex or not (dtype is F32 or dtype is F64):
            dtype = _dtype.result_type([array], [number])
    else:
        return None
    dtype = row.compute_dtype(dtype)
    return None if dtype in LOW else (same_variable(self, dtype), same_variable(other, dtype))


def same_variable(value: Any, dtype: np.dtype[Any]) -> Tensor:
    """A number as a 0-d tensor; a tensor in another dtype, still the same variable to autograd."""
    if not isinstance(value, Tensor):
        number = new_tensor(_dtype.wrapped(value, dtype))
        number._version_counter = NUMBER
        return number
    if value._array.dtype is dtype:
        return value
    array = value._array
    if array.dtype.kind == "c" and dtype.kind != "c":
        array = array.real
    return with_values(value, array.astype(dtype))


def with_values(value: Tensor, array: ndarray) -> Tensor:
    """Other values, in another dtype perhaps, for the same variable."""
    alias = new_tensor(array)
    if forward.active:
        tangents = _forward.tangents(value)
        alias._tangents = {level: t._cast(array.dtype) for level, t in tangents.items()}
    if value.requires_grad:
        alias._requires_grad, alias._version_counter = True, value._version_counter
        alias._grad_fn, alias._output_nr = value._edge()
    return alias


def _general(row: Op) -> Function:
    """Any number of arguments and outputs, lists of tensors, parameters, views."""
    kernel, count = row.kernel, len(row.parameters)
    promotes, moves = row.promotes is not None, row.moves

    def call(*args: Any, **kwargs: Any) -> Any:
        if kwargs or len(args) != count:
            args = _bind(row, args, kwargs)
        tensors: list[Tensor] = []
        values: list[Any] = []
        low = False
        for a in args:
            if isinstance(a, Tensor):
                tensors.append(a)
                a = a._array
                low = low or a.itemsize == 2
            elif type(a) in (list, tuple) and any(isinstance(v, Tensor) for v in a):
                tensors += [v for v in a if isinstance(v, Tensor)]
                a = [v._array if isinstance(v, Tensor) else v for v in a]
                low = low or any(isinstance(v, ndarray) and v.itemsize == 2 for v in a)
            values.append(a)
        if not tensors:
            return row.compute(*args) if any(map(_is_bare, args)) else NotImplemented
        if promotes:
            if not _are_operands(row, args):
                return NotImplemented
            args = _promote(row, args)
            values = [a._array if isinstance(a, Tensor) else a for a in args]
        if row.is_view:
            values[0] = args[0]._memory
        try:
            out = kernel(*values) if moves or not (low or promotes) else row.compute(*values)
        except ValueError as error:
            if promotes and len(tensors) > 1:
                raise broadcast_error(tensors[0]._array.shape, tensors[1]._array.shape) from None
            raise RuntimeError(str(error)) from None
        several = isinstance(out, (tuple, list))
        results: Any = [
            o if o is None else new_tensor(o if type(o) is ndarray else np.asarray(o))
            for o in (out if several else (out,))
        ]
        if row.is_view:
            results = [share(row, t, args[0], args[1:], several) for t in results]
        if mode.enabled and row.formulas:
            for t in tensors:
                if t._requires_grad or (t._base is not None and t.requires_grad):
                    _record(row, args, results)
                    break
        if forward.active and row.formulas:
            linear = [args[p] for p in row.positions if row.linear and isinstance(args[p], Tensor)]
            _forward.carry(call, args, results, linear)
        if not several:
            return results[0]
        return row.output_type(*results) if row.output_type is not None else tuple(results)

    return call


def _bind(row: Op, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """All parameters in order: those given by name, and the defaults."""
    if len(args) > len(row.parameters):
        raise TypeError(
            f"{row.name}() takes {len(row.parameters)} positional arguments but {len(args)} were "
            "given"
        )
    bound = list(args)
    for parameter in row.parameters[len(args) :]:
        if parameter not in kwargs and parameter not in row.defaults:
            public = "input" if parameter == "self" else parameter
            raise TypeError(f'{row.name}() missing 1 required positional arguments: "{public}"')
        bound.append(kwargs.pop(parameter, row.defaults.get(parameter)))
    if kwargs:
        raise TypeError(f"{row.name}() got an unexpected keyword argument '{next(iter(kwargs))}'")
    return tuple(bound)


def _is_bare(value: Any) -> bool:
    if type(value) in (list, tuple) and value:
        value = value[0]
    return isinstance(value, ARRAYS)


def _are_operands(row: Op, args: tuple[Any, ...]) -> bool:
    """Whether each operand is a tensor or a number; one with a default may be None."""
    return all(
        isinstance(a, row.operand_types) or (a is None and bool(row.defaults))
        for a, is_one in zip(args, row.is_operand, strict=True)
        if is_one
    )


def _promote(row: Op, args: tuple[Any, ...]) -> tuple[Any, ...]:
    operands = [a for a, is_one in zip(args, row.is_operand, strict=True) if is_one]
    dtype = row.compute_dtype(
        _dtype.result_type(
            [a._array for a in operands if isinstance(a, Tensor)],
            [a for a in operands if type(a) in NUMBERS],
        )
    )
    return tuple(
        same_variable(a, dtype) if is_one and isinstance(a, Tensor) else a
        for a, is_one in zip(args, row.is_operand, strict=True)
    )


def _record(row: Op, args: tuple[Any, ...], results: list[Any]) -> None:
    """Makes the node: edges to the arguments, what formulas name, outputs that carry gradients."""
    edges: list[Edge] = []
    counts: list[int] = []
    wanted: list[bool] = []
    listed = False
    for position in row.positions:
        value = args[position]
        if isinstance(value, Tensor):
            needs = value._requires_grad or (value._base is not None and value.requires_grad)
            edges.append(value._edge() if needs else NO_EDGE)
            counts.append(1)
        elif type(value) in (list, tuple):
            needed = [isinstance(t, Tensor) and t.requires_grad for t in value]
            edges += [t._edge() if n else NO_EDGE for t, n in zip(value, needed, strict=True)]
            counts.append(len(value))
            needs, listed = any(needed), True
        else:
            edges.append(NO_EDGE)
            counts.append(1)
            needs = False
        wanted.append(needs)
    if not any(wanted):
        return
    carrying = [t for t in results if t is None or t._array.dtype.kind in "fcV"]
    carrying = carrying[row.differentiable]
    for nr, t in enumerate(carrying):
        if t is not None:
            t._requires_grad, t._output_nr = True, nr
    metadata = tuple(
        [((), F64) if t is None else (t._array.shape, t._array.dtype) for t in carrying]
    )
    save = row.save
    if row.together:
        saved: tuple[Any, ...] = (save(0, args, results),)
    else:
        saved = tuple([save(i, args, results) if needs else () for i, needs in enumerate(wanted)])
    node = row.Node(tuple(edges), saved, metadata)
    if listed:
        node._counts = tuple(counts)
    for t in carrying:
        if t is not None:
            t._grad_fn = node


def broadcast_error(a: tuple[int, ...], b: tuple[int, ...]) -> RuntimeError:
    """PyTorch names the last dimension at which two shapes do not broadcast."""
    for back in range(1, min(len(a), len(b)) + 1):
        if a[-back] != b[-back] and 1 not in (a[-back], b[-back]):
            return RuntimeError(
                f"The size of tensor a ({a[-back]}) must match the size of tensor b ({b[-back]}) "
                f"at non-singleton dimension {max(len(a), len(b)) - back}"
            )
    return RuntimeError(f"shapes {list(a)} and {list(b)} do not broadcast")
