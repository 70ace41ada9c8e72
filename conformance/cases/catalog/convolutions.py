"""Convolutions and sliding blocks."""

from __future__ import annotations

from conformance.cases.catalog.kinds import SUM, F, product
from conformance.cases.inputs import COMPLEX, over, plans
from conformance.cases.rows import FLOATS, NARROW, Row

KINDS = (*FLOATS, *NARROW, *COMPLEX, "int64")
LINE, PLANE, SOLID = "x=2x3x7 w=4x3x2", "x=2x3x6x5 w=4x3x3x2", "x=1x2x4x3x5 w=3x2x2x1x3"
GROUPED = "x=2x4x6x5 w=6x2x3x2 b=6"
BACK_LINE, BACK_PLANE = "x=2x3x4 w=3x2x3", "x=2x3x4x2 w=3x5x2x3"
BACK_SOLID = "x=1x2x3x2x4 w=2x3x2x1x3"

# fmt: off
ROWS: tuple[Row, ...] = (
    product(F + "conv1d", plans(LINE, (LINE, ", stride=2, padding=1"), (LINE, ", dilation=3"),
                                (LINE + " b=4", ", b"), (LINE, ", padding='same'"),
                                "x=3x7 w=4x3x2", "x=0x3x7 w=4x3x2"),
            dtypes=KINDS, invalid=plans("x=2x4x7 w=4x3x2", "x=7 w=4x3x2", "x=2x3x1 w=4x3x2",
                                         (LINE + " b=3", ", b"), (LINE, ", stride=0"),
                                         (LINE, ", padding=-1"), (LINE, ", padding='other'"),
                                         (LINE, ", stride=2, padding='same'"))),
    product(F + "conv2d", plans(PLANE, (PLANE, ", stride=(2, 1), padding=(0, 1)"),
                                (PLANE + " b=4", ", b, dilation=(1, 2)"),
                                (GROUPED, ", b, 2, 1, groups=2"), (PLANE, ", padding='same'"),
                                "x=3x6x5 w=4x3x3x2"),
            dtypes=KINDS, invalid=plans("x=2x3x6 w=4x3x3x2x2", (PLANE, ", groups=3"),
                                         (PLANE, ", stride=(1, 1, 1)"), (PLANE, ", dilation=0"),
                                         (PLANE, ", groups=0"), ("x=3x5 w=4x3x3x2", ""))),
    product(F + "conv3d", plans(SOLID, (SOLID + " b=3", ", b, stride=2, padding=(1, 0, 1)"),
                                (SOLID, ", padding='same'"), "x=2x4x3x5 w=3x2x2x1x3"),
            dtypes=KINDS, invalid=plans("x=2x4x5 w=3x2x2x1x3")),
    product(F + "conv_transpose1d", plans(BACK_LINE, (BACK_LINE + " b=2", ", b, 2, 1, 1"),
                                          (BACK_LINE, ", dilation=2"), "x=3x4 w=3x2x3"),
            dtypes=KINDS, invalid=plans("x=2x2x4 w=3x2x3", (BACK_LINE, ", output_padding=1"),
                                         (BACK_LINE + " b=3", ", b"), "x=4 w=3x2x3")),
    product(F + "conv_transpose2d", plans(BACK_PLANE, (BACK_PLANE + " b=5",
                                                       ", b, (2, 3), 1, (1, 2)"),
                                          ("x=2x4x3x2 w=4x3x2x2", ", groups=2, dilation=(2, 1)"),
                                          (BACK_PLANE, ", None, 1, 0, 2, 1, 3"),
                                          "x=3x4x2 w=3x5x2x3"),
            dtypes=KINDS, invalid=plans((BACK_PLANE, ", groups=2"),
                                         (BACK_PLANE, ", output_padding=-1"),
                                         (BACK_PLANE, ", stride=(2, 2, 2)"))),
    product(F + "conv_transpose3d", plans(BACK_SOLID, (BACK_SOLID + " b=3", ", b, 2, 0, (1, 0, 1)"),
                                          "x=2x3x2x4 w=2x3x2x1x3"),
            dtypes=KINDS, invalid=plans((BACK_SOLID, ", output_padding=1"))),
    product("convolution", plans((PLANE + " b=4", ", b, [2, 1], [1, 0], [1, 2], False, [0, 0], 1"),
                                 (BACK_PLANE, ", None, [2], [1], [1], True, [1], 1")),
            dtypes=KINDS),
    Row(F + "unfold", "x{a}", dtypes=(*FLOATS, *NARROW, *COMPLEX),
        plans=over("2x3x4x5 3x4x5", ", 2", ", (3, 2), 1, (1, 0), (1, 2)", ", 2, dilation=(1, 2)"),
        invalid=(*over("2x3x4x5", ", 7", ", 0", ", 2, 0", ", 2, 1, -1", ", (1, 2, 3)"),
                 *over("4x5", ", 2"))),
    Row(F + "fold", "x{a}", SUM, dtypes=(*FLOATS, *NARROW, *COMPLEX),
        plans=(*over("2x12x12", ", (4, 5), 2"), *over("12x12", ", (4, 5), (2, 2)"),
               *over("2x6x9", ", (4, 6), (3, 2), 1, (1, 0), (2, 2)")),
        invalid=over("2x6x9", ", (4, 5), 2", ", (4, 5), (3, 2)", ", (4, 6), (3, 2), 0")),
)
# fmt: on
