"""PyTorch's CPU random numbers, bit for bit.

One Mersenne twister feeds everything; what an op consumes of it is part of the specification:
32 bits for a float32, float16 or bfloat16 uniform, 64 for a float64, 64 whatever the dtype in all
distributions that PyTorch computes in double. Every function takes the generator g first and gives
a new C-contiguous array; `place` puts draws into a tensor of another layout.

Logarithms and trigonometry in double go through `math`, that is the C library that PyTorch calls:
NumPy's vectorised functions differ from it in the last bit of 0.1 to 6 % of the draws. Sums of
products are fused as in PyTorch's builds for CPUs with AVX2; unfused, up to 30 % of the draws
would differ in the last bit. So every bit equals PyTorch 2.13's on Linux on such a CPU.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ._dtype import BF16, BOOLEAN, CPP_NAMES, F16, F32, F64, I64, of_numpy, to_real
from ._tensor import Tensor, device, empty_like, new_tensor

Shape = tuple[int, ...]
DType = np.dtype[Any]

_DEFAULT_SEED = 67280421310721
_STATE = np.dtype(
    {
        "names": ["seed", "left", "seeded", "next", "words", "normal", "has_normal"],
        "formats": ["<u8", "<i4", "<i4", "<u8", ("<u8", 624), "<f8", "<i4"],
        "offsets": [0, 8, 12, 16, 24, 5024, 5040],
        "itemsize": 5056,
    }
)  # PyTorch's layout, with fields of older generators in the gaps


class Generator:
    """A stream of random 32-bit words, and the second half of the last pair of normals."""

    refusal: str | None = None  # why nothing may be drawn now

    def __init__(self, device: Any = "cpu") -> None:
        self._twister: Any = np.random.MT19937()
        self.manual_seed(_DEFAULT_SEED)

    def manual_seed(self, seed: int) -> Generator:
        """Restarts the stream; of the seed's 64 bits (negative ones wrap) the lower 32 count.

        RuntimeError for anything but an int, ValueError beyond 64 bits.
        """
        if type(seed) is not int:
            raise RuntimeError(f"manual_seed expected a long, but got {type(seed).__name__}")
        if not -(2**63) <= seed < 2**64:
            raise ValueError("Overflow when unpacking long long")
        self._seed = seed % 2**64
        self._twister.state = np.random.RandomState(seed % 2**32).get_state(legacy=False)
        self._untouched = True
        self.next_normal: float | None = None
        return self

    def seed(self) -> int:
        """Restarts the stream from a seed that nobody can foretell, and tells it."""
        self.manual_seed(secrets.randbits(53))
        return self._seed

    def initial_seed(self) -> int:
        return self._seed

    device = property(lambda self: device("cpu"))

    def get_state(self) -> Tensor:
        """uint8[5056], byte for byte PyTorch's."""
        twister = self._twister.state["state"]
        state = np.zeros((), _STATE)
        # A fresh twister has yet to be turned; PyTorch counts its words from 0, NumPy from 624.
        state["next"] = 0 if self._untouched else twister["pos"]
        state["left"] = 1 if self._untouched else 625 - twister["pos"]
        state["seed"], state["seeded"], state["words"] = self._seed, 1, twister["key"]
        state["has_normal"], state["normal"] = self.next_normal is not None, self.next_normal or 0.0
        return new_tensor(np.frombuffer(state.tobytes(), np.uint8).copy())

    def set_state(self, new_state: Tensor) -> None:
        """Goes on where `get_state` was called. TypeError or RuntimeError for what is no state."""
        if not isinstance(new_state, Tensor):
            raise TypeError(f"expected a torch.ByteTensor, but got {type(new_state).__name__}")
        state = new_state._array
        if state.dtype != np.uint8:
            raise TypeError("RNG state must be a torch.ByteTensor")
        _check(
            state.size == _STATE.itemsize,
            f"Expected a CPUGeneratorImplState of size {_STATE.itemsize} but found the input RNG "
            f"state size to be {state.size}",
        )
        new = np.frombuffer(np.ascontiguousarray(state).tobytes(), _STATE)[0]
        untouched = new["left"] == 1 and new["next"] == 0
        _check(
            bool(new["seeded"] and (untouched or new["left"] + new["next"] == 625)),
            "Invalid mt19937 state",
        )
        position = 624 if untouched else int(new["next"])
        words = {"key": new["words"].astype(np.uint32), "pos": position}
        self._twister.state = {"bit_generator": "MT19937", "state": words}
        self._seed, self._untouched = int(new["seed"]), bool(untouched)
        self.next_normal = float(new["normal"]) if new["has_normal"] else None

    def clone_state(self) -> Generator:
        """Another generator that will draw the same."""
        clone = Generator()
        clone.set_state(self.get_state())
        return clone

    def __repr__(self) -> str:
        return f"<torch._C.Generator object at {id(self):#x}>"

    def bits32(self, n: int) -> np.ndarray:
        """The next n 32-bit words, as uint64[n]."""
        if self.refusal is not None:
            raise RuntimeError(self.refusal)
        self._untouched = self._untouched and n == 0
        return np.asarray(self._twister.random_raw(n), np.uint64)

    def bits64(self, n: int) -> np.ndarray:
        """The next 2 n words, in pairs, the first of each the upper half: uint64[n]."""
        high, low = self.bits32(2 * n).reshape(n, 2).T
        return (high << np.uint64(32)) | low

    def floats(self, n: int) -> np.ndarray:
        """float32[n], multiples of 2**-24 in [0, 1)."""
        return (self.bits32(n) & np.uint64(2**24 - 1)).astype(np.float32) * np.float32(2**-24)

    def doubles(self, n: int) -> np.ndarray:
        """float64[n], multiples of 2**-53 in [0, 1)."""
        return (self.bits64(n) & np.uint64(2**53 - 1)).astype(np.float64) * 2.0**-53


default_generator = Generator()
default_generator.seed()


def _check(condition: bool, message: str) -> None:
    if not condition:
        raise RuntimeError(message)


def _unsupported(kernel: str, dtype: DType) -> NotImplementedError:
    return NotImplementedError(f"\"{kernel}\" not implemented for '{of_numpy[dtype].type_name}'")


_MANTISSA = {F16: 11, BF16: 8, F32: 24, F64: 53}  # bits
_EXPONENT = {F16: 15, BF16: 127, F32: 127, F64: 1023}  # the largest


def _is_float(dtype: DType) -> bool:
    return dtype in _MANTISSA


def cast(values: np.ndarray, dtype: DType) -> np.ndarray:
    """To dtype; to the 16-bit floats by way of float32, rounding twice as PyTorch does."""
    with np.errstate(over="ignore", invalid="ignore"):
        if dtype in (F16, BF16):
            values = values.astype(np.float32)
        return values.astype(dtype)


def _libm(function: Callable[[float], float]) -> Callable[[np.ndarray], np.ndarray]:
    elementwise = np.frompyfunc(function, 1, 1)
    return lambda x: np.asarray(elementwise(x), np.float64)


_log = _libm(lambda x: math.log(x) if x else -math.inf)
_log1p, _exp = _libm(math.log1p), _libm(math.exp)
_sin, _cos, _tan = _libm(math.sin), _libm(math.cos), _libm(math.tan)


def fma(a: np.ndarray, b: Any, c: Any) -> np.ndarray:
    """a * b + c, rounded once: float32 by way of float64, float64 with the error of each step."""
    if a.dtype == np.float32:
        return cast(np.multiply(a, b, dtype=np.float64) + c, F32)
    largest = max(float(np.max(np.abs(x), initial=0)) for x in (b, c))
    if not math.isfinite(largest):
        return a * b + c
    # Away from overflow and underflow, which would spoil the errors.
    scale = 2.0 ** -min(max(math.frexp(largest)[1], -1000), 1000)
    b, c = b * scale, c * scale
    product = a * b
    (a1, a2), (b1, b2) = _halves(a), _halves(b)
    lost = a2 * b2 - (((product - a1 * b1) - a2 * b1) - a1 * b2)
    total = product + c
    added = total - product
    lost = lost + ((product - (total - added)) + (c - added))
    with np.errstate(over="ignore"):
        return (total + lost) / scale


def _halves(x: Any) -> tuple[Any, Any]:
    """x as the sum of two numbers of 26 bits, whose products are exact (Dekker, Veltkamp)."""
    upper = x * 134217729.0
    upper = upper - (upper - x)
    return upper, x - upper


def place(out: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Writes draws to out, of any layout, in the order in which PyTorch fills: as memory lies."""
    axes = sorted(range(out.ndim), key=lambda axis: -out.strides[axis])
    memory = out.transpose(axes)
    memory[...] = draws.reshape(memory.shape)
    return out


# Uniform


def uniform(
    g: Generator, shape: Shape, dtype: DType, low: float = 0.0, high: float = 1.0
) -> np.ndarray:
    """Floats (or complex numbers with such parts) in [low, high); ``rand`` and ``uniform_``."""
    if dtype.kind == "c":
        if 0 in shape:
            return np.empty(shape, dtype)
        return uniform(g, (*shape, 2), to_real(dtype), low, high).view(dtype)[..., 0]
    if not _is_float(dtype):
        raise _unsupported("check_uniform_bounds", dtype)
    largest = _LIMITS[dtype].largest
    for name, bound in (("from", low), ("to", high)):
        _check(abs(bound) <= largest, f"{name} is out of bounds for {_LIMITS[dtype].cpp}")
    _check(
        low <= high,
        f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}",
    )
    _check(
        high - low <= largest,
        f"uniform_ expects to-from <= std::numeric_limits<{of_numpy[dtype].type_name}>::max(), "
        f"but found to={high:g} and from={low:g} which result in to-from to exceed the limit",
    )
    n = math.prod(shape)
    draws = g.doubles(n) if dtype == F64 else g.floats(n)
    start, stop = draws.dtype.type(low), draws.dtype.type(high)
    values = cast(fma(draws, stop - start, start), dtype)
    # The last step may round up to high, which is outside.
    return np.where(values == cast(stop, dtype), cast(start, dtype), values).reshape(shape)


# Normal


def normal(
    g: Generator,
    shape: Shape,
    dtype: DType,
    mean: float = 0.0,
    std: float = 1.0,
    contiguous: bool = True,
) -> np.ndarray:
    """Normal floats (or complex numbers with variance std**2 over both parts); ``randn``.

    From 16 elements on, a tensor that lies contiguously in memory is filled in blocks of 16;
    others (tell by ``contiguous``) and shorter ones are drawn in double, pair by pair, and the
    half of a pair that is left over waits in the generator.
    """
    _check(std >= 0, f"normal expects std >= 0.0, but found std {std:g}")
    if 0 in shape:
        return np.empty(shape, dtype)
    if dtype.kind == "c":
        parts = normal(g, (*shape, 2), to_real(dtype), mean, std / math.sqrt(2), contiguous)
        return parts.view(dtype)[..., 0]
    if not _is_float(dtype):
        raise _unsupported("normal_kernel_cpu", dtype)
    n = math.prod(shape)
    if n < 16 or not contiguous:
        draws = fma(_normal_pairs(g, n), float(std), float(mean))
    else:
        draws = _normal_blocks(g, n, dtype, mean, std)
    return cast(draws, dtype).reshape(shape)


def _normal_pairs(g: Generator, n: int) -> np.ndarray:
    waiting = [] if g.next_normal is None or n == 0 else [g.next_normal]
    if waiting:
        g.next_normal = None
    pairs = (n - len(waiting) + 1) // 2
    u1, u2 = g.doubles(2 * pairs).reshape(pairs, 2).T
    radius, angle = np.sqrt(-2.0 * _log1p(-u2)), 2.0 * math.pi * u1
    fresh = np.stack([radius * _cos(angle), radius * _sin(angle)], 1).ravel()
    if len(waiting) + fresh.size > n:
        g.next_normal = float(fresh[-1])
    return np.concatenate([waiting, fresh])[:n]


def _normal_blocks(g: Generator, n: int, dtype: DType, mean: float, std: float) -> np.ndarray:
    uniforms = g.doubles if dtype == F64 else g.floats
    # A rest of fewer than 16 replaces the end of what is there by a block of its own. By then
    # PyTorch has drawn the rest too, unless it works in a buffer of 16, as for 16-bit floats.
    drawn = n - n % 16 if dtype in (F16, BF16) else n
    blocks = uniforms(drawn)[: n - n % 16]
    if n % 16:
        blocks = np.concatenate([blocks, uniforms(16)])
    u1, u2 = blocks.reshape(-1, 2, 8).swapaxes(0, 1)
    one, two_pi = blocks.dtype.type(1), blocks.dtype.type(2 * math.pi)
    if dtype == F64:
        radius, angle = np.sqrt(-2.0 * _log(one - u1)), two_pi * u2
        sine, cosine = _sin(angle), _cos(angle)
    else:
        radius = np.sqrt(np.float32(-2) * _log_float(one - u1))
        sine, cosine = _sincos_float(two_pi * u2)
    pairs = np.stack([radius * cosine, radius * sine], 1).reshape(-1, 16)
    values = fma(pairs, blocks.dtype.type(std), blocks.dtype.type(mean)).ravel()
    return np.concatenate([values[: n - 16], values[-16:]])


# In float32 PyTorch takes the polynomials of the Cephes library, eight elements at a time. Any
# other log, sin and cos agrees in 34 to 86 % of the bits; these, in the same order, in all.
# fmt: off
_LOG = np.array([
    7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
    -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1], np.float32)
_SIN = np.array([-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1], np.float32)
_COS = np.array([2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2], np.float32)
_LN_2 = np.array([-2.12194440e-4, 0.693359375], np.float32)  # its sum is log(2)
_PI_4 = np.array([0.78515625, 2.4187564849853515625e-4, 3.77489497744594108e-8], np.float32)
# fmt: on


def _horner(coefficients: np.ndarray, x: np.ndarray) -> np.ndarray:
    total = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        total = fma(total, x, coefficient)
    return total


def _log_float(x: np.ndarray) -> np.ndarray:
    """log of float32 in (0, 1], from the mantissa m in [sqrt(1/2), sqrt(2)) and the exponent."""
    m, exponent = np.frexp(x)
    low = m < np.float32(math.sqrt(0.5))
    e = (exponent - low).astype(np.float32)
    m = np.where(low, m + m, m) - np.float32(1)
    square = m * m
    tail = fma(_horner(_LOG, m) * m, square, e * _LN_2[0]) - square * np.float32(0.5)
    return fma(e, _LN_2[1], m + tail)


def _sincos_float(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """sin and cos of float32 in [0, 2 pi], from the distance to the nearest multiple of pi / 2."""
    octant = ((x * np.float32(4 / math.pi)).astype(np.int32) + 1) & ~1
    for part in _PI_4:
        x = fma(octant.astype(np.float32), -part, x)
    z = x * x
    sine = fma(_horner(_SIN, z) * z, x, x)
    cosine = fma(_horner(_COS, z) * z, z, -z * np.float32(0.5)) + np.float32(1)
    quarter = (octant // 2) % 4
    sine, cosine = np.where(quarter % 2, cosine, sine), np.where(quarter % 2, sine, cosine)
    return (
        np.where(quarter >= 2, -sine, sine),
        np.where((quarter == 1) | (quarter == 2), -cosine, cosine),
    )


# Integers


class _Limits(NamedTuple):
    cpp: str  # the C++ type, which error messages name
    smallest: float
    largest: float
    countable: int  # 0, 1, ... without a gap: this many


def _limits(dtype: DType, cpp: str) -> _Limits:
    if dtype == BOOLEAN:
        return _Limits(cpp, 0, 1, 2)
    if _is_float(dtype):
        largest = (2 - 2.0 ** (1 - _MANTISSA[dtype])) * 2.0 ** _EXPONENT[dtype]
        return _Limits(cpp, -largest, largest, 2 ** _MANTISSA[dtype] + 1)
    low, high = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    return _Limits(cpp, low, high, high + 1)


_LIMITS = {d: _limits(d, CPP_NAMES[of_numpy[d].name]) for d in of_numpy if d.kind != "c"}


def randint(g: Generator, shape: Shape, dtype: DType, low: int, high: int | None) -> np.ndarray:
    """Whole numbers of any real dtype in [low, high); ``randint`` and ``random_(low, high)``.

    Without ``high``, up to the largest number that the dtype can count to; without and from
    -2**63, all 64 bits. Fewer than 2**28 choices take 32 bits, more take 64.
    RuntimeError for an empty range, and for one that the dtype does not hold.
    """
    n = math.prod(shape)
    if high is None and low == -(2**63):
        if n and (dtype in (BOOLEAN, F16) or dtype.kind == "c"):
            raise _unsupported("random_full_64_bits_range_kernel_cpu", dtype)
        _check(
            dtype in (I64, F64, F32, BF16) or not n,
            "random_full_64_bits_range_kernel_cpu handles only int64, double, float and bfloat16",
        )
        return _whole(g.bits64(n), dtype, shape)
    if high is not None and low >= high:
        raise RuntimeError(
            f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}"
        )
    if dtype.kind == "c":
        raise RuntimeError(
            "check_random_bounds handles only integral, floating-point and boolean types"
        )
    limits = _LIMITS[dtype]
    high = limits.countable if high is None else high
    for name, bound in (("from", low), ("to - 1", high - 1)):
        inside = limits.smallest <= bound <= limits.largest
        _check(inside, f"{name} is out of bounds for {limits.cpp}")
    if _is_float(dtype):
        low, high = _inwards(low, high, dtype)
    choices = high - low
    bits = g.bits64(n) if choices >= 2**28 else g.bits32(n)
    return _whole(bits % np.uint64(choices) + np.uint64(low % 2**64), dtype, shape)


def _whole(bits: np.ndarray, dtype: DType, shape: Shape) -> np.ndarray:
    return cast(bits.view(np.int64), dtype).reshape(shape)


def _inwards(low: int, high: int, dtype: DType) -> tuple[int, int]:
    """Bounds that a float dtype would round outwards go one unit in the last place inwards."""

    def unit(bound: int) -> int:
        return 2 ** (abs(bound).bit_length() - _MANTISSA[dtype])

    first, last = (int(cast(np.array(bound, np.int64), dtype)) for bound in (low + 1, high - 1))
    if first < low:
        low = first + unit(low + 1)
    if high <= last < 2**63:
        high = last - unit(high - 1)
    return low, high


def random(g: Generator, shape: Shape, dtype: DType) -> np.ndarray:
    """``random_()``: from 0 to the largest number that the dtype can count to."""
    n = math.prod(shape)
    if dtype.kind == "c" and n:
        raise _unsupported("random_kernel_cpu", dtype)
    if not n:
        return np.empty(shape, dtype)
    bits = g.bits64(n) if dtype in (I64, F64) else g.bits32(n)
    return _whole(bits % np.uint64(_LIMITS[dtype].countable), dtype, shape)


def randperm(g: Generator, n: int, dtype: DType = I64) -> np.ndarray:
    """The numbers below n in random order: int64[n], or another dtype that holds them."""
    _check(n >= 0, f"Trying to create tensor with negative dimension {n}: [{n}]")
    if dtype == BOOLEAN or dtype.kind == "c":
        raise _unsupported("randperm", dtype)
    if dtype.kind in "iu" and n > _LIMITS[dtype].largest:
        raise RuntimeError(f"value cannot be converted to type {dtype.name}_t without overflow")
    if dtype == F16 and n > _LIMITS[F16].countable:
        raise RuntimeError("n cannot be greater than 2049 for Half type.")
    values = list(range(n))
    steps = g.bits32(max(n - 1, 0)) % np.arange(n, 1, -1, dtype=np.uint64)
    for i, step in enumerate(steps.tolist()):
        values[i], values[i + step] = values[i + step], values[i]
    return cast(np.array(values, np.int64), dtype)


# Other distributions, from uniform doubles


def bernoulli(g: Generator, shape: Shape, dtype: DType, p: float | np.ndarray = 0.5) -> np.ndarray:
    """1 with probability p, else 0, in any real dtype.

    A Python number and a float64 array (which broadcasts to shape) are compared with doubles, an
    array of another float dtype with floats.
    """
    n = math.prod(shape)
    if not isinstance(p, np.ndarray):
        _check(0 <= p <= 1, f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
    if dtype.kind == "c" and n:
        source = "tensor_cpu_self_" if isinstance(p, np.ndarray) else "scalar_cpu_"
        raise _unsupported(f"bernoulli_{source}", dtype)
    if not isinstance(p, np.ndarray):
        return (g.doubles(n) < p).astype(dtype).reshape(shape)
    if not _is_float(p.dtype) and n:
        raise _unsupported("bernoulli_tensor_cpu_p_", p.dtype)
    _check(
        bool(np.all((p >= 0) & (p <= 1))) or n == 0,
        "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message "
        "be improved?  If so, please report an enhancement request to PyTorch.)",
    )
    draws = g.doubles(n) if p.dtype == F64 else g.floats(n)
    return (draws.reshape(shape) < p.astype(draws.dtype)).astype(dtype)


def exponential(g: Generator, shape: Shape, dtype: DType, rate: float = 1.0) -> np.ndarray:
    """Floats that are exponentially distributed with the given rate (PyTorch's ``lambd``)."""
    _check(rate > 0, f"exponential_ expects lambda > 0.0, but found lambda={rate:g}")
    _check(
        _is_float(dtype) or 0 in shape,
        "Exponential distribution is a continuous probability distribution. "
        f"dtype must be a floating point but you specified {of_numpy[dtype].type_name}",
    )
    return cast(-1.0 / rate * _log1p(-g.doubles(math.prod(shape))), dtype).reshape(shape)


def geometric(g: Generator, shape: Shape, dtype: DType, p: float) -> np.ndarray:
    """How many trials of probability p there are up to the first success, in any real dtype."""
    _check(0 < p < 1, f"geometric_ expects p to be in (0, 1), but got p={p:g}")
    if 0 not in shape and (dtype == BOOLEAN or dtype.kind == "c"):
        raise _unsupported("geometric_cpu", dtype)
    trials = np.ceil(_log(g.doubles(math.prod(shape))) / math.log1p(-p))
    return cast(trials, dtype).reshape(shape)


def cauchy(
    g: Generator, shape: Shape, dtype: DType, median: float = 0.0, sigma: float = 1.0
) -> np.ndarray:
    """Cauchy-distributed floats."""
    _check(sigma > 0, f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
    _check(
        _is_float(dtype),
        "Cauchy distribution is a continuous probability distribution. "
        f"dtype must be a floating point but you specified {CPP_NAMES[of_numpy[dtype].name]}",
    )
    tangents = _tan(math.pi * (g.doubles(math.prod(shape)) - 0.5))
    return cast(fma(tangents, float(sigma), float(median)), dtype).reshape(shape)


def log_normal(
    g: Generator, shape: Shape, dtype: DType, mean: float = 1.0, std: float = 2.0
) -> np.ndarray:
    """Floats whose logarithm is normal."""
    _check(std > 0, f"log_normal_ expects std > 0.0, but found std={std:g}")
    if not _is_float(dtype) and 0 not in shape:
        raise _unsupported("log_normal_cpu", dtype)
    draws = fma(_normal_pairs(g, math.prod(shape)), float(std), float(mean))
    return cast(_exp(draws), dtype).reshape(shape)


def poisson(g: Generator, rates: np.ndarray) -> np.ndarray:
    """Counts with the given expectations (float[...]), in their dtype."""
    if not _is_float(rates.dtype):
        raise _unsupported("poisson_cpu", rates.dtype)
    counts = [_poisson(g, float(rate)) for rate in rates.ravel()]
    return cast(np.array(counts, np.float64), rates.dtype).reshape(rates.shape)


def _poisson(g: Generator, rate: float) -> float:
    """By products of uniforms up to a rate of 10; from there by rejection (Hoermann's PTRS)."""
    _check(rate >= 0, "invalid Poisson rate, expected rate to be non-negative")
    if rate == 0:
        return 0
    if rate < 10:
        count, product, end = 0, g.doubles(1)[0], math.exp(-rate)
        while product > end:
            count, product = count + 1, product * g.doubles(1)[0]
        return count
    b = 0.931 + 2.53 * math.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha, v_r = 1.1239 + 1.1328 / (b - 3.4), 0.9277 - 3.6224 / (b - 2)
    while True:
        u, v = g.doubles(1)[0] - 0.5, g.doubles(1)[0]
        us = 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + rate + 0.43)
        if us >= 0.07 and v <= v_r:
            return k
        if k < 0 or (us < 0.013 and v > us):
            continue
        accept = math.log(v) + math.log(inverse_alpha) - math.log(a / (us * us) + b)
        if accept <= -rate + k * math.log(rate) - math.lgamma(k + 1):
            return k


def binomial(g: Generator, counts: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Successes in so many trials with such probabilities (float[...]), in their dtype."""
    pairs = zip(counts.ravel().tolist(), probabilities.ravel().tolist(), strict=True)
    found = [_binomial(g, count, p) for count, p in pairs]
    return cast(np.array(found, np.float64), counts.dtype).reshape(counts.shape)


def _binomial(g: Generator, count: float, p: float) -> float:
    """By waiting times while few succeed; from 10 on by rejection (Hoermann's BTRS)."""
    if count <= 0 or p <= 0:
        return 0
    if p >= 1:
        return count
    if p > 0.5:
        return count - _binomial(g, count, 1 - p)
    if not p <= 0.5:
        return math.nan
    if count * p < 10:
        successes, trials, log_q = 0, 0.0, math.log1p(-p)
        while True:
            u = g.doubles(1)[0]
            trials += math.ceil(math.log(u) / log_q) if u else math.inf
            if trials > count:
                return successes
            successes += 1
    stddev = math.sqrt(count * p * (1 - p))
    b = 1.15 + 2.53 * stddev
    a, c = -0.0873 + 0.0248 * b + 0.01 * p, count * p + 0.5
    v_r, r, alpha = 0.92 - 4.2 / b, p / (1 - p), (2.83 + 5.1 / b) * stddev
    mode = math.floor((count + 1) * p)
    while True:
        u, v = g.doubles(1)[0] - 0.5, g.doubles(1)[0]
        us = 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + c)
        if k < 0 or k > count:
            continue
        if us >= 0.07 and v <= v_r:
            return k
        bound = (
            (mode + 0.5) * math.log((mode + 1) / (r * (count - mode + 1)))
            + (count + 1) * math.log((count - mode + 1) / (count - k + 1))
            + (k + 0.5) * math.log(r * (count - k + 1) / (k + 1))
            + (_stirling(mode) + _stirling(count - mode) - _stirling(k) - _stirling(count - k))
        )
        if math.log(v * alpha / (a / (us * us) + b)) <= bound:
            return k


def _stirling(k: float) -> float:
    """What Stirling's formula lacks of log(k!)."""
    if k <= 9:
        return math.lgamma(k + 1) - (
            (k + 0.5) * math.log(k + 1) - (k + 1) + 0.5 * math.log(2 * math.pi)
        )
    square = (k + 1) ** 2
    return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1)


def multinomial(g: Generator, weights: np.ndarray, n: int, replacement: bool = False) -> np.ndarray:
    """n indices into each row of weights (float[categories] or float[rows, categories]): int64.

    Without replacement, and for one draw, the categories with the largest weight / Exponential(1);
    the order of exact ties is not PyTorch's, which leaves it open (16-bit floats often tie).
    """
    if not _is_float(weights.dtype):
        kind = of_numpy[weights.dtype].type_name
        raise RuntimeError(
            f"multinomial only supports floating-point dtypes for input, got: {kind}"
        )
    _check(weights.ndim in (1, 2), "prob_dist must be 1 or 2 dim")
    _check(n > 0, "cannot sample n_sample <= 0 samples")
    _check(
        replacement or n <= weights.shape[-1],
        "cannot sample n_sample > prob_dist.size(-1) samples without replacement",
    )
    if replacement and n > 1:
        rows = [_with_replacement(g, row, n) for row in np.atleast_2d(weights)]
        return np.array(rows, np.int64).reshape(*weights.shape[:-1], n)
    _check(
        bool(np.all(np.isfinite(weights) & (weights >= 0))),
        "probability tensor contains either `inf`, `nan` or element < 0",
    )
    _check(
        bool(np.all(weights.sum(-1) > 0)),
        "invalid multinomial distribution (sum of probabilities <= 0)",
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = place(empty_like(weights), exponential(g, weights.shape, weights.dtype))
        score = weights / rates
    if n == 1:
        return np.argmax(score, -1, keepdims=True)
    return np.ascontiguousarray(np.argsort(-score, -1, kind="stable")[..., :n])


def _with_replacement(g: Generator, weights: np.ndarray, n: int) -> np.ndarray:
    invalid = "invalid multinomial distribution "
    _check(bool(np.all(weights >= 0)), invalid + "(encountering probability entry < 0)")
    _check(
        bool(np.all(np.isfinite(weights))),
        invalid + "(encountering probability entry = infinity or NaN)",
    )
    total = np.cumsum(weights.astype(F64 if weights.dtype == F64 else F32))
    _check(bool(total[-1] > 0), invalid + "(sum of probabilities <= 0)")
    total /= total[-1]
    return np.searchsorted(total, g.doubles(n))
