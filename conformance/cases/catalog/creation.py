"""New tensors: of constants, in ranges, like others; windows."""

from __future__ import annotations

from typing import Any

from conformance.cases.catalog.kinds import NUMBERS
from conformance.cases.inputs import Plan, over, plans
from conformance.cases.rows import Row
from conformance.judge import EXACT, Policy

DTYPES = (*NUMBERS, "int8", "int16", "bool")
SPACED = Policy("normwise", k=4)
"""Each number is rounded relative to the larger end."""
BESSEL = Policy("normwise", k=64)
"""i0 multiplies the rounding of its argument by as much as that is, here up to 12."""


def calls(*arguments: str) -> tuple[Plan, ...]:
    return tuple(Plan({}, given) for given in arguments)


def made(op: str, *given: Plan, policy: Policy = EXACT, dtypes: Any = DTYPES, **more: Any) -> Row:
    """From nothing: its first plan in each dtype, the others as they are."""
    each = calls(*(f"{given[0].arguments}, dtype=torch.{d}" for d in dtypes))
    return Row(op, "{a}", policy, plans=(*given, *each), dtypes=("float32",), grad=False, **more)


def like(op: str, *arguments: str, **more: Any) -> Row:
    """Like another tensor in shape, dtype and layout."""
    shapes = over("2x3 4x1x3 . 0x3", *arguments)
    given = (*shapes, *over("2x3x1x2", f"{arguments[0]}, memory_format=torch.channels_last"))
    then = "strides = y.stride()"
    return Row(op, "x{a}", plans=given, dtypes=NUMBERS, then=then, grad=False, **more)


def new(name: str, *arguments: str, **more: Any) -> Row:
    given = over("2x3", *arguments, *(f"{arguments[0]}, dtype=torch.{d}" for d in DTYPES))
    return Row(
        f"Tensor.{name}", f"x.{name}({{a}})", plans=given, dtypes=NUMBERS, grad=False, **more
    )


SIZES = ("2, 3", "()", "(2, 0)", "[4]", "size=(1, 2)", "3, requires_grad=True")
NO_SIZES = ("-1", "2.5", "", "'a'", "True", "(2, -3)", "2, requires_grad=1.5")
VALUES = ("2.5", "3", "True", "-1", "float('inf')")
STRIDED = calls("(2, 3), (1, 2)", "(), ()", "(2, 3), (0, 1)", "(0, 3), (3, 1)", "(2, 2), (5, 2)")
CUT = ", dtype=torch.uint8"
WINDOWS = calls("6", "7", "0", "1", "2, sym=False", "8, sym=False, dtype=torch.float64")
NO_WINDOWS = calls("-1", "4, dtype=torch.int64", "4, dtype=torch.float16", "4, 3", "4, width=2")
OLDER = calls("6", "7, False", "0", "1", "2", "3, periodic=False", "4, dtype=torch.bfloat16")
NO_OLDER = calls("-1", "4, dtype=torch.int64", "4, dtype=torch.complex64", "", "4, width=2")
EMPTY = "y.zero_()"
TOLERANCES = ("", ", 0.5", ", rtol=0, atol=2.", ", equal_nan=True", ", 0, 0")
NEAR = plans(*((f"x={s}", more) for s in ("2x3 w=3", ". w=2", "0x3 w=3") for more in TOLERANCES))
FAR = plans(
    "x=2x3 w=2",
    *(("x=2 w=2", more) for more in (", rtol=-1.", ", atol=-1.", ", rtol=float('nan')")),
)


def window(name: str, *arguments: str, policy: Policy = SPACED, invalid: Any = ()) -> Row:
    given = (*WINDOWS, *calls("5, requires_grad=True", *(f"5, {more}" for more in arguments)))
    refused = (*NO_WINDOWS, *calls(*(f"5, {more}" for more in invalid)))
    return made(f"signal.windows.{name}", *given, policy=policy, dtypes=(), invalid=refused)


def older(name: str, *arguments: str, policy: Policy = SPACED) -> Row:
    given = (*OLDER, *calls(*arguments))
    return made(f"{name}_window", *given, policy=policy, dtypes=("float64",), invalid=NO_OLDER)


# fmt: off
ROWS: tuple[Row, ...] = (
    made("zeros", *calls(*SIZES), invalid=calls(*NO_SIZES,
         "2, requires_grad=True, dtype=torch.int64")),
    made("ones", *calls(*SIZES), invalid=calls(*NO_SIZES)),
    made("empty", *calls(*SIZES, "(2, 3, 1, 2), memory_format=torch.channels_last"), then=EMPTY,
         invalid=calls(*NO_SIZES, "2, memory_format=torch.channels_last")),
    made("full", *calls("(2, 3), 2", "(), 1.5", "[2], True", "(2,), -1.5", "(2,), 1j", "(0, 2), 3",
                        "(2,), -1, dtype=torch.uint8", "(2,), 2.5, requires_grad=True",
                        "2 * (2,), float('nan')", "(2,), torch.tensor(3.5)"),
         invalid=calls("2, 3", "(-1,), 2", "(2,), 'a'", "(2,), 300, dtype=torch.uint8", "(2,)",
                       "(2,), 1j, dtype=torch.float32", "(2,), float('nan'), dtype=torch.int64",
                       "(2,), 1e6, dtype=torch.float16", "(2,), torch.ones(2)")),
    made("scalar_tensor", *calls("2", "2.5", "True", "-1, dtype=torch.uint8",
         "1j, dtype=torch.complex64"),
         invalid=calls("1j", "300, dtype=torch.uint8", "'a'", "(1,)")),
    made("eye", *calls("3", "2, 4", "4, 2", "0", "0, 2", "1, requires_grad=True"),
         invalid=calls("-1", "2, -1", "2.5", "(2,)")),
    made("empty_strided", *STRIDED, then=EMPTY,
         invalid=calls("(2, 3), (1,)", "(2, 3), (-1, 1)", "(-2,), (1,)", "2, 1")),
    made("empty_permuted", *calls("(2, 3, 4), (2, 0, 1)", "(), ()", "(2, 0), (1, 0)"), then=EMPTY,
         invalid=calls("(2, 3), (0,)", "(2, 3), (-1, 0)", "(2, 3), (0, 0)", "(2, 3), (0, 2)")),

    # ranges
    made("arange", *calls("5", "5.", "2, 7", "7, 2, -2", "0.5, 4", "0, 1, 0.1", "-3, 1.5, 0.3",
         "3, 3", "40",
                          "1, 50, 3.", "0, 3, requires_grad=True, dtype=torch.float64",
                          "start=1, end=4",
                          "0.5, 4.2, 1.5, dtype=torch.uint8", "-2.5, 3, dtype=torch.int64"),
         dtypes=[d for d in DTYPES if "complex" not in d and d != "bool"],
         invalid=calls("0, 3, 0", "0, -1", "3, 5, -1", "float('inf')", "0, 5, float('nan')", "1j",
             "",
                       "0, 1, 0.5, dtype=torch.int64", "5, dtype=torch.bool",
                       "5, dtype=torch.complex64")),
    made("range", *calls("0, 5", "1, 4, 0.5", "5, 1, -2"), dtypes=("float64",),
         invalid=calls("0, 1, 0", "0, -1", "0, float('inf')")),
    made("linspace", *calls("0, 7, 20", "-2.5, 3.3, 33", "1, 0, 5", "2, 3, 1", "1, 2, 0",
         "1j, 2, 5",
                            "torch.tensor(1), 2, 3", "0, 1, steps=4, requires_grad=True"),
         policy=SPACED, dtypes=[d for d in DTYPES if d != "bool"],
         invalid=calls("0, 1, -1", "0, 1, 3, dtype=torch.bool", "0, 300, 3, dtype=torch.uint8",
                       "0, 1j, 3, dtype=torch.float32", "torch.ones(1), 2, 3", "0, 1, 2.5",
                       "0, 1")),
    made("logspace", *calls("0, 2, 20", "-2.5, 0.3, 33", "1, 0, 5, 2", "2, 3, 1", "1, 2, 0",
         "1j, 2, 5, 3",
                            "0, 1, 4, base=0.5, requires_grad=True"),
         policy=Policy("stable", k=16), dtypes=[d for d in DTYPES if d != "bool"],
         invalid=calls("0, 1, -1", "0, 1, 3, dtype=torch.bool", "0, 300, 3, dtype=torch.uint8",
                       "0, 1j, 3, dtype=torch.float32", "torch.ones(1), 2, 3", "0, 1, 2.5",
                       "0, 1")),

    # like others
    like("zeros_like", "", ", dtype=torch.int64", ", dtype=torch.complex64, requires_grad=True",
         invalid=over("2x3", ", memory_format=torch.channels_last",
         ", dtype=torch.int64, requires_grad=True")),
    like("ones_like", "", ", dtype=torch.bool", ", memory_format=torch.contiguous_format",
         invalid=over("2x3", ", memory_format=torch.channels_last", ", 2")),
    Row("empty_like", "x{a}", plans=over("2x3 . 0x3", "", ", dtype=torch.float64"), dtypes=NUMBERS,
        then="y.zero_()\nstrides = y.stride()", grad=False, invalid=over("2x3", ", 2")),
    like("full_like", ", 2", ", -2.5, dtype=torch.float32", ", True",
         ", float('inf'), dtype=torch.bfloat16",
         invalid=over("2x3", ", 'a'", "", ", 300, dtype=torch.uint8", ", 1j, dtype=torch.float64")),
    new("new_zeros", "2, 3", "()", "(0, 2)", "size=(2,)", invalid=over("2", "-1", "", "2.5")),
    new("new_ones", "2, 3", "()", "(0, 2)", "size=(2,)", invalid=over("2", "-1", "", "2.5")),
    new("new_empty", "2, 3", "()", "(0, 2)", then=EMPTY, invalid=over("2", "-1", "", "2.5")),
    new("new_full", "(2, 3), 2", "(), True", "[0], 1.5",
        invalid=over("2", "(-1,), 2", "2, 3", "(2,), 'a'", "(2,), 300, dtype=torch.uint8")),
    new("new_empty_strided", "(2, 3), (1, 2)", "(), ()", then=EMPTY,
        invalid=over("2", "(2, 3), (1,)", "(2,), (-1,)")),
    new("new_tensor", "[1, 2]", "2.5, dtype=torch.float64", "[[True], [False]]", invalid=over("2",
        "[1, [2]]", "'a'")),

    # windows
    window("bartlett"),
    window("blackman"),
    window("cosine"),
    window("exponential", "tau=3.", "center=1, sym=False", invalid=("tau=0", "tau=-1.",
        "center=1")),
    window("gaussian", "std=0.3", invalid=("std=0", "std=-1.")),
    window("hamming"),
    window("hann"),
    window("kaiser", "beta=0", "beta=2.5", policy=BESSEL, invalid=("beta=-1.",)),
    window("nuttall"),
    window("general_hamming", "alpha=0.3"),
    made("signal.windows.general_cosine",
         *calls("6, a=[0.5, 0.2]", "7, a=(0.1, 0.2, 0.3), sym=False", "1, a=[]",
                "5, a=[1], requires_grad=True"),
         policy=SPACED, dtypes=(),
         invalid=calls("4", "4, a=3.", "4, a=[]", "-1, a=[1]", "4, a=[1], dtype=torch.int64")),
    older("hann"),
    older("hamming", "5, True, 0.6", "5, False, 0.6, 0.3", "5, alpha=0.4"),
    older("blackman"),
    older("bartlett"),
    older("kaiser", "5, True, 4.", "5, beta=4., periodic=False", policy=BESSEL),

    # what is asked
    Row("equal", "x, w", plans=plans("x=2x3 w=2x3", "x=3 w=2x3", "x=0 w=0", "x=. w=."), grad=False,
        dtypes=NUMBERS, invalid=plans(("x=2", ", 2"))),
    Row("isclose", "x, w{a}", plans=NEAR, dtypes=NUMBERS, edges=True, grad=False, invalid=FAR),
    Row("allclose", "x, w{a}", plans=NEAR, dtypes=NUMBERS, grad=False, invalid=FAR),
)
# fmt: on
