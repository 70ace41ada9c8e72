"""Losses and distances. Targets and weights of which PyTorch has no derivatives are detached."""

from __future__ import annotations

from conformance.cases.catalog.kinds import LOGARITHMIC, NUMBERS, STABLE, F, loss
from conformance.cases.inputs import Plan, over, plans
from conformance.cases.rows import FLOATS, NARROW, Row
from conformance.judge import Policy

CANCELLING = Policy("stable", k=4, floor=16)
"""Differences of terms that do not show in the result: of hinges, of exp(x) and w * x."""
LOGITS = Policy("stable", k=4, floor=8)
"""Logarithms of sums of exponentials of products: the roundings of the products count too."""
ALIGNED = Policy("stable", k=1024)
"""Exponentials of logarithms of up to hundreds, each rounded: as many units in the last place."""
QUOTIENT = Policy("stable", k=4, floor=256)
"""Derivatives of x / norm(x) are differences of powers of 1 / norm(x)."""
REDUCTIONS = ("", ", reduction='sum'", ", reduction='none'")
BOTH = (*FLOATS, *NARROW)


def each(inputs: str, *arguments: str) -> tuple[Plan, ...]:
    return plans(*((inputs, more) for more in arguments))


def pairs(*arguments: str, shapes: str = "2x3 4 .") -> tuple[Plan, ...]:
    """Two inputs of one shape in every reduction, and with the arguments; no mean of nothing."""
    alike = (each(f"x={s} w={s}", *REDUCTIONS) for s in shapes.split())
    return sum(alike, ()) + each("x=0x3 w=0x3", *REDUCTIONS[1:]) + each("x=2x3 w=2x3", *arguments)


def weighted(*arguments: str) -> tuple[Plan, ...]:
    given = (", weight=v.detach()", ", reduction='sum', weight=v.detach()", *arguments)
    return each("x=2x3 w=2x3 v=2x3", *given) + plans("x=2x3 w=3")


WRONG = (*plans("x=2x3 w=2"), *each("x=2x3 w=2x3", ", reduction='all'"))
WRONG_WEIGHT = each("x=2x3 w=2x3 v=3", ", weight=v.detach()")
UNEQUAL = (*plans("x=2x3 w=3"), *each("x=2x3 w=2x3", ", reduction='all'"))

CLASSES = (
    *each("x=2x3 t=2<3", *(f"t{more}" for more in REDUCTIONS)),
    *each("x=4x3 t=4<3", "t, ignore_index=1", "t, ignore_index=1, reduction='sum'"),
    *each("x=4x3 t=4<-1:3", "t, ignore_index=-1", "t, ignore_index=-1, reduction='none'"),
    *each("x=3 t=.<3", "t", "t, reduction='none'"),
    *each("x=2x3x4 t=2x4<3", "t", "t, reduction='none'", "t, ignore_index=2, reduction='sum'"),
    *each("x=2x3x4x2 t=2x4x2<3", "t", "t, reduction='none'", "t, ignore_index=0"),
    *each("x=2x3x2x1x2 t=2x2x1x2<3", "t", "t, reduction='none'"),
    *each("x=0x3 t=0<3", "t, reduction='sum'", "t, reduction='none'"),
    *each("x=4x3 t=4<3 v=3", "t, v.detach()", "t, v.detach(), reduction='sum'"),
    *each("x=4x3 t=4<3 v=3", "t, v.detach(), ignore_index=1", "t, v.detach(), reduction='none'"),
    *each("x=2x3x2x2 t=2x2x2<3 v=3", "t, v.detach()", "t, v.detach(), ignore_index=2"),
    *each("x=2x3 t=2<1", "t, ignore_index=0"),
)
NO_CLASSES = (
    *each("x=2x3 t=3<3", "t"),
    *each("x=2x3 t=2<3:5", "t"),
    *each("x=2x3 t=2<-2:0", "t"),
    *each("x=2x3 t=2x3<3", "t"),
    *each("x=2x3 t=2<3 v=2", "t, v.detach()"),
    *each("x=2x3 t=2<3", "t.to(x.dtype)", "t, reduction='all'", "t.to(torch.int32)"),
    *each("x=. t=.<1", "t"),
    *each("x=2x3x4 t=2x3<3", "t"),
    *each("x=2x3x4x2 t=2x4<3", "t"),
)
SMOOTHED = (
    *each("x=4x3 t=4<3", *(f"t, label_smoothing=0.1{more}" for more in REDUCTIONS)),
    *each("x=4x3 t=4<3", "t, label_smoothing=0.1, ignore_index=1", "t, label_smoothing=1.0"),
    *each("x=4x3 t=4<3 v=3", "t, v.detach(), label_smoothing=0.1"),
    *each("x=4x3 t=4<3 v=3", "t, v.detach(), label_smoothing=0.1, ignore_index=1"),
    *each("x=2x3x4 t=2x4<3 v=3", "t, v.detach(), label_smoothing=0.1, reduction='none'"),
    *each("x=3 t=.<3", "t, label_smoothing=0.1"),
)
PROBABILITIES = (
    *each("x=4x3 w=4x3", *(f"w{more}" for more in REDUCTIONS), "w, label_smoothing=0.1"),
    *each("x=4x3 w=4x3 v=3", "w, v.detach()", "w, v.detach(), label_smoothing=0.1"),
    *each("x=2x3x4 w=2x3x4 v=3", "w", "w, v.detach(), reduction='none'"),
    *each("x=3 w=3", "w", "w, label_smoothing=0.1, reduction='none'"),
    *each("x=0x3 w=0x3", "w, reduction='sum'"),
)
LINEAR = (
    *each(
        "x=4x2 w=3x2 t=4<3",
        "t",
        "t, reduction='none'",
        "t, ignore_index=1",
        "t, label_smoothing=0.1",
    ),
    *each("x=2 w=3x2 t=.<3", "t"),
    *each("x=4x2 w=3x2 t=4<3 v=3", "t, linear_bias=v", "t, weight=v.detach(), reduction='sum'"),
    *each("x=4x2 w=3x5x2 t=4x5<3 v=3x5", "t", "t, linear_bias=v"),
    *each("x=4x2 w=3x2 v=4x3", "v"),
)
NOT_LINEAR = (
    *each("x=4x2 w=3x4 t=4<3", "t"),
    *each("x=4x2 w=3x2 t=4<3 v=2", "t, linear_bias=v"),
    *each("x=2 w=3x4x2 t=4<3", "t"),
    *each("x=. w=3x2 t=4<3", "t"),
    *each("x=4x2 w=2 t=4<3", "t"),
    *each("x=4x2 w=3x2 v=4x3", "v, ignore_index=1"),
)
MARGINS = (
    *each("x=4x3 t=4<3", *REDUCTIONS, ", p=2", ", margin=0.5", ", p=2, reduction='none'"),
    *each("x=4x3 t=4<3 v=3", ", weight=v.detach()", ", p=2, weight=v.detach(), reduction='sum'"),
    *each("x=3 t=.<3", "", ", p=2"),
    *each("x=0x3 t=0<3", ", reduction='none'"),
)
NO_MARGINS = (
    *each("x=4x3 t=4<3", ", p=3"),
    *each("x=4x3 t=3<3", ""),
    *each("x=4x3 t=4<3:5", ""),
    *each("x=4x3 t=4<3 v=2", ", weight=v.detach()"),
    *each("x=2x4x3 t=2x4<3", ""),
)
LISTS = (
    *each("x=2x4 t=2x4<-1:4", *REDUCTIONS),
    *each("x=4 t=4<-1:4", "", ", reduction='none'"),
    *each("x=. t=.<1", "", ", reduction='none'"),
    *each("x=0x4 t=0x4<4", ", reduction='none'"),
)
VECTORS = "x=2x3 w=2x3"
RANKED = each("x=4 w=4 v=4", *REDUCTIONS, ", margin=0.5") + plans(
    "x=2x3 w=2x3 v=2x3", "x=2x3 w=2x3 v=1x3"
)
TRIPLETS = (
    *each("x=2x3 w=2x3 v=2x3", *REDUCTIONS, ", margin=0.5", ", swap=True"),
    *plans("x=3 w=3 v=3", "x=2x3 w=1x3 v=2x3"),
)
NO_TRIPLETS = each("x=2x3 w=3 v=2x3", "") + each(
    "x=2x3 w=2x3 v=2x3", ", margin=0.0", ", reduction='all'"
)
ALIGNMENTS = (
    *each("x=5x2x4 t=2x3<1:4", *(f"(5, 4), (3, 2){more}" for more in REDUCTIONS)),
    *each(
        "x=5x2x4 t=2x3<1:4",
        "torch.tensor([5, 3]), torch.tensor([1, 0])",
        "(5, 5), (2, 2), zero_infinity=True",
    ),
    *each(
        "x=3x2x4 t=2x3<1:4",
        "(3, 2), (3, 3), reduction='none'",
        "(3, 2), (3, 3), zero_infinity=True",
    ),
    *each(
        "x=3x2x4 t=2x3<1:4", "(3, 0), (1, 0), reduction='none'", "(3, 0), (1, 2), reduction='none'"
    ),
    *each("x=5x2x4 t=5<3", "(5, 4), (3, 2), 3", "(5, 4), (3, 2), blank=3, reduction='sum'"),
    *each("x=5x4 t=3<1:4", "(5,), (3,)", "torch.tensor(5), torch.tensor(3), reduction='none'"),
)
NOT_ALIGNED = (
    *each("x=5x2x4 t=2x3<1:4", "(5, 6), (3, 2)", "(5,), (3, 2)", "(5, 4), (4, 2)"),
    *each("x=5x2x4 t=2x3<1:4", "(5, 4), (3, 2), 4", "(5, 4), (3, -1)"),
    *each("x=5x2x4 t=2x3<1:4", "(5, 4), (3, 2), reduction='all'", "torch.ones(2), torch.ones(2)"),
    *each("x=5x2x4 t=4<1:4", "(5, 4), (3, 2)"),
    *each("x=0x2x4 t=2x3<1:4", "(0, 0), (0, 0)"),
)

ROWS: tuple[Row, ...] = (
    # of one tensor against another
    loss(
        "mse_loss",
        "moderate",
        plans=pairs() + weighted(),
        invalid=WRONG + WRONG_WEIGHT,
        dtypes=BOTH,
    ),
    loss(
        "l1_loss",
        "moderate",
        plans=pairs() + weighted(),
        invalid=WRONG + WRONG_WEIGHT,
        dtypes=NUMBERS,
    ),
    loss(
        "smooth_l1_loss",
        "moderate",
        plans=pairs(", beta=0.5", ", beta=0.0", ", beta=2.0, reduction='none'"),
        invalid=WRONG + each(VECTORS, ", beta=-1.0"),
        dtypes=BOTH,
    ),
    loss(
        "huber_loss",
        "moderate",
        plans=pairs(", delta=0.5", ", delta=2.0, reduction='none'") + weighted(),
        invalid=WRONG + WRONG_WEIGHT + each(VECTORS, ", delta=0.0", ", delta=-1.0"),
        dtypes=BOTH,
    ),
    loss("soft_margin_loss", "moderate", plans=pairs(), invalid=WRONG, dtypes=BOTH),
    loss(
        "kl_div",
        "log-probability",
        also={"w": "probability"},
        dtypes=BOTH,
        invalid=WRONG,
        plans=pairs(
            ", reduction='batchmean'", ", log_target=True", ", reduction='none', log_target=True"
        ),
    ),
    Row(
        F + "poisson_nll_loss",
        "x, w{a}",
        CANCELLING,
        "positive",
        also={"w": "positive"},
        dtypes=BOTH,
        invalid=WRONG,
        plans=pairs(
            ", log_input=False",
            ", full=True",
            ", False, True, reduction='none'",
            ", log_input=False, eps=0.5",
        ),
    ),
    Row(
        F + "gaussian_nll_loss",
        "x, w, v{a}",
        CANCELLING,
        "moderate",
        also={"v": "positive"},
        dtypes=BOTH,
        plans=each("x=2x3 w=2x3 v=2x3", *REDUCTIONS, ", full=True", ", eps=1.0")
        + plans("x=2x3 w=2x3 v=2", "x=2x3 w=2x3 v=2x1"),
        invalid=plans("x=2x3 w=2x3 v=3", "x=2x3 w=2x3 v=.")
        + each("x=2x3 w=2x3 v=2x3", ", reduction='all'"),
    ),
    # of classes
    Row(
        F + "nll_loss",
        "x, {a}",
        STABLE,
        "log-probability",
        CLASSES,
        also={"v": "probability"},
        dtypes=BOTH,
        invalid=NO_CLASSES,
    ),
    Row(
        F + "cross_entropy",
        "x, {a}",
        LOGARITHMIC,
        plans=CLASSES + SMOOTHED + PROBABILITIES,
        dtypes=BOTH,
        also={"v": "probability", "w": "probability"},
        invalid=NO_CLASSES + each("x=4x3 w=4x3", "w, ignore_index=1", "w, label_smoothing=2.0"),
    ),
    Row(
        F + "linear_cross_entropy",
        "x, w, {a}",
        LOGITS,
        "moderate",
        LINEAR,
        also={"v": "probability"},
        dtypes=BOTH,
        invalid=NOT_LINEAR,
    ),
    loss(
        "binary_cross_entropy",
        "unit",
        also={"w": "probability", "v": "probability"},
        dtypes=BOTH,
        plans=pairs()
        + each("x=2x3 w=2x3 v=2x3", ", v.detach()", ", v.detach(), reduction='none'")
        + each("x=2x3 w=2x3 v=3", ", v.detach()"),
        invalid=UNEQUAL,
    ),
    loss(
        "binary_cross_entropy_with_logits",
        also={"w": "probability", "v": "positive"},
        dtypes=BOTH,
        invalid=UNEQUAL,
        plans=pairs()
        + each(
            "x=2x3 w=2x3 v=3",
            ", v.detach()",
            ", pos_weight=v.detach()",
            ", v.detach(), pos_weight=v.detach(), reduction='none'",
        ),
    ),
    Row(
        F + "multi_margin_loss",
        "x, t{a}",
        STABLE,
        "moderate",
        MARGINS,
        also={"v": "positive"},
        dtypes=FLOATS,
        invalid=NO_MARGINS,
    ),
    Row(
        F + "multilabel_margin_loss",
        "x, t{a}",
        STABLE,
        "moderate",
        LISTS,
        dtypes=FLOATS,
        invalid=plans("x=2x4 t=2x3<4", "x=4 t=2x4<4", "x=2x4 t=2x4<4:6"),
    ),
    loss(
        "multilabel_soft_margin_loss",
        also={"w": "probability", "v": "positive"},
        dtypes=BOTH,
        plans=each(VECTORS, *REDUCTIONS)
        + each("x=2x3 w=2x3 v=3", ", v.detach()")
        + plans("x=4 w=4"),
        invalid=WRONG + plans("x=. w=."),
    ),
    Row(
        F + "ctc_loss",
        "x, t, {a}",
        ALIGNED,
        "log-probability",
        ALIGNMENTS,
        dtypes=FLOATS,
        invalid=NOT_ALIGNED,
    ),
    # distances
    Row(
        F + "normalize",
        "x{a}",
        QUOTIENT,
        dtypes=NUMBERS,
        plans=over("2x3 4", ", dim=0", ", p=1.0, dim=-1", ", 0.5, -1", ", eps=20.0, dim=0")
        + over("2x3x4", "", ", dim=(0, 2)", ", float('inf')", ", 3.0, 0"),
        invalid=over("2x3", ", dim=2") + over("3", ""),
    ),
    Row(
        F + "cosine_similarity",
        "x, w{a}",
        STABLE,
        "moderate",
        dtypes=BOTH,
        plans=each(VECTORS, "", ", dim=0", ", dim=-1, eps=2.0")
        + each("x=2x3 w=3", ", dim=-1")
        + plans("x=2x3x4 w=1x3x1"),
        invalid=each(VECTORS, ", dim=2") + plans("x=2x3 w=2x4", "x=3 w=3"),
    ),
    Row(
        F + "pairwise_distance",
        "x, w{a}",
        STABLE,
        "moderate",
        dtypes=BOTH,
        plans=each(
            VECTORS,
            "",
            ", 1.0",
            ", 3.0",
            ", 0.5",
            ", float('inf')",
            ", 0.0",
            ", keepdim=True",
            ", eps=0.5",
        )
        + plans("x=3 w=3", "x=2x3 w=3", "x=. w=.", "x=0x3 w=0x3", "x=2x0 w=2x0"),
        invalid=plans("x=2x3 w=2") + each("x=2x0 w=2x0", ", float('inf')"),
    ),
    Row(
        F + "hinge_embedding_loss",
        "x, torch.sign(w.detach()){a}",
        CANCELLING,
        "moderate",
        dtypes=BOTH,
        invalid=WRONG,
        plans=pairs(", margin=0.5") + plans("x=2x3 w=3"),
    ),
    Row(
        F + "margin_ranking_loss",
        "x, w, v.detach(){a}",
        CANCELLING,
        "moderate",
        RANKED,
        dtypes=BOTH,
        invalid=plans("x=2x3 w=3 v=3", "x=2x3 w=2x3 v=3", "x=2x3 w=2x4 v=1x1"),
    ),
    Row(
        F + "cosine_embedding_loss",
        "x, w, t * 2 - 1{a}",
        STABLE,
        "nonzero",
        dtypes=BOTH,
        plans=each("x=4x3 w=4x3 t=4<2", *REDUCTIONS, ", margin=0.5")
        + plans("x=3 w=3 t=.<2", "x=4x3 w=4x3 t=4<1"),
        invalid=plans("x=4x3 w=4x3 t=4x3<2", "x=4x3 w=4x3 t=.<2", "x=4x3 w=3 t=4<2"),
    ),
    Row(
        F + "triplet_margin_loss",
        "x, w, v{a}",
        CANCELLING,
        "moderate",
        dtypes=BOTH,
        invalid=NO_TRIPLETS,
        plans=TRIPLETS + each("x=2x3 w=2x3 v=2x3", ", p=1.0", ", p=3.0, swap=True", ", eps=0.5"),
    ),
    Row(
        F + "triplet_margin_with_distance_loss",
        "x, w, v{a}",
        CANCELLING,
        "moderate",
        dtypes=BOTH,
        invalid=NO_TRIPLETS,
        plans=TRIPLETS
        + each(
            "x=2x3 w=2x3 v=2x3",
            ", distance_function=lambda a, b: torch.sum(torch.abs(a - b), -1)",
            ", distance_function=torch.nn.functional.cosine_similarity, swap=True",
        ),
    ),
)
