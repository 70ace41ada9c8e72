"""``gradcheck`` and ``gradgradcheck``: derivatives compared with differences of values."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from .._engine import Edge, Node, next_sequence_number
from .._op import namespace
from .._random import Generator
from .._stand_ins import at
from .._tensor import Tensor, new_tensor
from . import forward_ad
from . import grad as autograd_grad

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]

Function = Callable[..., Any]
Tensors = tuple[Any, ...]


class GradcheckError(RuntimeError):
    """A derivative is not what differences of values say, or a backward pass breaks a rule."""


def gradcheck(
    func: Function,
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Whether ``func`` has the derivatives at ``inputs`` that small differences give.

    GradcheckError (or False without ``raise_exception``) where it has not; ValueError where no
    input requires grad. A warning for inputs of less than double precision. Gradients in batches
    are gradients one by one here, so ``check_batched_grad`` finds nothing more.
    """
    for needed, message in (
        (
            check_forward_ad or check_backward_ad,
            "Expected at least one of check_forward_ad or check_backward_ad to be True",
        ),
        (
            check_backward_ad or not check_batched_grad,
            "Setting check_batched_grad=True requires check_backward_ad to be True",
        ),
        (
            check_forward_ad or not check_batched_forward_grad,
            "Setting check_batched_forward_grad=True requires check_forward_ad to be True",
        ),
    ):
        if not needed:
            raise AssertionError(message)
    check = _Check(eps, atol, rtol, nondet_tol, check_grad_dtypes, fast_mode)
    masked = bool(masked)
    try:
        inputs = _as_tuple(inputs)
        _check_inputs(inputs)
        outputs = _as_tuple(func(*inputs))
        if check_backward_ad:
            check.backward(func, inputs, outputs)
        if check_forward_ad:
            check.forward(func, inputs)
        if check_backward_ad:
            _check_zero_in_zero_out(_differentiable(outputs), inputs, masked)
            if check_undefined_grad:
                _check_undefined(func, inputs)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Function,
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """``gradcheck`` of the gradients of ``func``, as a function of the inputs and of the weights of
    the outputs: ``grad_outputs``, or random ones.
    """
    for needed, message in (
        (
            check_fwd_over_rev or check_rev_over_rev,
            "Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True",
        ),
        (
            check_rev_over_rev or not check_undefined_grad,
            "Setting check_undefined_grad=True requires check_rev_over_rev to be True",
        ),
        (
            check_rev_over_rev or not check_batched_grad,
            "Setting check_batched_grad=True requires check_rev_over_rev to be True",
        ),
    ):
        if not needed:
            raise AssertionError(message)
    inputs = _as_tuple(inputs)
    if grad_outputs is None:
        outputs = _differentiable(_as_tuple(func(*inputs)))
        weights: Tensors = tuple(_random_like(o, gen_non_contig_grad_outputs) for o in outputs)
    else:
        weights = _as_tuple(grad_outputs)
    marked = [isinstance(t, Tensor) and t.requires_grad for t in inputs + weights]

    def slopes(*args: Any) -> Tensors:
        args = tuple(t.requires_grad_() if m else t for t, m in zip(args, marked, strict=True))
        given = args[: len(inputs)]
        outs = _differentiable(_as_tuple(func(*given)))
        wanted = [t for t, m in zip(given, marked, strict=False) if m]
        found = autograd_grad(
            outs, wanted, args[len(inputs) :], create_graph=True, allow_unused=True
        )
        return tuple(g for g in found if g is not None)

    return gradcheck(
        slopes, inputs + weights, eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception,
        nondet_tol=nondet_tol, check_undefined_grad=check_undefined_grad,
        check_grad_dtypes=check_grad_dtypes, check_batched_grad=check_batched_grad,
        fast_mode=fast_mode, check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev, masked=masked,
    )  # fmt: skip


class _Check:
    """One comparison of derivatives: of all elements, or in fast mode along random directions.

    Jacobians have a row for each element of an input, and a column for each of an output. Complex
    numbers are compared by parts: outputs in reverse mode, inputs in forward mode.
    """

    def __init__(
        self, eps: float, atol: float, rtol: float, nondet: float, dtypes: bool, fast: bool
    ) -> None:
        self.eps, self.atol, self.rtol = eps, atol, rtol
        self.nondet, self.dtypes, self.fast = nondet, dtypes, fast

    def backward(self, func: Function, inputs: Tensors, outputs: Tensors) -> None:
        if not any(o.is_complex() for o in outputs):
            self.compare(func, inputs, self.pulled)
            return
        by_parts = [nr for nr, o in enumerate(_differentiable(outputs)) if o.is_complex()]
        for part in ("imag", "real"):

            def of_part(*args: Any, part: str = part) -> Tensors:
                outs = _as_tuple(func(*args))
                return tuple(getattr(o, part) if o.is_complex() else o for o in outs)

            self.compare(of_part, inputs, self.pulled, part, by_parts)

    def forward(self, func: Function, inputs: Tensors) -> None:
        by_parts = [nr for nr, t in enumerate(inputs) if isinstance(t, Tensor) and t.is_complex()]
        if not by_parts:
            self.compare(func, inputs, self.moved)
            return
        for part, unit, other in (("imag", 1j, "real"), ("real", 1, "imag")):

            def of_part(*args: Any, unit: Any = unit, other: str = other) -> Tensors:
                rest = [
                    getattr(t, other) * (1j / unit) if i in by_parts else t
                    for i, t in enumerate(inputs)
                ]
                whole = [
                    a * unit + r if i in by_parts else a
                    for i, (a, r) in enumerate(zip(args, rest, strict=True))
                ]
                return _as_tuple(func(*whole))

            parts = tuple(getattr(t, part) if i in by_parts else t for i, t in enumerate(inputs))
            self.compare(of_part, parts, self.moved, part, by_parts)

    def compare(
        self, func: Function, inputs: Tensors, derive: Function, part: str = "",
        by_parts: Sequence[int] = (),
    ) -> None:  # fmt: skip
        """GradcheckError where ``derive`` and differences disagree on an input and an output."""
        forward = derive == self.moved
        outputs = _differentiable(_as_tuple(func(*inputs)))
        moving = [nr for nr, t in enumerate(inputs) if _requires_grad(t)]
        differences = [self.differences(func, inputs, nr) for nr in moving]
        if not outputs:
            if any(d.any() for found in differences for d in found):
                raise GradcheckError("Numerical gradient for function expected to be zero")
            return
        derivatives = derive(func, inputs, moving)
        us, vs = _directions([inputs[nr] for nr in moving], () if forward else outputs)
        pairs = list(np.ndindex(len(outputs), len(moving)))
        for o, i in sorted(pairs, key=lambda pair: pair[::-1]) if self.fast else pairs:
            whole = derivatives[i][o], differences[i][o]
            analytical, numerical, atol = *whole, self.atol
            if self.fast:
                v = None if forward else vs[o]
                analytical, numerical = (_along(jacobian, us[i], v) for jacobian in whole)
                atol *= float(np.sum(us[i])) * (1.0 if v is None else float(v.sum()))
            if np.allclose(analytical, numerical, self.rtol, atol):
                continue
            message = ""
            if (moving[i] if forward else o) in by_parts:
                named = "imaginary" if part == "imag" else part
                message = f"While considering the {named} part of complex "
                message += "inputs only, " if forward else "outputs only, "
            message += (
                f"Jacobian {'computed with forward mode ' * forward}mismatch for output {o} with "
                f"respect to input {i},\nnumerical:{_shown(numerical)}\n"
                f"analytical:{_shown(analytical)}\n"
            )
            raise GradcheckError(message + (self.element_by_element(*whole) if self.fast else ""))

    def differences(self, func: Function, inputs: Tensors, nr: int) -> list[ndarray]:
        """The Jacobians of the outputs by an input, from steps of ``eps`` to both sides."""
        array = inputs[nr]._array
        steps = (1, 1j) if array.dtype.kind == "c" else (1,)
        rows = [
            [
                sum(d * step for d, step in zip(ds, steps, strict=True))
                for ds in zip(*[self.step(func, inputs, array, at, s) for s in steps], strict=True)
            ]
            for at in np.ndindex(array.shape)
        ]
        outputs = _as_tuple(func(*inputs))
        jacobians = zip(*rows, strict=True) if rows else [()] * len(outputs)
        kept = _differentiable(outputs) or outputs
        return [
            np.array(jacobian).reshape(array.size, o.numel())
            for o, jacobian in zip(outputs, jacobians, strict=True)
            if any(o is k for k in kept)
        ]

    def step(
        self, func: Function, inputs: Tensors, array: ndarray, at: Any, unit: complex
    ) -> list[ndarray]:
        """How the outputs change where one element of an input does."""
        kept, sides = array[at], []
        for sign in (-1, 1):
            array[at] = kept + sign * unit * self.eps
            sides.append([o._array.copy() for o in _as_tuple(func(*inputs))])
            array[at] = kept
        for a, b in zip(*sides, strict=True):
            for side in ("shape", "dtype"):
                if getattr(a, side) != getattr(b, side):
                    seen = [getattr(new_tensor(v), side) for v in (a, b)]
                    raise AssertionError(
                        f"Expected `func` to return outputs with the same {side} when inputs are "
                        f"perturbed on index {at} by {self.eps}, but got: {side}s {seen[0]} and "
                        f"{seen[1]}."
                    )
        return [
            (b - a).reshape(-1) / (2 * self.eps) if a.dtype.kind in "fcV" else np.zeros(a.size)
            for a, b in zip(*sides, strict=True)
        ]

    def pulled(self, func: Function, inputs: Tensors, moving: list[int]) -> list[list[ndarray]]:
        """The Jacobians by backward passes, a column each; twice, and the same both times."""
        given = [inputs[nr] for nr in moving]
        jacobians: list[list[ndarray]] = [[] for _ in given]
        for out in _differentiable(_as_tuple(func(*inputs))):
            first, second = (
                [
                    autograd_grad(out, given, basis, retain_graph=True, allow_unused=True)
                    for basis in _basis(out)
                ]
                for _ in range(2)
            )
            for i, t in enumerate(given):
                column, again = (
                    [_values(t) * 0 if row[i] is None else _values(row[i]) for row in rows]
                    for rows in (first, second)
                )
                if self.dtypes and any(c.dtype != t._array.dtype for c in column):
                    raise GradcheckError("Gradient has dtype mismatch")
                if any(
                    np.any(np.abs(a - b) > self.nondet) for a, b in zip(column, again, strict=True)
                ):
                    raise GradcheckError(_NOT_REENTRANT.format(self.nondet))
                jacobians[i].append(
                    np.array(column, t._array.dtype).reshape(out.numel(), t.numel()).T
                )
        return jacobians

    def moved(self, func: Function, inputs: Tensors, moving: list[int]) -> list[list[ndarray]]:
        """The Jacobians by tangents, a row each."""
        jacobians = []
        for nr in moving:
            rows: list[list[ndarray]] = []
            for basis in _basis(inputs[nr]):
                with forward_ad.dual_level():
                    duals = list(inputs)
                    for other in moving:
                        t = inputs[other].detach()
                        tangent = basis if other == nr else new_tensor(np.zeros_like(t._array))
                        duals[other] = forward_ad.make_dual(t, tangent)
                    unpacked = [
                        forward_ad.unpack_dual(o) for o in _as_tuple(func(*duals)) if _is_inexact(o)
                    ]
                if self.dtypes and any(
                    t is not None and t.is_complex() != p.is_complex() for p, t in unpacked
                ):
                    raise GradcheckError("Forward AD gradient has dtype mismatch.")
                rows.append([_values(p) * 0 if t is None else _values(t) for p, t in unpacked])
            jacobians.append([np.array(jacobian) for jacobian in zip(*rows, strict=True)])
        return jacobians

    def element_by_element(self, analytical: ndarray, numerical: ndarray) -> str:
        """What fast mode's message ends with."""
        worst = _shown(np.abs(numerical - analytical).max())
        close = np.allclose(analytical, numerical, self.rtol, self.atol)
        return _SLOW.format(_shown(numerical), _shown(analytical), worst) + _WOULD_PASS * close


# Rules that a backward pass has to keep, whatever its numbers.


def _check_inputs(inputs: Tensors) -> None:
    for nr, t in enumerate(inputs):
        if not _requires_grad(t):
            continue
        if t._array.dtype not in (np.float64, np.complex128):
            warnings.warn(
                f"Input #{nr} requires gradient and is not a double precision floating point or "
                "complex. This check will likely fail if all the inputs are not of double "
                "precision floating point or complex. ",
                stacklevel=3,
            )
        if any(stride <= 0 and n > 1 for stride, n in zip(t.stride(), t.shape, strict=True)):
            raise RuntimeError(
                f"The {nr}th input has a dimension with stride 0. gradcheck only supports inputs "
                "that are non-overlapping to be able to compute the numerical gradients "
                "correctly. You should call .contiguous on the input before passing it to "
                "gradcheck."
            )
    if not any(map(_requires_grad, inputs)):
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them "
            "have requires_grad=True."
        )


def _check_zero_in_zero_out(outputs: Tensors, inputs: Tensors, masked: bool) -> None:
    moving = [t for t in inputs if _requires_grad(t)]
    zeros = [new_tensor(np.zeros_like(o._array)) for o in outputs]
    found = autograd_grad(outputs, moving, zeros, allow_unused=True) if outputs else ()
    for g in found:
        if g is not None and not (np.allclose(g._array, 0) if masked else (g._array == 0).all()):
            raise GradcheckError("backward not multiplied by grad_output")


class _UndefinedGrad(Node):
    """Lets no gradient through."""

    def __init__(self, t: Tensor) -> None:
        self.next_functions: tuple[Edge, ...] = (t._edge(),)
        self._outputs = ((t._array.shape, t._array.dtype),)
        self._number = next_sequence_number()

    def apply(self, grads: list[Any], as_tensors: bool) -> Sequence[Any]:
        return [None]


def _check_undefined(func: Function, inputs: Tensors) -> None:
    """Of no gradients come none, or zeros: for all outputs at once, and for each."""
    moving = [t for t in inputs if _requires_grad(t)]
    count = len(_differentiable(_as_tuple(func(*inputs))))
    if not count:
        return
    for left_out in [set(range(count)), *({nr} for nr in range(count if count > 1 else 0))]:
        outputs = _differentiable(_as_tuple(func(*inputs)))
        outputs = tuple(
            at((_UndefinedGrad(o), 0), o) if nr in left_out else o for nr, o in enumerate(outputs)
        )
        zeros = [new_tensor(np.zeros_like(o._array)) for o in outputs]
        try:
            found = autograd_grad(outputs, moving, zeros, allow_unused=True)
        except RuntimeError as error:
            warnings.warn(_NEW_CHECK, stacklevel=2)
            raise GradcheckError(
                f"Expected backward function to handle undefined output grads. {_NOTES}"
            ) from error
        if any(g is not None and (g._array != 0).any() for g in found):
            warnings.warn(_NEW_CHECK, stacklevel=2)
            raise GradcheckError(
                "Expected all input grads to be undefined or zero when all output grads are "
                f"undefined or zero. {_NOTES}"
            )


# Helpers.


def _as_tuple(value: Any) -> Tensors:
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def _differentiable(outputs: Tensors) -> Tensors:
    return tuple(o for o in outputs if o.requires_grad)


def _requires_grad(value: Any) -> bool:
    return isinstance(value, Tensor) and value.requires_grad


def _is_inexact(t: Tensor) -> bool:
    return t.is_floating_point() or t.is_complex()


def _values(t: Tensor) -> ndarray:
    return t._array.reshape(-1)


def _shown(value: Any) -> Tensor:
    return new_tensor(np.asarray(value))


def _basis(t: Tensor) -> Iterator[Tensor]:
    for place in range(t.numel()):
        unit = np.zeros(t.shape, t._array.dtype)
        unit.flat[place] = 1
        yield new_tensor(unit)


def _along(jacobian: ndarray, u: Any, v: Any) -> Any:
    """A Jacobian between two directions, or, without ``v``, along one; by parts, if complex."""
    if isinstance(u, tuple):
        moved = u[0] @ jacobian.real + 1j * (u[1] @ jacobian.imag)
    else:
        moved = u @ jacobian
    return moved if v is None else (v * moved).sum()


def _directions(inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> tuple[list[Any], list[Any]]:
    """Fast mode's unit vectors, always the same: for inputs (two, if complex) and for outputs."""
    generator = Generator()

    def draw(t: Tensor, dtype: Any) -> ndarray:
        drawn: ndarray = namespace["rand"](t.numel(), generator=generator)._array.astype(dtype)
        return drawn / np.linalg.norm(drawn) if drawn.size else drawn

    us: list[Any] = []
    for t in inputs:
        real = t._array.real.dtype
        us.append((draw(t, real), draw(t, real)) if t.is_complex() else draw(t, real))
    return us, [draw(t, t._array.dtype) for t in outputs]


def _random_like(out: Tensor, noncontiguous: bool) -> Tensor:
    """Numbers between -1 and 1."""
    made: Any = new_tensor(np.empty(out.shape, out._array.dtype))
    (namespace["view_as_real"](made) if made.is_complex() else made).uniform_(-1, 1)
    if noncontiguous and made.numel() > 1:
        made = made.repeat_interleave(2, dim=-1)[..., ::2]
    made.requires_grad_()
    return made


_NOTES = (
    'Please look at "Notes about undefined output gradients" in "tools/autograd/derivatives.yaml"'
)
_NEW_CHECK = (
    "Backwards compatibility: New undefined gradient support checking feature is enabled by "
    "default, but it may break existing callers of this function. If this is true for you, you can "
    'call this function with "check_undefined_grad=False" to disable the feature'
)
_NOT_REENTRANT = (
    "Backward is not reentrant, i.e., running backward with same input and grad_output multiple "
    "times gives different values, although analytical gradient matches numerical gradient.The "
    "tolerance for nondeterminism was {}.\n\nNOTE: If your op relies on non-deterministic "
    "operations i.e., it is listed here:\n"
    "https://pytorch.org/docs/stable/generated/torch.use_deterministic_algorithms.html\n"
    "this failure might be expected.\n\n"
    "If you are adding a new operator, please file an issue and then use one of the\n"
    "workarounds. The workaround depends on how your test invokes gradcheck/gradgradcheck.\n"
    "If the test\n"
    "- manually invokes gradcheck/gradgradcheck, then call gradcheck/gradgradcheck\n"
    "  with `nondet_tol=<tol>` as a keyword argument.\n"
    "- is OpInfo-based (e.g., in test_ops_gradients.py), then modify the OpInfo for the test\n"
    "  to have `gradcheck_nondet_tol=<tol>`.\n"
    "- is a Module test (e.g., in common_nn.py), then modify the corresponding\n"
    "  module_test entry to have `gradcheck_nondet_tol=<tol>`\n"
)
_SLOW = (
    "\nThe above quantities relating the numerical and analytical jacobians are computed \n"
    "in fast mode. See: https://github.com/pytorch/pytorch/issues/53876 for more background \n"
    "about fast mode. Below, we recompute numerical and analytical jacobians in slow mode:\n\n"
    "Numerical:\n {}\nAnalytical:\n{}\n\n"
    "The max per-element difference (slow mode) is: {}.\n"
)
_WOULD_PASS = (
    "Fast gradcheck failed but element-wise differences are small. This means that the\n"
    "test might've passed in slow_mode!\n\n"
    "If you are adding a new operator, please file an issue and then use one of the\n"
    "workarounds. The workaround depends on how your test invokes gradcheck/gradgradcheck:\n\n"
    "If the test\n"
    "- manually invokes gradcheck/gradgradcheck, then call gradcheck/gradgradcheck\n"
    "  with `fast_mode=False` as a keyword argument.\n"
    "- is OpInfo-based (e.g., in test_ops_gradients.py), then modify the OpInfo for the test\n"
    "  to have `gradcheck_fast_mode=False`\n"
    "- is a Module test (e.g., in common_nn.py), then modify the corresponding\n"
    "  module_test entry to have `gradcheck_fast_mode=False`"
)
