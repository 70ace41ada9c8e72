"""Padding, and shuffles of pixels and channels."""

from __future__ import annotations

from conformance.cases.catalog.kinds import NUMBERS, F, moves
from conformance.cases.inputs import over
from conformance.cases.rows import Row
from conformance.judge import Policy

MODES = ("reflect", "replicate", "circular")

# fmt: off
ROWS: tuple[Row, ...] = (
    Row(F + "pad", "x{a}", Policy("accumulate", k=2), dtypes=NUMBERS,
        plans=(*over("2x3", ", (1, 2)", ", (-1, 1)", ", (1, -1, 0, 2), 'constant', 0.5"),
               *over("2x3x4 3x4", *(f", (1, 2), '{mode}'" for mode in MODES)),
               *over("2x3x4x5", *(f", (1, 2, -1, 2), '{mode}'" for mode in MODES)),
               *over("1x2x3x4x5", *(f", (1, 2, 0, 1, 2, 1), '{mode}'" for mode in MODES))),
        invalid=(*over("2x3x4", *(f", (1,), '{mode}'" for mode in MODES), ", (5, 5), 'reflect'",
                       ", (5, 5), 'circular'", ", (1, 1), 'reflect', 1.0"),
                 *over("2x3x4x5", ", (1, 1, 1, 1, 1, 1, 1, 1), 'reflect'"))),
    moves("pixel_shuffle", *over("2x8x2x3 8x2x3", ", 2"), invalid=over("3x2x2", ", 2", ", 0")),
    moves("pixel_unshuffle", *over("2x3x4x6 3x4x6", ", 2"), invalid=over("3x3x2 3x2x3", ", 2")),
    moves("channel_shuffle", *over("2x6x3x4", ", 2", ", 3"), invalid=over("2x6x3", ", 4", ", 0")),
)
# fmt: on
