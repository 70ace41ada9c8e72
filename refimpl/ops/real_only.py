"""What PyTorch does not compute of complex numbers, and its words for it; {dtype} is the dtype's name."""

from __future__ import annotations

from .._row import rows
from . import activations, pointwise, special  # noqa: F401 - the rows below are theirs


def _refuse(rows_of: str, words: str, error: type[Exception] = NotImplementedError) -> None:
    for name in rows_of.split():
        rows[name].refuses_complex = error, words


def _lacks(rows_of: str, kernel: str) -> None:
    _refuse(rows_of, f"\"{kernel}\" not implemented for '{{dtype}}'")


for _name in ("lt", "le", "gt", "ge", "frac", "hypot", "atan2", "logit", "copysign", "nextafter", "xlogy", "gcd",
              "bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not"):
    _lacks(_name, _name + "_cpu")
for _name in ("erf", "erfc", "erfinv", "lgamma", "i0"):
    _lacks(_name, _name + "_vml_cpu")
_lacks("_round", "round_vml_cpu")
_lacks("digamma", "digamma")
_lacks("_fmod _fmod_number", "fmod_cpu")
_lacks("_remainder _remainder_number", "remainder_cpu")
_lacks("_floor_divide", "div_floor_cpu")
for _name in ("ceil", "floor", "trunc"):
    _refuse(_name, f"{_name} is not supported for complex inputs")
for _name in ("maximum", "minimum", "fmax", "fmin"):
    _refuse(_name, f"{_name} not implemented for complex tensors.", RuntimeError)
for _name in ("deg2rad", "rad2deg"):
    _refuse(_name, f"{_name} is not supported for complex tensors.", RuntimeError)
_refuse("_clamp_scalar _clamp_tensor _clamp_min _clamp_max _clamp_min_number _clamp_max_number",
        "clamp is not supported for complex types")
_refuse("signbit", "signbit is not implemented for complex tensors.")
_refuse("sign", "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead.")
