"""Shapes and views."""

from __future__ import annotations

from conformance.cases.catalog.kinds import MORE, ONE, method, moves
from conformance.cases.inputs import LAYOUTS, over, plans
from conformance.cases.rows import Row

# fmt: off
ROWS: tuple[Row, ...] = (
    # shapes and views
    moves("reshape",  *over("2x3 6", ", (3, 2)", ", (-1,)"), *over(".", ", (1, 1)"),
          invalid=over("2x3", ", (4,)", ", (-1, 4)")),
    moves("flatten",  *over("2x3x4 2x3", "", ", 1"), *over(".")),
    moves("transpose", *over("2x3 2x3x4", ", 0, 1", ", -1, 0"), invalid=over("2x3", ", 0, 2")),
    moves("t",        *over("2x3 3 ."), invalid=over("2x3x4")),
    moves("permute",  *over("2x3x4", ", (2, 0, 1)", ", (0, -1, 1)"),
          invalid=over("2x3", ", (0, 0)")),
    moves("movedim",  *over("2x3x4", ", 0, 2", ", (0, 1), (1, 2)")),
    moves("squeeze",  *over("2x1x3 1x1 ."), *over("2x1x3", ", 1", ", 0"), invalid=over("2", ", 2")),
    moves("unsqueeze", *over("2x3 .", ", 0", ", -1"), invalid=over("2", ", 3")),
    moves("broadcast_to", *over("3 2x1", ", (4, 2, 3)")),
    moves("narrow",   *over("4x3", ", 0, 1, 2", ", 1, 0, 1"), invalid=over("2x3", ", 0, 1, 2")),
    moves("select",   *over("4x3", ", 0, 1", ", -1, -1"), invalid=over("2x3", ", 0, 2")),
    moves("diagonal", *over("2x3 3x2x4", "", ", 1")),
    moves("diag",     *over("3 2x3", "", ", 1")),
    moves("tril",     *over("2x3 4x3x3", "", ", 1", ", -1")),
    moves("triu",     *over("2x3 4x3x3", "", ", 1", ", -1")),
    moves("flip",     *over("2x3", ", (0,)", ", (0, 1)", ", (-1,)")),
    moves("roll",     *over("2x3 4", ", 1", ", -1, 0")),
    moves("unbind",   *over("2x3", "", ", 1")),
    moves("split",    *over("4x3", ", 2", ", 3", ", (1, 3)", ", 2, 1")),
    moves("chunk",    *over("4x3", ", 2", ", 3", ", 2, 1")),
    moves("tile",     *over("2x3", ", (2,)", ", (2, 1, 2)")),
    moves("repeat_interleave", *over("3 2x3", ", 2", ", 2, 0")),
    moves("clone",    *ONE),
    moves("cat",      *plans("x=2x3 w=4x3", ("x=3x2 w=3x4", ", 1"), "x=0 w=2"),
          call="(x, w){a}", invalid=plans("x=2x3 w=2x4")),
    moves("stack",    *plans("x=2x3 w=2x3", ("x=2x3 w=2x3", ", -1"), "x=. w=."),
          call="(x, w){a}", invalid=plans("x=2x3 w=3x2")),
    method("view",    *over("6", "3, 2", "-1, 2"), *over(".", "1"), invalid=over("6", "4")),
    method("expand",  *over("3 1 2x1", "2, 3"), *over(".", "4"), invalid=over("2", "3")),
    method("repeat",  *over("2 2x3", "2, 1, 3", "1, 2")),
    method("unfold",  *over("5 4x3", "0, 2, 1", "0, 3, 2")),
    method("contiguous", *over("2x3 .")),
    # views' twins that copy
    moves("view_copy",    *over("6", ", (3, 2)", ", (-1, 2)"), invalid=over("6", ", (4,)")),
    moves("expand_copy",  *over("3 2x1", ", (2, 3)"), invalid=over("2", ", (3,)")),
    moves("permute_copy", *over("2x3x4", ", (2, 0, 1)", ", (0, -1, 1)")),
    moves("transpose_copy", *over("2x3", ", 0, 1")),
    moves("t_copy",       *over("2x3 3 .")),
    moves("squeeze_copy", *over("2x1x3", "", ", 1", ", (0, 1)")),
    moves("unsqueeze_copy", *over("2x3 .", ", 0", ", -1")),
    moves("select_copy",  *over("4x3", ", 0, 1", ", -1, -1"), invalid=over("2x3", ", 0, 2")),
    moves("slice_copy",   *over("4x3", ", 0, 1, 3", ", 1, 0, 3, 2")),
    moves("narrow_copy",  *over("4x3", ", 0, 1, 2", ", 1, -1, 1"),
          invalid=over("2x3", ", 0, 1, 2")),
    moves("diagonal_copy", *over("2x3 3x2x4", "", ", 1")),
    moves("unfold_copy",  *over("5 4x3", ", 0, 2, 1")),
    moves("unbind_copy",  *over("2x3", "", ", 1")),
    moves("split_copy",   *over("4x3", ", 2", ", 3")),
    moves("split_with_sizes_copy", *over("4x3", ", (1, 3)")),
    moves("as_strided_copy", *over("6", ", (2, 2), (2, 1), 1"), layouts=LAYOUTS[:1]),
    moves("unsafe_split", *over("4x3", ", 2", ", 3, 1")),
    moves("unsafe_chunk", *over("4x3", ", 2", ", 3, 1"), invalid=over("4", ", 0")),
    # more joins and turns
    *(moves(name, *plans("x=2x3x4 w=2x3x4", "x=3 w=3", "x=. w=."), call="(x, w)")
      for name in ("hstack", "vstack", "dstack", "column_stack")),
    *(moves(f"atleast_{n}d", *over("3 . 2x3 2x3x4")) for n in "123"),
    moves("block_diag",   *plans("x=2x3 w=4", "x=. w=0", "x=2x3 w=1x1"), call="x, w",
          invalid=plans("x=2x3x4 w=1")),
    moves("cartesian_prod", *plans("x=2 w=3", "x=0 w=2"), call="x, w", invalid=plans("x=. w=2")),
    moves("combinations", *over("4 0", "", ", 3", ", 2, True", ", 1"), invalid=over("2x3")),
    moves("meshgrid",     *plans(("x=2 w=3", ", indexing='ij'"), ("x=2 w=3", ", indexing='xy'")),
          call="x, w{a}"),
    moves("rot90",        *over("2x3 2x3x4", "", ", 2", ", -1, (1, 0)"), invalid=over("3")),
    moves("fliplr",       *over("2x3 2x3x4"), invalid=over("3")),
    moves("flipud",       *over("2x3 3"), invalid=over(".")),
    moves("diagflat",     *over("2x3 3 .", "", ", 1", ", -1")),
    moves("fill",         *over("2x3 .", ", 2", ", -1.5"), dtypes=MORE),
)
# fmt: on
