"""Indexing, gathering and scattering.

Index tensors become plain integer arrays before a row sees them: they are data, not variables.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy import ndarray


def places_along(shape: Any, dim: int, index: ndarray) -> ndarray:
    """Where ``gather(dim, index)`` reads in a flattened tensor of this shape."""
    if not shape:
        return np.zeros(index.shape, np.int64)
    places = np.zeros(index.shape, np.int64)
    for d in range(len(shape)):
        along = index if d == dim else np.arange(index.shape[d]).reshape((-1,) + (1,) * (len(shape) - d - 1))
        places += along * math.prod(shape[d + 1 :])
    return places
