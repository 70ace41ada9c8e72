"""Rows of the catalog: factorizations, linear systems, functions of matrices.

What is not unique (signs and phases of singular vectors and eigenvectors) is compared by what is:
a row's `then` turns the result into that.
"""

from __future__ import annotations

from typing import Any

from conformance.cases.inputs import COMPLEX, Plan, over, plans
from conformance.cases.rows import FLOATS, Row
from conformance.judge import Policy

NORMWISE = Policy("normwise", k=32)
SPECTRAL = Policy("normwise", k=128)
"""Derivatives divide by differences of singular values or of eigenvalues, second ones twice; series
and their scaling add up many products."""
CHAINED = Policy("normwise", k=768)
"""Six factorizations, each of what the one before has made."""
WIDE = (*FLOATS, *COMPLEX)

SQUARE = over("3x3 1x1 2x3x3 4x2x3x3 0x0 0x3x3 2x0x0")
RECTANGULAR = over("3x3 4x2 2x4 1x3 2x3x2 4x2x3 0x3 3x0 0x2x3")
NOT_SQUARE = over("2x3 3")
NO_MATRIX = over("3 .")
DIAGONAL = "torch.eye(*x.shape[-2:]) * torch.arange(1, x.shape[-1] + 1)"
DEFINITE = f"x + x.mH + 4 * {DIAGONAL}"
REGULAR = f"x + 2 * {DIAGONAL}"
"""Values are small beside these diagonals: both are far from singular, with distinct
eigenvalues."""
APART = f"x + 4 * {DIAGONAL}"
"""With eigenvalues so far from each other that second derivatives keep their digits."""
PIVOTED = f"x + 2 * ({DIAGONAL}).flip(0)"
"""Of full rank with distinct singular values, and rows have to be exchanged."""
REFLECTORS = "x, (2 / (1 + (x.tril(-1).abs() ** 2).sum(-2))).to(x.dtype)[..., :{k}]"
"""With the tau that makes each factor unitary."""


def matrix(op: str, call: str = "x{a}", shapes: tuple[Plan, ...] = SQUARE, **more: Any) -> Row:
    """Values are distinct, so that matrices are as good as never singular by accident."""
    given = {"dtypes": WIDE, "distinct": True, "invalid": NOT_SQUARE, "extreme": False, **more}
    return Row(op, call, given.pop("policy", NORMWISE), "symmetric", shapes, **given)


def with_arguments(plans: tuple[Plan, ...], *arguments: str) -> tuple[Plan, ...]:
    return tuple(Plan(plan.inputs, more) for plan in plans for more in arguments)


SYSTEMS = plans("x=3x3 w=3x2", "x=3x3 w=3", "x=2x3x3 w=3x4", "x=2x3x3 w=2x3", "x=2x3x3 w=4x1x3x2",
                "x=0x0 w=0x2", "x=3x3 w=3x0", "x=0x3x3 w=3x2")  # fmt: skip
MATRIX_SYSTEMS = plans("x=3x3 w=3x2", "x=2x3x3 w=3x4", "x=2x3x3 w=2x3x2", "x=0x0 w=0x2",
           "x=3x3 w=3x0",
                       "x=0x3x3 w=3x2")  # fmt: skip
FROM_RIGHT = plans("x=3x3 w=2x3", "x=2x3x3 w=4x3", "x=0x0 w=2x0")
MISFIT = plans("x=3x3 w=2x2", "x=3x2 w=3x2", "x=3 w=3x3")

# fmt: off
ROWS: tuple[Row, ...] = (
    # Cholesky
    matrix("linalg.cholesky",    f"{DEFINITE}{{a}}", with_arguments(SQUARE, "", ", upper=True")),
    matrix("linalg.cholesky_ex", f"{DEFINITE}{{a}}", with_arguments(SQUARE, "", ", upper=True")),
    matrix("cholesky",           f"{DEFINITE}{{a}}", with_arguments(SQUARE, "", ", upper=True")),
    matrix("cholesky_inverse",   f"{REGULAR}{{a}}", with_arguments(SQUARE, "", ", upper=True")),
    matrix("cholesky_solve",     f"w, {REGULAR}{{a}}", with_arguments(MATRIX_SYSTEMS, "",
           ", upper=True"), invalid=plans("x=3x3 w=2x2")),
    # LU
    matrix("linalg.lu", PIVOTED, RECTANGULAR, invalid=NO_MATRIX),
    matrix("linalg.lu_factor", PIVOTED, RECTANGULAR, invalid=NO_MATRIX),
    matrix("linalg.lu_factor_ex", PIVOTED, RECTANGULAR, invalid=NO_MATRIX),
    matrix("lu", PIVOTED, RECTANGULAR, invalid=NO_MATRIX),
    matrix("lu_unpack",           f"*torch.linalg.lu_factor_ex({PIVOTED})[:2]",
           RECTANGULAR, invalid=()),
    matrix("linalg.lu_solve", f"*torch.linalg.lu_factor({PIVOTED}), w{{a}}",
           with_arguments(MATRIX_SYSTEMS, "", ", adjoint=True")
           + with_arguments(FROM_RIGHT, ", left=False", ", left=False, adjoint=True"),
           invalid=plans("x=3x3 w=2x2")),
    matrix("lu_solve", f"w, *torch.linalg.lu_factor({PIVOTED})", MATRIX_SYSTEMS,
           invalid=plans("x=3x3 w=2x2")),
    # QR and reflectors
    matrix("linalg.qr", f"{PIVOTED}{{a}}", with_arguments(RECTANGULAR, "",
           ", mode='complete'"), invalid=NO_MATRIX),
    matrix("qr", f"{PIVOTED}{{a}}", with_arguments(RECTANGULAR, "", ", some=False"),
           invalid=NO_MATRIX),
    matrix("geqrf", f"{PIVOTED}{{a}}", RECTANGULAR, grad=False, invalid=NO_MATRIX),
    matrix("linalg.householder_product", REFLECTORS.format(k="{a}"),
           plans(("x=4x3", "3"), ("x=4x3", "2"), ("x=3x3", "1"), ("x=2x4x3", "3"), ("x=4x3", "0")),
           invalid=plans(("x=2x3", "2"))),
    matrix("ormqr", f"{REFLECTORS.format(k=3)}, w{{a}}",
           plans("x=4x3 w=4x2", "x=2x4x3 w=2x4x5", ("x=4x3 w=4x2", ", transpose=True"),
                 ("x=4x3 w=2x4", ", left=False"), ("x=4x3 w=2x4", ", False, True")),
           invalid=plans("x=4x3 w=3x2", "x=4x3 w=2x4x2")),
    matrix("orgqr", REFLECTORS.format(k="{a}"), plans(("x=4x3", "2")),
           invalid=plans(("x=2x3", "2"))),
    # LDL, which torch cannot derive
    matrix("linalg.ldl_factor", f"{DEFINITE}{{a}}", with_arguments(SQUARE, "", ", hermitian=True"),
           grad=False),
    matrix("linalg.ldl_factor_ex", DEFINITE, over("3x3 2x3x3 0x0"), grad=False),
    matrix("linalg.ldl_solve", f"*torch.linalg.ldl_factor({DEFINITE}), w", MATRIX_SYSTEMS,
           grad=False, invalid=plans("x=3x2 w=3x2")),
    # a few of all
    matrix("svd_lowrank", f"{PIVOTED}{{a}}",
           over("5x4 4x5 2x5x3", ", q=2", ", 2, niter=1", ", q=3"),
           policy=CHAINED, invalid=NO_MATRIX, dtypes=FLOATS, then="y = (y[0] @ y[2].mH, y[1])"),
    matrix("pca_lowrank", f"{PIVOTED}{{a}}", over("5x4 4x5 2x5x3", ", q=2", ", 3, center=False"),
           policy=CHAINED, invalid=(*NO_MATRIX, *over("3x2", ", q=3", ", niter=-1")),
           dtypes=FLOATS, then="y = (y[0] @ y[2].mH, y[1])"),
    # The vectors of an iteration end about the root of the last digit away from where it leads.
    matrix("lobpcg", f"{DEFINITE}{{a}}, tol=1e-10",
           over("9x9", ", k=2", ", 1, largest=False"), grad=False, policy=SPECTRAL,
           dtypes=("float64",), then="y = y[0]", invalid=over("3x2") + over("3x3", ", 2")),
    # singular values and eigenvalues
    matrix("linalg.svd", f"{PIVOTED}, full_matrices=False", RECTANGULAR, policy=SPECTRAL,
           invalid=NO_MATRIX,
           then="y = (y[0].abs() ** 2, y[1], y[2].abs() ** 2)"),
    matrix("svd", f"{PIVOTED}{{a}}", RECTANGULAR, policy=SPECTRAL, invalid=NO_MATRIX,
           then="y = (y[0].abs() ** 2, y[1], y[2].abs() ** 2)"),
    matrix("linalg.svdvals", f"{PIVOTED}{{a}}", RECTANGULAR, policy=SPECTRAL, invalid=NO_MATRIX),
    matrix("linalg.eigh", f"{DEFINITE}{{a}}", with_arguments(SQUARE, "", ", 'U'"), policy=SPECTRAL,
           then="y = (y[0], y[1].abs() ** 2, (y[1] * y[0].unsqueeze(-2)) @ y[1].mH)"),
    matrix("linalg.eigvalsh", f"{DEFINITE}{{a}}", with_arguments(SQUARE, "", ", 'U'"),
           policy=SPECTRAL),
    matrix("linalg.eig", APART, policy=SPECTRAL,
           then="y = (y[0].sum(-1), (y[0] * y[0]).sum(-1), (y[1].abs() ** 2).sum(-1))"),
    matrix("linalg.eigvals", APART, policy=SPECTRAL, then="y = (y.sum(-1), (y * y).sum(-1))"),
    # systems
    matrix("linalg.solve", f"{REGULAR}, w{{a}}",
           SYSTEMS + with_arguments(FROM_RIGHT, ", left=False"), invalid=MISFIT),
    matrix("linalg.solve_ex", f"{REGULAR}, w{{a}}",
           SYSTEMS + with_arguments(FROM_RIGHT, ", left=False"), invalid=MISFIT),
    matrix("linalg.solve_triangular", f"{REGULAR}, w{{a}}",
           with_arguments(MATRIX_SYSTEMS, ", upper=True", ", upper=False",
           ", upper=True, unitriangular=True")
           + with_arguments(FROM_RIGHT, ", upper=True, left=False", ", upper=False, left=False"),
           invalid=with_arguments(MISFIT, ", upper=True")),
    matrix("triangular_solve", f"w, {REGULAR}{{a}}",
           with_arguments(MATRIX_SYSTEMS, "", ", False", ", transpose=True",
           ", unitriangular=True"),
           invalid=plans("x=3x3 w=2x2")),
    # The default driver gets its pivots uninitialised from torch: of wide matrices of full rank it
    # now and then finds less.
    matrix("linalg.lstsq", f"{PIVOTED}, w{{a}}", plans("x=4x2 w=4x3", "x=3x3 w=3x2",
           ("x=2x4 w=2x3", ", driver='gelsd'"), "x=2x4x3 w=2x4",
                                            ("x=4x2 w=4x3", ", driver='gelsd'"),
           ("x=4x2 w=4x3", ", driver='gelss'"),
                                            ("x=4x2 w=4x3", ", driver='gels'")),
           invalid=plans("x=3x3 w=2x2", "x=3 w=3", ("x=3x3 w=3x2", ", driver='gelsx'"))),
    # inverses and determinants
    matrix("linalg.inv", REGULAR),
    matrix("linalg.inv_ex", REGULAR),
    matrix("inverse", REGULAR),
    matrix("linalg.pinv", f"{PIVOTED}{{a}}", with_arguments(RECTANGULAR, "", ", atol=0.5",
           ", rtol=0.1"), invalid=NO_MATRIX),
    matrix("pinverse", f"{PIVOTED}{{a}}", RECTANGULAR, invalid=NO_MATRIX),
    matrix("linalg.det", "x + 3 * torch.eye(x.shape[-1]).flip(0)", policy=SPECTRAL),
    matrix("det", "x + 3 * torch.eye(x.shape[-1]).flip(0)", policy=SPECTRAL),
    matrix("linalg.slogdet", PIVOTED),
    matrix("slogdet", PIVOTED),
    matrix("logdet", DEFINITE),
    # functions of matrices
    # torch cannot do batches that it would have to copy to see them as one: it says that a view is
    # not possible.
    matrix("matrix_exp", policy=SPECTRAL, layouts=("row-major", "offset")),
    matrix("linalg.matrix_exp", shapes=over("3x3 2x3x3"), policy=SPECTRAL,
           layouts=("row-major", "offset")),
    matrix("matrix_power", f"{REGULAR}{{a}}", over("3x3", ", 3", ", -2")),
    matrix("linalg.matrix_power", f"{REGULAR}{{a}}",
           with_arguments(SQUARE, *(f", {n}" for n in range(-3, 7)))),
    matrix("linalg.matrix_rank", shapes=with_arguments(RECTANGULAR, "", ", atol=0.5", ", rtol=0.1"),
           grad=False, invalid=NO_MATRIX),
    matrix("linalg.cond", f"{REGULAR}{{a}}",
           with_arguments(SQUARE, "", ", 2", ", -2", ", 1", ", -1", ", float('inf')",
           ", 'fro'", ", 'nuc'")),
    matrix("linalg.tensorinv", "x + 2 * torch.eye(6).reshape(x.shape){a}", plans("x=2x3x6",
           ("x=6x3x2", ", ind=1")),
           layouts=("row-major",), invalid=plans(("x=6x6", ", ind=0"), ("x=6x6", ", ind=2"))),
    matrix("linalg.tensorsolve", "x + 2 * torch.eye(6).reshape(x.shape), w{a}",
           plans("x=2x3x6 w=2x3", ("x=6x2x3 w=2x3", ", dims=(0,)")), layouts=("row-major",),
           invalid=plans("x=6x6 w=6x6")),
)
# fmt: on
