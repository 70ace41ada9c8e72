"""Random numbers, to the bit: new tensors of them, fills in place, samples, dropout."""

from __future__ import annotations

from typing import Any

from conformance.cases.catalog.creation import calls
from conformance.cases.catalog.kinds import REALS, F, ulps
from conformance.cases.inputs import COMPLEX, Plan, over, plans
from conformance.cases.rows import FLOATS, NARROW, Row

DRAWN = (*FLOATS, *NARROW)
SIZES = ("5", "17", "3, 8", "()", "0, 3", "size=(2, 2)")


def drawn(op: str, *arguments: str, dtypes: Any = DRAWN, invalid: tuple[Plan, ...] = ()) -> Row:
    """From nothing: the arguments as they are, and the first in each dtype."""
    each = [f"{more}, dtype=torch.{d}" for more in arguments[:2] for d in dtypes]
    return Row(op, "{a}", plans=calls(*arguments, *each), dtypes=("float32",), grad=False,
               invalid=invalid, random=True)  # fmt: skip


def fill(name: str, *arguments: str, invalid: tuple[str, ...] = (), **more: Any) -> Row:
    """In place, on both sides of the sixteen elements from which on PyTorch draws in blocks; in
    copies, and in every second column of a copy."""
    given = plans(
        *(
            (f"x={s}", f".clone().{name}({a})")
            for s in ("3", "4x5x2", ".", "0x3")
            for a in arguments
        ),
        *((f"x={s}", f".clone()[..., ::2].{name}({arguments[0]})") for s in ("2x4", "5x8")),
    )
    refused = over("3", *(f".clone().{name}({a})" for a in invalid))
    named = {"plans": given, "invalid": refused, "dtypes": DRAWN, "extreme": False, **more}
    return Row(f"Tensor.{name}", "x{a}", **named, random=True)


def of(op: str, *given: Plan, **more: Any) -> Row:
    return Row(op, "{a}", plans=given, random=True, **{"dtypes": DRAWN, **more})


def like(op: str, *arguments: str, **more: Any) -> Row:
    given = over("3 4x5 . 0x3", *arguments)
    return Row(
        op, "x{a}", plans=given, random=True, grad=False, **{"dtypes": (*DRAWN, *COMPLEX), **more}
    )


def dropout(op: str, shapes: str, *arguments: str, **more: Any) -> Row:
    given = over(shapes, "", ", 0.3, True", ", 1., True", ", 0., True", ", 0.7, False", *arguments)
    refused = over(shapes.split(maxsplit=1)[0], ", -0.1", ", 1.5")
    return Row(
        F + op, "x{a}", ulps(2), plans=given, invalid=refused, dtypes=DRAWN, random=True, **more
    )


MEANS = plans(("x=3x6", "x, 2., "), ("x=3x6 w=6", "x, w"), ("w=20", "1.5, w"))

# fmt: off
ROWS: tuple[Row, ...] = (
    drawn("rand", *SIZES, dtypes=(*DRAWN, *COMPLEX), invalid=calls("-1", "2, dtype=torch.int64",
        "2.5")),
    drawn("randn", *SIZES, "3, requires_grad=True", dtypes=(*DRAWN, *COMPLEX),
          invalid=calls("-1", "2, dtype=torch.int64", "2.5", "2, dtype=torch.bool")),
    drawn("randint", "10, (5,)", "-3, 4, (4, 5)", "0, 2**40, (3,)", "high=3, size=(2,)", "1, ()",
        "5, (0,)",
          "low=2, high=5, size=(20,)", dtypes=(*REALS, "int8"),
          invalid=calls("0, (2,)", "3, 1, (2,)", "300, (2,), dtype=torch.uint8", "2., (2,)", "3",
                        "3, (2,), dtype=torch.complex64", "0, 2, (-1,)")),
    drawn("randperm", "6", "20", "0", "1", dtypes=(*REALS, "int8"),
          invalid=calls("-1", "2.5", "300, dtype=torch.uint8", "3, dtype=torch.bool",
          "3, dtype=torch.complex64",
                        "2050, dtype=torch.float16")),
    like("rand_like", "", ", dtype=torch.float64", invalid=over("3", ", dtype=torch.int64")),
    like("randn_like", "", ", dtype=torch.float64", invalid=over("3", ", dtype=torch.int64")),
    like("randint_like", ", 10", ", -3, 4", ", 5, dtype=torch.int64", dtypes=REALS,
        invalid=over("3", ", 0", ", 3, 1")),

    # in place
    fill("uniform_", "", "-2, 3", "to=3.5", dtypes=(*DRAWN, *COMPLEX), invalid=("3, 2",
         "0, float('inf')", "'a'")),
    fill("normal_", "", "2, 0.5", "std=3.", "1, 0", dtypes=(*DRAWN, *COMPLEX), invalid=("0, -1",
        "'a'")),
    fill("exponential_", "", "0.5", "lambd=3.", invalid=("0", "-1.")),
    fill("cauchy_", "", "2, 0.5", "sigma=3.", invalid=("0, 0", "0, -1.")),
    fill("geometric_", "0.3", "0.9", "p=0.5", dtypes=REALS, invalid=("0", "1", "1.5", "")),
    fill("log_normal_", "", "0.5, 0.25", "std=1.", invalid=("0, 0", "0, -1.")),
    fill("random_", "", "5", "-3, 4", "1, to=9", "0, 2**40", dtypes=(*FLOATS, "bfloat16", "int64",
        "int32"),
         invalid=("0", "3, 2", "'a'")),
    fill("bernoulli_", "", "0.3", "0", "1.", "p=0.7", dtypes=REALS, invalid=("1.5", "-0.1",
        "float('nan')")),

    # from what tensors say
    of("normal", *MEANS, *plans(("x=3", "x.relu(), x.abs()")), *calls("0., 1., (3,)",
         "0, 2.5, (4, 5)", "1, 0, ()"),
       also={"w": "positive"}, extreme=False,
       invalid=plans(("x=3", "x, -1."), ("w=3", "0., -w"), ("x=3 w=2", "x, w"), ("x=3", "x"),
           ("x=3", "1., 2."))),
    of("bernoulli", *over("3 4x5 . 0x3", "x"), *over("3 4x5", "x, 0.3", "x, p=1."), domain="unit",
        extreme=False,
       invalid=plans(("x=3", "x + 1"), ("x=3", "-x"), ("x=3", "x, 1.5"), ("x=3", "x.long()"))),
    of("poisson", *over("3 4x5 . 0x3", "x", "x * 20"), domain="positive", extreme=False,
       invalid=plans(("x=3", "-x"), ("x=3", "x.long()"))),
    of("multinomial", *over("5 3x4", "x, 3", "x, 1", "x, 8, True", "x, 4, replacement=False"),
        domain="positive",
       dtypes=FLOATS, grad=False, extreme=False,
       invalid=plans(("x=3", "x, 4"), ("x=3", "x, 0"), ("x=3", "-x, 2"), ("x=3", "x * 0, 2"),
           ("x=3", "x / 0, 2, True"),
                     ("x=2x3x2", "x, 1"), ("x=3", "x.long(), 1"), ("x=.", "x, 1"))),

    # dropout
    dropout("dropout", "5 4x5 . 0x3", ", 0.3, True, True"),
    dropout("alpha_dropout", "5 4x5 . 0x3"),
    dropout("dropout1d", "2x3x4 5x4"),
    dropout("dropout2d", "2x3x2x2 3x5x2"),
    dropout("dropout3d", "2x3x2x1x2 3x2x2x2"),
    dropout("feature_alpha_dropout", "2x3x2 5x4"),
)
# fmt: on
