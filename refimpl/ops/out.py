"""``out=``: which dtypes each function writes its result to, and what it says of others."""

from __future__ import annotations

from typing import Any, NamedTuple


class Rule(NamedTuple):
    """Of which dtypes ``out`` may be, and what is said of others.

    ``takes``: the "same" as the result's, of the same category ("alike") or
    a "higher" one, "any", or "bool"."""

    takes: str
    words: str
    error: type[Exception] = RuntimeError


CASTS = Rule("higher", "result type {result} can't be cast to the desired output type {out}")
SAME = Rule("same", "Expected out tensor to have dtype {result_c}, but got {out_c} instead")
SAFE = Rule(
    "higher",
    "{name}: Expected result to be safely castable from {result} dtype, but got result with dtype {out}",
)
FOUND = Rule("same", "Found dtype {out} but expected {result}")
ANY = Rule("any", "")
MADE = Rule("same", "dtype {result} does not match dtype of out parameter ({out})")
JOINED = Rule(
    "higher", "torch.cat(): input types can't be cast to the desired output type {out}", TypeError
)
SCALAR_TYPE = Rule("same", "expected scalar_type {result} but found {out}")
SELF_AND_RESULT = Rule("same", "{name}(): self and result must have the same scalar type")
QUANTILE = Rule("same", "quantile() out tensor must be same dtype as the input tensor")
PRODUCT = Rule("same", "result dtype {out} does not match input dtype {result}")
TENSORDOT = Rule(
    "same",
    "tensordot: Expected the output tensor to have dtype {result}, but got an output tensor with dtype {out}",
)
EXTREMES = Rule(
    "same",
    "Expected the dtype for input and out to match, but got {result} for input's dtype and {out} for "
    "out's dtype.",
)
NORM = Rule("same", "{name} expected out tensor dtype {result} but got: {out}")
PARTS = Rule(
    "same", "Expected object of scalar type {result} but got scalar type {out} for argument 'out'"
)
TRANSFORM = Rule("alike", "{name} expects another kind of output tensor, but got {out}")
BOOL = Rule("bool", "{name} only supports bool tensor for result, got: {out}")
SIGN_BITS = Rule("bool", "{name} does not support non-boolean outputs.")

# Elementwise functions are as CASTS has it, all others as SAME, but for these.
RULES: dict[str, Rule] = {
    name: rule
    for names, rule in {
        "abs absolute ceil conj_physical frac floor neg negative round special.round sign sgn trunc fix bitwise_not": FOUND,
        "nn.functional.softshrink nn.functional.hardshrink nn.functional.gelu nn.functional.softplus hardshrink": FOUND,
        "eq ge gt le lt ne greater greater_equal less less_equal not_equal": ANY,
        "logical_not logical_and logical_or logical_xor": ANY,
        "arange linspace logspace rand randn randint randperm ones zeros full empty eye": MADE,
        "cat concat concatenate stack column_stack hstack vstack row_stack dstack _chunk_cat": JOINED,
        "cholesky cholesky_inverse cholesky_solve linalg.cond linalg.pinv linalg.matrix_power": SAFE,
        "linalg.tensorinv linalg.tensorsolve linalg.householder_product": SAFE,
        "dot vdot": PRODUCT, "inner tensordot": TENSORDOT,
        "cummax cummin diff logcumsumexp": SCALAR_TYPE,
        "index_select masked_select": SELF_AND_RESULT,
        "quantile nanquantile": QUANTILE,
        "amax amin": EXTREMES,
        "linalg.norm linalg.matrix_norm": NORM,
        "complex polar": PARTS,
        " ".join(f"fft.{i}{r}fft{n}" for i in ("", "i") for r in ("", "r", "h") for n in ("", "2", "n")): TRANSFORM,
        "all any": BOOL, "signbit isposinf isneginf": SIGN_BITS,
        "std var outer ger kron addr nn.functional.normalize clamp floor_divide fmod remainder": CASTS,
        "clamp_min clamp_max clip lerp polygamma mvlgamma div divide true_divide multiply subtract": CASTS,
        "pow square xlogy addcdiv arccos arcsin arctan arccosh arcsinh arctanh arctan2": CASTS,
        "where": Rule("same", "Expected out type to be {result} but got {out}"),
        "nonzero": Rule(
            "same", "nonzero: Expected out tensor to have scalar type Long but got scalar type{out}"
        ),
        "logsumexp": Rule(
            "higher", "logsumexp(): Expected floating point type for result tensor, but got: {out}"
        ),
        "mean": Rule(
            "higher", "mean.dtype_out(): input types can't be cast to the desired output type {out}"
        ),
        "nan_to_num": Rule(
            "same", "nan_to_num: dtype of out: {out} should be same as input: {result}"
        ),
        "take": Rule(
            "same", "take(): self and out expected to have the same dtype, but got self.dtype = {result} "
            "and out.dtype = {out}"
        ),
        "kthvalue": Rule("same", "output values must be of same type as input"),
        "mode": Rule("same", "expected scalar type '{result}' but got '{out}' for values output"),
        "float_power": Rule(
            "same", "the output given to float_power has dtype {out} but the operation's result requires "
            "dtype {result}"
        ),
        "heaviside": Rule("same", "heaviside is not yet implemented for tensors with different dtypes."),
        "ldexp": Rule("higher", "ldexp can't be cast to the desired output type {out}"),
        "linalg.vecdot": Rule("same", "linalg.vecdot: Expected out of dtype{result} but found {out}"),
        "linalg.multi_dot": Rule(
            "same", "multi_dot(): expected out tensor to have dtype {result_c} but got {out_c}"
        ),
    }.items()
    for name in names.split()
}  # fmt: skip

# Functions that write to no other dtype than they compute in where they have no second tensor.
FOUND_BESIDE_NUMBERS = {"clamp", "clip", "clamp_min", "clamp_max"}
# Functions that take ``out=`` although their overloads are not written down; so do all copies of views.
TAKE_IT = {"_chunk_cat", "clamp_max", "clamp_min", "index_copy", "take_along_dim", "norm", "tensordot", "lu", "nn.functional.normalize"}
# Functions that do not write once, which their versions show: how often, or how often
# for these arguments, where the tensor had to be resized or not.
WRITES: dict[str, Any] = {
    "randn": 2, "nanmean": 2, "kron": 0, "lu": 2, "split_with_sizes_copy": 2, "unbind_copy": 2,
    "matmul": lambda fitted, *factors: 1 + ([t.ndim for t in factors] == [1, 2]),
    "diff": lambda fitted, self, n=1, *more: 1 + (fitted and n == 0),
}  # fmt: skip
# Functions that make tensors, and all that compute in the dtype of ``out``.
MAKES = {"arange", "linspace", "logspace", "rand", "randn", "ones", "zeros", "full", "empty", "eye"}
IN_ITS_DTYPE = {"sum", "nansum", "prod", "cumsum", "cumprod", "mean", *MAKES}
# Functions that are made of others and only then written: PyTorch copies, and records the copy.
COPIES = {
    "inner", "tensordot", "linalg.norm", "linalg.matrix_norm", "quantile", "nanquantile", "diag", "slice_scatter",
    "_chunk_cat",
    *(f"{view}_copy" for view in ("alias", "as_strided", "diagonal", "expand", "permute", "select", "slice", "squeeze",
                                  "t", "transpose", "unfold", "unsqueeze", "view")),
}
# Functions that read after they have written: nothing that they read may lie where they write.
APART = {
    "cat", "concat", "concatenate", "stack", "hstack", "vstack", "row_stack", "dstack", "column_stack", "gather", "take",
    "take_along_dim", "masked_select", "index_select", "kthvalue",
}
# Functions whose results never carry gradients.
NO_GRADIENT = {
    "argmax", "argmin", "all", "any", "isin", "signbit", "isposinf", "isneginf", "bucketize", "searchsorted",
    "nonzero", "multinomial", "histc", "gcd", "lcm", "isnan", "floor_divide", "softmax", "log_softmax",
}
# The operation that says that it is not differentiated, where that is not the function's name.
SPEAKS = {
    "cross": "linalg_cross", "true_divide": "div", "divide": "div", "nn.functional.normalize": "div",
    "lu_solve": "linalg_lu_solve", "outer": "mul", "kron": "mul", "float_power": "pow", "square": "pow",
    "stack": "stack", "column_stack": "cat", "hstack": "cat", "vstack": "cat", "dstack": "cat",
    "concat": "cat", "concatenate": "cat", "msort": "sort", "take_along_dim": "gather",
    "norm": "linalg_vector_norm", "nanmean": "nansum", "diff": "sub", "multiply": "mul",
    "subtract": "sub", "negative": "neg", "absolute": "abs", "arccos": "acos", "arcsin": "asin",
    "arctan": "atan", "arccosh": "acosh", "arcsinh": "asinh", "arctanh": "atanh", "arctan2": "atan2",
    "fix": "trunc", "clip": "clamp", "greater": "gt", "ger": "mul",
    "qr": "linalg_qr", "svd": "_linalg_svd", "linalg.svd": "_linalg_svd", "linalg.svdvals": "_linalg_svd",
    "linalg.det": "_linalg_det", "linalg.cholesky": "linalg_cholesky_ex", "linalg.vecdot": "vdot",
    "linalg.eigh": "_linalg_eigh", "linalg.eigvalsh": "_linalg_eigh", "linalg.multi_dot": "mm",
    "linalg.slogdet": "_linalg_slogdet", "linalg.lu_factor": "linalg_lu_factor_ex",
    "linalg.inv": "linalg_inv_ex", "linalg.solve": "_linalg_solve_ex", "linalg.matrix_power": "matmul",
    "linalg.solve_ex": "_linalg_solve_ex", "special.polygamma": "polygamma",
}  # fmt: skip
