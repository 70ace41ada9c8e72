"""Reading and writing at indices, by position and by masks."""

from __future__ import annotations

from conformance.cases.catalog.kinds import F, moves, shown
from conformance.cases.inputs import over, plans
from conformance.cases.rows import Row

# fmt: off
ROWS: tuple[Row, ...] = (
    moves("__getitem__", *over("4x3 4x3x2", "[1]", "[-1, 0]", "[1:3]", "[::2, 1:]", "[..., 0]",
              "[None]", "[[0, 2]]", "[[0, 0, 3], [1, 1, 2]]", "[:, [2, 0]]", "[..., None, -1]",
              "[[True, False, True, True]]", "[[-1], None, [0]]", "[1, [0, 1]]", "[True]",
              "[False]", "[torch.zeros(2, 0, dtype=torch.int64)]", "[torch.tensor(1)]",
              "[:, torch.tensor([True, False, True]), ...]", "[()]", "[3:1]"),
              *plans(("x=4x3x2 i=2x2<4 m=3?", "[i, m.argmax()]"), ("x=4x3x2 m=4x3?", "[m]"),
              ("x=4x3x2 m=3?", "[:, m]"), ("x=2x3x4 i=5<4", "[0, :, i]"),
              ("x=2x3x4 i=5<2 m=3?", "[i, 0, -1]")), call="x.clone(){a}",
          invalid=(*over("4x3", "[4]", "[0, 0, 0]", "[[5]]", "[[[0, 1], [0]]]",
              "[[0, 1], [0, 1, 2]]", "[[True]]", "[1.5]", "[::-1]", "['a']", "[torch.ones(2)]"),
              *over(".", "[0]", "[:]"))),
    shown("index_select", *plans(("x=4x3 i=2<4", ", 0, i"), ("x=4x3 i=5<3", ", 1, i"),
              ("x=2x3x4 i=3<4", ", -1, i"), ("x=4 i=.<4", ", 0, i"), ("x=. i=1<1", ", 0, i"),
              ("x=4x3 i=0<4", ", 0, i")),
          invalid=plans(("x=2x3 i=2<4:6", ", 0, i"), ("x=2x3 i=2<-2:0", ", 1, i"),
              ("x=2x3 i=1x2<2", ", 0, i"), ("x=2x3 i=2<2", ", 2, i"), ("x=. i=2<1", ", 0, i"),
              ("x=2x3 w=2", ", 0, w"))),
    shown("gather",       *plans(("x=4x3 i=2x3<4", ", 0, i"), ("x=4x3 i=4x5<3", ", 1, i"),
              ("x=2x3x4 i=1x2x5<4", ", -1, i"), ("x=. i=.<1", ", 0, i"),
              ("x=4x3 i=0x3<4", ", 0, i")),
          invalid=plans(("x=2x3 i=2x2<4:6", ", 0, i"), ("x=2x3 i=2x2<-2:0", ", 0, i"),
              ("x=2x3 i=2<2", ", 0, i"), ("x=2x3 i=3x3<2", ", 1, i"), ("x=2x3 w=2x3", ", 0, w"))),
    shown("take",          *plans(("x=2x3 i=4<-6:6", ", i"), ("x=2x3 i=2x2<6", ", i"),
              ("x=. i=2<1", ", i")),
          invalid=plans(("x=2x3 i=2<6:8", ", i"), ("x=0 i=2<1", ", i"), ("x=2x3 w=2", ", w"))),
    shown("take_along_dim", *plans(("x=4x3 i=2x3<-4:4", ", i, 0"), ("x=4x1 i=4x5<1", ", i, 1"),
              ("x=4x3 i=1x2<3", ", i, -1"), ("x=2x3 i=4<6", ", i")),
          invalid=plans(("x=4x3 i=2<4", ", i, 0"), ("x=4x3 i=2x2<4", ", i, 0"),
              ("x=4x3 w=4x3", ", w, 0"), ("x=4x3 i=4x3<3", ", i, 2"))),
    shown("masked_select", *plans(("x=2x3 m=2x3?", ", m"), ("x=2x3 m=3?", ", m"),
              ("x=3 m=2x1?", ", m"), ("x=. m=.?", ", m")),
          invalid=plans(("x=2x3 m=2?", ", m"), ("x=2x3 i=2x3<2", ", i"))),
    shown("masked_fill",   *plans(("x=2x3 m=2x3?", ", m, 2"), ("x=2x3 m=3?", ", m, 7"),
              ("x=2x3 m=2x1? w=.", ", m, w"), ("x=. m=.?", ", m, 1")), inplace=True,
          invalid=plans(("x=2x3 m=2?", ", m, 1"), ("x=2x3 i=2x3<2", ", i, 1"),
              ("x=2x3 m=3? w=3", ", m, w"))),
    shown("masked_scatter", *plans(("x=2x3 m=2x3? w=6", ", m, w"), ("x=2x3 m=3? w=2x4", ", m, w"),
              ("x=2x3 m=2x1? w=6", ", m, w")), inplace=True,
          invalid=plans(("x=2x3 m=2x3? w=0", ", m, w"), ("x=2x3 i=2x3<2 w=6", ", i, w"),
              ("x=2x3 m=2? w=6", ", m, w"))),
    shown("where",         *plans("m=2x3? x=2x3 w=3", "m=3? x=2x1 w=.", "m=.? x=0x3 w=3"),
              call="m, x, w",
          invalid=plans("m=2? x=3 w=3", "m=3? x=2 w=3")),
    moves("argwhere",      *over("2x3 . 4 0x3"), grad=False),
    moves("nonzero",       *over("2x3 . 4 0x3"), *over("2x3 .", ", as_tuple=True"), grad=False),
    shown("index_fill",    *plans(("x=4x3 i=2<-4:4", ", 0, i, 2"), ("x=4x3 i=3<3", ", -1, i, 2"),
              ("x=4x3 i=.<4 w=.", ", 0, i, w"), ("x=. i=1<1", ", 0, i, 1")), inplace=True,
          invalid=plans(("x=4x3 i=2<4:6", ", 0, i, 2"), ("x=4x3 i=2x2<3", ", 0, i, 2"),
              ("x=4x3 i=2<3 w=2", ", 0, i, w"))),
    moves(F + "one_hot", *plans(("i=2x3<4", ", 5"), ("i=.<4", ", 4"), "i=3<4:5", ("i=0<4", ", 3")),
              call="i{a}", dtypes=("int64",), grad=False,
          invalid=plans("i=2<-3:0", ("i=2<4:5", ", 3"), "i=0<4", "x=2")),
)
# fmt: on
