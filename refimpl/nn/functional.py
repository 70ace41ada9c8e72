"""``torch.nn.functional``: the rows and composites that the op table places here."""

from .._op import lookup

__getattr__ = lookup("torch.nn.functional")
