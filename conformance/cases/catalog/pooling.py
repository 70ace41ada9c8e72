"""Pooling. The strides of a result belong to what is promised: channels that are last stay so."""

from __future__ import annotations

from conformance.cases.catalog.kinds import F
from conformance.cases.inputs import INTEGERS, Plan, over
from conformance.cases.rows import FLOATS, NARROW, Row
from conformance.judge import Policy

AVERAGE = Policy("accumulate", k=2)
LARGEST = Policy("exact", k=1)
"""Of its inputs to the bit; in 16 bits its gradients are sums of what was already rounded."""
LINE, PLANE, SOLID = "2x3x7 3x7", "2x3x6x5 3x6x5 0x3x6x5", "1x2x4x5x6 2x4x5x6"
SHAPES = {1: LINE, 2: PLANE, 3: SOLID}
FLAT = {1: "7 2x3x7x1 2x0x7 2x3x0", 2: "6x5 1x2x3x6x5 2x0x6x5 2x3x0x5", 3: "4x5x6 2x0x4x5x6"}
"""Of too few dimensions, of too many, and empty."""
BOTH = (*FLOATS, *NARROW)
STRIDES = "strides = (y[0] if isinstance(y, tuple) else y).stride()"
LAST = {1: "x.transpose(1, 2).contiguous().transpose(1, 2)",
        2: "x.contiguous(memory_format=torch.channels_last)",
        3: "x.contiguous(memory_format=torch.channels_last_3d)"}  # fmt: skip
WINDOWS = ("2", "3, 2, 1", "3, 2, 1, ceil_mode=True", "3, 1, 1", "2, 3", "2, 3, ceil_mode=True")
NO_WINDOWS = ("0", "2, 0", "2, 2, 2", "2, 2, -1", "9", "(2, 2, 2, 2)", "2, -1")


def windows(dims: int, *arguments: str, last: bool = True) -> tuple[Plan, ...]:
    """Over inputs with and without a batch, and over one whose channels are last."""
    batch = SHAPES[dims].split()[0]
    return (
        *over(SHAPES[dims], *(f"x, {more}" for more in arguments)),
        *(over(batch, *(f"{LAST[dims]}, {more}" for more in arguments)) if last else ()),
    )


def refused(dims: int, *arguments: str) -> tuple[Plan, ...]:
    shapes = over(FLAT[dims], f"x, {arguments[0]}")
    return (*shapes, *over(SHAPES[dims].split()[0], *(f"x, {more}" for more in arguments[1:])))


def pool(name: str, dims: int, *rows: tuple[Plan, ...], **more: object) -> Row:
    given = {"policy": LARGEST, "dtypes": BOTH, "then": STRIDES, **more}
    return Row(f"{name}{dims}d", "{a}", plans=rows[0], invalid=rows[1], **given)  # type: ignore[arg-type]


def rows_of(dims: int) -> tuple[Row, ...]:
    both = ("2", f"({', '.join('3121'[:dims])},)")
    over_some = windows(dims, *WINDOWS, "3, 2, 1, True, False")
    over_some += windows(dims, "2, divisor_override=3", "3, 2, 1, False, False, -2") * (dims > 1)
    dilated = windows(dims, *WINDOWS, "2, 1, 1, 2", "3, 1, 0, 2, True", "2, return_indices=True")
    return (
        pool(F + "avg_pool", dims, over_some, refused(dims, "2", *NO_WINDOWS), policy=AVERAGE,
             domain="moderate", dtypes=(*BOTH, "int64") if dims < 3 else (*FLOATS, "int64")),
        pool(F + "max_pool", dims, dilated, refused(dims, "2", *NO_WINDOWS, "2, 1, 0, 0"),
             dtypes=BOTH if dims == 1 else (*BOTH, *INTEGERS)),
        pool(F + "adaptive_avg_pool", dims, windows(dims, "1", "3", "9", *both[1:]),
             refused(dims, "2", "-1", "(1, 2, 3, 4)"), policy=AVERAGE, domain="moderate"),
        pool(F + "adaptive_max_pool", dims, windows(dims, "1", "3", "9", "2, True", *both[1:]),
             refused(dims, "2", "-1", "(1, 2, 3, 4)")),
        pool(F + "lp_pool", dims,
             windows(dims, "2.0, 2", "3.0, 3, 2", "1, 2, ceil_mode=True", "float('inf'), 2",
                     "-float('inf'), 2", "-1.0, 2", "0.5, 2"),
             refused(dims, "2.0, 2", "2.0, 0", "0.0, 2", "0, 2"), policy=Policy("stable", k=16),
             domain="above one", dtypes=(*FLOATS, "bfloat16") if dims < 3 else FLOATS),
    )  # fmt: skip


def unpooled(dims: int) -> Row:
    """Each number goes to a place of its own: of several in one place the last stays."""
    shape, wide = {1: ("2x3x3", 6), 2: ("2x3x2x3", 24), 3: ("1x2x2x1x3", 48)}[dims]
    size = {1: "(7,)", 2: "(5, 7)", 3: "(4, 3, 7)"}[dims]
    _, channels, *rest = shape.split("x")
    places = f"torch.arange(x.numel()).reshape(x.shape) % {wide // 2}"
    calls = (f"x, {places}, 2", f"x, {places}, 2, output_size={size}", f"x, {places}, 3, 2, 1")
    wrong = (f"x, {places} + {9 * wide}, 2", f"x, {places}, 2, output_size=(50,)", "x, x, 2")
    alone = "x".join((channels, *rest))
    valid = over(f"{shape} {alone}", *calls[:1]) + over(shape, *calls[1:])
    return pool(F + "max_unpool", dims, valid, over(shape, *wrong) + over(rest[0], calls[0]))


def fractional(dims: int) -> Row:
    shapes = SHAPES[dims]
    samples = {2: "[[0.9, 0.1], [0.3, 0.7], [0.0, 0.5]]", 3: "[[0.9, 0.1, 0.5], [0.3, 0.7, 0.0]]"}[
        dims
    ]
    given = f"_random_samples=torch.tensor([{samples}] * 2).to(x.dtype)"
    ratio = f"({', '.join(['0.5', '0.7', '0.5'][:dims])})"
    calls = ("x, 2, 2", f"x, 2, output_ratio={ratio}", "x, 3, 2, return_indices=True", "x, 1, 1")
    wrong = (
        *["x, 2, output_ratio=0.5"] * (dims == 2),
        "x, 2",
        "x, 9, 2",
        "x, 2, 5",
        "x, 2, 3, _random_samples=torch.rand(1, 1, 1)",
    )
    return pool(F + "fractional_max_pool", dims, over(shapes, *(f"{c}, {given}" for c in calls)),
                (*over(shapes.split()[0], *wrong), *over(FLAT[dims], "x, 2, 2")))  # fmt: skip


ROWS: tuple[Row, ...] = (
    *(row for dims in (1, 2, 3) for row in rows_of(dims)),
    *(unpooled(dims) for dims in (1, 2, 3)),
    *(fractional(dims) for dims in (2, 3)),
)
