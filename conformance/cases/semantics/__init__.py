"""What autograd promises, one rule a program, in chapters to be read in order."""

CHAPTERS = (
    "graph",
    "backward",
    "modes",
    "inplace_and_views",
    "types",
    "printing",
    "random",
    "errors",
)
