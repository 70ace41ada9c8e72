"""A minimal NumPy reference of PyTorch's autograd: ``import refimpl as torch``.

It behaves as torch 2.13 on the CPU does. The op table is in ``ops/``, the engine in ``_engine``.
"""

from __future__ import annotations

from typing import Any

import numpy as _np

from . import _dtype, _op
from ._dtype import dtype as dtype
from ._dtype import get_default_dtype as get_default_dtype
from ._dtype import set_default_dtype as set_default_dtype
from ._grad_mode import enable_grad as enable_grad
from ._grad_mode import inference_mode as inference_mode
from ._grad_mode import is_grad_enabled as is_grad_enabled
from ._grad_mode import is_inference_mode_enabled as is_inference_mode_enabled
from ._grad_mode import no_grad as no_grad
from ._grad_mode import set_grad_enabled as set_grad_enabled
from ._random import Generator as Generator
from ._random import default_generator as default_generator
from ._tensor import Size as Size
from ._tensor import Tensor as Tensor
from ._tensor import channels_last as channels_last
from ._tensor import channels_last_3d as channels_last_3d
from ._tensor import contiguous_format as contiguous_format
from ._tensor import device as device
from ._tensor import preserve_format as preserve_format
from ._tensor import strided_layout as strided
from ._tensor_str import set_printoptions as set_printoptions
from ._warn import is_warn_always_enabled as is_warn_always_enabled
from ._warn import set_warn_always as set_warn_always

__version__ = "2.13.0"  # whose behaviour this is

inf, nan, pi, e = _np.inf, _np.nan, _np.pi, _np.e


def __getattr__(name: str) -> Any:
    return _op.find("torch", name)


from . import _creation, _storage, autograd, fft, func, linalg, masked, nn, signal, special, utils
from .ops import (
    activations,
    bounds,
    attention,
    classification,
    complex,
    contractions,
    convolutions,
    copies,
    cumulative,
    extremes,
    creation,
    ctc,
    distances,
    embeddings,
    factorizations,
    fft as _transforms,
    indexing,
    linear_algebra,
    losses,
    low_rank,
    masked as _masked_reductions,
    matmul,
    normalization,
    norms,
    padding,
    parts,
    pointwise,
    pooling,
    unpooling,
    products,
    questions,
    random,
    refused_dtypes,
    reductions,
    reflectors,
    sampling,
    scattering,
    searching,
    shapes,
    sorting,
    spectra,
    special as _special_functions,
    statistics,
    strides,
    triangular,
    upsampling,
    views,
    windows,
    writing,
)

# Found directly from here on; ``__getattr__`` serves the formulas while the table is being read.
globals().update(_dtype.names)
globals().update({name: f for name, f in _op.namespace.items() if "." not in name})

is_anomaly_enabled = autograd.anomaly_mode.is_anomaly_enabled
is_anomaly_check_nan_enabled = autograd.anomaly_mode.is_anomaly_check_nan_enabled
set_anomaly_enabled = autograd.anomaly_mode.set_anomaly_enabled
is_inference = Tensor.is_inference

# PyTorch never warns of overflow and the like. Once, here: np.errstate around each kernel would
# cost a quarter of the time of a small operation.
_np.seterr(all="ignore")

# glibc hands large blocks back to the kernel at once, and every step faults them in again, until a
# large block has been freed: that lifts malloc's dynamic thresholds.
_np.empty((32 << 20) - 8192, _np.uint8)
