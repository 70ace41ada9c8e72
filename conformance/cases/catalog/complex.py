"""Complex numbers: their parts, their conjugates, tensors of pairs."""

from __future__ import annotations

from conformance.cases.catalog.kinds import NUMBERS, moves, ulps
from conformance.cases.inputs import COMPLEX, over, plans
from conformance.cases.rows import FLOATS, Row

PARTS = plans("x=2x3 w=2x3", "x=2x1 w=3", "x=. w=2", "x=0x3 w=3", "x=. w=.")
NO_PARTS = plans("x=2x3 w=2", ("x=2 w=2", ".double().half()"), ("x=2 w=2", ".to(torch.int64)"))
ROW_MAJOR = ("row-major", "offset")

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("complex", "x, w{a}", plans=PARTS, dtypes=FLOATS, edges=True, invalid=NO_PARTS),
    Row("polar", "x, w{a}", ulps(2), "moderate", PARTS, dtypes=FLOATS, invalid=NO_PARTS,
        extreme=False),
    moves("real", *over("2x3 . 0x3"), dtypes=NUMBERS),
    moves("imag", *over("2x3 . 0x3"), dtypes=COMPLEX),
    moves("conj", *over("2x3 . 0x3"), dtypes=NUMBERS),
    moves("resolve_conj", *over("2x3 .", "", ".conj()"), dtypes=NUMBERS),
    moves("resolve_neg", *over("2x3 .", "", ".conj().imag"), dtypes=COMPLEX),
    moves("view_as_real", *over("2x3 . 0x3"), dtypes=COMPLEX, invalid=over("2x3", ".real",
        ".conj()")),
    moves("view_as_complex", *over("3x2 2 2x3x2 0x2"), dtypes=FLOATS, layouts=ROW_MAJOR,
          invalid=over("2x3 . 3x1", "", ".to(torch.int64)")),
)
# fmt: on
