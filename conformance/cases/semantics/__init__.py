"""What autograd promises, one rule a program, in chapters to be read in order."""

CHAPTERS = (
    "graph",
    "backward",
    "hooks",
    "modes",
    "views",
    "inplace_and_views",
    "assignment",
    "out",
    "complex",
    "higher_order",
    "forward_mode",
    "functions",
    "functional",
    "gradcheck",
    "transforms",
    "types",
    "printing",
    "random",
    "errors",
    "diagnostics",
)
