"""Activations and softmax."""

from __future__ import annotations

from conformance.cases.catalog.kinds import (
    BOOLS,
    EXPONENTIAL,
    LOGARITHMIC,
    REALS,
    F,
    activation,
    along,
    ulps,
    unary,
)
from conformance.cases.inputs import over, plans
from conformance.cases.rows import FLOATS, Row
from conformance.judge import EXACT

# fmt: off
ROWS: tuple[Row, ...] = (
    # activations
    unary("relu",             dtypes=REALS),
    activation("relu",        dtypes=REALS),
    activation("relu6"),
    activation("hardtanh",    EXACT, "", ", -0.5, 0.5", ", 0, 0",
               invalid=(*BOOLS, *over("2", ", 2, 1"))),
    activation("leaky_relu",  ulps(1), "", ", 0.2", ", -0.5", ", 0"),
    activation("elu",         ulps(3), "", ", 0.5", ", -0.5"),
    activation("celu",        ulps(3), "", ", 0.5", ", -2", invalid=(*BOOLS, *over("2", ", 0"))),
    activation("selu",        ulps(3)),
    activation("gelu",        ulps(6, 2), "", ", approximate='tanh'",
               invalid=(*BOOLS, *over("2", ", approximate='sigmoid'"))),
    activation("silu",        ulps(4)),
    activation("mish",        ulps(6)),
    activation("softplus",    ulps(6), "", ", 2.0, 3.0", ", 0.5, -1"),
    activation("softsign",    ulps(2)),
    activation("tanhshrink",  ulps(2, 4)),
    activation("hardsigmoid", ulps(2, 2)),
    activation("hardswish",   ulps(4)),
    activation("hardshrink",  EXACT, "", ", 0", ", 1.5"),
    activation("softshrink",  ulps(1), "", ", 0", ", 1.5", invalid=(*BOOLS, *over("2", ", -1"))),
    activation("logsigmoid",  ulps(4)),
    activation("threshold",   EXACT, ", 0.5, -1.0", ", 0, 20",
               invalid=plans(("x=2?", ", 0.5, -1.0"), ("x=2", ", 1"))),
    activation("rrelu",       ulps(1), "", ", 0.1, 0.3",
               invalid=(*BOOLS, *over("2", ", 0.5, 0.1"))),
    activation("glu",         ulps(4), plans=over("2x4 6", "") + over("4x3", ", 0", ", -2"),
               dtypes=FLOATS, edges=False, invalid=over("3 . 2x3", "") + over("2", ", 1")),
    Row(F + "prelu", "x, w", ulps(1), invalid=plans("x=2x3 w=2", "x=2x3 w=1x3", "x=. w=3"),
        plans=plans("x=2x3 w=3", "x=2x3x4 w=1", "x=2x3x4 w=3", "x=. w=1", "x=. w=.", "x=3 w=1")),
    # softmax
    along("softmax",     EXPONENTIAL),
    along("log_softmax", LOGARITHMIC),
    along("logsumexp",   LOGARITHMIC),
    activation("softmin", EXPONENTIAL, plans=over("2x3 3", ", 0", ", -1"), edges=False),
)
# fmt: on
