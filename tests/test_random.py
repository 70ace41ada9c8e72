"""Random numbers are PyTorch's bit for bit: what it once drew, then PyTorch beside us."""

from __future__ import annotations

import platform
import zlib
from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from refimpl import _random
from refimpl._random import Generator, place
from refimpl._tensor import new_tensor

DTYPES = {
    name: np.dtype(ml_dtypes.bfloat16 if name == "bfloat16" else name)
    for name in [
        "float32", "float64", "float16", "bfloat16", "complex64", "complex128",
        "int64", "int32", "int16", "int8", "uint8", "bool",
    ]
}  # fmt: skip
FLOATS = ["float32", "float64", "float16", "bfloat16"]
SIZES = [0, 1, 5, 15, 16, 17, 25, 100, 1000]
SEEDS = [0, 1, 42, -1, 2**32 + 7, 2**63, 2**64 - 1]
F32, F64, I64 = DTYPES["float32"], DTYPES["float64"], DTYPES["int64"]


def seeded(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


# What PyTorch draws first after `torch.manual_seed(0)`.
FIRST: list[tuple[Callable[[Generator], np.ndarray], list[Any]]] = [
    (
        lambda g: _random.uniform(g, (3,), F32),
        [0.49625658988952637, 0.7682217955589294, 0.08847743272781372],
    ),
    (
        lambda g: _random.uniform(g, (3,), F64),
        [0.9700530018065531, 0.707819864399788, 0.45938294312745087],
    ),
    (
        lambda g: _random.normal(g, (3,), F32),
        [1.5409960746765137, -0.293428897857666, -2.1787893772125244],
    ),
    (lambda g: _random.randint(g, (5,), I64, 0, 10), [4, 9, 3, 0, 3]),
    (lambda g: _random.randperm(g, 5), [4, 0, 1, 3, 2]),
    (lambda g: _random.bernoulli(g, (8,), F32, 0.5), [0, 0, 1, 0, 0, 0, 1, 1]),
    (lambda g: _random.multinomial(g, np.array([0.1, 0.2, 0.7], F32), 2), [2, 1]),
]


@pytest.mark.parametrize(("draw", "first"), FIRST)
def test_the_first_draws_are_known(
    draw: Callable[[Generator], np.ndarray], first: list[Any]
) -> None:
    assert draw(seeded()).tolist() == first


# crc32 of the bytes of a thousand draws after `torch.manual_seed(7)`, of those kinds that need
# nothing of the C library.
CHECKSUMS: list[tuple[Callable[[Generator], np.ndarray], int]] = [
    (lambda g: _random.uniform(g, (1000,), F32), 424614700),
    (lambda g: _random.uniform(g, (1000,), F64), 161633299),
    (lambda g: _random.uniform(g, (1000,), DTYPES["bfloat16"], -1.5, 2.3), 2224157639),
    (lambda g: _random.normal(g, (1000,), F32), 682472891),
    (lambda g: _random.normal(g, (1000,), DTYPES["float16"]), 4216858190),
    (lambda g: _random.randint(g, (1000,), I64, -5, 2**40), 2509320576),
    (lambda g: _random.randperm(g, 1000), 1622599416),
    (lambda g: _random.bernoulli(g, (1000,), DTYPES["bool"], 0.3), 1188422686),
    (lambda g: _random.random(g, (1000,), F32), 2017465553),
]


@pytest.mark.parametrize(("draw", "checksum"), CHECKSUMS)
def test_a_thousand_draws_have_the_known_checksum(
    draw: Callable[[Generator], np.ndarray], checksum: int
) -> None:
    assert zlib.crc32(draw(seeded(7)).tobytes()) == checksum


def test_only_32_bits_of_a_seed_count_but_all_are_remembered() -> None:
    assert seeded(5).bits32(3).tolist() == seeded(5 + 2**40).bits32(3).tolist()
    assert seeded(5 + 2**40).initial_seed() == 5 + 2**40
    assert seeded(-1).initial_seed() == 2**64 - 1


def test_seed_differs_from_call_to_call() -> None:
    g = Generator()
    assert g.seed() != g.seed()
    assert g.initial_seed() != Generator().initial_seed() == 67280421310721


def test_half_a_pair_of_normals_waits_for_the_next_call() -> None:
    g = seeded()
    apart = [float(_random.normal(g, (n,), F64)[0]) for n in (1, 1)]
    assert apart == _random.normal(seeded(), (2,), F64).tolist()


def test_reseeding_forgets_the_waiting_half() -> None:
    g = seeded()
    _random.normal(g, (1,), F64)
    assert g.next_normal is not None
    assert g.manual_seed(0).next_normal is None


@pytest.mark.parametrize("drawn", [0, 1, 623, 624, 625])
def test_a_state_goes_on_where_it_was_taken(drawn: int) -> None:
    g = seeded(3)
    g.bits32(drawn)
    _random.normal(g, (1,), F32)
    state = g.get_state()
    expected = _random.normal(g, (20,), F32, contiguous=False)
    h = Generator()
    h.set_state(state)
    assert h.initial_seed() == 3
    assert _random.normal(h, (20,), F32, contiguous=False).tolist() == expected.tolist()


def test_place_fills_in_the_order_of_memory() -> None:
    memory = np.zeros((2, 3))
    place(memory.T, np.arange(6).reshape(3, 2))
    assert memory.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_a_16_bit_draw_never_reaches_its_upper_bound() -> None:
    draws = _random.uniform(seeded(), (10000,), DTYPES["bfloat16"])
    assert draws.max() < 1
    assert _random.uniform(seeded(), (10,), F32, 2, 2).tolist() == [2] * 10


def test_fused_products_survive_the_ends_of_the_range() -> None:
    for low, high in [(0, 1e305), (-8e307, 8e307), (1e-310, 3e-310)]:
        draws = _random.uniform(seeded(), (1000,), F64, low, high)
        assert np.all((draws >= low) & (draws < high))
    assert np.isinf(_random.normal(seeded(), (20,), F64, np.inf, 1)).all()


def test_normals_beyond_float16_are_infinite_without_a_warning() -> None:
    assert np.isinf(_random.normal(seeded(), (1000,), DTYPES["float16"], 0, 1e5)).any()


# What is refused: a call by name, its arguments after the shape (3,), PyTorch's error and words.
REFUSED: list[tuple[str, str, tuple[Any, ...], type[Exception], str]] = [
    ("uniform_", "float32", (5, 2), RuntimeError, "uniform_ expects to return a [from, to) range, "
     "but found from=5 > to=2"),
    ("uniform_", "float32", (-3e38, 3e38), RuntimeError, "uniform_ expects to-from <= "
     "std::numeric_limits<Float>::max(), but found to=3e+38 and from=-3e+38 which result in "
     "to-from to exceed the limit"),
    ("uniform_", "float16", (0, 1e5), RuntimeError, "to is out of bounds for c10::Half"),
    ("uniform_", "float32", (float("nan"), 1), RuntimeError, "from is out of bounds for float"),
    ("uniform_", "int64", (), NotImplementedError,
     "\"check_uniform_bounds\" not implemented for 'Long'"),
    ("normal_", "float32", (0, -1), RuntimeError, "normal expects std >= 0.0, but found std -1"),
    ("normal_", "int64", (), NotImplementedError,
     "\"normal_kernel_cpu\" not implemented for 'Long'"),
    ("bernoulli_", "float32", (2,), RuntimeError,
     "bernoulli_ expects p to be in [0, 1], but got p=2"),
    ("bernoulli_", "complex64", (0.5,), NotImplementedError,
     "\"bernoulli_scalar_cpu_\" not implemented for 'ComplexFloat'"),
    ("exponential_", "float32", (0,), RuntimeError,
     "exponential_ expects lambda > 0.0, but found lambda=0"),
    ("exponential_", "int64", (1,), RuntimeError, "Exponential distribution is a continuous "
     "probability distribution. dtype must be a floating point but you specified Long"),
    ("geometric_", "float32", (1,), RuntimeError,
     "geometric_ expects p to be in (0, 1), but got p=1"),
    ("geometric_", "bool", (0.5,), NotImplementedError,
     "\"geometric_cpu\" not implemented for 'Bool'"),
    ("cauchy_", "float32", (0, -1), RuntimeError,
     "cauchy_ expects sigma > 0.0, but found sigma=-1"),
    ("log_normal_", "float32", (0, 0), RuntimeError,
     "log_normal_ expects std > 0.0, but found std=0"),
    ("log_normal_", "int64", (0, 1), NotImplementedError,
     "\"log_normal_cpu\" not implemented for 'Long'"),
    ("random_", "int64", (5, 2), RuntimeError,
     "random_ expects 'from' to be less than 'to', but got from=5 >= to=2"),
    ("random_", "uint8", (0, 300), RuntimeError, "to - 1 is out of bounds for unsigned char"),
    ("random_", "uint8", (-1, 3), RuntimeError, "from is out of bounds for unsigned char"),
    ("random_", "bool", (0, 3), RuntimeError, "to - 1 is out of bounds for bool"),
    ("random_", "float16", (0, 70000), RuntimeError, "to - 1 is out of bounds for c10::Half"),
    ("random_", "complex64", (0, 3), RuntimeError, "check_random_bounds handles only integral, "
     "floating-point and boolean types"),
    ("random_", "complex64", (), NotImplementedError,
     "\"random_kernel_cpu\" not implemented for 'ComplexFloat'"),
    ("random_", "int32", (-2**63, None), RuntimeError, "random_full_64_bits_range_kernel_cpu "
     "handles only int64, double, float and bfloat16"),
    ("manual_seed", "", (2**64,), ValueError, "Overflow when unpacking long long"),
    ("manual_seed", "", (1.5,), RuntimeError, "manual_seed expected a long, but got float"),
    ("randperm", "", (-1,), RuntimeError,
     "Trying to create tensor with negative dimension -1: [-1]"),
    ("randperm", "float16", (3000,), RuntimeError,
     "n cannot be greater than 2049 for Half type."),
    ("randperm", "uint8", (300,), RuntimeError,
     "value cannot be converted to type uint8_t without overflow"),
    ("randperm", "bool", (3,), NotImplementedError, "\"randperm\" not implemented for 'Bool'"),
    ("multinomial", "int64", ([1, 1], 1), RuntimeError,
     "multinomial only supports floating-point dtypes for input, got: Long"),
    ("multinomial", "float32", ([1, 1], 0), RuntimeError, "cannot sample n_sample <= 0 samples"),
    ("multinomial", "float32", ([1, 1], 3), RuntimeError,
     "cannot sample n_sample > prob_dist.size(-1) samples without replacement"),
    ("multinomial", "float32", (1, 1), RuntimeError, "prob_dist must be 1 or 2 dim"),
    ("multinomial", "float32", ([1, -1], 1), RuntimeError,
     "probability tensor contains either `inf`, `nan` or element < 0"),
    ("multinomial", "float32", ([0, 0], 1), RuntimeError,
     "invalid multinomial distribution (sum of probabilities <= 0)"),
    ("multinomial", "float32", ([1, -1], 2, True), RuntimeError,
     "invalid multinomial distribution (encountering probability entry < 0)"),
    ("multinomial", "float32", ([1, float("inf")], 2, True), RuntimeError,
     "invalid multinomial distribution (encountering probability entry = infinity or NaN)"),
    ("multinomial", "float32", ([0, 0], 2, True), RuntimeError,
     "invalid multinomial distribution (sum of probabilities <= 0)"),
]  # fmt: skip


def ours(name: str, dtype: str, args: tuple[Any, ...]) -> Any:
    """The call of our module that stands for a method of PyTorch's tensors."""
    d = DTYPES[dtype or "int64"]
    match name:
        case "manual_seed":
            return Generator().manual_seed(*args)
        case "randperm":
            return _random.randperm(seeded(), args[0], d)
        case "multinomial":
            return _random.multinomial(seeded(), np.array(args[0], d), *args[1:])
        case "random_" if args:
            return _random.randint(seeded(), (3,), d, *args)
        case _:
            return getattr(_random, name.removesuffix("_"))(seeded(), (3,), d, *args)


def theirs(torch: Any, name: str, dtype: str, args: tuple[Any, ...]) -> Any:
    d = getattr(torch, dtype or "int64")
    match name:
        case "manual_seed":
            return torch.Generator().manual_seed(*args)
        case "randperm":
            return torch.randperm(*args, dtype=d)
        case "multinomial":
            return torch.multinomial(torch.tensor(args[0], dtype=d), *args[1:])
        case _:
            return getattr(torch.zeros(3, dtype=d), name)(*args)


@pytest.mark.parametrize(("name", "dtype", "args", "error", "words"), REFUSED)
def test_refuses_in_pytorchs_words(
    name: str, dtype: str, args: tuple[Any, ...], error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as caught:
        ours(name, dtype, args)
    assert type(caught.value) is error
    assert str(caught.value) == words


# PyTorch beside us


@pytest.fixture(scope="module")
def torch() -> Any:
    torch = pytest.importorskip("torch", reason="compares with PyTorch, which is not installed")
    if not torch.__version__.startswith("2.13."):
        pytest.skip(f"these are the numbers of PyTorch 2.13, and {torch.__version__} is installed")
    if platform.system() != "Linux" or "AVX" not in torch.backends.cpu.get_cpu_capability():
        pytest.skip("PyTorch rounds its draws as we do on Linux on a CPU with AVX2 only")
    return torch


@pytest.mark.parametrize(("name", "dtype", "args", "error", "words"), REFUSED)
@pytest.mark.filterwarnings("ignore:to - 1 is out of bounds")
def test_pytorch_refuses_in_these_words(
    torch: Any, name: str, dtype: str, args: tuple[Any, ...], error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as caught:
        theirs(torch, name, dtype, args)
    assert str(caught.value).splitlines()[0] == words


def array_of(torch: Any, tensor: Any) -> np.ndarray:
    if tensor.dtype == torch.bfloat16:
        return np.asarray(tensor.view(torch.int16).numpy().view(ml_dtypes.bfloat16))
    return np.asarray(tensor.numpy())


def assert_same_bits(torch: Any, tensor: Any, array: np.ndarray) -> None:
    expected = array_of(torch, tensor)
    assert (expected.dtype, expected.shape) == (array.dtype, array.shape)
    assert expected.tobytes() == array.tobytes()


class Pair:
    """PyTorch's generator and ours, drawing the same."""

    def __init__(self, torch: Any, seed: int) -> None:
        self.torch = torch
        self.theirs, self.ours = torch.Generator().manual_seed(seed), seeded(seed)

    def draw(self, name: str, dtype: str, shape: tuple[int, ...], *args: Any) -> None:
        tensor = self.torch.empty(shape, dtype=getattr(self.torch, dtype))
        getattr(tensor, name)(*args, generator=self.theirs)
        function = "randint" if name == "random_" and args else name.removesuffix("_")
        array = getattr(_random, function)(self.ours, shape, DTYPES[dtype], *args)
        assert_same_bits(self.torch, tensor, array)
        self.assert_in_step()

    def assert_in_step(self) -> None:
        assert self.theirs.get_state().numpy().tobytes() == self.ours.get_state()._array.tobytes()


# Methods of PyTorch's tensors, the dtypes to try, and arguments.
DRAWS: list[tuple[str, list[str], tuple[Any, ...]]] = [
    ("uniform_", [*FLOATS, "complex64", "complex128"], ()),
    ("uniform_", FLOATS, (-1.5, 2.3)),
    ("normal_", [*FLOATS, "complex64", "complex128"], ()),
    ("normal_", FLOATS, (1.3, 0.7)),
    ("random_", [*FLOATS, "int64", "int32", "int16", "int8", "uint8", "bool"], ()),
    ("random_", [*FLOATS, "int64", "int32", "int16", "int8", "uint8"], (3, 100)),
    ("random_", ["int64", "float64"], (-(2**27), 2**27 - 1)),
    ("random_", ["int64", "float64"], (-(2**27), 2**27)),
    ("random_", ["int64"], (-(2**63), 2**63 - 1)),
    ("random_", [*FLOATS, "int64", "int32", "uint8"], (2, None)),
    ("random_", ["int64", "float32", "float64", "bfloat16"], (-(2**63), None)),
    ("bernoulli_", [*FLOATS, "int64", "uint8", "bool"], (0.3,)),
    ("exponential_", FLOATS, (1.7,)),
    ("geometric_", ["float32", "float64", "int64"], (0.1,)),
    ("cauchy_", FLOATS, (0.5, 2.0)),
    ("log_normal_", FLOATS, (0.5, 0.25)),
]


@pytest.mark.parametrize(
    ("name", "dtype", "args"),
    [(name, dtype, args) for name, dtypes, args in DRAWS for dtype in dtypes],
)
def test_draws_pytorchs_bits(torch: Any, name: str, dtype: str, args: tuple[Any, ...]) -> None:
    for seed in SEEDS:
        pair = Pair(torch, seed)
        for size in SIZES:
            pair.draw(name, dtype, (size,), *args)


def test_mixed_calls_consume_the_stream_alike(torch: Any) -> None:
    rng = np.random.default_rng(0)
    for seed in range(20):
        pair = Pair(torch, seed)
        for _ in range(25):
            name, dtypes, args = DRAWS[rng.integers(len(DRAWS))]
            shape = [(), (1,), (3, 5), (4, 4), (2, 1, 9), (0, 2)][rng.integers(6)]
            pair.draw(name, str(rng.choice(dtypes)), shape, *args)


def test_bounds_that_a_float_cannot_hold_move_inwards(torch: Any) -> None:
    pair = Pair(torch, 0)
    for low, high in [(2**24 - 7, 2**24 + 4), (-(2**25) - 3, 5), (2**24 + 1, 2**24 + 6)]:
        with pytest.warns(UserWarning, match="out of bounds"):
            pair.draw("random_", "float32", (200,), low, high)


def test_randperm_is_pytorchs(torch: Any) -> None:
    pair = Pair(torch, 0)
    for n, dtype in [(0, "int64"), (1, "int64"), (2, "uint8"), (127, "int8"), (1000, "float16"),
                     (1000, "int64"), (300, "bfloat16")]:  # fmt: skip
        tensor = torch.randperm(n, dtype=getattr(torch, dtype), generator=pair.theirs)
        assert_same_bits(torch, tensor, _random.randperm(pair.ours, n, DTYPES[dtype]))
        pair.assert_in_step()


@pytest.mark.parametrize("dtype", FLOATS)
def test_bernoulli_takes_a_probability_per_element(torch: Any, dtype: str) -> None:
    pair = Pair(torch, 0)
    p = torch.linspace(0, 1, 40).reshape(5, 8).to(getattr(torch, dtype))
    for q in (p, p[0]):
        tensor = torch.empty(5, 8, dtype=torch.int32).bernoulli_(q, generator=pair.theirs)
        array = _random.bernoulli(pair.ours, (5, 8), DTYPES["int32"], array_of(torch, q))
        assert_same_bits(torch, tensor, array)
        pair.assert_in_step()


@pytest.mark.parametrize(
    ("n", "replacement", "dtypes"),
    [
        (1, False, FLOATS),
        (4, False, ["float32", "float64"]),  # 16-bit scores tie, in an order that is left open
        (1, True, FLOATS),
        (50, True, FLOATS),
    ],
)
def test_multinomial_is_pytorchs(torch: Any, n: int, replacement: bool, dtypes: list[str]) -> None:
    for dtype in dtypes:
        pair = Pair(torch, 0)
        for shape in [(20,), (3, 7), (1, 4)]:
            weights = torch.rand(shape, generator=pair.theirs).to(getattr(torch, dtype))
            _random.uniform(pair.ours, shape, F32)
            tensor = torch.multinomial(weights, n, replacement, generator=pair.theirs)
            array = _random.multinomial(pair.ours, array_of(torch, weights), n, replacement)
            assert_same_bits(torch, tensor, array)
            pair.assert_in_step()


@pytest.mark.parametrize("name", ["uniform_", "normal_"])
def test_tensors_of_any_layout_fill_as_pytorchs(torch: Any, name: str) -> None:
    layouts: list[Callable[[Any], Any]] = [
        lambda x: x,
        lambda x: x.swapaxes(1, 2),
        lambda x: x.swapaxes(0, 2)[1:],
        lambda x: x[:, 1:],
        lambda x: x[..., ::2],
    ]
    for layout in layouts:
        pair = Pair(torch, 0)
        tensor, array = layout(torch.zeros(3, 4, 5)), layout(np.zeros((3, 4, 5), F32))
        getattr(tensor, name)(generator=pair.theirs)
        contiguous = {"contiguous": array.flags.c_contiguous} if name == "normal_" else {}
        draws = getattr(_random, name[:-1])(pair.ours, array.shape, F32, **contiguous)
        assert_same_bits(torch, tensor.contiguous(), np.ascontiguousarray(place(array, draws)))
        pair.assert_in_step()


@pytest.mark.parametrize("drawn", [0, 1, 623, 624, 625])
def test_states_pass_between_pytorch_and_us(torch: Any, drawn: int) -> None:
    pair = Pair(torch, 9)
    pair.draw("random_", "int32", (drawn,))
    pair.draw("normal_", "float64", (1,))
    other = Pair(torch, 0)
    other.ours.set_state(new_tensor(pair.theirs.get_state().numpy()))
    other.theirs.set_state(torch.from_numpy(pair.ours.get_state()._array))
    other.draw("normal_", "float32", (7,))
    other.draw("uniform_", "float64", (1000,))


def test_what_is_no_state_is_refused(torch: Any) -> None:
    for state in (np.zeros(10, np.uint8), np.zeros(5056, np.uint8), np.zeros(5056)):
        with pytest.raises((RuntimeError, TypeError)) as by_pytorch:
            torch.Generator().set_state(torch.from_numpy(state))
        with pytest.raises((RuntimeError, TypeError)) as by_us:
            Generator().set_state(new_tensor(state))
        assert type(by_us.value) is type(by_pytorch.value)
        assert str(by_us.value) == str(by_pytorch.value).splitlines()[0]
