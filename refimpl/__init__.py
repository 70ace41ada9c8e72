"""A minimal NumPy reference of PyTorch's autograd: ``import refimpl as torch``.

It behaves as torch 2.13 on the CPU does. The op table is in ``ops/``, the engine in ``_engine``.
"""

from __future__ import annotations

from typing import Any

import numpy as _np

from . import _dtype, _op
from ._dtype import dtype, get_default_dtype, set_default_dtype
from ._grad_mode import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from ._tensor import Size, Tensor, device
from ._tensor import strided_layout as strided
from ._tensor_str import set_printoptions

__version__ = "2.13.0"  # whose behaviour this is

inf, nan, pi, e = _np.inf, _np.nan, _np.pi, _np.e
globals().update(_dtype.names)
globals()["__getattr__"] = _op.lookup("torch")  # until the table is complete, formulas look here

from . import _creation  # noqa: E402
from .ops import pointwise, shapes, reductions, matmul, indexing, activations, losses  # noqa: E402
from . import autograd, linalg, nn, special  # noqa: E402

globals().update({name: f for name, f in _op.namespace.items() if "." not in name})

_np.seterr(all="ignore")  # PyTorch never warns; once here, since np.errstate per kernel costs a quarter more

