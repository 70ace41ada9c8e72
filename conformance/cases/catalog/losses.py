"""Losses and distances."""

from __future__ import annotations

from conformance.cases.catalog.kinds import CLASSES, LOGARITHMIC, STABLE, F, loss
from conformance.cases.inputs import over, plans
from conformance.cases.rows import FLOATS, NARROW, Row

# fmt: off
ROWS: tuple[Row, ...] = (
    # losses
    loss("mse_loss", dtypes=(*FLOATS, *NARROW)),
    loss("l1_loss",  dtypes=(*FLOATS, *NARROW)),
    loss("smooth_l1_loss"),
    loss("huber_loss"),
    loss("soft_margin_loss"),
    loss("binary_cross_entropy", "unit"),
    loss("binary_cross_entropy_with_logits", also={"w": "unit"}),
    loss("kl_div", "log-probability", also={"w": "unit"}),
    loss("poisson_nll_loss", also={"w": "positive"}),
    Row(F + "nll_loss", "x, t{a}", STABLE, "log-probability", CLASSES, dtypes=FLOATS),
    Row(F + "cross_entropy", "x, t{a}", LOGARITHMIC, dtypes=FLOATS, invalid=plans("x=2x3 t=3<3"),
        plans=CLASSES + plans(("x=4x3 t=4<3", ", label_smoothing=0.1"))),
    Row(F + "normalize", "x{a}", STABLE, dtypes=FLOATS,
        plans=over("2x3 4", ", dim=0", ", p=1.0, dim=-1")),
    Row(F + "cosine_similarity", "x, w, dim=-1", STABLE, dtypes=FLOATS,
        plans=plans("x=2x3 w=2x3", "x=2x3 w=3")),
)
# fmt: on
