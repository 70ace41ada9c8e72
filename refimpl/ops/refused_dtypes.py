"""Kinds of numbers that PyTorch does not compute with, and its words for it; {dtype} is the dtype's name.

Kinds are NumPy's letters: b bool, i and u whole numbers, f floats, c complex numbers; and h: floats of 16 bits.
"""

from __future__ import annotations

from .._row import rows
from . import activations, bounds, pointwise, special  # noqa: F401 - the rows below are theirs


def _refuse(rows_of: str, kinds: str, words: str, error: type[Exception] = NotImplementedError) -> None:
    for name in [name for base in rows_of.split() for name in (base, f"_{base}_of_number", f"_{base}_by_number") if name in rows]:
        rows[name].refuses = {**rows[name].refuses, **dict.fromkeys(kinds, (error, words))}


def _lacks(rows_of: str, kinds: str, kernel: str) -> None:
    for name in rows_of.split():
        _refuse(name, kinds, f"\"{kernel.format(name.removeprefix('special_'))}\" not implemented for '{{dtype}}'")


_lacks("lt le gt ge atan2 logit copysign xlogy", "c", "{}_cpu")
_special = {name for name in rows if name.startswith("special_")}
_lacks(" ".join(_special), "c", "{}_cpu")
_lacks(" ".join(_special - {"special_i0e", "special_i1", "special_i1e", "special_entr", "special_xlog1py"}), "h", "{}_cpu")
_lacks("erf erfc erfinv lgamma i0", "c", "{}_vml_cpu")
_lacks("abs", "b", "{}_cpu")
_lacks("hypot logaddexp2 nextafter frac", "biuc", "{}_cpu")
_lacks("logaddexp", "biu", "{}_cpu")
_lacks("gcd lcm", "bfhc", "{}_cpu")
_lacks("bitwise_and bitwise_or bitwise_xor bitwise_not", "fhc", "{}_cpu")
_lacks("bitwise_left_shift", "bfhc", "lshift_cpu")
_lacks("bitwise_right_shift", "bfhc", "rshift_cpu")
_lacks("floor ceil trunc", "b", "{}_vml_cpu")
_lacks("_round", "bc", "round_vml_cpu")
_lacks("_round_decimals", "biuc", "round_vml_cpu")
_lacks("igamma igammac", "biuc", "{}_cpu")
_lacks("_polygamma0 _polygamma1", "c", "polygamma")
_lacks("_mvlgamma", "c", "arange_cpu")
_lacks("_pow_tensor _pow_of_number", "b", "pow")
_lacks("digamma", "c", "digamma")
_lacks("fmod", "bc", "fmod_cpu")
_lacks("remainder", "bc", "remainder_cpu")
_lacks("_lerp_scalar", "biu", "lerp_kernel_scalar")
_lacks("_lerp_tensor", "biu", "lerp_kernel_tensor")
_lacks("addcmul", "b", "addcmul_cpu_out")
_lacks("_clamp_scalar", "b", "clamp_scalar_cpu")
_lacks("_clamp_min_number", "b", "clamp_min_scalar_cpu")
_lacks("_clamp_max_number", "b", "clamp_max_scalar_cpu")
_lacks("_clamp_min", "c", "maximum_cpu")
_lacks("_clamp_max", "c", "minimum_cpu")
_refuse("_clamp_scalar _clamp_tensor _clamp_min_number _clamp_max_number", "c", "clamp is not supported for complex types")
_refuse("signbit", "c", "signbit is not implemented for complex tensors.")
_refuse("sign", "c", "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead.")
for _name in ("ceil", "floor", "trunc"):
    _refuse(_name, "c", f"{_name} is not supported for complex inputs")
for _name in ("maximum", "minimum", "fmax", "fmin"):
    _refuse(_name, "c", f"{_name} not implemented for complex tensors.", RuntimeError)
for _name in ("deg2rad", "rad2deg"):
    _refuse(_name, "c", f"{_name} is not supported for complex tensors.", RuntimeError)
