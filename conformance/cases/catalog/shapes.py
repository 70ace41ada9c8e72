"""Copies, conversions, joins and rearrangements."""

from __future__ import annotations

from conformance.cases.catalog.kinds import MORE, ONE, method, moves, shown
from conformance.cases.inputs import COMPLEX, over, plans
from conformance.cases.rows import FLOATS, Row

REALS = ("byte", "char", "short", "int", "long", "half", "bfloat16", "float", "double")

# fmt: off
ROWS: tuple[Row, ...] = (
    # copies
    shown("clone",    *ONE, *over("2x3x4", ", memory_format=torch.contiguous_format")),
    method("contiguous", *over("2x3 . 2x3x4 0x3")),
    shown("fill",     *over("2x3 .", ", 2", ", -1.5"), dtypes=MORE,
          invalid=over("2", ", torch.ones(2)")),
    # conversions
    *(method(name, *over("2x3x4 . 0"), dtypes=(*FLOATS, "bfloat16", "int64", "uint8", *COMPLEX))
      for name in ("bool", "cfloat", "cdouble")),
    # of nan, of infinities and of what does not fit C leaves to the machine what becomes of it
    *(method(name, *over("2x3x4 . 0"), dtypes=(*FLOATS, "bfloat16", "int64"), domain="positive",
              extreme=False)
      for name in REALS),
    method("to",      *over("2x3", "torch.float32", "torch.complex128", "'cpu', torch.float64",
              "torch.float64, copy=True", "torch.zeros(1, dtype=torch.bfloat16)",
              "dtype=torch.float64, non_blocking=True",
              "torch.float16, memory_format=torch.contiguous_format"), extreme=False,
          invalid=over("2x3", "'nowhere'", "torch.float32, torch.float64")),
    method("type_as", *plans(("x=2x3 w=4", "w"), ("x=2x3 t=4<3", "x.new_zeros(1).double()")),
              extreme=False),
    method("item",    *over(". 1 1x1"), grad=False, then="", invalid=over("2 0")),
    # joins
    *(shown(name, *plans("x=2x3 w=4x3", ("x=3x2 w=3x4", ", 1"), "x=0 w=2",
              ("x=2x0 w=2x3", ", -1")), call="(x, w){a}",
          invalid=plans("x=2x3 w=2x4", "x=2 w=.", ("x=2 w=3", ", 1"), "x=2x3 w=3"))
      for name in ("cat", "concat", "concatenate")),
    shown("stack",    *plans("x=2x3 w=2x3", ("x=2x3 w=2x3", ", -1"), "x=. w=."), call="(x, w){a}",
          invalid=plans("x=2x3 w=3x2", ("x=2 w=2", ", 2"))),
    *(shown(name, *plans("x=2x3x4 w=2x3x4", "x=3 w=3", "x=. w=."), call="(x, w)",
          invalid=plans("x=2x3x4 w=3x2x5")) for name in ("hstack", "vstack", "row_stack", "dstack",
              "column_stack")),
    *(shown(f"atleast_{n}d", *over("3 . 2x3 2x3x4")) for n in "123"),
    shown("block_diag",   *plans("x=2x3 w=4", "x=. w=0", "x=2x3 w=1x1"), call="x, w",
          invalid=plans("x=2x3x4 w=1")),
    shown("cartesian_prod", *plans("x=2 w=3", "x=0 w=2"), call="x, w", invalid=plans("x=. w=2")),
    shown("combinations", *over("4 0", "", ", 3", ", 2, True", ", 1", ", 0"),
          invalid=(*over("2x3"), *over("3", ", -1"))),
    moves("meshgrid",     *plans(("x=2 w=3", ", indexing='ij'"), ("x=2 w=3", ", indexing='xy'"),
              ("x=. w=2", ", indexing='ij'")), call="x, w{a}",
          invalid=plans(("x=2 w=3", ", indexing='none'"), "x=2x3 w=2")),
    # rearrangements
    *(shown(name, *over("2x3 4x3x3", "", ", 1", ", -1", ", 5"), inplace=True,
          invalid=over("3")) for name in ("tril", "triu")),
    shown("diag",     *over("3 2x3", "", ", 1", ", -1"), invalid=over("2x3x4 .")),
    shown("diag_embed", *over("3 2x3", "", ", 1", ", -2, 0, 1"), *over("2x3", ", 0, 0, 2"),
          invalid=over("3", ", 0, 0, 0", ", 0, 0, 2")),
    shown("diagflat", *over("2x3 3 .", "", ", 1", ", -1")),
    shown("flip",     *over("2x3", ", (0,)", ", (0, 1)", ", (-1,)", ", ()"),
          invalid=over("2x3", ", (0, 0)", ", (2,)")),
    shown("fliplr",   *over("2x3 2x3x4"), invalid=over("3")),
    shown("flipud",   *over("2x3 3"), invalid=over(".")),
    shown("rot90",    *over("2x3 2x3x4", "", ", 2", ", -1, (1, 0)", ", 4", ", 3, (-1, 0)"),
          invalid=(*over("3"), *over("2x3", ", 1, (0, 0)", ", 1, (0,)", ", 1, (0, 2)"))),
    shown("roll",     *over("2x3 4", ", 1", ", -1, 0", ", 7"),
              *over("2x3", ", (1, 2), (0, 1)", ", (1, 1), (0, 0)"), *over("0x3", ", 1, 0"),
          invalid=(*over("2x3", ", (1, 2), 0", ", ()", ", 1, 2"), *over(".", ", 1, 0"))),
    method("repeat",  *over("2 2x3", "2, 1, 3", "1, 2", "0, 2"), *over(".", "2"),
          invalid=over("2x3", "2", "-1, 2")),
    shown("tile",     *over("2x3", ", (2,)", ", (2, 1, 2)"), *over(".", ", (2,)", ", ()")),
    shown("repeat_interleave", *over("3 2x3", ", 2", ", 2, 0", ", 0, -1"),
              *over("3", ", torch.tensor([2, 0, 1])", ", torch.tensor(2)"),
              *over("2x3", ", torch.tensor([1, 2]), 0, output_size=3"),
          invalid=(*over("3", ", -1", ", torch.tensor([1, 2])", ", torch.tensor([1., 2., 3.])",
              ", torch.tensor([-1, 0, 1])", ", 2, 0, output_size=5",
              ", torch.tensor([[1, 2, 3]])"), *over(".", ", 2, 0"))),
    shown("constant_pad_nd", *over("2x3", ", (1, 2)", ", (-1, 0, 1, 1), 2.5", ", (0, -1)",
              ", (-1, 1)"), dtypes=MORE,
          invalid=over("2x3", ", (1,)", ", (1, 1, 1, 1, 1, 1)", ", (-4, 0)")),
    # shapes alone
    moves("unravel_index", *plans(("i=2x3<24", ", (2, 3, 4)"), ("i=.<6", ", 6")), call="i{a}",
              dtypes=("int64",), grad=False,
          invalid=plans(("i=2<4", ", (-2, 3)"), ("x=2", ", (2, 3)"))),
    *(moves(name, *over(".", "3, 4", "4, 3, 1", "2, 5, -1", "0, 2", "2, 3, dtype=torch.int32"),
              call="{a}", grad=False, dtypes=("float32",),
          invalid=over(".", "-1, 2", "2, -1", "2, 2, dtype=torch.float32"))
      for name in ("tril_indices", "triu_indices")),
)
# fmt: on
