"""Interpolation, and sampling at given places."""

from __future__ import annotations

from conformance.cases.catalog.kinds import F
from conformance.cases.inputs import Plan, over, plans
from conformance.cases.rows import FLOATS, NARROW, Row
from conformance.judge import Policy

PLACED = Policy("normwise", k=32)
"""The place of an output among its inputs is computed in the same arithmetic, which leaves weights
an error of some units of 1, whatever they are: so the error is relative to the largest input."""

AROUND = {"w": "symmetric"}
PLANES, SOLIDS = "x=2x3x4x5 w=2x3x2x2", "x=2x2x3x4x2 w=2x2x1x3x3"

NEAREST = (", 7", ", scale_factor=0.6", ", scale_factor=2")
RESIZED = (", (3, 8)", ", scale_factor=(2, 0.7)", ", (7, 4), align_corners=True",
           ", scale_factor=1.3, recompute_scale_factor=True", ", (4, 9)")  # fmt: skip


def modes(shape: str, *names: str, arguments: tuple[str, ...] = NEAREST) -> tuple[Plan, ...]:
    return over(shape, *(f"{a}, mode='{name}'" for name in names for a in arguments))


# fmt: off
ROWS: tuple[Row, ...] = (
    Row(F + "interpolate", "x{a}", PLACED, dtypes=(*FLOATS, *NARROW),
        plans=(*modes("2x3x5", "nearest", "nearest-exact", "area"),
               *modes("2x3x5", "linear", arguments=(*NEAREST, ", 8, None, align_corners=True")),
               *modes("2x3x4x5", "nearest", "nearest-exact", "area"),
               *modes("2x3x4x5", "bilinear", "bicubic", arguments=RESIZED),
               *modes("1x2x3x4x2", "nearest", "nearest-exact", "area"),
               *modes("1x2x3x4x2", "trilinear", arguments=(
                   ", (2, 6, 3)", ", scale_factor=1.7", ", (4, 3, 5), align_corners=True")),
               *over("0x2x3x4", ", (2, 5)", ", 6, mode='bilinear'")),
        invalid=(*over("2x3x5", ", (2, 3)", ", 0", ", scale_factor=-1", ", 4, mode='bilinear'", "",
                       ", 4, 2", ", 4, align_corners=True", ", 4, mode='bicubic'", ", 2.5",
                       ", 4, mode='other'", ", 4, recompute_scale_factor=True",
                       ", 4, mode='linear', antialias=True", ", scale_factor=(1, 2)"),
                 *over("2x3x4x5", ", 4, mode='linear'", ", 4, mode='trilinear'", ", (2.0, 3.0)",
                       ", 4, mode='lanczos'",
                       ", 4, mode='lanczos', antialias=True, align_corners=True"),
                 *over("3 2x3 2x0x4", ", 4"), *over("2x3x0", ", 4", ", 4, mode='linear'"))),
    Row(F + "upsample", "x{a}", PLACED, dtypes=FLOATS,
        plans=over("2x3x4x5", ", 6, None, 'bilinear', True", ", (3, 7)", ", None, 1.5, 'bicubic'"),
        invalid=over("2x3x4x5", "", ", 3, mode='linear'")),
    Row(F + "upsample_nearest", "x{a}", dtypes=(*FLOATS, *NARROW, "uint8"),
        plans=(*over("2x3x4x5 2x3x5", ", 7", ", scale_factor=2"), *over("2x3x4x5", ", (3, 9)")),
        invalid=over("2x3x4x5", "", ", (1, 2, 3)", ", 0")),
    Row(F + "upsample_bilinear", "x{a}", PLACED, dtypes=(*FLOATS, *NARROW),
        plans=over("2x3x4x5", ", 7", ", (3, 1)", ", scale_factor=(2, 1.5)", ", scale_factor=1.2"),
        invalid=over("2x3x5 2x3x4x5", ", (1, 2, 3)", ", 0")),
    Row(F + "grid_sample", "x, w{a}", PLACED, also=AROUND,
        plans=plans(*((shapes, f", '{mode}', '{padding}', {corners}")
                      for shapes, modes in ((PLANES, ("bilinear", "nearest", "bicubic")),
                                            (SOLIDS, ("bilinear", "nearest")))
                      for mode in modes for padding in ("zeros", "border", "reflection")
                      for corners in (False, True)), "x=0x3x4x5 w=0x3x2x2"),
        invalid=plans((PLANES, ", 'linear'"), (PLANES, ", 'nearest', 'circular'"),
                      (SOLIDS, ", 'bicubic'"), "x=2x3x4x5 w=1x3x2x2", "x=2x3x4x5 w=2x3x2x3",
                      "x=2x3x4x5 w=2x2x1x3x3", "x=2x3x0x5 w=2x3x2x2", "x=2x3x4 w=2x3x2")),
    Row("grid_sampler", "x, w{a}", PLACED, also=AROUND, dtypes=FLOATS,
        plans=plans((PLANES, ", 0, 0, False"), (SOLIDS, ", 1, 2, True")),
        invalid=plans((SOLIDS, ", 2, 0, True"))),
    Row("grid_sampler_2d", "x, w{a}", PLACED, also=AROUND, dtypes=FLOATS,
        plans=plans((PLANES, ", 2, 1, True")), invalid=plans((SOLIDS, ", 0, 0, True"))),
    Row("grid_sampler_3d", "x, w{a}", PLACED, also=AROUND, dtypes=FLOATS,
        plans=plans((SOLIDS, ", 0, 1, False")), invalid=plans((PLANES, ", 0, 0, True"))),
    Row(F + "affine_grid", "x{a}", PLACED,
        plans=(*over("2x2x3", ", (2, 3, 4, 5), False", ", (2, 1, 3, 2), True",
                     ", (2, 3, 1, 5), False"),
               *over("2x3x4", ", (2, 1, 2, 3, 4), False", ", (2, 1, 4, 1, 2), True")),
        invalid=(*over("2x2x3", ", (2, 3, 4), False", ", (2, 3, 4, 5, 6), False",
                       ", (2, 3, 0, 5), False"),
                 *over("2x3x3 2x6", ", (2, 3, 4, 5), False"))),
)
# fmt: on
