"""``torch.autograd.functional``: Jacobians, Hessians and products with them, of given functions.

``inputs`` is a tensor or a tuple of tensors, and results have the same form. TypeError where there
is anything else; RuntimeError where ``v`` does not fit, and with ``strict`` where an output does
not depend on an input, instead of zeros.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._grad_mode import enable_grad, mode, set_grad_enabled
from .._op import namespace
from .._tensor import Tensor, new_tensor
from . import forward_ad
from . import grad as autograd_grad

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

Function = Callable[..., Any]
Tensors = tuple[Any, ...]

# What ``strict`` has to say: of what is not there, and of what has no graph where one is wanted.
_STRICT = " This is not allowed in strict mode."
_MISSING = {
    "back": "The output of the user-provided function is independent of input {i}." + _STRICT,
    "back_trick": "The gradient with respect to the input is independent of entry {i} in the "
    "grad_outputs when using the double backward trick to compute forward mode gradients."
    + _STRICT,
    "double_back": "The jacobian of the user-provided function is independent of input {i}."
    + _STRICT,
    "double_back_trick": "The hessian of the user-provided function is independent of entry {i} in "
    "the grad_jacobian. This is not allowed in strict mode as it prevents from using the double "
    "backward trick to replace forward mode AD.",
    "element": "Output {o} of the user-provided function is independent of input {i}." + _STRICT,
}
_CONSTANT = {
    "outputs": "Output {i} of the user-provided function does not require gradients. The outputs "
    "must be computed in a differentiable manner from the input when running in strict mode.",
    "grad_inputs": "The gradient with respect to input {i} is independent of the inputs of the "
    "user-provided function." + _STRICT,
    "jacobian": "While computing the hessian, found that the jacobian of the user-provided "
    "function with respect to input {i} is independent of the input. This is not allowed in strict "
    "mode. You should ensure that your function is twice differentiable and that the jacobian "
    "depends on the inputs (this would be violated by a linear function for example).",
    "hessian": "The hessian of the user-provided function with respect to input {i} is independent "
    "of the input. This is not allowed in strict mode. You should ensure that your function is "
    "thrice differentiable and that the hessian depends on the inputs.",
    "back": "The jacobian of the user-provided function is independent of input {i}. This is not "
    "allowed in strict mode when create_graph=True.",
    "double_back": "The hessian of the user-provided function is independent of input {i}. This is "
    "not allowed in strict mode when create_graph=True.",
}


def vjp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """``func(*inputs)``, and the product of ``v`` with the Jacobian there."""
    with enable_grad():
        several, inputs = _prepared(inputs, "vjp", create_graph)
        many, outputs = _evaluated(func, inputs, "vjp", strict)
        v = _direction(v, outputs, many, "vjp", create_graph, "user-provided function returns")
    with set_grad_enabled(create_graph or mode.enabled):
        found = _gradients(outputs, inputs, v, create_graph)
        pulled = _filled(found, inputs, strict, create_graph, "back")
    return _result(outputs, many, create_graph), _result(pulled, several, create_graph)


def jvp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """``func(*inputs)``, and the product of the Jacobian there with ``v``: two backward passes."""
    with enable_grad():
        several, inputs = _prepared(inputs, "jvp", create_graph)
        v = _direction(v, inputs, several, "jvp", create_graph, _INPUT)
        many, outputs = _evaluated(func, inputs, "jvp", strict)
        weights = _unknowns(outputs)
        pulled = _gradients(outputs, inputs, weights, True)
        _check_graph(pulled, "grad_inputs", strict)
    with set_grad_enabled(create_graph or mode.enabled):
        found = _gradients(pulled, weights, v, create_graph)
        moved = _filled(found, outputs, strict, create_graph, "back_trick")
    return _result(outputs, many, create_graph), _result(moved, many, create_graph)


def vhp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """``func(*inputs)``, one number, and the product of ``v`` with the Hessian there."""
    with enable_grad():
        several, inputs = _prepared(inputs, "vhp", create_graph)
        v = _direction(v, inputs, several, "vhp", create_graph, _INPUT)
        outputs, slopes = _slopes(func, inputs, "vhp", strict)
    with set_grad_enabled(create_graph or mode.enabled):
        found = _gradients(slopes, inputs, v, create_graph)
        product = _filled(found, inputs, strict, create_graph, "double_back")
    return _result(outputs, False, create_graph), _result(product, several, create_graph)


def hvp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """``func(*inputs)``, one number, and the product of the Hessian there with ``v``."""
    with enable_grad():
        several, inputs = _prepared(inputs, "hvp", create_graph)
        v = _direction(v, inputs, several, "hvp", create_graph, _INPUT)
        outputs, slopes = _slopes(func, inputs, "hvp", strict)
        weights = _unknowns(inputs)
        pulled = _gradients(slopes, inputs, weights, True)
        _check_graph(slopes, "hessian", strict)
    with set_grad_enabled(create_graph or mode.enabled):
        found = _gradients(pulled, weights, v, create_graph)
        product = _filled(found, inputs, strict, create_graph, "double_back_trick")
    return _result(outputs, False, create_graph), _result(product, several, create_graph)


def jacobian(
    func: Function,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The Jacobian: for each output, for each input, a tensor of the shapes of both.

    Row by row, or with ``strategy="forward-mode"`` column by column.
    """
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your '
            'function has more outputs than inputs, "forward-mode" tends to be more performant. '
            'Otherwise, prefer to use "reverse-mode".'
        )
    if strategy == "forward-mode":
        return _by_columns(func, inputs, create_graph, strict, vectorize)
    with enable_grad():
        several, inputs = _prepared(inputs, "jacobian", create_graph)
        many, outputs = _evaluated(func, inputs, "jacobian", strict)
        if vectorize and strict:
            raise RuntimeError(
                "torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not "
                "supported together. Please either set `strict=False` or `vectorize=False`."
            )
        stack, blocks = namespace["stack"], []
        for o, out in enumerate(outputs):
            rows = [_row(out, j, o, inputs, strict, create_graph) for j in range(out.numel())]
            blocks.append(
                tuple(
                    stack([row[i] for row in rows], 0).view(out.shape + t.shape)
                    for i, t in enumerate(inputs)
                )
            )
        return _nested(_finished(blocks, create_graph), many, several)


def hessian(
    func: Function,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The Hessian of a function with one number as result: for each pair of inputs, a tensor."""
    several, inputs = _as_tuple(inputs, "inputs", "hessian")
    if outer_jacobian_strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')

    def one_number(*values: Any) -> Any:
        many, outputs = _as_tuple(func(*values), _OUTPUTS, "hessian")
        _check_graph(outputs, "outputs", strict)
        _check_one(outputs, many, "hessian")
        return outputs[0].squeeze()

    def slopes(*values: Any) -> Any:
        if outer_jacobian_strategy == "forward-mode":
            values = tuple(t.requires_grad_(True) for t in values)
        found = jacobian(one_number, values, create_graph=True)
        _check_graph(found, "jacobian", strict)
        return found

    found = jacobian(slopes, inputs, create_graph, strict, vectorize, outer_jacobian_strategy)
    return _nested(found, several, several)


# Steps.

_OUTPUTS = "outputs of the user-provided function"
_INPUT = "input to the user-provided function is"


def _as_tuple(value: Any, what: str, name: str) -> tuple[bool, Tensors]:
    several = isinstance(value, tuple)
    tensors = value if several else (value,)
    for i, t in enumerate(tensors):
        if not isinstance(t, Tensor):
            which = f"value at index {i}" if several else f"given {what}"
            raise TypeError(
                f"The {what} given to {name} must be either a Tensor or a tuple of Tensors but the "
                f"{which} has type {type(t)}."
            )
    return several, tensors


def _prepared(inputs: Any, name: str, create_graph: bool) -> tuple[bool, Tensors]:
    """Leaves in the place of the inputs; with ``create_graph`` still part of their graphs."""
    several, inputs = _as_tuple(inputs, "inputs", name)
    return several, _separate(inputs, create_graph, True)


def _separate(tensors: Tensors, create_graph: bool, requires_grad: bool) -> Tensors:
    return tuple(
        t.view_as(t) if create_graph and t.requires_grad
        else t.detach().requires_grad_(requires_grad)
        for t in tensors
    )  # fmt: skip


def _evaluated(func: Function, inputs: Tensors, name: str, strict: bool) -> tuple[bool, Tensors]:
    many, outputs = _as_tuple(func(*inputs), _OUTPUTS, name)
    _check_graph(outputs, "outputs", strict)
    return many, outputs


def _slopes(func: Function, inputs: Tensors, name: str, strict: bool) -> tuple[Tensors, Tensors]:
    """The one number that a function gives, and its gradients, with their graph."""
    many, outputs = _evaluated(func, inputs, name, strict)
    _check_one(outputs, many, name)
    slopes = _gradients(outputs, inputs, None, True)
    _check_graph(slopes, "jacobian", strict)
    return outputs, slopes


def _check_one(outputs: Tensors, many: bool, name: str) -> None:
    if many:
        raise RuntimeError(f"The function given to {name} should return a single Tensor")
    if outputs[0].numel() != 1:
        raise RuntimeError(
            f"The Tensor returned by the function given to {name} should contain a single element"
        )


def _direction(
    v: Any, like: Tensors, several: bool, name: str, create_graph: bool, where: str
) -> Tensors | None:
    if v is None:
        if len(like) == 1 and like[0].numel() == 1:
            return None
        raise RuntimeError(
            f"The vector v can only be None if the {where} a single Tensor with a single element."
        )
    given = _separate(_as_tuple(v, "v", name)[1], create_graph, False)
    if len(given) != len(like):
        if several:
            raise RuntimeError(
                f"v is a tuple of invalid length: should be {len(like)} but got {len(given)}."
            )
        raise RuntimeError("The given v should contain a single Tensor.")
    for i, (g, t) in enumerate(zip(given, like, strict=True)):
        if g.shape != t.shape:
            entry = f"Entry {i} in " if several else ""
            raise RuntimeError(f"{entry}v has invalid size: should be {t.shape} but got {g.shape}.")
    return given


def _unknowns(tensors: Tensors) -> Tensors:
    return tuple(_zeros(t).requires_grad_() for t in tensors)


def _zeros(t: Tensor) -> Tensor:
    return new_tensor(np.zeros_like(t._array))


def _gradients(
    outputs: Tensors, inputs: Tensors, weights: Tensors | None, create_graph: bool,
    retain_graph: bool | None = None,
) -> Tensors:  # fmt: skip
    """Of those outputs that have a graph; None for an input that does not matter."""
    pairs = [
        (out, weight)
        for out, weight in zip(outputs, weights or (None,) * len(outputs), strict=True)
        if out is not None and out.requires_grad
    ]
    if not pairs:
        return (None,) * len(inputs)
    roots, given = zip(*pairs, strict=True)
    found: Tensors = autograd_grad(
        roots, inputs, given, retain_graph, create_graph, allow_unused=True
    )
    return found


def _check_graph(tensors: Any, what: str, strict: bool) -> None:
    if strict:
        for i, t in enumerate(tensors):
            if t is None:
                raise RuntimeError(_MISSING["back"].format(i=i))
            if not t.requires_grad:
                raise RuntimeError(_CONSTANT[what].format(i=i))


def _filled(found: Tensors, like: Tensors, strict: bool, create_graph: bool, stage: str) -> Tensors:
    """Zeros for what is not there, unless ``strict``."""
    if strict:
        for i, t in enumerate(found):
            if t is None:
                raise RuntimeError(_MISSING[stage].format(i=i))
            if create_graph and not t.requires_grad:
                raise RuntimeError(_CONSTANT[stage.removesuffix("_trick")].format(i=i))
    return tuple(_zeros(t) if f is None else f for f, t in zip(found, like, strict=True))


def _row(out: Tensor, j: int, o: int, inputs: Tensors, strict: bool, create_graph: bool) -> Tensors:
    """How one element of an output depends on the inputs."""
    found = _gradients((out.reshape(-1)[j],), inputs, None, create_graph, True)
    for i, t in enumerate(found if strict else ()):
        if t is None:
            raise RuntimeError(_MISSING["element"].format(o=o, i=i))
        if create_graph and not t.requires_grad:
            raise RuntimeError(_CONSTANT["back"].format(i=o))
    return tuple(_zeros(t) if f is None else f for f, t in zip(found, inputs, strict=True))


def _by_columns(
    func: Function, inputs: Any, create_graph: bool, strict: bool, vectorize: bool
) -> Any:
    for wrong, option, instead in (
        (create_graph, "create_graph=True", "create_graph=False"),
        (strict, "strict=True", "strict=False"),
    ):
        if wrong:
            error = NotImplementedError if option == "create_graph=True" else RuntimeError
            raise error(
                f'torch.autograd.functional.jacobian: `{option}` and `strategy="forward-mode"` '
                f"are not supported together (yet). Please either set `{instead}` or "
                '`strategy="reverse-mode"`.'
            )
    several, inputs = _as_tuple(inputs, "inputs", "jacobian")
    if not vectorize:
        raise NotImplementedError(
            "Computing Jacobian using forward-AD or forward-over-reverse Hessian isonly "
            "implemented for `vectorize=True`."
        )
    many, columns, outputs = False, list[Any](), tuple[Any, ...]()
    for i, t in enumerate(inputs):
        for j in range(t.numel()):
            tangents = [_zeros(other) for other in inputs]
            tangents[i]._array.flat[j] = 1
            with forward_ad.dual_level():
                duals = map(forward_ad.make_dual, inputs, tangents)
                many, outputs = _as_tuple(func(*duals), "outputs", "jacobian")
                unpacked = [forward_ad.unpack_dual(out) for out in outputs]
            columns.append([_zeros(p) if moved is None else moved for p, moved in unpacked])
    stack = namespace["stack"]
    blocks: list[Any] = []
    for o, out in enumerate(outputs):
        following = iter(columns)
        parts = [[next(following)[o] for _ in range(t.numel())] or [_zeros(out)] for t in inputs]
        blocks.append(
            [
                stack(part, 0)[: t.numel()].movedim(0, -1).reshape(out.shape + t.shape)
                for part, t in zip(parts, inputs, strict=True)
            ]
        )
    return _nested(blocks, many, several)


def _finished(blocks: Any, create_graph: bool) -> Any:
    if isinstance(blocks, Tensor):
        return blocks if create_graph else blocks.detach()
    return tuple(_finished(block, create_graph) for block in blocks)


def _result(tensors: Tensors, several: bool, create_graph: bool) -> Any:
    finished = _finished(tensors, create_graph)
    return finished if several else finished[0]


def _nested(blocks: Any, outer: bool, inner: bool) -> Any:
    """Blocks without the levels of nesting that a single output or input does not need."""
    blocks = blocks if inner else tuple(block[0] for block in blocks)
    return blocks if outer else blocks[0]
