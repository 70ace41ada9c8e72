"""``torch.func``: functions made into their derivatives, and into functions of batches.

Derivatives are taken with respect to stand-ins, fresh in every call, so the transforms nest in any
order: see ``_stand_ins`` and ``_forward``. ``vmap`` calls its function slice by slice.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from . import _forward
from ._grad_mode import enable_grad, mode
from ._op import namespace, row
from ._pytree import broadcast, leaves, structure, tree_map, unflatten
from ._random import Generator, default_generator
from ._stand_ins import StandIns
from ._tensor import Tensor, new_tensor
from .autograd import forward_ad
from .autograd import grad as autograd_grad

Function = Callable[..., Any]
Argnums = int | tuple[int, ...] | None


@contextmanager
def _transforming() -> Iterator[None]:
    mode.transforms += 1
    try:
        yield
    finally:
        mode.transforms -= 1


# Reverse mode.


def grad_and_value(func: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function:
    """The gradients of a function with a 0-d result, and that result."""

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        api = "grad_and_value(f)(*args)"
        with StandIns() as stand_ins, enable_grad(), _transforming():
            args, given = _differentiable(stand_ins, args, argnums)
            output, aux = _with_aux(func(*args, **kwargs), has_aux, api)
            if not isinstance(output, Tensor):
                raise RuntimeError(
                    f"{api}: Expected f(*args) to return a Tensor, got {type(output)}"
                )
            if output.dim():
                raise RuntimeError(
                    f"{api}: Expected f(*args) to return a scalar Tensor, got tensor with "
                    f"{output.dim()} dims. Maybe you wanted to use the vjp or jacrev APIs instead?"
                )
            found = _gradients([output], leaves(given), None, True)
            gradients = unflatten(stand_ins.outside(found), given)
            output = _outside(stand_ins, output)
            if has_aux:
                return gradients, (output, _outside(stand_ins, aux))
            return gradients, output

    return wrapper


def grad(func: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function:
    """The gradients of a function with a 0-d result, with respect to ``argnums``."""
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        gradients, value = both(*args, **kwargs)
        return (gradients, value[1]) if has_aux else gradients

    return wrapper


def vjp(func: Function, *primals: Any, has_aux: bool = False) -> Any:
    """``func(*primals)``, and a function from cotangents of it to those of ``primals``."""
    return _vjp(func, primals, None, has_aux)


def _vjp(func: Function, primals: tuple[Any, ...], argnums: Argnums, has_aux: bool) -> Any:
    with StandIns() as stand_ins, enable_grad(), _transforming():
        args, given = _differentiable(stand_ins, primals, argnums)
        output, aux = _with_aux(func(*args), has_aux, "vjp(f, *primals)")
        outputs = leaves(output)
        _check_outputs(outputs, "vjp(f, *primals)")
        for out in outputs:
            if not (out.is_floating_point() or out.is_complex()):
                raise RuntimeError(
                    "vjp(f, ...): All outputs of f must be floating-point or complex Tensors, got "
                    f"Tensor with dtype {out.dtype}"
                )
        result, aux = _outside(stand_ins, output), _outside(stand_ins, aux) if has_aux else None

    def wrapper(
        cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None
    ) -> Any:
        create_graph = mode.enabled if create_graph is None else create_graph
        if structure(cotangents) != structure(output):
            starred = [tree_map(lambda leaf: _Star(), tree) for tree in (cotangents, output)]
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of "
                f"outputs to the function. cotangents: {starred[0]}, primal output: {starred[1]}"
            )
        found = _gradients(outputs, leaves(given), leaves(cotangents), create_graph)
        return unflatten(stand_ins.outside(found), given)

    return (result, wrapper, aux) if has_aux else (result, wrapper)


class _Star:
    def __repr__(self) -> str:
        return "*"


def _gradients(
    outputs: Sequence[Tensor],
    inputs: Sequence[Tensor],
    cotangents: Sequence[Any] | None,
    create_graph: bool,
) -> list[Tensor]:
    """Of those outputs that depend on anything; zeros where an input does not matter."""
    pairs = [
        (out, None if cotangents is None else cotangents[nr])
        for nr, out in enumerate(outputs)
        if out.requires_grad
    ]
    found: Sequence[Tensor | None] = [None] * len(inputs)
    if pairs:
        outs, given = map(list, zip(*pairs, strict=True))
        found = autograd_grad(outs, inputs, given, True, create_graph, allow_unused=True)
    return [_zeros(t) if g is None else g for t, g in zip(inputs, found, strict=True)]


def jacrev(
    func: Function, argnums: Argnums = 0, *, has_aux: bool = False, chunk_size: int | None = None
) -> Function:
    """The Jacobian, a row for each element of the output; of real functions only."""
    if not (chunk_size is None or chunk_size > 0):
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")

    @functools.wraps(func)
    def wrapper(*args: Any) -> Any:
        _check_real("jacrev", args, "inputs")
        output, pull, *aux = _vjp(func, args, argnums, has_aux)
        outputs, given = leaves(output), _slice(args, argnums)
        _check_real("jacrev", outputs, "outputs")
        rows = [leaves(pull(unflatten(basis, output))) for basis in _bases(outputs)]
        splits = iter(rows)
        of_outputs = []
        for out in outputs:
            mine = [next(splits) for _ in range(out.numel())]
            blocks = [
                _stack([r[nr] for r in mine], p).reshape(out.shape + p.shape)
                for nr, p in enumerate(leaves(given))
            ]
            of_outputs.append(unflatten(blocks, given))
        jacobian = _graft(of_outputs, output)
        return (jacobian, *aux) if has_aux else jacobian

    return wrapper


# Forward mode.


def jvp(
    func: Function, primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False
) -> Any:
    """``func(*primals)``, and how it moves where ``primals`` move by ``tangents``."""
    return _jvp(func, primals, tangents, None, strict, has_aux)


def _jvp(
    func: Function, primals: Any, tangents: Any, argnums: Argnums, strict: bool, has_aux: bool
) -> Any:
    api = "jvp(f, primals, tangents)"
    if not isinstance(primals, tuple):
        raise RuntimeError(
            f"{api}: Expected primals to be a tuple. E.g. it should be valid to call f(*primals)."
        )
    given = primals if argnums is None else _slice(primals, argnums)
    if argnums is not None and isinstance(argnums, int):
        given = (given,)
    if structure(given) != structure(tangents):
        raise RuntimeError(
            f"{api}: Expected primals and tangents to have the same python structure. For example, "
            "if primals is a tuple of 3 tensors, tangents also must be. Got primals with structure "
            f"{structure(given)} and tangents with structure {structure(tangents)}"
        )
    for name, tree in (("primals", given), ("tangents", tangents)):
        if not leaves(tree):
            raise RuntimeError(f"{api}: Expected {name} to contain at least one Tensor.")
        for leaf in leaves(tree):
            if not isinstance(leaf, Tensor):
                raise RuntimeError(
                    f"{api}: Expected {name} to only contain Tensors, got {type(leaf)}"
                )
    with _transforming(), forward_ad._set_fwd_grad_enabled(True), forward_ad.inner_level() as level:
        alias = row("_alias")
        duals = unflatten(
            [
                forward_ad.dual(p, t, level, alias)
                for p, t in zip(leaves(given), leaves(tangents), strict=True)
            ],
            given,
        )
        output, aux = _with_aux(func(*_replaced(primals, duals, argnums)), has_aux, api)
        outputs = leaves(output)
        _check_outputs(outputs, api)
        moved = [_forward.tangents(out).get(level) for out in outputs]
        if strict and None in [m if m is None else 0 for m in moved]:
            raise RuntimeError(
                "jvp(f, primals, tangents, strict=True): The output of f is independent of the "
                "inputs. This is not allowed with strict=True."
            )
        moved = [_zeros(out) if m is None else m for m, out in zip(moved, outputs, strict=True)]
        unpack = lambda t: _forward.unpack_dual(t, level, alias)
        result = unflatten(map(unpack, outputs), output), unflatten(moved, output)
        return (*result, tree_map(unpack, aux)) if has_aux else result


def jacfwd(
    func: Function, argnums: Argnums = 0, has_aux: bool = False, *, randomness: str = "error"
) -> Function:
    """The Jacobian, a column for each element of the inputs; of real functions only."""

    @functools.wraps(func)
    def wrapper(*args: Any) -> Any:
        _check_real("jacfwd", args, "inputs")
        _check_randomness(randomness)
        given = args if argnums is None else _slice(args, argnums)
        given = (given,) if isinstance(argnums, int) else given
        primals = leaves(given)
        columns, aux, output = [], None, None
        with _drawing(randomness) as step:
            for basis in _bases(primals):
                step()
                output, column, *more = _jvp(
                    func, args, unflatten(basis, given), argnums, False, has_aux
                )
                _check_real("jacfwd", output, "outputs")
                columns.append(leaves(column))
                aux = more[0] if more and len(columns) == 1 else aux
        of_outputs = []
        for nr, out in enumerate(leaves(output)):
            following = iter(columns)
            blocks = []
            for p in primals:
                mine = [next(following)[nr] for _ in range(p.numel())]
                blocks.append(_stack(mine, out, -1).reshape(out.shape + p.shape))
            block = unflatten(blocks, given)
            of_outputs.append(block[0] if isinstance(argnums, int) else block)
        jacobian = _graft(of_outputs, output)
        return (jacobian, aux) if has_aux else jacobian

    return wrapper


def hessian(func: Function, argnums: Argnums = 0) -> Function:
    """The second derivatives: forward over reverse."""
    return jacfwd(jacrev(func, argnums), argnums)


def linearize(func: Function, *primals: Any) -> tuple[Any, Function]:
    """``func(*primals)``, and the function of tangents that its derivative there is."""
    output = func(*primals)
    with StandIns() as stand_ins, enable_grad():
        inputs = [stand_ins.of(p) for p in leaves(primals)]
        outputs = leaves(func(*unflatten(inputs, primals)))

    def jvp_fn(*tangents: Any) -> Any:
        if structure(tangents) != structure(primals):
            raise RuntimeError(
                f"Expected the tangents {structure(tangents)} to have the same argspec as the "
                f"primals {structure(primals)}"
            )
        for nr, (t, p) in enumerate(zip(leaves(tangents), inputs, strict=True)):
            for side in ("shape", "device", "dtype"):
                if getattr(t, side) != getattr(p, side):
                    raise RuntimeError(
                        f"tangent:{nr} with {side} {getattr(t, side)} in flattened pytree doesn't "
                        f"match the {side} {getattr(p, side)} of the corresponding primal."
                    )
        moved = [
            _forward.transposed_twice(out, inputs, leaves(tangents)) if out.requires_grad else None
            for out in outputs
        ]
        found = [_zeros(o) if m is None else m for m, o in zip(moved, outputs, strict=True)]
        return unflatten(stand_ins.outside(found), output)

    return output, jvp_fn


# Arguments and results.


def _slice(args: tuple[Any, ...], argnums: Argnums) -> Any:
    """The arguments that a derivative is taken with respect to."""
    if argnums is None:
        return args
    if not isinstance(argnums, (int, tuple)):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    for argnum in (argnums,) if isinstance(argnums, int) else argnums:
        if not isinstance(argnum, int):
            raise RuntimeError(f"argnum must be int, got: {type(argnum)}")
        if not -len(args) <= argnum < len(args):
            raise RuntimeError(f"Got argnum={argnum}, but only {len(args)} positional inputs")
    if isinstance(argnums, int):
        return args[argnums]
    wrapped = tuple(argnum % len(args) for argnum in argnums)
    if not wrapped:
        raise RuntimeError("argnums must be non-empty")
    if len(set(wrapped)) != len(wrapped):
        raise RuntimeError(f"argnums elements must be unique, got {wrapped}")
    return tuple(args[argnum] for argnum in wrapped)


def _replaced(args: tuple[Any, ...], new: tuple[Any, ...], argnums: Argnums) -> tuple[Any, ...]:
    if argnums is None:
        return new
    changed = list(args)
    for argnum, value in zip((argnums,) if isinstance(argnums, int) else argnums, new, strict=True):
        changed[argnum] = value
    return tuple(changed)


def _differentiable(
    stand_ins: StandIns, args: tuple[Any, ...], argnums: Argnums
) -> tuple[tuple[Any, ...], Any]:
    """The arguments with stand-ins among them, and these in the structure of ``argnums``."""

    def stand_in(t: Any) -> Tensor:
        if not isinstance(t, Tensor):
            raise ValueError(f"Thing passed to transform API must be Tensor, got {type(t)}")
        if not (t.is_floating_point() or t.is_complex()):
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        return stand_ins.of(t)

    given = tree_map(stand_in, _slice(args, argnums))
    return _replaced(args, (given,) if isinstance(argnums, int) else given, argnums), given


def _outside(stand_ins: StandIns, tree: Any) -> Any:
    for leaf in leaves(tree):
        if not isinstance(leaf, Tensor):
            raise RuntimeError(f"Expected tensors, got unsupported type {type(leaf)}")
    return unflatten(stand_ins.outside(leaves(tree)), tree)


def _with_aux(output: Any, has_aux: bool, api: str) -> tuple[Any, Any]:
    if not has_aux:
        return output, None
    if not (isinstance(output, tuple) and len(output) == 2):
        raise RuntimeError(
            f"{api}: output of function f should be a tuple: (output, aux) if has_aux is True"
        )
    return output


def _check_outputs(outputs: list[Any], api: str) -> None:
    if outputs in ([], [None]):
        raise RuntimeError(
            f"{api}: Expected f to be a function that has non-empty output (got output = {outputs})"
        )
    for out in outputs:
        if not isinstance(out, Tensor):
            raise RuntimeError(
                f"{api}: expected f(*primals) to return only tensors, got unsupported type "
                f"{type(out)}"
            )


def _check_real(api: str, tree: Any, what: str) -> None:
    for nr, leaf in enumerate(leaves(tree)):
        if isinstance(leaf, Tensor) and leaf.is_complex():
            raise RuntimeError(
                f"{api}: Expected all {what} to be real but received complex tensor at flattened "
                f"input idx: {nr}"
            )


def _bases(tensors: Sequence[Tensor]) -> Iterator[list[Tensor]]:
    """Each unit vector of the space of all elements, in the shapes of the tensors."""
    for nr, t in enumerate(tensors):
        for place in range(t.numel()):
            basis = [_zeros(other) for other in tensors]
            basis[nr]._array.flat[place] = 1
            yield basis


def _zeros(t: Tensor) -> Tensor:
    return new_tensor(np.zeros_like(t._array))


def _stack(tensors: list[Tensor], like: Tensor, dim: int = 0) -> Tensor:
    """Stacked; of none, an empty tensor that ``reshape`` makes what it should be."""
    if tensors:
        return namespace["stack"](tensors, dim)
    return new_tensor(np.zeros(0, like._array.dtype))


def _graft(trees: Sequence[Any], like: Any) -> Any:
    """Trees in the place of the leaves of another."""
    return unflatten(trees, like)


# Batches.

_RANDOM = (
    "vmap: called random operation while in randomness error mode. Please either use the 'same' or "
    "'different' randomness flags on vmap or perform the randomness operation out of vmap"
)


def vmap(
    func: Function,
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Function:
    """``func`` for every slice of its arguments along ``in_dims``, the results along ``out_dims``.

    It is called once a slice, so graphs are those of slices; random numbers are drawn slice by
    slice as well.
    """
    _check_randomness(randomness)
    if not (chunk_size is None or chunk_size > 0):
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        name = _name(func)
        for dim in leaves(out_dims):
            if not (dim is None or isinstance(dim, int)):
                raise ValueError(
                    f"vmap({name}, ..., out_dims={out_dims}): `out_dims` must be an int, None or a "
                    "python collection of ints representing where in the outputs the vmapped "
                    "dimension should appear."
                )
        flat = leaves(args)
        dims = _in_dims(name, in_dims, args, flat)
        size = next(t.size(d) for t, d in zip(flat, dims, strict=True) if d is not None)
        outputs = []
        with _transforming(), _drawing(randomness) as step:
            for nr in range(size or 1):
                step()
                parts = [
                    t if d is None else t.select(d, nr) if size else _zeros(t.sum(d))
                    for t, d in zip(flat, dims, strict=True)
                ]
                outputs.append(func(*unflatten(parts, args), **kwargs))
        return _batched(name, outputs, out_dims, size)

    return wrapper


def _in_dims(name: str, in_dims: Any, args: tuple[Any, ...], flat: list[Any]) -> list[int | None]:
    start = f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): "
    if not isinstance(in_dims, (int, tuple)):
        raise ValueError(
            f"{start}expected `in_dims` to be int or a (potentially nested) tuple matching the "
            f"structure of inputs, got: {type(in_dims)}."
        )
    if not args:
        raise ValueError(
            f"vmap({name})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are "
            "trying to vmap over a function with no inputs. The latter is unsupported."
        )
    dims = broadcast(in_dims, args)
    if dims is None:
        raise ValueError(
            f"{start}in_dims is not compatible with the structure of `inputs`. in_dims has "
            f"structure {structure(in_dims)} but inputs has structure {structure(args)}."
        )
    for t, d in zip(flat, dims, strict=True):
        if d is None:
            continue
        if not isinstance(d, int):
            raise ValueError(
                f"{start}Got in_dim={d} for an input but in_dim must be either an integer "
                "dimension or None."
            )
        if not isinstance(t, Tensor):
            raise ValueError(
                f"{start}Got in_dim={d} for an input but the input is of type {type(t)}. We cannot "
                "vmap over non-Tensor arguments, please use None as the respective in_dim"
            )
        if not -t.dim() <= d < t.dim():
            raise ValueError(
                f"{start}Got in_dim={d} for some input, but that input is a Tensor of "
                f"dimensionality {t.dim()} so expected in_dim to satisfy -{t.dim()} <= in_dim < "
                f"{t.dim()}."
            )
    sizes = [t.size(d) for t, d in zip(flat, dims, strict=True) if d is not None]
    if not sizes:
        raise ValueError("vmap: Expected at least one Tensor to vmap over")
    if len(set(sizes)) > 1:
        raise ValueError(
            "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
            f"{sizes} for the mapped dimension"
        )
    return dims


def _batched(name: str, outputs: list[Any], out_dims: Any, size: int) -> Any:
    """The results of the slices as one."""
    first = outputs[0]
    dims = broadcast(out_dims, first)
    if isinstance(first, Tensor) and isinstance(out_dims, tuple) and len(out_dims) == 1:
        dims = list(out_dims)
    if dims is None:
        raise ValueError(
            f"vmap({name}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with "
            f"the structure of `outputs`. out_dims has structure {structure(out_dims)} but outputs "
            f"has structure {structure(first)}."
        )
    results = []
    for d, *values in zip(dims, *map(leaves, outputs), strict=True):
        if d is None:
            if isinstance(values[0], Tensor) and any(v is not values[0] for v in values):
                raise ValueError(
                    f"vmap({name}, ...): `{name}` can not return a BatchedTensor when out_dim is "
                    "None"
                )
            results.append(values[0])
        elif isinstance(values[0], Tensor):
            stacked = namespace["stack"](values, d)
            results.append(stacked if size else stacked.narrow(d, 0, 0))
        else:
            raise ValueError(
                f"vmap({name}, ...): `{name}` must only return Tensors, got type "
                f"{type(values[0])}. Did you mean to set out_dims= to None for output?"
            )
    return unflatten(results, first)


def _name(func: Function) -> str:
    if hasattr(func, "__name__"):
        return str(func.__name__)
    if isinstance(func, functools.partial):
        return f"functools.partial({_name(func.func)}, ...)"
    return repr(func)


def _check_randomness(randomness: str) -> None:
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(
            "Only allowed values for randomness are 'error', 'different', or 'same'. Got "
            f"{randomness}"
        )


@contextmanager
def _drawing(randomness: str) -> Iterator[Function]:
    """What random numbers slices get; to be called before each slice."""
    previous, Generator.refusal = Generator.refusal, _RANDOM if randomness == "error" else None
    start = default_generator.get_state() if randomness == "same" else None
    try:
        yield lambda: None if start is None else default_generator.set_state(start)
    finally:
        Generator.refusal = previous


namespace["vmap"] = vmap
