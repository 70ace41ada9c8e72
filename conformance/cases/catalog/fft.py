"""Fourier transforms."""

from __future__ import annotations

from typing import Any

from conformance.cases.inputs import COMPLEX, Plan, over
from conformance.cases.rows import FLOATS, Row
from conformance.judge import Policy

TRANSFORM = Policy("normwise", k=16)
"""Butterflies round relative to the largest number that they meet."""

ONE = (
    *over("6 5 2x3 4x1x3", "", ", norm='ortho'", ", norm='forward'"),
    *over("2x3 4x5", ", 4", ", 2", ", dim=0", ", n=3, dim=-2"),
)
MANY = (
    *over("2x3 3x4x5", "", ", norm='ortho'", ", norm='forward'", ", s=(3, 2)", ", dim=(0, 1)"),
    *over("3x4x5", ", s=(2, 6), dim=(0, 2)", ", dim=(1,)", ", s=(-1, 3), dim=(2, 0)"),
)
TWO = over("2x3 3x4x5", "", ", s=(4, 2)", ", dim=(0, 1)", ", norm='ortho'")


def transform(name: str, plans: tuple[Plan, ...], *dtypes: str, **more: Any) -> Row:
    given = {"dtypes": dtypes or (*FLOATS, *COMPLEX, "int64"), "extreme": False, **more}
    invalid = over("2x3", ", dim=2" if plans is ONE else ", dim=(0, 2)", ", norm='none'")
    return Row(f"fft.{name}", "x{a}", TRANSFORM, plans=plans, invalid=invalid, **given)


REAL = (*FLOATS, "int64")
SHIFTS = (*over("5 4x3 2x3x4", "", ", 0"), *over("4x3", ", (0, -1)"))

# fmt: off
ROWS: tuple[Row, ...] = (
    transform("fft", ONE),
    transform("ifft", ONE),
    transform("rfft", ONE, *REAL),
    transform("irfft", ONE),
    transform("hfft", ONE),
    transform("ihfft", ONE, *REAL),
    transform("fftn", MANY),
    transform("ifftn", MANY),
    transform("rfftn", MANY, *REAL),
    transform("irfftn", MANY),
    transform("hfftn", MANY),
    transform("ihfftn", MANY, *REAL),
    transform("fft2", TWO),
    transform("ifft2", TWO),
    transform("rfft2", TWO, *REAL),
    transform("irfft2", TWO),
    transform("hfft2", TWO),
    transform("ihfft2", TWO, *REAL),
    Row("fft.fftshift", "x{a}", plans=SHIFTS, dtypes=(*FLOATS, *COMPLEX, "int64")),
    Row("fft.ifftshift", "x{a}", plans=SHIFTS, dtypes=(*FLOATS, *COMPLEX, "int64")),
)
# fmt: on
