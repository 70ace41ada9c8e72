"""Random tensors, refills and dropout, with PyTorch's own digits; the draws are in ``_random``."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import sqrt
from typing import Any

import numpy as np
from numpy import ndarray

from .. import _dtype, _inplace, _random
from .._call import broadcast_error
from .._creation import finish, makes, new_size, numpy_dtype
from .._op import NOT_IMPLEMENTED, composite, namespace, not_implemented, op, publish, row, torch
from .._random import Generator, default_generator, place
from .._tensor import Tensor, empty_like
from .creation import laid_like
from .refusals import real_gradients

Draw = Callable[..., ndarray]


def _zero(grad: Any) -> Any:
    """No random number depends on what was there before, or on its parameters."""
    return torch.zeros_like(grad)


def _in_memory(self: ndarray, p: ndarray) -> ndarray:
    """The elements of ``p``, of the same shape, in the order in which those of ``self`` lie."""
    axes = sorted(range(self.ndim), key=lambda axis: -self.strides[axis])
    return np.broadcast_to(p, self.shape).transpose(axes)


# New tensors.


def _drawn(name: str, draw: Draw) -> None:
    @makes("torch", name=name)
    def new(*size: Any, dtype: Any = None, generator: Generator | None = None, **named: Any) -> ndarray:
        return draw(generator or default_generator, new_size(size, named), numpy_dtype(dtype))

    @makes("torch", name=f"{name}_like")
    def like(self: Tensor, *, dtype: Any = None, generator: Generator | None = None, memory_format: Any = None) -> ndarray:
        array = laid_like(self._array, numpy_dtype(dtype, self), memory_format)
        more = {} if array.flags.c_contiguous or name == "rand" else {"contiguous": False}
        return place(array, draw(generator or default_generator, array.shape, array.dtype, **more))


_drawn("rand", _random.uniform)
_drawn("randn", _random.normal)


def _bounds(given: tuple[Any, ...], named: dict[str, Any]) -> tuple[int, int]:
    """``high``, or ``low`` and ``high``."""
    both = dict(zip(("low", "high")[-len(given) - len(named) :], given, strict=False)) | named
    low, high = int(both.get("low", 0)), int(both["high"])
    if not -(2**63) <= min(low, high) <= max(low, high) < 2**63:
        raise ValueError("Overflow when unpacking long long")
    return low, high


@makes("torch")
def randint(*bounds: Any, dtype: Any = None, generator: Generator | None = None, **named: Any) -> ndarray:
    """``randint(high, size)`` or ``randint(low, high, size)``."""
    *bounds, size = bounds if "size" not in named else (*bounds, named.pop("size"))  # type: ignore[assignment]
    low, high = _bounds(tuple(bounds), named)
    shape, target = new_size((size,)), numpy_dtype(dtype, None, _dtype.I64)
    return _random.randint(generator or default_generator, shape, target, low, high)


@makes("torch")
def randint_like(self: Tensor, *bounds: Any, dtype: Any = None, generator: Generator | None = None,
                 memory_format: Any = None, **named: Any) -> ndarray:  # fmt: skip
    array = laid_like(self._array, numpy_dtype(dtype, self), memory_format)
    low, high = _bounds(bounds, named)
    return place(array, _random.randint(generator or default_generator, array.shape, array.dtype, low, high))


@makes("torch")
def randperm(n: int, *, generator: Generator | None = None, dtype: Any = None) -> ndarray:
    return _random.randperm(generator or default_generator, n, numpy_dtype(dtype, None, _dtype.I64))


# Refills: new values in place, and no gradient to the old ones.


def _redraw(name: str, node: str) -> Callable[..., Tensor]:
    op(name, lambda self, draw: place(empty_like(self), draw(self.shape)), node=node, places=(), moves=True, self=_zero)
    return _inplace.variant(name, row(name))


_KEYWORDS = {"from": "low", "to": "high", "lambd": "rate"}  # of ``_random``, for those of Python


def _refill(name: str, draw: Draw) -> None:
    redraw = _redraw("_" + name, name.title().replace("_", "") + "Backward0")

    def method(self: Tensor, *args: Any, generator: Generator | None = None, **named: Any) -> Tensor:
        source, dtype = generator or default_generator, self._array.dtype
        named = {_KEYWORDS.get(key, key): value for key, value in named.items()}
        if name == "normal":
            named["contiguous"] = self.is_contiguous()
        return redraw(self, lambda shape: draw(source, shape, dtype, *args, **named))

    publish(name + "_", method, ("Tensor",))


for _name in ("uniform", "normal", "exponential", "cauchy", "geometric", "log_normal"):
    _refill(_name, getattr(_random, _name))

# The node tells how many bounds were given.
_random_in_place = [_redraw(f"_random{2 - n}", f"RandomBackward{2 - n}") for n in range(3)]


def random_(self: Tensor, *bounds: Any, generator: Generator | None = None, **named: Any) -> Tensor:
    """Whole numbers: of the dtype, below ``to``, or from ``from`` on below ``to``."""
    source, dtype = generator or default_generator, self._array.dtype
    bounds = (*bounds, *(named[key] for key in ("from", "to") if key in named))
    if not bounds:
        return _random_in_place[0](self, lambda shape: _random.random(source, shape, dtype))
    low, high = bounds if len(bounds) == 2 else (0, *bounds)
    redraw = _random_in_place[len(bounds)]
    return redraw(self, lambda shape: _random.randint(source, shape, dtype, low, high))


publish("random_", random_, ("Tensor",))

_bernoulli_number = _redraw("_bernoulli_number", "BernoulliBackward2")
op("_bernoulli_tensor", lambda self, p, source: place(
       empty_like(self), _random.bernoulli(source, _in_memory(self, p).shape, self.dtype, _in_memory(self, p))),
   node="BernoulliBackward1", places=(), moves=True, self=_zero, p=_zero)  # fmt: skip
_bernoulli_tensor = _inplace.variant("_bernoulli_tensor", row("_bernoulli_tensor"))


def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Generator | None = None) -> Tensor:
    source = generator or default_generator
    if isinstance(p, Tensor):
        return _bernoulli_tensor(self, p, source)
    dtype = self._array.dtype
    return _bernoulli_number(self, lambda shape: _random.bernoulli(source, shape, dtype, p))


publish("bernoulli_", bernoulli_, ("Tensor",))


# Samples from distributions that tensors describe.

op("_bernoulli", lambda self, source: _random.bernoulli(source, self.shape, self.dtype, self), node="BernoulliBackward0",
   places=(), moves=True, self=_zero)  # fmt: skip
op("_bernoulli_p", lambda self, p, source: _random.bernoulli(source, self.shape, self.dtype, p), node=NOT_IMPLEMENTED,
   places=(), moves=True, self=not_implemented("bernoulli"))  # fmt: skip
op("_poisson", lambda self, source: _random.poisson(source, self), node="PoissonBackward0", places=(),
   moves=True, self=_zero)  # fmt: skip
op("_normal_mean", lambda mean, std, draw: mean + draw(mean.shape, mean.dtype, std), node="NormalBackward1",
   places=(), moves=True, mean=_zero)  # fmt: skip
op("_normal_std", lambda mean, std, draw: draw(std.shape, std.dtype, 1.0) * std + std.dtype.type(mean),
   node="NormalBackward2", places=(), moves=True, std=_zero)  # fmt: skip
op("_normal_both", lambda mean, std, draw: mean + (
       draw(np.broadcast_shapes(mean.shape, std.shape), mean.dtype, 1.0) * std).astype(mean.dtype),
   node="NormalBackward3", places=(), moves=True, mean=_zero, std=_zero)  # fmt: skip


@composite()
def bernoulli(self: Tensor, p: float | None = None, *, generator: Generator | None = None) -> Tensor:  # fmt: skip
    """Ones with the probabilities that the tensor holds, or with probability ``p``."""
    source = generator or default_generator
    return row("_bernoulli")(self, source) if p is None else row("_bernoulli_p")(self, p, source)


@composite("torch")
def poisson(self: Tensor, generator: Generator | None = None) -> Tensor:
    """Counts with the expectations that the tensor holds, in its floating dtype."""
    return row("_poisson")(self, generator or default_generator)


@composite("torch")
def normal(mean: Any, std: Any = 1.0, size: Any = None, *, generator: Generator | None = None, dtype: Any = None,
           device: Any = None, requires_grad: bool = False, layout: Any = None, pin_memory: bool = False) -> Tensor:  # fmt: skip
    """Normal numbers; ``mean`` and ``std`` are tensors, or numbers for a ``size``."""
    source = generator or default_generator

    def draw(shape: Any, dtype: Any, std: float) -> ndarray:
        return _random.normal(source, shape, dtype, 0.0, std)

    if size is not None:
        array = _random.normal(source, new_size((size,)), numpy_dtype(dtype), mean, std)
        return finish(array, requires_grad, device)
    if isinstance(mean, Tensor) and isinstance(std, Tensor):
        try:
            np.broadcast_shapes(mean.shape, std.shape)
        except ValueError:
            raise broadcast_error(mean.shape, std.shape) from None
    real_gradients("normal", mean, std)
    if isinstance(std, Tensor) and std.is_complex():
        raise RuntimeError("normal expects standard deviation to be non-complex")
    if isinstance(std, Tensor) and not (std._array >= 0).all():
        raise RuntimeError("normal expects all elements of std >= 0.0")
    kind = "both" if isinstance(mean, Tensor) and isinstance(std, Tensor) else "mean"
    return row(f"_normal_{kind if isinstance(mean, Tensor) else 'std'}")(mean, std, draw)


@composite()
def multinomial(self: Tensor, num_samples: int, replacement: bool = False, *,
                generator: Generator | None = None) -> Tensor:  # fmt: skip
    return finish(_random.multinomial(generator or default_generator, self._array, num_samples, replacement), False)


op("_binomial", lambda count, prob, source: _random.binomial(source, *np.broadcast_arrays(count, prob)),
   node=NOT_IMPLEMENTED, places=(), moves=True, count=not_implemented("binomial"), prob=not_implemented("binomial"))


@composite("torch")
def binomial(count: Tensor, prob: Tensor, generator: Generator | None = None) -> Tensor:
    """How many of ``count`` trials succeed."""
    for name, t in (("count", count), ("prob", prob)):
        if t.dtype.category != _dtype.FLOAT:
            raise ValueError(f"binomial only supports floating-point dtypes for {name}, got: {t.dtype.type_name}")
    if count.dtype is not prob.dtype:
        raise RuntimeError(f"Found dtype {prob.dtype.type_name} but expected {count.dtype.type_name}")
    if count.element_size() == 2:
        raise NotImplementedError(f"\"binomial_cpu\" not implemented for '{count.dtype.type_name}'")
    return row("_binomial")(count, prob, generator or default_generator)


# Dropout: an element is kept with probability 1 - p, and scaled so that the mean stays.

_ALPHA = 1.7580993408473766  # what SELU keeps fixed: alpha times scale
_INVALID_P = "dropout probability has to be between 0 and 1, but got "


def _dropout(name: str, features: bool = False, alpha: bool = False) -> None:
    def drop(input: Tensor, p: float, train: bool, inplace: bool = False) -> Tensor:
        if not 0 <= p <= 1:
            raise RuntimeError(f"{_INVALID_P}{p:g}")
        if p == 0 or not train or not input.numel():
            return input
        times = torch.Tensor.mul_ if inplace else torch.mul
        if p == 1:
            return times(input, torch.zeros((), dtype=input.dtype))
        if features and input.dim() < 2:
            raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
        shape = (*input.shape[:2], *(1,) * (input.dim() - 2))
        noise = torch.empty(shape, dtype=input.dtype) if features else torch.empty_like(input)
        noise.bernoulli_(1 - p)
        if not alpha:
            return times(input, noise.div_(1 - p))
        a = 1 / sqrt((_ALPHA * _ALPHA * p + 1) * (1 - p))
        shift = noise.add(-1).mul_(_ALPHA * a).add_(_ALPHA * a * p)
        return times(input, noise.mul_(a)).add_(shift)

    publish(name, drop, ("torch",))
    publish(name + "_", lambda input, p, train: drop(input, p, train, True), ("torch",))

    def functional(
        input: Tensor, p: float = 0.5, training: bool = not alpha, inplace: bool = False
    ) -> Tensor:
        if not 0 <= p <= 1:
            raise ValueError(f"{_INVALID_P}{p}")
        return namespace[name + "_" * inplace](input, p, training)

    publish(name, functional, ("nn.functional",))


_dropout("dropout")
_dropout("alpha_dropout", alpha=True)
_dropout("feature_dropout", features=True)
_dropout("feature_alpha_dropout", features=True, alpha=True)


@composite("nn.functional")
def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Whole channels, of (N, C, L) or (C, L)."""
    if input.dim() not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {input.dim()}D input. Note that dropout1d "
            "exists to provide channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, "
            "and an optional batch dimension (i.e. 2D or 3D inputs)."
        )
    return _of_features(input, p, training, inplace, batched=input.dim() == 3)


@composite("nn.functional")
def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Whole channels, of (N, C, H, W)."""
    if input.dim() not in (3, 4):
        _warn_of_rank("dropout2d", input.dim(), 2, "3D or 4D")
    if input.dim() == 3:
        warnings.warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior is "
            "desired - input is interpreted as shape (N, C, L), where C is the channel dim. This behavior will "
            "change in a future release to interpret the input as one without a batch dimension, i.e. shape "
            "(C, H, W). To maintain the 1D channel-wise dropout behavior, please switch to using dropout1d "
            "instead.",
            UserWarning,
            stacklevel=2,
        )
    return _of_features(input, p, training, inplace)


@composite("nn.functional")
def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Whole channels, of (N, C, D, H, W) or (C, D, H, W)."""
    if input.dim() not in (4, 5):
        _warn_of_rank("dropout3d", input.dim(), 3, "4D or 5D")
    return _of_features(input, p, training, inplace, batched=input.dim() == 5)


def _warn_of_rank(name: str, rank: int, spatial: int, ranks: str) -> None:
    warnings.warn(
        f"{name}: Received a {rank}-D input to {name}, which is deprecated and will result in an error in a "
        "future release. To retain the behavior and silence this warning, please use dropout instead. Note that "
        f"{name} exists to provide channel-wise dropout on inputs with {spatial} spatial dimensions, a channel "
        f"dimension, and an optional batch dimension (i.e. {ranks} inputs).",
        UserWarning,
        stacklevel=3,
    )


def _of_features(
    input: Tensor, p: float, training: bool, inplace: bool, batched: bool = True
) -> Tensor:
    if not 0 <= p <= 1:
        raise ValueError(f"{_INVALID_P}{p}")
    drop = namespace["feature_dropout" + "_" * inplace]
    if batched:
        return drop(input, p, training)
    unsqueezed = input.unsqueeze_(0) if inplace else input.unsqueeze(0)
    dropped = drop(unsqueezed, p, training)
    return dropped.squeeze_(0) if inplace else dropped.squeeze(0)


op("_native_dropout", lambda input, mask, scale: (input * mask * input.dtype.type(scale), mask), outputs="output mask",
   node="NativeDropoutBackward0", places=(), differentiable=1,
   input=lambda grad, mask, scale: grad * mask * scale)  # fmt: skip


@composite("torch")
def native_dropout(input: Tensor, p: float, train: bool | None) -> Any:
    """What is kept, and a mask that tells it."""
    real_gradients("native_dropout", input)
    if not input.numel():
        return input, torch.empty_like(input, dtype=torch.bool)
    mask = torch.ones_like(input, dtype=torch.bool)
    if train is not False:
        mask = torch.empty_like(input, dtype=torch.bool).bernoulli_(1 - p)
    scale = (1 / (1 - p) if p < 1 else 0.0) if train is not False else 1.0
    return tuple(row("_native_dropout")(input, mask, scale))


@composite("nn.functional")
def gumbel_softmax(logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    """Samples whose largest entry is distributed as ``softmax(logits)``; ``hard``: one-hot ones."""
    if eps != 1e-10:
        warnings.warn("`eps` parameter is deprecated and has no effect.", UserWarning, stacklevel=2)
    gumbels = -torch.empty(logits.shape, dtype=logits.dtype).exponential_().log()
    soft = torch.softmax((logits + gumbels) / tau, dim)
    if not hard:
        return soft
    index = soft.max(dim, keepdim=True)[1]
    one_hot = torch.zeros_like(logits).scatter_(dim, index, 1.0)
    return one_hot - soft.detach() + soft


# Generators.


@composite("torch")
def manual_seed(seed: Any) -> Generator:
    """Seeds the default generator; the numbers that follow are PyTorch's."""
    return default_generator.manual_seed(int(seed))


@composite("torch")
def seed() -> int:
    return default_generator.seed()


@composite("torch")
def initial_seed() -> int:
    return default_generator.initial_seed()


@composite("torch")
def get_rng_state() -> Tensor:
    return default_generator.get_state()


@composite("torch")
def set_rng_state(new_state: Any) -> None:
    default_generator.set_state(new_state)


@contextmanager
def fork_rng(
    devices: Any = None, enabled: bool = True, device_type: str = "cuda"
) -> Iterator[None]:
    """What is drawn in the ``with`` block leaves the generator as it was."""
    state = get_rng_state()
    try:
        yield
    finally:
        if enabled:
            set_rng_state(state)
