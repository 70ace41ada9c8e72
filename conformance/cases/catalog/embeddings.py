"""Embeddings."""

from __future__ import annotations

from conformance.cases.catalog.kinds import SUM, F
from conformance.cases.inputs import plans
from conformance.cases.rows import Row

MODES = ("sum", "mean", "max")
LINES, LIST = "i=2x4<5 x=5x3", "i=6<5 x=5x3"
SOME, ALL = "torch.tensor([0, 2, 2, 5])", "torch.tensor([0, 2, 2, 6])"
"""Bags begin there; with include_last_offset PyTorch's modes agree where no index is left over."""

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("embedding", "x, i{a}", SUM,
        plans=plans("i=2x4<5 x=5x3", ("i=4<5 x=5x3", ", 2"), ("i=4<2 x=5x3", ", -1, True")),
        invalid=plans("i=4<5 x=5", "i=4<5:8 x=5x3")),
    Row(F + "embedding", "i, x{a}", SUM,
        plans=plans("i=2x4<5 x=5x3", ("i=4<5 x=5x3", ", 1"), ("i=4<5 x=5x3", ", -1"), "i=.<5 x=5x3",
                    "i=0x2<5 x=5x3", ("i=6<5 x=5x3", ", max_norm=1.5"),
                    ("i=6<5 x=5x3", ", max_norm=0.5, norm_type=1")),
        invalid=plans("i=2<5:7 x=5x3", ("i=2<5 x=5x3", ", 5"), "i=2<3 x=5", "w=2 x=5x3",
                      ("i=2<5:7 x=5x3", ", max_norm=1.0"))),
    Row(F + "embedding_bag", "i, x{a}", SUM, distinct=True,
        plans=plans(*((LINES, f", mode='{mode}'{a}") for mode in MODES
                      for a in ("", ", padding_idx=1", ", max_norm=1.5")),
                    *((LIST, f", {SOME}, mode='{mode}'{a}") for mode in MODES
                      for a in ("", ", padding_idx=-2")),
                    *((LIST, f", {ALL}, mode='{mode}', include_last_offset=True")
                      for mode in MODES),
                    *((LIST, f", {SOME}, mode='{mode}', scale_grad_by_freq=True")
                      for mode in MODES[:2]),
                    (LIST + " w=6", f", {SOME}, mode='sum', per_sample_weights=w"),
                    (LINES + " w=2x4", ", mode='sum', per_sample_weights=w, padding_idx=2"),
                    ("i=0<5 x=5x3", ", torch.tensor([0, 0])")),
        invalid=plans("i=3<5 x=5x3", "i=2x3<5 x=5", "i=1x2x3<5 x=5x3",
                      ("i=4<5:8 x=5x3", ", torch.tensor([0])"),
                      *((LIST, f", torch.tensor({starts})")
                        for starts in ("[1]", "[0, 7]", "[0.0]", "[[0]]")),
                      *((LINES, a) for a in (
                          ", torch.tensor([0])", ", mode='min'", ", padding_idx=5",
                          ", mode='max', scale_grad_by_freq=True", ", mode='max', sparse=True")),
                      (LINES + " w=2x4", ", per_sample_weights=w"),
                      (LINES + " w=4", ", mode='sum', per_sample_weights=w"))),
)
# fmt: on
