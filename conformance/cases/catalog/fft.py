"""Fourier transforms."""

from __future__ import annotations

from typing import Any

from conformance.cases.inputs import COMPLEX, Plan, over, plans
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
SHORT = (
    *over("20 2x20", ", 8", ", 7, 3, normalized=True", ", 6, win_length=5, center=False"),
    *over("20 2x19", ", 8, 3, 4, center=False, align_to_window=True", ", 5, pad_mode='constant'"),
    *over("20", ", 8, onesided=False", ", 1, 1", ", 40, 5"),
    *plans(("x=20 w=8", ", 8, window=w"), ("x=2x20 w=6", ", 8, 5, 6, w, pad_mode='replicate'")),
    *plans(("x=1x20 w=5", ", 8, 3, 5, w, False, normalized=True, align_to_window=True")),
)
NO_WINDOWS = (
    *over("20", ", 0", ", 8, 0", ", 8, win_length=9", ", 8, align_to_window=True", ", 50"),
    *over("20", ", 21, center=False", ", 8, pad_mode='none'"),
    *over("2x3x20 . 0 1x0", ", 8"),
    *plans(("x=20 w=5", ", 8, window=w"), ("x=20 w=1x8", ", 8, window=w")),
)
BACK = (
    *over("5x11 2x5x11", ", 8", ", 8, 3, normalized=True", ", 8, length=15", ", 8, length=22"),
    *over("8x6", ", 8", ", 8, return_complex=True", ", 8, 3, center=False"),
    *plans(("x=5x11 w=6", ", 8, 2, 6, w.abs()"), ("x=1x5x9 w=8", ", 8, 3, window=w.abs()")),
)
NO_SPECTRA = (
    *over("5x11", ", 6", ", 8, 9", ", 8, 0", ", 8, 3, 2", ", 8, 8, 9", ", 8, onesided=False"),
    *over("5x11", ", 8, return_complex=True", ", 8, 2, length=60", ", 8, 2, 4, center=False"),
    *over("5 5x0 2x1x5x11", ", 8"),
    *plans(("x=5x11 w=5", ", 8, window=w"), ("x=5x11 w=8", ", 8, window=w")),
)
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
    Row("stft", "x{a}, return_complex=True", TRANSFORM, plans=SHORT, invalid=NO_WINDOWS,
        dtypes=(*FLOATS, *COMPLEX), extreme=False),
    Row("istft", "x{a}", TRANSFORM, plans=BACK, invalid=NO_SPECTRA, also={"w": "positive"},
        dtypes=COMPLEX, extreme=False),
    Row("fft.fftshift", "x{a}", plans=SHIFTS, dtypes=(*FLOATS, *COMPLEX, "int64")),
    Row("fft.ifftshift", "x{a}", plans=SHIFTS, dtypes=(*FLOATS, *COMPLEX, "int64")),
)
# fmt: on
